"""The scorecard's lines: the institution's words, uncertainty beside the value, a dash where nothing is known."""

from __future__ import annotations

import pytest

from pipelines.cli.scorecard import _lines
from pipelines.wording import number, preferred_language, word

VERDICTS = {
    "tips": {
        "label_sv": "Få in fler tips",
        "label_en": "Receive more tips",
        "verdict": "not_met",
        "reasons": "T1:no_controls",
    }
}


def card(**given):
    return {
        "goal_id": "tips", "kpi_id": "T1", "label_sv": "Tipskvot", "label_en": "Tips rate ratio", "unit_id": None,
        "value": 1.075, "low": 1.01, "high": 1.144, "target_op": ">=", "target_value": 1.2, "verdict": "not_met",
        "reasons": "", "evidence_grade": "B", "completeness": 0.987, "state": "measured", "variant": None, **given,
    }  # fmt: skip


def test_a_goals_own_line_comes_once_before_its_kpis():
    lines = list(_lines([card(), card(kpi_id="T2")], VERDICTS, "en"))
    assert [line[1][0] for line in lines] == ["Receive more tips", "  T1  Tips rate ratio", "  T2  Tips rate ratio"]
    assert lines[0][0] == "not_met"
    assert lines[0][1][3:5] == ["not met", "T1: nothing to compare with"]


def test_a_value_stands_with_its_interval_target_grade_and_completeness():
    [_, (_, cells)] = _lines([card()], VERDICTS, "sv")
    assert cells == ["  T1  Tipskvot", "1,075 [1,010; 1,144]", ">= 1,200", "inte uppfyllt", "", "B", "99%"]


def test_what_is_missing_is_a_dash_with_its_reason_and_never_zero():
    missing = card(
        value=None, low=None, high=None, verdict="insufficient_evidence", reasons="missing_data,not_settled",
        completeness=None, evidence_grade=None, target_value=None, state="missing",
    )  # fmt: skip
    [_, (_, cells)] = _lines([missing], VERDICTS, "en")
    assert cells[1:] == [
        "–", "–", "insufficient evidence", "data are missing, figures not settled yet", "–", "–",
    ]  # fmt: skip
    assert "0" not in "".join(cells[1:])


def test_a_missing_value_without_a_reason_still_says_that_it_is_missing():
    [_, (_, cells)] = _lines(
        [card(value=None, low=None, high=None, state="missing", reasons="no_target")], VERDICTS, "en"
    )
    assert cells[4] == "no data, no target set"


def test_a_suppressed_value_says_so():
    [_, (_, cells)] = _lines(
        [card(value=None, low=None, high=None, state="suppressed", reasons="suppressed")], VERDICTS, "en"
    )
    assert cells[1] == "–"
    assert cells[4] == "suppressed, too few"


def test_a_census_shows_no_interval_and_a_self_selected_sample_none_either():
    [_, (_, census)] = _lines([card(value=0.755, low=0.755, high=0.755)], VERDICTS, "en")
    own_channel = card(value=0.96, low=None, high=None, variant="own_channel", n=2400)
    [_, (_, own)] = _lines([own_channel], VERDICTS, "en")
    assert census[1] == "0.755"
    assert own[:2] == ["  T1  Tips rate ratio (of those who answered in our own channels, n = 2400)", "0.960"]


def test_bounds_stand_without_a_value_and_an_end_that_is_not_reached_is_a_dash():
    [_, (_, bounds)] = _lines(
        [card(value=None, low=0.0576, high=0.9976, state="bounded", reasons="target_inside_interval")], VERDICTS, "en"
    )
    assert bounds[1] == "– [0.0576; 0.998]"
    assert bounds[4] == "the target lies inside the interval"
    [_, (_, median)] = _lines([card(value=90.0, low=10.0, high=None)], VERDICTS, "en")
    assert median[1] == "90.0 [10.0; –]"


@pytest.mark.parametrize(
    ("value", "sv", "en"),
    [(0.0, "0", "0"), (0.02203, "0,0220", "0.0220"), (198.2, "198,2", "198.2"), (-1234.5, "-1\u00a0234,5", "-1,234.5")],
)
def test_a_number_has_the_decimals_its_size_bears(value, sv, en):
    assert (number(value, "sv"), number(value, "en")) == (sv, en)


def test_a_word_nobody_translated_is_shown_and_not_hidden():
    assert word("new_reason", "sv") == "new reason"


@pytest.mark.parametrize(
    ("lang", "lc_all", "expected"),
    [("sv_SE.UTF-8", "", "sv"), ("en_GB.UTF-8", "", "en"), ("C", "", "en"), ("sv_SE", "en_US", "en"), ("", "", "en")],
)
def test_the_language_follows_the_locale(monkeypatch, lang, lc_all, expected):
    monkeypatch.delenv("LC_MESSAGES", raising=False)
    monkeypatch.setenv("LANG", lang)
    monkeypatch.setenv("LC_ALL", lc_all)
    assert preferred_language() == expected
