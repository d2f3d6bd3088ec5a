"""METHOD section 4.6: weights, what they cost, and what can be said without them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.statistics.intervals import kish_n_eff, wilson
from pipelines.statistics.raking import RakingError, bounds_of_frame, rake, weighted_share


def test_own_channels_bound_the_public_to_what_the_method_prints():
    assert bounds_of_frame(0.96, 0.06) == pytest.approx((0.058, 0.998), abs=5e-4)
    assert bounds_of_frame(0.96, 1.0) == pytest.approx((0.96, 0.96))


def test_the_methods_shares_and_intervals():
    assert pytest.approx(0.9588, abs=5e-5) == 2301 / 2400
    assert wilson(0.7533 * 1500, 1500) == pytest.approx((0.7309, 0.7745), abs=5e-5)
    # raked to the followers too: 67 effective answers
    assert wilson(0.7532 * 67, 67) == pytest.approx((0.638, 0.841), abs=1e-3)


def test_one_margin_weights_each_group_by_its_share_of_the_public_over_its_share_of_the_answers():
    # 8 women and 2 men of a public that is half and half: weights 0.5 / 0.8 and 0.5 / 0.2
    weights = rake({"sex": ["f"] * 8 + ["m"] * 2}, {"sex": {"f": 0.5, "m": 0.5}})
    assert weights.tolist() == pytest.approx([0.625] * 8 + [2.5] * 2)
    # n_eff = 10^2 / (8 x 0.390625 + 2 x 6.25) = 100 / 15.625
    assert kish_n_eff(weights.tolist()) == pytest.approx(6.4)
    found = weighted_share([True] * 8 + [False] * 2, weights)
    assert found.value == pytest.approx(0.5)
    assert found.n_eff == pytest.approx(6.4)
    assert found.max_weight == pytest.approx(2.5)
    assert found.interval == wilson(3.2, 6.4)


def test_margins_of_independent_groups_multiply():
    # a full 2 x 2 table, 4:1 by sex and by age independently: the weights are the products, after one round
    rows = [("f", "y")] * 16 + [("f", "o")] * 4 + [("m", "y")] * 4 + [("m", "o")] * 1
    sex, age = zip(*rows, strict=True)
    weights = rake({"sex": sex, "age": age}, {"sex": {"f": 0.5, "m": 0.5}, "age": {"y": 0.5, "o": 0.5}})
    assert dict(zip(rows, weights.round(9).tolist(), strict=True)) == pytest.approx(
        {("f", "y"): 0.625**2, ("f", "o"): 0.625 * 2.5, ("m", "y"): 2.5 * 0.625, ("m", "o"): 2.5**2}
    )


def test_margins_are_met_where_the_groups_are_not_independent():
    rows = [("f", "y")] * 10 + [("f", "o")] * 2 + [("m", "y")] * 1 + [("m", "o")] * 7
    sex, age = zip(*rows, strict=True)
    weights = rake({"sex": sex, "age": age}, {"sex": {"f": 0.5, "m": 0.5}, "age": {"y": 0.3, "o": 0.7}})
    assert weights[:12].sum() == pytest.approx(10)
    assert weights[:10].sum() + weights[12] == pytest.approx(6)
    assert weights.mean() == pytest.approx(1)


def test_what_cannot_be_brought_to_the_margins_says_why():
    with pytest.raises(RakingError, match="nobody answered among m") as empty:
        rake({"sex": ["f", "f"]}, {"sex": {"f": 0.5, "m": 0.5}})
    assert empty.value.reason == "raking_empty_cell"
    with pytest.raises(RakingError, match="no margin is given for x") as missing:
        rake({"sex": ["f", "x"]}, {"sex": {"f": 1.0}})
    assert missing.value.reason == "raking_missing_margin"
    # every woman is young and every man old: half women cannot be nine tenths young
    with pytest.raises(RakingError, match="still") as stuck:
        rake(
            {"sex": ["f", "m"], "age": ["y", "o"]},
            {"sex": {"f": 0.5, "m": 0.5}, "age": {"y": 0.9, "o": 0.1}},
            rounds=50,
        )
    assert stuck.value.reason == "raking_not_converged"


@given(st.lists(st.tuples(st.sampled_from("fm"), st.sampled_from("yo")), min_size=1, max_size=40), st.floats(0.1, 0.9))
def test_weights_are_positive_and_meet_every_margin_or_an_error_says_why(rows, share):
    sex, age = zip(*rows, strict=True)
    margins = {"sex": {"f": share, "m": 1 - share}, "age": {"y": 0.5, "o": 0.5}}
    try:
        weights = rake({"sex": sex, "age": age}, margins)
    except RakingError:
        return
    assert np.all(weights > 0)
    assert weights[np.array(sex) == "f"].sum() / len(rows) == pytest.approx(share, abs=1e-8)
    assert weights[np.array(age) == "y"].sum() / len(rows) == pytest.approx(0.5, abs=1e-8)


def test_weighting_cannot_repair_a_frame_that_leaves_people_out():
    """The oracle's moral on a simulated public: followers like the presence, the rest less; few others answer."""
    rng = np.random.default_rng(7)
    n, truth = 2400, 0.06 * 0.96 + 0.94 * 0.74
    follower = rng.random(n) < 0.982
    yes = rng.random(n) < np.where(follower, 0.96, 0.74)
    age = rng.choice(["16-29", "30-44", "45-64", "65-84"], size=n, p=[0.30, 0.33, 0.27, 0.10])
    sex = rng.choice(["f", "m"], size=n)
    ages = {"16-29": 0.21, "30-44": 0.24, "45-64": 0.32, "65-84": 0.23}
    half = {"f": 0.5, "m": 0.5}
    by_age = weighted_share(yes.tolist(), rake({"age": age, "sex": sex}, {"age": ages, "sex": half}))
    assert by_age.interval.low > truth + 0.1
    assert by_age.n_eff > 1_500
    answers = {"age": age, "sex": sex, "follower": [str(f) for f in follower]}
    margins = {"age": ages, "sex": half, "follower": {"True": 0.06, "False": 0.94}}
    by_follower = weighted_share(yes.tolist(), rake(answers, margins))
    assert by_follower.interval.low < truth < by_follower.interval.high
    assert by_follower.n_eff < 100
    assert by_follower.max_weight > 25
