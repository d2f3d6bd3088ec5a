"""A goal's page says what the tables say, in both languages, and nothing where they say nothing."""

from __future__ import annotations

import re
from datetime import date

import pytest

from pipelines.report.making import report_files
from tests.unit.report.pages.conftest import END, START, insert, kpi, months
from tests.unit.report.pages.making import files, said


@pytest.mark.parametrize(
    ("lang", "figures"),
    [
        (
            "sv",
            [
                "73,4 %",
                "70,1–77 %",
                "906",
                "1 234",
                "minst 80 %",
                "3 nov 2024",
                "minst 100 krävs",
                "95 % av det som skulle läsas",
            ],
        ),
        (
            "en",
            [
                "73.4%",
                "70.1–77%",
                "906",
                "1,234",
                "at least 80%",
                "3 Nov 2024",
                "takes at least 100",
                "95% of what was due",
            ],
        ),
    ],
)
def test_a_kpi_stands_with_its_parts_its_target_and_who_set_it_when(con, lang, figures):
    words = said(files(con, lang=lang)[f"{lang}/goal-answers.html"])
    assert [figure for figure in figures if figure not in words] == []


def test_a_month_that_was_not_read_is_a_gap_and_no_zero(con):
    made = files(con)
    chart = next(text for path, text in made.items() if path.endswith("1-answers-a2-course.csv"))
    [month] = [line for line in chart.splitlines() if "feb" in line]
    assert re.search(r",\s*,\s*,", month), month
    assert "0" not in month.replace("2025", "")
    assert "1 av 3 perioder saknar siffra" in said(made["sv/goal-answers.html"])


def test_a_goal_without_a_kpi_says_so_and_shows_no_figure(con):
    words = said(files(con)["sv/goal-nothing.html"])
    assert "Målet har inget mått" in words
    main = words.split("Vad som saknas")[0].replace("2025", "")
    assert not re.search(r"\d", main)


def test_one_unit_is_not_compared_with_itself(con):
    months(con, "A2", [0.7], goal="answers", unit_id="u1")
    insert(
        con,
        "kpi_period",
        {
            "kpi_id": "A2",
            "goal_id": "answers",
            "grain": "study",
            "unit_id": "u1",
            "period_start": START,
            "period_end": END,
            "value": 0.73,
            "low": 0.7,
            "high": 0.76,
            "n": 900,
            "state": "measured",
            "reasons": "",
        },
    )
    made = files(con)
    assert "Det finns en enda enhet" in said(made["sv/goal-answers.html"])
    assert not [path for path in made if "units" in path or "funnel" in path]


def test_a_part_that_is_hidden_or_unread_has_its_word_even_if_a_number_stands_in_its_row(con):
    for unit, state in (("u1", "suppressed"), ("u2", "missing")):
        insert(
            con,
            "kpi_period",
            {
                "kpi_id": "A2",
                "goal_id": "answers",
                "grain": "study",
                "unit_id": unit,
                "period_start": START,
                "period_end": END,
                "value": 0.4321,
                "low": 0.4321,
                "high": 0.4321,
                "n": None,
                "state": state,
                "reasons": "",
            },
        )
    html = files(con)["sv/goal-answers.html"]
    assert "dold, för få" in said(html)
    assert "43,2" not in html


def test_a_kpi_that_is_hidden_shows_neither_value_nor_parts(con):
    kpi(
        con,
        "T2",
        goal="nothing",
        measure="documented_tips",
        state="suppressed",
        verdict="insufficient_evidence",
        reasons="suppressed",
        numerators="documented_tips",
        denominator_metric="appeals",
    )
    words = said(files(con)["sv/goal-nothing.html"])
    assert "dokumenterade tips (dold, för få)" in words
    assert "undertryckt, för få" in words


@pytest.mark.parametrize(
    ("factor", "told"),
    [(None, "Ingen överlappning är mätt"), (1.3, "räknas om med faktorn 1,30")],
)
def test_a_changed_definition_is_told_with_its_day_and_its_bridge(con, factor, told):
    insert(con, "post", {"post_id": "facebook:1", "platform": "facebook"})
    insert(con, "post_goal", {"post_id": "facebook:1", "goal_id": "answers"})
    con.execute("update published.kpi_basis set measure = 'views_per_inhabitants'")
    insert(
        con,
        "series_break",
        {
            "platform": "facebook",
            "scope": "post",
            "metric": "views",
            "old_metric": "impressions",
            "break_date": date(2025, 3, 16),
            "old_definition": "Before",
            "new_definition": "Since",
            "bridge_factor": factor,
        },
    )
    words = said(files(con)["sv/goal-answers.html"])
    assert "Facebook bytte definition 16 mars 2025" in words
    assert told in words


def test_the_public_sees_no_share_of_fewer_than_ten_questions_and_no_count_finer_than_five(con):
    insert(
        con,
        "kpi_period",
        {
            "kpi_id": "A2",
            "goal_id": "answers",
            "grain": "study",
            "unit_id": "u1",
            "period_start": START,
            "period_end": END,
            "value": 0.5556,
            "low": 0.3,
            "high": 0.8,
            "n": 9,
            "state": "measured",
            "reasons": "",
        },
    )
    months(con, "A2", [0.7, 0.7, 0.7], goal="answers", unit_id="u2")
    con.execute("update published.kpi_period set value = 0.6543, n = 9 where unit_id is not null and value = 0.8")
    con.execute("update published.kpi_period set value = 0.87654 where unit_id is null and value = 0.7")
    inside, outside = files(con), files(con, public=True)
    for text in ("55,6", "65,4"):
        assert [path for path, content in inside.items() if text in content]
    for exact in ("0.7344", "0.7012", "0.87654"):
        assert [path for path, content in inside.items() if exact in content]
        assert [path for path, content in outside.items() if exact in content] == []
    assert [path for path, content in outside.items() if "0.877" in content]
    for digits in ("55,6", "0.5556", "65,4", "0.6543", "1 234", "1\u202f234", "1234", "906"):
        assert [path for path, content in outside.items() if digits in content] == []
    assert "1 235" in said(outside["sv/goal-answers.html"])


def test_no_sample_of_a_guardrail_is_said_to_decide_by_itself(con):
    con.execute("update published.goal set is_guardrail = true where goal_id = 'answers'")
    guarded, other = files(con)["sv/goal-answers.html"], files(con)["sv/goal-nothing.html"]
    assert "Av flera urval avgör det med starkast underlag." in said(guarded)
    assert "Måttet avgör" not in said(guarded) + said(other)


def test_a_median_whose_upper_end_was_not_reached_is_told_with_the_end_there_is(con):
    """Of a Kaplan-Meier median the upper end can be open: there is an interval, and it has one number."""
    kpi(con, "A3", goal="answers", measure="km_median", value=130.0, low=120.0, high=None, n=40, unit="minutes",
        interval_kind="km_loglog", target_op="<=", target_value=60.0, verdict="not_met")  # fmt: skip
    assert "≥ 2 h" in said(files(con)["sv/goal-answers.html"])
    assert "≥ 2 h" in said(report_files(con, public=False)["sv/index.html"].decode())


def test_bounds_of_which_only_one_is_known_are_told_by_it(con):
    kpi(con, "A3", goal="answers", measure="km_median", value=None, low=120.0, high=None, n=40, unit="minutes",
        state="bounded", interval_kind="bounds", target_op="<=", target_value=60.0, verdict="not_met")  # fmt: skip
    assert "≥ 2 h" in said(files(con)["sv/goal-answers.html"])
    assert "≥ 2 h" in said(report_files(con, public=False)["sv/index.html"].decode())
