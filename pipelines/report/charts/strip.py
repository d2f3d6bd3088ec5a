"""Posts of one goal at the same age: a point each, in a lane for each platform or kind, with the lane's middle."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

import polars as pl

from pipelines.report.charts import marks
from pipelines.report.charts.axes import shortened
from pipelines.report.charts.canvas import SMALL, TEXT, Canvas, Layer, Row
from pipelines.report.charts.chart import Chart
from pipelines.report.charts.figures import figure
from pipelines.report.charts.scales import ticks, width_of
from pipelines.report.charts.tables import numbers, records, tables, texts
from pipelines.report.charts.words import said, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines.report.charts.chart import Spec
    from pipelines.wording import Language

_SIZES = ((120, 74, 3.2), (400, 92, 2.4), (10**9, 116, 1.9))
"""Up to how many posts in a lane, its pixels with the words above, and the radius of its points."""

_BELOW = 24
"""Pixels of the words above the points."""


def strip(posts: pl.DataFrame, *, name: str, title: str, lang: Language, unit: str, counted: str) -> Chart:
    """All posts by one figure at the same age, so that young posts look no worse than old ones.

    Args:
        posts: `lane` (what stands beside it, such as the platform), `value`, `state` and `label` (what the post is
            called in the table: its date, say, never others' words), and `marked` (true for the few to be told apart,
            such as those above a line that the page explains). Posts without a value are in the table, not in a lane.
        name: of the chart.
        title: what it shows.
        lang: of its words.
        unit: of the values.
        counted: what the scale counts, such as "contacts within 7 days".
    """
    rows = records(posts.with_columns(pl.col("value").cast(pl.Float64)).sort("lane", "value", "label", nulls_last=True))

    def tell(value: float) -> str:
        return figure(value, unit, lang)

    table, shown = tables(
        [
            texts(say("column.post", lang), [row["label"] for row in rows]),
            texts(say("column.lane", lang), [row["lane"] for row in rows]),
            numbers(counted, [row["value"] for row in rows], tell),
            texts(say("column.state", lang), [said("state", row["state"], lang) for row in rows]),
        ]
    )
    lanes = _lanes(rows)
    middles = [f"{lane}: {_told(values, unit, lang)}" for lane, values in lanes.items()]
    return Chart(
        name=name,
        title=title,
        summary=f"{counted}. {'; '.join(middles)}.",
        kind="strip",
        reading=say("strip.reading", lang),
        table=table,
        shown=shown,
        spec=_spec(680, rows, lanes, counted, unit, lang),
        narrow=_spec(340, rows, lanes, counted, unit, lang),
    )


def _lanes(rows: Sequence[Row]) -> dict[str, list[float]]:
    """The known values of each lane, in the lanes' order."""
    lanes: dict[str, list[float]] = {}
    for row in rows:
        values = lanes.setdefault(row["lane"], [])
        if row["value"] is not None:
            values.append(row["value"])
    return lanes


def _told(values: Sequence[float], unit: str, lang: Language) -> str:
    if not values:
        return said("state", "missing", lang)
    return say("strip.median", lang, posts=len(values), median=figure(median(values), unit, lang))


def _spec(  # noqa: PLR0917 - both widths of one picture
    width: int, rows: Sequence[Row], lanes: dict[str, list[float]], counted: str, unit: str, lang: Language
) -> Spec:
    largest = max((value for values in lanes.values() for value in values), default=1.0) or 1.0
    most = max((len(values) for values in lanes.values()), default=0)
    _, lane_height, radius = next(size for size in _SIZES if most <= size[0])
    height = lane_height * len(lanes)
    canvas = Canvas(width, height + 48, 6, 24, 0, 48, x=(0.0, largest * 1.02), y=(height, 0), power=0.5)
    layers: list[Layer] = [*_scale(canvas, largest, counted, unit, lang)]
    for index, (lane, values) in enumerate(lanes.items()):
        top = index * lane_height
        centre = top + _BELOW + (lane_height - _BELOW) / 2
        points: list[Row] = [
            {"x": row["value"], "row": marks.pointing(number), "marked": bool(row.get("marked"))}
            for number, row in enumerate(rows)
            if row["lane"] == lane and row["value"] is not None
        ]
        for point, off in zip(
            points,
            _swarm([canvas.pixel_x(point["x"]) for point in points], (lane_height - _BELOW) / 2, radius),
            strict=True,
        ):
            point["y"] = centre + off
        plain, marked = ([point for point in points if point["marked"] is which] for which in (False, True))
        label: list[Row] = [{"x": 0, "y": top + 15, "text": f"{shortened(lane, 24)}: {_told(values, unit, lang)}"}]
        layers += [
            marks.dots(canvas, plain, "data", size=radius**2 * 3.14, ringed=True, width=0.7),
            marks.dots(canvas, marked, "other", shape="diamond", size=70, ringed=True, width=1),
            marks.words(canvas, label, "ink", align="left", size=TEXT, halo=True, at_pixels="x"),
        ]
        if values:
            middle: list[Row] = [{"x": median(values), "y": top + _BELOW, "y2": top + lane_height - 2}]
            layers.append(marks.strokes(canvas, middle, "ink", width=2))
    return canvas.draw(layers)


def _scale(canvas: Canvas, largest: float, counted: str, unit: str, lang: Language) -> list[Layer]:
    """Round values, closer together where the square root draws them together."""
    foot = canvas.inner_height
    candidates = [0.0, *(largest * share for share in (0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 1.0))]
    rounded = sorted({ticks(0, value, unit)[-1] if value else 0.0 for value in candidates})
    kept: list[float] = []
    for value in rounded:
        words = width_of(figure(value, unit, lang), SMALL)
        free = not kept or canvas.pixel_x(value) - canvas.pixel_x(kept[-1]) > words + 12
        if free and value <= canvas.x[1]:
            kept.append(value)
    lines: list[Row] = [{"x": value, "y": 0, "y2": foot} for value in kept]
    labels: list[Row] = [{"x": value, "y": foot + 14, "text": figure(value, unit, lang)} for value in kept]
    caption: list[Row] = [{"x": canvas.inner_width, "y": foot + 32, "text": f"{shortened(counted, 44)} →"}]
    return [
        marks.strokes(canvas, lines, "grid"),
        marks.words(canvas, labels, at_pixels=""),
        marks.words(canvas, caption, align="right", at_pixels="x"),
    ]


def _swarm(places: Sequence[float], room: float, radius: float) -> list[float]:
    """How far from the lane's middle each point stands, so that as few as can be lie on others; the same every time.

    Args:
        places: of the points along the lane in pixels, rising.
        room: pixels to each side of the middle.
        radius: of a point.
    """
    steps = [0.0]
    while steps[-1] + 2 * radius + 1 <= room:
        steps.append(steps[-1] + radius)
    offsets = sorted({side * step for step in steps for side in (1, -1)}, key=lambda off: (abs(off), off))
    last_at: dict[float, float] = {}
    placed: list[float] = []
    for place in places:
        clear = [off for off in offsets if place - last_at.get(off, -1e9) >= 2 * radius]
        off = clear[0] if clear else min(offsets, key=lambda off: (last_at[off], abs(off), off))
        for near in offsets:
            if abs(near - off) < 2 * radius:
                last_at[near] = max(last_at.get(near, -1e9), place if near == off else place - radius)
        placed.append(off)
    return placed
