"""The Python model of response times: Kaplan-Meier per organisation, unit, platform and month.

Each function's docstring is its table's contract, as a SQL model's header is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SHARES = (("p50", 0.50), ("p80", 0.80), ("p95", 0.95))

_TIMES: dict[str, Any] = {
    "goal_id": pl.String,
    "kpi_id": pl.String,
    "variant": pl.String,
    "unit_id": pl.String,
    "platform": pl.String,
    "grain": pl.String,
    "period_start": pl.Date,
    "period_end": pl.Date,
    "n": pl.Int64,
    "answered": pl.Int64,
    **{f"{name}{part}": pl.Float64 for name, _ in _SHARES for part in ("", "_low", "_high")},
}

_MINUTES = {"clock": "response_minutes", "business": "business_minutes"}


def kpi_response_times(frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """title: How long questions waited for an answer, those still open included (Kaplan-Meier).

    grain: >-
      one row per KPI, variant and scope with a question: the organisation's study period and its months, and the study
      period of each unit and of each platform
    key: [goal_id, kpi_id, variant, unit_id, platform, grain, period_start]
    missing: a time that so many were never seen to be answered in is null; an upper end is null where the band does not
      come down that far, and both ends with fewer than two answers
    columns:
      goal_id: goal
      kpi_id: KPI
      variant: clock, all minutes; business, those of the opening hours
      unit_id: unit of the post that was asked under; null for the whole organisation
      platform: platform of that post; null for all of them
      grain: study or month
      period_start: first day on which the questions were asked, local
      period_end: last day, local
      n: questions, open ones included
      answered: of those, answered by as_of
      p50: minutes within which half were answered, the median [min]
      p50_low: lower end of its interval, from the log-log band [min]
      p50_high: upper end [min]
      p80: minutes within which four of five were answered [min]
      p80_low: lower end of its interval [min]
      p80_high: upper end [min]
      p95: minutes within which nineteen of twenty were answered [min]
      p95_low: lower end of its interval [min]
      p95_high: upper end [min]
    checks:
      - answered between 0 and n and n > 0
      - coalesce(p50_low <= p50, true) and coalesce(p50 <= p50_high, true)
      - coalesce(p50 <= p80, true) and coalesce(p80 <= p95, true)
    """
    level = float(frames["config.run"]["level"][0])
    rows: list[dict[str, object]] = []
    for kpi in frames["kpi.kpi_registry"].filter(pl.col("measure") == "km_median").iter_rows(named=True):
        minutes = _MINUTES[kpi["variant"]]
        asked = frames["marts.fct_response_time"].filter(
            pl.col("local_date").is_between(kpi["period_start"], kpi["counted_to"]) & pl.col(minutes).is_not_null()
        )
        if kpi["platforms"] is not None:
            asked = asked.filter(pl.col("platform").is_in(list(kpi["platforms"])))
        for scope, questions in _scopes(asked, kpi):
            rows.append(
                {
                    "goal_id": kpi["goal_id"],
                    "kpi_id": kpi["kpi_id"],
                    "variant": kpi["variant"],
                    **scope,
                    **_quantiles(questions, minutes, level),
                }
            )
    return pl.DataFrame(rows, schema=_TIMES)


def _scopes(asked: pl.DataFrame, kpi: dict[str, Any]) -> Iterator[tuple[Mapping[str, object], pl.DataFrame]]:
    if asked.is_empty():
        return
    study = {"grain": "study", "period_start": kpi["period_start"], "period_end": kpi["period_end"]}
    yield study, asked
    for column in ("unit_id", "platform"):
        for (name,), group in asked.drop_nulls(column).group_by(column, maintain_order=True):
            yield {**study, column: name}, group
    first = pl.col("local_date").dt.month_start()
    for (month,), group in asked.with_columns(first.alias("month")).group_by("month", maintain_order=True):
        last = group.select(pl.col("month").dt.month_end().first()).item()
        ends = {
            "period_start": max(month, kpi["period_start"]),  # pyright: ignore[reportArgumentType]  # both are dates
            "period_end": min(last, kpi["period_end"]),
        }
        yield {"grain": "month", **ends}, group


def _quantiles(questions: pl.DataFrame, minutes: str, level: float) -> dict[str, object]:
    from pipelines.statistics.survival import Quantile, kaplan_meier  # noqa: PLC0415  # numpy only where it is used

    curve = kaplan_meier(questions[minutes].to_numpy(), (~questions["is_open"]).to_numpy(), level=level)
    row: dict[str, object] = {"n": curve.n, "answered": curve.answered}
    for name, share in _SHARES:
        found = curve.quantile(share)
        if curve.answered < 2:  # one answer says nothing of how answers vary
            found = Quantile(found.value, None, None)
        row |= {name: found.value, f"{name}_low": found.low, f"{name}_high": found.high}
    return row
