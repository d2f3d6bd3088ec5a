"""Every source over loopback, from the sandbox's dialects to pages in the landing."""

from __future__ import annotations

import itertools
import json
from datetime import UTC, datetime, timedelta

import pytest
import zstandard

from pipelines.landing import Landing
from pipelines.pull import probe, pull
from pipelines.sandbox import Fault, SandboxClock, World, project_config, running_sandbox
from pipelines.settings import Settings
from pipelines.sources.base import Account, PullPlan

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def world():
    return World(seed=7, scale=0.2)


@pytest.fixture
def sandbox(world):
    with running_sandbox(world, clock=SandboxClock(NOW)) as running:
        yield running


@pytest.fixture
def project(world, sandbox, tmp_path):
    """Settings and one account of each platform."""
    config = project_config(world, sandbox.url)
    tokens, url = config["tokens"], sandbox.url
    settings = Settings(
        project_dir=tmp_path,
        now=NOW,
        facebook_pages={"base_url": url, "tokens": tokens["facebook"]},
        instagram={"base_url": url, "tokens": tokens["instagram"]},
        x={"enabled": True, "base_url": url, "tokens": tokens["x"]},
        tips={"base_url": f"{url}/tips/v1", "token": tokens["tips"]},
    )
    first = {a["platform"]: a for a in reversed(config["accounts"])}
    accounts = [
        Account(account_id=f"{name}:{a['native_id']}", platform=name, native_id=a["native_id"], unit_id=a["unit"])
        for name, a in first.items()
        if name in ("facebook", "instagram", "x")
    ]
    return settings, accounts, Landing(tmp_path / "landing")


def stored(landing):
    """Stream table -> rows."""
    found = {}
    for manifest in landing.manifests():
        for entry, _ in landing.entries(manifest):
            for line in zstandard.decompress((landing.root / entry.segment).read_bytes()).splitlines():
                page = json.loads(line)
                if page["page_id"] == entry.page_id:
                    found.setdefault(f"{entry.source}__{entry.stream}", []).extend(page["rows"])
    return found


def test_one_account_of_each_source_is_read_in_full(project):
    settings, accounts, landing = project
    assert [result.error for result in probe(settings, accounts)] == [None] * 4
    report = pull(settings, accounts, landing, plan=PullPlan(now=NOW, post_window_days=120))
    report.raise_for_errors()
    assert not any(result.rejected for result in report.results)
    assert all(result.complete for result in report.results)
    rows = stored(landing)
    assert {len(rows[name]) for name in ("facebook_pages__accounts", "instagram__accounts", "x__accounts")} == {1}
    for name in ("facebook_pages__posts", "instagram__media", "x__posts", "tips__tips"):
        keys = [row.get("id") or row["tip_id"] for row in rows[name]]
        assert keys
        assert len(keys) == len(set(keys))
    assert {row["id"] for row in rows["instagram__media"]} == {row["id"] for row in rows["instagram__media_insights"]}
    views = {
        value["value"]
        for row in rows["facebook_pages__posts"]
        for metric in row["insights"]["data"]
        if metric["name"] == "post_media_view"
        for value in metric["values"]
    }
    assert all(value > 0 for value in views)


def test_the_tips_of_a_week_are_the_same_in_one_pull_and_in_seven(project, tmp_path):
    settings, _, whole = project
    start = datetime(2025, 10, 19, 22, tzinfo=UTC)  # Monday 20 October in Stockholm; the clocks go back on the 26th
    ends = [start + timedelta(days=n) for n in range(7)] + [datetime(2025, 10, 26, 23, tzinfo=UTC)]
    pull(settings, [], whole, sources=["tips"], plan=PullPlan(now=NOW, window=(ends[0], ends[-1]))).raise_for_errors()
    daily = Landing(tmp_path / "daily")
    for window in itertools.pairwise(ends):
        pull(settings, [], daily, sources=["tips"], plan=PullPlan(now=NOW, window=window)).raise_for_errors()
    in_one, in_seven = ([row["tip_id"] for row in stored(one)["tips__tips"]] for one in (whole, daily))
    assert in_one
    assert sorted(in_one) == sorted(in_seven)


@pytest.mark.parametrize(
    ("source", "stream", "path"),
    [("facebook_pages", "posts", "published_posts"), ("instagram", "media", "/media[?]"), ("x", "posts", "/tweets")],
)
def test_a_poisoned_row_is_put_aside_and_the_rest_of_its_page_lands(project, sandbox, source, stream, path):
    settings, accounts, landing = project
    plan = PullPlan(now=NOW, post_window_days=90)

    def counts(into):
        report = pull(settings, accounts, into, plan=plan, sources=[source])
        report.raise_for_errors()
        (found,) = [result for result in report.results if result.stream == stream]
        return found.pages, found.rows, found.rejected

    pages, rows, rejected = counts(Landing(landing.root.parent / "clean"))
    assert rows > pages > 0
    assert rejected == 0
    sandbox.faults.set([Fault("poison_row", times=-1, path=path)])  # one row of every page
    assert counts(landing) == (pages, rows - pages, pages)
