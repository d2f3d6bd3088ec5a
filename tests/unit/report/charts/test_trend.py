"""A KPI over time: gaps are gaps, no line crosses a break, and what is drawn is what the table holds."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import pytest

from pipelines.report.charts import Target, svg, trend
from tests.unit.report.charts.pictures import heights, lines, marks, of, wide, words

_SCHEMA = {
    "period_start": pl.Date, "period_end": pl.Date, "value": pl.Float64, "low": pl.Float64, "high": pl.Float64,
    "state": pl.String, "reasons": pl.String,
}  # fmt: skip


def months(*values, **changed):
    rows = []
    for index, value in enumerate(values):
        start = date(2025, index + 1, 1)
        end = (start + timedelta(days=32)).replace(day=1) - timedelta(days=1)
        known = (
            {"low": None, "high": None, "state": "missing"}
            if value is None
            else {"low": value - 5, "high": value + 5, "state": "measured"}
        )
        rows.append({"period_start": start, "period_end": end, "value": value, "reasons": "", **known})
    for key, (index, value) in changed.items():
        rows[index][key] = value
    return pl.DataFrame(rows, schema=_SCHEMA)


def drawn(periods, lang="en", **given):
    return trend(periods, name="p1", title="Contacts", lang=lang, unit="contacts", **given)


def breaks(day):
    return pl.DataFrame(
        {"break_date": [day], "platform": ["facebook"], "old_definition": ["impressions"], "new_definition": ["views"]}
    )


def main_lines(picture):
    return [mark for mark in of(wide(picture), "s-data", kind="path") if mark.at.get("stroke-width") == "2.2"]


def test_a_whole_year_is_one_line_through_all_its_values():
    values = [50.0, 60, 55, 70, 65, 80, 75, 90, 85, 100, 95, 110]
    picture = svg(drawn(months(*values)))
    [line] = main_lines(picture)
    ys = heights(line)
    assert lines(line) == 1
    assert len(ys) == 12
    pixels = (ys[0] - ys[11]) / (110 - 50)
    assert [round(50 + (ys[0] - y) / pixels) for y in ys] == values


def test_a_month_that_was_not_read_is_a_gap_between_two_lines_and_is_said():
    chart = drawn(months(50, 60, None, 70, 80))
    picture = svg(chart)
    assert sum(lines(line) for line in main_lines(picture)) == 2
    assert of(wide(picture), "hatched")[0].row == 2
    assert "no data" in words(wide(picture))
    assert chart.table["value"].to_list() == [50, 60, None, 70, 80]
    assert chart.shown["state"].to_list()[2] == "no data"
    assert "1 of 5 periods have no value" in chart.summary


def test_a_missing_value_has_no_point_anywhere_and_least_of_all_at_zero():
    picture = wide(svg(drawn(months(5, None, 9))))
    points = [mark for mark in marks(picture) if mark.kind == "circle"]
    assert {mark.row for mark in points} == {0, 2}
    foot = max(y for mark in of(picture, "s-line") for y in heights(mark))
    assert all(float(point.at["cy"]) < foot for point in points)


def test_a_month_without_a_row_is_a_gap_too():
    picture = svg(drawn(months(50, 60, 65, 70, 80).filter(pl.col("value") != 65)))
    assert sum(lines(line) for line in main_lines(picture)) == 2


def test_no_line_crosses_a_break_whether_it_falls_between_months_or_inside_one():
    values = [50.0, 60, 55, 70, 65, 80]
    between = svg(drawn(months(*values), breaks=breaks(date(2025, 4, 1))))
    inside = svg(drawn(months(*values), breaks=breaks(date(2025, 4, 10))))
    assert [len(heights(line)) for line in main_lines(between)] == [3, 3]
    assert sorted(len(heights(line)) for line in main_lines(inside)) == [2, 3]
    assert "facebook: new definition" in words(wide(inside))


def test_a_break_before_or_after_all_periods_cuts_nothing_and_is_not_drawn():
    for day in (date(2024, 12, 31), date(2025, 1, 1), date(2026, 1, 1)):
        picture = svg(drawn(months(50, 60, 55), breaks=breaks(day)))
        assert sum(lines(line) for line in main_lines(picture)) == 1


def test_a_note_is_shown_and_cuts_nothing():
    notes = pl.DataFrame({"date": [date(2025, 2, 10)], "text": ["Campaign"]})
    chart = drawn(months(50, 60, 55), notes=notes)
    assert sum(lines(line) for line in main_lines(svg(chart))) == 1
    assert "Campaign" in words(wide(svg(chart)))
    assert chart.table["remark"].to_list() == [None, "Campaign", None]


def test_a_figure_that_may_change_is_hollow():
    picture = wide(svg(drawn(months(50, 60, 55, reasons=(2, "not_settled")))))
    assert [mark.row for mark in of(picture, "f-paper", "s-data", kind="circle")] == [2]


def test_the_target_is_drawn_at_its_value_and_its_arrow_points_to_the_good_side():
    more = words(wide(svg(drawn(months(50, 60, 55), target=Target(">=", 40)))))
    less = words(wide(svg(drawn(months(50, 60, 55), target=Target("<=", 40)))))
    assert "↑ target: at least 40" in more
    assert "↓ target: at most 40" in less


def test_one_period_and_none_are_drawn_without_an_error():
    assert "60" in words(wide(svg(drawn(months(60)))))
    assert svg(drawn(months())).count("<svg") == 2
    assert drawn(months(None, None)).summary == "No period has a value."


@pytest.mark.parametrize("lang", ["sv", "en"])
def test_wide_and_narrow_show_the_same_periods(lang):
    picture = svg(drawn(months(50, 60, None, 70), lang=lang))
    narrow = picture.removeprefix(wide(picture))
    shown = [{mark.row for mark in marks(part) if mark.row is not None} for part in (wide(picture), narrow)]
    assert shown[0] == shown[1] == {0, 1, 2, 3}
