"""What was posted when, by whom, and how far it will carry."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from pipelines.sandbox.calendar import (
    DAY,
    HOUR,
    NEVER,
    STUDY_END,
    WORLD_END,
    Numbers,
    Seconds,
    day_starts,
    local_days,
    midnight,
    whole,
)
from pipelines.sandbox.counters import Counters
from pipelines.sandbox.templates import PLACES, TEMPLATES
from pipelines.sandbox.units import PLATFORMS, UNITS

if TYPE_CHECKING:
    from pipelines.sandbox.units import Account, Platform, Unit

Places = npt.NDArray[np.int64]

CASE_KEY = b"the-sandbox-intake-holds-this-key"
"""Key of the hash by which the simulated intake names a case. A real one never leaves the institution."""

POSTS_PER_DAY = {"facebook": 0.42, "instagram": 0.32, "x": 0.36}
APPEALS_PER_DAY = 0.13
CARRY = {"facebook": 1.0, "instagram": 0.62, "x": 0.24}
REACH_PER_VIEW = {"facebook": 0.68, "instagram": 0.64, "x": 0.60}
ACTS_PER_REACH = {"likes": 0.0165, "comments": 0.0022, "shares": 0.0033, "saves": 0.0016, "quotes": 0.0006}
HOURS = np.array([0, 0, 0, 0, 0, 0, 1, 4, 8, 9, 9, 8, 7, 8, 8, 8, 7, 6, 5, 5, 4, 3, 1, 0], dtype=np.float64)
WEEKDAYS = np.array([1.15, 1.15, 1.1, 1.1, 1.1, 0.75, 0.65])
_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Posts:
    """All posts, oldest first; each array has one element per post.

    Args:
        account: number of the account.
        unit: number of the unit.
        template: number of the template.
        place: number of the place named in the text.
        appeal: number of the appeal, -1 if none.
        ref_codes: code of the post's own short link, "" if none.
        native_ids: the platforms' ids.
        hides_likes: Instagram posts whose like count the owner hides.
        counters: the laws of its counters.
        case_numbers: one per appeal.
        appeal_ids: one per appeal, keyed hashes of the case numbers.
    """

    account: Places
    unit: Places
    template: Places
    place: Places
    appeal: Places
    ref_codes: tuple[str, ...]
    native_ids: tuple[str, ...]
    hides_likes: npt.NDArray[np.bool_]
    counters: Counters
    case_numbers: tuple[str, ...]
    appeal_ids: tuple[str, ...]

    @property
    def published(self) -> Seconds:
        """When each post appeared, seconds UTC."""
        return self.counters.published


def hash_case(case_number: str, key: bytes = CASE_KEY) -> str:
    """The keyed hash by which the intake names a case."""
    return hmac.new(key, case_number.encode(), hashlib.sha256).hexdigest()[:16]


def _active_days(unit: Unit) -> Places:
    """Numbers of the local days on which a unit may post."""
    days = local_days()
    first = next((n for n, day in enumerate(days) if unit.starts and day >= unit.starts), len(days))
    stop = next((n for n, day in enumerate(days) if unit.stops and day >= unit.stops), len(days))
    return np.arange(first, stop)


def _moments(rng: np.random.Generator, days: Places) -> Seconds:
    """A moment of posting on each given day; local waking hours."""
    hours = rng.choice(24, size=len(days), p=HOURS / HOURS.sum())
    return day_starts()[days] + hours * HOUR + rng.integers(0, HOUR, len(days))


def _draw_days(rng: np.random.Generator, days: Places, rate: float) -> Places:
    """Days on which something happens, repeated as often as it does; it always happens on the first."""
    weights = WEEKDAYS[np.array([local_days()[n].weekday() for n in whole(days)])]
    often = rng.poisson(rate * weights)
    often[0] = max(1, often[0])
    if len(days) > 40 and days[-1] == len(local_days()) - 1:
        # A unit that is active at the study's end posts at least once in its last weeks, whatever the scale.
        often[-int((WORLD_END - STUDY_END).days) - 7] += 1
    return np.repeat(days, often)


@dataclass(slots=True)
class _Draft:
    account: list[Places]
    published: list[Seconds]
    template: list[Places]
    appeal: list[Places]
    appeals: int = 0


def _draw_posts(rng: np.random.Generator, accounts: tuple[Account, ...], scale: float) -> _Draft:
    draft = _Draft([], [], [], [])
    shares = np.array([t.share for t in TEMPLATES])
    appeal_share = shares * np.array([t.is_appeal for t in TEMPLATES])
    other_share = shares - appeal_share
    for unit in UNITS:
        days = _active_days(unit)
        mine = [a for a in accounts if a.unit_id == unit.unit_id]
        if not len(days) or not mine:
            continue
        for account in mine:
            at = _moments(rng, _draw_days(rng, days, POSTS_PER_DAY[account.platform] * scale))
            draft.account.append(np.full(len(at), account.number))
            draft.published.append(at)
            draft.template.append(rng.choice(len(TEMPLATES), size=len(at), p=other_share / other_share.sum()))
            draft.appeal.append(np.full(len(at), -1))
        calls = _moments(rng, _draw_days(rng, days, APPEALS_PER_DAY * scale))
        kinds = rng.choice(len(TEMPLATES), size=len(calls), p=appeal_share / appeal_share.sum())
        for number, account in enumerate(mine):
            taken = (rng.random(len(calls)) < 0.62) | (np.arange(len(calls)) % len(mine) == number)
            draft.account.append(np.full(int(taken.sum()), account.number))
            draft.published.append((calls + number * rng.integers(60, 2 * HOUR, len(calls)))[taken])
            draft.template.append(kinds[taken])
            draft.appeal.append(np.arange(len(calls))[taken] + draft.appeals)
        draft.appeals += len(calls)
    return draft


def _native_id(platform: str, page: str, number: int, published: int) -> str:
    if platform == "facebook":
        return f"{page}_{122_100_000_000_000 + number * 7}"
    if platform == "instagram":
        return str(17_900_000_000_000_000 + number * 13)
    return str(((published * 1000 - 1_288_834_974_657) << 22) + number % 4096)


def _codes(rng: np.random.Generator, count: int) -> list[str]:
    """Different codes of six characters for short links."""
    chosen = rng.choice(36**6, size=count, replace=False, shuffle=False) if count < 50 else rng.permutation(
        rng.integers(0, 36**6 // (count + 1), count) + np.arange(count) * (36**6 // (count + 1))
    )  # fmt: skip
    return ["".join(_ALPHABET[int(n) // 36**k % 36] for k in range(6)) for n in chosen]


def _some(rng: np.random.Generator, share: float, at: Seconds, low: float, high: float) -> Seconds:
    """An instant between two ages, in days, for a share of the posts; `NEVER` for the others."""
    when = at + rng.integers(int(low * DAY), int(high * DAY), len(at))
    return np.where(rng.random(len(at)) < share, when, NEVER)


def _make_counters(
    rng: np.random.Generator, published: Seconds, unit: Places, platform: list[Platform], template: Places
) -> Counters:
    count = len(published)
    people = np.array([u.population for u in UNITS], dtype=np.float64)[unit]
    own = np.exp(rng.normal(0, 0.12, len(UNITS)))[unit]
    views = people * 0.01 * own * np.array([CARRY[p] for p in platform]) * np.exp(rng.normal(-0.125, 0.5, count))
    reach = views * np.array([REACH_PER_VIEW[p] for p in platform]) * rng.uniform(0.93, 1.07, count)
    liked = np.array([1.0 if "insight" in TEMPLATES[t].goals else 0.75 for t in template])
    final: dict[str, Numbers] = {"views": views, "reach": reach}
    for family, rate in ACTS_PER_REACH.items():
        final[family] = reach * rate * liked * np.exp(rng.normal(-0.03, 0.25, count))
    taken_back = {
        "likes": np.ceil(final["likes"] * rng.uniform(0.01, 0.05, count)),
        "comments": np.where(rng.random(count) < 0.3, np.ceil(final["comments"] * 0.1), 0.0),
    }
    glitch_day = published // DAY + rng.integers(3, 20, count)
    return Counters(
        published=published,
        final=final,
        taken_back=taken_back,
        taken_back_at=_some(rng, 0.12, published, 3, 20),
        restated_at=np.full(count, NEVER),
        # Around the small hours, when tools read.
        glitch_at=np.where(rng.random(count) < 0.01, glitch_day * DAY, NEVER),
        reset_at=np.where(rng.random(count) < 0.001, published + 5 * DAY + 7 * HOUR, NEVER),
        deleted_at=_some(rng, 0.015, published, 0.5, 40),
    )


def restated(rng: np.random.Generator, posts: Posts) -> Posts:
    """The same posts, the views of one in a hundred restated while they are young.

    What begins again from zero, or shows zero for a while, is left alone: one trouble a post is enough.
    """
    counters = posts.counters
    when = _some(rng, 0.01, counters.published, 2, 12)
    calm = (counters.glitch_at >= NEVER) & (counters.reset_at >= NEVER)
    return replace(posts, counters=replace(counters, restated_at=np.where(calm, when, NEVER)))


def make_posts(rng: np.random.Generator, accounts: tuple[Account, ...], scale: float) -> Posts:
    """Draw every post of the world; native ids follow time.

    Args:
        rng: the world's generator.
        accounts: all accounts, in the order of their numbers.
        scale: 1.0 gives some six thousand posts.
    """
    draft = _draw_posts(rng, accounts, scale)
    published = np.concatenate(draft.published)
    keep = published < midnight(WORLD_END)
    order = np.flatnonzero(keep)[np.argsort(published[keep], kind="stable")]
    published = published[order]
    account = np.concatenate(draft.account)[order]
    template = np.concatenate(draft.template)[order]
    appeal = np.concatenate(draft.appeal)[order]
    unit_numbers = {unit.unit_id: number for number, unit in enumerate(UNITS)}
    unit = np.array([unit_numbers[a.unit_id] for a in accounts])[account]
    platform: list[Platform] = [accounts[a].platform for a in whole(account)]
    codes = _codes(rng, len(order))
    cases = tuple(
        f"2025-K{number}-25" for number in 100_000 + np.sort(rng.choice(800_000, size=draft.appeals, replace=False))
    )
    is_instagram = np.array([p == PLATFORMS[1] for p in platform])
    return Posts(
        account=account,
        unit=unit,
        template=template,
        place=rng.integers(0, len(PLACES), len(order)),
        appeal=appeal,
        ref_codes=tuple(code if a >= 0 else "" for code, a in zip(codes, appeal, strict=True)),
        native_ids=tuple(
            _native_id(p, accounts[a].native_id, n, t)
            for n, (p, a, t) in enumerate(zip(platform, whole(account), whole(published), strict=True))
        ),
        hides_likes=is_instagram & (rng.random(len(order)) < 0.02),
        counters=_make_counters(rng, published, unit, platform, template),
        case_numbers=cases,
        appeal_ids=tuple(hash_case(case) for case in cases),
    )
