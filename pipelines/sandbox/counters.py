"""What a counter shows at an instant: one pure law for the API and for the history.

A counter grows along a saturating curve over the post's age, quicker by day than by night. Over that lie what platforms
do to their counters: likes and comments that are taken back, views that are restated, a momentary zero, a restart from
zero, and deletion.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from pipelines.sandbox.calendar import DAY, HOUR, midnight

if TYPE_CHECKING:
    import numpy.typing as npt

    from pipelines.sandbox.calendar import Numbers, Seconds
    from pipelines.sandbox.units import Platform

FAST, SLOW, FAST_SHARE = 18 * HOUR, 7 * DAY, 0.75
RHYTHM, QUIETEST = 0.8, 2 * HOUR
GLITCH_LENGTH = 12 * HOUR
RESTATED = 0.97
"""What a platform leaves of a post's views when it takes some of them for robots'."""

FACEBOOK_FACTOR, INSTAGRAM_FACTOR = 1.30, 1.15
"""True views per impression, on the days when both are offered."""


@dataclass(frozen=True, slots=True)
class Offer:
    """When a platform serves a native metric of posts, and what it stands for.

    Args:
        family: the counter behind it.
        divisor: how many of the counter make one of this metric.
        first: local day from which it is offered; None if always.
        dead: day from which it is gone; None if it lives.
    """

    family: str
    divisor: float = 1.0
    first: date | None = None
    dead: date | None = None

    def is_offered(self, at: Seconds | int) -> npt.NDArray[np.bool_]:
        """Whether the platform answers for this metric at each instant."""
        start = midnight(self.first) if self.first else -1
        stop = midnight(self.dead) if self.dead else np.iinfo(np.int64).max
        moments = np.asarray(at)
        return (moments >= start) & (moments < stop)


VIEWS_ON_FACEBOOK = date(2025, 10, 1)

OFFERS: dict[Platform, dict[str, Offer]] = {
    "facebook": {
        "post_impressions": Offer("views", FACEBOOK_FACTOR, dead=date(2025, 11, 15)),
        "post_media_view": Offer("views", first=VIEWS_ON_FACEBOOK),
        "post_impressions_unique": Offer("reach", dead=date(2026, 6, 15)),
        "post_total_media_view_unique": Offer("reach", first=VIEWS_ON_FACEBOOK),
        "reactions": Offer("likes"),
        "comments": Offer("comments"),
        "shares": Offer("shares"),
    },
    "instagram": {
        "impressions": Offer("views", INSTAGRAM_FACTOR, dead=date(2025, 4, 21)),
        "views": Offer("views", first=date(2025, 1, 21)),
        "reach": Offer("reach"),
        "likes": Offer("likes"),
        "comments": Offer("comments"),
        "saved": Offer("saves"),
        "shares": Offer("shares"),
    },
    "x": {
        "impression_count": Offer("views"),
        "like_count": Offer("likes"),
        "reply_count": Offer("comments"),
        "retweet_count": Offer("shares"),
        "quote_count": Offer("quotes"),
        "bookmark_count": Offer("saves"),
    },
}

FAMILIES = ("views", "reach", "likes", "comments", "shares", "saves", "quotes")
_QUICKER: dict[str, float] = {"likes": 1.3, "comments": 1.2, "shares": 1.3, "saves": 1.1, "quotes": 1.1}


@dataclass(frozen=True, slots=True)
class Counters:
    """The laws' constants, one element per post; instants in seconds UTC, `NEVER` where nothing happens.

    Args:
        published: when the post appeared.
        final: level each family would reach, before anything is taken back.
        taken_back: acts withdrawn at `taken_back_at`, for likes and comments.
        taken_back_at: when.
        restated_at: when the platform restates the views so far and to come.
        glitch_at: start of the hours in which views show zero.
        reset_at: when views restart from zero.
        deleted_at: when the post is gone and its counters stand still.
    """

    published: Seconds
    final: dict[str, Numbers]
    taken_back: dict[str, Numbers]
    taken_back_at: Seconds
    restated_at: Seconds
    glitch_at: Seconds
    reset_at: Seconds
    deleted_at: Seconds


def _by_day(at: Numbers) -> Numbers:
    """Elapsed time weighted by the day's rhythm: it runs slowest at about three in the night."""
    turn = 2 * np.pi / DAY
    return at - RHYTHM / turn * np.sin(turn * (at - QUIETEST))


def grown(published: Seconds, at: Seconds, quicker: float = 1.0) -> Numbers:
    """Share of its final level that a counter has reached: 0 at publication, near 1 after three months."""
    moments = np.maximum(at, published).astype(np.float64)
    age = (_by_day(moments) - _by_day(published.astype(np.float64))) * quicker
    return FAST_SHARE * -np.expm1(-age / FAST) + (1 - FAST_SHARE) * -np.expm1(-age / SLOW)


def level(counters: Counters, family: str, post: npt.NDArray[np.int64], at: Seconds) -> Numbers:
    """The true level: without glitch and restart, not rounded.

    Args:
        counters: the laws' constants.
        family: one of `FAMILIES`.
        post: numbers of the posts.
        at: an instant for each, seconds UTC.
    """
    moments = np.minimum(at, counters.deleted_at[post])
    value = counters.final[family][post] * grown(counters.published[post], moments, _QUICKER.get(family, 1.0))
    if family in counters.taken_back:
        gone = moments >= counters.taken_back_at[post]
        value = np.floor(value) - np.where(gone, counters.taken_back[family][post], 0.0)
    if family == "views":
        value = np.where(moments >= counters.restated_at[post], value * RESTATED, value)
    return np.maximum(value, 0.0)


def shown(counters: Counters, offer: Offer, post: npt.NDArray[np.int64], at: Seconds) -> npt.NDArray[np.int64]:
    """What the platform shows for a metric: whole numbers, glitches and restarts included."""
    value = np.floor(level(counters, offer.family, post, at) / offer.divisor)
    if offer.family == "views":
        reset_at = counters.reset_at[post]
        before = np.floor(level(counters, "views", post, np.minimum(at, reset_at)) / offer.divisor)
        value = np.where(at >= reset_at, value - before, value)
        since = at - counters.glitch_at[post]
        value = np.where((since >= 0) & (since < GLITCH_LENGTH), 0, value)
    return value.astype(np.int64)
