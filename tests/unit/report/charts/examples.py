"""One chart of every kind, with whatever words."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from pipelines.report import charts
from pipelines.report.charts import Target

FLOATS = dict.fromkeys(("value", "low", "high", "target_value"), pl.Float64)


def month(index):
    start = date(2025, index + 1, 1)
    return start, (start + timedelta(days=32)).replace(day=1) - timedelta(days=1)


def periods(words, **more):
    values = [0.5, 0.6, None, 0.7, 0.65, 0.8]
    rows = []
    for index, value in enumerate(values):
        start, end = month(index)
        known = value is not None
        rows.append(
            {"period_start": start, "period_end": end, "value": value, "low": value and value - 0.1,
             "high": value and value + 0.1, "state": "measured" if known else words,
             "reasons": "not_settled" if index == 5 else "", **more}
        )  # fmt: skip
    return pl.DataFrame(rows)


def all_charts(words="facebook", lang="sv"):
    """Every kind of chart, `words` wherever a text of the data or of the institution can stand."""
    said = {"title": words, "lang": lang}
    breaks = pl.DataFrame(
        {"break_date": [date(2025, 5, 10)], "platform": [words], "old_definition": [words], "new_definition": [words]}
    )
    notes = pl.DataFrame({"date": [date(2025, 2, 3)], "text": [words]})
    kpi = {"value": 0.8, "low": 0.7, "high": 0.9, "interval_kind": words, "target_op": ">=", "target_value": 0.7,
           "verdict": words, "state": "measured"}  # fmt: skip
    empty = kpi | {"value": None, "low": None, "high": None, "state": words}
    touch = {"documented": 20.0, "touched": 30.0, "touched_low": 25.0, "touched_high": 35.0, "incremental": None,
             "incremental_low": None, "incremental_high": None, "documented_state": "measured",
             "touched_state": "measured", "incremental_state": words, "remark": words}  # fmt: skip
    effect = [("rr_nat", 1.1, 1.0, 1.2), ("coverage_gap", 0.05, 0.0, 0.1), ("effect_gap", 0.05, None, None),
              ("coverage_gap_share", 0.5, 0.2, 1.4)]  # fmt: skip
    lag = [("p50_hours", 10.0, 9.0, 11.0), ("p80_hours", 24.0, 22.0, 26.0), ("p95_hours", None, None, None),
           ("sigma", 1.1, None, None)]  # fmt: skip
    answers = {f"p{share}{end}": float(share * 10) for share in (50, 80, 95) for end in ("", "_low", "_high")}
    units = pl.DataFrame(
        {"unit_id": ["a", words], "value": [0.8, 0.5], "n": [300, 100], "centre": [0.7, 0.7], "low_998": [0.6, 0.5],
         "low_95": [0.65, 0.6], "high_95": [0.75, 0.8], "high_998": [0.8, 0.9], "position": ["inside", "below_998"]}
    )  # fmt: skip
    posts = pl.DataFrame(
        {"lane": [words, words, "b"], "value": [4.0, None, 9.0], "state": ["measured", words, "measured"],
         "label": ["p1", words, words], "marked": [False, False, True]}
    )  # fmt: skip
    days = pl.DataFrame(
        {"lane": [words] * 4, "date": [date(2025, 6, day) for day in (1, 2, 3, 4)], "share": [1.0, 0.5, 0.0, None],
         "state": ["measured", "measured", "missing", "not_offered"]}
    )  # fmt: skip
    quantities = pl.DataFrame(
        {"label": [words, "b"], "value": [3.0, None], "low": [2.0, None], "high": [4.0, None],
         "state": ["measured", words]}
    )  # fmt: skip
    both = pl.concat([periods(words, unit_id=unit) for unit in (words, "b")])
    frame = {"schema": ["measure", "value", "low", "high"], "orient": "row"}
    made = [
        charts.interval(pl.DataFrame([kpi]), name="interval", unit="share", **said),
        charts.interval(pl.DataFrame([empty], schema_overrides=FLOATS), name="empty", unit=words, **said),
        charts.trend(periods(words), name="trend", unit="share", breaks=breaks, notes=notes,
                     target=Target(">=", 0.7), **said),
        charts.multiples(both, by="unit_id", name="multiples", unit="share", whole=periods(words),
                         target=Target("<=", 0.7), breaks=breaks, labels={"b": words + "b"}, **said),
        charts.funnel(units, name="funnel", unit="share", size=words, **said),
        charts.bars(quantities, name="bars", unit=words, **said),
        charts.three_numbers(pl.DataFrame([touch]), name="three", **said),
        charts.gap(pl.DataFrame(effect, **frame).with_columns(state=pl.lit(words)), name="gap",
                   target=Target(">=", 1.2), **said),
        charts.lag_law(pl.DataFrame(lag, **frame).with_columns(reason=pl.lit(words)), name="lag", **said),
        charts.waiting(pl.DataFrame([answers]), name="waiting", **said),
        charts.strip(posts, name="strip", unit=words, counted=words, **said),
        charts.freshness(days, name="freshness", **said),
    ]  # fmt: skip
    return {chart.name: chart for chart in made}
