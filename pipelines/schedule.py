"""How often posts are read again, by their age: young ones often, old ones rarely, so that a budget buys the most.

`48h:1h,28d:1d` reads posts younger than 48 hours every hour, and those younger than 28 days every day; older ones never
again. What is due follows from what has landed alone: the same landing and the same instant give the same answer.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

DAY = timedelta(days=1)
ACCOUNT_EVERY = DAY
"""An account's own figures, and its figures by the day."""
STORIES_EVERY = timedelta(hours=6)
"""Stories vanish after 24 hours."""
MOST_SLACK = timedelta(hours=2)
"""A day's reading is due again after 22 hours: a day has 23 when the clocks go forward, and schedules jitter."""

_UNITS = {"h": timedelta(hours=1), "d": DAY}
_STEP = re.compile(r"(\d{1,4})([hd]):(\d{1,4})([hd])")


@dataclass(frozen=True)
class Step:
    """Posts younger than `until` are read every `every`."""

    until: timedelta
    every: timedelta


Schedule = tuple[Step, ...]


@dataclass(frozen=True)
class Crawl:
    """A listing of posts that came to its end: when it began, UTC, and how old the oldest post could be."""

    at: datetime
    depth: timedelta


@dataclass(frozen=True, kw_only=True)
class LastRead:
    """What the landing knows of an account.

    Args:
        crawls: newest first.
        account_at, stories_at: when its own figures and its stories were last read to the end, UTC.
    """

    crawls: tuple[Crawl, ...] = ()
    account_at: datetime | None = None
    stories_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Due:
    """What is to be read of an account now.

    Args:
        depth: age of the oldest posts.
        posts_only: nothing but posts and their metrics.
        stories: stories as well.
    """

    depth: timedelta
    posts_only: bool
    stories: bool

    @property
    def hours(self) -> int:
        """The depth in whole hours, rounded up."""
        return math.ceil(self.depth / timedelta(hours=1))

    @property
    def days(self) -> int:
        """The depth in whole days, rounded up."""
        return math.ceil(self.depth / DAY)


def parse_schedule(text: str) -> Schedule:
    """The steps of `48h:1h,28d:1d`, youngest first.

    Raises:
        ValueError: it is not of that form, or an older step is not older, or is read more often.
    """
    steps: list[Step] = []
    for part in text.split(","):
        found = _STEP.fullmatch(part.strip())
        if found is None:
            raise ValueError(
                f"`{part.strip()}` is no step; write `age:interval` in hours or days, such as 48h:1h,28d:1d"
            )
        until, every = (int(found[n]) * _UNITS[found[n + 1]] for n in (1, 3))
        if not until or not every:
            raise ValueError(f"`{part.strip()}` has a zero in it")
        steps.append(Step(until, every))
    for young, old in pairwise(steps):
        if old.until <= young.until or old.every < young.every:
            raise ValueError(
                "ages must rise from step to step, and older posts cannot be read more often than young ones"
            )
    return tuple(steps)


def usual_schedule(window_days: int) -> Schedule:
    """Hourly for two days, then daily as long as counts are said to grow."""
    if window_days <= 2:  # the two days of the line above
        return (Step(timedelta(days=window_days), timedelta(hours=1)),)
    return (Step(timedelta(hours=48), timedelta(hours=1)), Step(timedelta(days=window_days), DAY))


def due(
    schedule: Schedule,
    last: LastRead,
    now: datetime,
    *,
    first_depth: timedelta,
    young_only: bool = False,
    has_stories: bool = False,
) -> Due | datetime:
    """What is to be read now, or the instant from which something is.

    Args:
        schedule: of the source.
        last: what has landed of the account.
        now: UTC.
        first_depth: how far the first reading of all reaches at least.
        young_only: only steps that come round within less than a day, and stories.
        has_stories: the source reads stories.
    """
    crawls = [crawl for crawl in last.crawls if crawl.at <= now]
    steps = [step for step in schedule if not young_only or step.every < DAY]
    if not crawls and not young_only:
        return Due(depth=max(first_depth, schedule[-1].until), posts_only=False, stories=has_stories)
    turns = {step: _next(_reached(crawls, step), step.every, now) for step in steps}
    others: list[datetime] = []
    is_account_due = is_story_due = False
    if not young_only:
        others.append(_next(last.account_at, ACCOUNT_EVERY, now))
        is_account_due = others[-1] <= now
    if has_stories:
        others.append(_next(last.stories_at, STORIES_EVERY, now))
        is_story_due = others[-1] <= now
    reached = [step.until for step, turn in turns.items() if turn <= now]
    if is_account_due:  # whatever went with it last time may have been cut off: it takes what is read daily with it
        reached += [step.until for step in schedule if step.every <= DAY]
    if not reached and not is_account_due and not is_story_due:
        waits: list[datetime] = [*turns.values(), *others]
        return min(waits) if waits else now + DAY
    depth = max(reached) if reached else min(schedule[0].until, DAY)
    return Due(depth=depth, posts_only=not is_account_due, stories=is_story_due)


def _reached(crawls: list[Crawl], step: Step) -> datetime | None:
    return next((crawl.at for crawl in crawls if crawl.depth >= step.until), None)


def _next(last: datetime | None, every: timedelta, now: datetime) -> datetime:
    if last is None or last > now:
        return now
    return last + every - min(every / 10, MOST_SLACK)
