"""The lag law: known draws are found again, and what cannot be known is not told."""

from __future__ import annotations

import numpy as np
import pytest

from pipelines.statistics.lag import HOUR_S, fit_lag

HORIZON_S = 14 * 86_400.0


def draws(count, *, median=10.0, sigma=1.1, seed=1):
    """Lags to the beginning of the tip's clock hour, of posts published at any minute."""
    rng = np.random.default_rng(seed)
    published = rng.uniform(0, HOUR_S, count)
    at = published + np.exp(rng.normal(np.log(median), sigma, count)) * HOUR_S
    return at // HOUR_S * HOUR_S - published


def test_the_law_of_the_method_is_found_although_tips_are_known_only_by_their_hour():
    # METHOD 5.2: true 10 h and 1.10.
    law = fit_lag(draws(20_000), np.arange(20_000), horizon_s=HORIZON_S)
    median, low, high = law.quantile(0.5)
    assert median == pytest.approx(10, rel=0.02)
    assert low < 10 < high
    assert law.sigma == pytest.approx(1.10, rel=0.02)
    assert law.quantile(0.8)[0] == pytest.approx(10 * np.exp(0.8416 * 1.1), rel=0.03)
    assert law.quantile(0.95)[0] == pytest.approx(10 * np.exp(1.6449 * 1.1), rel=0.04)


def test_a_short_law_is_not_rounded_up_to_the_hour():
    law = fit_lag(draws(20_000, median=0.7, sigma=0.5), np.arange(20_000), horizon_s=HORIZON_S)
    assert law.quantile(0.5)[0] == pytest.approx(0.7, rel=0.05)


def test_a_law_that_outlives_the_horizon_is_not_shortened_by_it():
    lags = draws(20_000, median=60.0)
    law = fit_lag(lags, np.arange(20_000), horizon_s=96 * HOUR_S)
    assert (lags < 96 * HOUR_S).mean() < 0.7
    assert law.quantile(0.5)[0] == pytest.approx(60, rel=0.1)


def test_the_interval_holds_the_truth_as_often_as_it_says_and_grows_where_tips_of_a_post_go_together():
    hits = 0
    for seed in range(100):
        law = fit_lag(draws(200, seed=seed), np.arange(200), horizon_s=HORIZON_S)
        _, low, high = law.quantile(0.5)
        hits += low <= 10 <= high
    assert 88 <= hits <= 100
    lags = draws(400)
    alone = fit_lag(lags, np.arange(400), horizon_s=HORIZON_S)
    together = fit_lag(np.sort(lags), np.arange(400) // 20, horizon_s=HORIZON_S)
    assert together.quantile(0.5)[2] > alone.quantile(0.5)[2]


def test_too_few_tips_one_post_or_one_hour_give_no_law():
    lags = draws(29)
    assert fit_lag(lags, np.arange(29), horizon_s=HORIZON_S) is None
    assert fit_lag(draws(100), np.zeros(100), horizon_s=HORIZON_S) is None
    assert fit_lag(np.full(100, HOUR_S), np.arange(100), horizon_s=HORIZON_S) is None


def test_an_hour_that_ended_before_the_post_or_began_after_the_horizon_is_left_out():
    lags = draws(100)
    strange = np.concatenate([lags, [-HOUR_S, -5 * HOUR_S, HORIZON_S]])
    law = fit_lag(strange, np.arange(103), horizon_s=HORIZON_S)
    assert law.n == 100
    assert law.mu == fit_lag(lags, np.arange(100), horizon_s=HORIZON_S).mu


def test_no_tip_comes_before_the_post_and_the_hours_add_up_to_all_of_them():
    law = fit_lag(draws(500), np.arange(500), horizon_s=HORIZON_S)
    assert law.in_hour(np.array([-2 * HOUR_S, -HOUR_S])).tolist() == [0.0, 0.0]
    hours = law.in_hour(-HOUR_S / 2 + HOUR_S * np.arange(100_000))
    assert hours.sum() == pytest.approx(1, abs=1e-4)
    assert (hours >= 0).all()
