"""Closed-form intervals (METHOD section 4.1). Every level is two-sided, e.g. 0.95; every interval is (low, high).

scipy is imported where it is used: a `syfte --help` needs none of it.
"""

from __future__ import annotations

import importlib
import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray


def _stats() -> Any:  # noqa: ANN401  # scipy.stats is only partly typed
    return importlib.import_module("scipy.stats")


def _special() -> Any:  # noqa: ANN401  # scipy.special is only partly typed
    # The quantiles are inverses of these functions; scipy.stats wraps them and takes a second to import.
    return importlib.import_module("scipy.special")


class Interval(NamedTuple):
    """A region of uncertainty; both ends belong to it."""

    low: float
    high: float


def wilson(successes: float, n: float, level: float = 0.95) -> Interval:
    """Wilson's score interval of a proportion, in 0-1.

    Args:
        successes: 0..n.
        n: trials, above zero.
        level: two-sided.

    Raises:
        ValueError: `n` is not above zero, or `successes` is outside 0..n.
    """
    if not (n > 0 and 0 <= successes <= n):
        raise ValueError(f"a proportion needs 0 <= successes <= n and n > 0, not {successes} of {n}")
    low, high = wilson_ends(successes, n, level)
    return Interval(float(low[()]), float(high[()]))


def wilson_ends(
    successes: ArrayLike, n: ArrayLike, level: float = 0.95
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Wilson's interval of many proportions at once: the lower ends and the upper ends."""
    above, trials = np.asarray(successes, dtype=float), np.asarray(n, dtype=float)
    z2 = float(_special().ndtri((1 + level) / 2)) ** 2
    p = above / trials
    centre = (p + z2 / (2 * trials)) / (1 + z2 / trials)
    half = math.sqrt(z2) / (1 + z2 / trials) * np.sqrt(p * (1 - p) / trials + z2 / (4 * trials * trials))
    # At 0 and at n one end is exact; rounding must not push it outside.
    low = np.where(above == 0, 0.0, np.maximum(0.0, centre - half))
    high = np.where(above == trials, 1.0, np.minimum(1.0, centre + half))
    return low, high


def garwood(count: float, level: float = 0.95) -> Interval:
    """Garwood's exact interval of a Poisson mean, in events.

    Raises:
        ValueError: `count` is negative.
    """
    if not count >= 0:
        raise ValueError(f"a count cannot be {count}")
    low, high = garwood_ends(count, level)
    return Interval(float(low[()]), float(high[()]))


def garwood_ends(counts: ArrayLike, level: float = 0.95) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Garwood's interval of many counts at once, in events: the lower ends and the upper ends."""
    special, events, tail = _special(), np.asarray(counts, dtype=float), (1 - level) / 2
    low = np.where(events == 0, 0.0, special.gammaincinv(np.maximum(events, 1e-300), tail))
    return low, np.asarray(special.gammaincinv(events + 1, 1 - tail), dtype=float)


OVERDISPERSED = 1.2
"""Pearson's phi above which counts vary more than a Poisson's would, and their variance is multiplied by it."""


def overdispersed_garwood_ends(
    counts: ArrayLike, phi: ArrayLike, level: float = 0.95
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Garwood's interval; where phi is above 1.2 its variance times phi: the interval of count / phi, times phi."""
    factor = np.where(np.asarray(phi, dtype=float) > OVERDISPERSED, phi, 1.0)
    low, high = garwood_ends(np.asarray(counts, dtype=float) / factor, level)
    return low * factor, high * factor


def clopper_pearson(successes: int, n: int, level: float = 0.95) -> Interval:
    """Clopper and Pearson's exact interval of a proportion, in 0-1.

    Raises:
        ValueError: `n` is not above zero, or `successes` is outside 0..n.
    """
    if not (n > 0 and 0 <= successes <= n):
        raise ValueError(f"a proportion needs 0 <= successes <= n and n > 0, not {successes} of {n}")
    special = _special()
    tail = (1 - level) / 2
    low = 0.0 if successes == 0 else float(special.betaincinv(successes, n - successes + 1, tail))
    high = 1.0 if successes == n else float(special.betaincinv(successes + 1, n - successes, 1 - tail))
    return Interval(low, high)


class RateRatio(NamedTuple):
    """A ratio of two rates with its exact conditional interval and test of 1."""

    ratio: float
    low: float
    high: float
    p_value: float


def rate_ratio(events_1: int, exposure_1: float, events_0: int, exposure_0: float, level: float = 0.95) -> RateRatio:
    """Ratio of two Poisson rates: Clopper-Pearson on events_1 given the sum, mapped by p / (1 - p) x e0 / e1.

    Args:
        events_1: events of the group of interest.
        exposure_1: its exposure, in any unit, above zero.
        events_0: events of the group it is compared with.
        exposure_0: its exposure, in the same unit, above zero.
        level: two-sided.

    Returns:
        `ratio` and `high` are infinite where `events_0` is zero.

    Raises:
        ValueError: there are no events at all, or an exposure is not above zero.
    """
    if not (exposure_1 > 0 and exposure_0 > 0 and events_1 >= 0 and events_0 >= 0 and events_1 + events_0 > 0):
        raise ValueError("a rate ratio needs exposures above zero and at least one event")
    scale = exposure_0 / exposure_1
    share = clopper_pearson(events_1, events_1 + events_0, level)
    expected = exposure_1 / (exposure_1 + exposure_0)
    return RateRatio(
        ratio=_odds(events_1 / (events_1 + events_0)) * scale,
        low=_odds(share.low) * scale,
        high=_odds(share.high) * scale,
        p_value=float(_stats().binomtest(events_1, events_1 + events_0, expected).pvalue),
    )


def _odds(p: float) -> float:
    return math.inf if p == 1 else p / (1 - p)


def kish_n_eff(weights: Sequence[float]) -> float:
    """Kish's effective sample size, (sum w)^2 / sum w^2.

    Raises:
        ValueError: no weight is above zero, or one is negative.
    """
    w = np.asarray(weights, dtype=float)
    if w.size == 0 or not np.all(w >= 0) or not w.any():
        raise ValueError("an effective sample size needs weights of at least zero, one of them above")
    return float(w.sum() ** 2 / np.square(w).sum())
