"""Instagram's stories: seen for 24 hours, and gone with their figures.

An active account has one every other day. Nothing is drawn: a story follows from its account and its day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from pipelines.sandbox.calendar import DAY, HOUR, ZONE, instant, midnight
from pipelines.sandbox.counters import grown
from pipelines.sandbox.units import UNITS

if TYPE_CHECKING:
    from pipelines.sandbox.units import Account

LIFE = DAY
FEWEST_VIEWERS = 5
_FIRST_ID = 17_990_000_000_000_000
_POPULATION = {unit.unit_id: unit for unit in UNITS}
SHARES = {
    "reach": 0.86, "total_interactions": 0.021, "shares": 0.006, "reposts": 0.002, "replies": 0.0, "follows": 0.001,
    "profile_visits": 0.012, "profile_activity": 0.004, "link_clicks": 0.009,
}  # fmt: skip
"""What each metric is of the views. In Europe `replies` is always 0."""
NAVIGATION = {"tap_forward": 0.7, "swipe_forward": 0.2, "tap_back": 0.06, "tap_exit": 0.04}
METRICS = ("views", *SHARES, "navigation")


@dataclass(frozen=True, slots=True)
class Story:
    """One story; instants are seconds UTC."""

    native_id: str
    account: Account
    published: int
    final_views: int
    is_video: bool

    def stands(self, now: int) -> bool:
        """Whether it can be seen."""
        return self.published <= now < self.published + LIFE


def _story(account: Account, day: date) -> Story | None:
    number, unit = day.toordinal(), _POPULATION[account.unit_id]
    is_active = unit.starts is not None and unit.starts <= day and (unit.stops is None or day < unit.stops)
    if account.platform != "instagram" or not is_active or (number + account.number) % 2:
        return None
    turn = (number * 7 + account.number * 13) % 100
    return Story(
        native_id=str(_FIRST_ID + account.number * 1_000_000 + number),
        account=account,
        published=midnight(day) + 8 * HOUR + turn * 300,
        final_views=3 if turn % 25 == 0 else unit.population // 400 * (50 + turn) // 100,
        is_video=turn % 3 == 0,
    )


def stories_of(account: Account, now: int) -> list[Story]:
    """The stories of an account that can be seen, newest first."""
    today = instant(now).astimezone(ZONE).date()
    found = [_story(account, today - timedelta(days=back)) for back in (0, 1)]
    return [story for story in found if story is not None and story.stands(now)]


def find_story(accounts: tuple[Account, ...], native_id: str, now: int) -> Story | None:
    """A story that can be seen, by its id."""
    if not native_id.isdigit() or int(native_id) < _FIRST_ID:
        return None
    number = (int(native_id) - _FIRST_ID) // 1_000_000
    if number >= len(accounts):
        return None
    return next((story for story in stories_of(accounts[number], now) if story.native_id == native_id), None)


def story_metrics(story: Story, at: int) -> dict[str, int]:
    """What the platform shows of a story at an instant; `navigation` is the sum of its parts."""
    share = float(grown(np.array([story.published]), np.array([at]), 4.0)[0])
    views = int(story.final_views * share)
    shown = {"views": views} | {name: int(views * part) for name, part in SHARES.items()}
    return shown | {"navigation": sum(navigation(story, at).values())}


def navigation(story: Story, at: int) -> dict[str, int]:
    """How people left a story."""
    share = float(grown(np.array([story.published]), np.array([at]), 4.0)[0])
    return {action: int(int(story.final_views * share) * part) for action, part in NAVIGATION.items()}
