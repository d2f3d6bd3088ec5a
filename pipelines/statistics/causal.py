"""T1: how many times more tips the presence brought, under staggered adoption (METHOD sections 5.4 and 5.5).

Cells are unit x week. Untreated are the weeks before a unit's first own post; a two-way Poisson fit on them alone says
what every other week would have brought. The week of adoption is left out (donut). Weeks are absorbed by their own
effect, so a week cut short by the end of a period, or a national event, does no harm.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pipelines.statistics.two_way import TwoWay, fit_two_way

if TYPE_CHECKING:
    from pipelines.statistics.two_way import Array, Mask

NEVER = np.iinfo(np.int64).max
"""Adoption of a unit that never adopted."""


@dataclass(frozen=True)
class Panel:
    """Tips of units over weeks.

    Args:
        tips: (units, weeks); NaN where the week was not read in full or the unit did not exist.
        adopted: (units,) number of the week in which the unit adopted; `NEVER` if it has not.
        week: (weeks,) running number of each column's calendar week; two columns share one where a period ends inside.
        is_study: (weeks,) column of the study period; the others are baseline.
        donut_weeks: weeks from adoption on that are neither treated nor untreated.
        is_proven: (units, weeks) a cell before adoption may count as untreated; None: all of them.
    """

    tips: Array
    adopted: np.typing.NDArray[np.int64]
    week: np.typing.NDArray[np.int64]
    is_study: Mask
    donut_weeks: int = 1
    is_proven: Mask | None = None

    @property
    def is_known(self) -> Mask:
        """Cells with a count."""
        return ~np.isnan(self.tips)

    def untreated(self, adopted: np.typing.NDArray[np.int64] | None = None) -> Mask:
        """Cells before adoption, under the units' own adoption or another one (its last axis is the units)."""
        begins = self.adopted if adopted is None else adopted
        before = (self.week < begins[..., None]) & self.is_known
        return before if self.is_proven is None else before & self.is_proven

    def treated(self, adopted: np.typing.NDArray[np.int64] | None = None) -> Mask:
        """Cells of the study after adoption and its donut."""
        begins = self.adopted if adopted is None else adopted
        # weeks since adoption, not adoption plus weeks: NEVER plus one would be the beginning of time
        return (
            (self.week - begins[..., None] >= self.donut_weeks)
            & (self.week >= begins[..., None])
            & self.is_known
            & self.is_study
        )

    def without(self, unit: int) -> Panel:
        """The panel without one unit."""
        proven = None if self.is_proven is None else np.delete(self.is_proven, unit, axis=0)
        return replace(
            self, tips=np.delete(self.tips, unit, axis=0), adopted=np.delete(self.adopted, unit), is_proven=proven
        )


class Effect(NamedTuple):
    """The effect and what it is made of; sums over the study period. Each may be an array, one element per fit.

    Args:
        rr_att: tips in treated cells / expected there.
        rr_nat: 1 + incremental / expected in all cells; what the whole organisation got.
        incremental: tips in treated cells beyond the expected.
        expected: expected tips of all cells without any presence.
        expected_treated: of those, in treated cells.
    """

    rr_att: Array
    rr_nat: Array
    incremental: Array
    expected: Array
    expected_treated: Array

    @property
    def coverage_weight(self) -> Array:
        """Share of the expected tips that lie in treated cells."""
        return self.expected_treated / self.expected


class Region(NamedTuple):
    """A value and its interval; None where it has none."""

    value: float | None
    low: float | None = None
    high: float | None = None


NOTHING = Region(None)


def effect(panel: Panel, fit: TwoWay, treated: Mask, units: Mask | None = None) -> Effect:
    """The effect, given the fit on the untreated cells.

    Args:
        panel: the cells.
        fit: of one or many tables.
        treated: (..., units, weeks) treated cells.
        units: (..., units) units that count; None: all.
    """
    counted = panel.is_known & panel.is_study
    if units is not None:
        counted = counted & units[..., None]
        treated = treated & units[..., None]
    means = fit.means()
    tips = np.where(panel.is_known, panel.tips, 0.0)
    # A cell nothing is expected of for want of a fit makes the sums NaN, never zero.
    expected = np.where(counted, means, 0.0).sum((-1, -2))
    expected_treated = np.where(treated, means, 0.0).sum((-1, -2))
    observed = np.where(treated, tips, 0.0).sum((-1, -2))
    incremental = observed - expected_treated
    with np.errstate(divide="ignore", invalid="ignore"):
        return Effect(
            np.where(fit.is_connected, observed / expected_treated, np.nan),
            np.where(fit.is_connected, 1 + incremental / expected, np.nan),
            incremental,
            expected,
            expected_treated,
        )


@dataclass(frozen=True)
class CausalEstimate:
    """What the staggered adoption says. Regions have no interval where the jackknife cannot give one.

    Args:
        rr_att: where units are active.
        rr_nat: over the whole organisation; T1.
        coverage_gap: RR_att - RR_nat: what full presence would add if the effect is alike elsewhere.
        effect_gap: target - RR_att.
        coverage_gap_share: coverage gap / (target - RR_nat); none without a gap.
        incremental: tips beyond the expected.
        expected: expected tips of the study, without any presence.
        observed: tips of the study.
        coverage_weight: share of the expected tips in treated cells.
        units: units in the fit.
    """

    rr_att: Region
    rr_nat: Region
    coverage_gap: Region
    effect_gap: Region
    coverage_gap_share: Region
    incremental: Region
    expected: float | None
    observed: float
    coverage_weight: float | None
    units: int


def estimate(panel: Panel, *, target: float | None = None, level: float = 0.95) -> CausalEstimate:
    """Effect, gaps, and their leave-one-unit-out jackknife intervals with t(units - 1).

    Ratios and the share of the gap are jackknifed on the log, gaps and tips as they are (they may be negative).

    Args:
        panel: the cells.
        target: of RR_nat; without one there are no gaps to it.
        level: two-sided.
    """
    known = panel.is_known
    observed = float(np.where(known & panel.is_study, np.nan_to_num(panel.tips), 0.0).sum())
    found = effect(panel, fit_two_way(np.nan_to_num(panel.tips), panel.untreated()), panel.treated())
    count = len(panel.adopted)
    if not (math.isfinite(found.rr_att) and math.isfinite(found.rr_nat)):
        return CausalEstimate(
            NOTHING, NOTHING, NOTHING, NOTHING, NOTHING, NOTHING, _finite(found.expected), observed, None, count
        )
    stays = ~np.eye(count, dtype=np.bool_)
    untreated = panel.untreated()[None] & stays[:, :, None]
    leave_one = effect(
        panel, fit_two_way(np.nan_to_num(panel.tips)[None], untreated), panel.treated()[None], units=stays
    )

    def region(whole: Array, parts: Array, *, is_ratio: bool) -> Region:
        return jackknife(float(whole), parts, level=level, is_ratio=is_ratio)

    goal = math.nan if target is None else target
    return CausalEstimate(
        rr_att=region(found.rr_att, leave_one.rr_att, is_ratio=True),
        rr_nat=region(found.rr_nat, leave_one.rr_nat, is_ratio=True),
        coverage_gap=region(found.rr_att - found.rr_nat, leave_one.rr_att - leave_one.rr_nat, is_ratio=False),
        effect_gap=region(goal - found.rr_att, goal - leave_one.rr_att, is_ratio=False),
        coverage_gap_share=region(_share(found, goal), _share(leave_one, goal), is_ratio=True),
        incremental=region(found.incremental, _scaled(leave_one, found), is_ratio=False),
        expected=float(found.expected),
        observed=observed,
        coverage_weight=float(found.coverage_weight),
        units=count,
    )


def _scaled(parts: Effect, whole: Effect) -> Array:
    """Incremental tips of a smaller organisation, brought to the size of the whole one."""
    return (parts.rr_nat - 1) * whole.expected


def _share(found: Effect, target: float) -> Array:
    gap = np.asarray(target - found.rr_nat)
    share = np.divide(found.rr_att - found.rr_nat, gap, out=np.full(gap.shape, np.nan), where=gap > 0)
    return np.asarray(share)


def _finite(value: Array) -> float | None:
    return float(value) if math.isfinite(value) else None


def jackknife(whole: float, parts: Array, *, level: float, is_ratio: bool) -> Region:
    """Interval of a value from the values without one cluster each, with t(clusters - 1).

    Args:
        whole: the value.
        parts: one value per cluster left out.
        level: two-sided.
        is_ratio: on the log.

    Returns:
        Without an interval where fewer than two clusters are left, or where some part has no value.
    """
    if not math.isfinite(whole):
        return NOTHING
    count = len(parts)
    if count < 2 or not np.all(np.isfinite(parts)) or (is_ratio and not (whole > 0 and bool(np.all(parts > 0)))):
        return Region(whole)
    values = np.log(parts) if is_ratio else parts
    spread = math.sqrt((count - 1) / count * float(np.square(values - values.mean()).sum()))
    half = student_t((1 + level) / 2, count - 1) * spread
    if is_ratio:
        return Region(whole, whole * math.exp(-half), whole * math.exp(half))
    return Region(whole, whole - half, whole + half)


def student_t(quantile: float, freedom: float) -> float:
    """Quantile of Student's t."""
    from scipy.special import stdtrit  # noqa: PLC0415  # scipy only where it is used

    return float(stdtrit(freedom, quantile))


class TwoByTwo(NamedTuple):
    """The worked example's arithmetic: two groups, two years, an interval from the dispersion (METHOD section 5.6)."""

    rr_att: Region
    rr_nat: Region
    coverage_gap: float
    effect_gap: float
    coverage_gap_share: Region
    incremental: float
    expected: float
    coverage_weight: float
    naive: float


def two_by_two(
    active: tuple[int, int], inactive: tuple[int, int], *, phi: float, target: float, level: float = 0.95
) -> TwoByTwo:
    """The effect from sums alone.

    Args:
        active: tips of the units that became active, the year before and the year of the study.
        inactive: of those that did not.
        phi: overdispersion, by which the variance is multiplied.
        target: of RR_nat, above it.
        level: two-sided.
    """
    from scipy.special import ndtri  # noqa: PLC0415  # scipy only where it is used

    trend = inactive[1] / inactive[0]
    expected = active[0] * trend
    weight = expected / (expected + inactive[1])
    ratio = active[1] / expected
    half = float(ndtri((1 + level) / 2)) * math.sqrt(phi * sum(1 / n for n in (*active, *inactive)))
    ends = [ratio * math.exp(sign * half) for sign in (0, -1, 1)]
    nationals = [1 + weight * (end - 1) for end in ends]
    # The share's ends belong together: a low effect with its low national one.
    shares = [(att - nat) / (target - nat) for att, nat in zip(ends, nationals, strict=True)]
    return TwoByTwo(
        rr_att=Region(*ends),
        rr_nat=Region(*nationals),
        coverage_gap=ends[0] - nationals[0],
        effect_gap=target - ends[0],
        coverage_gap_share=Region(*shares),
        incremental=active[1] - expected,
        expected=expected,
        coverage_weight=weight,
        naive=(active[1] + inactive[1]) / (active[0] + inactive[0]),
    )
