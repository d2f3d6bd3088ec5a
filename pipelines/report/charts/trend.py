"""A KPI over time: a line with its band and its target. What was not read is a gap, and no line crosses a break.

Periods stand in the middle of their days. A period is joined to the next only if both have a value, the next begins on
the day after it ends, and no definition changed within either or between them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from pipelines.report.charts import marks
from pipelines.report.charts.axes import LANE, Mark, flags, months, note_marks, value_axis
from pipelines.report.charts.canvas import SMALL, TEXT, Canvas, Layer, Row
from pipelines.report.charts.chart import Chart, Target
from pipelines.report.charts.figures import figure
from pipelines.report.charts.scales import middle, period_name, value_range, width_of
from pipelines.report.charts.tables import numbers, records, tables, texts
from pipelines.report.charts.words import said, say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    import polars as pl

    from pipelines.report.charts.chart import Language, Spec


def trend(
    periods: pl.DataFrame,
    *,
    name: str,
    title: str,
    lang: Language,
    unit: str,
    target: Target | None = None,
    breaks: pl.DataFrame | None = None,
    notes: pl.DataFrame | None = None,
) -> Chart:
    """One KPI over the weeks or months of `published.kpi_period`.

    Args:
        periods: rows of one KPI, variant, unit, platform and grain: `period_start`, `period_end`, `value`, `low`,
            `high`, `state`, `reasons`. A row with the reason `not_settled` is drawn hollow.
        name: of the chart.
        title: what it shows.
        lang: of its words.
        unit: of the values, from `published.kpi_basis`.
        target: drawn across, with an arrow to its good side; None where there is none.
        breaks: rows of `published.series_break` that matter to the KPI: `break_date`, `platform`, `old_definition`,
            `new_definition`. Each cuts the line, bridged or not.
        notes: what the institution has to say of a day: `date`, `text`. They cut nothing.
    """
    rows = records(periods.sort("period_start"))
    cuts = note_marks(breaks, notes, lang)
    parts = parts_of(rows, [mark.day for mark in cuts if mark.cuts])
    table, shown = _tables(rows, cuts, unit, lang)
    drawing = _Drawing(rows, parts, cuts, target, unit, lang)
    return Chart(
        name=name,
        title=title,
        summary=_summary(rows, cuts, target, unit, lang),
        kind="trend",
        reading=_reading(rows, cuts, lang),
        table=table,
        shown=shown,
        spec=drawing.spec(680, 300),
        narrow=drawing.spec(340, 250),
    )


def parts_of(rows: Sequence[Row], cuts: Sequence[date]) -> list[int]:
    """The part of the line that each period belongs to; periods of two parts are not joined.

    Args:
        rows: periods by their first days.
        cuts: first days of new definitions.
    """
    parts: list[int] = []
    for index, row in enumerate(rows):
        part = parts[-1] if parts else 0
        if index:
            before = rows[index - 1]
            follows = row["period_start"] == before["period_end"] + timedelta(days=1)
            cut = any(before["period_start"] < day <= row["period_end"] for day in cuts)
            known = row["value"] is not None and before["value"] is not None
            part += not (follows and known and not cut)
        parts.append(part)
    return parts


@dataclass(frozen=True)
class _Drawing:
    """All that both widths of the picture draw."""

    rows: list[Row]
    parts: list[int]
    cuts: list[Mark]
    target: Target | None
    unit: str
    lang: Language

    def spec(self, width: int, height: int) -> Spec:
        wide = width > 500
        ends = [self.target.value] if self.target else []
        scale = value_range([*ends, *(row[key] for row in self.rows for key in ("value", "low", "high"))], self.unit)
        left = round(max(width_of(figure(mark, self.unit, self.lang), SMALL) for mark in scale)) + 10
        right = self._room_for_last() if self.rows else 12
        placed = flags(self.cuts, width - left - right, self._days()) if self.rows else []
        lanes = max((flag.lane for flag in placed), default=-1) + 1
        canvas = Canvas(
            width, height + LANE * lanes, left, right, top=12 + LANE * lanes, bottom=42,
            x=self._days(), y=(scale[0], scale[-1]),
        )  # fmt: skip
        layers: list[Layer] = value_axis(canvas, scale, self.unit, self.lang)
        layers += months(canvas, self.lang) if self.rows else []
        layers += [*self._empty(canvas), *self._band(canvas), *self._aim(canvas)]
        layers += [*(flag.line(canvas) for flag in placed), *(flag.words(canvas) for flag in placed)]
        layers += [*self._line(canvas, dots=len(self.rows) <= (26 if wide else 14)), *self._last(canvas)]
        return canvas.draw([*layers, *self._aim_in_words(canvas)])

    def _days(self) -> tuple[float, float]:
        if not self.rows:
            return (0.0, 1.0)
        return (float(self.rows[0]["period_start"].toordinal()), float(self.rows[-1]["period_end"].toordinal() + 1))

    def _at(self, index: int) -> float:
        return middle(self.rows[index]["period_start"], self.rows[index]["period_end"])

    def _empty(self, canvas: Canvas) -> list[Layer]:
        """Stretches without a figure: hatched, with the reason where there is room for it."""
        stretches: list[tuple[float, float, str, int]] = []
        for index, row in enumerate(self.rows):
            if row["value"] is not None or row["low"] is not None:
                continue
            start, end = float(row["period_start"].toordinal()), float(row["period_end"].toordinal() + 1)
            if stretches and stretches[-1][1] == start and stretches[-1][2] == row["state"]:
                stretches[-1] = (stretches[-1][0], end, row["state"], stretches[-1][3])
            else:
                stretches.append((start, end, row["state"], index))
        low, high = canvas.y
        boxes: list[Row] = [
            {"x": start, "x2": end, "y": low, "y2": high, "row": marks.pointing(index)}
            for start, end, _, index in stretches
        ]
        labels: list[Row] = []
        for start, end, state, _ in stretches:
            words = said("state", state, self.lang)
            if width_of(words, SMALL) < canvas.pixel_x(end) - canvas.pixel_x(start) + 6:
                labels.append({"x": (start + end) / 2, "y": canvas.inner_height - 12, "text": words})
        return [
            marks.boxes(canvas, boxes, "hatch"),
            marks.words(canvas, labels, halo=True, at_pixels="y"),
        ]

    def _band(self, canvas: Canvas) -> list[Layer]:
        """Uncertainty as a surface along the line; of a period that stands alone as a bar."""
        have = [index for index, row in enumerate(self.rows) if row["low"] is not None and row["high"] is not None]
        sizes = {part: sum(self.parts[index] == part for index in have) for part in self.parts}
        along: list[Row] = []
        alone: list[Row] = []
        for index in have:
            row = self.rows[index]
            if sizes[self.parts[index]] > 1 and row["value"] is not None:
                along.append({"x": self._at(index), "low": row["low"], "high": row["high"], "part": self.parts[index]})
            else:
                alone.append({"x": self._at(index), "y": row["low"], "y2": row["high"], "row": marks.pointing(index)})
        edges: list[Row] = [
            {"x": row["x"], "y": row[end], "part": f"{end}{row['part']}"} for end in ("low", "high") for row in along
        ]
        return [
            marks.band(canvas, along),
            marks.line(canvas, edges, "data", width=0.6),
            marks.strokes(canvas, alone, "band", width=8),
            marks.strokes(canvas, alone, "data", width=0.6),
        ]

    def _aim(self, canvas: Canvas) -> list[Layer]:
        if self.target is None:
            return []
        across: list[Row] = [{"x": canvas.x[0], "x2": canvas.x[1], "y": self.target.value}]
        return [marks.strokes(canvas, across, "ink", width=1.2, dash=(5, 3))]

    def _aim_in_words(self, canvas: Canvas) -> list[Layer]:
        """The target's words, on the side of its line and at the end of it where they cover least of the series."""
        if self.target is None:
            return []
        words = ("↓ " if self.target.op == "<=" else "↑ ") + _aim(self.target, self.unit, self.lang)
        wide = width_of(words, SMALL)
        level = canvas.pixel_y(self.target.value)
        line = [
            (canvas.pixel_x(self._at(index)), canvas.pixel_y(row["value"]))
            for index, row in enumerate(self.rows)
            if row["value"] is not None
        ]

        def covered(place: tuple[float, float]) -> float:
            near = [y for x, y in line if place[0] - 25 < x < place[0] + wide + 25]
            outside = not 8 <= level + place[1] <= canvas.inner_height - 8
            return sum(max(0.0, 20 - abs(y - level - place[1])) for y in near) + 1000 * outside

        starts = [0.0, (canvas.inner_width - wide) / 2, canvas.inner_width - wide]
        x, move = min(((start, side) for start in starts for side in (-9.0, 9.0)), key=covered)
        rows: list[Row] = [{"x": x + 2, "y": self.target.value, "text": words}]
        return [marks.words(canvas, rows, "ink", align="left", halo=True, move=(0, move), at_pixels="x")]

    def _line(self, canvas: Canvas, *, dots: bool) -> list[Layer]:
        known = [index for index, row in enumerate(self.rows) if row["value"] is not None]
        points: list[Row] = [
            {
                "x": self._at(index),
                "y": self.rows[index]["value"],
                "part": self.parts[index],
                "row": marks.pointing(index),
            }
            for index in known
        ]
        open_ones = [point for point, index in zip(points, known, strict=True) if _is_open(self.rows[index])]
        alone = {part for part in self.parts if sum(point["part"] == part for point in points) == 1}
        solid = [
            point
            for index, point in enumerate(points)
            if point not in open_ones and (dots or point["part"] in alone or index == len(points) - 1)
        ]
        joined = [{key: point[key] for key in ("x", "y", "part")} for point in points if point["part"] not in alone]
        return [
            marks.line(canvas, joined, "data"),
            marks.dots(canvas, solid, "data", size=34, ringed=True, width=1.4),
            marks.dots(canvas, open_ones, "data", size=44, hollow=True),
        ]

    def _room_for_last(self) -> int:
        widest = max(
            (
                width_of(figure(row["value"], self.unit, self.lang), TEXT + 1)
                for row in self.rows[-1:]
                if row["value"] is not None
            ),
            default=0.0,
        )
        return round(widest) + 12

    def _last(self, canvas: Canvas) -> list[Layer]:
        """The last value in figures, beside its point."""
        if not self.rows or self.rows[-1]["value"] is None:
            return []
        value = self.rows[-1]["value"]
        x = canvas.pixel_x(self._at(len(self.rows) - 1)) + 10
        rows: list[Row] = [{"x": x, "y": value, "text": figure(value, self.unit, self.lang)}]
        return [marks.words(canvas, rows, "data", align="left", size=TEXT + 1, bold=True, halo=True, at_pixels="x")]


def _is_open(row: Row) -> bool:
    """The period's figure may still change."""
    return "not_settled" in (row["reasons"] or "").split(",")


def _aim(target: Target, unit: str, lang: Language) -> str:
    key = "interval.at_most" if target.op == "<=" else "interval.at_least"
    return say(key, lang, target=figure(target.value, unit, lang))


def _summary(rows: Sequence[Row], cuts: Sequence[Mark], target: Target | None, unit: str, lang: Language) -> str:
    """First and last, lowest and highest, gaps, breaks and the target in one or two sentences."""
    known = [row for row in rows if row["value"] is not None]
    if not known:
        return say("trend.nothing", lang)
    first, last = known[0], known[-1]
    low, high = min(known, key=lambda row: row["value"]), max(known, key=lambda row: row["value"])
    named = {
        key: (period_name(row["period_start"], row["period_end"], lang), figure(row["value"], unit, lang))
        for key, row in {"first": first, "last": last, "low": low, "high": high}.items()
    }
    values = {f"{key}_{part}": pair[part == "value"] for key, pair in named.items() for part in ("when", "value")}
    sentences = [say("trend.course", lang, **values)]
    if target is not None:
        sentences.append(_aim(target, unit, lang).capitalize() + ".")
    if len(known) < len(rows):
        sentences.append(say("trend.gaps", lang, gaps=len(rows) - len(known), all=len(rows)))
    if broken := sum(mark.cuts for mark in cuts):
        sentences.append(say("trend.breaks", lang, breaks=broken))
    return " ".join(sentences)


def _reading(rows: Sequence[Row], cuts: Sequence[Mark], lang: Language) -> str:
    parts = {
        "trend.band": any(row["low"] is not None for row in rows),
        "trend.open": any(_is_open(row) for row in rows),
        "trend.broken": any(mark.cuts for mark in cuts),
    }
    return " ".join(say(key, lang) for key, holds in parts.items() if holds)


def _tables(rows: Sequence[Row], cuts: Sequence[Mark], unit: str, lang: Language) -> tuple[pl.DataFrame, pl.DataFrame]:
    def tell(value: float) -> str:
        return figure(value, unit, lang)

    def state(row: Row) -> str:
        return said("state", "not_settled" if _is_open(row) and row["value"] is not None else row["state"], lang)

    remarks = [
        "; ".join(mark.remark for mark in cuts if row["period_start"] <= mark.day <= row["period_end"]) for row in rows
    ]
    return tables(
        [
            texts(
                say("column.period", lang), [period_name(row["period_start"], row["period_end"], lang) for row in rows]
            ),
            *(
                numbers(say(f"column.{key}", lang), [row[key] for row in rows], tell)
                for key in ("value", "low", "high")
            ),
            texts(say("column.state", lang), [state(row) for row in rows]),
            texts(say("column.remark", lang), remarks),
        ]
    )
