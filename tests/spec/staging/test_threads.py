"""Threads, from the wire to typed rows."""

from __future__ import annotations

from tests.spec.staging.raw_rows import land
from tests.spec.tables import build, query

ACCOUNT = "threads:2001"


def lifetime(name: str, value: object) -> dict[str, object]:
    return {"name": name, "period": "lifetime", "values": [{"value": value}]}


def test_a_repost_is_no_post_of_ours(con):
    land(
        con, "raw.threads__posts",
        {"id": "1", "text": "Hej", "media_type": "TEXT_POST", "timestamp": "2026-03-01T23:30:00+0000"},
        {"id": "2", "media_type": "REPOST_FACADE", "timestamp": "2026-03-01T10:00:00+0000"},
        {"id": "3", "timestamp": "yesterday"},
        account_id=ACCOUNT,
    )  # fmt: skip
    build(con, "staging.stg_threads__posts")
    assert query(con, "select post_id, published_at, text, media_type from staging.stg_threads__posts order by 1") == [
        ("threads:1", "2026-03-01 23:30:00Z", "Hej", "text_post"),
        ("threads:3", "", "", ""),
    ]


def test_what_a_post_did_not_get_is_missing_or_not_offered_and_never_zero(con):
    land(
        con, "raw.threads__post_insights",
        {"id": "1", "status": "ok", "data": [lifetime("views", 900), lifetime("likes", 0)]},
        {"id": "2", "status": "ok", "data": [lifetime("views", {"followers": 3})]},
        {"id": "3", "status": "not_found"},
        account_id=ACCOUNT,
    )  # fmt: skip
    for name, status in (("shares", "not_offered"), ("quotes", "offered")):
        land(con, "raw.threads__metric_status", {"native_metric": name, "scope": "post", "status": status,
             "reason": "code 100"}, account_id=ACCOUNT)  # fmt: skip
    build(con, "staging.stg_threads__post_readings")
    columns = "post_id, native_metric, status, value"
    assert query(con, f"select {columns} from staging.stg_threads__post_readings order by all") == [
        ("threads:1", "likes", "ok", "0"),
        ("threads:1", "shares", "not_offered", ""),
        ("threads:1", "views", "ok", "900"),
        ("threads:2", "likes", "ok", ""),
        ("threads:2", "shares", "not_offered", ""),
        ("threads:2", "views", "ok", ""),
        ("threads:3", "likes", "not_found", ""),
        ("threads:3", "shares", "not_found", ""),
        ("threads:3", "views", "not_found", ""),
    ]


def test_the_followers_are_a_level_and_a_row_without_them_is_missing(con):
    land(con, "raw.threads__accounts", {"id": "2001", "username": "polisen", "followers_count": 3100}, {"id": "2001"},
         account_id=ACCOUNT)  # fmt: skip
    build(con, "staging.stg_threads__account_readings", "staging.stg_threads__accounts")
    assert query(con, "select native_metric, value from staging.stg_threads__account_readings") == [
        ("followers_count", "3100")
    ]
    assert query(con, "select account_id, platform, handle from staging.stg_threads__accounts") == [
        (ACCOUNT, "threads", "polisen")
    ]


def test_profile_views_have_pacific_days_totals_their_window_and_clicks_are_those_of_all_links(con):
    window = {"window_start": "2026-03-08T08:00:00Z", "window_end": "2026-03-09T07:00:00Z"}
    land(
        con, "raw.threads__account_insights",
        {"name": "views", "period": "day", "values": [{"value": 210, "end_time": "2026-03-09T07:00:00+0000"}]},
        {"name": "likes", "period": "day", "total_value": {"value": 0}, **window},
        {"name": "clicks", "period": "day", "link_total_values": [{"value": 12}, {"value": 3}], **window},
        {"name": "quotes", "period": "day", "link_total_values": [], **window},
        account_id=ACCOUNT,
    )  # fmt: skip
    build(con, "staging.stg_threads__account_windows")
    columns = "native_metric, window_start, window_end, value"
    # the clocks went forward that night in California: 23 hours
    assert query(con, f"select {columns} from staging.stg_threads__account_windows order by 1") == [
        ("clicks", "2026-03-08 08:00:00Z", "2026-03-09 07:00:00Z", "15"),
        ("likes", "2026-03-08 08:00:00Z", "2026-03-09 07:00:00Z", "0"),
        ("quotes", "2026-03-08 08:00:00Z", "2026-03-09 07:00:00Z", ""),
        ("views", "2026-03-08 08:00:00Z", "2026-03-09 07:00:00Z", "210"),
    ]
