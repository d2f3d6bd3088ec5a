"""Rung 4: tips without a label, parted into background and appeals by their time alone (EM).

The intensity of label-less tips of unit u in an hour is
    a_u x block(day) x weekday x hour of day  +  k x sum over the unit's posts of views x lag density
Posts and tips share the daytime rhythm, so "every tip within 48 hours" would claim most of the background; here the
background keeps its rhythm, its level per unit, and a season that all units share, and only what exceeds it near an
appeal is the appeal's. A tip that merely moved from phone to link leaves a hole in the background, so the sum is low by
about the moved tips: docs/decisions/0006.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Places = NDArray[np.int64]
    Numbers = NDArray[np.float64]

BLOCK_DAYS = 28
"""Length of the season's steps: four whole weeks, so that no step has a weekday more."""
DRAWS = 200
SEED = 20_120_101
"""Fixed, or published intervals would change."""
_TOLERANCE = 1e-6
_LEAST_STEP = 5e-4
"""Tips; where appeals brought nothing the sum sinks to zero ever slower, and need not be followed further."""
_MOST = 5_000
_NEWTON = 5
_TINY = 1e-12


@dataclass(frozen=True)
class Labelless:
    """Label-less tips, one element each.

    Args:
        unit: number of the unit.
        day: number of the local day.
        hour: local hour, 0 to 23.
        strength: sum over the unit's posts of views x share of their tips that come in this hour.
    """

    unit: Places
    day: Places
    hour: Places
    strength: Numbers


@dataclass(frozen=True)
class Watched:
    """Where and when tips would have been seen.

    Args:
        observed: per unit and local day, whether the unit existed and its tips were read.
        weekday: per local day, 0 to 6.
        strength: per unit and local day, views x share of the posts' tips that come on that day; 0 where not observed.
    """

    observed: NDArray[np.bool_]
    weekday: Places
    strength: Numbers


@dataclass(frozen=True)
class Window:
    """What the EM found.

    Args:
        posterior: per tip, probability that an appeal brought it; 0 where none was out, below 1.
        rate: k, tips per unit of strength.
        background: per tip, tips of the background expected in its hour.
        per_day: per unit, background tips a day.
        iterations: steps it took.
        converged: whether it came to rest.
    """

    posterior: Numbers
    rate: float
    background: Numbers
    per_day: Numbers
    iterations: int
    converged: bool


def part(tips: Labelless, watched: Watched) -> Window:
    """Part label-less tips into background and appeals by expectation and maximisation."""
    units, days = watched.observed.shape
    block: Places = np.arange(days, dtype=np.int64) // BLOCK_DAYS
    seen = watched.observed.astype(np.float64)
    tip_block, tip_weekday = block[tips.day], watched.weekday[tips.day]
    season, week, clock = np.ones(days // BLOCK_DAYS + 1), np.ones(7), np.ones(24)
    level = _over(_sums(tips.unit, None, units), seen.sum(axis=1))
    total = float(watched.strength.sum())
    rate = 0.02 * len(tips.unit) / total if total > 0 else 0.0
    posterior, background, before, steps = np.zeros(len(tips.unit)), np.zeros(len(tips.unit)), -1.0, 0
    while steps < _MOST:
        steps += 1
        background = level[tips.unit] * season[tip_block] * week[tip_weekday] * clock[tips.hour] / 24
        ours = rate * tips.strength
        posterior = ours / np.maximum(background + ours, _TINY)
        found = float(posterior.sum())
        if abs(found - before) <= max(_TOLERANCE * found, _LEAST_STEP):
            break
        before = found
        rate = found / total if total > 0 else 0.0
        rest = 1 - posterior
        level = _over(_sums(tips.unit, rest, units), (seen * (season[block] * week[watched.weekday])).sum(axis=1))
        daily = (level[:, None] * seen).sum(axis=0)
        season = _over(_sums(tip_block, rest, len(season)), _sums(block, daily * week[watched.weekday], len(season)))
        week = _over(_sums(tip_weekday, rest, 7), _sums(watched.weekday, daily * season[block], 7))
        season, week = season / _mean(season), week / _mean(week)
        clock = _sums(tips.hour, rest, 24) * 24 / max(float(rest.sum()), _TINY)
    return Window(posterior, rate, background, level, steps, steps < _MOST)


def _sums(places: Places, values: Numbers | None, size: int) -> Numbers:
    return np.bincount(places, values, size).astype(np.float64)


def _over(above: Numbers, below: Numbers) -> Numbers:
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0)


def _mean(factors: Numbers) -> float:
    used = factors[factors > 0]
    return float(used.mean()) if len(used) else 1.0


@dataclass(frozen=True)
class _Near:
    """Tips with an appeal out, and what their units expect; the others count only by their number."""

    unit: Places
    shape: Numbers
    strength: Numbers
    start: Window


def resampled(
    tips: Labelless, watched: Watched, found: Window, groups: Numbers, *, draws: int = DRAWS, seed: int = SEED
) -> Numbers:
    """Sums of posteriors per group, had other weeks been drawn: whole weeks within each unit, rhythm and season kept.

    Args:
        tips: as given to `part`.
        watched: as given to `part`.
        found: what it gave.
        groups: one row per tip, one column per group: the share of the tip that counts for the group.
        draws: resamples.
        seed: of the generator.

    Returns:
        One row per draw, one column per group.
    """
    units, days = watched.observed.shape
    week: Places = np.arange(days, dtype=np.int64) // 7
    weeks = days // 7 + 1
    cell = tips.unit * weeks + week[tips.day]
    is_near = tips.strength > 0
    unit, groups = tips.unit[is_near], groups[is_near]
    near = _Near(unit, _over(found.background[is_near], found.per_day[unit]), tips.strength[is_near], found)
    far = _sums(cell[~is_near], None, units * weeks).reshape(units, weeks)
    # What the background holds per unit, in days of the unit's level, as the fit balanced it.
    held = _over(_sums(tips.unit, 1 - found.posterior, units), found.per_day)
    every: Places = (np.arange(units, dtype=np.int64)[:, None] * weeks + week[None, :]).ravel()
    read = _sums(every, watched.observed.astype(np.float64).ravel(), units * weeks).reshape(units, weeks)
    held_weekly = read * _over(held, read.sum(axis=1))[:, None]
    due = _sums(every, watched.strength.ravel(), units * weeks).reshape(units, weeks)
    rng = np.random.default_rng(seed)
    sums = np.empty((draws, groups.shape[1]))
    for draw in range(draws):
        often = rng.multinomial(weeks, np.full(weeks, 1 / weeks), size=units).astype(np.float64)
        weight = often.ravel()[cell[is_near]]
        expected = _Expected((often * far).sum(axis=1), (often * held_weekly).sum(axis=1), float((often * due).sum()))
        posterior = _refitted(near, weight, expected)
        sums[draw] = (groups * (weight * posterior)[:, None]).sum(axis=0)
    return sums


@dataclass(frozen=True)
class _Expected:
    """Of a resample, per unit: tips with no appeal out, and days of background; in all: strength of the posts."""

    far: Numbers
    held: Numbers
    due: float


def _refitted(near: _Near, weight: Numbers, expected: _Expected) -> Numbers:
    """Posteriors under the rate and levels that fit a resample best (Newton: the likelihood is concave)."""
    units = len(expected.held)
    rate, level = near.start.rate, near.start.per_day.copy()
    for _ in range(_NEWTON):
        intensity = np.maximum(level[near.unit] * near.shape + rate * near.strength, _TINY)
        share, pull = weight / intensity, weight / intensity**2
        slope = _sums(near.unit, share * near.shape, units) + _over(expected.far, level) - expected.held
        bend = _sums(near.unit, pull * near.shape**2, units) + _over(expected.far, level**2) + _TINY
        cross = _sums(near.unit, pull * near.shape * near.strength, units)
        own = float((share * near.strength).sum()) - expected.due
        curve = float((pull * near.strength**2).sum()) - float((cross**2 / bend).sum())
        step = (own - float((cross * slope / bend).sum())) / curve if curve > _TINY else 0.0
        turn = (slope - cross * step) / bend
        rate, level = max(rate + step, rate / 10), np.maximum(level + turn, level / 10)
    ours = rate * near.strength
    return ours / np.maximum(level[near.unit] * near.shape + ours, _TINY)
