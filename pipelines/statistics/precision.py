"""How far rungs 2 and 3 can be trusted: misreports, counted where no appeal was out that could have been meant.

A tip that names a platform on a day when the unit had no appeal out there was not brought by one. How often that
happens among tips that no appeal brought says how many such tips hide among those that stand on the rung.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipelines.statistics.attribution import Posts, Tips, near_posts
from pipelines.statistics.intervals import garwood

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipelines.statistics.ladder import Ladder, Scene

    Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Precision:
    """Of one rung.

    Args:
        rung: 2 or 3.
        claims: tips that stand on it.
        quiet_tips: tips that came while no appeal was out.
        quiet_claims: of those, tips that claim the rung all the same.
        misreports: how many of the claims are expected to be none; null without quiet tips.
        value, low, high: share of the claims that are true; null without quiet tips or claims.
    """

    rung: int
    claims: int
    quiet_tips: int
    quiet_claims: int
    misreports: float | None
    value: float | None
    low: float | None
    high: float | None


def precisions(scene: Scene, ladder: Ladder, *, horizon_s: float, level: float) -> list[Precision]:
    """Precision of rungs 2 and 3 in the study period.

    Args:
        scene: the facts.
        ladder: where the tips stand.
        horizon_s: an appeal is out so long.
        level: of the interval (Garwood, over the quiet claims).
    """
    tips, posts = scene.tips, scene.posts
    base = scene.in_study & (tips.unit >= 0)
    plain = np.where(base & np.isin(ladder.rung, (0, 4)), 1 - ladder.weight, 0.0)
    is_out, was_out = _out(tips, posts, tips.unit, np.where(posts.unit >= 0, posts.unit, -2), horizon_s)
    quiet = base & was_out & ~is_out & (tips.rung != 1)
    late = _Counted(
        claims=int((scene.in_study & (ladder.rung == 2)).sum()),
        quiet=[int(quiet.sum())],
        of_them=[int((quiet & (tips.rung == 2)).sum())],
        plain=[float(plain[is_out].sum())],
        counts_quiet=True,
    )
    told = _Counted(int((scene.in_study & (ladder.rung == 3)).sum()), [], [], [], counts_quiet=False)
    names = base & (tips.rung != 1) & (tips.rung != 2)
    for platform in range(len(scene.platforms)):
        own = np.where(posts.platform == platform, posts.unit, -2)
        is_out, _ = _out(tips, posts, tips.unit, own, horizon_s)
        told.quiet.append(int((names & ~is_out).sum()))
        told.of_them.append(int((names & ~is_out & (tips.platform == platform)).sum()))
        told.plain.append(float(plain[is_out].sum()))
    return [_precision(2, late, level), _precision(3, told, level)]


@dataclass(frozen=True)
class _Counted:
    claims: int
    quiet: list[int]
    of_them: list[int]
    plain: list[float]
    counts_quiet: bool
    """Whether the quiet claims themselves stand on the rung: a case may be named long after its last post."""


def _out(
    tips: Tips, posts: Posts, group: NDArray[np.int64], other: NDArray[np.int64], horizon_s: float
) -> tuple[Flags, Flags]:
    """Per tip, whether a post of its group was out within the horizon, and whether one had ever been."""
    everyone = np.flatnonzero(group >= 0)
    is_out = np.zeros(len(group), dtype=np.bool_)
    for near in near_posts(everyone, (tips.hour_s, group), (posts.published_s, other), horizon_s):
        is_out[near.tip] = True
    first = np.full(int(group.max(initial=0)) + 1, np.iinfo(np.int64).max)
    known = (other >= 0) & (other < len(first))
    np.minimum.at(first, other[known], posts.published_s[known])
    return is_out, (group >= 0) & (first[group] <= tips.hour_s)


def _precision(rung: int, counted: _Counted, level: float) -> Precision:
    quiet, of_them = sum(counted.quiet), sum(counted.of_them)
    if quiet == 0 or counted.claims == 0 or min(counted.quiet, default=0) == 0:
        return Precision(rung, counted.claims, quiet, of_them, None, None, None, None)
    scale = [p / q for p, q in zip(counted.plain, counted.quiet, strict=True)]
    hidden = sum(s * n for s, n in zip(scale, counted.of_them, strict=True))
    low, high = garwood(of_them, level)
    # None was seen: what an unseen one would weigh is the mean over the platforms.
    each = hidden / of_them if of_them else sum(scale) / len(scale)
    own = of_them if counted.counts_quiet else 0
    shares = [1 - min(1.0, (own + each * n) / counted.claims) for n in (of_them, high, low)]
    return Precision(rung, counted.claims, quiet, of_them, own + hidden, shares[0], shares[1], shares[2])
