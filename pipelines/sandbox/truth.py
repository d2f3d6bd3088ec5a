"""The world's true values, and the calibration that puts them where the example's goals expect them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from pipelines.sandbox.calendar import DAY, NEVER, STUDY_END, STUDY_START, iso_z, midnight, month_starts
from pipelines.sandbox.counters import FACEBOOK_FACTOR, FAMILIES, INSTAGRAM_FACTOR, OFFERS, level
from pipelines.sandbox.crowd import monthly_reach
from pipelines.sandbox.dialogue import KINDS, PUBLIC_SUPPORT, is_due
from pipelines.sandbox.templates import TEMPLATES
from pipelines.sandbox.tipping import study_days, treated
from pipelines.sandbox.units import PLATFORMS, UNITS

if TYPE_CHECKING:
    import numpy.typing as npt

    from pipelines.sandbox.posting import Places, Posts
    from pipelines.sandbox.world import World

VIEWS_PER_1000 = 198.0
"""Views of prevention posts per 1,000 inhabitants and active unit-month."""
ACTS_PER_REACH = 0.0220
"""Likes, comments and shares per account reached, of insight posts on Facebook and Instagram."""
FOREVER = NEVER - 1
"""An instant at which everything has happened."""


def serves(posts: Posts, goal: str) -> npt.NDArray[np.bool_]:
    """Which posts serve a goal."""
    return np.array([goal in template.goals for template in TEMPLATES])[posts.template]


def active_at(posts: Posts, at: int, within_days: int = 28) -> npt.NDArray[np.bool_]:
    """Which units have a post in the days before an instant."""
    recent = (posts.published > at - within_days * DAY) & (posts.published < at)
    return np.isin(np.arange(len(UNITS)), posts.unit[recent])


def views_per_1000(posts: Posts, platform: Places, platforms: tuple[str, ...] = PLATFORMS) -> tuple[float, int]:
    """Mean over unit-months with a post of their own, and how many unit-months that is.

    The views are those earned within the month, true and of one definition: Facebook's and Instagram's views, X's
    impressions.
    """
    months = month_starts()
    counted = np.flatnonzero(serves(posts, "prevention") & np.isin(np.array(PLATFORMS)[platform], platforms))
    earned = np.zeros((len(UNITS), 12))
    for month in range(12):
        gain = level(posts.counters, "views", counted, np.full(len(counted), months[month + 1])) - level(
            posts.counters, "views", counted, np.full(len(counted), months[month])
        )
        earned[:, month] = np.bincount(posts.unit[counted], gain, len(UNITS))
    month_of = np.searchsorted(months, posts.published, side="right") - 1
    inside = month_of < 12
    active = np.zeros((len(UNITS), 12), dtype=np.bool_)
    active[posts.unit[inside], month_of[inside]] = True
    people = np.array([unit.population for unit in UNITS], dtype=np.float64)[:, None]
    return float((earned / people * 1000)[active].mean()), int(active.sum())


def acts_per_reach(posts: Posts, platform: Places) -> float:
    """Pooled ratio over insight posts published in the study, at their final levels."""
    counted = np.flatnonzero(
        serves(posts, "insight") & (platform != PLATFORMS.index("x")) & (posts.published < midnight(STUDY_END) + DAY)
    )
    at = np.full(len(counted), FOREVER)
    acts = sum(float(np.floor(level(posts.counters, f, counted, at)).sum()) for f in ("likes", "comments", "shares"))
    return acts / float(np.floor(level(posts.counters, "reach", counted, at)).sum())


def calibrated(posts: Posts, platform: Places) -> Posts:
    """Scale views and acts so that the true values of P1 and I1 are the wanted ones, whatever the seed and scale."""
    counters = posts.counters
    factor = VIEWS_PER_1000 / views_per_1000(posts, platform)[0]
    posts = replace(posts, counters=replace(counters, final={f: v * factor for f, v in counters.final.items()}))
    for _ in range(4):  # levels are whole numbers, so the ratio answers not quite in proportion
        factor = ACTS_PER_REACH / acts_per_reach(posts, platform)
        final = {f: v if f in {"views", "reach"} else v * factor for f, v in posts.counters.final.items()}
        posts = replace(posts, counters=replace(posts.counters, final=final))
    return posts


def truth_of(world: World) -> dict[str, Any]:
    """All true values of a world as plain JSON types."""
    return {
        "seed": world.seed,
        "scale": world.scale,
        "study": [STUDY_START.isoformat(), STUDY_END.isoformat()],
        "goals": _goals(world),
        "tips": _tips(world),
        "reach": monthly_reach(world),
        "units": _units(world),
        "posts": _posts(world),
        "elsewhere": world.elsewhere.truth(),
        "bridge_factors": {"facebook": FACEBOOK_FACTOR, "instagram": INSTAGRAM_FACTOR},
    }


def _goals(world: World) -> dict[str, Any]:
    posts, platform = world.posts, world.platform_of(world.posts.account)
    end = midnight(STUDY_END) + DAY
    people = np.array([unit.population for unit in UNITS], dtype=np.float64)
    active = active_at(posts, end)
    dialogue = world.dialogue
    due = (dialogue.kind == KINDS.index("question")) & is_due(dialogue.asked, end, timedelta(days=1))
    soon = due & (dialogue.answered - dialogue.asked <= DAY)
    per_1000, unit_months = views_per_1000(posts, platform)
    causal = _causal(world)
    return {
        "A1": {"value": float(people[active].sum() / people.sum()), "units_active": int(active.sum()),
               "verdict": "met"},
        "A2": {"value": float(soon.sum() / due.sum()), "answered_24h": int(soon.sum()),
               "questions_due_24h": int(due.sum()), "verdict": "met"},
        "P1": {"value": per_1000, "unit_months": unit_months,
               "without_x": views_per_1000(posts, platform, ("facebook", "instagram"))[0], "verdict": "met"},
        "I1": {"value": acts_per_reach(posts, platform), "verdict": "met"},
        "T1": causal | {"value": causal["rr_national"], "verdict": "not_met"},
        "S1": {"public": PUBLIC_SUPPORT} | {
            r.survey.sample_type: {
                "value": float(r.is_yes.mean()), "yes": int(r.is_yes.sum()), "answers": len(r.is_yes)
            }
            for r in world.responses
        },
    }  # fmt: skip


def _causal(world: World) -> dict[str, Any]:
    """The effect on tips: what came more than would have come, over what would have come."""
    tips, days = world.tips, study_days()
    begins, ends = midnight(STUDY_START), midnight(STUDY_END) + DAY
    inside = (tips.cause >= 0) & (tips.received >= begins) & (tips.received < ends)
    touched, displaced = int(inside.sum()), int((inside & tips.displaced).sum())
    expected = tips.expected[:, days]
    covered = float((expected * treated(world.posts)[:, days]).sum())
    net = touched - displaced
    return {
        "rr_treated": 1 + net / covered,
        "rr_national": 1 + net / float(expected.sum()),
        "expected_treated": covered,
        "expected": float(expected.sum()),
        "coverage": covered / float(expected.sum()),
        "touched": touched,
        "displaced": displaced,
        "incremental": net,
        "displaced_share": world.parameters.displaced,
    }


def _tips(world: World) -> dict[str, Any]:
    tips = world.tips
    study = (tips.received >= midnight(STUDY_START)) & (tips.received < midnight(STUDY_END) + DAY)
    link = tips.ref_post >= 0
    case = ~link & (tips.appeal >= 0)
    told = ~link & ~case & (tips.heard_via >= 0) & (tips.heard_via < len(PLATFORMS))
    caused = tips.cause >= 0
    return {
        "all": len(tips.received),
        "study": int(study.sum()),
        "baseline": int((tips.received < midnight(STUDY_START)).sum()),
        "touched": int((study & caused).sum()),
        "documented": int((study & (link | case)).sum()),
        "by_rung": {
            str(rung): {"rows": int((study & mask).sum()), "caused": int((study & mask & caused).sum())}
            for rung, mask in ((1, link), (2, case), (3, told), (4, ~link & ~case & ~told & caused))
        },
        "lag_median_hours": world.parameters.lag_median_hours,
        "lag_sigma": world.parameters.lag_sigma,
        "appeals": len(world.posts.appeal_ids),
    }


def _units(world: World) -> dict[str, Any]:
    posts, end = world.posts, midnight(STUDY_END) + DAY
    active = active_at(posts, end)
    return {
        unit.unit_id: {
            "population": unit.population,
            "posts": int((posts.unit == number).sum()),
            "first_post_at": iso_z(int(posts.published[posts.unit == number][0]))
            if (posts.unit == number).any()
            else None,
            "is_active_at_end": bool(active[number]),
        }
        for number, unit in enumerate(UNITS)
    }


def _posts(world: World) -> dict[str, Any]:
    """Final levels of every post: as the platform will show them, and `views_total` with what a restart swallowed."""
    posts = world.posts
    everyone = np.arange(world.post_count)
    at = np.full(world.post_count, FOREVER)
    levels = {f: np.floor(level(posts.counters, f, everyone, at)).astype(np.int64) for f in FAMILIES}
    platform = world.platform_of(posts.account)
    final: dict[str, dict[str, int]] = {}
    for name in PLATFORMS:
        mine = np.flatnonzero(platform == PLATFORMS.index(name))
        values = world.metrics(name, mine, at[mine])
        offered = [metric for metric, offer in OFFERS[name].items() if offer.dead is None]
        for place, number in enumerate(mine):
            row = {metric: int(values[metric][place]) for metric in offered}
            row["views_total"] = int(levels["views"][number])
            final[f"{name}:{posts.native_ids[number]}"] = row
    return final
