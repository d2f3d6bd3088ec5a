"""Small pictures of units: one scale, and what is not known is said in each."""

from __future__ import annotations

import re
from datetime import date

import polars as pl

from pipelines.report.charts import multiples, svg
from tests.unit.report.charts.pictures import heights, lines, of, words
from tests.unit.report.charts.test_trend import months


def units(**values):
    return pl.concat([months(*known).with_columns(unit_id=pl.lit(unit)) for unit, known in values.items()])


def drawn(frame, **given):
    return multiples(frame, by="unit_id", name="m", title="t", lang="en", unit="contacts", **given)


def panels(chart):
    return [f"{part}</svg>" for part in svg(chart).removeprefix('<ul class="chart-panels">').split("</svg>")[:-1]]


def lines_of(panel):
    return of(panel[panel.index("<svg") :], "s-data", kind="path")


def test_equal_values_stand_equally_high_in_every_panel():
    chart = drawn(units(a=(10.0, 20, 30), b=(10.0, 90, 100)))
    first, second = (lines_of(panel)[0] for panel in panels(chart))
    assert heights(first)[0] == heights(second)[0]


def test_a_unit_of_which_all_is_hidden_says_so_and_draws_nothing_at_zero():
    frame = units(a=(10.0, 20, 30), b=(None, None, None)).with_columns(
        state=pl.when(pl.col("unit_id") == "b").then(pl.lit("suppressed")).otherwise("state")
    )
    chart = drawn(frame)
    hidden = panels(chart)[1]
    picture = hidden[hidden.index("<svg") :]
    assert "hidden, too few" in words(picture)
    assert not of(picture, "f-data") + of(picture, "s-data")
    assert (chart.panels[1].summary, chart.panels[1].figure) == ("hidden, too few", "hidden, too few")


def test_a_gap_and_a_break_cut_the_line_of_a_panel():
    frame = units(a=(10.0, 20, None, 30, 40, 50))
    [panel] = panels(drawn(frame, breaks=pl.DataFrame({"break_date": [date(2025, 5, 10)]})))
    assert [len(heights(line)) for line in lines_of(panel)] == [2]
    assert sum(lines(line) for line in lines_of(panel)) == 1


def test_a_platforms_break_cuts_its_own_line_only():
    frame = pl.concat([months(10, 20, 30, 40).with_columns(platform=pl.lit(name)) for name in ("facebook", "x")])
    breaks = pl.DataFrame({"break_date": [date(2025, 3, 1)], "platform": ["x"]})
    chart = multiples(frame, by="platform", name="m", title="t", lang="en", unit="contacts", breaks=breaks)
    assert [len(lines_of(panel)) for panel in panels(chart)] == [1, 2]


def test_every_panel_has_its_own_words_and_the_table_has_them_all():
    chart = drawn(units(c=(3.0, None), b=(1.0, 2), a=(5.0, 6)), labels={"a": "älv", "b": "Å", "c": "Zeta"})
    assert [(panel.title, panel.figure) for panel in chart.panels] == [("Zeta", "no data"), ("Å", "2"), ("älv", "6")]
    assert chart.table["unit"].to_list() == ["Zeta", "Zeta", "Å", "Å", "älv", "älv"]
    assert "2 of 2 periods have a value" in chart.panels[1].summary


def test_the_scale_that_all_share_holds_the_highest_and_the_lowest_of_every_panel():
    chart = drawn(units(a=(10.0, 20, 30), b=(10.0, 90, 400)))
    low, high = (heights(lines_of(panel)[0]) for panel in panels(chart))
    for panel, found in zip(panels(chart), (low, high), strict=True):
        tall = float(re.search(r'viewBox="[\d.]+ [\d.]+ [\d.]+ ([\d.]+)"', panel)[1])
        assert all(0 <= height <= tall for height in found)
    assert min(high) < min(low), "400 stands above 30"
