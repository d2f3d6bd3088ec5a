"""Mastodon and Bluesky over loopback: what is read is what is true in the simulated world, with and without a token."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from pipelines.errors import CredentialError, DeferredError, SourceError
from pipelines.landing import Landing
from pipelines.pull import probe, pull
from pipelines.sandbox import Fault, SandboxClock, World, project_config, running_sandbox
from pipelines.sandbox.calendar import instant, seconds
from pipelines.settings import Settings
from pipelines.sources.base import Account, PullPlan
from pipelines.sources.bluesky.timeline import veiled
from pipelines.sources.comments import Pseudonyms
from tests.integration.test_pull_from_sandbox import stored

KEY = SecretStr("a-key-of-32-characters-for-tests")
NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
PLAN = PullPlan(now=NOW, post_window_days=120)
BOTH = ("mastodon", "bluesky")


@pytest.fixture(scope="module")
def world():
    return World(seed=7, scale=0.2)


def settings_for(folder, sandbox, config, *, with_tokens):
    tokens = config["tokens"] if with_tokens else {platform: {} for platform in BOTH}
    return Settings(
        project_dir=folder, now=NOW, pseudonym_key=KEY,
        mastodon={"base_url": sandbox.url, "tokens": tokens["mastodon"], "comments": True},
        bluesky={"base_url": sandbox.url, "login_url": sandbox.url, "tokens": tokens["bluesky"], "comments": True},
    )  # fmt: skip


def accounts_of(config):
    return [
        Account(account_id=f"{a['platform']}:{a['native_id']}", platform=a["platform"], native_id=a["native_id"],
                unit_id="") for a in config["accounts"]
    ]  # fmt: skip


def read(folder, world, *, with_tokens=True, faults=(), plan=PLAN, only=BOTH, **switches):
    with running_sandbox(world, clock=SandboxClock(NOW), faults=faults, **switches) as sandbox:
        config = project_config(world, sandbox.url, only)
        landing = Landing(folder / "landing")
        settings = settings_for(folder, sandbox, project_config(world, sandbox.url, BOTH), with_tokens=with_tokens)
        report = pull(settings, accounts_of(config), landing, plan=plan)
        return report, stored(landing), sandbox.requests


@pytest.fixture(scope="module", params=[True, False], ids=["with tokens", "without"])
def whole(request, world, tmp_path_factory):
    """All four accounts, read once with their comments."""
    report, rows, asked = read(tmp_path_factory.mktemp("fediverse"), world, with_tokens=request.param)
    report.raise_for_errors()
    assert not any(result.rejected for result in report.results)
    assert any("authorization" in one.headers for one in asked) == request.param
    return rows


def true_posts(world, platform, at=NOW):
    elsewhere = world.elsewhere
    return {
        elsewhere.posts.native_ids[number]: (elsewhere.post(number), elsewhere.post_metrics(number, at))
        for account in elsewhere.accounts
        if account.platform == platform
        for number in elsewhere.standing(account.number, seconds(at))
    }


def shown(rows, platform):
    if platform == "bluesky":
        return {
            row["uri"]: {name: row[name] for name in row if name.endswith("Count")} for row in rows["bluesky__posts"]
        }
    return {row["id"]: {name: row[name] for name in row if name.endswith("_count")} for row in rows["mastodon__posts"]}


@pytest.mark.parametrize("platform", BOTH)
def test_every_post_and_counter_equals_the_truth_and_nothing_else_is_there(world, whole, platform):
    true = {key.partition("@did")[0].split("@")[0] if platform == "mastodon" else key: metrics
            for key, (_, metrics) in true_posts(world, platform).items()}  # fmt: skip
    assert len(true) > 40
    assert shown(whole, platform) == true


def test_an_edited_post_says_what_it_says_now(world, whole):
    posts = true_posts(world, "mastodon")
    edited = {key.split("@")[0] for key, (post, _) in posts.items() if post.edited_at and post.edited_at <= NOW}
    assert edited
    assert {row["id"] for row in whole["mastodon__posts"] if row.get("edited_at")} == edited
    texts = {row["uri"]: row["record"]["text"] for row in whole["bluesky__posts"]}
    assert texts == {key: post.text_at(NOW) for key, (post, _) in true_posts(world, "bluesky").items()}


@pytest.mark.parametrize("platform", BOTH)
def test_every_reply_under_a_young_post_is_read_and_none_of_its_words(world, whole, platform):
    elsewhere, now = world.elsewhere, seconds(NOW)

    def kept(uri, own_id):  # on Bluesky a uri names its author, so that a hash stands in its place
        return uri and veiled(uri, own_id, Pseudonyms(KEY)) if platform == "bluesky" else uri

    true = {
        kept(comment.native_id, account.native_id): (
            kept(comment.parent_id, account.native_id), comment.is_ours, instant(comment.created_at).isoformat()
        )
        for account in elsewhere.accounts
        if account.platform == platform
        for number in elsewhere.standing(account.number, now)
        if elsewhere.posts.published[number] >= seconds(NOW - timedelta(days=14))
        for comment in elsewhere.comments_of(number, now)
    }  # fmt: skip
    rows = whole[f"{platform}__comments"]
    assert len(true) > 5
    assert {row["id"]: (row.get("parent_id"), row["is_ours"], row["created_at"]) for row in rows} == true
    assert not any("testperson" in str(row) or "text" in row for row in rows)


@pytest.mark.parametrize("platform", BOTH)
def test_the_account_equals_the_truth(world, whole, platform):
    mine = {a.native_id.partition("@")[0]: a for a in world.elsewhere.accounts if a.platform == platform}
    rows = whole[f"{platform}__accounts"]
    assert len(rows) == 2
    for row in rows:
        levels = world.elsewhere.account_metrics(mine[row.get("id") or row["did"]].number, NOW)
        assert {name: row[name] for name in levels} == levels


@pytest.mark.parametrize("platform", BOTH)
def test_counters_are_held_against_their_lists_and_nobody_on_them_is_kept(world, whole, platform):
    rows = whole[f"{platform}__counter_checks"]
    posts, now = world.elsewhere.posts_by_id, seconds(NOW)
    numbers = {key.partition(":")[2].split("@s")[0].split("@m")[0]: number for key, number in posts.items()}
    families = {"like": "likes", "favo": "likes", "repo": "shares", "rebl": "shares", "quot": "quotes"}
    listed = [row for row in rows if row["native_metric"][:4] in families]
    assert len({row["post_id"] for row in listed}) == 6
    for row in listed:
        family = families[row["native_metric"][:4]]
        assert row["listed"] == world.elsewhere.listed(family, numbers[row["post_id"]], now)
        assert row["displayed"] == shown(whole, platform)[row["post_id"]][row["native_metric"]]
    assert all(row["is_complete"] for row in rows)
    assert all(row["displayed"] == row["listed"] for row in rows if row not in listed)
    assert "estperson" not in str(rows)


SURVIVED = ["duplicate_page", "post_between_pages", "mastodon_ignores_filters", "bluesky_upstream", "server_error",
            "body_cut", "truncated_json", "html_200", "connection_reset", "no_date"]  # fmt: skip


@pytest.mark.parametrize("name", SURVIVED)
def test_a_fault_that_can_be_survived_loses_nothing(world, tmp_path, name):
    fault = Fault(name, times=2, path="statuses|getAuthorFeed", skip=1)
    report, rows, _ = read(tmp_path, world, faults=[fault])
    report.raise_for_errors()
    for platform in BOTH:
        assert {key.split("@")[0] if platform == "mastodon" else key for key in true_posts(world, platform)} <= set(
            shown(rows, platform)
        )


@pytest.mark.parametrize(
    ("name", "kind"),
    [("bluesky_expired_token", CredentialError), ("mastodon_invalid_token", CredentialError),
     ("mastodon_suspended", SourceError), ("bluesky_limit", DeferredError), ("mastodon_limit", DeferredError)],
)  # fmt: skip
def test_a_fault_that_cannot_be_survived_is_told(world, tmp_path, name, kind):
    only = name.partition("_")[0]
    report, rows, _ = read(tmp_path, world, faults=[Fault(name, times=-1)], only=[only])
    assert report.errors
    assert all(isinstance(error, kind) for error in report.errors)
    assert f"{only}__posts" not in rows


def test_a_poisoned_object_is_set_aside_and_the_others_land(world, tmp_path):
    report, rows, _ = read(tmp_path, world, faults=[Fault("poison_row", times=1, path=one) for one in
                                                     ("statuses\\?", "getAuthorFeed")])  # fmt: skip
    report.raise_for_errors()
    assert sum(result.rejected for result in report.results) == 2
    for platform in BOTH:
        assert len(shown(rows, platform)) == len(true_posts(world, platform)) - 1


@pytest.mark.parametrize("status", [400, 401])
def test_an_expired_session_is_one_whatever_its_status(world, tmp_path, status):
    with running_sandbox(world, clock=SandboxClock(NOW), bluesky_expired_status=status) as sandbox:
        config = project_config(world, sandbox.url, ["bluesky"])
        settings = settings_for(tmp_path, sandbox, project_config(world, sandbox.url, BOTH), with_tokens=True)
        accounts = accounts_of(config)
        assert [result.error for result in probe(settings, accounts)] == [None, None]
        sandbox.set_clock(NOW + timedelta(hours=3))
        later = replace(PLAN, now=NOW + timedelta(hours=3))
        settings = settings.model_copy(update={"now": later.now})
        report = pull(settings, accounts, Landing(tmp_path / "landing"), plan=later)
    assert report.errors == []
    logins = [one for one in sandbox.requests if one.path.endswith("createSession")]
    assert len(logins) == len(accounts), "a session is kept and renewed, and not begun again"


def test_servers_that_want_a_token_are_told_apart_from_those_that_do_not(world, tmp_path):
    report, _, _ = read(tmp_path, world, with_tokens=False, only=["mastodon"], mastodon_wants_token=True)
    assert [isinstance(error, CredentialError) for error in report.errors] == [True, True]
    assert all("own server" in (error.do or "") for error in report.errors)


def test_limits_that_a_public_appview_tells_are_noted(world, tmp_path):
    report, _, _ = read(tmp_path, world, with_tokens=False, only=["bluesky"], bluesky_public_limit=True)
    report.raise_for_errors()
    assert ("bluesky", "requests") in report.quotas
