"""What the platforms say about whole accounts: followers, and figures per day."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipelines.sandbox.calendar import DAY, Numbers, Seconds, day_starts
from pipelines.sandbox.counters import FACEBOOK_FACTOR, level
from pipelines.sandbox.units import UNITS

if TYPE_CHECKING:
    from typing import Protocol

    from pipelines.sandbox.counters import Counters
    from pipelines.sandbox.posting import Places
    from pipelines.sandbox.units import Account

    class Published(Protocol):
        """Posts, as far as an audience cares."""

        @property
        def account(self) -> Places:
            """Number of each post's account."""
            ...

        @property
        def counters(self) -> Counters:
            """The laws of their counters."""
            ...


FOLLOWERS_PER_INHABITANT = {
    "facebook": 0.045, "instagram": 0.021, "x": 0.012,
    "youtube": 0.008, "mastodon": 0.0006, "bluesky": 0.0012, "threads": 0.004, "tiktok": 0.009, "linkedin": 0.006,
}  # fmt: skip

WINDOW_FAMILIES = {
    "page_media_view": ("views", 1.0),
    "page_impressions": ("views", 1 / FACEBOOK_FACTOR),
    "page_total_media_view_unique": ("views", 0.61),
    "page_impressions_unique": ("views", 0.61),
    "page_post_engagements": ("acts", 1.0),
    "page_views_total": ("views", 0.02),
    "page_total_actions": ("views", 0.001),
    "page_video_views": ("views", 0.18),
    "page_video_view_time": ("views", 900.0),
    "views": ("views", 1.0),
    "reach": ("views", 0.63),
    "total_interactions": ("acts", 1.0),
    "accounts_engaged": ("acts", 0.8),
    "likes": ("likes", 1.0),
    "comments": ("comments", 1.0),
    "shares": ("shares", 1.0),
    "saves": ("saves", 1.0),
    "profile_views": ("views", 0.02),
    "profile_links_taps": ("views", 0.001),
    "website_clicks": ("views", 0.001),
    "replies": ("views", 0.0),
    "reposts": ("shares", 0.1),
}
"""Account figures of a window that follow from the posts' counters: the family, and how much of it."""

_ACTS = ("likes", "comments", "shares", "saves")


class Audience:
    """Followers and day figures of every account.

    Args:
        rng: a generator of its own.
        accounts: all accounts, in the order of their numbers.
        posts: all their posts.
        starts: where each day begins on which followers come and go, and where the last one ends.
    """

    def __init__(
        self,
        rng: np.random.Generator,
        accounts: tuple[Account, ...],
        posts: Published,
        starts: Seconds | None = None,
    ) -> None:
        self._posts = posts
        self._starts = day_starts() if starts is None else starts
        self._mine = [np.flatnonzero(posts.account == account.number) for account in accounts]
        days = len(self._starts)
        population = {unit.unit_id: unit.population for unit in UNITS}
        self._gained = np.zeros((len(accounts), days), dtype=np.int64)
        self._lost = np.zeros((len(accounts), days), dtype=np.int64)
        self._start = np.zeros(len(accounts), dtype=np.int64)
        for account in accounts:
            people = population[account.unit_id] * FOLLOWERS_PER_INHABITANT[account.platform]
            open_days = self._starts >= account.opened_at
            self._start[account.number] = int(people * rng.uniform(0.5, 0.8))
            self._gained[account.number] = rng.poisson(people * 0.0011, days) * open_days
            self._lost[account.number] = rng.poisson(people * 0.0004, days) * open_days
        self._net = np.cumsum(self._gained - self._lost, axis=1)

    def followers(self, account: int, at: Seconds) -> Seconds:
        """Followers at each instant: what the days that have begun by then have brought."""
        return self._start[account] + self._net[account, self._day(at)]

    def _day(self, at: Seconds) -> Places:
        return np.clip(np.searchsorted(self._starts, at, side="right") - 1, 0, self._net.shape[1] - 1)

    def follows_between(self, account: int, edges: Seconds) -> tuple[Seconds, Seconds]:
        """People who began and who ceased to follow in each window: their difference is that of `followers`."""
        days = self._day(edges)
        gained, lost = np.cumsum(self._gained[account])[days], np.cumsum(self._lost[account])[days]
        return np.diff(gained), np.diff(lost)

    def follows(self, account: int, at: int) -> tuple[int, int]:
        """People who began and who ceased to follow on the day that holds an instant."""
        starts = self._starts
        day = int(np.searchsorted(starts, at, side="right")) - 1
        if not 0 <= day < len(starts) or at >= int(starts[-1]) + DAY:
            return 0, 0
        return int(self._gained[account, day]), int(self._lost[account, day])

    def window(self, account: int, metric: str, edges: Seconds) -> Seconds:
        """A figure of the account for each window between neighbouring instants.

        Args:
            account: its number.
            metric: a key of `WINDOW_FAMILIES`.
            edges: n + 1 instants, rising.

        Returns:
            n whole numbers, never below zero.
        """
        family, share = WINDOW_FAMILIES[metric]
        return np.floor(np.maximum(self.gains(account, family, edges) * share, 0)).astype(np.int64)

    def gains(self, account: int, family: str, edges: Seconds) -> Numbers:
        """What a family of counters, or all acts, gained in each window over the account's posts; may be negative."""
        posts = self._mine[account]
        gains = np.zeros(len(edges) - 1)
        for one in _ACTS if family == "acts" else (family,):
            gains += np.diff(self._levels(posts, one, edges))
        return gains

    def _levels(self, posts: Seconds, family: str, edges: Seconds) -> Numbers:
        """Sum over an account's posts at each instant."""
        # A post older than three months moves no figure any more, and one not yet published none either.
        published = self._posts.counters.published[posts]
        live = posts[(published < edges[-1]) & (published > edges[0] - 120 * DAY)]
        if not len(live):
            return np.zeros(len(edges))
        grid = np.repeat(live, len(edges))
        levels = level(self._posts.counters, family, grid, np.tile(edges, len(live)))
        return levels.reshape(len(live), len(edges)).sum(axis=0)
