"""How long things take: the law of tips' lag as a curve, and response times as far as their quantiles tell them."""

from __future__ import annotations

import math
from itertools import pairwise
from statistics import NormalDist
from typing import TYPE_CHECKING

from pipelines.report.charts import marks
from pipelines.report.charts.axes import value_axis
from pipelines.report.charts.canvas import TEXT, Canvas, Layer, Row
from pipelines.report.charts.chart import Chart
from pipelines.report.charts.figures import figure
from pipelines.report.charts.scales import ticks, width_of
from pipelines.report.charts.tables import numbers, records, tables, texts
from pipelines.report.charts.words import said, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from pipelines.report.charts.chart import Spec
    from pipelines.wording import Language

_SHARES = (50, 80, 95)
_SHARE_MARKS = [0.0, 0.25, 0.5, 0.75, 1.0]


def lag_law(lag: pl.DataFrame, *, name: str, title: str, lang: Language) -> Chart:
    """The share of an appeal's tips that has come after so many hours, by the fitted lognormal law.

    Args:
        lag: `published.tips_lag`: `measure`, `value`, `low`, `high`, `reason`.
        name: of the chart.
        title: what it shows.
        lang: of its words.
    """
    rows: dict[str, Row] = {row["measure"]: row for row in records(lag)}
    quantiles = [{**rows.get(f"p{share}_hours", _ABSENT), "share": share / 100} for share in _SHARES]
    curve: list[tuple[float, float]] = []
    median, sigma = (rows.get(key, _ABSENT)["value"] for key in ("p50_hours", "sigma"))
    last = _last(quantiles)
    if median and sigma:
        law = NormalDist(math.log(median), sigma)
        curve = [(0.0, 0.0)] + [(last * step / 96, law.cdf(math.log(last * step / 96))) for step in range(1, 97)]
    return _chart(quantiles, name=name, title=title, lang=lang, unit="hours", curve=curve, key="lag.tips", kind="lag")


def waiting(responses: pl.DataFrame, *, name: str, title: str, lang: Language) -> Chart:
    """The share of questions answered after so many minutes, open ones counted as open (Kaplan-Meier).

    Three points of the curve are published; between two of them it lies anywhere in the shaded step.

    Args:
        responses: one row of `published.response_time`: `p50`, `p80`, `p95` with their ends.
        name: of the chart.
        title: what it shows.
        lang: of its words.
    """
    row = records(responses.head(1))[0]
    quantiles: list[Row] = [
        {
            "value": row[f"p{share}"],
            "low": row[f"p{share}_low"],
            "high": row[f"p{share}_high"],
            "share": share / 100,
            "reason": None if row[f"p{share}"] is not None else "never",
        }
        for share in _SHARES
    ]
    return _chart(
        quantiles, name=name, title=title, lang=lang, unit="minutes", curve=[], key="lag.answers", kind="waiting"
    )


_ABSENT: Row = {"value": None, "low": None, "high": None, "reason": "missing"}


def _last(quantiles: Sequence[Row]) -> float:
    """The end of the scale: beyond the last quantile, and its interval if that is not much longer."""
    known = [row for row in quantiles if row["value"] is not None]
    if not known:
        return 1.0
    furthest = max(row["value"] for row in known)
    ends = [row["high"] for row in known if row["high"] is not None and row["high"] < 2 * furthest]
    return max([furthest * 1.2, *ends])


def _chart(
    quantiles: list[Row],
    *,
    name: str,
    title: str,
    lang: Language,
    unit: str,
    curve: list[tuple[float, float]],
    key: str,
    kind: str,
) -> Chart:
    def tell(value: float) -> str:
        return figure(value, unit, lang)

    table, shown = tables(
        [
            numbers(say(key, lang), [row["share"] for row in quantiles], lambda share: figure(share, "share", lang)),
            numbers(say("lag.within", lang), [row["value"] for row in quantiles], tell),
            numbers(say("column.low", lang), [row["low"] for row in quantiles], tell),
            numbers(say("column.high", lang), [row["high"] for row in quantiles], tell),
            texts(say("column.remark", lang), [said("reason", row["reason"], lang) for row in quantiles]),
        ]
    )
    told = [_told(row, unit, lang) for row in quantiles]
    wide, narrow = (
        _spec(size, quantiles, curve=curve, told=told, unit=unit, lang=lang) for size in ((680, 300), (340, 260))
    )
    return Chart(
        name=name,
        title=title,
        summary=f"{say(key, lang)}: {'; '.join(told)}.",
        kind=kind,
        reading=say("lag.curve" if curve else "lag.steps", lang),
        table=table,
        shown=shown,
        spec=wide,
        narrow=narrow,
    )


def _told(row: Row, unit: str, lang: Language) -> str:
    share = figure(row["share"], "share", lang)
    if row["value"] is None:
        return f"{share}: {said('reason', row['reason'], lang)}"
    return say("lag.point", lang, share=share, value=figure(row["value"], unit, lang))


def _spec(
    size: tuple[int, int],
    quantiles: list[Row],
    *,
    curve: list[tuple[float, float]],
    told: list[str],
    unit: str,
    lang: Language,
) -> Spec:
    width, height = size
    scale = ticks(0, _last(quantiles), unit, at_most=7 if width > 500 else 5)
    canvas = Canvas(width, height, 52, 16, 12, 44, x=(0.0, scale[-1]), y=(0.0, 1.0))
    labels: list[Row] = [{"x": mark, "y": canvas.inner_height + 14, "text": figure(mark, unit, lang)} for mark in scale]
    points: list[Row] = [
        {"x": row["value"], "y": row["share"], "row": marks.pointing(index)}
        for index, row in enumerate(quantiles)
        if row["value"] is not None
    ]
    layers: list[Layer] = [*_possible(canvas, quantiles), *value_axis(canvas, _SHARE_MARKS, "share", lang)]
    layers += [
        marks.words(canvas, labels, at_pixels="y"),
        marks.line(canvas, [{"x": x, "y": y, "part": 0} for x, y in curve], "data"),
        *_uncertain(canvas, quantiles),
        marks.dots(canvas, points, "data", size=70, ringed=True),
        *_labelled(canvas, quantiles, told),
    ]
    return canvas.draw(layers)


def _possible(canvas: Canvas, quantiles: Sequence[Row]) -> list[Layer]:
    """Where a curve through the points can lie, since it never falls: between each point's share and the next one's."""
    stairs: list[tuple[float, float]] = [(0.0, 0.0)]
    stairs += [(row["value"], row["share"]) for row in quantiles if row["value"] is not None]
    boxes: list[Row] = [{"x": x, "x2": x2, "y": y, "y2": y2} for (x, y), (x2, y2) in pairwise(stairs)]
    if len(stairs) > 1 and stairs[-1][0] < canvas.x[1]:
        following = next((row["share"] for row in quantiles if row["share"] > stairs[-1][1]), 1.0)
        boxes.append({"x": stairs[-1][0], "x2": canvas.x[1], "y": stairs[-1][1], "y2": following})
    return [marks.boxes(canvas, boxes, "band")]


def _uncertain(canvas: Canvas, quantiles: Sequence[Row]) -> list[Layer]:
    """Each point's interval, along time; one whose upper end is not known goes on to the edge, without a foot."""
    through: list[Row] = []
    feet: list[Row] = []
    step = 6 / canvas.inner_height
    for row in quantiles:
        if row["value"] is None or row["low"] is None:
            continue
        high = canvas.x[1] if row["high"] is None else min(row["high"], canvas.x[1])
        through.append({"x": row["low"], "x2": high, "y": row["share"]})
        ends = [row["low"]] if row["high"] is None or row["high"] > canvas.x[1] else [row["low"], row["high"]]
        feet += [{"x": end, "y": row["share"] - step, "y2": row["share"] + step} for end in ends]
    return [marks.strokes(canvas, through, "data", width=2.4), marks.strokes(canvas, feet, "data", width=1.6)]


def _labelled(canvas: Canvas, quantiles: Sequence[Row], told: Sequence[str]) -> list[Layer]:
    """Each point's words, to the right below it, or to the left above where there is no room."""
    layers: list[Layer] = []
    for row, words in zip(quantiles, told, strict=True):
        if row["value"] is None:
            end: list[Row] = [{"x": canvas.inner_width - 4, "y": row["share"], "text": words}]
            layers.append(marks.words(canvas, end, align="right", halo=True, move=(0, 11), at_pixels="x"))
            continue
        x = canvas.pixel_x(row["value"])
        fits = x + 10 + width_of(words, TEXT) < canvas.inner_width + canvas.right
        place: list[Row] = [{"x": x + (10 if fits else 0), "y": row["share"], "text": words}]
        align: marks.Align = "left" if fits else "right"
        layers.append(marks.words(canvas, place, "ink", align=align, size=TEXT, halo=True, move=(0, 15), at_pixels="x"))
    return layers
