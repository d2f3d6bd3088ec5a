"""Bars with intervals, the three numbers of tips, and the gap as a waterfall."""

from __future__ import annotations

import polars as pl
import pytest

from pipelines.report.charts import Target, bars, gap, svg, three_numbers
from tests.unit.report.charts.pictures import of, wide, words

_FLOATS = dict.fromkeys(("value", "low", "high"), pl.Float64)


def corners(mark):
    """Left, right, in pixels."""
    left, _, rest = mark.at["d"].removeprefix("M").partition(",")
    return float(left), float(left) + float(rest.split("h")[1].split("v")[0])


def quantities(*rows):
    return pl.DataFrame(rows, schema=["label", "value", "low", "high", "state"], schema_overrides=_FLOATS, orient="row")


def test_bars_begin_at_zero_and_are_as_long_as_their_values():
    chart = bars(
        quantities(("a", 100.0, 90.0, 110.0, "measured"), ("b", 50.0, None, None, "measured")),
        name="b", title="t", lang="en", unit="tips",
    )  # fmt: skip
    first, second = (corners(mark) for mark in of(wide(svg(chart)), "f-data", kind="path"))
    assert first[0] == second[0] == 0
    assert first[1] == pytest.approx(2 * second[1], abs=0.2)
    assert chart.table["value"].to_list() == [100, 50]
    assert "100 (90–110)" in words(wide(svg(chart)))


def test_a_value_that_is_not_known_has_no_bar_and_is_said():
    chart = bars(
        quantities(("a", 100.0, None, None, "measured"), ("b", None, None, None, "suppressed")),
        name="b", title="t", lang="sv", unit="tips",
    )  # fmt: skip
    picture = wide(svg(chart))
    assert [mark.row for mark in of(picture, "f-data")] == [0]
    assert [mark.row for mark in of(picture, "hatched")] == [1]
    assert "dold, för få" in words(picture)
    assert chart.shown["värde"].to_list() == ["100", "–"]
    assert chart.shown["läge"].to_list()[1] == "dold, för få"


def touch(**changed):
    row = {
        "documented": 3771.0, "touched": 6054.3, "touched_low": 5822.9, "touched_high": 6321.9, "incremental": 5045.7,
        "incremental_low": 3444.4, "incremental_high": 6646.9, "documented_state": "measured",
        "touched_state": "measured", "incremental_state": "measured", "remark": None,
    }  # fmt: skip
    return pl.DataFrame([row | changed])


def test_the_three_numbers_are_shown_together_whatever_is_known_of_them():
    chart = three_numbers(touch(incremental=None, incremental_low=None, incremental_high=None,
                                incremental_state="not_estimated"), name="b", title="t", lang="en")  # fmt: skip
    assert chart.table["quantity"].to_list() == ["Documented tips", "Touched tips", "Incremental tips"]
    assert chart.table["value"].to_list() == [3771.0, 6054.3, None]
    assert "not estimated" in words(wide(svg(chart)))
    assert "touched" in chart.reading


def test_the_remark_that_most_had_come_anyhow_is_said():
    assert "another way" in three_numbers(touch(remark="mostly_channel_shift"), name="b", title="t", lang="en").reading


def effect(**changed):
    known = {
        "rr_nat": (1.0643, 1.0442, 1.0852), "coverage_gap": (0.0857, None, None), "effect_gap": (0.05, None, None),
        "coverage_gap_share": (0.63, 0.38, 0.99),
    } | changed  # fmt: skip
    rows = [
        (measure, *(ends or (None, None, None)), "measured" if ends else "missing") for measure, ends in known.items()
    ]
    return pl.DataFrame(
        rows, schema=["measure", "value", "low", "high", "state"], schema_overrides=_FLOATS, orient="row"
    )


def gap_chart(**changed):
    return gap(effect(**changed), name="g", title="t", lang="en", target=Target(">=", 1.2))


def test_the_gap_is_crossed_in_two_steps_each_beginning_where_the_one_before_ended():
    picture = wide(svg(gap_chart()))
    [reached] = (corners(mark) for mark in of(picture, "f-data", kind="path"))
    coverage, lacking = (corners(mark) for mark in of(picture, "f-other", kind="path"))
    [aim] = (corners(mark) for mark in of(picture, "f-mute", kind="path"))
    assert reached[0] == aim[0] == 0
    assert reached[1] == pytest.approx(coverage[0], abs=0.2)
    assert coverage[1] == pytest.approx(lacking[0], abs=0.2)
    assert lacking[1] == pytest.approx(aim[1], abs=0.5)
    assert (coverage[1] - coverage[0]) / aim[1] == pytest.approx(0.0857 / 0.2, abs=0.01)


def test_what_coverage_explains_of_the_gap_stands_with_its_interval():
    chart = gap_chart()
    assert "+8.6 · 63% of the gap (38–99%)" in words(wide(svg(chart)))
    assert "6.4% (4.4–8.5%)" in words(wide(svg(chart)))
    assert chart.table["value"].to_list() == pytest.approx([0.0643, 0.0857, 0.05, 0.63, 0.2])


def test_the_interval_of_a_step_begins_where_the_step_does():
    picture = wide(svg(gap_chart(coverage_gap=(0.0857, 0.04, 0.13))))
    coverage = corners(of(picture, "f-other", kind="path")[0])
    pixels = (coverage[1] - coverage[0]) / 0.0857
    through = [mark.at["d"] for mark in of(picture, "s-ink") if mark.at.get("stroke-width") == "1.5"]
    ends = [[float(place.split(",")[0]) for place in path[1:].split("L")] for path in through]
    assert [coverage[0] + 0.04 * pixels, coverage[0] + 0.13 * pixels] in [pytest.approx(pair, abs=0.3) for pair in ends]


def test_a_gap_that_cannot_be_estimated_has_no_steps():
    chart = gap_chart(rr_nat=None, coverage_gap=None, effect_gap=None, coverage_gap_share=None)
    picture = wide(svg(chart))
    assert not of(picture, "f-data") + of(picture, "f-other")
    assert words(picture).count("no data") == 3
    assert chart.table["value"].to_list() == [None, None, None, None, pytest.approx(0.2)]


def test_a_step_back_is_told_with_its_sign():
    picture = wide(svg(gap_chart(rr_nat=(1.14, 1.1, 1.2), effect_gap=(-0.0257, None, None))))
    assert "\u22122.6" in words(picture)
    coverage, back = (corners(mark) for mark in of(picture, "f-other", kind="path"))
    assert back[1] == pytest.approx(coverage[1], abs=0.2)
    assert back[0] < coverage[1]
