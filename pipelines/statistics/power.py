"""The smallest effect a design can detect, before the period starts (METHOD section 4.1).

To detect means: the verdict rule says `met` (or `not_met`) with probability `power` if the truth lies that far from the
target. All forms are closed; the levels are two-sided as everywhere.
"""

from __future__ import annotations

import importlib
import math
from typing import TYPE_CHECKING, Any, NamedTuple

from pipelines.statistics.intervals import garwood

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Detectable(NamedTuple):
    """The true values nearest to the target that are told from it; None where no possible value is far enough.

    Args:
        below: at most this, and the rule says that the value is under the target.
        above: at least this, and the rule says that it is over.
    """

    below: float | None
    above: float | None


def _special() -> Any:  # noqa: ANN401  # scipy.special is only partly typed
    return importlib.import_module("scipy.special")


def _z(level: float, power: float) -> tuple[float, float]:
    if not (0 < level < 1 and 0.5 <= power < 1):
        raise ValueError(f"a level lies between 0 and 1 and a power between 0.5 and 1, not {level} and {power}")
    special = _special()
    return float(special.ndtri((1 + level) / 2)), float(special.ndtri(power))


def normal_quantile(level: float) -> float:
    """Half-widths of a two-sided interval, in standard errors."""
    return _z(level, 0.5)[0]


def proportion(target: float, n: float, *, level: float = 0.95, power: float = 0.8) -> Detectable:
    """For Wilson's interval: it clears the target t when the observed share lies z sqrt(t (1 - t) / n) away.

    The true share p that does so with the power solves (p - t -+ z sqrt(t (1 - t) / n))^2 = z_power^2 p (1 - p) / n.

    Raises:
        ValueError: `n` is not above zero, or the target is not inside 0 to 1.
    """
    if not (n > 0 and 0 < target < 1):
        raise ValueError(f"a proportion needs n > 0 and a target between 0 and 1, not {n} and {target}")
    z, z_power = _z(level, power)
    reach = z * math.sqrt(target * (1 - target) / n)
    k = z_power**2 / n

    def root(edge: float, sign: int) -> float | None:
        # (1 + k) p^2 - (2 edge + k) p + edge^2 = 0
        a, b, c = 1 + k, 2 * edge + k, edge * edge
        found = (b + sign * math.sqrt(max(0.0, b * b - 4 * a * c))) / (2 * a)
        return found if 0 < edge < 1 else None

    return Detectable(root(target - reach, -1), root(target + reach, 1))


def count(target: float, *, level: float = 0.95, power: float = 0.8) -> Detectable:
    """For Garwood's interval of a count whose mean would be `target` exactly at the target; exact.

    Raises:
        ValueError: `target` is not above zero.
    """
    if not target > 0:
        raise ValueError(f"a count needs a target above zero, not {target}")
    _z(level, power)
    special = _special()
    over = _first(lambda c: garwood(c, level).low >= target, math.floor(target))
    under = _first(lambda c: garwood(c, level).high >= target, 0) - 1
    # P(X >= c) = power at the mean gammaincinv(c, power); P(X <= c) = power at gammaincinv(c + 1, 1 - power)
    below = None if under < 0 else float(special.gammaincinv(under + 1, 1 - power))
    return Detectable(below, float(special.gammaincinv(over, power)))


def _first(holds: Callable[[int], bool], start: int) -> int:
    """The first count from which a rising test holds, by doubling and halving."""
    low, step = start, 1
    if holds(low):
        return low
    while not holds(low + step):
        low, step = low + step, step * 2
    high = low + step
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high


def estimate(target: float, standard_error: float, *, level: float = 0.95, power: float = 0.8) -> Detectable:
    """For an interval that is symmetric about its value: target -+ (z + z_power) x standard error."""
    z, z_power = _z(level, power)
    away = (z + z_power) * standard_error
    return Detectable(target - away, target + away)


def ratio(target: float, log_standard_error: float, *, level: float = 0.95, power: float = 0.8) -> Detectable:
    """For an interval that is symmetric on the log: target x exp(-+ (z + z_power) x standard error)."""
    z, z_power = _z(level, power)
    factor = math.exp((z + z_power) * log_standard_error)
    return Detectable(target / factor, target * factor)


def log_standard_error(counts: Sequence[float], phi: float = 1.0) -> float:
    """Of a ratio of ratios of counts, such as treated and untreated before and after: sqrt(phi x sum of 1 / count).

    Raises:
        ValueError: a count is not above zero.
    """
    if not counts or min(counts) <= 0:
        raise ValueError("each cell needs a count above zero")
    return math.sqrt(phi * sum(1 / c for c in counts))


def answers_needed(target: float, distance: float, *, level: float = 0.95, power: float = 0.8) -> int:
    """Answers of a sample drawn by lot that tell a share `distance` above the target from it.

    Raises:
        ValueError: the share would not lie inside 0 to 1.
    """
    p = target + distance
    if not (0 < target < 1 and 0 < p < 1 and distance != 0):
        raise ValueError(f"shares lie between 0 and 1, not {target} and {p}")
    z, z_power = _z(level, power)
    root = (z * math.sqrt(target * (1 - target)) + z_power * math.sqrt(p * (1 - p))) / abs(distance)
    return math.ceil(root**2)
