from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from pipelines.statistics.causal import NEVER, Panel, Region, effect, estimate, jackknife, two_by_two
from pipelines.statistics.causal_checks import controls, dispersion, permutation_p, pre_trend_p
from pipelines.statistics.two_way import fit_two_way
from tests.unit.statistics.panels import simulated


def test_the_worked_example_comes_out_as_in_the_method() -> None:
    # METHOD 5.6: 21 equal authorities, 9 active; every number of the example
    found = two_by_two((9_000, 10_868), (12_000, 12_600), phi=1.23, target=1.20)
    assert found.expected == pytest.approx(9_450)
    assert round(found.rr_att.value or 0, 4) == 1.1501
    assert found.incremental == pytest.approx(1_418)
    assert round(found.coverage_weight, 4) == 0.4286
    assert round(found.rr_nat.value or 0, 4) == 1.0643
    assert round(found.naive, 4) == 1.1175
    assert [round(end or 0, 4) for end in found.rr_att[1:]] == [1.1032, 1.1989]
    assert [round(end or 0, 4) for end in found.rr_nat[1:]] == [1.0442, 1.0852]
    assert found.rr_nat.high is not None
    assert found.rr_nat.high < 1.20  # not met
    assert round(1.20 - (found.rr_nat.value or 0), 4) == 0.1357
    assert round(found.coverage_gap, 4) == 0.0857
    assert round(found.effect_gap, 4) == 0.0499
    assert [round(100 * (end or 0)) for end in found.coverage_gap_share] == [63, 38, 99]


def test_the_panel_of_the_worked_example_gives_the_same_effect() -> None:
    # the same sums cell by cell: 9 units with 1 000 and then 10 868 between them, 12 with 1 000 and 1 050 each
    after = np.array([1_207.0] * 4 + [1_208.0] * 5 + [1_050.0] * 12)
    panel = Panel(
        np.column_stack([np.full(21, 1_000.0), after]),
        np.array([1] * 9 + [NEVER] * 12),
        np.array([0, 1]),
        np.array([False, True]),
        donut_weeks=0,
    )
    found = estimate(panel, target=1.20)
    assert found.incremental.value == pytest.approx(1_418)
    assert round(found.rr_att.value or 0, 4) == 1.1501
    assert round(found.rr_nat.value or 0, 4) == 1.0643
    assert round(found.coverage_weight or 0, 4) == 0.4286
    assert found.observed == 10_868 + 12_600
    assert round(found.coverage_gap.value or 0, 4) == 0.0857
    assert round(found.effect_gap.value or 0, 4) == 0.0499
    assert round(found.coverage_gap_share.value or 0, 2) == 0.63


def test_the_fit_equals_statsmodels_to_eight_digits() -> None:
    import statsmodels.api as sm

    panel = simulated(3)
    used = panel.untreated()
    unit, week = np.nonzero(used)
    design = np.hstack([np.eye(21)[unit], np.eye(104)[week][:, 1:]])
    glm = sm.GLM(panel.tips[used], design, family=sm.families.Poisson()).fit(tol=1e-14, maxiter=200)
    means = fit_two_way(panel.tips, used).means()
    np.testing.assert_allclose(means[used], glm.fittedvalues, rtol=1e-8)
    everywhere = np.exp(glm.params[:21])[:, None] * np.exp(np.append(0, glm.params[21:]))[None, :]
    np.testing.assert_allclose(means, everywhere, rtol=1e-8)
    assert dispersion(panel) == pytest.approx(glm.pearson_chi2 / glm.df_resid, rel=1e-8)


def test_leaving_one_out_side_by_side_equals_doing_it_one_by_one() -> None:
    panel = simulated(4, units=8, never=3)
    found = estimate(panel, target=1.2)
    parts = []
    for unit in range(8):
        rest = panel.without(unit)
        parts.append(float(effect(rest, fit_two_way(rest.tips, rest.untreated()), rest.treated()).rr_nat))
    expected = jackknife(found.rr_nat.value or 0, np.array(parts), level=0.95, is_ratio=True)
    assert found.rr_nat == pytest.approx(expected, rel=1e-9)


def test_the_jackknife_is_on_the_log_with_t_of_one_unit_less() -> None:
    parts = np.array([1.0, 1.1, 1.2])
    spread = math.sqrt(2 / 3 * np.square(np.log(parts) - np.log(parts).mean()).sum())
    found = jackknife(1.1, parts, level=0.95, is_ratio=True)
    assert found.high == pytest.approx(1.1 * math.exp(4.302653 * spread), rel=1e-6)  # t(2), 0.975
    assert jackknife(1.1, parts[:1], level=0.95, is_ratio=True) == Region(1.1)
    assert jackknife(1.1, np.array([1.0, math.nan, 1.2]), level=0.95, is_ratio=True) == Region(1.1)
    assert jackknife(-1.0, np.array([-2.0, -1.0]), level=0.95, is_ratio=True) == Region(-1.0)


def test_forty_simulated_years_are_covered_and_not_biased() -> None:
    errors, inside = [], 0
    for seed in range(40):
        found = estimate(simulated(seed, effect=1.15))
        region = found.rr_att
        assert region.value is not None
        assert region.low is not None
        assert region.high is not None
        errors.append(region.value - 1.15)
        inside += region.low <= 1.15 <= region.high
    assert abs(float(np.mean(errors))) < 0.012  # its own standard error is 0.003
    assert inside >= 34


def test_a_panel_without_an_effect_has_an_even_permutation_p() -> None:
    small = [permutation_p(simulated(seed, effect=1.0), draws=199) for seed in range(40)]
    assert 0 <= sum(p is not None and p < 0.1 for p in small) <= 11
    assert permutation_p(simulated(1), draws=199) == pytest.approx(1 / 200)


def test_the_permutation_is_the_same_every_time() -> None:
    panel = simulated(2, effect=1.02)
    assert permutation_p(panel, draws=299) == permutation_p(panel, draws=299)


def test_a_surge_before_adoption_is_seen_and_its_absence_mostly_not_claimed() -> None:
    assert (pre_trend_p(simulated(5, surge=1.25)) or 0) < 0.001
    assert sum((pre_trend_p(simulated(seed)) or 0) < 0.05 for seed in range(30)) <= 5


def test_the_pre_trend_is_the_quasi_likelihood_f_test_of_statsmodels() -> None:
    import statsmodels.api as sm
    from scipy.stats import f

    panel = simulated(6, surge=1.05)
    used = panel.untreated()
    unit, week = np.nonzero(used)
    ahead = (panel.adopted[:, None] - panel.week)[used]
    plain = np.hstack([np.eye(21)[unit], np.eye(104)[week][:, 1:]])
    full = np.hstack([plain, (ahead[:, None] == np.arange(1, 9)).astype(float)])
    family = sm.families.Poisson()
    without = sm.GLM(panel.tips[used], plain, family=family).fit(tol=1e-12)
    free = sm.GLM(panel.tips[used], full, family=family).fit(tol=1e-12)
    phi = max(1.0, free.pearson_chi2 / free.df_resid)
    expected = f.sf((without.deviance - free.deviance) / 8 / phi, 8, free.df_resid)
    assert pre_trend_p(panel) == pytest.approx(expected, rel=1e-6)


def test_an_all_active_organisation_has_no_controls_and_no_value() -> None:
    panel = simulated(7, never=0)
    last = int(panel.adopted.max())
    panel = replace(panel, adopted=np.minimum(panel.adopted, 90))
    found = estimate(panel, target=1.2)
    assert last > 90
    assert found.rr_att == found.rr_nat == found.coverage_gap_share == Region(None)
    assert found.observed > 0
    assert permutation_p(panel, draws=9) is None
    assert controls(panel, np.ones(panel.tips.shape)) == (0, 0.0, False)


def test_one_unit_and_no_adoption_have_no_effect_to_estimate() -> None:
    alone = simulated(8, units=1, never=0)
    assert estimate(alone).rr_att == Region(None)
    nobody = simulated(8, never=21)
    assert estimate(nobody).rr_nat == Region(None)
    assert permutation_p(nobody) is None
    assert pre_trend_p(nobody) is None


def test_a_unit_without_any_untreated_week_cannot_be_imputed() -> None:
    panel = simulated(9)
    adopted = panel.adopted.copy()
    adopted[-1] = -5  # active since before the baseline
    assert estimate(replace(panel, adopted=adopted)).rr_att == Region(None)


def test_weeks_not_read_are_left_out_on_both_sides() -> None:
    panel = simulated(10)
    tips = panel.tips.copy()
    tips[:, 70] = np.nan
    kept = np.arange(104) != 70
    holed = estimate(replace(panel, tips=tips), target=1.2)
    without = estimate(
        replace(panel, tips=tips[:, kept], week=panel.week[kept], is_study=panel.is_study[kept]), target=1.2
    )
    assert holed.rr_nat == pytest.approx(without.rr_nat, rel=1e-9)
    assert holed.observed == without.observed


def test_a_unit_without_tips_counts_as_none_expected() -> None:
    panel = simulated(11)
    tips = panel.tips.copy()
    tips[0] = 0
    silent = estimate(replace(panel, tips=tips))
    assert silent.rr_att.low is not None
    assert silent.rr_att.value == pytest.approx(estimate(panel.without(0)).rr_att.value, rel=1e-9)


def test_a_week_cut_in_two_by_the_end_of_a_period_changes_nothing_but_its_place() -> None:
    # week 52 has three days of the baseline and four of the study: two columns of one calendar week
    panel = simulated(12)
    cut = np.insert(panel.tips, 52, 0, axis=1)
    cut[:, 52] = np.floor(cut[:, 53] * 3 / 7)
    cut[:, 53] -= cut[:, 52]
    whole = np.insert(panel.week, 52, 52)
    found = estimate(replace(panel, tips=cut, week=whole, is_study=np.arange(105) >= 53))
    assert found.rr_att.value == pytest.approx(estimate(panel).rr_att.value, rel=0.01)


def test_controls_are_counted_in_the_weakest_week_and_by_known_population() -> None:
    panel = simulated(13, units=6, never=3)
    people = np.full(panel.tips.shape, 100.0)
    assert controls(panel, people).units == 3
    assert controls(panel, people).population_share == 0.5
    people[0] = np.nan
    assert controls(panel, people).population_share == pytest.approx(0.4)
    assert controls(panel, np.full(panel.tips.shape, np.nan)) == (3, None, True)
    people[:3] = 10.0
    assert not controls(panel, people).is_enough


def test_a_gap_that_is_not_there_has_no_share() -> None:
    found = estimate(simulated(14, effect=1.5), target=1.05)
    assert found.coverage_gap_share == Region(None)
    assert (found.effect_gap.value or 0) < 0
