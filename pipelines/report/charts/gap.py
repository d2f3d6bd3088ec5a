"""The gap to a causal KPI's target, as a waterfall: what is reached, what coverage explains, what effect lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.report.charts.bars import Lane, drawn
from pipelines.report.charts.chart import Chart
from pipelines.report.charts.figures import figure, number, span
from pipelines.report.charts.scales import ticks
from pipelines.report.charts.tables import numbers, records, tables, texts
from pipelines.report.charts.words import said, say

if TYPE_CHECKING:
    import polars as pl

    from pipelines.report.charts.canvas import Row
    from pipelines.report.charts.chart import Target
    from pipelines.wording import Language

_STEPS = ("rr_nat", "coverage_gap", "effect_gap")


def gap(effect: pl.DataFrame, *, name: str, title: str, lang: Language, target: Target) -> Chart:
    """How a rate ratio gets from where it is to its target: with full coverage, and with more effect besides.

    Ratios are told as what they add to 1: `8,8 %` more tips. The share of the gap that coverage explains stands with
    its interval as it is published, also where that goes beyond 100 %.

    Args:
        effect: `published.tips_effect`: `measure`, `value`, `low`, `high`, `state`.
        name: of the chart.
        title: what it shows.
        lang: of its words.
        target: of the KPI, a ratio above 1.
    """
    measured: dict[str, Row] = {row["measure"]: row for row in records(effect)}
    steps = [measured.get(step, _ABSENT) for step in _STEPS]
    reached, covered, wanted = steps
    share = measured.get("coverage_gap_share", _ABSENT)
    aim = target.value - 1
    lanes = [
        Lane(
            say("gap.reached", lang),
            _told(reached, lang, less=1.0),
            0.0,
            _less_one(reached["value"]),
            _less_one(reached["low"]),
            _less_one(reached["high"]),
        ),
        _step(say("gap.coverage", lang), covered, reached["value"], lang, more=_share(share, lang)),
        _step(say("gap.effect", lang), wanted, _sum(reached["value"], covered["value"]), lang, more=""),
        Lane(say("gap.target", lang), figure(aim, "share", lang), 0.0, aim, colour="mute"),
    ]
    known = [end for lane in lanes for end in (lane.start, lane.end, lane.high, lane.low) if end is not None]
    scale = ticks(min(*known, 0.0), max(known), "share")
    table, shown = _tables([*steps, share], aim, lang)
    return Chart(
        name=name,
        title=title,
        summary="; ".join(f"{lane.label}: {lane.told}" for lane in lanes) + ".",
        kind="gap",
        reading=say("gap.reading", lang),
        table=table,
        shown=shown,
        spec=drawn(lanes, (scale[0], scale[-1]), 680, line_at=aim),
        narrow=drawn(lanes, (scale[0], scale[-1]), 340, line_at=aim),
    )


_ABSENT: Row = {"value": None, "low": None, "high": None, "state": "missing"}


def _less_one(ratio: float | None) -> float | None:
    return None if ratio is None else ratio - 1


def _sum(first: float | None, second: float | None) -> float | None:
    return None if first is None or second is None else first + second


def _told(row: Row, lang: Language, *, less: float) -> str:
    if row["value"] is None:
        return said("state", row["state"], lang)
    told = figure(row["value"] - less, "share", lang)
    if row["low"] is None or row["high"] is None:
        return told
    return f"{told} ({span(row['low'] - less, row['high'] - less, 'share', lang)})"


def _step(label: str, row: Row, before: float | None, lang: Language, *, more: str) -> Lane:
    """A bar from where the one before it ended."""
    if row["value"] is None or before is None:
        return Lane(label, said("state", row["state"], lang), 0.0, None)
    points = number(row["value"] * 100, lang, decimals=1)
    told = " · ".join(part for part in (points if row["value"] < 0 else f"+{points}", more) if part)
    start = before - 1
    low, high = (_sum(start, row[end]) for end in ("low", "high"))
    return Lane(label, told, start, start + row["value"], low, high, colour="other")


def _share(share: Row, lang: Language) -> str:
    if share["value"] is None:
        return ""
    ends = ""
    if share["low"] is not None and share["high"] is not None:
        ends = f" ({span(share['low'], share['high'], 'share', lang)})"
    return say("gap.share", lang, share=figure(share["value"], "share", lang), span=ends)


def _tables(rows: list[Row], aim: float, lang: Language) -> tuple[pl.DataFrame, pl.DataFrame]:
    labels = [say(f"gap.{key}", lang) for key in ("reached", "coverage", "effect", "coverage_share", "target")]
    less = (1.0, 0.0, 0.0, 0.0)

    def tell(value: float) -> str:
        return figure(value, "share", lang)

    def column(key: str, last: float | None) -> list[float | None]:
        given = [None if row[key] is None else row[key] - offset for row, offset in zip(rows, less, strict=True)]
        return [*given, last]

    return tables(
        [
            texts(say("column.quantity", lang), labels),
            numbers(say("column.value", lang), column("value", aim), tell),
            numbers(say("column.low", lang), column("low", None), tell),
            numbers(say("column.high", lang), column("high", None), tell),
            texts(say("column.state", lang), [*(said("state", row["state"], lang) for row in rows), None]),
        ]
    )
