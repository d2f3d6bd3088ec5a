"""A bridge is measured on a long, broad and steady overlap, or there is none."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from pipelines.statistics.bridges import bridge


def overlap(posts=30, days=28, factors=(1.3,)):
    """Readings of both metrics; the posts' factors take turns."""
    rows = [
        (
            f"p{p}",
            dt.date(2025, 3, 1) + dt.timedelta(days=d),
            100.0 * (d + 1) * factors[p % len(factors)],
            100.0 * (d + 1),
        )
        for p in range(posts)
        for d in range(days)
    ]
    return pl.DataFrame(rows, schema=["post_id", "local_date", "views", "impressions"], orient="row")


def test_the_factor_is_the_ratio_of_sums_over_readings_with_both():
    found = bridge(overlap(factors=(1.2, 1.4)))
    assert found.factor == pytest.approx(1.3)
    assert found.low < 1.3 < found.high
    assert (found.posts, found.days, found.is_usable) == (30, 28, True)


@pytest.mark.parametrize(
    "pairs",
    [overlap(posts=29), overlap(days=27), overlap(factors=(0.8, 1.8)), overlap(factors=(0.0,))],
    ids=["29 posts", "27 days", "unsteady", "no views"],
)
def test_a_short_narrow_or_unsteady_overlap_makes_no_bridge(pairs):
    assert not bridge(pairs).is_usable


def test_half_a_width_of_five_percent_is_where_it_ends():
    widths = {spread: bridge(overlap(posts=200, factors=(1 - spread, 1 + spread))) for spread in (0.30, 0.45)}
    relative = {s: (b.high - b.low) / 2 / b.factor for s, b in widths.items()}
    assert relative[0.30] < 0.05 < relative[0.45]
    assert widths[0.30].is_usable
    assert not widths[0.45].is_usable


def test_nothing_read_in_both_gives_no_factor():
    found = bridge(overlap(posts=0))
    assert (found.factor, found.low, found.is_usable) == (None, None, False)
    one = bridge(overlap(posts=1))
    assert (one.factor, one.low, one.is_usable) == (pytest.approx(1.3), None, False)
