"""S1 and I3: what each kind of sample may say, and what may be made of it (METHOD section 4.6)."""

from __future__ import annotations

import pytest

from tests.spec.kpi.chain import STUDY_DAYS, build_up_to, goals, kpi
from tests.spec.tables import calendar, create, load, query, run_config

SURVEYS = """
    survey | from       | to         | sample             | topic
    -------+------------+------------+--------------------+--------------
    own    | 2025-03-01 | 2025-03-10 | own_channel        |
    lot    | 2025-03-06 | 2025-03-31 | probability_sample |
    other  | 2025-03-06 | 2025-03-31 | own_channel        | understanding
"""


@pytest.fixture
def march(con):
    run_config(con, **STUDY_DAYS)
    calendar(con, "2025-02-01", "2025-04-11")
    goals(con)
    load(con, "marts.dim_survey", "survey_id, conducted_from, conducted_to, sample_type, topic", SURVEYS)
    create(con, "marts.fct_survey_response")
    create(con, "config.survey_margins")
    return con


def s1(con, *, sources, **said):
    kpi(
        con, goal_id="S1", kpi_id="S1", kind="survey_share", target_op=">=", target_value=0.70, min_evidence="B", **said
    )
    con.execute(f"update config.kpis set sources = {sources} where kpi_id = 'S1'")


def answers(con, survey, counts):
    """Each row of counts: how many, answer, weight, sex, follower."""
    for many, answer, weight, sex, follower in counts:
        con.execute(
            """
            insert into marts.fct_survey_response by name
            select $survey as survey_id, $answer || $sex || range::varchar as resp_id, $answer as answer,
                $weight::double as weight, nullif($sex, '') as sex, $follower::boolean as follower
            from range($many)
            """,
            {"survey": survey, "answer": answer, "weight": weight, "sex": sex, "follower": follower, "many": many},
        )


RESULT = "select variant, value, low, high, evidence_grade, verdict, array_to_string(reasons, ','), state from kpi.kpi_results"
PUBLISHED = (
    "select variant, n, n_eff, max_weight, value, low, high, speaks_of, reasons from published.survey_result order by 1"
)


def test_own_channels_have_no_interval_and_bound_the_public_only_widely(march):
    answers(march, "own", [(2304, "ja", 1.0, "f", True), (96, "nej", 1.0, "f", True)])
    s1(march, sources="map {'own_channel': 'D'}", frame_share=0.06)
    build_up_to(march, "kpi.kpi_results", "published.survey_result")
    assert query(march, f"{RESULT} order by variant") == [
        ("own_channel", "0.96", "", "", "D", "insufficient_evidence", "evidence_grade", "measured"),
        ("own_channel_bounds", "", "0.0576", "0.9976", "D", "insufficient_evidence", "evidence_grade", "bounded"),
    ]
    assert query(march, PUBLISHED) == [
        ("own_channel", "2400", "", "", "0.96", "", "", "respondents", ""),
        ("own_channel_bounds", "2400", "", "", "", "0.0576", "0.9976", "public_bounded", ""),
    ]


def test_a_probability_sample_with_equal_weights_has_the_methods_interval(march):
    answers(march, "lot", [(1130, "ja", 2.0, "f", None), (370, "nej", 2.0, "f", None)])
    s1(march, sources="map {'probability_sample': 'B'}")
    build_up_to(march, "kpi.kpi_results", "published.survey_result")
    assert query(march, PUBLISHED) == [
        ("probability_sample", "1500", "1500", "1", "0.753333", "0.73089", "0.774483", "public", "")
    ]
    assert [row[5] for row in query(march, RESULT)] == ["met"]


def test_design_weights_move_the_share_and_cost_precision(march):
    # 60 yes of weight 1 and 40 no of weight 3: share 60 / 180, n_eff = 180^2 / (60 + 360); one answer has no weight
    answers(march, "lot", [(60, "ja", 1.0, "f", None), (40, "nej", 3.0, "f", None), (1, "ja", None, "m", None)])
    s1(march, sources="map {'probability_sample': 'B'}")
    build_up_to(march, "kpi.kpi_survey_estimates")
    assert query(march, "select n, responses, value, n_eff, max_weight from kpi.kpi_survey_estimates") == [
        ("100", "101", "0.333333", "77.1429", "1.66667")
    ]


def margins(con, text):
    load(con, "config.survey_margins", "goal_id, kpi_id, variable, category, share", text)


def test_raking_to_a_known_margin_shows_what_it_cost(march):
    # 8 women (6 yes) and 2 men (1 yes), weighted to half and half: 0.5 x 6/8 + 0.5 x 1/2
    answers(march, "own", [(6, "ja", None, "f", None), (2, "nej", None, "f", None), (1, "ja", None, "m", None),
                           (1, "nej", None, "m", None), (1, "ja", None, "", None)])  # fmt: skip
    s1(march, sources="map {'own_channel': 'D'}", max_weight=2.0, min_n=7)
    margins(march, "head\n-\nS1 | S1 | sex | f | 0.5\nS1 | S1 | sex | m | 0.5")
    build_up_to(march, "kpi.kpi_results", "published.survey_result")
    [_, raked] = query(march, PUBLISHED)
    assert raked[:5] == ("own_channel_raked", "10", "6.4", "2.5", "0.625")
    assert raked[7:] == ("public_modelled", "raking_extreme_weights,small_n")
    # Wilson of 4 in 6.4
    assert (round(float(raked[5]), 4), round(float(raked[6]), 4)) == (0.2779, 0.8783)
    [_, result] = query(march, f"{RESULT} order by variant")
    assert result[4:] == ("C", "insufficient_evidence", "evidence_grade,raking_extreme_weights,small_n", "measured")


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("follower | true | 0.06\nS1 | S1 | follower | false | 0.94", "raking_empty_cell"),
        ("age_band | 16-29 | 1.0", "raking_missing_margin"),
        ("sex | m | 1.0", "raking_missing_margin"),
    ],
)
def test_a_sample_that_cannot_be_weighted_says_why(march, said, reason):
    answers(march, "own", [(10, "ja", None, "f", True)])
    s1(march, sources="map {'own_channel': 'D'}")
    margins(march, f"head\n-\nS1 | S1 | {said}")
    build_up_to(march, "kpi.kpi_results", "published.survey_result")
    [_, raked] = query(march, PUBLISHED)
    assert raked[4] == ""
    assert raked[8] == reason
    [_, result] = query(march, f"{RESULT} order by variant")
    assert result[5:] == ("insufficient_evidence", f"evidence_grade,{reason}", "missing")


def test_each_topic_has_its_own_surveys(march):
    answers(march, "own", [(3, "ja", None, "f", None), (1, "nej", None, "f", None)])
    answers(march, "other", [(1, "agree", None, "f", None), (3, "disagree", None, "f", None)])
    s1(march, sources="map {'own_channel': 'D'}")
    kpi(march, goal_id="insight", kpi_id="I3", kind="survey_share", topic="understanding")
    march.execute("update config.kpis set sources = map {'own_channel': 'D'} where kpi_id = 'I3'")
    build_up_to(march, "kpi.kpi_results")
    assert query(march, "select kpi_id, value from kpi.kpi_results order by 1") == [("I3", "0.25"), ("S1", "0.75")]


def test_a_target_that_even_the_bounds_miss_is_told_where_no_grade_is_asked_for(march):
    # nobody said yes: of everybody at most 40 % can
    answers(march, "own", [(10, "nej", None, "f", None)])
    s1(march, sources="map {'own_channel': 'D'}", frame_share=0.6)
    march.execute("update config.kpis set min_evidence = null")
    build_up_to(march, "kpi.kpi_results")
    assert query(march, "select verdict from kpi.kpi_results where variant = 'own_channel_bounds'") == [("not_met",)]
