"""Every fault of the sandbox, once and without end: what a pull then brings is whole, or the report says what is not.

Nothing may be missing in silence. Waiting takes no time here: the client's clock is a simulated one.
"""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest
import zstandard

from pipelines.landing import Landing
from pipelines.pull import pull
from pipelines.sandbox import Fault, SandboxClock, World, project_config, running_sandbox
from pipelines.sandbox.dialects import DIALECTS
from pipelines.sandbox.faults import NAMES
from pipelines.settings import load_settings
from pipelines.sources.base import Account, PullPlan
from pipelines.sources.http import Clock
from pipelines.sources.registry import SOURCES
from tests.integration.projects import sandbox_project

NOW = datetime(2026, 1, 5, 5, tzinfo=UTC)
MEANWHILE = {"post_between_pages"}
"""While these happen the world goes on: figures may be newer, and there may be more."""
WITHOUT_END = {"duplicate_page", "post_between_pages"}
"""With the first a list would never end: what stops a crawl is tested with `pages`. With the second each request moves
the world on by a post, so that months pass in one pull, and posts that a calm day shows are deleted."""
AT_THE_LOGIN = {"refresh_token_used"}
"""These strike where tokens are renewed: test_tokens.py."""
ANOTHER_WAY = {"tiktok_business_limit", "tiktok_business_token"}
"""These strike TikTok's other interface, which one project does not read: test_tiktok_linkedin_truth.py."""
OTHERWISE = {"x_edited", "mastodon_no_quotes", "hidden_subscribers"}
"""These change what is said of posts and accounts, not whether they are there: a figure that is hidden is not zero."""


@pytest.fixture(scope="module")
def world():
    return World(seed=7, scale=0.2)


class Simulated:
    """A clock on which sleeping takes no time."""

    def __init__(self):
        self.passed = 0.0

    async def sleep(self, seconds):
        self.passed += seconds
        await asyncio.sleep(0)

    def clock(self):
        return Clock(
            wall=lambda: NOW + timedelta(seconds=self.passed),
            monotonic=lambda: self.passed,
            sleep=self.sleep,
            chance=lambda: 0.5,
        )


def one_of_each(config):
    """One account of each platform."""
    first = {account["platform"]: account for account in reversed(config["accounts"])}
    return [
        Account(account_id=f"{name}:{one['native_id']}", platform=name, native_id=one["native_id"],
                unit_id=one["unit"], opened_at=datetime.fromisoformat(one["opened_at"]))
        for name, one in first.items()
    ]  # fmt: skip


def sources_of(dialects):
    """Which sources ask some dialects."""
    asking = {entry.platform: entry.name for entry in SOURCES} | {"tips": "tips"}
    spoken = {"meta": {"facebook", "instagram"}}
    return {asking[platform] for one in dialects for platform in spoken.get(one, {one}) if platform in asking}


def pulled(world, folder, faults=(), sources=None, **switches):
    """What a pull brought: rows by source and stream, what its report says of each source, and the faults left over.

    Every pull has a sandbox of its own: what is done to a token stays done.
    """
    with running_sandbox(
        world,
        clock=SandboxClock(NOW),
        slow_seconds=0.02,
        page_cap=6,
        empty_pages=True,
        faults=faults,
        **switches,
    ) as sandbox:
        config = project_config(world, sandbox.url, "all", comments=True, renewing=True)
        settings = load_settings(sandbox_project(folder / "project", config, NOW))
        rows, told = _read(settings, one_of_each(config), folder, sources)
        return rows, told, sandbox.faults.waiting()


def _read(settings, accounts, folder, sources):
    landing = Landing(folder / "landing")
    plan = PullPlan(now=NOW, post_window_days=28)
    report = pull(settings, accounts, landing, plan=plan, clock=Simulated().clock(), sources=sources)
    rows = {source.name: {} for source in SOURCES if sources is None or source.name in sources}
    for manifest in landing.manifests():
        for entry, _ in landing.entries(manifest):
            for line in zstandard.decompress((landing.root / entry.segment).read_bytes()).splitlines():
                page = json.loads(line)
                if page["page_id"] == entry.page_id:
                    rows[entry.source].setdefault(entry.stream, set()).update(map(json.dumps, page["rows"]))
    told = {source: [] for source in rows}
    for result in report.results:
        if result.error:
            told[result.source].append(f"{type(result.error).__name__}: {result.error.what}")
        if result.rejected:
            told[result.source].append(f"{result.rejected} rejected of {result.stream}")
        if result.stream in {"posts", "media"} and not result.complete:
            told[result.source].append(f"{result.stream} is not complete")
    return rows, told


@pytest.fixture(scope="module")
def calm(world, tmp_path_factory):
    rows, told, _ = pulled(world, tmp_path_factory.mktemp("calm"))
    assert not any(told.values()), told
    assert all(rows.values()), rows.keys()
    return rows


def keys(rows):
    return {json.loads(row).get("id") or json.loads(row).get("tip_id") or row for row in rows}


def is_whole(name, source, rows, calm):
    """Whether everything came that comes on a calm day."""
    if name in MEANWHILE or name in OTHERWISE:
        lists = [stream for stream in calm[source] if stream in {"posts", "media", "accounts"}]
        return all(len(rows[source].get(stream, ())) >= len(calm[source][stream]) for stream in lists)
    return all(rows[source].get(stream, set()) >= calm[source][stream] for stream in calm[source])


@pytest.mark.parametrize(
    ("name", "times"),
    [pytest.param(name, 1, id=f"{name}-once") for name in sorted(NAMES.keys() - AT_THE_LOGIN - ANOTHER_WAY)]
    + [
        pytest.param(name, -1, id=f"{name}-always")
        for name in sorted(NAMES.keys() - AT_THE_LOGIN - ANOTHER_WAY - WITHOUT_END)
    ],
)
def test_nothing_is_missing_in_silence(world, calm, tmp_path, name, times):
    dialects = [dialect.name for dialect in DIALECTS if Fault(name).is_for(dialect.name)]
    faults = [Fault(name, times, dialect=one) for one in dialects]
    rows, told, left = pulled(world, tmp_path, faults, sources_of(dialects))
    if times == 1:
        assert len(left) < len(dialects), "no fault struck"
    assert rows
    for source in rows:
        refused = rows[source].get("metric_status", set()) - calm[source].get("metric_status", set())
        assert is_whole(name, source, rows, calm) or told[source] or refused, f"{source} is silent about {name}"


def test_one_platforms_trouble_is_not_anothers(world, calm, tmp_path):
    rows, told, _ = pulled(world, tmp_path, [Fault("connection_reset", -1, dialect="x")])
    assert told.pop("x")
    assert not any(told.values())
    assert {source: found for source, found in rows.items() if source != "x"} == {
        source: found for source, found in calm.items() if source != "x"
    }


@pytest.mark.parametrize(
    ("source", "switches"),
    [
        ("x", {"x_follows_request": False, "x_vocabulary": "new"}),
        ("x", {"x_follows_request": False, "x_vocabulary": "old"}),
        ("facebook_pages", {"facebook_breakdowns": False}),
        ("instagram", {"instagram_breakdown_case": "lower", "instagram_long_periods": frozenset()}),
        ("threads", {"threads_error_type": "THApiException", "threads_total_period": "lifetime"}),
        ("threads", {"threads_error_type": "OAuthException"}),
    ],
)
def test_either_answer_that_nobody_has_verified_is_understood(world, calm, tmp_path, source, switches):
    rows, told, _ = pulled(world, tmp_path, sources=[source], **switches)
    assert told == {source: []}
    assert {stream: len(found) for stream, found in rows[source].items()} == {
        stream: len(found) for stream, found in calm[source].items()
    }


def test_a_metric_that_an_account_does_not_accept_is_told_and_the_rest_is_read(world, calm, tmp_path):
    refused = frozenset({"post_total_media_view_unique"})
    rows, told, _ = pulled(world, tmp_path, sources=["facebook_pages"], refused_metrics=refused)
    assert told == {"facebook_pages": []}
    (status,) = rows["facebook_pages"]["metric_status"] - calm["facebook_pages"].get("metric_status", set())
    assert "post_total_media_view_unique" in status
    assert len(rows["facebook_pages"]["posts"]) == len(calm["facebook_pages"]["posts"])
