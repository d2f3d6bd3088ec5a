"""The Python models of the stage kpi: cells become values with their uncertainty.

Each function's docstring is its table's contract, as a SQL model's header is.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Mapping

_BRIDGES: dict[str, Any] = {
    "platform": pl.String,
    "factor": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "posts": pl.Int64,
    "days": pl.Int64,
    "is_usable": pl.Boolean,
}

_ESTIMATES: dict[str, Any] = {
    "goal_id": pl.String,
    "kpi_id": pl.String,
    "variant": pl.String,
    "unit_id": pl.String,
    "platform": pl.String,
    "grain": pl.String,
    "period_start": pl.Date,
    "period_end": pl.Date,
    "value": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "interval_kind": pl.String,
    "n": pl.Int64,
    "clusters": pl.Int64,
    "numerator": pl.Float64,
    "denominator": pl.Float64,
    "failing": pl.List(pl.String),
    "evidence_grade": pl.String,
}


def kpi_bridges(frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """title: Bridges from impressions to views, one a platform, measured where both were read.

    grain: one row per platform with readings that carry both
    key: [platform]
    missing: low and high are null with fewer than two posts; a platform without an overlap has no row, and no bridge
    columns:
      platform: platform
      factor: sum of views / sum of impressions over readings that carry both
      low: lower end of its interval, cluster bootstrap over posts
      high: upper end of its interval
      posts: posts in the overlap
      days: local dates with a reading in the overlap
      is_usable: at least 28 days and 30 posts, and a half-width of at most 5 % of the factor (METHOD section 2)
    checks:
      - not is_usable or (low is not null and factor > 0)
    """
    from pipelines.statistics.bridges import bridge  # noqa: PLC0415  # numpy is not needed to read the contract

    level = _level(frames)
    pairs = frames["kpi.kpi_bridge_pairs"].sort("platform", "post_id", "observed_at")
    rows = [
        {"platform": platform, **asdict(bridge(group, level=level))}
        for (platform,), group in pairs.group_by("platform", maintain_order=True)
    ]
    return pl.DataFrame(rows, schema=_BRIDGES)


def kpi_cell_estimates(frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """title: Values and intervals of the KPIs that are made of cells, before the verdict rule.

    grain: one row per KPI, variant, unit or platform or neither, and period, with cells whose denominators sum to above
        zero
    key: [goal_id, kpi_id, variant, unit_id, platform, grain, period_start]
    missing: what has no cells, and a census of which nothing is certain, has no row; low and high are null where no
        interval can be given honestly
    columns:
      goal_id: goal
      kpi_id: KPI
      variant: kind of sample of a survey, or another way of telling the KPI; else null
      unit_id: unit; null for the whole organisation
      platform: platform; null for all of them
      grain: day, week, month or study
      period_start: first day, local
      period_end: last day, local
      value: numerator / denominator x scale, or the mean of that over cells
      low: lower end of the region of uncertainty, in the value's unit
      high: upper end
      interval_kind: census (low = high), bounds, wilson, garwood, garwood_overdispersed, cluster_bootstrap, or none
      n: observations; units, unit-weeks, unit-months, posts, questions, assessed tips, answers, or documented tips
      clusters: clusters that were resampled; null elsewhere
      numerator: sum above the line
      denominator: sum below the line
      failing: small_n where fewer than two clusters leave nothing to resample
      evidence_grade: null; kpi.kpi_completeness says it
    checks:
      - low is null or (low <= value and value <= high)
      - n >= 0
    """
    from pipelines.warehouse import scopes  # noqa: PLC0415  # numpy is not needed to read the contract

    described = frames["kpi.kpi_registry"].select(*scopes.KPI, "kind", "scale")
    sums = (
        frames["kpi.kpi_scope_sums"]
        .join(described, on=list(scopes.KPI), nulls_equal=True)
        .join(
            frames["kpi.kpi_dispersion"].select(*scopes.KPI, "phi"), on=list(scopes.KPI), how="left", nulls_equal=True
        )
    )
    level = _level(frames)
    parts = [scopes.estimated(sums.filter(pl.col("kind") == kind), kind, level) for kind in scopes.KINDS]
    found = pl.concat([pl.DataFrame(schema=_ESTIMATES), *(part.select(_ESTIMATES.keys()) for part in parts)])
    return found.sort(*scopes.SCOPE)


def _level(frames: Mapping[str, pl.DataFrame]) -> float:
    return float(frames["config.run"]["level"][0])
