"""Public SDKs of LinkedIn and TikTok, in an environment of their own, read the sandbox and find the world's truth."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from pipelines.sandbox import SandboxClock, World, project_config, running_sandbox
from pipelines.sandbox.calendar import DAY, seconds
from pipelines.sandbox.offers import BUSINESS_OFFERS
from tests.sdks.environments import run_in

NOW = datetime(2026, 1, 5, 5, tzinfo=UTC)
THE_DAY = datetime(2025, 12, 10, tzinfo=UTC)


@pytest.fixture(scope="module")
def world():
    return World(seed=7, scale=0.2)


@pytest.fixture(scope="module")
def served(world):
    with running_sandbox(world, clock=SandboxClock(NOW)) as sandbox:
        yield sandbox.url, project_config(world, sandbox.url, "all")["tokens"]


def account_on(world, platform):
    return next(account for account in world.elsewhere.accounts if account.platform == platform)


def of_the_day(world, account, metric):
    edges = np.array([seconds(THE_DAY), seconds(THE_DAY) + DAY])
    return int(world.elsewhere.series(account.number, metric, edges, seconds(NOW))[0])


def test_the_sdk_of_linkedin_reads_posts_statistics_and_days(world, served):
    url, tokens = served
    account, elsewhere = account_on(world, "linkedin"), world.elsewhere
    token, day = tokens["linkedin"][account.native_id], seconds(THE_DAY) * 1000
    read = run_in("linkedin_tiktok", "read_linkedin.py", url=url, token=token, native_id=account.native_id, day=day)
    standing = elsewhere.standing(account.number, seconds(NOW))
    assert sorted(read["posts"]) == sorted(elsewhere.posts.native_ids[n] for n in standing)
    for urn, shown in read["statistics"].items():
        true = elsewhere.post_metrics(elsewhere.posts_by_id[f"linkedin:{urn}"], NOW)
        assert {name: shown[name] for name in true} == true
    assert len(read["statistics"]) > 5
    [shown] = read["days"]
    assert shown["timeRange"]["start"] == day
    assert shown["totalShareStatistics"]["likeCount"] == of_the_day(world, account, "likeCount")
    assert read["followers"] == elsewhere.account_metrics(account.number, NOW)["firstDegreeSize"]


def test_a_public_sdk_reads_videos_days_and_comments_of_tiktok(world, served):
    url, tokens = served
    account, elsewhere = account_on(world, "tiktok"), world.elsewhere
    standing = elsewhere.standing(account.number, seconds(NOW))
    commented = max(standing, key=lambda n: len(elsewhere.comments_of(n, seconds(NOW))))
    read = run_in(
        "linkedin_tiktok", "read_tiktok.py", url=url, token=tokens["tiktok"][account.native_id],
        native_id=account.native_id, first="2025-12-10", last="2025-12-10", video=elsewhere.posts.native_ids[commented],
    )  # fmt: skip
    reach = elsewhere.metrics("tiktok", np.array(standing), np.full(len(standing), seconds(NOW)), BUSINESS_OFFERS)[
        "reach"
    ]
    assert read["videos"] == dict(zip([elsewhere.posts.native_ids[n] for n in standing], reach.tolist(), strict=True))
    [day] = read["account"]["metrics"]
    assert day["video_views"] == of_the_day(world, account, "video_views")
    listed = elsewhere.comments_of(commented, seconds(NOW))
    tops = {one.number for one in listed if one.parent is None}
    assert sorted(read["comments"]) == sorted(one.native_id for one in listed if one.parent is None)
    assert sorted(read["replies"]) == sorted(
        one.native_id for one in listed if one.parent is not None and one.root in tops
    )
