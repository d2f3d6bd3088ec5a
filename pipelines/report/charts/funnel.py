"""Units beside the limits that chance sets for their size: outside of them it is worth asking why; no ranks."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from pipelines.report.charts import marks
from pipelines.report.charts.axes import shortened, value_axis
from pipelines.report.charts.canvas import SMALL, TEXT, Canvas, Layer, Row
from pipelines.report.charts.chart import Chart
from pipelines.report.charts.figures import figure
from pipelines.report.charts.scales import apart, ticks, value_range, width_of
from pipelines.report.charts.tables import numbers, records, tables, texts
from pipelines.report.charts.words import said, say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars as pl

    from pipelines.report.charts.chart import Spec
    from pipelines.report.charts.palette import Colour
    from pipelines.wording import Language

_LIMITS = ("low_998", "low_95", "high_95", "high_998")


def funnel(
    units: pl.DataFrame,
    *,
    name: str,
    title: str,
    lang: Language,
    unit: str,
    labels: Mapping[str, str] | None = None,
    size: str | None = None,
) -> Chart:
    """Each unit's value by its size, with the limits within which 95 % and 99.8 % of such units fall by chance.

    Args:
        units: rows of one KPI of `published.kpi_unit_funnel`: `unit_id`, `value`, `n`, `centre`, the four limits and
            `position`; `exposure` too, where the limits follow from something else than `n`, such as accounts reached.
        name: of the chart.
        title: what it shows.
        lang: of its words.
        unit: of the values.
        labels: names of units by their ids; an id stands for itself otherwise.
        size: what the horizontal scale counts, such as "questions"; observations if it is not said.
    """
    key = "exposure" if "exposure" in units.columns else "n"
    rows = records(units.drop_nulls(["value", key]).sort(key, "unit_id"))
    for row in rows:
        row["label"] = (labels or {}).get(row["unit_id"], row["unit_id"])
    counted = size or say("funnel.observations", lang)

    def tell(value: float) -> str:
        return figure(value, unit, lang)

    table, shown = tables(
        [
            texts(say("column.unit", lang), [row["label"] for row in rows]),
            numbers(counted, [row[key] for row in rows], lambda count: figure(count, "", lang)),
            numbers(say("column.value", lang), [row["value"] for row in rows], tell),
            *(numbers(say(f"column.{limit}", lang), [row[limit] for row in rows], tell) for limit in _LIMITS),
            texts(say("column.position", lang), [said("position", row["position"], lang) for row in rows]),
        ]
    )
    outside = [row for row in rows if row["position"] != "inside"]
    return Chart(
        name=name,
        title=title,
        summary=_summary(rows, outside, lang),
        kind="funnel",
        reading=say("funnel.reading", lang),
        table=table,
        shown=shown,
        spec=_spec(680, 380, rows, key, counted, unit, lang),
        narrow=_spec(340, 340, rows, key, counted, unit, lang),
    )


def _summary(rows: Sequence[Row], outside: Sequence[Row], lang: Language) -> str:
    if not rows:
        return say("funnel.nothing", lang)
    if not outside:
        return say("funnel.all_inside", lang, all=len(rows))
    named = "; ".join(f"{row['label']} {said('position', row['position'], lang)}" for row in outside)
    return say("funnel.outside", lang, inside=len(rows) - len(outside), all=len(rows), named=named)


def _spec(width: int, height: int, rows: list[Row], key: str, counted: str, unit: str, lang: Language) -> Spec:  # noqa: PLR0917
    values = [row[field] for row in rows for field in ("value", *_LIMITS)]
    scale = value_range(values, unit, zero=False)
    largest = max((float(row[key]) for row in rows), default=1.0)
    sizes = ticks(0, largest, "", at_most=6 if width > 500 else 4)
    left = round(max(width_of(figure(mark, unit, lang), SMALL) for mark in scale)) + 10
    right = 62 if width > 500 else 44
    canvas = Canvas(width, height, left, right, 12, 46, x=(0.0, largest * 1.04), y=(scale[0], scale[-1]))
    below: list[Row] = [
        {"x": mark, "y": canvas.inner_height + 14, "text": figure(mark, "", lang)}
        for mark in sizes
        if mark <= canvas.x[1]
    ]
    caption: list[Row] = [
        {"x": canvas.inner_width, "y": canvas.inner_height + 32, "text": f"{shortened(counted, 40)} →"}
    ]
    layers: list[Layer] = [*_limits(canvas, rows, key), *value_axis(canvas, scale, unit, lang)]
    layers += [
        marks.words(canvas, below, at_pixels="y"),
        marks.words(canvas, caption, align="right", at_pixels="xy"),
        *_centre(canvas, rows, unit, lang),
        *_units(canvas, rows, key),
    ]
    return canvas.draw(layers)


def _limits(canvas: Canvas, rows: Sequence[Row], key: str) -> list[Layer]:
    """Two funnels, one within the other; where sizes do not order the limits, each unit has its own pair of bars."""
    if not rows:
        return []
    surfaces: tuple[tuple[str, Colour], ...] = (("998", "grid"), ("95", "band"))
    layers: list[Layer] = []
    for level, name in surfaces:
        ends = [(row[key], row[f"low_{level}"], row[f"high_{level}"]) for row in rows]
        if _narrows(rows):
            layers.append(
                marks.band(canvas, [{"x": x, "low": low, "high": high, "part": 0} for x, low, high in ends], name)
            )
        else:
            layers.append(
                marks.strokes(canvas, [{"x": x, "y": low, "y2": high} for x, low, high in ends], name, width=7)
            )
    return layers


def _narrows(rows: Sequence[Row]) -> bool:
    """Larger units have narrower limits, but for the steps that counts take."""
    widths = [row["high_998"] - row["low_998"] for row in rows]
    return len(rows) > 2 and all(second <= first * 1.06 for first, second in pairwise(widths))


def _centre(canvas: Canvas, rows: Sequence[Row], unit: str, lang: Language) -> list[Layer]:
    """The organisation's value, and at the right end what each limit is."""
    if not rows:
        return []
    last = rows[-1]
    centre = last["centre"]
    across: list[Row] = [{"x": canvas.x[0], "x2": canvas.x[1], "y": centre}]
    named = [
        (centre, figure(centre, unit, lang)),
        (last["high_95"], say("funnel.inner", lang)),
        (last["high_998"], say("funnel.outer", lang)),
    ]
    places = apart([canvas.pixel_y(value) for value, _ in named], 14, 4, canvas.inner_height - 4)
    beside: list[Row] = [
        {"x": canvas.inner_width + 6, "y": place, "text": words}
        for place, (_, words) in zip(places, named, strict=True)
    ]
    return [
        marks.strokes(canvas, across, "ink", width=1.2),
        marks.words(canvas, beside[:1], "ink", align="left", size=TEXT, bold=True, at_pixels="xy"),
        marks.words(canvas, beside[1:], align="left", at_pixels="xy"),
    ]


def _units(canvas: Canvas, rows: Sequence[Row], key: str) -> list[Layer]:
    """Units inside as plain points, those outside as others, with their names."""
    points: list[Row] = [
        {
            "x": row[key],
            "y": row["value"],
            "row": marks.pointing(index),
            "position": row["position"],
            "text": row["label"],
        }
        for index, row in enumerate(rows)
    ]
    inside = [point for point in points if point["position"] == "inside"]
    beyond_95 = [point for point in points if str(point["position"]).endswith("_95")]
    beyond_998 = [point for point in points if str(point["position"]).endswith("_998")]
    layers: list[Layer] = [
        marks.dots(canvas, inside, "data", size=46, ringed=True, width=1.2),
        marks.dots(canvas, beyond_95, "other", shape="diamond", size=90, hollow=True, width=2),
        marks.dots(canvas, beyond_998, "other", shape="diamond", size=110, ringed=True),
    ]
    for point in [*beyond_95, *beyond_998]:
        words = shortened(point["text"], 24)
        fits = canvas.pixel_x(point["x"]) + 12 + width_of(words, TEXT) < canvas.inner_width + 8
        place: list[Row] = [{"x": point["x"], "y": point["y"], "text": words}]
        layers.append(
            marks.words(
                canvas, place, "other", align="left" if fits else "right", size=TEXT, bold=True, halo=True,
                move=(10 if fits else -10, 0),
            )
        )  # fmt: skip
    return layers
