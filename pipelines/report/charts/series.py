"""The picture of a KPI over time: its parts, its band, its gaps and its target, for one width."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from pipelines.report.charts import marks
from pipelines.report.charts.axes import LANE, Mark, flags, months, value_axis
from pipelines.report.charts.canvas import SMALL, TEXT, Canvas, Layer, Row
from pipelines.report.charts.figures import figure
from pipelines.report.charts.scales import middle, value_range, width_of
from pipelines.report.charts.words import said, say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from pipelines.report.charts.chart import Spec, Target
    from pipelines.wording import Language


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
class Series:
    """All that both widths of the picture draw."""

    rows: list[Row]
    parts: list[int]
    cuts: list[Mark]
    target: Target | None
    unit: str
    lang: Language

    def spec(self, width: int, height: int) -> Spec:
        """The specification for a width and, flags not counted, a height in pixels."""
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
        words = ("↓ " if self.target.op == "<=" else "↑ ") + aim_in_words(self.target, self.unit, self.lang)
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
        open_ones = [point for point, index in zip(points, known, strict=True) if is_open(self.rows[index])]
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


def is_open(row: Row) -> bool:
    """The period's figure may still change."""
    return "not_settled" in (row["reasons"] or "").split(",")


def aim_in_words(target: Target, unit: str, lang: Language) -> str:
    """The target as it is said."""
    key = "interval.at_most" if target.op == "<=" else "interval.at_least"
    return say(key, lang, target=figure(target.value, unit, lang))
