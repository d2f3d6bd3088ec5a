"""The attribution ladder: which tips an appeal touched, and by what evidence (METHOD section 5.2).

A tip stands on its highest rung, and its weights sum to at most 1:
  1  it came by a post's own link: that post
  2  it names the appeal: the appeal's posts, by views x lag density
  3  it names a platform: the unit's posts there within the horizon, by lag density
  4  it came in the time window of the unit's appeals: the posterior of `pipelines.statistics.window`
"Touched" is not "caused": what would have come anyway by another way is touched too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipelines.statistics.lag import HOUR_S

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from pipelines.statistics.lag import LagLaw

    Places = NDArray[np.int64]
    Numbers = NDArray[np.float64]

_AT_ONCE = 20_000
"""Tips whose candidate posts are held at a time."""
_KEY = 2**34
"""Seconds of a group's own stretch on the common axis on which (group, instant) is found by one search."""


@dataclass(frozen=True)
class Tips:
    """Tips, one element each.

    Args:
        hour_s: beginning of the hour it came in, seconds since 1970 UTC.
        unit: number of the unit, -1 if not known.
        rung: 1, 2 or 3 as its own labels say; 0 for none.
        post: number of its post on rung 1, else -1.
        appeal: number of the appeal it names, else -1.
        platform: number of the platform it names, else -1.
    """

    hour_s: Places
    unit: Places
    rung: Places
    post: Places
    appeal: Places
    platform: Places


@dataclass(frozen=True)
class Posts:
    """Posts that ask for tips, one element each.

    Args:
        published_s: when it appeared, seconds since 1970 UTC.
        unit: number of the unit, -1 if not known.
        appeal: number of the appeal it belongs to.
        platform: number of its platform.
        views: how often it was seen, above 0; only the proportions within a unit count.
    """

    published_s: Places
    unit: Places
    appeal: Places
    platform: Places
    views: Numbers


@dataclass(frozen=True)
class Pairs:
    """Candidate pairs: tip, post, and a number for each."""

    tip: Places
    post: Places
    value: Numbers

    def per_tip(self, count: int) -> Numbers:
        """Sum of the values of each tip."""
        return np.bincount(self.tip, self.value, count).astype(np.float64)

    def shared(self, weights: Numbers) -> Pairs:
        """Each tip's weight, shared over its posts in proportion to the values; a tip without any has no pair."""
        total = self.per_tip(len(weights))[self.tip]
        kept = (total > 0) & (self.value > 0)
        tip = self.tip[kept]
        return Pairs(tip, self.post[kept], weights[tip] * self.value[kept] / total[kept])


def joined(parts: list[Pairs]) -> Pairs:
    """Several sets of pairs as one."""
    return Pairs(
        np.concatenate([np.zeros(0, dtype=np.int64), *(p.tip for p in parts)]),
        np.concatenate([np.zeros(0, dtype=np.int64), *(p.post for p in parts)]),
        np.concatenate([np.zeros(0), *(p.value for p in parts)]),
    )


def by_label(tips: Tips, posts: Posts, law: LagLaw | None, *, horizon_s: float) -> Pairs:
    """Rungs 1 to 3: each tip's weight on posts, by what the tip itself says.

    Args:
        tips: with their rungs; those without one get no pair.
        posts: all posts that ask for tips.
        law: None if unknown: an appeal is then shared by views alone, and rung 3 stays empty.
        horizon_s: a named platform counts for appeals at most so old.

    Returns:
        Pairs whose values sum to 1 per tip on rung 1 or 2, and on rung 3 where an appeal was out.
    """
    ones = np.ones(len(tips.hour_s))
    link = np.flatnonzero((tips.rung == 1) & (tips.post >= 0))
    found = [Pairs(link, tips.post[link], np.ones(len(link)))]
    case = np.flatnonzero((tips.rung == 2) & (tips.appeal >= 0))
    for near in near_posts(case, (tips.hour_s, tips.appeal), (posts.published_s, posts.appeal), None):
        views = posts.views[near.post]
        value = views if law is None else views * law.in_hour(near.value)
        out = Pairs(near.tip, near.post, value)
        # So late that the law knows nothing of it any more: by views alone.
        lost = out.per_tip(len(ones))[out.tip] <= 0
        found.append(Pairs(out.tip, out.post, np.where(lost, views, value)).shared(ones))
    if law is not None:
        platforms = int(max(tips.platform.max(initial=0), posts.platform.max(initial=0))) + 1
        group = np.where(tips.unit >= 0, tips.unit * platforms + tips.platform, -1)
        other = np.where(posts.unit >= 0, posts.unit * platforms + posts.platform, -2)
        told = np.flatnonzero((tips.rung == 3) & (tips.platform >= 0) & (group >= 0))
        near = near_posts(told, (tips.hour_s, group), (posts.published_s, other), horizon_s)
        found.extend(Pairs(n.tip, n.post, law.in_hour(n.value)).shared(ones) for n in near)
    return joined(found)


def in_window(of: Places, tips: Tips, posts: Posts, law: LagLaw, *, horizon_s: float) -> Iterator[Pairs]:
    """Views x lag density of the unit's posts within the horizon before each tip, some tips at a time.

    Args:
        of: numbers of the tips asked about.
        tips: all of them.
        posts: all posts that ask for tips.
        law: the lag law.
        horizon_s: posts at most so old.
    """
    other = np.where(posts.unit >= 0, posts.unit, -2)
    of = of[tips.unit[of] >= 0]
    for near in near_posts(of, (tips.hour_s, tips.unit), (posts.published_s, other), horizon_s):
        yield Pairs(near.tip, near.post, posts.views[near.post] * law.in_hour(near.value))


def near_posts(
    of: Places, tips: tuple[Places, Places], posts: tuple[Places, Places], horizon_s: float | None
) -> Iterator[Pairs]:
    """Posts of each tip's group that were out by the end of its hour and no older than the horizon at its beginning.

    Args:
        of: numbers of the tips asked about.
        tips: hour and group of every tip.
        posts: publication and group of every post.
        horizon_s: posts at most so old; None for any age.

    Yields:
        Pairs whose value is the lag: seconds from the post to the beginning of the tip's hour.
    """
    hour_s, group = tips
    published_s, post_group = posts
    axis = post_group * _KEY + published_s
    order = np.argsort(axis, kind="stable")
    axis = axis[order]
    for start in range(0, len(of), _AT_ONCE):
        some = of[start : start + _AT_ONCE]
        at = group[some] * _KEY + hour_s[some]
        since = at - int(horizon_s) if horizon_s is not None else group[some] * _KEY - 1
        first = np.searchsorted(axis, since, side="right")
        last = np.searchsorted(axis, at + int(HOUR_S), side="left")
        often = np.maximum(last - first, 0)
        tip = np.repeat(some, often)
        place = np.arange(len(tip)) - np.repeat(np.cumsum(often) - often, often) + np.repeat(first, often)
        post = order[place].astype(np.int64)
        yield Pairs(tip, post, (hour_s[tip] - published_s[post]).astype(np.float64))
