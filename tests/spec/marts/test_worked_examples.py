"""METHOD section 3's fourteen worked examples, E1 to E14, on the models as they are built."""

from __future__ import annotations

import pytest

from tests.spec.marts.post_counters import build_counters, post, read, read_account
from tests.spec.tables import calendar, query, rows

LONG_AGO = "2025-01-05 12:00"  # over a week before the first reading: the first figure belongs to no day


@pytest.fixture
def days(con):
    """Build, and give the days as text: date, gain, correction, imputed."""

    def built() -> list[tuple[str, ...]]:
        build_counters(con)
        return query(
            con,
            """
            select local_date, round(gain, 2)::double, round(correction, 2)::double, is_imputed
            from marts.fct_post_daily order by local_date
            """,
        )

    return built


def unallocated(con) -> list[tuple[str, ...]]:
    return query(con, "select reason, amount from marts.fct_post_unallocated order by to_at")


def counter(con) -> list[tuple[str, ...]]:
    return query(con, "select last_value, reset_loss, flags from marts.fct_post_counter")


def test_e1_growth_is_split_over_local_days_by_elapsed_time_from_birth_at_zero(con, days):
    post(con, "2025-03-10 08:00")
    read(con, "2025-03-10 20:00 | 120\n2025-03-11 20:00 | 240")
    assert days() == rows("""
        date       | gain | correction | imputed
        -----------+------+------------+--------
        2025-03-10 | 140  | 0          | false
        2025-03-11 | 100  | 0          | false
    """)
    assert unallocated(con) == []


def test_e2_the_day_that_loses_an_hour_gets_a_smaller_share(con, days):
    post(con, LONG_AGO)
    read(con, "2025-03-29 12:00 | 100\n2025-03-30 12:00 | 330")
    assert days() == rows("""
        date       | gain | correction | imputed
        -----------+------+------------+--------
        2025-03-29 | 120  | 0          | false
        2025-03-30 | 110  | 0          | false
    """)


def test_e3_a_reading_without_a_figure_is_missing_and_not_zero(con, days):
    post(con, LONG_AGO)
    read(con, "2025-03-10 06:00 | 100\n2025-03-10 12:00 | \n2025-03-10 18:00 | 160")
    assert days() == rows("""
        date       | gain | correction | imputed
        -----------+------+------------+--------
        2025-03-10 | 60   | 0          | false
    """)


def test_e4_a_zero_that_the_next_reading_takes_back_is_a_glitch(con, days):
    post(con, LONG_AGO)
    read(con, "2025-03-10 06:00 | 500\n2025-03-10 12:00 | 0\n2025-03-10 18:00 | 560")
    assert days() == rows("""
        date       | gain | correction | imputed
        -----------+------+------------+--------
        2025-03-10 | 60   | 0          | false
    """)
    assert counter(con) == [("560", "0", "[glitch_dropped]")]


def test_e5_a_counter_that_begins_again_counts_from_zero_and_its_loss_is_kept(con, days):
    post(con, LONG_AGO)
    read(con, "2025-03-10 01:00 | 500\n2025-03-10 06:00 | 3\n2025-03-10 12:00 | 40\n2025-03-10 18:00 | 90")
    assert days() == rows("""
        date       | gain | correction | imputed
        -----------+------+------------+--------
        2025-03-10 | 90   | 0          | false
    """)
    assert counter(con) == [("90", "500", "[reset]")]


def test_e6_a_small_fall_of_a_counter_is_a_correction_on_the_day_it_was_seen(con, days):
    post(con, LONG_AGO)
    read(con, "2025-03-10 06:00 | 1000\n2025-03-10 12:00 | 980\n2025-03-10 18:00 | 1010")
    assert days() == rows("""
        date       | gain | correction | imputed
        -----------+------+------------+--------
        2025-03-10 | 30   | -20        | false
    """)


def test_e7_likes_taken_back_are_a_correction(con, days):
    post(con, LONG_AGO)
    read(con, "2025-03-10 06:00 | 50\n2025-03-10 18:00 | 47", metric="like_count")
    assert days() == rows("""
        date       | gain | correction | imputed
        -----------+------+------------+--------
        2025-03-10 | 0    | -3         | false
    """)


def test_e8_a_reading_that_arrives_late_moves_amounts_between_days_and_not_their_sum(con, days):
    post(con, LONG_AGO)
    read(con, "2025-03-10 20:00 | 100\n2025-03-12 20:00 | 300")
    assert days() == rows("""
        date       | gain  | correction | imputed
        -----------+-------+------------+--------
        2025-03-10 | 16.67 | 0          | false
        2025-03-11 | 100   | 0          | false
        2025-03-12 | 83.33 | 0          | false
    """)
    read(con, "2025-03-11 20:00 | 250 | ok | 2025-03-13 09:00")
    assert days() == rows("""
        date       | gain   | correction | imputed
        -----------+--------+------------+--------
        2025-03-10 | 25     | 0          | false
        2025-03-11 | 133.33 | 0          | false
        2025-03-12 | 41.67  | 0          | false
    """)


def test_e9_a_deleted_post_keeps_what_it_had_and_says_so(con, days):
    post(con, "2025-03-10 08:00")
    con.execute("update marts.dim_post set deleted_seen_at = '2025-03-11 19:00:00Z'")
    read(con, "2025-03-10 12:00 | 300\n2025-03-10 20:00 | 400\n2025-03-11 20:00 | | not_found")
    assert days() == rows("""
        date       | gain | correction | imputed
        -----------+------+------------+--------
        2025-03-10 | 400  | 0          | false
    """)
    assert counter(con) == [("400", "0", "[deleted]")]


def test_e10a_a_gap_of_five_days_is_spread_and_marked(con, days):
    post(con, "2025-03-10 00:00")
    read(con, "2025-03-10 00:00 | 0\n2025-03-15 00:00 | 500")
    assert days() == rows("""
        date       | gain | correction | imputed
        -----------+------+------------+--------
        2025-03-10 | 100  | 0          | true
        2025-03-11 | 100  | 0          | true
        2025-03-12 | 100  | 0          | true
        2025-03-13 | 100  | 0          | true
        2025-03-14 | 100  | 0          | true
    """)


def test_e10b_a_gap_of_nine_days_is_given_to_no_day(con, days):
    post(con, "2025-03-10 00:00")
    read(con, "2025-03-10 00:00 | 0\n2025-03-19 00:00 | 900")
    assert days() == []
    assert unallocated(con) == [("gap", "900")]


def test_e11_what_a_post_had_before_anyone_read_it_is_given_to_no_day(con, days):
    post(con, "2025-01-05 12:00")
    read(con, "2025-04-20 12:00 | 5000")
    assert days() == []
    assert unallocated(con) == [("before_tracking", "5000")]


def test_e12_an_accounts_first_level_is_no_change_and_later_ones_are_net(con):
    calendar(con, "2025-03-10", "2025-03-16")
    read_account(con, """
        2025-03-10 20:00 | 12345
        2025-03-11 20:00 | 12352
        2025-03-14 20:00 | 12340
    """)  # fmt: skip
    assert query(
        con,
        "select local_date, value, state, net_change, change_since from marts.fct_account_daily order by local_date",
    ) == rows("""
        date       | value | state    | net change | since
        -----------+-------+----------+------------+-----------
        2025-03-10 | 12345 | measured |            |
        2025-03-11 | 12352 | measured | 7          | 2025-03-10
        2025-03-12 |       | missing  |            |
        2025-03-13 |       | missing  |            |
        2025-03-14 | 12340 | measured | -12        | 2025-03-11
    """)


def test_e13_a_fall_that_nothing_confirms_yet_changes_nothing(con, days):
    post(con, LONG_AGO)
    read(con, "2025-03-10 00:00 | 500\n2025-03-10 06:00 | 0")
    assert days() == []
    assert counter(con) == [("500", "0", "[pending_collapse]")]


def test_e14_the_figure_at_a_week_lies_between_the_readings_around_it(con, days):
    post(con, "2025-03-10 08:00")
    read(con, "2025-03-16 08:00 | 900\n2025-03-17 02:00 | 1440\n2025-03-17 14:00 | 1560")
    days()
    assert query(con, "select age_hours, value from marts.fct_post_value_at_age") == [("168", "1500")]


def test_the_running_day_is_incomplete_until_a_later_reading_exists(con):
    post(con, "2025-03-10 08:00")
    read(con, "2025-03-10 20:00 | 120\n2025-03-11 20:00 | 240")
    said = "select local_date, is_incomplete from marts.fct_post_daily order by local_date"
    build_counters(con)
    assert query(con, said) == [("2025-03-10", "false"), ("2025-03-11", "true")]
    read(con, "2025-03-12 00:00 | 240")
    build_counters(con)
    assert query(con, said) == [("2025-03-10", "false"), ("2025-03-11", "false")]


def test_a_reading_that_failed_or_is_pending_makes_no_day_complete(con):
    post(con, "2025-03-10 08:00")
    read(con, "2025-03-10 20:00 | 120\n2025-03-11 20:00 | | error\n2025-03-12 20:00 | 0")
    build_counters(con)
    assert query(con, "select local_date, is_incomplete from marts.fct_post_daily") == [("2025-03-10", "true")]


def test_a_post_that_was_seen_again_after_it_was_gone_is_not_deleted(con):
    post(con, "2025-03-10 08:00")
    read(con, "2025-03-10 20:00 | 400\n2025-03-11 20:00 | | not_found\n2025-03-12 20:00 | 430")
    build_counters(con)
    assert counter(con) == [("430", "0", "")]
    assert query(con, "select sum(gain + correction) from marts.fct_post_daily") == [("430",)]


def test_nothing_is_said_across_a_change_of_native_metric(con):
    post(con, "2025-03-10 08:00", "facebook:1")
    read(con, "2025-03-10 20:00 | 100\n2025-03-11 20:00 | 200", metric="post_impressions", post_id="facebook:1")
    read(con, "2025-03-12 20:00 | 260\n2025-03-13 20:00 | 300", metric="post_media_view", post_id="facebook:1")
    build_counters(con)
    # each is a series of its own with its own zero at birth: 260 is not 60 more than 200
    assert query(
        con,
        """
        select native_metric, metric, round(sum(gain), 2)::double, min(local_date), max(local_date)
        from marts.fct_post_daily group by all order by 1
        """,
    ) == [
        ("post_impressions", "impressions", "200", "2025-03-10", "2025-03-11"),
        ("post_media_view", "views", "300", "2025-03-10", "2025-03-13"),
    ]


def test_the_figure_at_a_week_is_null_when_the_readings_around_it_lie_over_48_hours_apart(con, days):
    post(con, "2025-03-10 08:00")
    read(con, "2025-03-15 08:00 | 900\n2025-03-17 14:00 | 1560")
    days()
    assert query(con, "select age_hours, value from marts.fct_post_value_at_age") == [("168", "")]


def test_a_post_younger_than_a_week_has_no_figure_at_a_week(con, days):
    post(con, "2025-03-10 08:00")
    read(con, "2025-03-12 08:00 | 900")
    days()
    assert query(con, "select value from marts.fct_post_value_at_age") == [("",)]
