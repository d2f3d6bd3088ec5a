"""Facebook Pages, from the wire to typed rows."""

from __future__ import annotations

import pytest

from tests.spec.staging.raw_rows import land
from tests.spec.tables import build, query

POST = {
    "id": "101_9001",
    "message": "Har du sett något?",
    "created_time": "2026-03-01T23:30:00+0000",
    "status_type": "added_photos",
    "shares": {"count": 14},
    "reactions": {"summary": {"total_count": 120}},
    "comments": {"summary": {"total_count": 9}},
    "insights": {"data": [{"name": "post_media_view", "period": "lifetime", "values": [{"value": 800}]}]},
}
BARE = {"id": "101_9000", "created_time": "2026-03-01T10:00:00+0000", "insights": {"data": []}}


@pytest.fixture
def page(con):
    land(con, "raw.facebook_pages__posts", POST, BARE, account_id="facebook:101")
    return con


def test_a_post_keeps_the_instant_the_platform_wrote(page):
    build(page, "staging.stg_facebook_pages__posts")
    assert query(
        page,
        "select post_id, account_id, published_at, text, media_type from staging.stg_facebook_pages__posts order by 1",
    ) == [
        ("facebook:101_9000", "facebook:101", "2026-03-01 10:00:00Z", "", ""),
        ("facebook:101_9001", "facebook:101", "2026-03-01 23:30:00Z", "Har du sett något?", "added_photos"),
    ]


def test_an_unpublished_post_is_no_post(con):
    land(con, "raw.facebook_pages__posts", {**POST, "is_published": False}, account_id="facebook:101")
    build(con, "staging.stg_facebook_pages__posts", "staging.stg_facebook_pages__post_readings")
    assert query(con, "from staging.stg_facebook_pages__posts") == []
    columns = "native_metric, status, value"
    assert query(con, f"select {columns} from staging.stg_facebook_pages__post_readings") == [
        ("reactions", "not_found", "")
    ]


def test_a_post_that_is_withdrawn_or_has_expired_is_gone_from_then_on_and_not_when_it_is_back(con):
    expired, back = {**POST, "id": "101_2"}, {**POST, "id": "101_3"}
    land(con, "raw.facebook_pages__posts", POST, expired, back, account_id="facebook:101")
    changed = ({**POST, "is_published": False}, {**expired, "is_expired": True}, {**back, "is_published": False})
    land(con, "raw.facebook_pages__posts", *changed, account_id="facebook:101", at="2026-03-03 05:00:00Z", page_id="p2")
    land(con, "raw.facebook_pages__posts", changed[0], back, account_id="facebook:101", at="2026-03-04 05:00:00Z",
         page_id="p3")  # fmt: skip
    build(con, "staging.stg_facebook_pages__post_readings", "marts.fct_post_told_gone")
    assert query(con, "from marts.fct_post_told_gone order by 1") == [
        ("facebook:101_2", "2026-03-03 05:00:00Z"),
        ("facebook:101_9001", "2026-03-03 05:00:00Z"),
    ]


def test_absent_shares_are_zero_but_absent_reactions_and_comments_are_unknown(page):
    build(page, "staging.stg_facebook_pages__post_readings")
    assert query(
        page, "select post_id, native_metric, status, value from staging.stg_facebook_pages__post_readings order by all"
    ) == [
        ("facebook:101_9000", "comments", "ok", ""),
        ("facebook:101_9000", "reactions", "ok", ""),
        ("facebook:101_9000", "shares", "ok", "0"),
        ("facebook:101_9001", "comments", "ok", "9"),
        ("facebook:101_9001", "post_media_view", "ok", "800"),
        ("facebook:101_9001", "reactions", "ok", "120"),
        ("facebook:101_9001", "shares", "ok", "14"),
    ]


def test_a_refused_metric_is_not_offered_for_the_posts_of_its_run_that_lack_it(page):
    refusal = {"scope": "post", "status": "not_offered", "reason": "code 100"}
    for metric in ("post_media_view", "post_impressions"):
        land(page, "raw.facebook_pages__metric_status", {**refusal, "native_metric": metric}, account_id="facebook:101")
    other = {**refusal, "native_metric": "post_clicks"}
    land(page, "raw.facebook_pages__metric_status", other, account_id="facebook:101", run_id="another run")
    build(page, "staging.stg_facebook_pages__post_readings")
    assert query(
        page,
        """
        select post_id, native_metric, value from staging.stg_facebook_pages__post_readings
        where status = 'not_offered' order by all
        """,
    ) == [
        ("facebook:101_9000", "post_impressions", ""),
        ("facebook:101_9000", "post_media_view", ""),
        ("facebook:101_9001", "post_impressions", ""),
    ]


def test_an_accounts_figures_are_read_and_a_missing_one_is_null(con):
    land(con, "raw.facebook_pages__accounts", {"id": "101", "name": "P", "username": "p", "followers_count": 7},
         account_id="facebook:101")  # fmt: skip
    build(con, "staging.stg_facebook_pages__accounts", "staging.stg_facebook_pages__account_readings")
    assert query(con, "select account_id, name, handle from staging.stg_facebook_pages__accounts") == [
        ("facebook:101", "P", "p")
    ]
    assert query(con, "select native_metric, value from staging.stg_facebook_pages__account_readings order by all") == [
        ("fan_count", ""),
        ("followers_count", "7"),
        ("talking_about_count", ""),
    ]


def test_a_pacific_day_is_23_hours_when_its_clocks_go_forward_and_25_when_they_go_back(con):
    ends = ["2026-03-08T08:00:00+0000", "2026-03-09T07:00:00+0000", "2025-11-03T08:00:00+0000"]
    values = [{"value": n, "end_time": end} for n, end in enumerate(ends)]
    land(con, "raw.facebook_pages__page_insights", {"name": "page_media_view", "period": "day", "values": values},
         account_id="facebook:101")  # fmt: skip
    build(con, "staging.stg_facebook_pages__account_windows")
    assert query(
        con, "select window_start, window_end, value from staging.stg_facebook_pages__account_windows order by 1"
    ) == [
        ("2025-11-02 07:00:00Z", "2025-11-03 08:00:00Z", "2"),
        ("2026-03-07 08:00:00Z", "2026-03-08 08:00:00Z", "0"),
        ("2026-03-08 08:00:00Z", "2026-03-09 07:00:00Z", "1"),
    ]


def test_a_refused_account_metric_has_a_window_that_says_so(con):
    refusal = {"scope": "account", "status": "not_offered", "reason": "code 100", "native_metric": "page_fans"}
    land(con, "raw.facebook_pages__metric_status", refusal, account_id="facebook:101")
    build(con, "staging.stg_facebook_pages__account_windows")
    assert query(
        con,
        "select native_metric, window_start, window_end, status, value from staging.stg_facebook_pages__account_windows",
    ) == [("page_fans", "2026-02-28 08:00:00Z", "2026-03-01 08:00:00Z", "not_offered", "")]
