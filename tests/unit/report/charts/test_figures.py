"""Figures in the language's manner, and scales with round marks."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.report.charts import figure, span
from pipelines.report.charts.figures import FIXED, THIN
from pipelines.report.charts.scales import apart, month_marks, period_name, ticks, value_range

LIKELY = st.floats(min_value=-1e7, max_value=1e7, allow_nan=False).map(lambda value: round(value, 6))


@pytest.mark.parametrize(
    ("value", "unit", "sv", "en"),
    [
        (0.79786, "share", f"79,8{FIXED}%", "79.8%"),
        (0.75, "share", f"75{FIXED}%", "75%"),
        (0.0, "share", f"0{FIXED}%", "0%"),
        (0.00295, "share", f"0,295{FIXED}%", "0.295%"),
        (0.022096, "acts per account reached", f"2,21{FIXED}%", "2.21%"),
        (1.088, "ratio", "1,09", "1.09"),
        (197.7, "contacts per 1 000 inhabitants", "198", "198"),
        (999.96, "tips", "1" + THIN + "000", "1,000"),
        (62468.0, "tips", f"62{THIN}468", "62,468"),
        (-3.25, "tips", "\u22123,25", "\u22123.25"),
        (-0.0001, "share", f"\u22120,01{FIXED}%", "\u22120.01%"),
        (59.0, "minutes", f"59{FIXED}min", f"59{FIXED}min"),
        (129.6, "minutes", f"2{FIXED}h{FIXED}10{FIXED}min", f"2{FIXED}h{FIXED}10{FIXED}min"),
        (119.9, "minutes", f"2{FIXED}h", f"2{FIXED}h"),
        (5688.0, "minutes", f"3,95{FIXED}dygn", f"3.95{FIXED}days"),
        (9.6238, "hours", f"9,62{FIXED}h", f"9.62{FIXED}h"),
    ],
)
def test_a_figure_is_said_as_the_language_says_it(value, unit, sv, en):
    assert (figure(value, unit, "sv"), figure(value, unit, "en")) == (sv, en)


def test_an_interval_says_its_unit_once_unless_its_ends_differ_in_it():
    assert span(0.782, 0.8128, "share", "sv") == f"78,2–81,3{FIXED}%"
    assert span(30, 55, "minutes", "en") == f"30–55{FIXED}min"
    assert span(30, 130, "minutes", "en") == f"30{FIXED}min–2{FIXED}h{FIXED}10{FIXED}min"
    assert span(119.5, 139.2, "minutes", "sv") == f"2{FIXED}h–2{FIXED}h{FIXED}19{FIXED}min"
    assert span(0.5, 0.5, "share", "en") == "50%"


@settings(deadline=None)
@given(LIKELY, LIKELY, st.sampled_from(["share", "tips", "minutes", "ratio"]))
def test_marks_are_few_even_and_hold_all_that_is_between(one, other, unit):
    low, high = min(one, other), max(one, other)
    marks = ticks(low, high, unit)
    gaps = {round((second - first) / max(abs(high), abs(low), 1), 6) for first, second in pairwise(marks)}
    assert 2 <= len(marks) <= 7
    assert max(gaps) - min(gaps) <= 2e-6
    if high > low:
        assert marks[0] <= low + 1e-6 * (high - low)
        assert marks[-1] >= high - 1e-6 * (high - low)


@pytest.mark.parametrize("high", [0.5, 0.93, 1.0])
def test_a_share_is_marked_to_100_percent_at_most(high):
    assert value_range([0.1, high], "share")[-1] <= 1


def test_a_scale_begins_at_zero_where_that_costs_little_and_a_ratio_shows_1():
    assert value_range([10, 100, None], "tips")[0] == 0
    assert value_range([90, 100], "tips")[0] > 0
    assert value_range([90, 100], "tips", zero=True)[0] == 0
    assert value_range([10, 100], "tips", zero=False)[0] == 0
    assert 1.0 in value_range([1.15, 1.2], "ratio")
    assert value_range([None], "tips") == [0.0, 1.0]


@settings(deadline=None)
@given(st.lists(st.floats(min_value=0, max_value=100), min_size=1, max_size=5))
def test_words_are_set_apart_within_their_ends_and_keep_their_order(wanted):
    placed = apart(wanted, 15, 0, 100)
    pairs = sorted(zip(wanted, placed, strict=True))
    assert all(second[1] - first[1] >= 15 - 1e-6 for first, second in pairwise(pairs))
    assert all(-1e-6 <= place <= 100 + 1e-6 for place in placed)


def test_months_and_weeks_are_called_by_their_names():
    assert period_name(date(2025, 2, 1), date(2025, 2, 28), "sv") == f"feb{FIXED}2025"
    assert period_name(date(2025, 12, 29), date(2026, 1, 4), "sv") == f"v.{FIXED}1{FIXED}2026"
    assert period_name(date(2025, 12, 29), date(2026, 1, 4), "en") == f"wk{FIXED}1{FIXED}2026"
    assert "–" in period_name(date(2025, 1, 1), date(2025, 12, 31), "en")


def test_only_as_many_months_are_named_as_there_is_room_for():
    year = (date(2025, 1, 1), date(2025, 12, 31))
    assert len(month_marks(*year, "sv", room=600)) == 12
    assert len(month_marks(*year, "sv", room=250)) == 6
    decade = month_marks(date(2015, 3, 1), date(2025, 12, 31), "en", room=300)
    assert [name for _, _, name in decade][:2] in (["2016", "2018"], ["2016", "2017"], ["2017", "2019"])


def test_an_interval_that_is_open_on_one_side_has_one_end():
    """A median whose upper bound was not reached: there is no number to show, and none is made up."""
    assert span(130.0, None, "minutes", "en") == f"≥{FIXED}{figure(130.0, 'minutes', 'en')}"
    assert span(None, 0.5, "share", "sv") == f"≤{FIXED}{figure(0.5, 'share', 'sv')}"
