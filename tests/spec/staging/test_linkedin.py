"""LinkedIn, from the wire to typed rows."""

from __future__ import annotations

from tests.spec.staging.raw_rows import land
from tests.spec.tables import build, query

ACCOUNT = "linkedin:1"
SHARE, UGC = "urn:li:share:7000000000000000001", "urn:li:ugcPost:7000000000000000002"
DAY = {"start": 1795132800000, "end": 1795219200000}  # 20 November 2026, UTC
READINGS = "select post_id, native_metric, status, value from staging.stg_linkedin__post_readings order by all"


def test_a_post_is_dated_in_milliseconds_and_a_draft_is_no_post(con):
    land(
        con, "raw.linkedin__posts",
        {"id": SHARE, "commentary": "Vi söker utredare", "lifecycleState": "PUBLISHED", "createdAt": 1795100000000,
         "publishedAt": 1795168800123},
        {"id": UGC, "createdAt": 1795100000000},
        {"id": "urn:li:share:3", "lifecycleState": "DRAFT", "createdAt": 1795100000000},
        account_id=ACCOUNT,
    )  # fmt: skip
    build(con, "staging.stg_linkedin__posts")
    assert query(con, "select post_id, published_at, text, permalink from staging.stg_linkedin__posts order by 1") == [
        (f"linkedin:{SHARE}", "2026-11-20 10:00:00.123000Z", "Vi söker utredare",
         f"https://www.linkedin.com/feed/update/{SHARE}"),
        (f"linkedin:{UGC}", "2026-11-19 14:53:20Z", "", f"https://www.linkedin.com/feed/update/{UGC}"),
    ]  # fmt: skip


def test_a_post_left_out_is_zero_while_it_is_counted_and_unknown_afterwards(con):
    totals = {"impressionCount": 2100, "uniqueImpressionsCount": 1300, "clickCount": 90, "likeCount": 44,
              "commentCount": 5, "engagement": 0.0676}  # fmt: skip
    land(
        con, "raw.linkedin__post_statistics",
        {"id": "urn:li:share:1", "status": "ok", "totalShareStatistics": totals},
        {"id": "urn:li:share:2", "status": "silent"},
        {"id": "urn:li:share:3", "status": "forgotten"},
        account_id=ACCOUNT,
    )  # fmt: skip
    build(con, "staging.stg_linkedin__post_readings")
    counts = ("clickCount", "commentCount", "engagement", "impressionCount", "likeCount", "shareCount",
              "uniqueImpressionsCount")  # fmt: skip
    told = ("90", "5", "0.0676", "2100", "44", "", "1300")  # no shareCount came: unknown, not none
    zeros = ("0", "0", "", "0", "0", "0", "0")
    assert query(con, READINGS) == [
        *(("linkedin:urn:li:share:1", name, "ok", value) for name, value in zip(counts, told, strict=True)),
        *(("linkedin:urn:li:share:2", name, "ok", value) for name, value in zip(counts, zeros, strict=True)),
        *(("linkedin:urn:li:share:3", name, "not_offered", "") for name in counts),
    ]


def test_a_day_is_a_utc_day_and_its_likes_may_be_below_zero(con):
    land(con, "raw.linkedin__share_statistics", {"timeRange": DAY, "totalShareStatistics": {"likeCount": -3, "clickCount": 0}},
         account_id=ACCOUNT)  # fmt: skip
    land(con, "raw.linkedin__follower_statistics", {"timeRange": DAY, "followerGains": {"organicFollowerGain": 14}},
         account_id=ACCOUNT)  # fmt: skip
    views = {"views": {"allPageViews": {"pageViews": 70}}}
    land(con, "raw.linkedin__page_statistics", {"timeRange": DAY, "totalPageStatistics": views}, account_id=ACCOUNT)
    build(con, "staging.stg_linkedin__account_windows")
    found = query(
        con,
        "select native_metric, window_start, window_end, value from staging.stg_linkedin__account_windows order by all",
    )
    assert {row[1:3] for row in found} == {("2026-11-20 00:00:00Z", "2026-11-21 00:00:00Z")}
    assert {row[0]: row[3] for row in found if row[3]} == {
        "likeCount": "-3", "clickCount": "0", "organicFollowerGain": "14", "allPageViews": "70",
    }  # fmt: skip
    assert len(found) == 9 + 2 + 1


def test_a_pages_followers_are_a_level(con):
    land(con, "raw.linkedin__accounts", {"firstDegreeSize": 15320}, account_id=ACCOUNT)
    build(con, "staging.stg_linkedin__accounts", "staging.stg_linkedin__account_readings")
    assert query(con, "select account_id, platform, handle from staging.stg_linkedin__accounts") == [
        (ACCOUNT, "linkedin", "")
    ]
    assert query(con, "select native_metric, value from staging.stg_linkedin__account_readings") == [
        ("firstDegreeSize", "15320")
    ]
