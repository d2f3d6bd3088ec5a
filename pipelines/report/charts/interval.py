"""A KPI at a glance: its value, how sure it is, and on which side of the target it lies. Fits a cell of a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.report.charts import marks
from pipelines.report.charts.canvas import SMALL, Canvas, Layer, Row
from pipelines.report.charts.chart import Chart
from pipelines.report.charts.figures import figure, is_percent, span
from pipelines.report.charts.scales import value_range, width_of
from pipelines.report.charts.tables import numbers, records, tables, texts
from pipelines.report.charts.words import said, say

if TYPE_CHECKING:
    import polars as pl

    from pipelines.report.charts.palette import Colour
    from pipelines.wording import Language

_WIDTH, _HEIGHT, _EDGE = 320, 72, 7
_MIDDLE = 36
"""Pixels from the top to the line that value and interval lie on."""

_LOOKS: dict[str | None, tuple[Colour, marks.Shape, bool]] = {
    "met": ("met", "circle", False),
    "not_met": ("not_met", "diamond", False),
    "insufficient_evidence": ("unsure", "circle", True),
}
"""Colour, shape and hollow or not: two signs at least for each verdict, and its word."""


def interval(kpi: pl.DataFrame, *, name: str, title: str, lang: Language, unit: str) -> Chart:
    """The picture of one KPI against its target.

    Args:
        kpi: one row of `published.goal_scorecard`: `value`, `low`, `high`, `interval_kind`, `target_op`,
            `target_value`, `verdict`, `state`.
        name: of the chart.
        title: what it shows.
        lang: of its words.
        unit: of the values, from `published.kpi_basis`.
    """
    row = records(kpi.head(1))[0]
    canvas = Canvas(_WIDTH, _HEIGHT, _EDGE, _EDGE, 0, 0, x=_ends(row, unit), y=(_HEIGHT, 0))
    state = _state(row)
    told = _told(row, state, unit, lang)
    drawn: list[Layer] = [
        _track(canvas, row, state),
        *_target(canvas, row, unit, lang),
        *_figure(canvas, row, state, told, lang),
    ]
    table, shown = _tables(row, state, unit, lang)
    return Chart(
        name=name,
        title=title,
        summary=_summary(row, told, unit, lang),
        kind="interval",
        table=table,
        shown=shown,
        spec=canvas.draw([*drawn, *_scale(canvas, row, unit, lang)]),
    )


def _ends(row: Row, unit: str) -> tuple[float, float]:
    """The two ends of the scale: from nothing to beyond all that is shown; shares, unless they are small, to 100 %."""
    shown = [row["value"], row["low"], row["high"], row["target_value"]]
    marks_of_scale = value_range(shown, unit, zero=True)
    low, high = marks_of_scale[0], marks_of_scale[-1]
    largest = max((value for value in shown if value is not None), default=high)
    if is_percent(unit) and 0.2 < largest <= 1:
        return low, 1.0
    if largest > low + 0.95 * (high - low):
        high += marks_of_scale[1] - marks_of_scale[0]
    return low, high


def _state(row: Row) -> str:
    """The row's state; `bounded` too where value is but the lower of two bounds."""
    if row["state"] == "measured" and row["interval_kind"] == "bounds":
        return "bounded"
    return str(row["state"])


def _told(row: Row, state: str, unit: str, lang: Language) -> str:
    """The figure in words: a value, two bounds, or why there is none."""
    if state == "bounded":
        return span(row["low"], row["high"], unit, lang)
    return said("state", state, lang) if row["value"] is None else figure(row["value"], unit, lang)


def _aim(row: Row, unit: str, lang: Language) -> str:
    key = "interval.at_most" if row["target_op"] == "<=" else "interval.at_least"
    return say(key, lang, target=figure(row["target_value"], unit, lang))


def _summary(row: Row, told: str, unit: str, lang: Language) -> str:
    parts = [told]
    if row["value"] is not None and row["low"] != row["high"]:
        parts.append(say("interval.interval", lang, span=span(row["low"], row["high"], unit, lang)))
    if row["target_value"] is not None:
        parts.append(_aim(row, unit, lang))
    if row["verdict"]:
        parts.append(said("verdict", row["verdict"], lang))
    sentence = "; ".join(parts)
    return sentence[:1].upper() + sentence[1:] + "."


def _track(canvas: Canvas, row: Row, state: str) -> Layer:
    """The scale as a bar, thicker on the target's good side; hatched where there is no figure."""
    low, high = canvas.x
    if state in {"missing", "suppressed"}:
        return marks.boxes(canvas, [{"x": low, "x2": high, "y": _MIDDLE - 5, "y2": _MIDDLE + 5}], "hatch")
    target = row["target_value"]
    edge = high if target is None else target
    good_is_low = row["target_op"] == "<="
    parts: list[Row] = [
        {"x": start, "x2": end, "y": _MIDDLE - reach, "y2": _MIDDLE + reach}
        for start, end, reach in ((low, edge, 5 if good_is_low else 2), (edge, high, 2 if good_is_low else 5))
        if start < end
    ]
    return marks.boxes(canvas, parts, "grid")


def _figure(canvas: Canvas, row: Row, state: str, told: str, lang: Language) -> list[Layer]:
    """Interval, value, and both in words with the verdict."""
    name, shape, hollow = _LOOKS.get(row["verdict"], ("data", "circle", False))
    drawn: list[Layer] = []
    low, high = row["low"], row["high"]
    if low is not None and high is not None and low < high:
        extent: list[Row] = [{"x": low, "x2": high, "y": _MIDDLE, "row": marks.pointing(0)}]
        if state == "bounded":
            drawn += _bounds(canvas, low, high, name)
        else:
            caps: list[Row] = [{"x": end, "y": _MIDDLE - 8, "y2": _MIDDLE + 8} for end in (low, high)]
            drawn += [marks.strokes(canvas, extent, name, width=4), marks.strokes(canvas, caps, name, width=1.6)]
    place = canvas.inner_width / 2
    if row["value"] is not None and state != "bounded":
        point: list[Row] = [{"x": row["value"], "y": _MIDDLE, "row": marks.pointing(0)}]
        size = 120 if shape == "diamond" else 100
        drawn.append(marks.dots(canvas, point, name, shape=shape, size=size, hollow=hollow, ringed=True, width=2))
        place = canvas.pixel_x(row["value"])
    elif low is not None and high is not None:
        place = canvas.pixel_x((low + high) / 2)
    verdict = said("verdict", row["verdict"], lang)
    words = f"{told} · {verdict}" if verdict and state not in {"missing", "suppressed"} else told
    return [*drawn, _placed(canvas, words, place, y=12, name=name if verdict else "ink", size=14)]


def _bounds(canvas: Canvas, low: float, high: float, name: Colour) -> list[Layer]:
    """Two ends between which the value lies anywhere: an empty frame with feet."""
    feet: list[Row] = [{"x": end, "y": _MIDDLE - 8, "y2": _MIDDLE + 8} for end in (low, high)]
    frame: list[Row] = [{"x": low, "x2": high, "y": _MIDDLE - 4, "y2": _MIDDLE + 4, "row": marks.pointing(0)}]
    return [marks.boxes(canvas, frame, "paper", edge=name), marks.strokes(canvas, feet, name, width=2.4)]


def _target(canvas: Canvas, row: Row, unit: str, lang: Language) -> list[Layer]:
    """The target as a line with an arrow to its good side."""
    target = row["target_value"]
    if target is None:
        return []
    foot = _MIDDLE + 14
    place = canvas.pixel_x(target)
    step = -1 if row["target_op"] == "<=" else 1
    inner = (canvas.x[1] - canvas.x[0]) / canvas.inner_width
    tip = target + step * 13 * inner
    arrow: list[Row] = [
        {"x": target, "y": _MIDDLE - 14, "y2": foot},
        {"x": target, "x2": tip, "y": foot},
        {"x": tip - step * 4 * inner, "x2": tip, "y": foot - 4, "y2": foot},
        {"x": tip - step * 4 * inner, "x2": tip, "y": foot + 4, "y2": foot},
    ]
    if not canvas.x[0] <= tip <= canvas.x[1]:
        arrow = arrow[:1]
    return [
        marks.strokes(canvas, arrow, "ink", width=1.6),
        _placed(canvas, _aim(row, unit, lang), place, y=_HEIGHT - 7, name="soft", size=SMALL),
    ]


def _scale(canvas: Canvas, row: Row, unit: str, lang: Language) -> list[Layer]:
    """The two ends of the scale, where the target's words leave room."""
    taken = (0.0, -1.0)
    if row["target_value"] is not None:
        taken = _taken(canvas, _aim(row, unit, lang), canvas.pixel_x(row["target_value"]), SMALL)
    drawn: list[Layer] = []
    for value, align, x in ((canvas.x[0], "left", 0.0), (canvas.x[1], "right", float(canvas.inner_width))):
        words = figure(value, unit, lang)
        wide = width_of(words, SMALL)
        free = x + wide + 6 < taken[0] if align == "left" else x - wide - 6 > taken[1]
        if free or taken[1] < 0:
            rows: list[Row] = [{"x": x, "y": _HEIGHT - 7, "text": words}]
            drawn.append(marks.words(canvas, rows, size=SMALL, align=align, at_pixels="x"))  # pyright: ignore[reportArgumentType]
    return drawn


def _taken(canvas: Canvas, words: str, place: float, size: float) -> tuple[float, float]:
    """From where to where words stand that keep inside the picture, in pixels."""
    wide = width_of(words, size)
    left = min(max(place - wide / 2, 0.0), max(canvas.inner_width - wide, 0.0))
    return left, left + wide


def _placed(canvas: Canvas, words: str, place: float, *, y: float, name: Colour, size: float) -> Layer:
    """Words around a place, kept inside the picture."""
    left, right = _taken(canvas, words, place, size)
    align: marks.Align = "left" if left == 0 else "right" if right >= canvas.inner_width else "center"
    x = {"left": 0.0, "right": float(canvas.inner_width), "center": (left + right) / 2}[align]
    return marks.words(
        canvas, [{"x": x, "y": y, "text": words}], name, size=size, bold=size > SMALL, align=align, at_pixels="x"
    )


def _tables(row: Row, state: str, unit: str, lang: Language) -> tuple[pl.DataFrame, pl.DataFrame]:
    def tell(value: float) -> str:
        return figure(value, unit, lang)

    value = None if state == "bounded" else row["value"]
    return tables(
        [
            numbers(say("column.value", lang), [value], tell),
            numbers(say("column.low", lang), [row["low"]], tell),
            numbers(say("column.high", lang), [row["high"]], tell),
            numbers(say("column.target", lang), [row["target_value"]], tell),
            texts(say("column.verdict", lang), [said("verdict", row["verdict"], lang)]),
            texts(say("column.state", lang), [said("state", state, lang)]),
        ]
    )
