"""Randomised posting: which units post in which weeks is drawn by lot, and the lot is what the answer rests on.

METHOD section 5.4. The draw, the analysis and the smallest effect a draw can detect. Inference is by randomisation: the
same lot is drawn again many times, and the interval holds every ratio that the test does not reject.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from pipelines.statistics.causal import Region
from pipelines.statistics.two_way import fit_two_way

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipelines.statistics.two_way import Array, Mask

Design = Literal["ab", "switchback"]

DRAWS = 1_999
SEED = 20_120_103
"""Of the lots drawn again in the analysis; it must never change, or published intervals would."""


def draw(design: Design, units: int, weeks: int, rng: np.random.Generator) -> Mask:
    """Draw who posts when.

    Args:
        design: `ab`: half of the units post throughout, half do not; `switchback`: every unit posts in half of the
            weeks, each unit with a lot of its own.
        units: how many.
        weeks: how many.
        rng: the lot.

    Returns:
        (units, weeks), True where the unit posts.
    """
    if design == "ab":
        posts = np.zeros(units, dtype=np.bool_)
        posts[rng.permutation(units)[: units // 2]] = True
        return np.broadcast_to(posts[:, None], (units, weeks)).copy()
    half = np.arange(weeks) < weeks // 2
    # With an odd number of weeks, half of the units get the longer half.
    longer = np.arange(weeks) < (weeks + 1) // 2
    kinds = rng.permutation(units) % 2 == 0
    return np.array([rng.permutation(longer if kind else half) for kind in kinds], dtype=np.bool_)


class Randomised(NamedTuple):
    """What an experiment came to: the ratio as the lot assigned it, whether or not it was followed."""

    ratio: Region
    p: float | None
    compliance: float | None
    cells: int


def analyse(
    tips: Array, before: Array, assigned: Mask, did: Array, *, design: Design, level: float = 0.95
) -> Randomised:
    """Tips where the lot said post / tips where it said do not, each against what its units and weeks usually bring.

    Args:
        tips: (units, weeks); NaN where a week was not read.
        before: (units,) tips of each unit in as many weeks before the start; the measure of its size in `ab`.
        assigned: (units, weeks) the lot.
        did: (units, weeks) 1.0 where the unit posted, 0.0 where not, NaN where nobody knows.
        design: as drawn.
        level: two-sided.
    """
    known = ~np.isnan(tips)
    told = ~np.isnan(did) & known
    compliance = float((did[told] == assigned[told]).mean()) if told.any() else None
    if design == "ab":
        known &= (before > 0)[:, None]
    rng = np.random.default_rng(SEED)
    drawn = [draw(design, assigned.shape[0], assigned.shape[1], rng) for _ in range(DRAWS)]
    lots = np.array([assigned, *drawn]) & known
    rest = ~lots & known
    whole = np.where(known, tips, 0.0)

    def statistics(ratio: float) -> Array:
        """The log ratio under every lot, after the assumed effect has been taken out of the cells that had it."""
        adjusted = np.where(lots[0], whole / ratio, whole)
        usual = _usual(adjusted, before, known, design)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.log(np.einsum("lgt,gt->l", lots, adjusted) / np.einsum("lgt,gt->l", lots, usual)) - np.log(
                np.einsum("lgt,gt->l", rest, adjusted) / np.einsum("lgt,gt->l", rest, usual)
            )

    own = statistics(1.0)
    if not math.isfinite(own[0]):
        return Randomised(Region(None), None, compliance, int(known.sum()))
    ratio = _root(lambda log: float(statistics(math.exp(log))[0]), own[0])
    low = _end(statistics, ratio, level, -1)
    high = _end(statistics, ratio, level, 1)
    if low is None or high is None:
        return Randomised(Region(math.exp(ratio)), _p(own), compliance, int(known.sum()))
    return Randomised(Region(math.exp(ratio), math.exp(low), math.exp(high)), _p(own), compliance, int(known.sum()))


def _usual(tips: Array, before: Array, known: Mask, design: Design) -> Array:
    if design == "switchback":
        return np.nan_to_num(fit_two_way(tips, known, tolerance=1e-9).means())
    return np.where(known, before[:, None], 0.0)


def _p(found: Array) -> float:
    """Two-sided; the drawn lot is one of the lots."""
    lots = found[1:]
    return float(((np.abs(lots) >= abs(found[0]) - 1e-9) | ~np.isfinite(lots)).sum() + 1) / (len(lots) + 1)


def _root(statistic: Callable[[float], float], start: float) -> float:
    """Logarithm of the ratio that, taken out, leaves nothing."""
    log = start
    for _ in range(50):
        left = statistic(log)
        log += left
        if abs(left) < 1e-10:
            break
    return log


def _end(statistics: Callable[[float], Array], ratio: float, level: float, sign: int) -> float | None:
    """Logarithm of the farthest ratio that is not rejected; None where none is rejected within a factor of twenty."""
    inside, outside = 0.0, 3.0
    if _p(statistics(math.exp(ratio + sign * outside))) >= 1 - level:
        return None
    for _ in range(24):
        middle = (inside + outside) / 2
        if _p(statistics(math.exp(ratio + sign * middle))) >= 1 - level:
            inside = middle
        else:
            outside = middle
    return ratio + sign * outside


def detectable(tips: float, share: float = 0.5, *, phi: float = 1.0, level: float = 0.95, power: float = 0.8) -> float:
    """Smallest rate ratio above one that a draw can tell from chance.

    Args:
        tips: expected tips of all cells.
        share: of them, in cells that post.
        phi: overdispersion.
        level: of the interval, two-sided.
        power: how often it is to be told.
    """
    from scipy.special import ndtri  # noqa: PLC0415  # scipy only where it is used

    spread = math.sqrt(phi * (1 / (tips * share) + 1 / (tips * (1 - share))))
    return math.exp((float(ndtri((1 + level) / 2)) + float(ndtri(power))) * spread)
