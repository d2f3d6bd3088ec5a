"""The Python models of the stage kpi: cells become values with their uncertainty.

Each function's docstring is its table's contract, as a SQL model's header is.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

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

    grain: one row per KPI and variant with cells whose denominators sum to above zero
    key: [goal_id, kpi_id, variant, unit_id, platform, grain, period_start]
    missing: a KPI without cells has no row; low and high are null where no interval can be given honestly
    columns:
      goal_id: goal
      kpi_id: KPI
      variant: kind of sample of a survey; else null
      unit_id: null, the whole organisation
      platform: null, all of them
      grain: study
      period_start: first day of the study period, local
      period_end: last day of the study period, local
      value: numerator / denominator x scale, or the mean of that over cells
      low: lower end of the region of uncertainty, in the value's unit
      high: upper end
      interval_kind: census (low = high), bounds, wilson, garwood, cluster_bootstrap, or none
      n: observations; units, unit-weeks, unit-months, posts, questions, assessed tips, answers, or documented tips
      clusters: clusters that were resampled; null elsewhere
      numerator: sum above the line
      denominator: sum below the line
      failing: reason codes found here, e.g. small_n; none so far
      evidence_grade: null; kpi.kpi_completeness says it
    checks:
      - low is null or (low <= value and value <= high)
      - n >= 0
    """
    level = _level(frames)
    cells = frames["kpi.kpi_cells"]
    rows: list[dict[str, object]] = []
    for kpi in frames["kpi.kpi_registry"].iter_rows(named=True):
        own = cells.filter(
            pl.col("goal_id").eq(kpi["goal_id"])
            & pl.col("kpi_id").eq(kpi["kpi_id"])
            & pl.col("variant").eq_missing(pl.lit(kpi["variant"], pl.String))
        ).sort("cell")
        estimate = _ESTIMATORS.get(kpi["kind"])
        if estimate is None or not _sum(own, "denominator") > 0:
            continue
        found = estimate(own, level, kpi["variant"])
        scale = float(kpi["scale"])
        rows.append(
            {
                "goal_id": kpi["goal_id"],
                "kpi_id": kpi["kpi_id"],
                "variant": kpi["variant"],
                "grain": "study",
                "period_start": kpi["period_start"],
                "period_end": kpi["period_end"],
                "value": found.value * scale,
                "low": None if found.low is None else found.low * scale,
                "high": None if found.high is None else found.high * scale,
                "interval_kind": found.interval_kind,
                "n": found.n,
                "clusters": found.clusters,
                "numerator": _sum(own, "numerator"),
                "denominator": _sum(own, "denominator"),
                "failing": [],
            }
        )
    return pl.DataFrame(rows, schema=_ESTIMATES)


def _sum(cells: pl.DataFrame, column: str) -> float:
    return float(cells[column].sum())


def _level(frames: Mapping[str, pl.DataFrame]) -> float:
    return float(frames["config.run"]["level"][0])


@dataclass(frozen=True)
class _Found:
    value: float
    low: float | None
    high: float | None
    interval_kind: str
    n: int
    clusters: int | None = None


def _census(cells: pl.DataFrame, _level: float, _variant: str | None) -> _Found:
    below = _sum(cells, "denominator")
    value = _sum(cells, "numerator") / below
    high = _sum(cells, "numerator_high") / below
    return _Found(value, value, high, "census" if high == value else "bounds", cells.height)


def _proportion(cells: pl.DataFrame, level: float, _variant: str | None) -> _Found:
    from pipelines.statistics.intervals import wilson  # noqa: PLC0415  # scipy only where it is used

    above, below = _sum(cells, "numerator"), _sum(cells, "denominator")
    return _Found(above / below, *wilson(above, below, level), "wilson", int(below))


def _count_rate(cells: pl.DataFrame, level: float, _variant: str | None) -> _Found:
    from pipelines.statistics.intervals import garwood  # noqa: PLC0415  # scipy only where it is used

    above, below = _sum(cells, "numerator"), _sum(cells, "denominator")
    low, high = garwood(above, level)
    return _Found(above / below, low / below, high / below, "garwood", int(above))


def _survey(cells: pl.DataFrame, level: float, variant: str | None) -> _Found:
    # A margin of sampling error for a sample that chose itself is misleading (METHOD section 4.6): none is given.
    if variant == "probability_sample":
        return _proportion(cells, level, variant)
    above, below = _sum(cells, "numerator"), _sum(cells, "denominator")
    return _Found(above / below, None, None, "none", int(below))


def _ratio(cells: pl.DataFrame, level: float, _variant: str | None) -> _Found:
    from pipelines.statistics.bootstrap import ratio_of_sums  # noqa: PLC0415  # numpy only where it is used

    found = ratio_of_sums(cells["numerator"].to_numpy(), cells["denominator"].to_numpy(), _clusters(cells), level=level)
    return _Found(found.value, found.low, found.high, "cluster_bootstrap", cells.height, found.clusters)


def _mean(cells: pl.DataFrame, level: float, _variant: str | None) -> _Found:
    from pipelines.statistics.bootstrap import mean_over_cells  # noqa: PLC0415  # numpy only where it is used

    values = (cells["numerator"] / cells["denominator"]).to_numpy()
    found = mean_over_cells(values, _clusters(cells), level=level)
    return _Found(found.value, found.low, found.high, "cluster_bootstrap", cells.height, found.clusters)


def _clusters(cells: pl.DataFrame) -> Any:  # noqa: ANN401  # an object array; numpy has no narrower type for it
    return cells["cluster_id"].fill_null("").to_numpy()


_ESTIMATORS: dict[str, Callable[[pl.DataFrame, float, str | None], _Found]] = {
    "share_census": _census,
    "proportion": _proportion,
    "count_rate": _count_rate,
    "survey_share": _survey,
    "ratio_of_sums": _ratio,
    "mean_over_unit_months": _mean,
}
"""Kind of KPI in goals.yaml -> how its cells become a value with its uncertainty."""
