"""Tips and the evidence for them; accounts' days, and which of them were read."""

from __future__ import annotations

import hashlib

from tests.spec.tables import build, calendar, load, query, run_config


def test_a_tip_stands_on_its_highest_rung_and_at_its_local_date(con):
    load(con, "config.goals", "goal_id, case_pattern", r"-|-" "\n-\n" r"tips | \b\d{4}-K\d+-\d{2}\b")
    case = "case:" + hashlib.md5(b"polisen5000-K123-26", usedforsecurity=False).hexdigest()
    load(con, "marts.dim_post", "post_id, published_at, ref_code, appeal_id", f"""
        post | published            | ref   | appeal
        -----+----------------------+-------+---------
        late | 2026-03-02 05:00:00Z | ab12c | a7
        1    | 2026-03-01 05:00:00Z | ab12c | a7
        2    | 2026-03-01 05:00:00Z |       | {case}
    """)  # fmt: skip
    load(con, "staging.stg_tips__tips", "tip_id, received_at, ref_code, appeal_id, disposition, ingested_at", """
        tip | received             | ref   | appeal       | disposition | ingested
        ----+----------------------+-------+--------------+-------------+---------------------
        a   | 2026-03-01 23:00:00Z | AB12C | a7           | unassessed  | 2026-03-02 05:00:00Z
        b   | 2026-03-01 10:00:00Z | zzzzz | a7           |             | 2026-03-02 05:00:00Z
        c   | 2026-03-01 10:00:00Z |       | 5000-K123-26 |             | 2026-03-02 05:00:00Z
        d   | 2026-03-01 10:00:00Z | zzzzz | a8           |             | 2026-03-02 05:00:00Z
    """)  # fmt: skip
    load(con, "staging.stg_files__tips", "tip_id, received_at, ref_code, disposition, ingested_at", """
        tip | received             | ref   | disposition | ingested
        ----+----------------------+-------+-------------+---------------------
        a   | 2026-03-01 23:00:00Z | AB12C | useful      | 2026-03-05 05:00:00Z
    """)  # fmt: skip
    build(con, "marts.dim_appeal_post", "marts.fct_tips")
    assert query(
        con, "select tip_id, local_date, rung, is_documented, post_id, disposition from marts.fct_tips order by 1"
    ) == [
        ("a", "2026-03-02", "1", "true", "1", "useful"),
        ("b", "2026-03-01", "2", "true", "", ""),
        ("c", "2026-03-01", "2", "true", "", ""),
        ("d", "2026-03-01", "", "false", "", ""),
    ]
    assert query(con, "select appeal_id from marts.fct_tips where tip_id = 'c'") == [(case,)]


def test_a_post_asks_for_tips_by_its_goal_its_link_or_its_appeal_and_shared_ids_make_one_appeal(con):
    load(con, "config.goals", "goal_id, ref_pattern", "-|-\n-\ntips|/t/(.+)\ninsight|")
    load(con, "marts.dim_post", "post_id, unit_id, platform, published_at, ref_code, appeal_id", """
        post    | unit | platform | published            | ref | appeal
        --------+------+----------+----------------------+-----+-------
        both    | a    | x        | 2026-03-01 05:00:00Z | r1  | a7
        same    | a    | facebook | 2026-03-01 05:00:00Z | r2  | a7
        link    | b    | x        | 2026-03-01 05:00:00Z | r3  |
        goal    | b    | x        | 2026-03-01 05:00:00Z |     |
        other   | b    | x        | 2026-03-01 05:00:00Z |     |
        undated | b    | x        |                      | r4  |
    """)  # fmt: skip
    load(con, "marts.fct_post_goal", "post_id, goal_id", "-|-\n-\ngoal|tips\nother|insight\nboth|tips\nboth|insight")
    build(con, "marts.dim_appeal_post")
    assert query(con, "select post_id, appeal, unit_id, platform from marts.dim_appeal_post order by 1") == [
        ("both", "appeal a7", "a", "x"),
        ("goal", "post goal", "b", "x"),
        ("link", "code r3", "b", "x"),
        ("same", "appeal a7", "a", "facebook"),
    ]


def test_rung_3_needs_an_appeal_of_the_unit_on_the_named_platform_within_the_horizon(con):
    # Published at 05:30; the horizon of 14 days ends on the 15th at 05:30. The tip's hour begins at the hour given.
    load(con, "marts.dim_appeal_post", "post_id, appeal, unit_id, platform, published_at", """
        post | appeal    | unit | platform | published
        -----+-----------+------+----------+---------------------
        1    | appeal a7 | a    | facebook | 2026-03-01 05:30:00Z
    """)  # fmt: skip
    load(con, "staging.stg_tips__tips", "tip_id, received_at, unit_id, appeal_id, heard_via, ingested_at", """
        tip            | received             | unit | appeal | heard     | ingested
        ---------------+----------------------+------+--------+-----------+---------------------
        case too early | 2026-03-01 04:00:00Z | a    | a7     |           | 2026-03-20 05:00:00Z
        case same hour | 2026-03-01 05:00:00Z | a    | a7     | facebook  | 2026-03-20 05:00:00Z
        same hour      | 2026-03-01 05:00:00Z | a    |        | facebook  | 2026-03-20 05:00:00Z
        too early      | 2026-03-01 04:00:00Z | a    |        | facebook  | 2026-03-20 05:00:00Z
        last hour      | 2026-03-15 05:00:00Z | a    |        | facebook  | 2026-03-20 05:00:00Z
        too late       | 2026-03-15 06:00:00Z | a    |        | facebook  | 2026-03-20 05:00:00Z
        elsewhere      | 2026-03-02 06:00:00Z | b    |        | facebook  | 2026-03-20 05:00:00Z
        other platform | 2026-03-02 06:00:00Z | a    |        | instagram | 2026-03-20 05:00:00Z
        press          | 2026-03-02 06:00:00Z | a    |        | press     | 2026-03-20 05:00:00Z
    """)  # fmt: skip
    build(con, "marts.fct_tips")
    found = query(con, "select tip_id, rung, is_documented from marts.fct_tips where rung is not null order by 1")
    assert found == [("case same hour", "2", "true"), ("last hour", "3", "false"), ("same hour", "3", "false")]


def test_the_days_of_both_periods_are_listed_and_only_the_read_ones_are_read(con):
    run_config(
        con, baseline_start="2026-03-01", baseline_end="2026-03-01", study_start="2026-03-03", study_end="2026-03-04"
    )
    calendar(con, "2026-02-27", "2026-03-09")
    load(con, "staging.stg_tips__tip_days", "local_date", "-\n-\n2026-03-03")
    load(con, "staging.stg_files__tip_days", "local_date", "-\n-\n2026-03-01\n2026-03-03\n2026-03-09")
    build(con, "marts.fct_tip_day")
    assert query(con, "from marts.fct_tip_day order by 1") == [
        ("2026-03-01", "true"),
        ("2026-03-03", "true"),
        ("2026-03-04", "false"),
    ]


def test_a_day_of_an_account_is_read_when_its_windows_cover_it_while_it_was_open(con):
    calendar(con, "2026-03-01", "2026-03-05")
    load(con, "marts.dim_account", "account_id, platform, opened_at, closed_at", """
        account | platform | opened               | closed
        --------+----------+----------------------+---------------------
        x:1     | x        |                      |
        x:2     | x        | 2026-03-03 12:00:00Z | 2026-03-04 23:00:00Z
    """)  # fmt: skip
    load(con, "staging.stg_landing__read_windows", "account_id, source, read_from, read_to", """
        account | source | from                 | to
        --------+--------+----------------------+---------------------
        x:1     | x      |                      | 2026-03-02 12:00:00Z
        x:1     | files  | 2026-03-02 12:00:00Z | 2026-03-02 23:00:00Z
        x:1     | x      | 2026-03-03 23:30:00Z | 2026-03-05 23:00:00Z
    """)  # fmt: skip
    build(con, "marts.fct_account_coverage")
    assert query(con, "from marts.fct_account_coverage order by all") == [
        ("x:1", "2026-03-01", "true"),
        ("x:1", "2026-03-02", "true"),
        ("x:1", "2026-03-03", "false"),
        ("x:1", "2026-03-04", "false"),  # half an hour of it was not asked for
        ("x:1", "2026-03-05", "true"),
        ("x:2", "2026-03-03", "false"),
        ("x:2", "2026-03-04", "false"),
    ]


def test_a_pacific_window_is_a_pacific_day_and_a_longer_window_is_no_day(con):
    calendar(con, "2026-03-01", "2026-03-09")
    load(
        con,
        "staging.stg_facebook_pages__account_windows",
        "account_id, native_metric, window_start, window_end, observed_at, ingested_at, status, value",
        """
        account    | metric          | from                 | to                   | observed             | in                   | status      | value
        -----------+-----------------+----------------------+----------------------+----------------------+----------------------+-------------+------
        facebook:1 | page_media_view | 2026-03-07 08:00:00Z | 2026-03-08 08:00:00Z | 2026-03-09 05:00:00Z | 2026-03-09 05:00:00Z | ok          | 10
        facebook:1 | page_media_view | 2026-03-07 08:00:00Z | 2026-03-08 08:00:00Z | 2026-03-10 05:00:00Z | 2026-03-10 05:00:00Z | ok          | 12
        facebook:1 | page_media_view | 2026-03-05 08:00:00Z | 2026-03-06 08:00:00Z | 2026-03-09 05:00:00Z | 2026-03-09 05:00:00Z | ok          | 0
        facebook:1 | page_media_view | 2026-03-08 08:00:00Z | 2026-03-09 07:00:00Z | 2026-03-10 05:00:00Z | 2026-03-10 05:00:00Z | ok          | 7
        facebook:1 | page_media_view | 2026-03-01 08:00:00Z | 2026-03-08 08:00:00Z | 2026-03-10 05:00:00Z | 2026-03-10 05:00:00Z | ok          | 99
        facebook:1 | page_fans       | 2026-03-07 08:00:00Z | 2026-03-08 08:00:00Z | 2026-03-09 05:00:00Z | 2026-03-09 05:00:00Z | not_offered |
        """,
    )  # fmt: skip
    build(con, "marts.fct_account_figure", "marts.fct_account_daily")
    assert query(
        con,
        "select native_metric, metric, local_date, day_zone, value, state from marts.fct_account_daily order by 1, 3",
    ) == [
        ("page_fans", "followers", "2026-03-07", "America/Los_Angeles", "", "not_offered"),
        ("page_media_view", "views", "2026-03-05", "America/Los_Angeles", "0", "measured"),
        ("page_media_view", "views", "2026-03-06", "America/Los_Angeles", "", "missing"),
        ("page_media_view", "views", "2026-03-07", "America/Los_Angeles", "12", "measured"),
        ("page_media_view", "views", "2026-03-08", "America/Los_Angeles", "7", "measured"),
    ]


def test_a_level_is_the_last_one_read_that_local_day_and_a_day_without_reading_is_missing(con):
    calendar(con, "2026-03-01", "2026-03-09")
    load(con, "staging.stg_x__account_readings", "account_id, native_metric, observed_at, ingested_at, value", """
        account | metric          | observed             | ingested             | value
        --------+-----------------+----------------------+----------------------+------
        x:1     | followers_count | 2026-03-01 05:00:00Z | 2026-03-01 05:00:00Z | 100
        x:1     | followers_count | 2026-03-01 22:59:00Z | 2026-03-01 22:59:00Z | 104
        x:1     | followers_count | 2026-03-01 22:59:30Z | 2026-03-01 22:59:30Z |
        x:1     | followers_count | 2026-03-02 23:01:00Z | 2026-03-02 23:01:00Z | 110
    """)  # fmt: skip
    build(con, "marts.fct_account_figure", "marts.fct_account_daily")
    assert query(
        con, "select metric, local_date, day_zone, value, state from marts.fct_account_daily order by local_date"
    ) == [
        ("followers", "2026-03-01", "Europe/Stockholm", "104", "measured"),
        ("followers", "2026-03-02", "Europe/Stockholm", "", "missing"),
        ("followers", "2026-03-03", "Europe/Stockholm", "110", "measured"),
    ]
