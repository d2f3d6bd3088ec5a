"""How sure a difference of two published values is; only where two intervals allow saying so."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pipelines.statistics.intervals import Interval

if TYPE_CHECKING:
    from typing import TypeAlias

    Estimate: TypeAlias = tuple[float, float, float]
    """A value with the lower and the upper end of its interval."""


def newcombe(then: Estimate, now: Estimate) -> Interval:
    """Interval of `now - then` for two proportions of different, independent observations.

    Newcombe's hybrid score interval (method 10) of two Wilson intervals of one level, which the result has too.

    Args:
        then: proportion with its Wilson interval, in 0-1.
        now: the same.
    """
    (p1, low1, high1), (p2, low2, high2) = then, now
    difference = p2 - p1
    return Interval(
        difference - math.hypot(p2 - low2, high1 - p1),
        difference + math.hypot(high2 - p2, p1 - low1),
    )


def of_bounds(then: Estimate, now: Estimate) -> Interval:
    """Bounds of `now - then` where each end is certain: bounds, or a census, whose ends say what was not read."""
    return Interval(now[1] - then[2], now[2] - then[1])
