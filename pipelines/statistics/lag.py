"""The lag law: how long after an appeal its tips come, lognormal, fitted on tips whose post is certain (rung 1).

Tips are known only by their hour, so each lag is an interval; the likelihood is that of intervals within the horizon.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Numbers = NDArray[np.float64]

HOUR_S = 3600.0
MIN_TIPS = 30
"""Fewer rung 1 tips say too little of the law: its median would be known only within a factor of two."""

_STEP = 1e-5


def _special() -> Any:  # noqa: ANN401  # scipy.special is only partly typed
    # where it is used: most runs fit nothing; scipy.stats wraps these functions and takes a second to import
    return importlib.import_module("scipy.special")


@dataclass(frozen=True)
class LagLaw:
    """Lognormal law of the hours from a post to a tip it caused.

    Args:
        mu: mean of the logarithm of the hours.
        sigma: standard deviation of the logarithm.
        covariance: of (mu, log sigma), robust to tips of one post going together.
        n: tips it was fitted on.
        posts: posts they came from.
    """

    mu: float
    sigma: float
    covariance: Numbers
    n: int
    posts: int

    def share_by(self, seconds: Numbers) -> Numbers:
        """Share of an appeal's tips that have come after so many seconds; 0 before it is out."""
        return _share(np.asarray(seconds, dtype=float), self.mu, self.sigma)

    def in_hour(self, seconds: Numbers) -> Numbers:
        """Share of an appeal's tips that come in the hour beginning so many seconds after it.

        An hour that began before the post counts from the post on.
        """
        begins = np.asarray(seconds, dtype=float)
        return self.share_by(begins + HOUR_S) - self.share_by(begins)

    def quantile(self, share: float, level: float = 0.95) -> tuple[float, float, float]:
        """Hours within which a share of the tips has come, with its interval.

        Args:
            share: between 0 and 1; 0.5 is the median.
            level: two-sided.
        """
        z = float(_special().ndtri(share))
        slope = np.array([1.0, z * self.sigma])
        spread = float(np.sqrt((slope[:, None] * slope[None, :] * self.covariance).sum()))
        centre, half = self.mu + z * self.sigma, float(_special().ndtri((1 + level) / 2)) * spread
        return float(np.exp(centre)), float(np.exp(centre - half)), float(np.exp(centre + half))

    def sigma_interval(self, level: float = 0.95) -> tuple[float, float]:
        """Interval of sigma."""
        half = float(_special().ndtri((1 + level) / 2)) * float(np.sqrt(self.covariance[1, 1]))
        return float(self.sigma * np.exp(-half)), float(self.sigma * np.exp(half))


def fit_lag(lag_s: ArrayLike, post: ArrayLike, *, horizon_s: float, min_tips: int = MIN_TIPS) -> LagLaw | None:
    """Fit the law by maximum likelihood.

    Only tips of posts that could be followed to the horizon may be given: then no late tip is missing. Tips whose hour
    ended before the post, or began after the horizon, cannot be judged and are left out.

    Args:
        lag_s: per tip, seconds from its post to the beginning of the hour in which it came; below 0 where the post
            came within that hour.
        post: per tip, which post; tips of one post go together.
        horizon_s: how long every post was followed.
        min_tips: with fewer tips there is no law.

    Returns:
        The law; None with fewer than `min_tips` tips, fewer than two posts, or tips that all came in one hour.
    """
    begins = np.asarray(lag_s, dtype=float)
    kept = (begins > -HOUR_S) & (begins < horizon_s)
    begins, labels = begins[kept], np.asarray(post)[kept]
    posts, member = np.unique(labels, return_inverse=True)
    if len(begins) < min_tips or len(posts) < 2 or float(np.ptp(begins)) < HOUR_S:
        return None
    middle = np.log(np.maximum(begins + HOUR_S / 2, HOUR_S / 4) / HOUR_S)
    start = np.array([float(np.mean(middle)), float(np.log(max(np.std(middle), 0.1)))])

    def cost(at: Numbers) -> float:
        return -float(np.mean(_log_likelihood(at, begins, horizon_s)))

    optimize: Any = importlib.import_module("scipy.optimize")  # its stubs leave its types open
    found = optimize.minimize(
        cost, start, method="Nelder-Mead", options={"xatol": 1e-7, "fatol": 1e-12, "maxiter": 2000}
    )
    at = np.asarray(found.x, dtype=float)
    return LagLaw(
        mu=float(at[0]),
        sigma=float(np.exp(at[1])),
        covariance=_sandwich(at, begins, horizon_s, member),
        n=len(begins),
        posts=len(posts),
    )


def _share(seconds: Numbers, mu: float, sigma: float) -> Numbers:
    hours = np.maximum(seconds, 1e-9) / HOUR_S
    return np.where(seconds > 0, _special().ndtr((np.log(hours) - mu) / sigma), 0.0)


def _log_likelihood(at: Numbers, begins: Numbers, horizon_s: float) -> Numbers:
    """Per tip, log of the probability of its hour, given that it came within the horizon."""
    mu, sigma = float(at[0]), float(np.exp(at[1]))
    ends = np.minimum(begins + HOUR_S, horizon_s)
    mass = _share(ends, mu, sigma) - _share(begins, mu, sigma)
    within = float(_share(np.array([horizon_s]), mu, sigma)[0])
    return np.log(np.maximum(mass, 1e-300)) - np.log(max(within, 1e-300))


def _sandwich(at: Numbers, begins: Numbers, horizon_s: float, member: NDArray[np.intp]) -> Numbers:
    """Covariance of the estimate with posts as clusters, by central differences."""

    def scores(where: Numbers) -> Numbers:
        columns = [
            (_log_likelihood(where + step, begins, horizon_s) - _log_likelihood(where - step, begins, horizon_s))
            / (2 * _STEP)
            for step in np.eye(2) * _STEP
        ]
        return np.column_stack(columns)

    own = scores(at)
    per_post = np.column_stack([np.bincount(member, own[:, column]) for column in range(2)])
    # 1e-3: the second difference of a likelihood that is itself a difference needs a wider step
    wide = 1e-3
    bend = np.column_stack(
        [(scores(at + s).sum(axis=0) - scores(at - s).sum(axis=0)) / (2 * wide) for s in np.eye(2) * wide]
    )
    inverse = np.linalg.inv((bend + bend.T) / 2)
    meat = (per_post[:, :, None] * per_post[:, None, :]).sum(axis=0)
    count = len(per_post)
    return inverse @ meat @ inverse * count / (count - 1)
