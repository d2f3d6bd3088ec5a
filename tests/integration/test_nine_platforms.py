"""One run of the command against the whole sandbox: what the warehouse holds is what is true at the clock's instant."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import duckdb
import numpy as np
import pytest

from pipelines.sandbox import SandboxClock, World, project_config, running_sandbox
from pipelines.sandbox.calendar import seconds
from pipelines.sandbox.counters import OFFERS
from pipelines.sandbox.offers import POST_OFFERS
from pipelines.sandbox.units import ELSEWHERE, PLATFORMS
from tests.integration.projects import sandbox_project, syfte

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.sandbox.elsewhere import Elsewhere

NOW = datetime(2026, 1, 5, 5, tzinfo=UTC)
UNITS = ("stockholm", "vasternorrland")
"""Whose accounts are read on the first three platforms; elsewhere there are two each."""
SUPERSEDED = {"post_impressions_unique"}
"""Still offered, and no longer read: another metric has taken its place."""
READ = (*PLATFORMS, *ELSEWHERE)


@pytest.fixture(scope="module")
def world() -> World:
    return World(seed=5, scale=0.1)


@pytest.fixture(scope="module")
def project(world, tmp_path_factory) -> Path:
    """A project after one run; small pages, so that every list has a short and an empty one."""
    with running_sandbox(world, clock=SandboxClock(NOW), page_cap=8) as sandbox:
        config = project_config(world, sandbox.url, READ, comments=True)
        config["accounts"] = [one for one in config["accounts"] if one["unit"] in UNITS or one["platform"] in ELSEWHERE]
        folder = sandbox_project(tmp_path_factory.mktemp("nine"), config, NOW)
        done = syfte(folder, "run", "--no-report")
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def asked(project):
    with duckdb.connect(project / "data" / "warehouse.duckdb", read_only=True) as con:
        yield lambda query, *parameters: con.execute(query, parameters).fetchall()


def half(world: World, platform: str) -> World | Elsewhere:
    return world if platform in PLATFORMS else world.elsewhere


def young(there: World | Elsewhere, platform: str, days: int) -> list[int]:
    """Posts of the accounts that are read: those that stand and are at most so many days old."""
    since, now = seconds(NOW - timedelta(days=days)), seconds(NOW)
    return [
        number
        for number in range(there.post_count)
        if since < there.posts.published[number] <= now < there.posts.counters.deleted_at[number]
        and there.author(number).platform == platform
        and (platform in ELSEWHERE or there.author(number).unit_id in UNITS)
    ]


@pytest.mark.parametrize("platform", READ)
def test_every_post_and_every_figure_is_the_worlds(world, asked, platform):
    there = half(world, platform)
    rows = asked("select post_id, native_metric, value from marts.fct_post_snapshot where platform = ? "
                 "and status = 'ok' and value is not null", platform)  # fmt: skip
    offered = (OFFERS | POST_OFFERS)[platform]
    found: dict[str, dict[str, float]] = {}
    for post_id, metric, value in rows:
        if metric in offered:
            found.setdefault(post_id, {})[metric] = value
    true = {
        post_id: {
            metric: value
            for metric, value in there.post_metrics(there.posts_by_id[post_id], NOW).items()
            if metric not in SUPERSEDED
        }
        for post_id in found
    }
    assert found == true
    assert len(found) >= 5
    assert {there.post(number).post_id for number in young(there, platform, 28)} <= found.keys()


@pytest.mark.parametrize("platform", READ)
def test_every_account_has_the_followers_it_has(world, asked, platform):
    there = half(world, platform)
    rows = asked("select account_id, value from marts.fct_account_daily where platform = ? and metric = 'followers' "
                 "and local_date = '2026-01-05' and value is not null", platform)  # fmt: skip
    true = {
        account.account_id: int(there.audience.followers(account.number, np.array([seconds(NOW)]))[0])
        for account in there.accounts
        if account.platform == platform and (platform in ELSEWHERE or account.unit_id in UNITS)
    }
    if platform == "youtube":
        true = {name: count // 10 ** max(0, len(str(count)) - 3) * 10 ** max(0, len(str(count)) - 3)
                for name, count in true.items()}  # fmt: skip
    assert true.items() <= dict(rows).items()


@pytest.mark.parametrize("platform", [name for name in READ if name != "tiktok"])  # its Display API has no comments
def test_every_comment_of_a_young_post_is_there_without_its_author(world, asked, platform):
    there = half(world, platform)
    since = seconds(NOW - timedelta(days=7)) if platform == "x" else 0  # older replies cannot be searched
    said = [
        comment
        for number in young(there, platform, 14)
        for comment in there.comments_of(number, seconds(NOW))
        if comment.created_at > since
    ]
    rows = asked("select count(*), count(*) filter (where is_ours) from marts.fct_comment where platform = ?", platform)
    assert rows == [(len(said), sum(comment.is_ours for comment in said))]
    assert said


def test_no_name_text_or_token_of_anybody_is_anywhere_in_the_project(world, project):
    config = project_config(world, "http://127.0.0.1:9", READ, comments=True)
    tokens = [token for platform in READ for token in config["tokens"][platform].values()]
    marks = [mark.encode() for mark in (*tokens, "Testperson", "testperson", "Tack f\u00f6r snabbt svar")]
    for path in (project / "data").rglob("*"):
        if path.is_file():
            held = path.read_bytes()
            assert not [mark for mark in marks if mark in held], path
