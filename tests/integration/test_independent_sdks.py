"""Public SDKs, each set in an environment of its own, read the sandbox without knowing, and find the world's truth."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pipelines.sandbox import SandboxClock, World, project_config, running_sandbox
from pipelines.sandbox.calendar import instant, seconds
from tests.sdks.environments import run_in

NOW = datetime(2026, 1, 5, 5, tzinfo=UTC)


@pytest.fixture(scope="module")
def world():
    return World(seed=7)


@pytest.fixture(scope="module")
def served(world):
    with running_sandbox(world, clock=SandboxClock(NOW), empty_pages=False) as sandbox:
        yield sandbox.url, project_config(world, sandbox.url)


def standing(world, account):
    """Numbers of an account's posts that stand now, newest first."""
    mine = world.posts_by_account[account.number]
    at = seconds(NOW)
    there = (world.posts.published[mine] <= at) & (world.posts.counters.deleted_at[mine] > at)
    return mine[there][::-1].tolist()


def test_the_sdk_of_x_reads_all_posts_with_their_true_counters(world, served):
    url, config = served
    account = next(a for a in world.accounts if a.platform == "x")
    token = config["tokens"]["x"][account.native_id]
    read = run_in("x_meta", "read_x.py", url=url, token=token, native_id=account.native_id)["posts"]
    expected = standing(world, account)
    assert {world.posts.native_ids[n] for n in expected} <= read.keys()
    for number in expected:
        true = world.post_metrics(number, instant(seconds(NOW)))
        shown = read[world.posts.native_ids[number]]
        assert shown["repost_count"] == true["retweet_count"]
        assert shown["impression_count"] == true["impression_count"]


def test_a_client_that_follows_next_to_the_letter_reads_a_whole_page(world, served):
    url, config = served
    account = next(a for a in world.accounts if a.platform == "facebook")
    token = config["tokens"]["facebook"][account.native_id]
    read = run_in("x_meta", "read_graph.py", url=url, token=token, native_id=account.native_id)["posts"]
    assert read == [world.posts.native_ids[n] for n in standing(world, account)]
