"""From unit-weeks to T1: the design that can be used, and what it says. Frames in, rows out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from pipelines.statistics.causal import NEVER, CausalEstimate, Panel, Region, estimate
from pipelines.statistics.causal_checks import MAX_DISPERSION, controls, dispersion, permutation_p, pre_trend_p
from pipelines.statistics.interrupted import Series, interrupted
from pipelines.statistics.randomised import analyse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pipelines.statistics.two_way import Array

Row = dict[str, object]


@dataclass(frozen=True)
class Found:
    """What one design came to.

    Args:
        design: its name.
        measures: measure -> region.
        interval_kind: of those with an interval.
        units: units in the estimate.
        failing: reason codes.
        grade: of the evidence.
    """

    design: str
    measures: dict[str, Region]
    interval_kind: str
    units: int
    failing: tuple[str, ...]
    grade: str

    def rows(self) -> Iterator[Row]:
        """The rows of `kpi.kpi_causal_effects`, but for the KPI's ids."""
        for measure, region in self.measures.items():
            yield {
                "design": self.design,
                "measure": measure,
                "value": region.value,
                "low": region.low,
                "high": region.high,
                # T1 itself is always to have one: where it has not, there is too little to make it of
                "interval_kind": self.interval_kind if region.low is not None or measure == "rr_nat" else "none",
                "units": self.units,
                "failing": list(self.failing),
                "evidence_grade": self.grade,
            }


@dataclass(frozen=True)
class Question:
    """What is to be estimated.

    Args:
        goal_id: goal of the KPI.
        target: of the ratio; None without one.
        settings: row of `config.causal`.
        frames: the tables of the tips, by name.
        level: of the intervals, two-sided.
    """

    goal_id: str
    target: float | None
    settings: Mapping[str, Any]
    frames: Mapping[str, pl.DataFrame]
    level: float


def tell(asked: Question) -> list[Row]:
    """The staggered adoption, or the first declared fallback that can be used where nobody is left to compare with."""
    own = staggered("staggered_adoption", "post", asked)
    if "no_controls" in own.failing:
        for name in asked.settings["fallbacks"]:
            found = _FALLBACKS[name](asked)
            if found is not None:
                return list(found.rows())
    return list(own.rows())


def staggered(design: str, began_with: str, asked: Question) -> Found:
    """Poisson imputation over units that began one after the other.

    Args:
        design: name of the design.
        began_with: what they began with, as in `kpi.kpi_tips_adoption`.
        asked: what is to be estimated.
    """
    frames, level = asked.frames, asked.level
    panel, population = panel_of(
        frames["kpi.kpi_tips_unit_weeks"],
        frames["kpi.kpi_tips_adoption"].filter(pl.col("began_with").eq(began_with)),
        donut_weeks=asked.settings["donut_weeks"],
    )
    found = estimate(panel, target=asked.target, level=level)
    held = controls(panel, population)
    pre, phi = pre_trend_p(panel), dispersion(panel)
    failing = [
        *(["no_adoption"] if not panel.treated().any() else []),
        *(["no_baseline"] if not panel.untreated().any(1).all() else []),
        *(["no_controls"] if not held.is_enough else []),
        *(["pre_trend"] if pre is not None and pre < 1 - level else []),
        *(["overdispersion"] if phi is not None and phi > MAX_DISPERSION else []),
    ]
    checks = {
        "permutation_p": Region(permutation_p(panel)),
        "pre_trend_p": Region(pre),
        "dispersion": Region(phi),
        "untreated_units_min": Region(float(held.units)),
        "untreated_population_share_min": Region(held.population_share),
    }
    return Found(design, {**measures_of(found), **checks}, "jackknife", found.units, tuple(failing), "B")


def _links(asked: Question) -> Found | None:
    """The same comparison by what was declared instead of the first post; None where that leaves no controls either."""
    found = staggered("staggered_links", asked.settings["staggered_by"], asked)
    return None if {"no_controls", "no_adoption", "no_baseline"} & set(found.failing) else found


def _series(asked: Question) -> Found | None:
    """Before and after the declared change; None without one, or with too few weeks around it."""
    settings, date = asked.settings, asked.settings["interruption_date"]
    if date is None:
        return None
    weeks = (
        asked.frames["kpi.kpi_tips_unit_weeks"]
        .group_by("first_date", "last_date", "is_study")
        .agg(pl.col("tips").sum(), pl.col("tips").is_null().any().alias("is_unknown"))
        # a week the change falls into belongs to neither side
        .filter(~pl.col("is_unknown") & ((pl.col("last_date") < date) | (pl.col("first_date") >= date)))
        .sort("first_date")
        .with_columns(
            days=(pl.col("last_date") - pl.col("first_date")).dt.total_days() + 1,
            day=pl.col("first_date").to_physical().cast(pl.Float64),
        )
    )
    series = Series(
        tips=weeks["tips"].to_numpy().astype(np.float64),
        days=weeks["days"].to_numpy().astype(np.float64),
        day=(weeks["day"] + weeks["days"] / 2).to_numpy(),
        is_after=(weeks["first_date"] >= date).to_numpy(),
        is_study=weeks["is_study"].to_numpy(),
    )
    found = interrupted(
        series, impact=settings["interruption_impact"], harmonics=settings["harmonics"], level=asked.level
    )
    if found is None:
        return None
    measures = {
        "rr_nat": found.ratio_study,
        "rr_att": found.ratio,
        "incremental_tips": Region(found.incremental),
        "observed_tips": Region(float(series.tips[series.is_study].sum())),
        "expected_tips": Region(found.expected),
        "dispersion": Region(found.dispersion),
    }
    return Found("interrupted_time_series", measures, "hac", 1, (), "C")


def _lots(asked: Question) -> Found | None:
    """A randomised experiment of the goal that covers the whole study period; the first by its id."""
    cells = asked.frames["kpi.kpi_tips_unit_weeks"]
    study = cells.filter(pl.col("is_study"))["week_start"]
    lots = asked.frames["config.experiment_cells"].filter(pl.col("goal_id").eq(asked.goal_id))
    for _, own in lots.sort("experiment_id", "unit_id", "week_start").group_by("experiment_id", maintain_order=True):
        if set(study.to_list()) <= set(own["week_start"].to_list()):
            return _drawn(own, cells, asked.level)
    return None


def _drawn(lot: pl.DataFrame, cells: pl.DataFrame, level: float) -> Found | None:
    tips = cells.filter(pl.col("is_study")).select("unit_id", "week_start", pl.col("tips").cast(pl.Float64))
    joined = lot.join(tips, on=["unit_id", "week_start"], how="left").sort("unit_id", "week_start")
    shape = (joined["unit_id"].n_unique(), joined["week_start"].n_unique())
    assigned = joined["is_posting"].to_numpy().reshape(shape)
    counts = joined["tips"].fill_null(float("nan")).to_numpy().reshape(shape)
    base = cells.filter(~pl.col("is_study")).group_by("unit_id").agg(pl.col("tips").sum())
    sizes = dict(base.iter_rows())
    before = np.array([float(sizes.get(unit) or 0) for unit in joined["unit_id"].unique().sort()])
    found = analyse(counts, before, assigned, np.full(shape, np.nan), design=joined["design"][0], level=level)
    if found.ratio.value is None:
        return None
    observed = float(np.nansum(counts))
    measures = {
        "rr_nat": found.ratio,
        "rr_att": found.ratio,
        "observed_tips": Region(observed),
        "permutation_p": Region(found.p),
    }
    return Found("randomised_posting", measures, "permutation", shape[0], (), "B")


_FALLBACKS: dict[str, Callable[[Question], Found | None]] = {
    "randomised_posting": _lots,
    "staggered_links": _links,
    "interrupted_time_series": _series,
}


def measures_of(found: CausalEstimate) -> dict[str, Region]:
    """The estimate by the names its measures are published under."""
    return {
        "rr_nat": found.rr_nat,
        "rr_att": found.rr_att,
        "incremental_tips": found.incremental,
        "observed_tips": Region(found.observed),
        "expected_tips": Region(found.expected),
        "coverage_weight": Region(found.coverage_weight),
        "coverage_gap": found.coverage_gap,
        "effect_gap": found.effect_gap,
        "coverage_gap_share": found.coverage_gap_share,
    }


def panel_of(cells: pl.DataFrame, adoption: pl.DataFrame, *, donut_weeks: int) -> tuple[Panel, Array]:
    """Unit-weeks as a table of units over weeks, and the population beside it.

    Args:
        cells: `kpi.kpi_tips_unit_weeks`.
        adoption: `unit_id`, `week_start`: one row per unit that began.
        donut_weeks: see `Panel`.
    """
    units = cells["unit_id"].unique().sort().to_list()
    weeks = cells.select("week_start", "is_study", "first_date").unique().sort("first_date")
    place_of_unit = {unit: place for place, unit in enumerate(units)}
    place_of_week = {first: place for place, first in enumerate(weeks["first_date"])}
    shape = (len(units), weeks.height)
    tips, population = np.full(shape, np.nan), np.full(shape, np.nan)
    proven = np.zeros(shape, dtype=np.bool_)
    for row in cells.iter_rows(named=True):
        at = place_of_unit[row["unit_id"]], place_of_week[row["first_date"]]
        tips[at] = _number(row["tips"])
        population[at] = _number(row["population"])
        proven[at] = row["is_activity_known"]
    first = weeks["week_start"][0]
    adopted = np.full(len(units), NEVER)
    for unit, week_start in adoption.select("unit_id", "week_start").iter_rows():
        adopted[place_of_unit[unit]] = (week_start - first).days // 7
    week = np.array([(monday - first).days // 7 for monday in weeks["week_start"]])
    panel = Panel(tips, adopted, week, weeks["is_study"].to_numpy(), donut_weeks, proven)
    return panel, population


def _number(value: Any) -> float:  # noqa: ANN401  # a cell of a frame
    return math.nan if value is None else float(value)
