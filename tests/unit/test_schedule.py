"""Which posts are due: by their age, and by what has landed alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pipelines.schedule import Crawl, Due, LastRead, Step, due, parse_schedule, usual_schedule

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
H, D = timedelta(hours=1), timedelta(days=1)
X = parse_schedule("24h:1h,7d:1d,30d:7d")


def ask(last, **more):
    return due(X, last, NOW, first_depth=28 * D, **more)


def read(*crawls, account=2 * H):
    """An account whose posts were listed (ago, depth) and whose own figures were read so long ago."""
    newest_first = tuple(Crawl(NOW - ago, depth) for ago, depth in sorted(crawls))
    return LastRead(crawls=newest_first, account_at=NOW - account, stories_at=NOW - account)


def test_a_schedule_is_read_from_its_text():
    assert parse_schedule("24h:1h, 7d:1d") == (Step(24 * H, H), Step(7 * D, D))
    assert usual_schedule(28) == (Step(48 * H, H), Step(28 * D, D))
    assert usual_schedule(1) == (Step(D, H),)


@pytest.mark.parametrize("text", ["", "24h", "24h:0h", "7d:1d,24h:1h", "24h:1d,7d:1h", "1w:1d", "24h:1h,,7d:1d"])
def test_what_is_no_schedule_is_refused(text):
    with pytest.raises(ValueError, match=r"step|zero|ages"):
        parse_schedule(text)


def test_the_first_reading_reaches_as_far_as_anything_asks():
    assert ask(LastRead()) == Due(depth=30 * D, posts_only=False, stories=False)
    assert due(usual_schedule(7), LastRead(), NOW, first_depth=28 * D) == Due(
        depth=28 * D, posts_only=False, stories=False
    )


def test_after_an_hour_the_youngest_are_due_and_nothing_else():
    assert ask(read((H, 30 * D))) == Due(depth=D, posts_only=True, stories=False)


def test_before_that_nothing_is_and_the_next_turn_is_told():
    assert ask(read((H / 2, 30 * D))) == NOW + 24 * timedelta(minutes=1)


def test_a_deep_reading_serves_the_younger_steps_and_a_shallow_one_not_the_older():
    hourly = [(n * H, D) for n in range(1, 30)]
    assert ask(read((H / 2, D), *hourly, (30 * H, 30 * D), account=H)) == Due(
        depth=7 * D, posts_only=True, stories=False
    )


def test_the_accounts_own_figures_take_what_is_read_daily_with_them():
    assert ask(read((H / 2, 30 * D), account=23 * H)) == Due(depth=7 * D, posts_only=False, stories=False)


def test_a_day_of_23_hours_is_a_day():
    assert ask(read((H / 2, D), (23 * H, 30 * D), account=H)) == Due(depth=7 * D, posts_only=True, stories=False)


def test_a_young_pull_leaves_daily_steps_and_the_account_for_the_night():
    assert ask(read((2 * H, D), (25 * H, 30 * D), account=30 * H), young_only=True) == Due(
        depth=D, posts_only=True, stories=False
    )
    assert isinstance(ask(read((H / 2, D), account=30 * H), young_only=True), datetime)


def test_a_reading_from_the_future_of_a_clock_that_was_set_back_counts_for_nothing():
    assert ask(read((-3 * H, 30 * D))) == Due(depth=30 * D, posts_only=False, stories=False)


def test_stories_are_due_every_six_hours_day_and_night():
    daily = parse_schedule("28d:1d")
    last = read((H, 28 * D), account=H)
    later = due(daily, last, NOW + 5 * H, first_depth=28 * D, young_only=True, has_stories=True)
    assert later == Due(depth=D, posts_only=True, stories=True)
    assert due(daily, last, NOW, first_depth=28 * D, young_only=True, has_stories=True) == NOW + 4.4 * H
