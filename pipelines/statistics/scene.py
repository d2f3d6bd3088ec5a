"""Frames of tips, posts and days made into the arrays of `pipelines.statistics.ladder`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from pipelines.statistics.attribution import Posts, Tips
from pipelines.statistics.ladder import Scene

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Places = NDArray[np.int64]


def scene_of(tips: pl.DataFrame, posts: pl.DataFrame, days: pl.DataFrame, units: pl.DataFrame, zone: str) -> Scene:
    """Arrays of the facts; everything is put in one order first, so that the same facts give the same digits.

    Args:
        tips: `tip_id, received_at, local_date, unit_id, rung, post_id, appeal, heard_via`.
        posts: that ask for tips: `post_id, appeal, unit_id, platform, published_at, views`.
        days: without a hole: `local_date, starts_at, ends_at, is_read, is_in_study`.
        units: `unit_id, valid_from, valid_to`; a unit that is not among them existed always.
        zone: the organisation's time zone.
    """
    tips, posts, days = tips.sort("tip_id"), posts.sort("post_id"), days.sort("local_date")
    names = _names(tips["unit_id"], posts["unit_id"], units["unit_id"])
    platforms = _names(posts["platform"])
    appeals = _names(posts["appeal"])
    study = days.filter("is_in_study")["local_date"].implode()
    date = days["local_date"]
    return Scene(
        tip_ids=tips["tip_id"].to_list(),
        units=names,
        platforms=platforms,
        post_ids=posts["post_id"].to_list(),
        tips=Tips(
            hour_s=_seconds(tips["received_at"]),
            unit=_places(tips["unit_id"], names),
            rung=tips["rung"].fill_null(0).cast(pl.Int64).to_numpy(),
            post=_places(tips["post_id"], posts["post_id"].to_list()),
            appeal=_places(tips["appeal"], appeals),
            platform=_places(tips["heard_via"], platforms),
        ),
        posts=Posts(
            published_s=_seconds(posts["published_at"]),
            unit=_places(posts["unit_id"], names),
            appeal=_places(posts["appeal"], appeals),
            platform=_places(posts["platform"], platforms),
            views=_views(posts),
        ),
        day=_places(tips["local_date"], date.to_list()),
        hour=tips["received_at"].dt.convert_time_zone(zone).dt.hour().cast(pl.Int64).to_numpy(),
        in_study=tips["local_date"].is_in(study).to_numpy(),
        starts_s=np.append(_seconds(days["starts_at"]), _seconds(days["ends_at"])[-1:]),
        is_read=days["is_read"].to_numpy(),
        weekday=date.dt.weekday().cast(pl.Int64).to_numpy() - 1,
        observed=_observed(days, units, names),
    )


def _names(*columns: pl.Series) -> list[str]:
    return pl.concat([c.cast(pl.String) for c in columns]).drop_nulls().unique().sort().to_list()


def _places(column: pl.Series, names: list[object] | list[str]) -> Places:
    """Number of each name; -1 where there is none, or it is not among the names."""
    if not names:
        return np.full(len(column), -1, dtype=np.int64)
    numbers = pl.Series(range(len(names)), dtype=pl.Int64)
    found = column.replace_strict(pl.Series(names, dtype=column.dtype), numbers, default=-1, return_dtype=pl.Int64)
    return found.fill_null(-1).to_numpy()


def _seconds(instants: pl.Series) -> Places:
    return instants.dt.epoch("s").cast(pl.Int64).to_numpy()


def _views(posts: pl.DataFrame) -> NDArray[np.float64]:
    """Views with mean 1; a post that nobody counted stands at its platform's mean, or at the mean of all."""
    views = pl.col("views").clip(lower_bound=1.0)
    guessed = posts.select(views.fill_null(views.mean().over("platform")).fill_null(views.mean()).fill_null(1.0))
    found = guessed.to_series().cast(pl.Float64).to_numpy()
    return found / found.mean() if len(found) else found


def _observed(days: pl.DataFrame, units: pl.DataFrame, names: list[str]) -> NDArray[np.bool_]:
    dates = days["local_date"].to_numpy()
    known = {row["unit_id"]: row for row in units.iter_rows(named=True)}
    found = np.tile(days["is_read"].to_numpy(), (len(names), 1))
    for number, name in enumerate(names):
        row = known.get(name, {})
        if row.get("valid_from") is not None:
            found[number] &= dates >= np.datetime64(row["valid_from"])
        if row.get("valid_to") is not None:
            found[number] &= dates <= np.datetime64(row["valid_to"])
    return found
