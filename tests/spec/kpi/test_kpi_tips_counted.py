"""Through which day totals of tips are counted, and what stands in the tables until then."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.spec.kpi.chain import build_up_to, goals, kpi
from tests.spec.tables import calendar, create, load, query, run_config

PERIOD = {
    "study_start": "2025-01-10",
    "study_end": "2025-04-15",
    "baseline_start": None,
    "baseline_end": None,
    "active_within_days": 1,
}


def days(first: str, last: str) -> list[dt.date]:
    start, end = dt.date.fromisoformat(first), dt.date.fromisoformat(last)
    return [start + dt.timedelta(days=n) for n in range((end - start).days + 1)]


def tips(con, counts, *, as_of, unread=(), appeal=None, disposition="useful"):
    """A period from 10 January to 15 April; `counts`: `{date: (tips, documented)}`."""
    run_config(con, **PERIOD, as_of=as_of)
    calendar(con, "2024-12-01", "2025-05-01")
    goals(con)
    kpi(con, goal_id="tips", kpi_id="T2", kind="count_rate", interval="garwood", numerator=["documented_tips"],
        denominator=["appeals"])  # fmt: skip
    create(con, "marts.fct_tip_day")
    until = min(dt.date.fromisoformat(as_of[:10]) - dt.timedelta(days=1), dt.date(2025, 4, 15))
    con.executemany(
        "insert into marts.fct_tip_day values (?, ?)",
        [(day, day <= until and str(day) not in unread) for day in days("2025-01-10", "2025-04-15")],
    )
    create(con, "marts.fct_tips")
    con.executemany(
        "insert into marts.fct_tips (tip_id, received_at, local_date, unit_id, channel, is_documented, disposition) "
        "values (?, ?, ?, 'a', 'web', ?, ?)",
        [
            (f"{day}/{n}", f"{day} 12:00:00Z", day, n < documented, disposition)
            for day, (number, documented) in counts.items()
            for n in range(number)
        ],
    )
    if appeal:
        load(con, "marts.dim_post", "post_id, platform, unit_id, local_date", f"p|f|u|d\n-\np|facebook|a|{appeal}")
        load(con, "marts.fct_post_goal", "post_id, goal_id, weight", "p|g|w\n-\np|tips|1")
    load(con, "marts.dim_unit", "unit_id, is_measured", "u|m\n-\na|true")


def anew(con):
    for table in ("marts.fct_tips", "marts.fct_tip_day", "kpi.kpi_tips_counted"):
        con.execute(f"drop table {table}")


def counted(con, kind="documented"):
    build_up_to(con, "kpi.kpi_tips_counted")
    return query(
        con,
        "select first_date, last_date, counted_with, counted_to, is_over from kpi.kpi_tips_counted "
        f"where kind = '{kind}' order by month_start",
    )


EVERY_MONTH = {"2025-01-20": (9, 6), "2025-02-20": (9, 6), "2025-03-20": (9, 6), "2025-04-10": (9, 6)}


def test_months_are_cut_at_the_ends_of_the_period_and_the_one_that_runs_waits(con):
    tips(con, EVERY_MONTH, as_of="2025-03-20 06:00:00Z")
    assert counted(con) == [
        ("2025-01-10", "2025-01-31", "2025-01-31", "2025-02-28", "false"),
        ("2025-02-01", "2025-02-28", "2025-02-28", "2025-02-28", "false"),
        ("2025-03-01", "2025-03-31", "", "2025-02-28", "false"),
        ("2025-04-01", "2025-04-15", "", "2025-02-28", "false"),
    ]


@pytest.mark.parametrize(
    ("as_of", "to"),
    [
        ("2025-01-30 22:00:00Z", "2025-01-09"),  # the day before the period: nothing
        ("2025-01-31 22:30:00Z", "2025-01-09"),  # still January in Stockholm
        ("2025-01-31 23:30:00Z", "2025-01-31"),  # and February there, before it is in UTC
        ("2025-04-15 12:00:00Z", "2025-03-31"),
        ("2025-04-16 06:00:00Z", "2025-04-15"),  # the period's last month ends in its middle
    ],
)
def test_a_month_counts_from_the_first_moment_after_its_last_local_day(con, as_of, to):
    tips(con, EVERY_MONTH, as_of=as_of, unread=())
    con.execute("update marts.fct_tip_day set is_read = true")
    assert {row[3] for row in counted(con)} == {to}


def test_a_month_with_one_small_day_waits_for_the_next_and_both_are_counted_together(con):
    small = EVERY_MONTH | {"2025-02-20": (4, 4)}
    tips(con, small, as_of="2025-03-20 06:00:00Z")
    assert {row[3] for row in counted(con)} == {"2025-01-31"}
    anew(con)
    tips(con, small, as_of="2025-04-01 06:00:00Z")
    assert [row[2] for row in counted(con)] == ["2025-01-31", "2025-03-31", "2025-03-31", ""]


def test_a_last_month_that_would_give_its_small_count_away_is_never_counted(con):
    tips(con, EVERY_MONTH | {"2025-04-10": (4, 4)}, as_of="2025-06-01 06:00:00Z")
    assert {row[3:] for row in counted(con)} == {("2025-03-31", "true")}


def test_a_finished_period_of_which_nothing_was_counted_before_is_counted_whole(con):
    tips(con, {"2025-02-20": (3, 2)}, as_of="2025-06-01 06:00:00Z")
    assert {row[2:] for row in counted(con)} == {("2025-04-15", "2025-04-15", "true")}


def test_a_day_that_was_not_read_keeps_its_month_waiting_until_the_settle_lag_is_over(con):
    tips(con, EVERY_MONTH, as_of="2025-02-03 06:00:00Z", unread=["2025-01-31"])
    assert {row[3] for row in counted(con)} == {"2025-01-09"}
    anew(con)
    tips(con, EVERY_MONTH, as_of="2025-02-04 06:00:00Z", unread=["2025-01-31"])
    assert {row[3] for row in counted(con)} == {"2025-01-31"}


def test_one_hidden_day_of_tips_keeps_their_total_waiting_until_enough_are_hidden_together(con):
    lone = EVERY_MONTH | {"2025-02-01": (4, 0)}
    tips(con, lone, as_of="2025-03-20 06:00:00Z")
    assert {row[3] for row in counted(con, "received")} == {"2025-01-31"}
    assert {row[3] for row in counted(con, "documented")} == {"2025-02-28"}
    anew(con)
    tips(con, lone | {"2025-03-02": (3, 0), "2025-03-03": (3, 0)}, as_of="2025-04-01 06:00:00Z")
    assert {row[3] for row in counted(con, "received")} == {"2025-03-31"}


def test_a_day_on_which_nobody_answered_an_appeal_is_a_hidden_day_too(con):
    tips(con, EVERY_MONTH, as_of="2025-03-20 06:00:00Z", appeal="2025-02-05")
    assert {row[3] for row in counted(con, "received")} == {"2025-01-31"}


@pytest.mark.parametrize(("disposition", "to"), [("useful", "2025-01-09"), (None, "2025-01-09")])
def test_assessed_tips_wait_while_useful_ones_or_the_others_are_few(con, disposition, to):
    tips(con, EVERY_MONTH, as_of="2025-02-20 06:00:00Z", disposition=disposition)
    assert {row[3] for row in counted(con, "assessed")} == {to}


def test_documented_tips_of_a_day_are_shown_when_its_month_is_counted_and_all_tips_at_once(con):
    many = dict.fromkeys(["2025-01-20", "2025-02-20", "2025-03-19"], (30, 15))
    tips(con, many, as_of="2025-03-20 06:00:00Z", appeal="2025-01-20")
    build_up_to(con, "published.tips_daily", "published.kpi_basis")
    assert query(
        con,
        "select local_date, tips, documented, documented_state from published.tips_daily "
        "where unit_id is null and channel is null and tips > 0 order by 1",
    ) == [
        ("2025-01-20", "30", "15", "measured"),
        ("2025-02-20", "30", "15", "measured"),
        ("2025-03-19", "30", "", "suppressed"),
    ]
    assert query(con, "select numerator, counted_to from published.kpi_basis where kpi_id = 'T2'") == [
        ("30", "2025-02-28")
    ]


def test_the_finished_period_has_all_its_tips(con):
    tips(con, EVERY_MONTH, as_of="2025-06-01 06:00:00Z", appeal="2025-01-20")
    build_up_to(con, "published.kpi_basis")
    assert query(con, "select numerator, counted_to from published.kpi_basis where kpi_id = 'T2'") == [
        ("24", "2025-04-15")
    ]


def test_the_neighbour_of_a_small_day_is_one_that_came_into_the_total_with_it(con):
    # 7 on 5 March is the smallest neighbour of the period, but the growth to 28 February gives the 3 away without it
    near = {"2025-02-19": (40, 30), "2025-02-20": (20, 3), "2025-02-21": (30, 12)}
    near |= {"2025-03-05": (30, 7), "2025-03-20": (30, 20)}
    tips(con, EVERY_MONTH | near, as_of="2025-04-01 06:00:00Z")
    build_up_to(con, "published.tips_daily")
    assert query(
        con,
        "select local_date, documented, documented_state from published.tips_daily where unit_id is null "
        "and channel is null and documented_state <> 'measured' and tips > 9 order by 1",
    ) == [("2025-02-20", "", "suppressed"), ("2025-02-21", "", "suppressed")]
