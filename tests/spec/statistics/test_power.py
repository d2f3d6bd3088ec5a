"""METHOD section 4.1: the smallest effect that a design can detect, told before the period starts."""

from __future__ import annotations

import math

import pytest
from scipy import stats

from pipelines.statistics import power
from pipelines.statistics.intervals import garwood, wilson


def test_the_methods_jackknife_detects_a_ratio_of_about_1_07():
    found = power.ratio(1.0, 0.024)
    assert found.above == pytest.approx(1.07, abs=5e-4)
    assert found.below == pytest.approx(1 / found.above)


def test_the_standard_error_of_the_methods_21_authorities():
    se = power.log_standard_error((10868, 9000, 12600, 12000), phi=1.23)
    assert se == pytest.approx(0.0212, abs=5e-5)
    # by hand: exp(2.8016 x 0.0212) = 1.061: a target of 1.20 can be told from 1.131 and from 1.273
    assert power.ratio(1.20, se) == pytest.approx((1.1308, 1.2735), abs=1e-3)


@pytest.mark.parametrize(("target", "n"), [(0.75, 2811), (0.75, 100), (0.7, 1500), (0.5, 400)])
def test_a_share_at_the_detectable_distance_is_told_from_the_target_four_times_in_five(target, n):
    found = power.proportion(target, n)
    met = [x for x in range(n + 1) if wilson(x, n).low >= target]
    missed = [x for x in range(n + 1) if wilson(x, n).high < target]
    assert stats.binom.sf(min(met) - 1, n, found.above) == pytest.approx(0.8, abs=0.05)
    assert stats.binom.cdf(max(missed), n, found.below) == pytest.approx(0.8, abs=0.05)


def test_the_formula_of_a_share_by_hand():
    # t = 0.5, n = 400: the observed share must reach 0.5 + 1.96 x 0.025 = 0.549
    found = power.proportion(0.5, 400)
    assert found.above == pytest.approx(0.549 + 0.8416 * math.sqrt(found.above * (1 - found.above) / 400), abs=1e-4)
    assert found.below == pytest.approx(1 - found.above)


def test_what_no_share_can_reach_is_not_detectable():
    assert power.proportion(0.99, 20).above is None
    assert power.proportion(0.01, 20).below is None


@pytest.mark.parametrize("target", [3.0, 20.0, 250.5])
def test_a_count_at_the_detectable_mean_is_told_from_the_target_exactly_four_times_in_five(target):
    found = power.count(target)
    over = next(c for c in range(1000) if garwood(c).low >= target)
    assert stats.poisson.sf(over - 1, found.above) == pytest.approx(0.8, abs=1e-9)
    under = [c for c in range(1000) if garwood(c).high < target]
    if found.below is None:
        assert under == []
    else:
        assert stats.poisson.cdf(max(under), found.below) == pytest.approx(0.8, abs=1e-9)


def test_an_estimate_needs_2_8_standard_errors():
    assert power.estimate(150, 10) == pytest.approx((150 - 28.016, 150 + 28.016), abs=1e-2)


def test_a_survey_needs_this_many_answers():
    n = power.answers_needed(0.70, 0.0533)
    # (1.96 x sqrt(0.21) + 0.8416 x sqrt(0.7533 x 0.2467))^2 / 0.0533^2
    assert n == 560
    assert power.proportion(0.70, n).above == pytest.approx(0.7533, abs=1e-4)


@pytest.mark.parametrize(
    "asked",
    [
        lambda: power.proportion(0.5, 0),
        lambda: power.proportion(1.0, 10),
        lambda: power.proportion(0.5, 10, power=0.2),
        lambda: power.count(0),
        lambda: power.log_standard_error((1, 0)),
        lambda: power.answers_needed(0.9, 0.2),
    ],
)
def test_what_cannot_be_asked_is_refused(asked):
    with pytest.raises(ValueError, match=r"needs|between"):
        asked()
