"""What holds requests back, answer by answer; the whole of it over HTTP is in tests/integration/test_http_pacing.py."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pipelines.sources.outcomes import Quota
from pipelines.sources.pacing import LONGEST_SLEEP_S, Pace, TokenState

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def told(left: int, *, of: int = 100, whole_in: float = 30.0) -> list[Quota]:
    """An answer's word; the window counts as over a second after it says."""
    resets_at = NOW + timedelta(seconds=whole_in - 1)
    used = 1 - left / of
    return [
        Quota(source="x", name="posts", used_ratio=used, observed_at=NOW, resets_at=resets_at, stop_from=1.0, left=left)
    ]


@pytest.fixture
def pace():
    return Pace(TokenState())


def ask(pace: Pace, now: float, readings: list[Quota] | None) -> bool:
    """A request by itself, and its answer; False if it may not be sent."""
    ticket = pace.draw(None)
    if not pace.lets(ticket, now):
        return False
    pace.came_back()
    pace.note(readings, ticket, now)
    return True


@pytest.mark.parametrize("silent", [None, []], ids=["no answer", "an answer that says nothing"])
def test_what_was_said_of_a_window_holds_over_an_answer_that_says_nothing(pace, silent):
    assert ask(pace, 0.0, told(2))
    assert ask(pace, 1.0, silent)
    under_way = [pace.lets(pace.draw(None), 2.0) for _ in range(8)]
    assert under_way == [True] + [False] * 7  # of the two that were left one is gone


def test_a_window_that_is_over_holds_nobody_back_once_an_answer_has_come(pace):
    assert ask(pace, 0.0, told(0, whole_in=30))
    assert ask(pace, 31.0, None)
    assert all(pace.lets(pace.draw(None), 32.0) for _ in range(8))


@pytest.mark.parametrize(("left", "whole_in"), [(26, 600.0), (10, LONGEST_SLEEP_S), (10, 30.0)])
def test_nothing_is_slowed_down_with_enough_left_or_an_end_that_may_be_waited_for(pace, left, whole_in):
    assert ask(pace, 0.0, told(left, whole_in=whole_in))
    assert pace.pause_s == 0


def test_what_is_left_of_a_long_window_is_spread_until_its_end_may_be_waited_for(pace):
    now, whole_at = 0.0, 900.0
    for left in range(24, -1, -1):
        now += pace.pause_s
        assert ask(pace, now, told(left, whole_in=whole_at - now))
    assert LONGEST_SLEEP_S - 40 < whole_at - now <= LONGEST_SLEEP_S + 40
    assert pace.not_before == pytest.approx(whole_at)


def test_requests_side_by_side_share_the_pause(pace):
    tickets = [pace.draw(None) for _ in range(4)]
    assert all(pace.lets(ticket, 0.0) for ticket in tickets)
    pace.came_back()
    pace.note(told(20, whole_in=900.0), tickets[0], 0.0)
    assert pace.pause_s == pytest.approx(3 * (900.0 - LONGEST_SLEEP_S) / 21)
