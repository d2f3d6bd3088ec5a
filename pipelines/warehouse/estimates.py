"""The Python models of the stage kpi: cells become values with their uncertainty.

Each function's docstring is its table's contract, as a SQL model's header is.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipelines.statistics.funnel import Law

_BRIDGES: dict[str, Any] = {
    "platform": pl.String,
    "factor": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "posts": pl.Int64,
    "days": pl.Int64,
    "is_usable": pl.Boolean,
}

ESTIMATES: dict[str, Any] = {
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
"""The shape of every table that kpi.kpi_estimates unites."""

_LAWS: dict[str, Law] = {"proportion": "binomial", "count_rate": "poisson", "ratio_of_sums": "poisson"}
"""Kind of KPI in goals.yaml -> how its events vary by chance; other kinds have no funnel."""

_LIMITS = ("low_95", "high_95", "low_998", "high_998")

_FUNNELS: dict[str, Any] = {
    "goal_id": pl.String,
    "kpi_id": pl.String,
    "variant": pl.String,
    "unit_id": pl.String,
    "period_start": pl.Date,
    "period_end": pl.Date,
    "value": pl.Float64,
    "n": pl.Int64,
    "centre": pl.Float64,
    **dict.fromkeys(_LIMITS, pl.Float64),
    "position": pl.String,
    "phi": pl.Float64,
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
    from pipelines.statistics import scopes  # noqa: PLC0415  # numpy is not needed to read the contract

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
    found = pl.concat([pl.DataFrame(schema=ESTIMATES), *(part.select(ESTIMATES.keys()) for part in parts)])
    return found.sort(*scopes.SCOPE)


def kpi_unit_funnel(frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """title: Units beside the limits that chance sets around the organisation's value, for the study period.

    grain: one row per KPI that is a proportion, a rate or a pooled ratio, and unit with anything below the line
    key: [goal_id, kpi_id, variant, unit_id]
    missing: a unit of which nothing was read, or that had nothing due, has no row; KPIs that count tips have none
    columns:
      goal_id: goal
      kpi_id: KPI
      variant: as in kpi.kpi_registry
      unit_id: unit
      period_start: first day of the study period, local
      period_end: last day of the study period, local
      value: the unit's value, in the KPI's unit
      n: observations
      centre: the pooled value of all units with a value
      low_95: lower limit within which 95 % of units of this size fall by chance
      high_95: upper limit
      low_998: lower limit within which 99.8 % fall
      high_998: upper limit
      position: inside, below_95, above_95, below_998 or above_998
      phi: how much more the units vary than chance alone would have them; above 1.2 the limits are widened by its root
    checks:
      - low_998 <= low_95 and low_95 <= centre and centre <= high_95 and high_95 <= high_998
      - position in ('inside', 'below_95', 'above_95', 'below_998', 'above_998')
    """
    from pipelines.statistics.funnel import funnel  # noqa: PLC0415  # numpy is not needed to read the contract

    names = ["goal_id", "kpi_id", "variant"]
    described = frames["kpi.kpi_registry"].filter(~pl.col("is_sensitive")).select(*names, "kind", "scale")
    is_unit = pl.col("unit_id").is_not_null() & pl.col("platform").is_null() & (pl.col("grain") == "study")
    units = (
        frames["kpi.kpi_estimates"]
        .filter(is_unit & (pl.col("denominator") > 0))
        .join(described.filter(pl.col("kind").is_in(list(_LAWS))), on=names, nulls_equal=True)
        .sort(*names, "unit_id")
    )
    parts = [pl.DataFrame(schema=_FUNNELS)]
    for (*_, kind, scale), group in units.group_by(*names, "kind", "scale", maintain_order=True):
        found = funnel(group["numerator"].to_numpy(), group["denominator"].to_numpy(), _LAWS[str(kind)])
        limits = {name: ends * scale for name, ends in zip(_LIMITS, found.limits, strict=True)}
        parts.append(
            group.with_columns(
                centre=pl.lit(found.centre * float(str(scale))),
                phi=pl.lit(found.phi),
                position=pl.Series(found.position, dtype=pl.String),
                **{name: pl.Series(ends, dtype=pl.Float64) for name, ends in limits.items()},
            ).select(_FUNNELS.keys())
        )
    return pl.concat(parts)


def _level(frames: Mapping[str, pl.DataFrame]) -> float:
    return float(frames["config.run"]["level"][0])
