"""What a month will cost, on schedules small enough to add up by hand."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pipelines.forecast import Habits, forecasts
from pipelines.schedule import parse_schedule
from pipelines.sources.comments import comments_stream
from pipelines.sources.instagram import streams as instagram
from pipelines.sources.x.streams import ACCOUNTS, COMMENTS, CREDIT, POSTS

ONE_A_DAY = Habits(posts_per_day={"x:42": 1.0}, runs_per_day=1)


def credit(schedule, habits, *streams):
    found = forecasts(streams or (ACCOUNTS, POSTS), parse_schedule(schedule), habits, first_depth=timedelta(days=28))
    return next(one for one in found if one.allowance == CREDIT)


def test_a_day_is_the_account_and_the_posts_that_are_due():
    daily = credit("2d:1d", ONE_A_DAY)
    assert daily.first_pull == pytest.approx(0.010 + 28 * 0.005)
    assert [daily.per_day, daily.peak_day] == pytest.approx([0.020, 0.020])
    assert daily.per_month == pytest.approx(31 * 0.020)


def test_dagsters_hourly_pulls_read_the_youngest_and_the_nightly_one_the_rest():
    hourly = Habits(posts_per_day={"x:42": 1.0})
    # the hour after the nightly pull finds nothing due; the other 23 read the day's one post
    assert credit("1d:1h,7d:1d", hourly).per_day == pytest.approx(0.010 + (7 + 23) * 0.005)


def test_old_posts_weigh_on_the_days_they_are_due_only():
    found = credit("2d:1d,30d:6d", ONE_A_DAY)
    assert found.peak_day == pytest.approx(0.010 + 30 * 0.005)
    assert found.per_day == pytest.approx(0.010 + (5 * 2 + 30) / 6 * 0.005)


def test_accounts_add_up_each_with_its_own_rate():
    two = Habits(posts_per_day={"x:42": 1.0, "x:43": 3.0}, runs_per_day=1)
    assert credit("2d:1d", two).per_day == pytest.approx(2 * 0.010 + (2 + 6) * 0.005)


def test_comments_cost_only_where_they_are_read_and_only_of_young_posts():
    read = Habits(
        posts_per_day={"x:42": 1.0}, runs_per_day=1, comments=True, comments_per_post=4, comment_days=2
    )  # fmt: skip
    streams = (ACCOUNTS, POSTS, COMMENTS)
    assert credit("10d:1d", ONE_A_DAY, *streams).per_day == pytest.approx(0.010 + 10 * 0.005)
    assert credit("10d:1d", read, *streams).per_day == pytest.approx(0.010 + 10 * 0.005 + 2 * 4 * 0.005)


def test_requests_follow_pages_batches_and_groups():
    streams = (instagram.ACCOUNTS, instagram.MEDIA, instagram.MEDIA_INSIGHTS, instagram.ACCOUNT_INSIGHTS)
    busy = Habits(posts_per_day={"instagram:1": 20.0}, runs_per_day=1)
    [calls] = forecasts(streams, parse_schedule("7d:1d"), busy, first_depth=timedelta(days=7))
    # the account, two pages of 140 posts, each post's own figures, 30 requests for its figures by the day
    assert calls.per_day == 1 + 2 + 140 + 30


def test_what_has_no_cost_has_no_forecast():
    free = comments_stream("x", "GET /free")
    assert forecasts((free,), parse_schedule("7d:1d"), ONE_A_DAY, first_depth=timedelta(days=7)) == []
