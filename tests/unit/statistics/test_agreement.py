"""Agreement and the rules' score, checked by hand."""

from __future__ import annotations

import pytest

from pipelines.statistics.agreement import Coded, Share, assess, kappa
from pipelines.statistics.intervals import wilson


def items(count, coder_a, coder_b, serves, is_matched):
    return [Coded(coder_a, coder_b, serves, is_matched)] * count


def test_kappa_of_a_table_that_can_be_checked_by_hand():
    # 20 both yes, 5 only a, 10 only b, 15 both no: observed 35/50; chance (25*30 + 25*20)/2500 = 0.5; kappa 0.2/0.5
    first = [True] * 20 + [True] * 5 + [False] * 10 + [False] * 15
    second = [True] * 20 + [False] * 5 + [True] * 10 + [False] * 15
    assert kappa(first, second) == pytest.approx(0.4)
    assert kappa([True, False], [False, True]) == pytest.approx(-1)
    assert kappa([True] * 3, [True] * 3) is None
    with pytest.raises(ValueError, match="same items"):
        kappa([], [])


def test_precision_and_recall_with_an_open_disagreement_against_the_rules():
    coded = [
        *items(6, True, True, True, True),  # found
        *items(2, False, False, False, True),  # stolen
        *items(3, True, True, True, False),  # missed
        *items(7, False, False, False, False),
        *items(1, True, False, True, True),  # adjudicated: serves
        *items(1, True, False, None, True),  # open and matched: no evidence that it serves
        *items(1, False, True, None, False),  # open and not matched: perhaps missed
    ]
    found = assess(coded)
    assert (found.items, found.unresolved) == (21, 2)
    assert found.precision == Share(10, 0.7, *wilson(7, 10))
    assert found.recall == Share(11, 7 / 11, *wilson(7, 11))
    assert found.agreement == pytest.approx(18 / 21)


def test_rules_that_match_nothing_and_goals_that_nothing_serves_have_no_score():
    found = assess(items(3, False, False, False, False))
    assert (found.precision.value, found.recall.value, found.kappa, found.agreement) == (None, None, None, 1.0)
