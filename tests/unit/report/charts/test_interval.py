"""The picture of one KPI: what it shows is what its row says."""

from __future__ import annotations

import polars as pl
import pytest

from pipelines.report.charts import interval, svg
from tests.unit.report.charts.pictures import marks, of, words

_ROW = {
    "value": 0.8, "low": 0.75, "high": 0.85, "interval_kind": "wilson", "target_op": ">=", "target_value": 0.7,
    "verdict": "met", "state": "measured",
}  # fmt: skip


def drawn(lang="en", unit="share", **changed):
    floats = dict.fromkeys(("value", "low", "high", "target_value"), pl.Float64)
    kpi = pl.DataFrame([_ROW | changed], schema_overrides=floats)
    return interval(kpi, name="a2", title="Answered within a day", lang=lang, unit=unit)


def test_value_interval_and_target_stand_where_the_scale_puts_them():
    picture = svg(drawn())
    [point] = of(picture, "f-met", kind="circle")
    ends = sorted(float(mark.at["d"].split(",")[0][1:]) for mark in of(picture, "s-met", kind="path"))
    assert float(point.at["cx"]) == pytest.approx(0.8 * 306, abs=0.1)
    assert ends[0] == pytest.approx(0.75 * 306, abs=0.1)
    assert ends[-1] == pytest.approx(0.85 * 306, abs=0.1)
    assert f"M{0.7 * 306:.1f}," in of(picture, "s-ink")[0].at["d"]


@pytest.mark.parametrize(
    ("verdict", "word"),
    [("met", "met"), ("not_met", "not met"), ("insufficient_evidence", "insufficient evidence")],
)
def test_each_verdict_is_said_in_a_word_beside_the_value(verdict, word):
    assert f"80% · {word}" in words(svg(drawn(verdict=verdict)))


def test_insufficient_evidence_is_hollow_and_not_met_is_no_circle():
    unsure, missed = svg(drawn(verdict="insufficient_evidence")), svg(drawn(verdict="not_met"))
    assert [mark.classes >= {"f-paper", "s-unsure"} for mark in marks(unsure) if mark.kind == "circle"] == [True]
    assert not [mark for mark in marks(missed) if mark.kind == "circle"]


def test_less_is_better_points_the_arrow_and_the_thick_side_to_less():
    more, less = drawn(), drawn(target_op="<=")
    assert "target: at most 70%" in words(svg(less))
    tips = [
        max(float(mark.at["d"].split("L")[1].split(",")[0]) for mark in of(svg(chart), "s-ink"))
        for chart in (more, less)
    ]
    assert tips[0] > 0.7 * 306 + 1 > tips[1] - 1


def test_a_suppressed_value_is_hatched_and_told_and_nowhere_at_zero():
    picture = svg(drawn(value=None, low=None, high=None, state="suppressed", verdict="insufficient_evidence"))
    assert "hidden, too few" in words(picture)
    assert of(picture, "hatched")
    assert not [mark for mark in marks(picture) if mark.kind == "circle" or mark.row is not None]


def test_bounds_have_two_ends_and_no_point():
    picture = svg(drawn(value=0.1, low=0.1, high=0.4, interval_kind="bounds", verdict=None, target_value=None))
    assert "10–40%" in words(picture)
    assert not [mark for mark in marks(picture) if mark.kind == "circle"]
    assert drawn(value=0.1, low=0.1, high=0.4, interval_kind="bounds").shown["state"].to_list() == ["bounds only"]


def test_the_table_holds_what_is_drawn_in_numbers_and_in_the_languages_manner():
    chart = drawn(lang="sv", value=0.79786, low=0.782, high=0.8128)
    assert chart.table.row(0) == (0.79786, 0.782, 0.8128, 0.7, "uppfyllt", "mätt")
    assert chart.shown.row(0) == ("79,8\u00a0%", "78,2\u00a0%", "81,3\u00a0%", "70\u00a0%", "uppfyllt", "mätt")
    assert chart.summary == "79,8\u00a0%; osäkerhet 78,2–81,3\u00a0%; mål: minst 70\u00a0%; uppfyllt."


@pytest.mark.parametrize("value", [0.0, 0.001, 0.5, 1.0, 1234567.0])
def test_nothing_is_drawn_outside_of_the_picture(value):
    picture = svg(drawn(value=value, low=value * 0.9, high=value * 1.1, unit="tips"))
    for mark in marks(picture):
        if mark.kind == "circle":
            assert 0 <= float(mark.at["cx"]) <= 306
