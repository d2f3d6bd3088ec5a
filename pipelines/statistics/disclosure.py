"""Disclosure control of small counts (METHOD section 7): thresholds, complementary suppression, rounding.

The rules, in one place for every table that shows counts of tips:
1. A count above 0 and below the threshold is small. A 0 is small while it would tell something (an appeal was out).
2. Counts under one total (*siblings*) that is shown: where one is small, the smallest of the others are hidden with it
   until at least two are hidden and together they hold twice the threshold. What is then known of them is their sum.
3. Below a hidden total everything is hidden.
4. A second margin (the channels of a day that shows units x channels) is shown only where none of its cells is hidden:
   it then says nothing new.
5. Totals of a period that runs grow by whole months (`counted_with`), and rule 2 holds within what they grow by.
6. Periods are fixed and do not overlap: a count is shown per day *or* per unit over the period, never in weeks, months
   or sliding windows, whose differences would be smaller counts. docs/decisions/0006 says which count stands where.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

LEAST_THRESHOLD = 3
"""The lowest that any disclosure rule in use goes (METHOD section 7)."""
LEVELS = ("organisation", "unit", "channel", "unit_channel")


def threshold_of(min_cell: int) -> int:
    """The threshold in force: what goals.yaml says, and never below three."""
    return max(min_cell, LEAST_THRESHOLD)


def hidden(cells: pl.DataFrame, *, within: Sequence[str], ties: Sequence[str], threshold: int) -> pl.DataFrame:
    """Which cells may not be shown beside their total (rules 1 and 2).

    Args:
        cells: `value`, not null, and `is_telling`: whether a 0 in the cell would tell something.
        within: columns that say which total a cell is part of.
        ties: columns that decide between equal cells, so that the same facts hide the same cells.
        threshold: counts below it are small.

    Returns:
        The cells with `is_small` and `is_hidden`, in another order.
    """
    value = pl.col("value")
    small = (value < threshold) & ((value > 0) | pl.col("is_telling"))
    empty = (value == 0) & ~pl.col("is_small")
    ordered = cells.with_columns(small.alias("is_small")).with_columns(empty.alias("is_empty"))
    ordered = ordered.sort(*within, "is_empty", "value", *ties, nulls_last=True)
    place = pl.int_range(pl.len()).over(within)
    smaller = value.cum_sum().over(within) - value
    beside = pl.col("is_small").any().over(within) & (
        (place < 2) | (~pl.col("is_empty") & (smaller < 2 * threshold))  # at least two
    )
    return ordered.with_columns((pl.col("is_small") | beside).alias("is_hidden")).drop("is_empty")


def shown(cells: pl.DataFrame, *, threshold: int) -> pl.DataFrame:
    """Which cells of daily tables of units and channels may be shown, all totals considered (rules 1 to 4).

    Args:
        cells: one row per `measure`, `local_date`, `level`, `unit_id` and `channel`, with `value` (not null),
            `is_telling`, `period` (days of one period have a total), and `has_units`: whether the measure is shown per
            unit and day at all. `unit_id` and `channel` are null where the cell is a total over them.
        threshold: counts below it are small.

    Returns:
        The cells with `is_shown`.
    """
    key, day, unit = ["measure", "local_date", "level", "unit_id", "channel"], ["measure", "local_date"], "unit_id"
    level = pl.col("level")
    total = (
        pl.when(level == "organisation")
        .then(pl.col("period"))
        .when(level == "unit_channel")
        .then(pl.concat_str(pl.col("local_date").cast(pl.String), pl.lit(" "), pl.col(unit)))
        .otherwise(pl.col("local_date").cast(pl.String))
    )
    found = hidden(
        cells.with_columns(total.alias("total_of")),
        within=["measure", "level", "total_of"],
        ties=["local_date", unit, "channel"],
        threshold=threshold,
    )
    no = pl.lit(value=False)
    days = found.filter(level == "organisation").select(*day, pl.col("is_hidden").alias("is_day_hidden"))
    units = found.filter(level == "unit").select(*day, unit, pl.col("is_hidden").alias("is_unit_hidden"))
    inner = found.filter((level == "unit_channel") & (pl.col("measure") == "tips"))
    # Where most cells of unit x channel are small, the channels' totals are worth more than they are.
    modes = inner.group_by("local_date").agg((2 * pl.col("is_small").sum() < pl.len()).alias("is_inner"))
    joined = found.join(days, on=day, how="left").join(units, on=[*day, unit], how="left", nulls_equal=True)
    joined = joined.join(modes, on="local_date", how="left").with_columns(
        pl.col("is_day_hidden").fill_null(no),
        pl.col("is_unit_hidden").fill_null(no),
        (pl.col("is_inner").fill_null(no) & pl.col("has_units")).alias("is_inner"),
    )
    hides = pl.col("is_hidden") | pl.col("is_day_hidden")
    below = hides | pl.col("is_unit_hidden") | ~pl.col("is_inner")
    cell_hidden = pl.when(level == "unit").then(hides | ~pl.col("has_units")).when(level == "unit_channel").then(below)
    joined = joined.with_columns(cell_hidden.otherwise(hides).alias("is_cell_hidden"))
    margins = (
        joined.filter(level == "unit_channel")
        .group_by(*day, "channel")
        .agg(pl.col("is_cell_hidden").any().alias("has_hidden_cell"))
    )
    joined = joined.join(margins, on=[*day, "channel"], how="left", nulls_equal=True)
    adds_nothing = ~pl.col("has_hidden_cell").fill_null(no) & ~pl.col("is_day_hidden")
    is_margin = (level == "channel") & pl.col("is_inner")
    is_shown = pl.when(is_margin).then(adds_nothing).otherwise(~pl.col("is_cell_hidden"))
    return joined.with_columns(is_shown.alias("is_shown")).select(*key, "value", "is_small", "is_shown")


def counted_with(
    parts: Sequence[Sequence[float]],
    hidden_days: Sequence[Sequence[float]],
    is_complete: Sequence[bool],
    threshold: int,
) -> list[int | None]:
    """With which month each month's counts enter the totals of its period, so that no growth of a total is small.

    Months wait until they are complete, until together each part of what they add is the threshold at least, and until
    days of them that are hidden hold, together, what rule 2 asks. Whoever subtracts yesterday's totals then has a sum
    that could have been shown. A period that is over before anything of it was counted is counted whole.

    Args:
        parts: of each month, the counts that are added to totals and may not be small.
        hidden_days: of each month, the counts of days that are hidden by themselves, and that the totals add up.
        is_complete: of each month, whether nothing is to come any more; the last one's says that the period is over.
        threshold: counts below it are small.

    Returns:
        The number of the month with which it is counted; None while it waits.
    """
    found: list[int | None] = [None] * len(parts)
    first = 0
    for month, complete in enumerate(is_complete):
        sums = np.sum(parts[first : month + 1], axis=0)
        days = [value for values in hidden_days[first : month + 1] for value in values]
        is_safe = not days or (len(days) > 1 and sum(days) >= 2 * threshold)
        is_whole = first == 0 and month == len(parts) - 1
        if complete and (is_whole or (is_safe and bool((sums >= threshold).all()))):
            found[first : month + 1] = [month] * (month + 1 - first)
            first = month + 1
    return found


def rounded(values: ArrayLike, base: int) -> NDArray[np.int64]:
    """Counts under one total, each a multiple of the base, whose sum is their total's nearest multiple.

    Each is rounded down, and those with the largest remainders up again, the first of equals first: nobody is further
    from the truth than the base, and the published parts add up to the published total.

    Args:
        values: counts, none below 0.
        base: of `disclosure.public_round_to`; 1 leaves whole counts as they are.
    """
    given = np.asarray(values, dtype=np.float64)
    lower = np.floor(given / base)
    total = int(np.floor(given.sum() / base + 0.5))
    lacking = max(0, total - int(lower.sum()))
    order = np.argsort(-(given - lower * base), kind="stable")
    lower[order[:lacking]] += 1
    return (lower * base).astype(np.int64)
