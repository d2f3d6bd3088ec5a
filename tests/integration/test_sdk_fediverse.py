"""The official SDKs of Bluesky and Mastodon read the sandbox without knowing, and find the world's truth."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pipelines.sandbox import SandboxClock, World, project_config, running_sandbox
from pipelines.sandbox.calendar import seconds
from tests.sdks.environments import run_in

NOW = datetime(2026, 1, 5, 5, tzinfo=UTC)


@pytest.fixture(scope="module")
def world():
    return World(seed=7, scale=0.2)


@pytest.fixture(scope="module")
def served(world):
    with running_sandbox(world, clock=SandboxClock(NOW)) as sandbox:
        yield sandbox.url, project_config(world, sandbox.url, ["mastodon", "bluesky"])["tokens"]


def first_account(world, platform):
    return next(account for account in world.elsewhere.accounts if account.platform == platform)


def true_rows(world, account, names):
    elsewhere = world.elsewhere
    return {
        elsewhere.posts.native_ids[number]: [elsewhere.post_metrics(number, NOW)[name] for name in names]
        for number in elsewhere.standing(account.number, seconds(NOW))
    }


@pytest.mark.parametrize("with_password", [True, False])
def test_the_sdk_of_the_at_protocol_finds_the_truth_in_answers_that_keep_to_the_lexicons(world, served, with_password):
    url, tokens = served
    account = first_account(world, "bluesky")
    login = {"password": tokens["bluesky"][account.native_id]} if with_password else {}
    read = run_in("fediverse", "read_bluesky.py", url=url, did=account.native_id, **login)
    true = true_rows(world, account, ("likeCount", "repostCount", "replyCount", "quoteCount"))
    assert {uri: row[:4] for uri, row in read["posts"].items()} == true
    assert read["reposts"] > 0
    first = next(iter(read["posts"]))
    assert read["again"] == [first]
    uri, replies = read["replies"]
    assert replies == true[uri][2] > 0
    number = world.elsewhere.posts_by_id[f"bluesky:{first}"]
    assert read["lists"] == [world.elsewhere.listed(family, number, seconds(NOW))
                             for family in ("likes", "shares", "quotes")]  # fmt: skip
    assert read["followers"] == world.elsewhere.account_metrics(account.number, NOW)["followersCount"]


@pytest.mark.parametrize("with_token", [True, False])
def test_mastodon_py_follows_the_links_to_the_end_and_finds_the_truth(world, served, with_token):
    url, tokens = served
    account = first_account(world, "mastodon")
    login = {"token": tokens["mastodon"][account.native_id]} if with_token else {}
    read = run_in("fediverse", "read_mastodon.py", url=url, number=account.native_id.partition("@")[0], **login)
    names = ("favourites_count", "reblogs_count", "replies_count", "quotes_count")
    true = {key.partition("@")[0]: row for key, row in true_rows(world, account, names).items()}
    assert read["posts"] == true
    assert read["boosts"] > 0
    assert read["edited"] > 0
    assert read["version"] == "4.7.0"
    native_id, replies = read["replies"]
    assert replies >= true[native_id][2] > 0
    first = next(iter(read["posts"]))
    number = next(n for key, n in world.elsewhere.posts_by_id.items() if key.startswith(f"mastodon:{first}@"))
    assert read["likes"] == world.elsewhere.listed("likes", number, seconds(NOW))
