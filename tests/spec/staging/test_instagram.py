"""Instagram, from the wire to typed rows."""

from __future__ import annotations

from tests.spec.staging.raw_rows import land
from tests.spec.tables import build, query

ACCOUNT = "instagram:1784"
READINGS = "select post_id, native_metric, status, value from staging.stg_instagram__post_readings order by all"


def lifetime(name: str, **more: object) -> dict[str, object]:
    return {"name": name, "period": "lifetime", **more}


def test_a_reel_is_a_reel_and_hidden_likes_are_unknown(con):
    media = {"id": "9", "caption": "Lägg på!", "media_type": "VIDEO", "media_product_type": "REELS", "comments_count": 0,
             "timestamp": "2026-03-01T10:00:00+0000"}  # fmt: skip
    land(con, "raw.instagram__media", media, account_id=ACCOUNT)
    build(con, "staging.stg_instagram__posts", "staging.stg_instagram__post_readings")
    assert query(con, "select post_id, published_at, text, media_type from staging.stg_instagram__posts") == [
        ("instagram:9", "2026-03-01 10:00:00Z", "Lägg på!", "reels")
    ]
    assert query(con, READINGS) == [
        ("instagram:9", "comments_count", "ok", "0"),
        ("instagram:9", "like_count", "ok", ""),
    ]


def test_an_empty_list_is_missing_and_never_zero(con):
    land(
        con, "raw.instagram__media_insights",
        {"id": "1", "status": "ok", "media_product_type": "FEED",
         "data": [lifetime("views", values=[{"value": 50}]), lifetime("reach", values=[])]},
        {"id": "2", "status": "ok", "media_product_type": "FEED", "data": []},
        {"id": "3", "status": "not_offered", "media_product_type": "FEED"},
        {"id": "4", "status": "ok", "media_product_type": "STORY", "data": [lifetime("navigation", total_value={"value": 25})]},
        account_id=ACCOUNT,
    )  # fmt: skip
    build(con, "staging.stg_instagram__post_readings")
    assert query(con, READINGS) == [
        ("instagram:1", "reach", "ok", ""),
        ("instagram:1", "views", "ok", "50"),
        ("instagram:2", "reach", "ok", ""),
        ("instagram:2", "views", "ok", ""),
        ("instagram:3", "reach", "not_offered", ""),
        ("instagram:3", "views", "not_offered", ""),
        ("instagram:4", "navigation", "ok", "25"),
    ]


def test_a_media_that_is_gone_says_so_also_alone_in_its_run(con):
    land(con, "raw.instagram__media_insights", {"id": "1", "status": "not_found"}, account_id=ACCOUNT)
    build(con, "staging.stg_instagram__post_readings")
    assert query(con, READINGS) == [("instagram:1", "like_count", "not_found", "")]


def test_a_refused_metric_is_not_offered_for_its_kind_of_media(con):
    land(con, "raw.instagram__metric_status", {"native_metric": "reposts", "scope": "post", "status": "not_offered",
         "reason": "code 100", "media_product_type": "FEED"}, account_id=ACCOUNT)  # fmt: skip
    for media_id, kind in (("1", "FEED"), ("2", "REELS")):
        land(con, "raw.instagram__media_insights", {"id": media_id, "status": "ok", "media_product_type": kind, "data": []},
             account_id=ACCOUNT)  # fmt: skip
    build(con, "staging.stg_instagram__post_readings")
    assert query(con, READINGS) == [("instagram:1", "reposts", "not_offered", "")]


def test_a_total_keeps_the_window_it_was_asked_for_and_a_series_its_pacific_days(con):
    land(
        con, "raw.instagram__account_insights",
        {"name": "views", "period": "day", "total_value": {"value": 5400},
         "window_start": "2026-02-28T08:00:00Z", "window_end": "2026-03-01T08:00:00Z"},
        {"name": "likes", "period": "day",
         "window_start": "2026-02-28T08:00:00Z", "window_end": "2026-03-01T08:00:00Z"},
        {"name": "reach", "period": "day", "values": [{"value": 1800, "end_time": "2026-03-09T07:00:00+0000"}]},
        account_id=ACCOUNT,
    )  # fmt: skip
    build(con, "staging.stg_instagram__account_windows")
    assert query(
        con,
        "select native_metric, window_start, window_end, value from staging.stg_instagram__account_windows order by all",
    ) == [
        ("likes", "2026-02-28 08:00:00Z", "2026-03-01 08:00:00Z", ""),
        ("reach", "2026-03-08 08:00:00Z", "2026-03-09 07:00:00Z", "1800"),
        ("views", "2026-02-28 08:00:00Z", "2026-03-01 08:00:00Z", "5400"),
    ]


def test_an_accounts_figures_are_read(con):
    land(
        con, "raw.instagram__accounts", {"id": "1784", "username": "polisen", "followers_count": 5}, account_id=ACCOUNT
    )
    build(con, "staging.stg_instagram__accounts", "staging.stg_instagram__account_readings")
    assert query(con, "select account_id, platform, handle from staging.stg_instagram__accounts") == [
        (ACCOUNT, "instagram", "polisen")
    ]
    assert query(con, "select native_metric, value from staging.stg_instagram__account_readings order by all") == [
        ("followers_count", "5"),
        ("follows_count", ""),
        ("media_count", ""),
    ]
