"""The sandbox's worlds as frames for the attribution ladder."""

from __future__ import annotations

import numpy as np
import polars as pl

from pipelines.sandbox.calendar import STUDY_END, STUDY_START, day_starts, local_days
from pipelines.sandbox.tipping import HEARD
from pipelines.sandbox.units import PLATFORMS
from pipelines.statistics.scene import scene_of

ZONE = "Europe/Stockholm"
HORIZON_S = 14 * 86_400.0


def instants(seconds):
    return pl.Series(np.asarray(seconds) * 1_000_000, dtype=pl.Datetime("us", "UTC"))


def scene_of_world(world):
    """Facts as the intake and the platforms give them; nothing of the truth."""
    tips, posts = world.tips, world.posts
    units = np.array([unit.unit_id for unit in world.units])
    is_appeal = np.flatnonzero(posts.appeal >= 0)
    platform = np.array(PLATFORMS)[world.platform_of(posts.account)]
    link, case = tips.ref_post >= 0, tips.appeal >= 0
    told = (tips.heard_via >= 0) & (tips.heard_via < len(PLATFORMS))
    rung = np.where(link, 1, np.where(case, 2, np.where(told, 3, 0)))
    starts, dates = day_starts(), local_days()
    day = np.searchsorted(starts, tips.received, side="right") - 1
    tip_frame = pl.DataFrame(
        {
            "tip_id": tips.tip_ids,
            "received_at": instants(tips.received),
            "local_date": [dates[n] for n in day],
            "unit_id": units[tips.unit],
            "rung": rung,
            "post_id": [f"p{n}" if n >= 0 else None for n in tips.ref_post],
            "appeal": [f"a{n}" if n >= 0 else None for n in tips.appeal],
            "heard_via": [HEARD[n] if n >= 0 else None for n in tips.heard_via],
        }
    )
    post_frame = pl.DataFrame(
        {
            "post_id": [f"p{n}" for n in is_appeal],
            "appeal": [f"a{n}" for n in posts.appeal[is_appeal]],
            "unit_id": units[posts.unit[is_appeal]],
            "platform": platform[is_appeal],
            "published_at": instants(posts.published[is_appeal]),
            "views": np.floor(posts.counters.final["views"][is_appeal]),
        }
    )
    ends = [*(starts[1 : len(dates)]), starts[len(dates)] if len(starts) > len(dates) else starts[-1] + 86_400]
    days = pl.DataFrame(
        {
            "local_date": dates,
            "starts_at": instants(starts[: len(dates)]),
            "ends_at": instants(ends),
            "is_read": True,
            "is_in_study": [STUDY_START <= d <= STUDY_END for d in dates],
        }
    )
    none = pl.Series([None] * len(units), dtype=pl.Date)
    return scene_of(
        tip_frame, post_frame, days, pl.DataFrame({"unit_id": units, "valid_from": none, "valid_to": none}), ZONE
    )
