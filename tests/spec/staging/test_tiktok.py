"""TikTok, from the wire to typed rows, by either of its interfaces."""

from __future__ import annotations

from tests.spec.staging.raw_rows import land
from tests.spec.tables import build, query

ACCOUNT = "tiktok:o1"


def test_a_video_is_dated_in_seconds_as_a_number_or_as_text(con):
    land(
        con, "raw.tiktok__posts",
        {"id": "7401", "create_time": 1795168800, "title": "Hitta rätt", "video_description": "", "share_url": "https://x"},
        {"item_id": "7402", "create_time": "1795168801", "caption": "Så gör du"},
        {"id": "7403"},
        account_id=ACCOUNT,
    )  # fmt: skip
    build(con, "staging.stg_tiktok__posts")
    assert query(con, "select post_id, published_at, text, permalink from staging.stg_tiktok__posts order by 1") == [
        ("tiktok:7401", "2026-11-20 10:00:00Z", "Hitta rätt", "https://x"),
        ("tiktok:7402", "2026-11-20 10:00:01Z", "Så gör du", ""),
        ("tiktok:7403", "", "", ""),
    ]


def test_each_interface_brings_its_own_metrics_and_no_zero_for_the_others(con):
    land(
        con, "raw.tiktok__posts",
        {"id": "7401", "like_count": 900, "view_count": 20100, "share_count": 0},
        {"item_id": "7402", "likes": 900, "reach": 15010, "average_time_watched": 9.4},
        account_id=ACCOUNT,
    )  # fmt: skip
    build(con, "staging.stg_tiktok__post_readings")
    found = query(
        con, "select post_id, native_metric, value from staging.stg_tiktok__post_readings where status = 'ok'"
    )
    assert {row[1]: row[2] for row in found if row[0] == "tiktok:7401"} == {
        "like_count": "900", "view_count": "20100", "share_count": "0", "comment_count": "",
    }  # fmt: skip
    business = {row[1]: row[2] for row in found if row[0] == "tiktok:7402"}
    assert {name for name, value in business.items() if value} == {"likes", "reach", "average_time_watched"}
    assert "view_count" not in business
    assert business["favorites"] == ""


def test_levels_come_only_where_the_interface_has_them(con):
    land(
        con,
        "raw.tiktok__accounts",
        {"username": "polisen", "follower_count": 51200, "video_count": 0},
        account_id=ACCOUNT,
    )
    build(con, "staging.stg_tiktok__accounts", "staging.stg_tiktok__account_readings")
    assert query(con, "select account_id, platform, handle from staging.stg_tiktok__accounts") == [
        (ACCOUNT, "tiktok", "polisen")
    ]
    assert query(con, "select native_metric, value from staging.stg_tiktok__account_readings order by all") == [
        ("follower_count", "51200"),
        ("video_count", "0"),
    ]


def test_a_day_is_a_utc_day_and_null_below_a_hundred_followers(con):
    land(con, "raw.tiktok__account_days", {"date": "2026-03-29", "video_views": 10200}, {"date": "2026-02-30", "likes": 1},
         account_id=ACCOUNT)  # fmt: skip
    build(con, "staging.stg_tiktok__account_windows")
    found = query(con, "select native_metric, window_start, window_end, value from staging.stg_tiktok__account_windows")
    assert {row[1:3] for row in found} == {("2026-03-29 00:00:00Z", "2026-03-30 00:00:00Z")}
    assert {row[0]: row[3] for row in found if row[3]} == {"video_views": "10200"}
    assert len(found) == 9
