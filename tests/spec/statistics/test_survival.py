"""METHOD section 4.2, A3: response times with questions still open."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.statistics.survival import kaplan_meier

WORKED = [(10, 1), (25, 1), (40, 1), (55, 1), (90, 1), (120, 0), (200, 1), (600, 0), (1440, 0), (1440, 0)]
"""Minutes, and whether the question was answered; the open ones have waited that long."""


def curve(rows, **options):
    times, answered = zip(*rows, strict=True)
    return kaplan_meier(times, answered, **options)


def test_the_methods_ten_questions_have_a_median_of_90_minutes():
    found = curve(WORKED)
    assert found.times.tolist() == [10, 25, 40, 55, 90, 200]
    assert found.waiting == pytest.approx([0.9, 0.8, 0.7, 0.6, 0.5, 0.375])
    assert found.quantile(0.5).value == 90
    # the median of the six answered ones flatters, and is nowhere shown
    assert np.median([t for t, answered in WORKED if answered]) == 47.5
    assert (found.n, found.answered) == (10, 6)


def test_the_band_is_greenwoods_on_the_complementary_log_log_scale():
    found = curve(WORKED)
    # by hand at 25 minutes: S = 0.8, Greenwood sum 1/(10x9) + 1/(9x8) = 0.025, so half = 1.96 x sqrt(0.025) / |ln 0.8|
    half = 1.959963984540054 * math.sqrt(0.025) / abs(math.log(0.8))
    assert found.low[1] == pytest.approx(0.8 ** math.exp(half))
    assert found.high[1] == pytest.approx(0.8 ** math.exp(-half))
    # the interval of the median: where the lower band has come down to a half, and the upper, which never does
    assert found.quantile(0.5) == (90, 10, None)


def test_a_median_that_is_not_reached_has_no_value_and_may_have_a_lower_end():
    found = curve([(5, 1), (10, 1), (15, 1), *[(100, 0)] * 5])
    assert found.waiting[-1] == pytest.approx(5 / 8)
    assert found.quantile(0.5) == (None, 5, None)
    assert curve([(100, 0)] * 4).quantile(0.5) == (None, None, None)


def test_answers_at_one_time_fall_together_and_an_open_question_of_the_same_age_is_still_at_risk():
    found = curve([(10, 1), (10, 1), (10, 0), (20, 1)])
    assert found.waiting.tolist() == pytest.approx([0.5, 0.0])
    assert found.quantile(0.5).value == 10
    assert found.low[-1] == 0
    assert found.high[-1] == found.high[0]


def test_without_open_questions_it_is_the_plain_share_still_waiting():
    found = curve([(t, 1) for t in range(1, 11)])
    assert found.waiting == pytest.approx([1 - t / 10 for t in range(1, 11)])
    assert found.quantile(0.8).value == 8
    assert found.quantile(0.95).value == 10


@pytest.mark.parametrize("bad", [([], []), ([1.0], []), ([-1.0], [True]), ([math.nan], [True])])
def test_times_that_are_none_are_refused(bad):
    with pytest.raises(ValueError, match="response times need"):
        kaplan_meier(*bad)


_QUESTIONS = st.lists(st.tuples(st.integers(0, 30), st.booleans()), min_size=1, max_size=60)


@given(_QUESTIONS, st.randoms(use_true_random=False))
def test_the_order_of_the_questions_does_not_matter_and_the_band_holds_the_curve(rows, random):
    first = curve(rows)
    random.shuffle(rows)
    again = curve(rows)
    assert first.waiting.tolist() == again.waiting.tolist()
    assert first.high.tolist() == again.high.tolist()
    slack = 1e-9
    assert np.all(first.low <= first.waiting + slack)
    assert np.all(first.waiting <= first.high + slack)


@settings(deadline=None)  # the other library takes seconds to import
@given(_QUESTIONS)
def test_it_equals_an_independent_computation(rows):
    duration = pytest.importorskip("statsmodels.duration.survfunc", reason="statsmodels is not installed")
    times, answered = zip(*rows, strict=True)
    if not any(answered):
        return
    other = duration.SurvfuncRight(np.array(times, float), np.array(answered, int))
    found = curve(rows)
    assert other.surv_times.tolist() == found.times.tolist()
    assert other.surv_prob == pytest.approx(found.waiting, abs=1e-12)
    for place in range(len(found.times)):
        inside = 0 < found.waiting[place] < 1
        if inside:
            half = (
                1.959963984540054
                * other.surv_prob_se[place]
                / other.surv_prob[place]
                / abs(np.log(other.surv_prob[place]))
            )
            assert found.low[place] == pytest.approx(found.waiting[place] ** np.exp(half), abs=1e-9)
