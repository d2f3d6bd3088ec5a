"""The same KPI for each unit or platform: small pictures with one scale, and the organisation's line behind each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from pipelines.report.charts import marks
from pipelines.report.charts.canvas import Canvas, Layer, Row
from pipelines.report.charts.chart import Chart, Panel
from pipelines.report.charts.figures import figure
from pipelines.report.charts.scales import middle, month_name, period_name, value_range, width_of
from pipelines.report.charts.series import parts_of
from pipelines.report.charts.tables import numbers, records, tables, texts
from pipelines.report.charts.words import said, say
from pipelines.wording import in_order

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from pipelines.report.charts.chart import Spec, Target
    from pipelines.wording import Language

_WIDTH, _HEIGHT = 165, 104
_LETTER = 11.5


def multiples(
    periods: pl.DataFrame,
    *,
    by: str,
    name: str,
    title: str,
    lang: Language,
    unit: str,
    labels: Mapping[str, str] | None = None,
    whole: pl.DataFrame | None = None,
    target: Target | None = None,
    breaks: pl.DataFrame | None = None,
) -> Chart:
    """A panel for each unit or platform, in the order of their labels; no ranks.

    Args:
        periods: rows of one KPI, variant and grain of `published.kpi_period`, as `trend` takes them, with `by`.
        by: `unit_id` or `platform`.
        name: of the chart.
        title: what it shows.
        lang: of its words.
        unit: of the values.
        labels: names by ids; an id stands for itself otherwise.
        whole: the same rows of the whole organisation, drawn thin behind each; None for none.
        target: drawn in each; None for none.
        breaks: rows of `published.series_break` that cut the lines, as in `trend`; by platform, each cuts its own.
    """
    named = periods.with_columns(
        pl.col(by).replace_strict(dict(labels or {}), default=pl.col(by), return_dtype=pl.String).alias("label")
    ).sort(by, "period_start")
    rows = sorted(records(named), key=lambda row: in_order(row["label"]))
    behind = [] if whole is None else records(whole.sort("period_start"))
    values = [row["value"] for row in (*rows, *behind)]
    scale = value_range([*values, *([target.value] if target else [])], unit)
    panels: list[Panel] = []
    numbered = list(enumerate(rows))
    for group in dict.fromkeys(row[by] for row in rows):
        own = [(number, row) for number, row in numbered if row[by] == group]
        days = _days(breaks, group if by == "platform" else None)
        drawing = _Drawing(own, behind, days, (scale[0], scale[-1]), target, unit, lang)
        panels.append(Panel(own[0][1]["label"], drawing.summary(), drawing.newest(), drawing.spec()))
    table, shown = _tables(rows, by, unit, lang)
    return Chart(
        name=name,
        title=title,
        summary=say("multiples.summary", lang, panels=len(panels)),
        kind="multiples",
        reading=say("multiples.behind" if behind else "multiples.scale", lang),
        table=table,
        shown=shown,
        panels=tuple(panels),
    )


def _days(breaks: pl.DataFrame | None, platform: str | None) -> list[date]:
    """First days of new definitions, of one platform where it is known which."""
    if breaks is None:
        return []
    own = breaks if platform is None or "platform" not in breaks.columns else breaks.filter(platform=platform)
    return sorted(set(own["break_date"].to_list()))


@dataclass(frozen=True)
class _Drawing:
    """One panel.

    Args:
        own: the group's periods, with their rows in the table.
        behind: the organisation's.
        cuts: first days of new definitions.
        scale: of all panels.
        target: as in all panels.
        unit: of the values.
        lang: of the words.
    """

    own: list[tuple[int, Row]]
    behind: list[Row]
    cuts: list[date]
    scale: tuple[float, float]
    target: Target | None
    unit: str
    lang: Language

    def summary(self) -> str:
        known = [row for _, row in self.own if row["value"] is not None]
        if not known:
            return said("state", self._state(), self.lang)
        first, last = known[0], known[-1]
        return say(
            "multiples.course",
            self.lang,
            first=figure(first["value"], self.unit, self.lang),
            first_when=period_name(first["period_start"], first["period_end"], self.lang),
            last=figure(last["value"], self.unit, self.lang),
            last_when=period_name(last["period_start"], last["period_end"], self.lang),
            known=len(known),
            all=len(self.own),
        )

    def newest(self) -> str:
        """The last period's figure, or why there is none."""
        last = self.own[-1][1]
        return said("state", last["state"], self.lang) if last["value"] is None else self._tell(last["value"])

    def _tell(self, value: float) -> str:
        return figure(value, self.unit, self.lang)

    def _state(self) -> str:
        """Why nothing is known; `missing` where reasons differ."""
        states = {row["state"] for _, row in self.own}
        return states.pop() if len(states) == 1 else "missing"

    def spec(self) -> Spec:
        rows = [row for _, row in self.own]
        everything = [*rows, *self.behind]
        first = min(row["period_start"] for row in everything)
        last = max(row["period_end"] for row in everything)
        days = (float(first.toordinal()), float(last.toordinal() + 1))
        left = round(max(width_of(figure(end, self.unit, self.lang), _LETTER) for end in self.scale)) + 8
        canvas = Canvas(_WIDTH, _HEIGHT, left, 6, 8, 22, x=days, y=self.scale)
        layers = [*self._axes(canvas, first, last), *self._organisation(canvas), *self._line(canvas)]
        if all(row["value"] is None for row in rows):
            layers += self._nothing(canvas)
        return canvas.draw(layers)

    def _axes(self, canvas: Canvas, first: date, last: date) -> list[Layer]:
        low, high = self.scale
        ends: list[Row] = [{"x": canvas.x[0], "x2": canvas.x[1], "y": value} for value in (high, low)]
        values: list[Row] = [{"x": -6, "y": end, "text": figure(end, self.unit, self.lang)} for end in (low, high)]
        foot = canvas.inner_height + 13
        names = [(0.0, month_name(first, self.lang)), (float(canvas.inner_width), month_name(last, self.lang))]
        starts, stops = ([{"x": x, "y": foot, "text": name}] for x, name in names)
        aim: list[Row] = [{"x": canvas.x[0], "x2": canvas.x[1], "y": self.target.value}] if self.target else []
        return [
            marks.strokes(canvas, ends[:1], "grid"),
            marks.strokes(canvas, ends[1:], "line"),
            marks.strokes(canvas, aim, "ink", width=1, dash=(4, 3)),
            marks.words(canvas, values, align="right", size=_LETTER, at_pixels="x"),
            marks.words(canvas, starts, align="left", size=_LETTER, at_pixels="xy"),
            marks.words(canvas, stops, align="right", size=_LETTER, at_pixels="xy"),
        ]

    def _organisation(self, canvas: Canvas) -> list[Layer]:
        points = _points(self.behind, parts_of(self.behind, self.cuts))
        return [marks.line(canvas, points, "mute", width=1)]

    def _line(self, canvas: Canvas) -> list[Layer]:
        rows = [row for _, row in self.own]
        points = _points(rows, parts_of(rows, self.cuts))
        numbered: list[Row] = [
            {"x": middle(row["period_start"], row["period_end"]), "y": row["value"], "row": marks.pointing(number)}
            for number, row in self.own
            if row["value"] is not None
        ]
        unknown: list[Row] = [
            {
                "x": row["period_start"].toordinal(),
                "x2": row["period_end"].toordinal() + 1,
                "y": self.scale[0],
                "y2": self.scale[1],
                "row": marks.pointing(number),
            }
            for number, row in self.own
            if row["value"] is None
        ]
        return [
            marks.boxes(canvas, unknown, "hatch"),
            marks.line(canvas, points, "data", width=2),
            marks.dots(canvas, numbered, "data", size=13),
        ]

    def _nothing(self, canvas: Canvas) -> list[Layer]:
        words = said("state", self._state(), self.lang)
        centre: list[Row] = [{"x": canvas.inner_width / 2, "y": canvas.inner_height / 2, "text": words}]
        return [marks.words(canvas, centre, "ink", size=_LETTER, halo=True, at_pixels="xy")]


def _points(rows: Sequence[Row], parts: Sequence[int]) -> list[Row]:
    """Points of lines; one that no other joins is left out, its dot shows it."""
    known = [
        {"x": middle(row["period_start"], row["period_end"]), "y": row["value"], "part": part}
        for row, part in zip(rows, parts, strict=True)
        if row["value"] is not None
    ]
    return [point for point in known if sum(other["part"] == point["part"] for other in known) > 1]


def _tables(rows: Sequence[Row], by: str, unit: str, lang: Language) -> tuple[pl.DataFrame, pl.DataFrame]:
    def tell(value: float) -> str:
        return figure(value, unit, lang)

    return tables(
        [
            texts(say(f"column.{by}", lang), [row["label"] for row in rows]),
            texts(
                say("column.period", lang), [period_name(row["period_start"], row["period_end"], lang) for row in rows]
            ),
            numbers(say("column.value", lang), [row["value"] for row in rows], tell),
            numbers(say("column.low", lang), [row["low"] for row in rows], tell),
            numbers(say("column.high", lang), [row["high"] for row in rows], tell),
            texts(say("column.state", lang), [said("state", row["state"], lang) for row in rows]),
        ]
    )
