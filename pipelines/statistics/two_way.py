"""Two-way Poisson regression, units x weeks, by iterative proportional fitting (METHOD section 5.4).

A cell's mean is unit effect x week effect. The fit is the maximum likelihood of a Poisson GLM with a dummy for every
unit and every week, without a matrix of dummies; many fits of one size are made side by side.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Mask = NDArray[np.bool_]

TOLERANCE = 1e-13
"""Largest relative change of a unit effect in the last round."""

MAX_ROUNDS = 20_000


class TwoWay(NamedTuple):
    """Effects whose product is a cell's mean; NaN where nothing identifies one.

    Args:
        units: (..., units).
        weeks: (..., weeks).
        factors: (..., sets): what the cells of each extra set are multiplied by; empty without sets.
        is_connected: (...): the used cells tie all their units and weeks together; where they do not, effects of
            different parts cannot be multiplied.
    """

    units: Array
    weeks: Array
    factors: Array
    is_connected: Mask

    def means(self) -> Array:
        """The mean of every cell, used or not; extra sets are not in it."""
        return self.units[..., :, None] * self.weeks[..., None, :]


def fit_two_way(y: Array, used: Mask, sets: Mask | None = None, *, tolerance: float = TOLERANCE) -> TwoWay:
    """Fit unit x week effects on the used cells.

    Args:
        y: (..., units, weeks) counts; what is not used may be anything but infinite.
        used: (..., units, weeks) cells to fit on.
        sets: (sets, units, weeks) disjoint sets of cells, each multiplied by a factor of its own; one fit only.
        tolerance: see `TOLERANCE`.

    Raises:
        ValueError: the rounds did not settle, or there is more than one fit and there are sets.
    """
    if sets is not None and used.ndim != 2:
        raise ValueError("extra sets can be fitted for one table at a time")
    weight = used.astype(np.float64)
    counts = np.where(used, y, 0.0)
    by_unit, by_week = counts.sum(-1), counts.sum(-2)
    members = np.zeros((0, *used.shape[-2:])) if sets is None else (sets & used).astype(np.float64)
    by_set = (members * counts).sum((-1, -2)) if sets is not None else np.zeros(0)
    weeks = np.ones(by_week.shape)
    units = np.zeros(by_unit.shape)
    factors = np.ones(len(members))
    for _ in range(MAX_ROUNDS):
        before = units
        units = _ratio(by_unit, np.matmul(weight, weeks[..., :, None])[..., 0])
        weeks = _ratio(by_week, np.matmul(units[..., None, :], weight)[..., 0, :])
        if sets is not None:
            factors = _ratio(by_set, np.einsum("kgt,g,t->k", members, units, weeks))
            weight = np.where(members.any(0), np.tensordot(factors, members, 1), used.astype(np.float64))
        if np.all(np.abs(units - before) <= tolerance * np.abs(units)):
            return TwoWay(
                np.where(used.any(-1), units, np.nan),
                np.where(used.any(-2), weeks, np.nan),
                factors,
                _connected(used),
            )
    raise ValueError("the two-way fit did not settle: the cells hardly tie units and weeks together")


def _ratio(above: Array, below: Array) -> Array:
    return np.divide(above, below, out=np.zeros(above.shape), where=below > 0)


def _connected(used: Mask) -> Mask:
    """Whether from one used cell all used cells can be reached over shared units and weeks."""
    units, weeks = used.any(-1), used.any(-2)
    first = np.argmax(units, axis=-1)
    reached = np.zeros(units.shape, dtype=np.bool_)
    np.put_along_axis(reached, first[..., None], values=True, axis=-1)
    reached &= units
    while True:
        over: Mask = np.asarray((used & reached[..., :, None]).any(-2))
        wider: Mask = np.asarray((used & over[..., None, :]).any(-1))
        if np.array_equal(wider, reached):
            return np.asarray((reached == units).all(-1) & (over == weeks).all(-1))
        reached = wider


def pearson_dispersion(y: Array, means: Array, used: Mask) -> float | None:
    """Pearson's chi-square per degree of freedom over the used cells of one fit; None without a degree left.

    Cells whose mean is zero (a unit or a week without any event) say nothing and are left out.
    """
    told = used & (means > 0)
    freedom = int(told.sum()) - int(told.any(1).sum()) - int(told.any(0).sum()) + 1
    if freedom <= 0:
        return None
    return float((np.square(y - means)[told] / means[told]).sum() / freedom)


def deviance(y: Array, means: Array, used: Mask) -> float:
    """Poisson deviance of the used cells; cells whose mean is zero have no events and add nothing."""
    told = used & (means > 0)
    found, mean = y[told], means[told]
    logs = np.log(np.divide(found, mean, out=np.ones_like(found), where=found > 0))
    return float(2 * (found * logs - (found - mean)).sum())
