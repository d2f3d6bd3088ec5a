"""Funnel limits: how far a unit of its size may lie from the organisation's value by chance alone; never a rank.

The limits are exact quantiles around the centre. Where units differ more among themselves than chance allows (Pearson's
phi above 1.2), the distance from the centre is multiplied by the square root of phi.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from pipelines.statistics.intervals import OVERDISPERSED

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

INNER, OUTER = 0.95, 0.998
"""The two pairs of limits (METHOD section 4.1)."""

Law = Literal["binomial", "poisson"]


@dataclass(frozen=True)
class Funnel:
    """The limits of each unit, in the unit of the value.

    Args:
        centre: the organisation's pooled value.
        phi: how much more the units vary than chance alone would have them; 1 for a single unit.
        limits: low and high of 95 %, low and high of 99.8 %; one number per unit each.
        position: inside, below_95, above_95, below_998 or above_998; one per unit.
    """

    centre: float
    phi: float
    limits: tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]
    position: list[str]


def funnel(events: ArrayLike, exposures: ArrayLike, law: Law) -> Funnel:
    """Limits around the pooled value of all units.

    Args:
        events: per unit, the sum above the line.
        exposures: per unit, the sum below it, above zero.
        law: binomial where an event is one of the exposures, poisson where it is not.
    """
    above, below = np.asarray(events, dtype=float), np.asarray(exposures, dtype=float)
    centre = float(above.sum() / below.sum())
    phi = dispersion(above, below, centre, law)
    spread = np.sqrt(phi) if phi > OVERDISPERSED else 1.0
    ceiling = 1.0 if law == "binomial" else np.inf
    ends: list[NDArray[np.float64]] = []
    for level in (INNER, OUTER):
        for tail in ((1 - level) / 2, (1 + level) / 2):
            limit = _quantile(tail, below, centre, law) / below
            ends.append(np.clip(centre + (limit - centre) * spread, 0.0, ceiling))
    value = above / below
    conditions = [value < ends[2], value > ends[3], value < ends[0], value > ends[1]]
    names = ["below_998", "above_998", "below_95", "above_95"]
    position = np.select(conditions, names, default="inside").tolist()
    return Funnel(centre, phi, (ends[0], ends[1], ends[2], ends[3]), position)


def dispersion(above: NDArray[np.float64], below: NDArray[np.float64], centre: float, law: Law) -> float:
    """Pearson's phi of the units around the centre; 1 where one unit, or no variance, leaves nothing to compare."""
    variance = below * centre * (1 - centre if law == "binomial" else 1.0)
    if above.size < 2 or not np.all(variance > 0):
        return 1.0
    return float(np.sum(np.square(above - below * centre) / variance) / (above.size - 1))


def _quantile(tail: float, below: NDArray[np.float64], centre: float, law: Law) -> NDArray[np.float64]:
    """The smallest count that is reached or fallen short of with at least this probability."""
    special: Any = importlib.import_module("scipy.special")  # only partly typed
    if centre <= 0 or (law == "binomial" and centre >= 1):
        return below * centre  # every unit is where the organisation is
    if law == "binomial":
        trials = np.floor(below)
        count = np.ceil(np.asarray(special.bdtrik(tail, trials, centre), dtype=float))
        less = np.maximum(count - 1, 0)
        cumulated = np.asarray(special.bdtr(less, trials.astype(int), centre), dtype=float)
        return np.where(cumulated >= tail, less, count) * below / np.maximum(trials, 1)
    count = np.ceil(np.asarray(special.pdtrik(tail, below * centre), dtype=float))
    less = np.maximum(count - 1, 0)
    cumulated = np.asarray(special.pdtr(less, below * centre), dtype=float)
    return np.where(cumulated >= tail, less, count)
