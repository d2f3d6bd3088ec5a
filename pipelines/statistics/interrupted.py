"""Interrupted time series: before and after a change, with nothing to compare with (METHOD section 5.4).

A segmented quasi-Poisson regression: trend, season, and a change of level, of slope, or of both, as declared before the
period. Weeks that follow each other are alike, so the interval is Newey and West's. Grade C: whatever else
happened at the same time is in the number too.
"""

from __future__ import annotations

import importlib
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from pipelines.statistics.causal import Region, student_t

if TYPE_CHECKING:
    from pipelines.statistics.two_way import Array, Mask

Impact = Literal["level", "slope", "level_and_slope"]

YEAR_DAYS = 365.25

MIN_WEEKS = 26
"""Before the change, and in all twice as many: with fewer, season and change cannot be told apart."""


@dataclass(frozen=True)
class Series:
    """Tips of one organisation over weeks.

    Args:
        tips: per week.
        days: days of each week that were read.
        day: day of the middle of each week, from any beginning.
        is_after: week lies wholly after the change.
        is_study: week belongs to the study period.
    """

    tips: Array
    days: Array
    day: Array
    is_after: Mask
    is_study: Mask


@dataclass(frozen=True)
class Interrupted:
    """What the change came to.

    Args:
        ratio: tips after the change / expected without it.
        ratio_study: 1 + incremental / expected over the study period.
        incremental: tips beyond the expected, in the study.
        expected: expected tips of the study without the change.
        dispersion: Pearson's phi.
    """

    ratio: Region
    ratio_study: Region
    incremental: float
    expected: float
    dispersion: float


def interrupted(series: Series, *, impact: Impact, harmonics: int, level: float = 0.95) -> Interrupted | None:
    """The effect of a declared change.

    Args:
        series: weeks in order.
        impact: how the change is expected to show.
        harmonics: pairs of sine and cosine of the year.
        level: two-sided.

    Returns:
        None where there are too few weeks before or after the change.
    """
    before = int((~series.is_after).sum())
    after = series.is_after & series.is_study
    if before < MIN_WEEKS or len(series.tips) < 2 * MIN_WEEKS or after.sum() < 4 or not series.tips.sum() > 0:
        return None
    design, changed = _design(series, impact, harmonics)
    if np.linalg.matrix_rank(design) < design.shape[1] or len(design) <= design.shape[1]:
        return None
    sm: Any = importlib.import_module("statsmodels.api")  # only where it is used: it takes a second
    model = sm.GLM(series.tips, design, family=sm.families.Poisson(), offset=np.log(series.days))
    lags = max(1, int(4 * (len(design) / 100) ** (2 / 9)))
    fit = model.fit(cov_type="HAC", cov_kwds={"maxlags": lags})
    slopes, spread = np.asarray(fit.params), np.asarray(fit.cov_params())
    with_change = np.exp(design @ slopes) * series.days
    unchanged = np.where(changed[None, :], 0.0, design)
    without = np.exp(unchanged @ slopes) * series.days
    freedom = len(design) - design.shape[1]
    half = student_t((1 + level) / 2, freedom)

    def ratio(counted: Mask) -> Region:
        """Sum with the change / sum without it; its logarithm by the delta method."""
        above, below = np.where(after, with_change, without)[counted], without[counted]
        shifted = np.where(after[:, None], design, unchanged)[counted]
        slope = above @ shifted / above.sum() - below @ unchanged[counted] / below.sum()
        value = math.log(above.sum() / below.sum())
        width = half * math.sqrt(max(0.0, float(slope @ spread @ slope)))
        return Region(math.exp(value), math.exp(value - width), math.exp(value + width))

    expected = float(without[series.is_study].sum())
    return Interrupted(
        ratio=ratio(after),
        ratio_study=ratio(series.is_study),
        incremental=float((with_change - without)[after].sum()),
        expected=expected,
        dispersion=float(np.square(series.tips - with_change).dot(1 / with_change) / freedom),
    )


def _design(series: Series, impact: Impact, harmonics: int) -> tuple[Array, Mask]:
    """Columns of the regression, and which of them say what the change did."""
    year = (series.day - series.day[0]) / YEAR_DAYS
    columns = [np.ones_like(year), year]
    for order in range(1, harmonics + 1):
        turn = 2 * np.pi * order * year
        columns += [np.sin(turn), np.cos(turn)]
    own = len(columns)
    after = series.is_after.astype(np.float64)
    if impact != "slope":
        columns.append(after)
    if impact != "level":
        columns.append(after * (year - year[int(np.argmax(series.is_after))]))
    return np.column_stack(columns), np.arange(len(columns)) >= own
