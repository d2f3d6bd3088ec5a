from __future__ import annotations

import numpy as np
import pytest

from pipelines.statistics.randomised import Design, analyse, detectable, draw


def experiment(seed: int, design: Design, ratio: float):
    rng = np.random.default_rng(seed)
    size = 40 * np.exp(rng.normal(0, 0.5, 20))
    week = 1 + 0.2 * np.sin(np.arange(12))
    assigned = draw(design, 20, 12, rng)
    tips = rng.poisson(size[:, None] * week * np.where(assigned, ratio, 1.0)).astype(float)
    before = rng.poisson(size * 12).astype(float)
    return tips, before, assigned


def test_a_switchback_gives_every_unit_half_of_the_weeks_and_ab_half_of_the_units_all() -> None:
    rng = np.random.default_rng(1)
    assert draw("switchback", 6, 8, rng).sum(1).tolist() == [4] * 6
    assert sorted(draw("switchback", 4, 7, rng).sum(1).tolist()) == [3, 3, 4, 4]
    ab = draw("ab", 7, 5, rng)
    assert ab.all(1).sum() == 3
    assert not ab[~ab.all(1)].any()


@pytest.mark.parametrize("design", ["ab", "switchback"])
def test_a_known_effect_is_recovered_and_lies_in_the_interval(design: Design) -> None:
    inside = 0
    for seed in range(8):
        tips, before, assigned = experiment(seed, design, 1.2)
        found = analyse(tips, before, assigned, assigned.astype(float), design=design)
        assert found.ratio.value == pytest.approx(1.2, abs=0.12)
        assert found.p is not None
        assert found.ratio.low is not None
        inside += found.ratio.low <= 1.2 <= (found.ratio.high or 0)
    assert inside >= 6
    assert found.compliance == 1.0


def test_without_an_effect_the_lot_is_seldom_rejected() -> None:
    small = 0
    for seed in range(20):
        tips, before, assigned = experiment(seed, "switchback", 1.0)
        small += (analyse(tips, before, assigned, assigned.astype(float), design="switchback").p or 0) < 0.1
    assert small <= 6


def test_who_did_not_follow_the_lot_stays_where_it_put_them() -> None:
    tips, before, assigned = experiment(3, "switchback", 1.2)
    did = assigned.astype(float)
    did[0] = 1 - did[0]
    did[1] = np.nan
    lazy = analyse(tips, before, assigned, did, design="switchback")
    assert lazy.compliance == pytest.approx(18 / 19)
    assert lazy.ratio == analyse(tips, before, assigned, assigned.astype(float), design="switchback").ratio


def test_weeks_not_read_are_left_out() -> None:
    tips, before, assigned = experiment(4, "switchback", 1.2)
    tips[:, 3] = np.nan
    found = analyse(tips, before, assigned, assigned.astype(float), design="switchback")
    assert found.cells == 20 * 11
    assert found.ratio.value == pytest.approx(1.2, abs=0.1)


def test_nothing_received_is_no_ratio() -> None:
    _, before, assigned = experiment(5, "switchback", 1.2)
    found = analyse(np.zeros((20, 12)), before, assigned, assigned.astype(float), design="switchback")
    assert found.ratio.value is None
    assert found.p is None


def test_the_detectable_effect_follows_from_the_tips() -> None:
    # 1.96 + 0.8416 standard errors of sqrt(1/500 + 1/500)
    assert detectable(1000) == pytest.approx(np.exp(2.8016 * np.sqrt(0.004)), rel=1e-4)
    assert detectable(1000, phi=4) == pytest.approx(np.exp(2.8016 * np.sqrt(0.016)), rel=1e-4)
