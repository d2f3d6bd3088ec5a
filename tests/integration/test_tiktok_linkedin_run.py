"""One run of the whole product over TikTok and LinkedIn: what is published is what is true in the simulated world."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from pipelines.project import Project
from pipelines.sandbox import SandboxClock, World, project_config, running_sandbox
from pipelines.sandbox.calendar import DAY, seconds
from pipelines.warehouse.connection import open_hardened
from tests.integration.projects import sandbox_project, syfte

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
FIRST, LAST = datetime(2025, 12, 10, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)


@pytest.fixture(scope="module")
def world():
    return World(seed=7, scale=0.2)


@pytest.fixture(scope="module")
def published(world, tmp_path_factory):
    """The readers' database after a run, and the warehouse beside it."""
    with running_sandbox(world, clock=SandboxClock(NOW)) as sandbox:
        config = project_config(world, sandbox.url, ["tiktok", "linkedin"], comments=True)
        config["environment"] |= {"SYFTE_TIKTOK__API": "business", "SYFTE_POST_WINDOW_DAYS": "120"}
        folder = sandbox_project(tmp_path_factory.mktemp("run") / "project", config, NOW)
        done = syfte(folder, "run", "--no-report")
    assert done.returncode == 0, done.stderr
    con = open_hardened(Project(folder).published_db)
    yield con
    con.close()


def standing(world, platform):
    numbers = [
        number
        for account in world.elsewhere.accounts
        if account.platform == platform
        for number in world.elsewhere.standing(account.number, seconds(NOW))
    ]
    return {f"{platform}:{world.elsewhere.posts.native_ids[number]}": number for number in numbers}


@pytest.mark.parametrize(
    ("platform", "words"),
    [
        ("linkedin", {"impressionCount": "impressionCount", "uniqueImpressionsCount": "uniqueImpressionsCount",
                      "clickCount": "clickCount", "likeCount": "likeCount", "shareCount": "shareCount"}),
        ("tiktok", {"video_views": "view_count", "likes": "like_count", "comments": "comment_count",
                    "shares": "share_count"}),
    ],
)  # fmt: skip
def test_every_post_and_metric_is_published_as_it_is(world, published, platform, words):
    """`words`: the metric as published -> as the world tells the truth of it."""
    numbers = standing(world, platform)
    posts = published.execute("select post_id from published.post where platform = ?", [platform]).fetchall()
    assert {row[0] for row in posts} == numbers.keys()
    found = published.execute(
        "select post_id, native_metric, value from published.post_metric_latest where post_id like ? || ':%'",
        [platform],
    ).fetchall()
    read = {(post_id, name): value for post_id, name, value in found}
    for post_id, number in numbers.items():
        true = world.elsewhere.post_metrics(number, NOW)
        assert {name: read[post_id, name] for name in words} == {name: true[word] for name, word in words.items()}


@pytest.mark.parametrize(
    ("platform", "metric"),
    [
        ("linkedin", "likeCount"), ("linkedin", "organicFollowerGain"), ("linkedin", "allPageViews"),
        ("tiktok", "video_views"), ("tiktok", "daily_lost_followers"),
    ],
)  # fmt: skip
def test_the_days_are_published_as_they_are(world, published, platform, metric):
    edges = np.arange(seconds(FIRST), seconds(LAST) + 1, DAY)
    found = published.execute(
        "select account_id, value from published.account_daily where native_metric = ? and account_id like ? || ':%'"
        " and local_date >= ? and local_date < ? order by account_id, local_date",
        [metric, platform, FIRST.date(), LAST.date()],
    ).fetchall()
    mine = sorted((a for a in world.elsewhere.accounts if a.platform == platform), key=lambda a: a.account_id)
    true = [
        (account.account_id, value)
        for account in mine
        for value in world.elsewhere.series(account.number, metric, edges, seconds(NOW)).tolist()
    ]
    assert found == true
