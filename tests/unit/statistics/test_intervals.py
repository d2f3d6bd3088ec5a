"""METHOD section 4.1's printed numbers, and what must hold at the edges."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.statistics.intervals import clopper_pearson, garwood, kish_n_eff, rate_ratio, wilson


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [
        (96, 100, 0.9016, 0.9843),
        (960, 1000, 0.9460, 0.9705),
        (80, 100, 0.7112, 0.8666),
        (2244, 2811, 0.7831, 0.8127),
        (1130, 1500, 0.7309, 0.7745),  # the probability sample of METHOD 4.6
    ],
)
def test_wilson_gives_the_numbers_of_the_method(successes, n, low, high):
    assert wilson(successes, n) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(("count", "low", "high"), [(7, 2.814, 14.423), (0, 0.0, 3.689)])
def test_garwood_gives_the_numbers_of_the_method(count, low, high):
    assert garwood(count) == pytest.approx((low, high), abs=5e-4)


def test_the_exact_rate_ratio_does_not_call_84_against_60_a_rise():
    found = rate_ratio(84, 1200, 60, 1200)
    assert found == pytest.approx((1.4, 0.9933, 1.9837, 0.0549), abs=5e-5)
    assert found.low < 1


def test_a_rate_ratio_uses_the_exposures():
    same = rate_ratio(84, 2400, 60, 1200)
    assert same.ratio == pytest.approx(0.7)
    assert same.high == pytest.approx(1.9837 / 2, abs=5e-5)


def test_a_ratio_to_no_events_has_no_upper_end():
    found = rate_ratio(5, 10, 0, 10)
    assert found.ratio == math.inf
    assert found.high == math.inf
    assert 0 < found.low < math.inf
    assert rate_ratio(0, 10, 5, 10)[:2] == (0.0, 0.0)


def test_nobody_and_everybody_have_one_exact_end():
    assert wilson(0, 10).low == 0.0
    assert wilson(10, 10).high == 1.0
    assert clopper_pearson(0, 10).low == 0.0
    assert clopper_pearson(10, 10).high == 1.0


def test_a_wider_level_gives_a_wider_interval():
    assert wilson(80, 100, 0.99).low < wilson(80, 100, 0.95).low < wilson(80, 100, 0.80).low
    assert garwood(7, 0.99).high > garwood(7, 0.95).high


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_holds_the_share_and_mirrors(pair):
    k, n = pair
    low, high = wilson(k, n)
    assert 0 <= low <= k / n <= high <= 1
    mirrored = wilson(n - k, n)
    assert mirrored == pytest.approx((1 - high, 1 - low), abs=1e-12)


def test_kish_gives_n_for_equal_weights_and_less_for_unequal_ones():
    assert kish_n_eff([2.0] * 50) == pytest.approx(50)
    assert kish_n_eff([3.0, 1.0]) == pytest.approx(1.6)
    assert kish_n_eff([1.0, 0.0]) == pytest.approx(1)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: wilson(1, 0),
        lambda: wilson(3, 2),
        lambda: wilson(-1, 2),
        lambda: garwood(-1),
        lambda: garwood(float("nan")),
        lambda: clopper_pearson(3, 2),
        lambda: rate_ratio(0, 1, 0, 1),
        lambda: rate_ratio(1, 0, 1, 1),
        lambda: kish_n_eff([]),
        lambda: kish_n_eff([0.0]),
        lambda: kish_n_eff([1.0, -1.0]),
    ],
)
def test_numbers_that_are_no_counts_are_refused(wrong):
    with pytest.raises(ValueError, match=r"needs|cannot be"):
        wrong()
