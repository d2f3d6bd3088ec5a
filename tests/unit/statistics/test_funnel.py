"""Funnel limits, each checked by hand against the tables of the binomial and the Poisson."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from pipelines.statistics.funnel import funnel


def test_ten_fair_coins_fall_between_two_and_eight_heads():
    # P(X <= 1) = 0.0107 and P(X <= 2) = 0.0547: the 2.5 % quantile is 2; P(X = 0) = 0.00098, which
    # makes 1 the 0.1 % quantile.
    found = funnel([5, 5], [10, 10], "binomial")
    assert found.centre == 0.5
    assert [ends[0] for ends in found.limits] == pytest.approx([0.2, 0.8, 0.1, 0.9])
    assert found.position == ["inside", "inside"]


def test_ten_events_are_awaited_and_four_to_seventeen_come_by_chance():
    # Poisson 10: P(X <= 3) = 0.0103, P(X <= 4) = 0.0293; P(X <= 16) = 0.9730, P(X <= 17) = 0.9857;
    # P(X <= 1) = 0.0005, P(X <= 2) = 0.0028; P(X <= 20) = 0.9984, P(X <= 21) = 0.9993.
    found = funnel([10, 10], [100, 100], "poisson")
    assert [ends[0] for ends in found.limits] == pytest.approx([0.04, 0.17, 0.02, 0.21])


def test_a_unit_outside_is_named_by_the_limit_it_passes():
    # 30 quiet units and two that are not, of 1 000 each around 0.5.
    events = [500] * 30 + [540, 450]
    found = funnel(events, [1000] * 32, "binomial")
    assert found.phi < 1.2
    assert found.position[:30] == ["inside"] * 30
    assert found.position[30:] == ["above_95", "below_998"]


def test_small_units_have_wide_limits_and_large_ones_narrow_ones():
    found = funnel([5, 50, 500], [10, 100, 1000], "binomial")
    widths = found.limits[1] - found.limits[0]
    assert widths[0] > widths[1] > widths[2]


def test_units_that_differ_more_than_chance_widen_the_limits_by_the_root_of_phi():
    # 10 and 30 of 100 each: the centre is 0.2, phi = (10^2 / 16 + 10^2 / 16) / 1 = 12.5.
    found = funnel([10, 30], [100, 100], "binomial")
    assert found.phi == pytest.approx(12.5)
    low, high = stats.binom.ppf([0.025, 0.975], 100, 0.2) / 100
    assert found.limits[0][0] == max(0.0, 0.2 - (0.2 - low) * np.sqrt(12.5))
    assert found.limits[1][0] == pytest.approx(0.2 + (high - 0.2) * np.sqrt(12.5))


def test_a_single_unit_and_units_all_alike_have_a_funnel():
    assert funnel([3], [10], "poisson").phi == 1.0
    alike = funnel([10, 20], [10, 20], "binomial")
    assert alike.position == ["inside", "inside"]
    assert [list(ends) for ends in alike.limits] == [[1.0, 1.0]] * 4
    none = funnel([0, 0], [10, 20], "poisson")
    assert [list(ends) for ends in none.limits] == [[0.0, 0.0]] * 4


@pytest.mark.parametrize("law", ["binomial", "poisson"])
def test_the_limits_are_scipys_quantiles(law):
    rng = np.random.default_rng(1)
    below = rng.integers(1, 400, size=50)
    above = rng.binomial(below, 0.3)
    found = funnel(above, below, law)
    spread = np.sqrt(found.phi) if found.phi > 1.2 else 1.0
    for ends, tail in zip(found.limits, (0.025, 0.975, 0.001, 0.999), strict=True):
        if law == "binomial":
            exact = stats.binom.ppf(tail, below, found.centre) / below
        else:
            exact = stats.poisson.ppf(tail, below * found.centre) / below
        wanted = found.centre + (exact - found.centre) * spread
        assert ends == pytest.approx(np.clip(wanted, 0, 1 if law == "binomial" else np.inf))
