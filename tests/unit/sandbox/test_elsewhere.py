"""The world beyond the first three platforms: it moves none of them, and it is what it says of itself."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC, datetime

import numpy as np
import pytest

from pipelines.sandbox.calendar import DAY, HOUR, NEVER, instant, seconds
from pipelines.sandbox.counters import Offer
from pipelines.sandbox.offers import SERIES
from pipelines.sandbox.units import ELSEWHERE, UNITS
from pipelines.sandbox.world import World

NOW = seconds(datetime(2026, 1, 5, 5, tzinfo=UTC))
IDS = {
    "youtube": (r"UC[\w-]{22}", r"[\w-]{11}", r"Ugx[\w-]{18}4AaABAg(\.[\w-]{18})?"),
    "mastodon": (
        r"109\d{15}@(social|mastodon)\.exempel\.example",
        r"11\d{16}@(social|mastodon)\.exempel\.example",
        r"11\d{16}",
    ),
    "bluesky": (r"did:plc:[a-z2-7]{24}", *[r"at://did:plc:[a-z2-7]{24}/app\.bsky\.feed\.post/3[a-z2-7]{12}"] * 2),
    "threads": (r"\d{17}", r"180\d{14}", r"181\d{14}"),
    "tiktok": (r"-000\w{32}", r"7[56]\d{17}", r"7[56]\d{17}"),
    "linkedin": (r"\d{8}", r"urn:li:(share|ugcPost):7[34]\d{17}", r"7[34]\d{17}"),
}


@pytest.fixture(scope="module")
def elsewhere(small):
    return small.elsewhere


def posts_of(elsewhere, platform):
    return [n for n in range(elsewhere.post_count) if elsewhere.author(n).platform == platform]


def test_the_first_three_platforms_world_has_not_changed_by_a_digit(small):
    told = small.truth()
    first = [
        told["posts"], told["tips"], told["units"], small.posts.native_ids, small.tips.tip_ids[:],
        small.dialogue.asked.tolist(), small.dialogue.answered.tolist(), [r.is_yes.tolist() for r in small.responses],
        [small.audience.follows(account.number, 1_752_000_000) for account in small.accounts],
    ]  # fmt: skip
    # Taken before there was anything elsewhere.
    assert (
        hashlib.sha256(json.dumps(first).encode()).hexdigest()
        == "b20eb6ca34a789e0a507ebea67d062a5211aa44aa4288cbdc0f7a909dbed6370"
    )


def test_the_same_seed_gives_the_same_elsewhere(small, elsewhere):
    same = World(3, 0.2).elsewhere
    assert same.truth() == elsewhere.truth() == small.truth()["elsewhere"]
    assert World(4, 0.2).elsewhere.truth()["posts"] != elsewhere.truth()["posts"]


@pytest.mark.parametrize("platform", ELSEWHERE)
def test_two_authorities_are_there_under_ids_as_the_platform_writes_them(elsewhere, platform):
    accounts = [account for account in elsewhere.accounts if account.platform == platform]
    assert len({account.unit_id for account in accounts} & {unit.unit_id for unit in UNITS}) == 2
    account_id, post_id, comment_id = IDS[platform]
    assert all(re.fullmatch(account_id, account.native_id) for account in accounts)
    mine = posts_of(elsewhere, platform)
    assert all(re.fullmatch(post_id, elsewhere.posts.native_ids[n]) for n in mine)
    comments = [comment for n in mine for comment in elsewhere.conversation.ever(n)]
    assert all(re.fullmatch(comment_id, comment.native_id) for comment in comments)
    for ids in ([elsewhere.posts.native_ids[n] for n in mine], [comment.native_id for comment in comments]):
        assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("account", range(12))
def test_every_account_posts_before_and_after_the_new_year_and_has_had_every_trouble(elsewhere, account):
    posts, mine = elsewhere.posts, elsewhere.posts_by_account[account]
    assert 40 <= len(mine) <= 60
    assert 15 < (posts.published[mine] < NOW).sum() < 40
    by_now = posts.published[mine] < NOW
    for trouble in (posts.counters.deleted_at, posts.counters.glitch_at, posts.counters.restated_at, posts.edited_at):
        assert ((trouble[mine] < NEVER) & by_now).any()
    assert (posts.is_private[mine] & (posts.counters.deleted_at[mine] < NEVER)).any()


def test_likes_fall_a_post_is_gone_and_an_edited_record_has_another_content_id(elsewhere):
    counters = elsewhere.posts.counters
    withdrawn = np.flatnonzero((counters.taken_back_at < NEVER) & (counters.deleted_at >= NEVER))
    before, after = (
        elsewhere.shown(Offer("likes"), withdrawn, counters.taken_back_at[withdrawn] + step) for step in (-1, 0)
    )
    assert (after <= before).all()
    assert (after < before).sum() > len(before) / 2
    gone = int(np.flatnonzero(counters.deleted_at < NEVER)[0])
    assert elsewhere.stands(gone, int(counters.deleted_at[gone]) - 1)
    assert not elsewhere.stands(gone, int(counters.deleted_at[gone]))
    edited = next(n for n in posts_of(elsewhere, "bluesky") if elsewhere.posts.edited_at[n] < NEVER)
    at = int(elsewhere.posts.edited_at[edited])
    assert elsewhere.post(edited).text_at(instant(at - 1)) != elsewhere.post(edited).text_at(instant(at))
    assert elsewhere.cid(edited, at - 1) != elsewhere.cid(edited, at)
    assert re.fullmatch(r"bafyrei[a-z2-7]{52}", elsewhere.cid(edited, at))


def test_what_is_hidden_is_missing_and_not_zero(elsewhere):
    videos = posts_of(elsewhere, "youtube")
    hidden = next(n for n in videos if elsewhere.posts.hides_likes[n])
    silent = next(n for n in videos if elsewhere.posts.hides_comments[n])
    late = instant(NOW + 90 * DAY)
    assert elsewhere.post_metrics(hidden, late).keys() == {"viewCount", "commentCount"}
    assert elsewhere.post_metrics(silent, late).keys() == {"viewCount", "likeCount"}
    assert not elsewhere.conversation.ever(silent)


def test_the_counter_of_comments_is_their_list(elsewhere):
    counted = {"mastodon": "replies_count", "threads": "replies", "linkedin": "commentCount"}
    for platform, name in counted.items():
        for number in elsewhere.standing(next(a.number for a in elsewhere.accounts if a.platform == platform), NOW):
            comments = elsewhere.comments_of(number, NOW)
            if platform == "mastodon":
                comments = [comment for comment in comments if comment.parent is None]
            assert elsewhere.post_metrics(number, instant(NOW))[name] == len(comments)


def test_a_list_of_likes_is_now_and_then_one_longer_than_its_counter(elsewhere):
    mine = posts_of(elsewhere, "bluesky")
    shown = elsewhere.shown(Offer("likes"), np.array(mine), np.full(len(mine), NOW))
    differences = {elsewhere.listed("likes", n, NOW) - int(value) for n, value in zip(mine, shown, strict=True)}
    assert differences == {0, 1}


@pytest.mark.parametrize("account", range(12))
def test_a_timeline_mixes_in_what_the_other_account_wrote(elsewhere, account):
    items = elsewhere.timeline(account, NOW)
    assert [item.number for item in items if not item.is_repost] == elsewhere.standing(account, NOW)
    passed_on = [item for item in items if item.is_repost]
    assert len(passed_on) >= 2
    assert all(elsewhere.author(item.number).number == account ^ 1 for item in passed_on)
    assert [item.at for item in items] == sorted((item.at for item in items), reverse=True)
    assert len({item.key for item in items}) == len({item.native_id for item in items}) == len(items)


def test_days_add_up_to_the_truth(elsewhere):
    """What the days brought is what the counters and followers rose by, once the platform has corrected its figures."""
    edges = NOW - np.arange(40, -1, -1) * DAY
    late = NOW + 3 * DAY
    for account in elsewhere.accounts:
        followers = np.diff(elsewhere.audience.followers(account.number, edges))
        gained, lost = elsewhere.audience.follows_between(account.number, edges)
        assert (gained - lost == followers).all()
    channel = next(a.number for a in elsewhere.accounts if a.platform == "youtube")
    views = elsewhere.series(channel, "views", edges, late)
    assert views.sum() == pytest.approx(elsewhere.audience.gains(channel, "views", edges[[0, -1]])[0], abs=len(views))
    comments = elsewhere.series(channel, "comments", edges, late)
    written = [c for n in elsewhere.posts_by_account[channel].tolist() for c in elsewhere.conversation.ever(n)]
    assert comments.sum() == sum(edges[0] < comment.created_at <= NOW for comment in written)
    assert (elsewhere.series(channel, "views", edges, NOW)[-2:] < views[-2:]).all()
    assert (elsewhere.series(channel, "views", edges, NOW)[:-2] == views[:-2]).all()


def test_only_linkedins_likes_may_fall_below_zero_in_a_day(elsewhere):
    days = NOW - np.arange(55, -1, -1) * DAY
    found = {
        (account.platform, metric): int(elsewhere.series(account.number, metric, days, NOW + 9 * DAY).min())
        for account in elsewhere.accounts
        for metric in SERIES[account.platform]
    }
    assert {key for key, least in found.items() if least < 0} <= {("linkedin", "likeCount")}
    falls = elsewhere.audience.gains(10, "likes", np.arange(NOW - 55 * DAY, NOW, HOUR))
    assert falls.min() < 0


def test_youtube_rounds_its_subscribers_to_three_digits(elsewhere):
    channel = elsewhere.account_metrics(0, instant(NOW))
    exact = int(elsewhere.audience.followers(0, np.array([NOW]))[0])
    assert channel["subscriberCount"] == exact // 100 * 100 != exact
    assert 9999 < exact < 100_000
