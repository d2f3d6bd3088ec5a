"""A3: median response time, Kaplan-Meier over questions of which some are still open."""

from __future__ import annotations

import pytest

from tests.spec.kpi.chain import STUDY_DAYS, build_up_to, goals, kpi
from tests.spec.tables import calendar, create, load, query, run_config

RESULT = """
    select variant, value, low, high, n, target_value, verdict, array_to_string(reasons, ','), state, interval_kind
    from kpi.kpi_results where kpi_id = 'A3' order by variant
"""


@pytest.fixture
def march(con):
    run_config(con, **STUDY_DAYS)
    calendar(con, "2025-02-01", "2025-04-11")
    goals(con)
    create(con, "marts.fct_response_time")
    create(con, "config.business_hours")
    # the log of questions covers the month
    load(
        con,
        "marts.fct_interaction",
        "interaction_id, asked_at",
        "-\n-\na | 2025-03-01 09:00:00Z\nz | 2025-03-31 09:00:00Z",
    )
    return con


def a3(con, **changed):
    said = {"target_op": "<=", "target_value": 240, "is_primary": True, **changed}
    kpi(con, goal_id="accessibility", kpi_id="A3", kind="km_median", metric="response_minutes", **said)


def questions(con, text):
    load(
        con,
        "marts.fct_response_time",
        "interaction_id, unit_id, platform, local_date, is_open, response_minutes, business_minutes",
        text,
    )


WORKED = """
    id | unit  | platform | date       | open  | minutes | business
    ---+-------+----------+------------+-------+---------+---------
    a  | north | x        | 2025-03-01 | false | 10      | 10
    b  | north | x        | 2025-03-02 | false | 25      | 5
    c  | north | facebook | 2025-03-03 | false | 40      | 40
    d  | north | facebook | 2025-03-04 | false | 55      | 55
    e  | south | facebook | 2025-03-05 | false | 90      | 60
    f  | south | facebook | 2025-03-06 | true  | 120     | 120
    g  | south | x        | 2025-03-07 | false | 200     | 200
    h  | south | x        | 2025-03-08 | true  | 600     | 300
    i  | south | x        | 2025-03-09 | true  | 1440    | 480
    j  |       |          | 2025-03-31 | true  | 1440    | 480
    k  | north | x        | 2025-04-01 | false | 1       | 1
    l  | north | x        | 2025-02-28 | false | 1       | 1
"""
"""METHOD's ten questions, and two of the days around the study."""


def test_the_methods_ten_questions_have_a_median_of_90_minutes(march):
    a3(march)
    questions(march, WORKED)
    build_up_to(march, "kpi.kpi_results", "published.response_time")
    # the target of 240 lies above the median, but the band never comes down to a half
    assert query(march, RESULT) == [
        (
            "clock",
            "90",
            "10",
            "",
            "10",
            "240",
            "insufficient_evidence",
            "target_inside_interval",
            "measured",
            "km_loglog",
        )
    ]
    assert query(
        march,
        """
        select grain, unit_id, platform, questions, answered, p50, p80, p95
        from published.response_time order by grain desc, unit_id nulls first, platform nulls first
        """,
    ) == [
        ("study", "", "", "10", "6", "90", "", ""),
        ("study", "", "facebook", "4", "3", "55", "", ""),
        ("study", "", "x", "5", "3", "200", "", ""),
        ("study", "north", "", "4", "4", "25", "55", "55"),
        ("study", "south", "", "5", "2", "", "", ""),
        ("month", "", "", "10", "6", "90", "", ""),
    ]


def test_business_hours_are_shown_beside_and_decide_where_the_goals_say_so(march):
    march.execute("insert into config.business_hours values ('2025-03-03', '2025-03-03 07:00Z', '2025-03-03 15:00Z')")
    a3(march, hours="business", target_value=480)
    questions(march, WORKED)
    build_up_to(march, "kpi.kpi_results", "kpi.kpi_goal_verdicts")
    assert query(march, "select variant, value, target_value, is_primary, verdict from kpi.kpi_results order by 1") == [
        ("business", "60", "480", "true", "insufficient_evidence"),
        ("clock", "90", "", "false", ""),
    ]
    assert query(march, "select reasons from kpi.kpi_goal_verdicts where goal_id = 'accessibility'") == [
        ("[A3:target_inside_interval]",)
    ]


def test_a_median_that_is_not_reached_is_bounded_from_below_and_can_miss_its_target(march):
    a3(march, target_value=60)
    answered = "\n".join(f"a{i} | u | x | 2025-03-02 | false | {100 + i} | " for i in range(40))
    waiting = "\n".join(f"w{i} | u | x | 2025-03-02 | true | 5000 | " for i in range(60))
    questions(march, f"head\n-\n{answered}\n{waiting}")
    build_up_to(march, "kpi.kpi_results")
    [row] = query(march, RESULT)
    assert row[1] == ""
    assert row[3:] == ("", "100", "60", "not_met", "median_not_reached", "bounded", "km_loglog")
    assert 100 < float(row[2]) < 140


def test_nobody_answered_is_no_median_and_no_verdict(march):
    a3(march)
    questions(march, "head\n-\na | u | x | 2025-03-02 | true | 5000 | \nb | u | x | 2025-03-02 | true | 400 | ")
    build_up_to(march, "kpi.kpi_results")
    [row] = query(march, RESULT)
    assert row[1:] == (
        "",
        "",
        "",
        "2",
        "240",
        "insufficient_evidence",
        "median_not_reached",
        "missing",
        "km_loglog",
    )


def test_only_the_kpis_platforms_are_asked(march):
    a3(march, platforms=["x"])
    questions(march, WORKED)
    build_up_to(march, "kpi.kpi_results")
    assert [row[4] for row in query(march, RESULT)] == ["5"]
