"""YouTube, from the wire to typed rows: text that is numbers, lengths in two notations, days of California."""

from __future__ import annotations

import pytest

from tests.spec.staging.raw_rows import land
from tests.spec.tables import build, query

CHANNEL = {
    "id": "UC1", "snippet": {"title": "Polisen", "customUrl": "@polisen"},
    "statistics": {"viewCount": 1204311, "subscriberCount": 12300, "hiddenSubscriberCount": False, "videoCount": 214},
}  # fmt: skip
HIDDEN = {"id": "UC1", "statistics": {"subscriberCount": 0, "hiddenSubscriberCount": True, "videoCount": 214}}
UPLOAD = {"contentDetails": {"videoId": "aa1", "videoPublishedAt": "2026-03-01T10:00:00Z"},
          "snippet": {"title": "Larma 112", "description": "Så gör du."}}  # fmt: skip
PRIVATE = {"contentDetails": {"videoId": "aa2"}, "snippet": {"title": "Private video", "description": "Private."}}


def video(name, duration=None, **statistics):
    details = {"duration": duration} if duration else None
    return {"id": name, "contentDetails": details, "statistics": statistics}


def test_a_hidden_number_of_subscribers_is_not_nought(con):
    land(con, "raw.youtube__accounts", CHANNEL, account_id="youtube:UC1")
    land(con, "raw.youtube__accounts", HIDDEN, account_id="youtube:UC1", at="2026-03-03 05:00:00Z", page_id="p2")
    build(con, "staging.stg_youtube__accounts", "staging.stg_youtube__account_readings")
    assert query(con, "select account_id, name, handle from staging.stg_youtube__accounts order by observed_at") == [
        ("youtube:UC1", "Polisen", "@polisen"),
        ("youtube:UC1", "", ""),
    ]
    figures = "select native_metric, value from staging.stg_youtube__account_readings order by 1, observed_at"
    assert query(con, figures) == [
        ("subscriberCount", "12300"), ("subscriberCount", ""),
        ("videoCount", "214"), ("videoCount", "214"),
        ("viewCount", "1204311"), ("viewCount", ""),
    ]  # fmt: skip


def test_a_listing_and_the_figures_of_one_instant_are_one_reading_and_a_private_video_loses_no_text(con):
    land(con, "raw.youtube__posts", UPLOAD, PRIVATE, account_id="youtube:UC1")
    land(con, "raw.youtube__videos", video("aa1", "60s"), {"id": "aa2", "status": "not_found"},
         account_id="youtube:UC1", page_id="p2")  # fmt: skip
    build(con, "staging.stg_youtube__posts")
    columns = "post_id, account_id, published_at, text, media_type, permalink"
    assert query(con, f"select {columns} from staging.stg_youtube__posts order by 1") == [
        ("youtube:aa1", "youtube:UC1", "2026-03-01 10:00:00Z", "Larma 112\nSå gör du.", "short",
         "https://www.youtube.com/watch?v=aa1"),
        ("youtube:aa2", "youtube:UC1", "", "", "", "https://www.youtube.com/watch?v=aa2"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("duration", "media_type"),
    [
        ("60s", "short"), ("61s", "video"), ("15.5s", "short"), ("0s", "video"), ("PT59S", "short"), ("PT1M", "short"),
        ("PT1M1S", "video"), ("PT2M3S", "video"), ("PT1H", "video"), ("P0D", "video"), ("P1DT2S", "video"), (None, ""),
    ],
)  # fmt: skip
def test_a_length_is_understood_in_both_notations(con, duration, media_type):
    land(con, "raw.youtube__videos", video("aa1", duration), account_id="youtube:UC1")
    land(con, "raw.youtube__posts", account_id="youtube:UC1")
    build(con, "staging.stg_youtube__posts")
    assert query(con, "select media_type from staging.stg_youtube__posts") == [(media_type,)]


def test_what_is_hidden_is_not_offered_what_is_nought_is_nought_and_what_is_missing_is_gone(con):
    land(con, "raw.youtube__videos", video("aa1", viewCount=0, likeCount=88), {"id": "aa2", "status": "not_found"},
         account_id="youtube:UC1")  # fmt: skip
    build(con, "staging.stg_youtube__post_readings")
    readings = "select post_id, native_metric, status, value from staging.stg_youtube__post_readings order by 1, 2"
    assert query(con, readings) == [
        ("youtube:aa1", "commentCount", "not_offered", ""),
        ("youtube:aa1", "likeCount", "ok", "88"),
        ("youtube:aa1", "viewCount", "ok", "0"),
        ("youtube:aa2", "commentCount", "not_found", ""),
        ("youtube:aa2", "likeCount", "not_found", ""),
        ("youtube:aa2", "viewCount", "not_found", ""),
    ]


def test_a_day_is_californias_also_when_it_has_23_hours_and_a_refused_metric_is_told(con):
    land(con, "raw.youtube__days", {"day": "2026-03-08", "views": 120, "likes": -1}, account_id="youtube:UC1")
    refused = {"native_metric": "engagedViews", "scope": "account", "status": "not_offered", "reason": "unknown"}
    land(con, "raw.youtube__metric_status", refused, account_id="youtube:UC1", at="2026-03-11 05:00:00Z")
    build(con, "staging.stg_youtube__account_windows")
    columns = "native_metric, window_start, window_end, status, value"
    windows = f"select {columns} from staging.stg_youtube__account_windows where value is not null or status <> 'ok'"
    assert query(con, f"{windows} order by 1") == [
        ("engagedViews", "2026-03-09 07:00:00Z", "2026-03-10 07:00:00Z", "not_offered", ""),
        ("likes", "2026-03-08 08:00:00Z", "2026-03-09 07:00:00Z", "ok", "-1"),
        ("views", "2026-03-08 08:00:00Z", "2026-03-09 07:00:00Z", "ok", "120"),
    ]
    days = "select count(*) from staging.stg_youtube__account_windows where status = 'ok'"
    assert query(con, days) == [("9",)]
