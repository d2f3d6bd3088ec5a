"""What a configuration will cost before it runs: the schedule played through a month, priced by the declarations.

Pure arithmetic: the same decisions as a pull's (`schedule.due`), with posts that come at a steady rate.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from pipelines.schedule import DAY, Crawl, Due, LastRead, due

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pipelines.schedule import Schedule
    from pipelines.sources.allowance import Allowance
    from pipelines.sources.stream import Role, Stream

DAYS = 30
MONTH_DAYS = 31
"""A cap must hold in the longest month."""
_BEGIN = datetime(2026, 3, 1, 5, 15, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Habits:
    """What is assumed of the accounts.

    Args:
        posts_per_day: by account.
        comments_per_post: that one reading of a post's comments brings.
        comment_days: only posts younger than this are asked for theirs.
        comments: comments are read at all.
        runs_per_day: full runs, evenly spread; None for Dagster's schedules: nightly, and every hour what is young.
    """

    posts_per_day: Mapping[str, float]
    comments_per_post: float = 10.0
    comment_days: int = 14
    comments: bool = False
    runs_per_day: int | None = None


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """What a source will take of one allowance.

    Args:
        first_pull: by the first pull of all.
        largest_pull: by the largest one after it.
        per_day: on average after the first day.
        peak_day: on the heaviest day after the first.
        per_month: of 31 days.
    """

    allowance: Allowance
    first_pull: float
    largest_pull: float
    per_day: float
    peak_day: float
    per_month: float


def forecasts(
    streams: Sequence[Stream], schedule: Schedule, habits: Habits, *, first_depth: timedelta
) -> list[Forecast]:
    """What a source's accounts will take of each of its allowances.

    Args:
        streams: of the source, with their costs.
        schedule: how often its posts are read.
        habits: its accounts, and what is assumed of them.
        first_depth: how far the first reading reaches at least.
    """
    has_stories = any(stream.role == "stories" for stream in streams)
    pulls = list(_pulls(schedule, habits.runs_per_day, first_depth, has_stories=has_stories))
    priced = {turn: _taken(streams, turn, habits) for turn in {turn for _, turn in pulls}}
    taken = [(at, priced[turn]) for at, turn in pulls]
    allowances = dict.fromkeys(cost.allowance for stream in streams for cost in stream.cost)
    return [_summed(allowance, taken) for allowance in allowances]


def _summed(allowance: Allowance, taken: Sequence[tuple[datetime, Mapping[Allowance, float]]]) -> Forecast:
    amounts = [(at, took.get(allowance, 0.0)) for at, took in taken]
    later = amounts[1:]
    by_day = [0.0] * DAYS
    for at, amount in later:
        day = (at - _BEGIN) // DAY - 1
        if 0 <= day < DAYS:
            by_day[day] += amount
    mean = sum(by_day) / DAYS
    return Forecast(
        allowance=allowance,
        first_pull=amounts[0][1],
        largest_pull=max((amount for _, amount in later), default=0.0),
        per_day=mean,
        peak_day=max(by_day),
        per_month=mean * MONTH_DAYS,
    )


def _pulls(
    schedule: Schedule, runs_per_day: int | None, first_depth: timedelta, *, has_stories: bool
) -> Iterable[tuple[datetime, Due]]:
    """Every pull of a month that asks for something, with what it asks for."""
    last = LastRead()
    for at, young_only in _ticks(runs_per_day):
        turn = due(schedule, last, at, first_depth=first_depth, young_only=young_only, has_stories=has_stories)
        if isinstance(turn, Due):
            yield at, turn
            last = LastRead(
                crawls=_kept(Crawl(at, turn.depth), last.crawls),
                account_at=last.account_at if turn.posts_only else at,
                stories_at=at if turn.stories else last.stories_at,
            )


def _kept(newest: Crawl, crawls: tuple[Crawl, ...]) -> tuple[Crawl, ...]:
    """The crawls that still decide anything: a deeper and later one makes the others superfluous."""
    return (newest, *(crawl for crawl in crawls if crawl.depth > newest.depth))


def _ticks(runs_per_day: int | None) -> Iterable[tuple[datetime, bool]]:
    for day in range(DAYS + 2):
        morning = _BEGIN + day * DAY
        if runs_per_day is None:
            yield morning, False
            yield from ((morning + timedelta(minutes=30, hours=hour), True) for hour in range(24))
        else:
            yield from ((morning + number * DAY / runs_per_day, False) for number in range(runs_per_day))


def _taken(streams: Sequence[Stream], turn: Due, habits: Habits) -> dict[Allowance, float]:
    """What one pull of all accounts takes."""
    taken: defaultdict[Allowance, float] = defaultdict(float)
    for rate, accounts in Counter(habits.posts_per_day.values()).items():
        for stream in streams:
            requests, objects = _asked(stream, turn, habits, rate)
            for cost in stream.cost:
                taken[cost.allowance] += accounts * (cost.per_request * requests + cost.per_object * objects)
    return taken


def _asked(stream: Stream, turn: Due, habits: Habits, rate: float) -> tuple[float, float]:
    """Requests and objects of one stream of one account."""
    posts = rate * (turn.depth / DAY)
    young = min(posts, rate * habits.comment_days) if habits.comments and not turn.posts_only else 0.0
    asked: dict[Role, tuple[float, float]] = {
        "posts": (max(_batches(posts, stream.batch), 1), posts),
        "post_metrics": (_batches(posts, stream.batch), posts),
        "comments": (young, habits.comments_per_post * young),
        "stories": (float(turn.stories), 0.0),
        "metric_status": (0.0, 0.0),
    }
    own = float(not turn.posts_only)
    requests, objects = asked.get(stream.role, (own, own))
    return stream.calls * requests, objects


def _batches(posts: float, batch: int) -> float:
    """Requests for so many posts; on the average of many pulls a post a day and a request each is no whole number."""
    if batch == 1:
        return posts
    return math.ceil(posts / batch) if batch else float(posts > 0)
