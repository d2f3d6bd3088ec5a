"""A metric whose meaning changes: two definitions in one series, and nothing is counted across the change.

YouTube's `viewCount` kept its name on 2026-08-24, when a view began to count from the first frame; for Shorts it did so
on 2025-03-31.
"""

from __future__ import annotations

import pytest

from tests.spec.marts.post_counters import CHAIN
from tests.spec.tables import build, calendar, load, query


def video(con, post_id: str, published: str, media_type: str = "video") -> None:
    load(con, "marts.dim_post", "post_id, account_id, platform, unit_id, published_at, media_type",
         f"-\n-\n{post_id} | youtube:c | youtube | u1 | {published} | {media_type}")  # fmt: skip


def readings(con, post_id: str, text: str) -> None:
    for line in text.strip().splitlines():
        observed, value = (cell.strip() for cell in line.split("|"))
        load(con, "staging.stg_files__post_readings",
             "post_id, native_metric, observed_at, ingested_at, status, value",
             f"-\n-\n{post_id} | viewCount | {observed} | {observed} | ok | {value}")  # fmt: skip


def counters(con, first: str, last: str) -> None:
    calendar(con, first, last)
    build(con, *CHAIN)


def test_what_a_video_gained_while_the_definition_changed_belongs_to_no_day(con):
    video(con, "youtube:1", "2026-08-22 10:00:00Z")
    readings(
        con,
        "youtube:1",
        """
        2026-08-22 22:00:00Z | 100
        2026-08-23 22:00:00Z | 160
        2026-08-24 22:00:00Z | 400
        2026-08-25 22:00:00Z | 520
    """,
    )
    counters(con, "2026-08-20", "2026-08-31")
    assert query(con, "select local_date, gain from marts.fct_post_daily order by 1") == [
        ("2026-08-22", "100"),
        ("2026-08-23", "60"),  # up to midnight of the 24th in Stockholm, 22:00 UTC
        ("2026-08-25", "120"),  # nothing for the 24th: its 240 lie across the change
    ]
    assert query(con, "select reason, amount, from_at, to_at from marts.fct_post_unallocated") == [
        ("series_break", "240", "2026-08-23 22:00:00Z", "2026-08-24 22:00:00Z")
    ]
    # one row a series, and the law holds over the break: 280 + 240 = 520
    assert query(con, "select last_value, gain, unallocated from marts.fct_post_counter") == [("520", "280", "240")]


@pytest.mark.parametrize(("after", "amount"), [("30", "-130"), ("160", None)])
def test_a_fall_at_the_change_is_neither_a_glitch_nor_a_reset_nor_a_correction(con, after, amount):
    video(con, "youtube:1", "2026-08-22 10:00:00Z")
    readings(
        con,
        "youtube:1",
        f"""
        2026-08-23 22:00:00Z | 160
        2026-08-24 22:00:00Z | {after}
        2026-08-25 22:00:00Z | 170
    """,
    )
    counters(con, "2026-08-20", "2026-08-31")
    assert query(con, "select distinct verdict from marts.fct_post_reading") == [("kept",)]
    assert query(con, "select sum(correction) from marts.fct_post_daily") == [("0",)]
    assert query(con, "select amount from marts.fct_post_unallocated") == ([(amount,)] if amount else [])


def test_a_glitch_is_judged_against_figures_of_its_own_definition(con):
    """500, then 0 as the last figure of the old definition: nothing of the new one may confirm it."""
    video(con, "youtube:1", "2026-08-20 10:00:00Z")
    readings(
        con,
        "youtube:1",
        """
        2026-08-22 22:00:00Z | 500
        2026-08-23 22:00:00Z | 0
        2026-08-24 22:00:00Z | 600
    """,
    )
    counters(con, "2026-08-20", "2026-08-31")
    assert query(con, "select value, verdict from marts.fct_post_reading order by observed_at") == [
        ("500", "kept"),
        ("0", "pending"),
        ("600", "kept"),
    ]


def test_a_short_changed_earlier_and_a_video_not_then(con):
    for post_id, media_type in (("youtube:short", "SHORT"), ("youtube:long", "video"), ("youtube:unsaid", "")):
        video(con, post_id, "2025-03-28 10:00:00Z", media_type)
        readings(con, post_id, "2025-03-30 22:00:00Z | 100\n2025-03-31 22:00:00Z | 180")
    counters(con, "2025-03-25", "2025-04-05")
    assert query(con, "select post_id, amount, reason from marts.fct_post_unallocated") == [
        ("youtube:short", "80", "series_break")
    ]
    assert query(
        con, "select post_id, definition_id from marts.fct_post_snapshot where observed_at > '2025-03-31' order by 1"
    ) == [
        ("youtube:long", "youtube.post.views.threshold"),
        ("youtube:short", "youtube.post.views.first_frame"),
        ("youtube:unsaid", "youtube.post.views.threshold"),
    ]


def test_a_value_at_a_fixed_age_is_not_drawn_across_the_change(con):
    video(con, "youtube:1", "2026-08-17 10:00:00Z")
    video(con, "youtube:2", "2026-08-10 10:00:00Z")
    readings(con, "youtube:1", "2026-08-23 22:00:00Z | 1000\n2026-08-24 22:00:00Z | 1240")
    readings(con, "youtube:2", "2026-08-17 04:00:00Z | 1000\n2026-08-17 16:00:00Z | 1240")
    counters(con, "2026-08-10", "2026-08-31")
    assert query(con, "select post_id, value from marts.fct_post_value_at_age order by 1") == [
        ("youtube:1", ""),
        ("youtube:2", "1120"),
    ]


def test_engaged_views_keep_their_meaning_across_the_change(con):
    video(con, "youtube:1", "2026-08-22 10:00:00Z")
    load(con, "staging.stg_files__post_readings", "post_id, native_metric, observed_at, ingested_at, status, value", """
        post      | metric       | observed             | ingested             | status | value
        ----------+--------------+----------------------+----------------------+--------+------
        youtube:1 | engagedViews | 2026-08-23 22:00:00Z | 2026-08-23 22:00:00Z | ok     | 90
        youtube:1 | engagedViews | 2026-08-24 22:00:00Z | 2026-08-24 22:00:00Z | ok     | 130
    """)  # fmt: skip
    counters(con, "2026-08-20", "2026-08-31")
    assert query(con, "select metric, gain from marts.fct_post_daily where local_date = '2026-08-24'") == [
        ("engaged_views", "40")
    ]


def test_the_catalogue_as_a_table_has_an_end_for_every_beginning_but_the_last(con):
    build(con, "marts.dim_metric_definition")
    assert query(
        con,
        """select media_type, definition_id, holds_from, holds_before from marts.dim_metric_definition
           where platform = 'youtube' and spelling = 'viewcount' and scope = 'post' order by 1, 3 nulls first""",
    ) == [
        ("other", "youtube.post.views.threshold", "", "2026-08-24"),
        ("other", "youtube.post.views.first_frame", "2026-08-24", ""),
        ("short", "youtube.post.views.threshold", "", "2025-03-31"),
        ("short", "youtube.post.views.first_frame", "2025-03-31", ""),
    ]
