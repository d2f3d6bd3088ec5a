"""The Python models of T1: what presence adds to tips (METHOD sections 5.4 and 5.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Mapping

INPUTS = (
    "kpi.kpi_tips_unit_weeks",
    "kpi.kpi_tips_adoption",
    "kpi.kpi_registry",
    "config.causal",
    "config.experiment_cells",
    "config.run",
)

_EFFECTS: dict[str, Any] = {
    "goal_id": pl.String,
    "kpi_id": pl.String,
    "design": pl.String,
    "measure": pl.String,
    "value": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "interval_kind": pl.String,
    "units": pl.Int64,
    "failing": pl.List(pl.String),
    "evidence_grade": pl.String,
}


def kpi_causal_effects(frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """title: What presence adds to tips, with everything the estimate and its checks say.

    goal: tips
    grain: one row per causal KPI and measure, of the design that was used
    key: [goal_id, kpi_id, measure]
    missing: >-
      value is null where the design cannot estimate it, low and high where it has no interval; a KPI has no row before
      a week of the study and one of the baseline were read
    columns:
      goal_id: goal
      kpi_id: KPI
      design: >-
        staggered_adoption, or the fallback that stood in for it; randomised_posting, staggered_links or
        interrupted_time_series
      measure: what is told, see sql/seeds/tips_effect.csv
      value: the measure
      low: lower end of its interval
      high: upper end of its interval
      interval_kind: jackknife, permutation, hac or none
      units: units in the estimate
      failing: reason codes of the checks that failed, the same on all rows of a KPI
      evidence_grade: B for a causal design with controls, C for an interrupted time series
    checks:
      - low is null or low <= high
    """
    cells = frames["kpi.kpi_tips_unit_weeks"]
    kpis = frames["kpi.kpi_registry"].filter(pl.col("measure").eq("tips_rate_ratio")).sort("position")
    rows: list[dict[str, object]] = []
    if not kpis.is_empty() and _is_begun(cells):
        from pipelines.statistics.tips_designs import Question, tell  # noqa: PLC0415  # numpy only where it is used

        settings = {(row["goal_id"], row["kpi_id"]): row for row in frames["config.causal"].iter_rows(named=True)}
        level = float(frames["config.run"]["level"][0])
        for kpi in kpis.iter_rows(named=True):
            goal_id, kpi_id = kpi["goal_id"], kpi["kpi_id"]
            told = tell(Question(goal_id, kpi["target_value"], settings[goal_id, kpi_id], frames, level))
            rows += [{"goal_id": goal_id, "kpi_id": kpi_id, **row} for row in told]
    return pl.DataFrame(rows, schema=_EFFECTS)


def _is_begun(cells: pl.DataFrame) -> bool:
    known = cells.filter(pl.col("tips").is_not_null())
    return known["is_study"].any() and not known["is_study"].all()
