"""Raking: weights that bring a sample to margins that are known of the public (iterative proportional fitting).

Weighting repairs who answered only as far as the margins tell people apart, and costs precision: Kish's effective
sample size and the largest weight are always shown beside the result (METHOD section 4.6).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipelines.statistics.intervals import Interval, kish_n_eff, wilson

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray


ROUNDS = 1_000
TOLERANCE = 1e-9
"""Largest difference from a margin that may be left."""


class RakingError(ValueError):
    """Margins that the sample cannot be brought to.

    Args:
        reason: reason code: `raking_empty_cell`, `raking_missing_margin` or `raking_not_converged`.
    """

    def __init__(self, reason: str, what: str) -> None:
        super().__init__(what)
        self.reason = reason


@dataclass(frozen=True)
class Weighted:
    """A weighted share and what the weighting cost.

    Args:
        value: weighted share.
        interval: Wilson's on the effective sample size.
        n_eff: Kish's effective sample size.
        max_weight: largest weight, where the mean is 1.
    """

    value: float
    interval: Interval
    n_eff: float
    max_weight: float


def rake(
    answers: Mapping[str, Sequence[str]],
    margins: Mapping[str, Mapping[str, float]],
    *,
    rounds: int = ROUNDS,
    tolerance: float = TOLERANCE,
) -> NDArray[np.float64]:
    """Weights, mean 1, under which every variable has its margin.

    Args:
        answers: variable -> category of each respondent; all of one length.
        margins: variable -> category -> share of the public; shares are brought to sum to 1.
        rounds: at most; one goes once through all variables.
        tolerance: largest difference from a margin that may be left.

    Raises:
        RakingError: a category of the public has nobody in the sample, a respondent's category has no margin, or the
            weights do not settle.
        ValueError: there are no margins or no respondents.
    """
    n = len(next(iter(answers.values()), ()))
    if not margins or n == 0:
        raise ValueError("raking needs margins and respondents")
    targets = [_indexed(variable, answers[variable], margins[variable]) for variable in sorted(margins)]
    weights, off = np.ones(n), np.inf
    for _ in range(rounds):
        for place, share in targets:
            held = np.bincount(place, weights=weights, minlength=share.size)
            weights *= np.divide(share * n, held, out=np.zeros_like(share), where=held > 0)[place]
        off = max(
            float(np.abs(np.bincount(place, weights=weights, minlength=share.size) / n - share).max())
            for place, share in targets
        )
        if off <= tolerance:
            return weights
    raise RakingError("raking_not_converged", f"after {rounds} rounds a margin is still {off:.2g} off")


def _indexed(
    variable: str, given: Sequence[str], margin: Mapping[str, float]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    categories = sorted(margin)
    places = {category: place for place, category in enumerate(categories)}
    strange = sorted({value for value in given if value not in places})
    if strange:
        raise RakingError("raking_missing_margin", f"{variable}: no margin is given for {', '.join(strange)}")
    share = np.array([margin[category] for category in categories], dtype=float)
    place = np.array([places[value] for value in given], dtype=np.int64)
    held = np.bincount(place, minlength=share.size)
    empty = [categories[at] for at in np.flatnonzero((share > 0) & (held == 0))]
    if empty:
        raise RakingError("raking_empty_cell", f"{variable}: nobody answered among {', '.join(empty)}")
    return place, share / share.sum()


def weighted_share(is_yes: Sequence[bool], weights: NDArray[np.float64], *, level: float = 0.95) -> Weighted:
    """A weighted share with Wilson's interval on the effective sample size.

    Args:
        is_yes: one a respondent.
        weights: at least 0, one a respondent.
        level: two-sided.

    Raises:
        ValueError: no weight is above zero, or one is negative.
    """
    yes = np.asarray(is_yes, dtype=bool)
    n_eff = kish_n_eff(weights.tolist())
    value = min(1.0, float(weights[yes].sum() / weights.sum()))
    return Weighted(value, wilson(value * n_eff, n_eff, level), n_eff, float(weights.max() / weights.mean()))


def bounds_of_frame(share: float, frame_share: float) -> Interval:
    """What a share among the frame says of everybody if nothing is assumed of the rest (Manski).

    Args:
        share: of yes among those the survey could reach, 0-1.
        frame_share: their share of the public, 0-1.

    Raises:
        ValueError: a share is outside 0 to 1.
    """
    if not (0 <= share <= 1 and 0 <= frame_share <= 1):
        raise ValueError(f"shares lie between 0 and 1, not {share} and {frame_share}")
    known = frame_share * share
    return Interval(known, known + 1 - frame_share)
