"""The cluster bootstrap: pooled, by cluster, repeatable."""

from __future__ import annotations

import numpy as np
import pytest

from pipelines.statistics import bootstrap
from pipelines.statistics.bootstrap import mean_over_cells, ratio_of_sums


def test_the_value_is_the_ratio_of_sums_and_not_the_mean_of_ratios():
    found = ratio_of_sums([1, 90], [10, 100], ["a", "b"])
    assert found.value == pytest.approx(91 / 110)


def test_two_clusters_resample_to_what_can_be_counted_by_hand():
    # Four equally likely draws: aa 0.1, ab and ba 91/110, bb 0.9; so the 2.5 % and 97.5 % ends are the extremes.
    found = ratio_of_sums([1, 90], [10, 100], ["a", "b"])
    assert (found.low, found.high) == pytest.approx((0.1, 0.9))


def test_cells_of_one_cluster_are_drawn_together():
    rng = np.random.default_rng(1)
    level = rng.normal(0, 1, 20).repeat(50)
    values = 10 + level + rng.normal(0, 0.1, 1000)
    by_unit = mean_over_cells(values, np.arange(20).repeat(50))
    by_cell = mean_over_cells(values, np.arange(1000))
    assert by_unit.high - by_unit.low > 4 * (by_cell.high - by_cell.low)


def test_one_cluster_leaves_no_interval():
    assert ratio_of_sums([1, 2], [10, 10], ["a", "a"]) == (0.15, None, None, 1)


def test_the_same_cells_give_the_same_interval_in_any_order():
    once = ratio_of_sums([1, 2, 3, 9], [10, 20, 30, 40], ["a", "b", "c", "d"])
    assert once == ratio_of_sums([9, 3, 2, 1], [40, 30, 20, 10], ["d", "c", "b", "a"])


def test_work_in_pieces_gives_the_same_interval(monkeypatch):
    cells = ([1, 2, 3, 9], [10, 20, 30, 40], ["a", "b", "c", "d"])
    whole = ratio_of_sums(*cells)
    monkeypatch.setattr(bootstrap, "_CELLS_AT_ONCE", 8)
    assert ratio_of_sums(*cells) == whole


def test_a_resample_without_denominator_is_left_out():
    found = ratio_of_sums([0, 5], [0, 10], ["a", "b"])
    assert (found.value, found.low, found.high) == (0.5, 0.5, 0.5)


def test_the_interval_covers_the_truth_about_as_often_as_it_says():
    rng = np.random.default_rng(2)
    hits = 0
    for _ in range(200):
        found = mean_over_cells(rng.normal(5, 2, 40), np.arange(40), draws=500)
        hits += found.low <= 5 <= found.high
    assert 0.89 <= hits / 200 <= 0.985


@pytest.mark.parametrize("cells", [([], [], []), ([1], [0], ["a"])])
def test_no_denominator_is_refused(cells):
    with pytest.raises(ValueError, match="denominator above zero"):
        ratio_of_sums(*cells)
