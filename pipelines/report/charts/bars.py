"""Quantities side by side, each as a bar from zero with its interval; what was not measured is said and has no bar.

A bar's words stand above it and its figure behind it, so that the same picture is read on a phone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl

from pipelines.report.charts import marks
from pipelines.report.charts.axes import shortened
from pipelines.report.charts.canvas import TEXT, Canvas, Layer, Row
from pipelines.report.charts.chart import Chart
from pipelines.report.charts.figures import figure, span
from pipelines.report.charts.scales import ticks, width_of
from pipelines.report.charts.tables import numbers, records, tables, texts
from pipelines.report.charts.words import said, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines.report.charts.chart import Spec
    from pipelines.report.charts.palette import Colour
    from pipelines.wording import Language

LINE, BAR = 18, 15
"""Pixels that a line of words takes above a bar, and its own thickness."""


@dataclass(frozen=True)
class Lane:
    """One bar.

    Args:
        label: what it is of.
        told: its figure, or why there is none.
        start: where it begins; zero, or where the bar before it ended.
        end: where it ends; None for no bar.
        low: lower end of the interval of `end`; None for none.
        high: upper end.
        colour: of the bar.
    """

    label: str
    told: str
    start: float
    end: float | None
    low: float | None = None
    high: float | None = None
    colour: Colour = "data"


def bars(quantities: pl.DataFrame, *, name: str, title: str, lang: Language, unit: str) -> Chart:
    """Bars in the order of the rows.

    Args:
        quantities: `label`, `value`, `low`, `high`, `state` (as in the published tables), one row a bar.
        name: of the chart.
        title: what it shows.
        lang: of its words.
        unit: of the values.
    """
    rows = records(quantities.with_columns(pl.col("value", "low", "high").cast(pl.Float64)))
    lanes = [Lane(row["label"], _told(row, unit, lang), 0.0, row["value"], row["low"], row["high"]) for row in rows]
    largest = max((value for row in rows for value in (row["value"], row["high"]) if value is not None), default=1.0)
    smallest = min((value for row in rows for value in (row["value"], row["low"]) if value is not None), default=0.0)
    scale = ticks(min(smallest, 0.0), max(largest, 0.0) or 1.0, unit)

    def tell(value: float) -> str:
        return figure(value, unit, lang)

    table, shown = tables(
        [
            texts(say("column.quantity", lang), [row["label"] for row in rows]),
            *(
                numbers(say(f"column.{key}", lang), [row[key] for row in rows], tell)
                for key in ("value", "low", "high")
            ),
            texts(say("column.state", lang), [said("state", row["state"], lang) for row in rows]),
        ]
    )
    has_interval = any(row["low"] is not None for row in rows)
    return Chart(
        name=name,
        title=title,
        summary="; ".join(f"{row['label']}: {lane.told}" for row, lane in zip(rows, lanes, strict=True)) + ".",
        kind="bars",
        reading=say("bars.whisker", lang) if has_interval else "",
        table=table,
        shown=shown,
        spec=drawn(lanes, (scale[0], scale[-1]), 680),
        narrow=drawn(lanes, (scale[0], scale[-1]), 340),
    )


def three_numbers(touch: pl.DataFrame, *, name: str, title: str, lang: Language) -> Chart:
    """Documented, touched and incremental tips, always together.

    Args:
        touch: one row of `published.tips_touch`. For the public `documented` and `touched` may be replaced by their
            rounded twins beforehand.
        name: of the chart.
        title: what it shows.
        lang: of its words.
    """
    row = records(touch.head(1))[0]
    kinds = ("documented", "touched", "incremental")
    quantities = pl.DataFrame(
        {
            "label": [say(f"bars.{kind}", lang) for kind in kinds],
            "value": [row[kind] for kind in kinds],
            "low": [row.get(f"{kind}_low") for kind in kinds],
            "high": [row.get(f"{kind}_high") for kind in kinds],
            "state": [row[f"{kind}_state"] for kind in kinds],
        },
        schema_overrides=dict.fromkeys(("value", "low", "high"), pl.Float64),
        strict=False,
    )
    chart = bars(quantities, name=name, title=title, lang=lang, unit="tips")
    said_of_it = [say("bars.kinds", lang), chart.reading, said("remark", row.get("remark"), lang)]
    return replace(chart, reading=" ".join(part for part in said_of_it if part))


def _told(row: Row, unit: str, lang: Language) -> str:
    if row["value"] is None:
        return said("state", row["state"], lang)
    told = figure(row["value"], unit, lang)
    if row["low"] is None or row["high"] is None or row["low"] == row["high"]:
        return told
    return f"{told} ({span(row['low'], row['high'], unit, lang)})"


def drawn(lanes: Sequence[Lane], ends: tuple[float, float], width: int, *, line_at: float | None = None) -> Spec:
    """The picture of bars below each other.

    Args:
        lanes: from top to bottom.
        ends: of the scale.
        width: of the picture.
        line_at: a value to be marked through all lanes, such as a target.
    """
    told = max((width_of(lane.told, TEXT) for lane in lanes), default=0.0)
    behind = width > 500
    right = min(round(told) + 14, width // 2) if behind else 12
    words = LINE if behind else 2 * LINE
    lane_height = words + BAR + 17
    height = lane_height * len(lanes)
    canvas = Canvas(width, height + 4, 4, right, 0, 4, x=ends, y=(height, 0))
    foot: list[Row] = [{"x": max(ends[0], min(0.0, ends[1])), "y": 2, "y2": height}]
    layers: list[Layer] = [marks.strokes(canvas, foot, "line")]
    if line_at is not None:
        layers.append(marks.strokes(canvas, [{"x": line_at, "y": 2, "y2": height}], "ink", width=1.4, dash=(5, 3)))
    for index, lane in enumerate(lanes):
        top = index * lane_height + 13
        middle = top + words + BAR / 2 - 6
        label: list[Row] = [{"x": 6, "y": top, "text": shortened(lane.label, width // 7)}]
        layers.append(marks.words(canvas, label, "ink", align="left", size=TEXT, halo=True, at_pixels="x"))
        layers += _bar(canvas, lane, middle, index)
        x = _behind(canvas, lane) if behind else 6.0
        figures: list[Row] = [{"x": x, "y": middle if behind else top + LINE, "text": lane.told}]
        layers.append(marks.words(canvas, figures, "ink", align="left", size=TEXT, bold=True, halo=True, at_pixels="x"))
    return canvas.draw(layers)


def _behind(canvas: Canvas, lane: Lane) -> float:
    """The pixel behind the bar and its interval."""
    if lane.end is None:
        return _STUB + 8.0
    reached = max(value for value in (lane.start, lane.end, lane.high) if value is not None)
    return canvas.pixel_x(min(reached, canvas.x[1])) + 8


_STUB = 36.0
"""Pixels of the hatched stub that stands for a bar without a length."""


def _bar(canvas: Canvas, lane: Lane, middle: float, index: int) -> list[Layer]:
    end = canvas.x[0] + (canvas.x[1] - canvas.x[0]) / canvas.inner_width * _STUB if lane.end is None else lane.end
    start = canvas.x[0] if lane.end is None else lane.start
    rows: list[Row] = [
        {
            "x": min(start, end),
            "x2": max(start, end),
            "y": middle - BAR / 2,
            "y2": middle + BAR / 2,
            "row": marks.pointing(index),
        }
    ]
    bar = marks.boxes(canvas, rows, "hatch" if lane.end is None else lane.colour)
    if lane.end is None or lane.low is None or lane.high is None or lane.low == lane.high:
        return [bar]
    low, high = max(lane.low, canvas.x[0]), min(lane.high, canvas.x[1])
    whisker: list[Row] = [
        {"x": low, "x2": high, "y": middle},
        *({"x": foot, "y": middle - 4, "y2": middle + 4} for foot in (low, high)),
    ]
    return [
        bar,
        marks.strokes(canvas, whisker, "paper", width=3.6),
        marks.strokes(canvas, whisker, "ink", width=1.5),
    ]
