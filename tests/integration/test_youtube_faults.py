"""Every fault of the sandbox's YouTube is survived or told, and every answer nobody has seen yet is understood."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
import zstandard

from pipelines.errors import CredentialError, DeferredError
from pipelines.landing import Landing
from pipelines.pull import pull
from pipelines.sandbox import Fault, SandboxClock, World, running_sandbox
from pipelines.settings import Settings
from pipelines.sources.base import Account, PullPlan

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
SWITCHES = [
    {},
    {"youtube_duration": "iso"},
    {"youtube_missing": "bare", "youtube_batch_kind": False},
    {"youtube_missing": "refused"},
]


@pytest.fixture(scope="module")
def world():
    return World(seed=7, scale=0.1)


def read(world, tmp_path, *faults, comments=False, **switches):
    """What a pull of the first channel brings: the report, and rows by stream."""
    account = next(a for a in world.elsewhere.accounts if a.platform == "youtube")
    with running_sandbox(world, clock=SandboxClock(NOW), page_cap=9, faults=faults, **switches) as sandbox:
        tokens = sandbox.served.tokens
        settings = Settings(
            project_dir=tmp_path,
            now=NOW,
            pseudonym_key="k" * 32,
            youtube={
                "base_url": sandbox.url,
                "analytics_url": sandbox.url,
                "api_key": tokens.youtube_key,
                "tokens": tokens.of_source("youtube"),
                "comments": comments,
            },
        )
        landing = Landing(tmp_path / "landing")
        ours = Account(
            account_id=account.account_id, platform="youtube", native_id=account.native_id, unit_id=account.unit_id
        )
        report = pull(settings, [ours], landing, plan=PullPlan(now=NOW, post_window_days=60))
    rows = {}
    for manifest in landing.manifests():
        for entry, _ in landing.entries(manifest):
            for line in zstandard.decompress((landing.root / entry.segment).read_bytes()).splitlines():
                page = json.loads(line)
                if page["page_id"] == entry.page_id:
                    rows.setdefault(entry.stream, []).extend(page["rows"])
    return report, rows


def figures(rows):
    return {row["id"]: (row.get("status"), row.get("statistics")) for row in rows["videos"]}


@pytest.fixture(scope="module")
def calm(world, tmp_path_factory):
    report, rows = read(world, tmp_path_factory.mktemp("calm"), comments=True)
    report.raise_for_errors()
    return rows


@pytest.mark.parametrize("switches", SWITCHES)
def test_a_video_that_is_gone_is_told_whatever_a_batch_does_about_it(world, calm, tmp_path, switches):
    report, rows = read(world, tmp_path, Fault("ghost_upload", -1, "playlistItems"), **switches)
    report.raise_for_errors()
    found = figures(rows)
    gone = {name for name, (status, _) in found.items() if status == "not_found"}
    assert gone
    assert {name: told for name, told in found.items() if name not in gone} == figures(calm)
    elsewhere = world.elsewhere
    assert not any(elsewhere.stands(elsewhere.posts_by_id[f"youtube:{name}"], int(NOW.timestamp())) for name in gone)


@pytest.mark.parametrize(
    "fault",
    [
        Fault("server_error", 2, "playlistItems"),
        Fault("truncated_json", 1, "batchGetStats"),
        Fault("body_cut", 1, "playlistItems"),
        Fault("connection_reset", 1, "commentThreads"),
        Fault("html_200", 1, "reports"),
        Fault("bad_gateway", 1, "batchGetStats"),
        Fault("post_between_pages", 1, "playlistItems.*pageToken"),
        Fault("duplicate_page", 1, "playlistItems.*pageToken"),
    ],
    ids=lambda fault: fault.name,
)
def test_a_fault_that_heals_costs_nothing(world, calm, tmp_path, fault):
    report, rows = read(world, tmp_path, fault, comments=True)
    report.raise_for_errors()
    assert figures(calm).keys() <= figures(rows).keys()
    assert {row["id"] for row in calm["comments"]} <= {row["id"] for row in rows["comments"]}
    assert {row["day"] for row in calm["days"]} <= {row["day"] for row in rows["days"]}


@pytest.mark.parametrize(
    ("fault", "kind", "kept"),
    [
        (Fault("youtube_quota", -1, "pageToken"), DeferredError, {"accounts", "videos", "posts"}),
        (Fault("youtube_token", -1, "reports"), CredentialError, {"accounts", "videos", "posts", "comments"}),
        (Fault("youtube_forbidden", -1, "channels"), CredentialError, set()),
    ],
    ids=lambda one: getattr(one, "name", ""),
)
def test_a_fault_that_does_not_heal_is_told_and_what_came_before_it_is_kept(world, tmp_path, fault, kind, kept):
    report, rows = read(world, tmp_path, fault, comments=True)
    (error,) = report.errors
    assert isinstance(error, kind)
    assert kept <= rows.keys()
    assert "days" not in rows


def test_comments_that_are_off_cost_no_other_video(world, calm, tmp_path):
    report, rows = read(world, tmp_path, Fault("youtube_comments_off", 1, "commentThreads"), comments=True)
    report.raise_for_errors()
    assert figures(rows) == figures(calm)
    assert {row["id"] for row in rows["comments"]} < {row["id"] for row in calm["comments"]}


def test_a_poisoned_row_is_put_aside_and_makes_no_video_seem_gone(world, calm, tmp_path):
    report, rows = read(world, tmp_path, Fault("poison_row", -1, "batchGetStats"))
    report.raise_for_errors()
    found = figures(rows)
    assert found.items() < figures(calm).items()
    assert sum(result.rejected for result in report.results) == len(figures(calm)) - len(found)


def test_a_hidden_number_of_subscribers_is_kept_as_hidden(world, tmp_path):
    _, rows = read(world, tmp_path, Fault("hidden_subscribers", -1))
    assert rows["accounts"][0]["statistics"]["hiddenSubscriberCount"] is True
