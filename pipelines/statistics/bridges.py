"""Bridges over a changed definition (METHOD section 2, series break rule): measured on an overlap, or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.statistics.bootstrap import ratio_of_sums

if TYPE_CHECKING:
    import polars as pl

MIN_DAYS = 28
MIN_POSTS = 30
MAX_RELATIVE_HALF_WIDTH = 0.05
"""The method's conditions for an overlap that is long, broad and steady enough."""


@dataclass(frozen=True)
class Bridge:
    """How much of the new definition one unit of the old one stands for.

    Args:
        factor: sum of the new / sum of the old over readings that carry both; None without an overlap.
        low: lower end of its cluster-bootstrap interval over posts; None with fewer than two posts.
        high: upper end.
        posts: posts in the overlap.
        days: distinct local dates of readings in the overlap.
        is_usable: the overlap meets the method's conditions.
    """

    factor: float | None
    low: float | None
    high: float | None
    posts: int
    days: int
    is_usable: bool


def bridge(pairs: pl.DataFrame, *, level: float = 0.95) -> Bridge:
    """Measure a bridge.

    Args:
        pairs: one row per post and instant at which both were read: `post_id`, `local_date`, `views`, `impressions`.
        level: of the interval, two-sided.
    """
    posts = pairs["post_id"].n_unique()
    days = pairs["local_date"].n_unique()
    if pairs.is_empty() or not pairs["impressions"].sum() > 0:
        return Bridge(None, None, None, posts, days, is_usable=False)
    found = ratio_of_sums(
        pairs["views"].to_numpy(), pairs["impressions"].to_numpy(), pairs["post_id"].to_numpy(), level=level
    )
    if found.low is None or found.high is None:
        return Bridge(found.value, None, None, posts, days, is_usable=False)
    half_width = (found.high - found.low) / 2
    is_long_and_broad = days >= MIN_DAYS and posts >= MIN_POSTS
    is_steady = half_width <= MAX_RELATIVE_HALF_WIDTH * found.value and found.value > 0
    return Bridge(found.value, found.low, found.high, posts, days, is_usable=is_long_and_broad and is_steady)
