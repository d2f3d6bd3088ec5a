"""What was read when: a strip of days for each source. Read, not read and not offered are three different looks."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from pipelines.report.charts import marks
from pipelines.report.charts.axes import months, shortened
from pipelines.report.charts.canvas import TEXT, Canvas, Layer, Row
from pipelines.report.charts.chart import Chart
from pipelines.report.charts.figures import figure
from pipelines.report.charts.scales import day_name
from pipelines.report.charts.tables import dates, numbers, records, tables, texts
from pipelines.report.charts.words import said, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from pipelines.report.charts.chart import Spec
    from pipelines.wording import Language

_LANE, _THICK = 40, 12


def freshness(days: pl.DataFrame, *, name: str, title: str, lang: Language) -> Chart:
    """Days of each source that were read in full, in part, not at all, or that the platform does not offer.

    Args:
        days: one row per `lane` (a source, or a platform's metric) and `date`: `share` of what was due that was read
            (0 to 1, null where not offered) and `state`: measured, missing or not_offered. A day without a row was
            not due, and has no look at all.
        name: of the chart.
        title: what it shows.
        lang: of its words.
    """
    runs = _runs(records(days.sort("lane", "date")))

    def tell(day: date) -> str:
        return day_name(day, lang)

    table, shown = tables(
        [
            texts(say("column.source", lang), [run["lane"] for run in runs]),
            dates(say("column.first", lang), [run["first"] for run in runs], tell),
            dates(say("column.last", lang), [run["last"] for run in runs], tell),
            texts(say("column.state", lang), [said("read", run["look"], lang) for run in runs]),
            numbers(
                say("column.share", lang), [run["share"] for run in runs], lambda share: figure(share, "share", lang)
            ),
        ]
    )
    lanes = list(dict.fromkeys(run["lane"] for run in runs))
    return Chart(
        name=name,
        title=title,
        summary=_summary(runs, lanes, lang),
        kind="freshness",
        reading=say("freshness.reading", lang),
        table=table,
        shown=shown,
        spec=_spec(680, runs, lanes, lang),
        narrow=_spec(340, runs, lanes, lang),
    )


def _look(row: Row) -> str:
    if row["state"] == "not_offered":
        return "not_offered"
    if row["state"] == "missing" or not row["share"]:
        return "missing"
    return "whole" if row["share"] >= 1 else "partly"


def _runs(rows: Sequence[Row]) -> list[Row]:
    """Days that look alike and follow each other, as one stretch; its share is the mean of its days."""
    runs: list[Row] = []
    for row in rows:
        look, share = _look(row), row["share"]
        last = runs[-1] if runs else None
        if (
            last is not None
            and last["lane"] == row["lane"]
            and last["look"] == look
            and row["date"] == last["last"] + timedelta(days=1)
            and (look != "partly" or last["share"] == share)
        ):
            last["last"] = row["date"]
        else:
            share = None if look == "not_offered" else 0.0 if look == "missing" else share
            runs.append({"lane": row["lane"], "first": row["date"], "last": row["date"], "look": look, "share": share})
    return runs


def _length(run: Row) -> int:
    return (run["last"] - run["first"]).days + 1


def _summary(runs: Sequence[Row], lanes: Sequence[str], lang: Language) -> str:
    told: list[str] = []
    for lane in lanes:
        counted = {
            look: sum(_length(run) for run in runs if run["lane"] == lane and run["look"] == look)
            for look in ("whole", "partly", "missing", "not_offered")
        }
        parts = ", ".join(f"{said('read', look, lang)} {count}" for look, count in counted.items() if count)
        told.append(f"{lane}: {parts}")
    return say("freshness.days", lang, told="; ".join(told)) if told else say("trend.nothing", lang)


def _spec(width: int, runs: Sequence[Row], lanes: Sequence[str], lang: Language) -> Spec:
    first = min((run["first"] for run in runs), default=date(2000, 1, 1)).toordinal()
    after = max((run["last"] for run in runs), default=date(2000, 1, 31)).toordinal() + 1
    height = _LANE * len(lanes)
    canvas = Canvas(width, height + 40, 2, 14, 0, 40, x=(float(first), float(after)), y=(height, 0))
    layers: list[Layer] = []
    for index, lane in enumerate(lanes):
        top = index * _LANE
        label: list[Row] = [{"x": 0, "y": top + 13, "text": shortened(lane, width // 8)}]
        layers.append(marks.words(canvas, label, "ink", align="left", size=TEXT, at_pixels="x"))
        layers += _strip(canvas, [(number, run) for number, run in enumerate(runs) if run["lane"] == lane], top + 30)
    return canvas.draw([*layers, *months(canvas, lang)])


def _strip(canvas: Canvas, runs: Sequence[tuple[int, Row]], middle: float) -> list[Layer]:
    """Whole days are solid, others filled to their share, hatched in a frame, or a thin dotted line."""
    looks: dict[str, list[Row]] = {"whole": [], "partly": [], "missing": [], "not_offered": []}
    foot = middle + _THICK / 2
    for number, run in runs:
        across = {"x": run["first"].toordinal(), "x2": run["last"].toordinal() + 1, "row": marks.pointing(number)}
        high = _THICK * (run["share"] if run["look"] == "partly" else 1.0)
        looks[run["look"]].append({**across, "y": foot - high, "y2": foot})
    behind = [{**row, "y": middle - _THICK / 2} for row in looks["partly"]]
    thin = [{"x": row["x"], "x2": row["x2"], "y": middle, "row": row["row"]} for row in looks["not_offered"]]
    return [
        marks.boxes(canvas, looks["whole"], "data"),
        marks.boxes(canvas, behind, "hatch"),
        marks.boxes(canvas, looks["missing"], "hatch", edge="mute"),
        marks.boxes(canvas, looks["partly"], "data"),
        marks.strokes(canvas, thin, "line", width=1.4, dash=(1, 4)),
    ]
