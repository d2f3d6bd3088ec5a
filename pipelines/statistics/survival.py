"""Times to an answer while some questions are still open: the product-limit estimate of Kaplan and Meier.

The variance is Greenwood's; bands are symmetric on the complementary log-log scale and so stay inside 0 and 1. A
quantile is the first time at which the curve has fallen to its level; its interval holds the times at which the band
has (Brookmeyer and Crowley). Open questions weigh in for as long as they have waited: leaving them out flatters.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

_SLACK = 1e-12
"""A product of fractions may miss the 0.5 it stands for by the last digit."""


class Quantile(NamedTuple):
    """A time by which a share has been answered, with its interval.

    A part is None where the curve, or its band, does not come down that far while anybody is still watched: the time is
    then longer than any we have seen.
    """

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Curve:
    """The share still waiting after each time at which something was answered.

    Args:
        times: distinct times of answers, rising.
        waiting: share still waiting just after each time.
        low: lower band.
        high: upper band.
        answered: answers in all.
        n: questions in all, open ones included.
    """

    times: NDArray[np.float64]
    waiting: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    answered: int
    n: int

    def quantile(self, share: float) -> Quantile:
        """The time by which `share` of the questions have been answered."""
        left = 1 - share
        return Quantile(*(self._first(band, left) for band in (self.waiting, self.low, self.high)))

    def _first(self, band: NDArray[np.float64], left: float) -> float | None:
        # no band is drawn before the first answer, where nothing is known of the variance: the band begins there
        reached = np.flatnonzero(band <= left + _SLACK)
        return float(self.times[reached[0]]) if reached.size else None


def kaplan_meier(times: ArrayLike, answered: ArrayLike, *, level: float = 0.95) -> Curve:
    """Estimate the curve.

    Args:
        times: per question, time to the answer, or time watched so far where there is none; at least 0.
        answered: per question, whether `times` ended with an answer.
        level: of the pointwise bands, two-sided.

    Raises:
        ValueError: there is no question, the two do not match, or a time is below zero or no number.
    """
    t = np.asarray(times, dtype=float)
    is_answered = np.asarray(answered, dtype=bool)
    if t.size == 0 or t.shape != is_answered.shape or not (np.isfinite(t).all() and (t >= 0).all()):
        raise ValueError("response times need one finite time of at least 0 and one flag a question, and a question")
    at, place = np.unique(t, return_inverse=True)
    events = np.bincount(place, weights=is_answered, minlength=at.size)
    # who is watched at a time has not been answered before it, and is open at least as long
    at_risk = t.size - np.concatenate([[0], np.cumsum(np.bincount(place, minlength=at.size))[:-1]])
    keep = events > 0
    at, events, at_risk = at[keep], events[keep], at_risk[keep].astype(float)
    waiting = np.asarray(np.cumprod(1 - events / at_risk), dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        greenwood = np.cumsum(events / (at_risk * (at_risk - events)))
    low, high = _bands(waiting, greenwood, level)
    return Curve(at, waiting, low, high, int(is_answered.sum()), int(t.size))


def _bands(
    waiting: NDArray[np.float64], greenwood: NDArray[np.float64], level: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    z = float(_special().ndtri((1 + level) / 2))
    low, high = np.zeros_like(waiting), np.zeros_like(waiting)
    inside = (waiting > _SLACK) & np.isfinite(greenwood)
    log = np.log(waiting[inside])
    half = z * np.sqrt(greenwood[inside]) / np.abs(log)
    low[inside] = np.exp(log * np.exp(half))
    high[inside] = np.exp(log * np.exp(-half))
    # after the last one of all is answered nobody is left to wait, and the scale ends: the band keeps its last width
    if not inside.all() and inside.any():
        high[~inside] = high[inside][-1]
    elif not inside.all():
        high[~inside] = 1.0
    return low, high


def _special() -> Any:  # noqa: ANN401  # scipy.special is only partly typed
    return importlib.import_module("scipy.special")
