"""A KPI over time: a line with its band and its target. What was not read is a gap, and no line crosses a break.

Periods stand in the middle of their days. A period is joined to the next only if both have a value, the next begins on
the day after it ends, and no definition changed within either or between them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.report.charts.axes import Mark, note_marks
from pipelines.report.charts.chart import Chart
from pipelines.report.charts.figures import figure
from pipelines.report.charts.scales import period_name
from pipelines.report.charts.series import Series, aim_in_words, is_open, parts_of
from pipelines.report.charts.tables import numbers, records, tables, texts
from pipelines.report.charts.words import said, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from pipelines.report.charts.canvas import Row
    from pipelines.report.charts.chart import Target
    from pipelines.wording import Language


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
    drawing = Series(rows, parts, cuts, target, unit, lang)
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
        sentences.append(aim_in_words(target, unit, lang).capitalize() + ".")
    if len(known) < len(rows):
        sentences.append(say("trend.gaps", lang, gaps=len(rows) - len(known), all=len(rows)))
    if broken := sum(mark.cuts for mark in cuts):
        sentences.append(say("trend.breaks", lang, breaks=broken))
    return " ".join(sentences)


def _reading(rows: Sequence[Row], cuts: Sequence[Mark], lang: Language) -> str:
    parts = {
        "trend.band": any(row["low"] is not None for row in rows),
        "trend.open": any(is_open(row) for row in rows),
        "trend.broken": any(mark.cuts for mark in cuts),
    }
    return " ".join(say(key, lang) for key, holds in parts.items() if holds)


def _tables(rows: Sequence[Row], cuts: Sequence[Mark], unit: str, lang: Language) -> tuple[pl.DataFrame, pl.DataFrame]:
    def tell(value: float) -> str:
        return figure(value, unit, lang)

    def state(row: Row) -> str:
        return said("state", "not_settled" if is_open(row) and row["value"] is not None else row["state"], lang)

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
