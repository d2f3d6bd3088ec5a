"""The interval of a difference: against Newcombe's published example, and certain ends by hand."""

from __future__ import annotations

import pytest

from pipelines.statistics.differences import newcombe, of_bounds
from pipelines.statistics.intervals import wilson


def test_newcombes_interval_is_that_of_his_paper():
    """Newcombe (1998), Statistics in Medicine 17:873, table II, method 10: 56/70 - 48/80 is 0.2, 0.0524 to 0.3339."""
    then, now = ((x / n, *wilson(x, n)) for x, n in ((48, 80), (56, 70)))
    found = newcombe(then, now)
    assert (found.low, found.high) == (pytest.approx(0.0524, abs=5e-5), pytest.approx(0.3339, abs=5e-5))


def test_the_other_way_round_it_is_the_same_with_the_other_sign():
    then, now = ((x / n, *wilson(x, n)) for x, n in ((9, 10), (3, 10)))
    there, back = newcombe(then, now), newcombe(now, then)
    assert (there.low, there.high) == (pytest.approx(-back.high), pytest.approx(-back.low))


def test_a_difference_of_bounds_reaches_from_the_least_to_the_most_it_can_be():
    assert of_bounds((0.5, 0.5, 0.75), (0.75, 0.625, 0.75)) == (-0.125, 0.25)
    assert of_bounds((0.5, 0.5, 0.5), (0.75, 0.75, 0.75)) == (0.25, 0.25)
