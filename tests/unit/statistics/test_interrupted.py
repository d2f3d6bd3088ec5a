from __future__ import annotations

import numpy as np
import pytest

from pipelines.statistics.interrupted import Series, interrupted


def simulated(seed: int, *, ratio: float, slope: float = 0.0, at: int = 60) -> Series:
    """Two years of weeks with trend, season, and noise that goes on from week to week."""
    rng = np.random.default_rng(seed)
    week = np.arange(104)
    drift = np.zeros(104)
    for place in range(1, 104):
        drift[place] = 0.5 * drift[place - 1] + rng.normal(0, 0.02)
    after = week >= at
    rate = 600 * np.exp(0.03 * week / 52 + 0.1 * np.sin(week / 52 * 2 * np.pi) + drift)
    rate *= np.where(after, ratio * np.exp(slope * (week - at) / 52), 1.0)
    return Series(rng.poisson(rate).astype(float), np.full(104, 7.0), week * 7.0, after, week >= 52)


def test_a_known_change_of_level_is_recovered() -> None:
    found = [interrupted(simulated(seed, ratio=1.2), impact="level", harmonics=2) for seed in range(20)]
    ratios = [f.ratio for f in found if f]
    assert len(ratios) == 20
    assert np.mean([r.value or 0 for r in ratios]) == pytest.approx(1.2, abs=0.015)
    assert sum((r.low or 9) <= 1.2 <= (r.high or 0) for r in ratios) >= 15


def test_without_a_change_the_ratio_is_one() -> None:
    found = interrupted(simulated(3, ratio=1.0), impact="level", harmonics=2)
    assert found is not None
    assert found.ratio.low is not None
    assert found.ratio.low < 1 < (found.ratio.high or 0)


def test_the_ratio_of_the_study_counts_the_weeks_before_the_change_as_without_effect() -> None:
    found = interrupted(simulated(4, ratio=1.3), impact="level", harmonics=2)
    assert found is not None
    assert found.ratio_study.value == pytest.approx(1 + found.incremental / found.expected)
    assert (found.ratio_study.value or 0) < (found.ratio.value or 0)


def test_a_change_of_slope_is_recovered_when_it_was_declared() -> None:
    found = interrupted(simulated(5, ratio=1.0, slope=0.4), impact="slope", harmonics=2)
    assert found is not None
    mean = np.mean(np.exp(0.4 * np.arange(44) / 52))
    assert found.ratio.value == pytest.approx(float(mean), abs=0.06)
    both = interrupted(simulated(5, ratio=1.1, slope=0.4), impact="level_and_slope", harmonics=1)
    assert both is not None


def test_weeks_of_fewer_days_are_no_fall() -> None:
    whole = simulated(6, ratio=1.2)
    days = np.where(np.arange(104) == 51, 2.0, 7.0)
    short = Series(np.round(whole.tips * days / 7), days, whole.day, whole.is_after, whole.is_study)
    found, same = (interrupted(s, impact="level", harmonics=2) for s in (short, whole))
    assert found is not None
    assert same is not None
    assert found.ratio.value == pytest.approx(same.ratio.value, abs=0.01)


@pytest.mark.parametrize("at", [10, 103, 104])
def test_too_few_weeks_on_a_side_are_no_series(at: int) -> None:
    assert interrupted(simulated(7, ratio=1.2, at=at), impact="level", harmonics=2) is None
