"""The verdict rule (METHOD 4.1), on estimates made by hand."""

from __future__ import annotations

import pytest

from tests.spec.kpi.chain import build_up_to, goals, kpi, make, models
from tests.spec.tables import exists, load, query, run_config

ESTIMATES = "goal_id varchar, kpi_id varchar, variant varchar, unit_id varchar, platform varchar, grain varchar, period_start date, period_end date, value double, low double, high double, interval_kind varchar, n bigint, clusters bigint, numerator double, denominator double, failing varchar[], evidence_grade varchar"
SCOPE = "null, null, null, 'study', date '2025-01-01', date '2025-12-31'"
COMPLETENESS = "goal_id varchar, kpi_id varchar, variant varchar, completeness double, evidence_grade varchar, is_bridged boolean, has_break boolean"


def build_results(con):
    """Build what the rule needs, upon estimates and completeness that are there already."""
    for model in (models()["kpi.kpi_preconditions"], models()["kpi.kpi_results"]):
        for table in model.depends:
            if not exists(con, table):
                make(con, table)
        model.build(con)


def judge(
    con,
    *,
    value=0.8,
    low=0.75,
    high=0.85,
    n=200,
    interval_kind="wilson",
    completeness=1.0,
    grade="A",
    has_break=False,
    failing=(),
    own_grade=None,
    **columns,
):
    """Build kpi_results for one KPI whose estimate and completeness are given, and return verdict, reasons, state, value."""
    columns = {"target_op": ">=", "target_value": 0.75, **columns}
    kpi(
        con,
        goal_id="accessibility",
        kpi_id="A2",
        kind="proportion",
        interval="wilson",
        numerator=["answered_24h"],
        denominator=["questions_due_24h"],
        **columns,
    )
    build_up_to(con, "kpi.kpi_registry")
    con.execute(f"create table kpi.kpi_estimates ({ESTIMATES})")
    if value is not None:
        con.execute(
            f"insert into kpi.kpi_estimates values ('accessibility', 'A2', {SCOPE}, ?, ?, ?, ?, ?, null, ?, ?, ?, ?)",
            [value, low, high, interval_kind, n, value * n, n, list(failing), own_grade],
        )
    con.execute(f"create table kpi.kpi_completeness ({COMPLETENESS})")
    con.execute(
        "insert into kpi.kpi_completeness values ('accessibility', 'A2', null, ?, ?, false, ?)",
        [completeness, grade, has_break],
    )
    build_results(con)
    [row] = query(con, "select verdict, array_to_string(reasons, ','), state, value from kpi.kpi_results")
    return row


@pytest.mark.parametrize(
    ("op", "low", "high", "verdict", "reasons"),
    [
        (">=", 0.76, 0.90, "met", ""),
        (">=", 0.75, 0.90, "met", ""),  # L = t is met
        (">=", 0.70, 0.75, "insufficient_evidence", "target_inside_interval"),  # H = t is not below it
        (">=", 0.70, 0.80, "insufficient_evidence", "target_inside_interval"),
        (">=", 0.60, 0.74, "not_met", ""),
        ("<=", 0.60, 0.74, "met", ""),
        ("<=", 0.60, 0.75, "met", ""),  # H = t is met where less is better
        ("<=", 0.75, 0.80, "insufficient_evidence", "target_inside_interval"),  # L = t is not above it
        ("<=", 0.70, 0.80, "insufficient_evidence", "target_inside_interval"),
        ("<=", 0.76, 0.80, "not_met", ""),
    ],
)
def test_a_target_is_met_missed_or_inside_the_interval(con, op, low, high, verdict, reasons):  # noqa: PLR0917  # one parameter a column
    assert judge(con, value=(low + high) / 2, low=low, high=high, target_op=op)[:2] == (verdict, reasons)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"completeness": 0.89}, "missing_data"),
        ({"completeness": None}, "missing_data"),
        ({"value": None}, "missing_data"),
        ({"min_n": 201}, "small_n"),
        ({"low": None, "high": None, "interval_kind": "cluster_bootstrap"}, "small_n"),
        ({"has_break": True}, "series_break"),
        ({"min_evidence": "B", "grade": "C"}, "evidence_grade"),
        ({"min_evidence": "B", "grade": "A", "own_grade": "C"}, "evidence_grade"),
        ({"failing": ["no_controls", "small_n"], "min_n": 201}, "no_controls,small_n"),
        ({"min_evidence": "D", "grade": None}, "evidence_grade"),
        ({"low": None, "high": None, "interval_kind": "none"}, "evidence_grade"),
    ],
)
def test_a_precondition_that_fails_leaves_no_verdict_but_its_reason(con, changed, reason):
    # The interval alone would say met.
    given = {"value": 0.9, "low": 0.8, "high": 0.95, **changed}
    assert judge(con, **given)[:2] == ("insufficient_evidence", reason)


@pytest.mark.parametrize(
    "changed", [{"completeness": 0.9}, {"min_n": 200}, {"min_evidence": "A"}, {"grade": "D", "own_grade": "A"}]
)
def test_a_precondition_just_fulfilled_does_not_stand_in_the_way(con, changed):
    assert judge(con, value=0.9, low=0.8, high=0.95, **changed)[:2] == ("met", "")


def test_only_the_whole_organisation_over_the_study_period_is_judged(con):
    kpi(con, goal_id="insight", kpi_id="I2", kind="share_census", metric="active_unit_weeks_with_post")
    build_up_to(con, "kpi.kpi_registry")
    load(
        con,
        "kpi.kpi_estimates",
        ESTIMATES,
        """
        goal    | kpi | v | u  | p        | grain | from       | to         | value | low | high | kind   | n | clusters | num | den | failing   | grade
        --------+-----+---+----+----------+-------+------------+------------+-------+-----+------+--------+---+----------+-----+-----+-----------+------
        insight | I2  |   | u1 |          | study | 2025-01-01 | 2025-12-31 | 0.1   | 0.1 | 0.1  | census | 1 |          | 1   | 10  | [small_n] |
        insight | I2  |   |    | facebook | study | 2025-01-01 | 2025-12-31 | 0.2   | 0.2 | 0.2  | census | 1 |          | 1   | 5   | []        |
        insight | I2  |   |    |          | month | 2025-01-01 | 2025-01-31 | 0.3   | 0.3 | 0.3  | census | 1 |          | 3   | 10  | []        |
        insight | I2  |   |    |          | study | 2025-01-01 | 2025-12-31 | 0.4   | 0.4 | 0.4  | census | 1 |          | 4   | 10  | []        |
        """,
    )
    con.execute(f"create table kpi.kpi_completeness ({COMPLETENESS})")
    build_results(con)
    assert query(con, "select value, array_to_string(reasons, ',') from kpi.kpi_results") == [
        ("0.4", "missing_data,no_target")
    ]


def test_all_failing_preconditions_are_told_at_once(con):
    verdict, reasons, *_ = judge(con, completeness=0.5, has_break=True, min_n=1000, target_set_at="2025-06-01")
    assert (verdict, reasons) == ("insufficient_evidence", "missing_data,post_hoc_target,series_break,small_n")


@pytest.mark.parametrize(
    ("as_of", "verdict", "reasons"),
    [
        # The study ends on 31 December and settles for three days, in Stockholm.
        ("2026-01-03 22:59:59Z", "insufficient_evidence", "not_settled"),
        ("2026-01-03 23:00:00Z", "met", ""),
        ("2025-07-01 00:00:00Z", "insufficient_evidence", "not_settled"),
    ],
)
def test_a_period_is_judged_only_when_it_has_settled(con, as_of, verdict, reasons):
    run_config(con, as_of=as_of)
    assert judge(con, value=0.9, low=0.8, high=0.95)[:2] == (verdict, reasons)


@pytest.mark.parametrize(("set_at", "reasons"), [("2024-12-31", ""), ("2025-01-01", "post_hoc_target"), (None, "")])
def test_a_target_set_within_the_period_is_labelled_but_still_judged(con, set_at, reasons):
    assert judge(con, value=0.9, low=0.8, high=0.95, target_set_at=set_at)[:2] == ("met", reasons)


def test_without_a_target_there_is_a_value_and_no_verdict(con):
    assert judge(con, target_op=None, target_value=None) == ("", "no_target", "measured", "0.8")


def test_what_was_not_measured_is_missing_and_not_zero(con):
    assert judge(con, value=None) == ("insufficient_evidence", "missing_data", "missing", "")


@pytest.mark.parametrize(
    ("numerator", "denominator", "state"),
    [
        (4, 100, "suppressed"),
        (5, 100, "measured"),
        (0, 100, "suppressed"),
        (96, 100, "suppressed"),
        (100, 100, "measured"),
    ],
)
def test_a_share_of_tips_that_would_show_a_small_cell_is_suppressed(con, numerator, denominator, state):
    kpi(con, goal_id="tips", kpi_id="T4", kind="proportion", numerator=["tips_useful"], denominator=["tips_assessed"])
    build_up_to(con, "kpi.kpi_registry")
    load(
        con,
        "kpi.kpi_estimates",
        ESTIMATES,
        f"""
        goal | kpi | v | u | p | grain | from       | to         | value | low | high | kind   | n   | clusters | num | den | failing | grade
        -----+-----+---+---+---+-------+------------+------------+-------+-----+------+--------+-----+----------+-----+-----+---------+------
        tips | T4  |   |   |   | study | 2025-01-01 | 2025-12-31 | {numerator / denominator} | 0 | 1 | wilson | {denominator} | | {numerator} | {denominator} | [] |
        """,
    )
    con.execute(f"create table kpi.kpi_completeness ({COMPLETENESS})")
    build_results(con)
    [row] = query(
        con,
        "select state, value is null, low is null, n is null, list_contains(reasons, 'suppressed') from kpi.kpi_results",
    )
    hidden = str(state == "suppressed").lower()
    assert row == (state, hidden, hidden, hidden, hidden)


def test_kpis_that_nothing_computes_yet_are_said_so_and_not_left_out(con):
    kpi(
        con,
        goal_id="tips",
        kpi_id="T1",
        kind="rate_ratio_causal",
        is_primary=True,
        target_op=">=",
        target_value=1.2,
        min_evidence="B",
    )
    kpi(con, goal_id="prevention", kpi_id="P2", kind="bounds", metric="unique_reach_share", position=2)
    kpi(
        con,
        goal_id="accessibility",
        kpi_id="A3",
        kind="km_median",
        metric="response_minutes",
        target_op="<=",
        target_value=240,
        position=3,
    )
    build_up_to(con, "kpi.kpi_results")
    assert query(
        con,
        "select kpi_id, verdict, array_to_string(reasons, ','), state, value, label_en from kpi.kpi_results order by position",
    ) == [
        ("T1", "insufficient_evidence", "missing_data", "missing", "", "Tips rate ratio"),
        ("P2", "", "missing_data,no_target", "missing", "", "Unique reach"),  # computed, but there are no posts
        ("A3", "insufficient_evidence", "missing_data", "missing", "", "Median response time"),
    ]


RESULTS = "goal_id varchar, kpi_id varchar, variant varchar, is_primary boolean, value double, verdict varchar, reasons varchar[], evidence_grade varchar"


def test_a_goal_is_met_only_when_all_its_primary_kpis_are(con):
    goals(con)
    load(
        con,
        "kpi.kpi_results",
        RESULTS,
        """
        goal          | kpi | variant            | primary | value | verdict               | reasons                  | grade
        --------------+-----+--------------------+---------+-------+-----------------------+--------------------------+------
        accessibility | A1  |                    | true    | 0.8   | met                   | []                       | A
        accessibility | A2  |                    | true    | 0.8   | met                   | [post_hoc_target]        | A
        accessibility | A3  |                    | false   | 300   | not_met               | []                       | A
        prevention    | P1  |                    | true    | 100   | not_met               | []                       | A
        prevention    | P3  |                    | true    |       | insufficient_evidence | [missing_data, small_n]  | A
        insight       | I1  |                    | true    | 0.02  | met                   | []                       | A
        insight       | I2  |                    | true    |       | insufficient_evidence | [missing_data]           | A
        tips          | T2  |                    | false   | 0.02  | met                   | []                       | A
        S1            | S1  | own_channel        | false   | 0.96  | insufficient_evidence | [evidence_grade]         | D
        S1            | S1  | probability_sample | false   | 0.75  | met                   | []                       | B
        """,
    )
    models()["kpi.kpi_goal_verdicts"].build(con)
    assert query(
        con,
        "select goal_id, verdict, array_to_string(reasons, ','), is_guardrail from kpi.kpi_goal_verdicts order by position",
    ) == [
        ("accessibility", "met", "A2:post_hoc_target", "false"),
        ("prevention", "not_met", "P3:missing_data,P3:small_n", "false"),
        ("insight", "insufficient_evidence", "I2:missing_data", "false"),
        ("tips", "insufficient_evidence", "no_primary_kpi", "false"),
        ("S1", "met", "", "true"),
    ]


def test_a_guardrail_with_only_its_own_channels_is_not_met_by_them(con):
    goals(con)
    load(
        con,
        "kpi.kpi_results",
        RESULTS,
        """
        goal | kpi | variant            | primary | value | verdict               | reasons          | grade
        -----+-----+--------------------+---------+-------+-----------------------+------------------+------
        S1   | S1  | own_channel        | false   | 0.96  | insufficient_evidence | [evidence_grade] | D
        S1   | S1  | probability_sample | false   |       | insufficient_evidence | [missing_data]   | B
        """,
    )
    models()["kpi.kpi_goal_verdicts"].build(con)
    assert query(
        con, "select verdict, array_to_string(reasons, ',') from kpi.kpi_goal_verdicts where goal_id = 'S1'"
    ) == [("insufficient_evidence", "S1:evidence_grade")]
