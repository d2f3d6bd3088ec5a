"""Estimates for all units, platforms and periods of a kind of KPI at once: arrays in, arrays out, no loop over rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from pipelines.statistics import bootstrap, intervals

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

KPI = ("goal_id", "kpi_id", "variant")
SCOPE = (*KPI, "unit_id", "platform", "grain", "period_start", "period_end")
"""What tells a KPI from another, and one row of it from another."""


@dataclass(frozen=True)
class _Sums:
    """The sums of one kind of KPI: by cluster, those of a scope together, and by scope."""

    clusters: dict[str, NDArray[np.float64]]
    scopes: dict[str, NDArray[np.float64]]
    starts: NDArray[np.intp]

    @property
    def sizes(self) -> NDArray[np.intp]:
        """Clusters of each scope."""
        return np.diff(np.append(self.starts, self.clusters["cells"].size))


@dataclass(frozen=True)
class _Found:
    """One entry per scope; NaN where there is none."""

    value: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    interval_kind: NDArray[np.str_]
    n: NDArray[np.float64]
    clusters: NDArray[np.float64] | None = None


def estimated(sums: pl.DataFrame, kind: str, level: float) -> pl.DataFrame:
    """Value and interval of every scope of the KPIs of one kind.

    Args:
        sums: rows of `kpi.kpi_scope_sums` with `scale` and `phi`.
        kind: kind of KPI in goals.yaml, one of `KINDS`.
        level: two-sided, of the intervals.

    Returns:
        One row per scope with a denominator above zero, with the columns of `kpi.kpi_cell_estimates`.
    """
    ordered = sums.sort(*SCOPE, "cluster_id")
    totals = ordered.group_by(SCOPE, maintain_order=True).agg(pl.sum("denominator"))
    ordered = ordered.join(
        totals.filter(pl.col("denominator") > 0), on=list(SCOPE), how="semi", nulls_equal=True, maintain_order="left"
    )
    keys = ordered.select(*SCOPE, "scale", "phi", place=pl.struct(SCOPE).rle_id())
    starts = np.flatnonzero(np.diff(keys["place"].to_numpy(), prepend=-1))
    columns = ("cells", "numerator", "numerator_high", "denominator", "quotients")
    clusters = {name: ordered[name].cast(pl.Float64).fill_null(0).to_numpy() for name in columns}
    # reduceat adds in the order of the rows, so the sums are the same on any machine
    by_scope = {
        name: np.add.reduceat(numbers, starts) if starts.size else numbers for name, numbers in clusters.items()
    }
    scopes = keys.filter(pl.int_range(pl.len()).is_in(starts)) if starts.size else keys
    by_scope["phi"] = scopes["phi"].fill_null(1.0).to_numpy()
    found = KINDS[kind](_Sums(clusters, by_scope, starts), level)
    return _rows(scopes, by_scope, found)


def _rows(scopes: pl.DataFrame, sums: dict[str, NDArray[np.float64]], found: _Found) -> pl.DataFrame:
    scale = scopes["scale"].to_numpy()
    clusters = np.full(scale.size, np.nan) if found.clusters is None else found.clusters
    made = scopes.select(SCOPE).with_columns(
        value=pl.Series(found.value * scale, dtype=pl.Float64),
        low=pl.Series(found.low * scale, dtype=pl.Float64).fill_nan(None),
        high=pl.Series(found.high * scale, dtype=pl.Float64).fill_nan(None),
        interval_kind=pl.Series(found.interval_kind.tolist(), dtype=pl.String),
        n=pl.Series(found.n, dtype=pl.Float64).cast(pl.Int64),
        clusters=pl.Series(clusters, dtype=pl.Float64).fill_nan(None).cast(pl.Int64),
        numerator=pl.Series(sums["numerator"], dtype=pl.Float64),
        denominator=pl.Series(sums["denominator"], dtype=pl.Float64),
        evidence_grade=pl.lit(None, pl.String),
    )
    lacks_clusters = pl.col("low").is_null() & (pl.col("interval_kind") != "none")
    failing = pl.when(lacks_clusters).then(pl.lit(["small_n"])).otherwise(pl.lit([], pl.List(pl.String)))
    # a census of which nothing is certain says nothing: it is missing, not zero
    return made.filter(~pl.col("value").is_nan()).with_columns(failing=failing)


def _census(sums: _Sums, _level: float) -> _Found:
    above, most, below = (sums.scopes[name] for name in ("numerator", "numerator_high", "denominator"))
    value, high = above / below, most / below
    is_certain = (above > 0) | (most < below)
    kind = np.where(high == value, "census", "bounds")
    return _Found(np.where(is_certain, value, np.nan), value, high, kind, sums.scopes["cells"])


def _proportion(sums: _Sums, level: float) -> _Found:
    above, below = sums.scopes["numerator"], sums.scopes["denominator"]
    low, high = intervals.wilson_ends(above, below, level)
    return _Found(above / below, low, high, np.full(above.size, "wilson"), np.floor(below))


def _count_rate(sums: _Sums, level: float) -> _Found:
    above, below, phi = sums.scopes["numerator"], sums.scopes["denominator"], sums.scopes["phi"]
    low, high = intervals.overdispersed_garwood_ends(above, phi, level)
    kind = np.where(phi > intervals.OVERDISPERSED, "garwood_overdispersed", "garwood")
    return _Found(above / below, low / below, high / below, kind, np.floor(above))


def _ratio(sums: _Sums, level: float) -> _Found:
    return _resampled(sums, "numerator", "denominator", level)


def _mean(sums: _Sums, level: float) -> _Found:
    return _resampled(sums, "quotients", "cells", level)


def _resampled(sums: _Sums, above: str, below: str, level: float) -> _Found:
    low, high = bootstrap.ends_of_ratios(sums.clusters[above], sums.clusters[below], sums.starts, level=level)
    value = sums.scopes[above] / sums.scopes[below]
    kind = np.full(value.size, "cluster_bootstrap")
    return _Found(value, low, high, kind, sums.scopes["cells"], sums.sizes.astype(float))


KINDS: dict[str, Callable[[_Sums, float], _Found]] = {
    "share_census": _census,
    "proportion": _proportion,
    "count_rate": _count_rate,
    "ratio_of_sums": _ratio,
    "mean_over_unit_months": _mean,
}
"""Kind of KPI in goals.yaml -> how the sums of its cells become values with their uncertainty."""
