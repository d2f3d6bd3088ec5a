"""Curves of time: the law of tips' lag, and what quantiles tell of response times."""

from __future__ import annotations

import math

import polars as pl
import pytest

from pipelines.report.charts import lag_law, svg, waiting
from tests.unit.report.charts.pictures import heights, marks, of, wide, words


def lag(median=10.0, sigma=1.1, reason=None):
    spread = {"p50_hours": 0.0, "p80_hours": 0.8416212, "p95_hours": 1.6448536}
    rows = [
        (
            key,
            None if median is None else median * math.exp(sigma * z),
            None if median is None else median * 0.9,
            None if median is None else 1.2 * median * math.exp(sigma * z),
            reason,
        )
        for key, z in spread.items()
    ]
    rows.append(("sigma", sigma, None, None, reason))
    return pl.DataFrame(
        rows,
        schema=["measure", "value", "low", "high", "reason"],
        orient="row",
        schema_overrides=dict.fromkeys(("value", "low", "high"), pl.Float64),
    )


def test_the_curve_goes_through_the_points_of_the_law():
    picture = wide(svg(lag_law(lag(), name="l", title="t", lang="en")))
    [curve] = [mark for mark in of(picture, "s-data", kind="path") if mark.at.get("stroke-width") == "2.2"]
    track = [(float(x), float(y)) for x, y in (pair.split(",") for pair in curve.at["d"][1:].split("L"))]
    points = [mark for mark in marks(picture) if mark.kind == "circle"]
    assert [mark.row for mark in points] == [0, 1, 2]
    for point in points:
        x, y = float(point.at["cx"]), float(point.at["cy"])
        (x0, y0), (x1, y1) = max(p for p in track if p[0] <= x), min(p for p in track if p[0] >= x)
        assert y == pytest.approx(y0 if x0 == x1 else y0 + (y1 - y0) * (x - x0) / (x1 - x0), abs=1.0)


def test_a_law_that_could_not_be_fitted_draws_no_curve_and_says_why():
    chart = lag_law(lag(None, None, "small_n"), name="l", title="t", lang="sv")
    picture = wide(svg(chart))
    assert not [mark for mark in marks(picture) if mark.kind == "circle"]
    assert not of(picture, "s-data")
    assert "50\u00a0%: för få tips" in words(picture)
    assert chart.shown["anmärkning"].to_list() == ["för få tips"] * 3


def answers(**changed):
    row = {"p50": 130.0, "p50_low": 120.0, "p50_high": 140.0, "p80": 1500.0, "p80_low": 1350.0, "p80_high": 2000.0,
           "p95": None, "p95_low": None, "p95_high": None}  # fmt: skip
    return pl.DataFrame([row | changed], schema=dict.fromkeys(row, pl.Float64))


def test_between_two_known_points_the_curve_may_lie_anywhere_and_is_not_drawn():
    picture = wide(svg(waiting(answers(), name="w", title="t", lang="en")))
    assert not [mark for mark in of(picture, "s-data") if mark.at.get("stroke-width") == "2.2"]
    assert len(of(picture, "f-band", kind="path")) == 3
    assert [mark.row for mark in marks(picture) if mark.kind == "circle"] == [0, 1]


def test_a_share_that_was_never_reached_is_said_and_has_no_point():
    chart = waiting(answers(), name="w", title="t", lang="en")
    assert "95%: not reached" in words(wide(svg(chart)))
    assert chart.table["within"].to_list() == [130.0, 1500.0, None]
    assert chart.shown["within"].to_list() == ["2\u00a0h\u00a010\u00a0min", "25\u00a0h", "–"]


def test_an_open_interval_has_a_foot_at_its_lower_end_only():
    def feet(chart):
        return [mark for mark in of(wide(svg(chart)), "s-data") if len(set(heights(mark))) == 2]

    closed = waiting(answers(), name="w", title="t", lang="en")
    open_ended = waiting(answers(p80_high=None), name="w", title="t", lang="en")
    assert len(feet(closed)) - len(feet(open_ended)) == 1
