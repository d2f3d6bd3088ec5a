"""`syfte plan`: what every target can be told from."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.goals import load_goals
from pipelines.run.planning import planned

GOALS = load_goals(Path(__file__).parents[3] / "goals.yaml")


def card(kpi, value, low, high, n, *variant):
    return {
        "kpi_id": kpi,
        "value": value,
        "low": low,
        "high": high,
        "n": n,
        "variant": [*variant, None][0],
        "target_value": 1.0,
    }


CARDS = [
    card("A2", 0.798, 0.783, 0.813, 2811),
    card("P1", 198.2, 185.5, 208.6, 148),
    card("T1", 1.075, 1.010, 1.144, 21),
    card("S1", 0.9588, None, None, 2400, "own_channel"),
    card("S1", 0.7533, 0.7309, 0.7745, 1500, "probability_sample"),
]


def test_each_target_has_the_values_it_can_be_told_from():
    found = {p.kpi_id: p for p in planned(GOALS, CARDS, power=0.8, given={})}
    assert (found["A1"].basis, found["A1"].detectable_above) == ("census", 0.70)
    # 2.8 standard errors of sqrt(0.75 x 0.25 / 2811)
    assert found["A2"].detectable_above == pytest.approx(0.75 + 2.8016 * 0.00817, abs=5e-4)
    assert found["A2"].is_decidable
    # the log interval of T1 is 0.1246 wide: exp(2.8016 x 0.1246 / 3.92) = 1.093
    assert found["T1"].detectable_below == pytest.approx(1.20 / 1.093, abs=1e-3)
    assert found["T1"].is_decidable
    # own channels can tell nothing of the public; the sample drawn by lot can
    assert found["S1"].expected_n == 1500
    assert found["S1"].detectable_above == pytest.approx(0.7328, abs=5e-4)


def test_without_published_figures_only_a_census_and_a_given_number_can_be_planned():
    found = {p.kpi_id: p for p in planned(GOALS, [], power=0.8, given={"A2": 100})}
    assert found["A1"].basis == "census"
    assert (found["A2"].basis, found["A2"].expected_n) == ("given", 100)
    assert found["A2"].detectable_above == pytest.approx(0.861, abs=5e-3)
    assert (found["P1"].basis, found["P1"].detectable_above, found["P1"].is_decidable) == ("none", None, None)


def test_more_observations_tell_more():
    [few] = [p for p in planned(GOALS, CARDS, power=0.8, given={"P1": 37}) if p.kpi_id == "P1"]
    [many] = [p for p in planned(GOALS, CARDS, power=0.8, given={}) if p.kpi_id == "P1"]
    assert few.detectable_above - 150 == pytest.approx(2 * (many.detectable_above - 150))
