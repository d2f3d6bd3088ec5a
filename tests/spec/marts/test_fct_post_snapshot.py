"""Readings meet the catalogue: which figure holds at an instant, and which metric it means."""

from __future__ import annotations

from tests.spec.tables import build, load, query

COLUMNS = "post_id, native_metric, observed_at, ingested_at, status, value"


def test_one_instant_holds_one_figure_and_the_newest_word_wins_but_never_by_silence(con):
    load(con, "staging.stg_files__post_readings", COLUMNS, """
        post | metric | observed             | ingested             | status    | value
        -----+--------+----------------------+----------------------+-----------+------
        x:1  | likes  | 2026-03-01 05:00:00Z | 2026-03-01 05:00:00Z | ok        | 10
        x:1  | likes  | 2026-03-01 05:00:00Z | 2026-03-02 05:00:00Z | ok        | 9
        x:1  | likes  | 2026-03-01 05:00:00Z | 2026-03-03 05:00:00Z | ok        |
        x:2  | likes  | 2026-03-01 05:00:00Z | 2026-03-01 05:00:00Z | error     |
    """)  # fmt: skip
    build(con, "marts.fct_post_snapshot")
    assert query(
        con, "select post_id, platform, metric, kind, status, value from marts.fct_post_snapshot order by 1"
    ) == [
        ("x:1", "x", "reactions", "reversible", "ok", "9"),
        ("x:2", "x", "reactions", "reversible", "error", ""),
    ]


def test_a_native_metric_means_what_the_catalogue_says_on_the_date_of_the_reading_or_nearest_to_it(con):
    load(con, "staging.stg_files__post_readings", COLUMNS, """
        post        | metric           | observed             | ingested             | status | value
        ------------+------------------+----------------------+----------------------+--------+------
        facebook:1  | post_impressions | 2025-11-15 23:59:00Z | 2025-11-15 23:59:00Z | ok     | 5
        facebook:1  | post_impressions | 2025-11-16 00:00:00Z | 2025-11-16 00:00:00Z | ok     | 6
        facebook:1  | Total Reach      | 2025-11-16 00:00:00Z | 2025-11-16 00:00:00Z | ok     | 7
        facebook:1  | Organic reach    | 2025-11-16 00:00:00Z | 2025-11-16 00:00:00Z | ok     | 4
        instagram:1 | replies          | 2025-11-16 00:00:00Z | 2025-11-16 00:00:00Z | ok     | 0
        mastodon:1  | favourites_count | 2025-11-16 00:00:00Z | 2025-11-16 00:00:00Z | ok     | 8
        youtube:1   | viewCount        | 2026-08-23 00:00:00Z | 2026-08-23 00:00:00Z | ok     | 9
        youtube:1   | viewCount        | 2026-08-24 00:00:00Z | 2026-08-24 00:00:00Z | ok     | 9
        youtube:1   | invented_figure  | 2026-08-24 00:00:00Z | 2026-08-24 00:00:00Z | ok     | 9
    """)  # fmt: skip
    build(con, "marts.fct_post_snapshot")
    assert query(
        con,
        "select platform, native_metric, observed_at::date, metric, value from marts.fct_post_snapshot order by 1, 2, 3",
    ) == [
        ("facebook", "Organic reach", "2025-11-16", "reach_organic", "4"),
        ("facebook", "Total Reach", "2025-11-16", "reach_post", "7"),
        ("facebook", "post_impressions", "2025-11-15", "impressions", "5"),
        ("facebook", "post_impressions", "2025-11-16", "impressions", "6"),  # after its end: what it meant last
        ("instagram", "replies", "2025-11-16", "story_replies", "0"),
        ("mastodon", "favourites_count", "2025-11-16", "reactions", "8"),
        ("youtube", "invented_figure", "2026-08-24", "", "9"),
        ("youtube", "viewCount", "2026-08-23", "views", "9"),
        ("youtube", "viewCount", "2026-08-24", "views", "9"),
    ]
