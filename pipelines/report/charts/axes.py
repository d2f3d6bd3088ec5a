"""Axes as the eye needs them, and no more: faint lines at round values, names of months, flags at breaks and notes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from pipelines.plain_text import safe
from pipelines.report.charts import marks
from pipelines.report.charts.canvas import SMALL, Canvas, Layer, Row
from pipelines.report.charts.figures import figure
from pipelines.report.charts.scales import LETTER, day_name, month_marks, width_of
from pipelines.report.charts.words import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from pipelines.wording import Language

LANE = 17
"""Pixels that the words of a flag take above the picture."""

LONGEST = 34
"""Letters of a note in a picture; its table has all of them."""


def shortened(words: str, letters: int = LONGEST) -> str:
    """Words from anywhere, on one line, cut where they grow too long for a picture."""
    text = " ".join(safe(words, keep="\n").split())
    return text if len(text) <= letters else text[: letters - 1].rstrip() + "…"


def value_axis(canvas: Canvas, scale: Sequence[float], unit: str, lang: Language) -> list[Layer]:
    """Faint lines across, with their values to the left; the lowest stands out."""
    lines: list[Row] = [{"x": canvas.x[0], "x2": canvas.x[1], "y": value} for value in scale]
    labels: list[Row] = [{"x": -8, "y": value, "text": figure(value, unit, lang)} for value in scale]
    return [
        marks.strokes(canvas, lines[1:], "grid"),
        marks.strokes(canvas, lines[:1], "line"),
        marks.words(canvas, labels, align="right", at_pixels="x"),
    ]


def months(canvas: Canvas, lang: Language) -> list[Layer]:
    """Names of months below the lowest line, each in the middle of its month; the year below its first."""
    first, last = date.fromordinal(int(canvas.x[0])), date.fromordinal(int(canvas.x[1]) - 1)
    labels: list[Row] = []
    years: dict[int, Row] = {}
    for start, after, name in month_marks(first, last, lang, room=canvas.inner_width):
        left, right = max(start, canvas.x[0]), min(after, canvas.x[1])
        if right - left >= (after - start) / 2:
            place: Row = {"x": (left + right) / 2, "y": canvas.inner_height + 13}
            labels.append({**place, "text": name})
            year = date.fromordinal(start).year
            years.setdefault(year, {"x": place["x"], "y": canvas.inner_height + 29, "text": str(year)})
    below = [year for year in years.values() if all(year["text"] != label["text"] for label in labels)]
    return [marks.words(canvas, labels, at_pixels="y"), marks.words(canvas, below, at_pixels="y")]


@dataclass(frozen=True)
class Mark:
    """Something that happened on a day: a definition that changed, or a note of the institution's.

    Args:
        day: first day on which it holds.
        text: what stands in the picture.
        remark: what the table says of it.
        cuts: no line crosses it.
    """

    day: date
    text: str
    remark: str
    cuts: bool


def note_marks(breaks: pl.DataFrame | None, notes: pl.DataFrame | None, lang: Language) -> list[Mark]:
    """Breaks and notes by their days; of several breaks on one day one mark."""
    found: list[Mark] = []
    changed = (
        [] if breaks is None else breaks.unique(["break_date", "platform"]).sort("break_date", "platform").to_dicts()
    )
    said = [] if notes is None else notes.sort("date").to_dicts()
    for row in changed:
        when = day_name(row["break_date"], lang)
        text = say("trend.break", lang, platform=shortened(row["platform"], 16))
        remark = say("trend.break_remark", lang, platform=safe(row["platform"]), day=when)
        found.append(Mark(row["break_date"], text, remark, cuts=True))
    found += [Mark(row["date"], shortened(row["text"]), safe(row["text"]), cuts=False) for row in said]
    return sorted(found, key=lambda mark: mark.day)


@dataclass(frozen=True)
class Flag:
    """A mark with the lane above the picture that its words have for themselves.

    Args:
        mark: what happened.
        lane: counted upwards from 0.
        to_left: its words stand to the left of its line.
        text: its words, as many as there is room for.
    """

    mark: Mark
    lane: int
    to_left: bool
    text: str

    def line(self, canvas: Canvas) -> Layer:
        """From the words down through the picture: dashed for a break, dotted for a note."""
        day = self.mark.day.toordinal()
        step = (canvas.y[1] - canvas.y[0]) / canvas.inner_height
        rows: list[Row] = [{"x": day, "y": canvas.y[0], "y2": canvas.y[1] + step * (LANE * self.lane + 15)}]
        colour, dash = ("ink", (4, 2)) if self.mark.cuts else ("line", (1, 3))
        return marks.strokes(canvas, rows, colour, width=1.2, dash=dash)

    def words(self, canvas: Canvas) -> Layer:
        """What happened, beside the top of the line."""
        x = canvas.pixel_x(self.mark.day.toordinal()) + (-5 if self.to_left else 5)
        rows: list[Row] = [{"x": x, "y": -10 - LANE * self.lane, "text": self.text}]
        align: marks.Align = "right" if self.to_left else "left"
        return marks.words(canvas, rows, "ink" if self.mark.cuts else "soft", align=align, halo=True, at_pixels="xy")


def flags(found: Sequence[Mark], room: int, days: tuple[float, float]) -> list[Flag]:
    """Every mark within the days shown, in the lowest lane in which its words lie on no others.

    Words stand to the right of their line where they can. Those are placed from the last to the first, so that no line
    goes up through the words of an earlier one; then those to the left of theirs, above all others.

    Args:
        found: by their days.
        room: pixels of the inner rectangle.
        days: first day shown, and the day after the last.
    """
    sided: list[tuple[bool, float, Mark, str]] = []
    for mark in found:
        if days[0] <= mark.day.toordinal() < days[1]:
            x = (mark.day.toordinal() - days[0]) / (days[1] - days[0]) * room
            fits_right = width_of(mark.text, SMALL) <= room + _BESIDE - x
            to_left = not fits_right and x > room / 2
            letters = int((x + _BESIDE if to_left else room + _BESIDE - x) / SMALL / LETTER)
            sided.append((to_left, x, mark, shortened(mark.text, max(letters, 4))))
    sided.sort(key=lambda one: (one[0], one[1] if one[0] else -one[1]))
    taken: list[list[tuple[float, float]]] = []
    placed: list[Flag] = []
    for to_left, x, mark, text in sided:
        wide = width_of(text, SMALL) + 8
        extent = (x - wide, x) if to_left else (x, x + wide)
        crossed = [lane for lane, spans in enumerate(taken) if not _free(spans, extent)]
        lane = max(crossed, default=-1) + 1
        if lane == len(taken):
            taken.append([])
        taken[lane].append(extent)
        placed.append(Flag(mark, lane, to_left, text))
    return placed


_BESIDE = 30.0
"""Pixels that words may reach into the margins."""


def _free(spans: Sequence[tuple[float, float]], extent: tuple[float, float]) -> bool:
    return all(extent[1] + 4 < low or high + 4 < extent[0] for low, high in spans)
