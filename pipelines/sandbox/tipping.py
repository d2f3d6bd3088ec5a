"""Tips: a background that lives by itself, and tips that an appeal caused, each with its truth."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from pipelines.sandbox.calendar import (
    HOUR,
    NEVER,
    STUDY_END,
    STUDY_START,
    WORLD_END,
    Numbers,
    Seconds,
    day_number,
    day_starts,
    local_days,
    midnight,
    whole,
)
from pipelines.sandbox.units import UNITS

if TYPE_CHECKING:
    from pipelines.sandbox.parameters import Parameters
    from pipelines.sandbox.posting import Places, Posts

TELEVISION = (date(2025, 10, 6), date(2025, 10, 27))

CHANNELS = ("web_form", "phone", "front_desk", "direct_message")
HEARD = ("facebook", "instagram", "x", "press", "own_observation", "other")
DISPOSITIONS = ("unassessed", "not_useful", "useful", "led_to_action")
_HOURS = np.array([5, 3, 2, 2, 2, 3, 5, 8, 11, 13, 13, 12, 12, 12, 12, 12, 13, 13, 13, 13, 13, 12, 10, 7], dtype=float)
_WEEKDAYS = np.array([1.06, 1.04, 1.02, 1.02, 1.05, 0.93, 0.88])


@dataclass(frozen=True, slots=True)
class Tips:
    """All tips in the order they came; each array has one element per tip.

    Args:
        received: start of the hour in which it came, seconds UTC.
        unit: number of the unit.
        channel, heard_via, disposition: places in `CHANNELS`, `HEARD`, `DISPOSITIONS`; -1 if not known.
        ref_post: post whose short link it came by, -1 if none.
        appeal: appeal it names, -1 if none.
        cause: the post that truly caused it, -1 if none.
        lag_s: seconds between cause and tip, -1 if none.
        displaced: whether it would have come anyway.
        tip_ids: random ids.
        expected: background tips that would be expected without any post, per unit and local day of the world.
    """

    received: Seconds
    unit: Places
    channel: Places
    heard_via: Places
    disposition: Places
    ref_post: Places
    appeal: Places
    cause: Places
    lag_s: Seconds
    displaced: npt.NDArray[np.bool_]
    tip_ids: tuple[str, ...]
    expected: Numbers


def _expected(rng: np.random.Generator, scale: float, laws: Parameters) -> Numbers:
    days = local_days()
    people = np.array([u.population for u in UNITS], dtype=np.float64)
    own = np.exp(rng.normal(0, 0.15, len(UNITS)))
    share = np.arange(len(days)) / 366
    season = 1 + 0.10 * np.sin(2 * np.pi * (share - 0.2))
    event = np.array([laws.television_effect if TELEVISION[0] <= day < TELEVISION[1] else 1.0 for day in days])
    weekday = np.array([_WEEKDAYS[day.weekday()] for day in days])
    per_day = season * event * weekday * np.power(laws.yearly_trend, share)
    return np.outer(people * own * laws.tips_per_1000_inhabitants / 1000 / 365 * scale, per_day)


def treated(posts: Posts) -> npt.NDArray[np.bool_]:
    """Per unit and local day: whether the unit's first own post lies before the day's end."""
    mask = np.zeros((len(UNITS), len(local_days())), dtype=np.bool_)
    for number in range(len(UNITS)):
        mine = posts.published[posts.unit == number]
        if len(mine):
            mask[number, int(day_number(mine[:1])[0]) :] = True
    return mask


@dataclass(frozen=True, slots=True)
class _Caused:
    received: Seconds
    cause: Places
    displaced: npt.NDArray[np.bool_]


def _draw_caused(rng: np.random.Generator, posts: Posts, expected: Numbers, laws: Parameters) -> _Caused:
    """Tips caused by appeals: as many in a unit as the true effect says, spread by views, later by the lag law."""
    gross: Numbers = (expected * treated(posts)).sum(axis=1) * laws.effect_net / (1 - laws.displaced)
    often = whole(rng.poisson(gross))
    causes: list[Places] = []
    for number in range(len(UNITS)):
        mine = np.flatnonzero((posts.unit == number) & (posts.appeal >= 0))
        if len(mine):
            weight = posts.counters.final["views"][mine]
            causes.append(rng.choice(mine, size=often[number], p=weight / weight.sum()))
    cause = np.concatenate(causes)
    lag = np.exp(rng.normal(np.log(laws.lag_median_hours * HOUR), laws.lag_sigma, len(cause))).astype(np.int64)
    received = posts.published[cause] + lag
    keep = (received < midnight(WORLD_END)) & (received < posts.counters.deleted_at[cause])
    cause, received = cause[keep], received[keep]
    return _Caused(received, cause, rng.random(len(cause)) < laws.displaced)


def _draw_background(rng: np.random.Generator, expected: Numbers) -> tuple[Seconds, Places]:
    often = rng.poisson(expected)
    unit, day = np.nonzero(often)
    unit, day = np.repeat(unit, often[unit, day]), np.repeat(day, often[unit, day])
    starts = day_starts()
    # A place in the day, by its own length, so that the days of 23 and 25 hours are filled too.
    share = (rng.choice(24, size=len(day), p=_HOURS / _HOURS.sum()) + rng.random(len(day))) / 24
    return starts[day] + (share * (starts[day + 1] - starts[day])).astype(np.int64), unit


def _without_displaced(
    rng: np.random.Generator, received: Seconds, unit: Places, caused: _Caused, posts: Posts
) -> npt.NDArray[np.bool_]:
    """Which background tips still come as such: a displaced tip takes the place of one near it in time."""
    stays = np.ones(len(received), dtype=np.bool_)
    for number in range(len(UNITS)):
        mine = np.flatnonzero(unit == number)
        mine = mine[np.argsort(received[mine], kind="stable")]
        moved = caused.received[caused.displaced & (posts.unit[caused.cause] == number)]
        at = np.searchsorted(received[mine], moved) + rng.integers(-3, 4, len(moved))
        for place in np.clip(at, 0, max(0, len(mine) - 1)):
            free = place
            while free < len(mine) and not stays[mine[free]]:
                free += 1
            if free < len(mine):
                stays[mine[free]] = False
    return stays


def _traces(
    rng: np.random.Generator, cause: Places, unit: Places, platform: Places, *, posts: Posts, laws: Parameters
) -> tuple[Places, Places, Places, Places]:
    """Channel, link, case and heard_via of every tip."""
    count = len(cause)
    caused = cause >= 0
    rung = np.where(caused, rng.choice(4, size=count, p=laws.rung_shares) + 1, 0)
    ref_post = np.where(rung == 1, cause, -1)
    names_case = (rung == 2) | ((rung == 1) & (rng.random(count) < 0.3))
    appeal = np.where(names_case, posts.appeal[cause], -1)
    names_platform = (rung == 3) | ((rung > 0) & (rung < 3) & (rng.random(count) < 0.25))
    other = np.where(rng.random(count) < 0.4, rng.choice([3, 4, 5], size=count, p=[0.2, 0.6, 0.2]), -1)
    heard = np.where(names_platform, platform[cause], other)
    wrong_case = ~caused & (rng.random(count) < laws.misreports[0])
    for number in np.unique(unit[wrong_case]):
        appeals = np.unique(posts.appeal[(posts.unit == number) & (posts.appeal >= 0)])
        mine = wrong_case & (unit == number)
        if len(appeals):
            appeal[mine] = rng.choice(appeals, size=int(mine.sum()))
    wrong_platform = ~caused & (rng.random(count) < laws.misreports[1])
    heard = np.where(wrong_platform, rng.integers(0, 3, count), heard)
    channel = rng.choice(4, size=count, p=[0.34, 0.52, 0.10, 0.04])
    return np.where(rung == 1, 0, channel), ref_post, appeal, heard


def make_tips(rng: np.random.Generator, posts: Posts, platform: Places, scale: float, laws: Parameters) -> Tips:
    """Draw every tip of the world.

    Args:
        rng: the world's generator.
        posts: all posts.
        platform: place of each post's platform in `PLATFORMS`.
        scale: 1.0 gives some hundred thousand tips in two years.
        laws: how many there are, and what appeals do to them.
    """
    expected = _expected(rng, scale, laws)
    caused = _draw_caused(rng, posts, expected, laws)
    background, at_unit = _draw_background(rng, expected)
    stays = _without_displaced(rng, background, at_unit, caused, posts)
    received = np.concatenate([background[stays], caused.received])
    unit = np.concatenate([at_unit[stays], posts.unit[caused.cause]])
    cause = np.concatenate([np.full(int(stays.sum()), -1), caused.cause])
    displaced = np.concatenate([np.zeros(int(stays.sum()), dtype=np.bool_), caused.displaced])
    order = np.argsort(received, kind="stable")
    received, unit, cause, displaced = received[order], unit[order], cause[order], displaced[order]
    channel, ref_post, appeal, heard = _traces(rng, cause, unit, platform, posts=posts, laws=laws)
    # Nobody can name a case before its first post.
    first_post = np.full(int(posts.appeal.max(initial=-1)) + 1, NEVER)
    np.minimum.at(first_post, posts.appeal[posts.appeal >= 0], posts.published[posts.appeal >= 0])
    appeal = np.where((appeal >= 0) & (cause < 0) & (received < first_post[appeal]), -1, appeal)
    ids = rng.bytes(8 * len(order)).hex()
    return Tips(
        received=received // HOUR * HOUR,
        unit=unit,
        channel=channel,
        heard_via=heard,
        disposition=rng.choice(4, size=len(order), p=[0.15, 0.52, 0.27, 0.06]),
        ref_post=ref_post,
        appeal=appeal,
        cause=cause,
        lag_s=np.where(cause >= 0, received - posts.published[cause], -1),
        displaced=displaced,
        tip_ids=tuple(ids[n * 16 : n * 16 + 16] for n in range(len(order))),
        expected=expected,
    )


def study_days() -> npt.NDArray[np.bool_]:
    """Which of `local_days()` belong to the study year."""
    return np.array([STUDY_START <= day <= STUDY_END for day in local_days()])
