"""The accounts and posts beyond the first three platforms, and what people write under them: all drawn, all at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from pipelines.sandbox.calendar import DAY, HOUR, NEVER, Seconds, local_days, midnight, whole
from pipelines.sandbox.counters import Counters
from pipelines.sandbox.dialogue import Dialogue
from pipelines.sandbox.native_ids import SERVERS, account_id, post_id
from pipelines.sandbox.posting import ACTS_PER_REACH, HOURS, Places
from pipelines.sandbox.templates import PLACES, TEMPLATES
from pipelines.sandbox.units import ELSEWHERE, UNITS, Account

if TYPE_CHECKING:
    from pipelines.sandbox.units import Platform

OPENED, FIRST, LAST, END = date(2025, 11, 1), date(2025, 11, 6), date(2026, 3, 6), date(2026, 4, 1)
"""When the accounts were opened, the first and the last day with a post, the first on which nothing new happens."""
WHO: dict[Platform, tuple[str, str]] = {
    "youtube": ("stockholm", "skane"),
    "mastodon": ("uppsala", "orebro"),
    "bluesky": ("stockholm", "halland"),
    "threads": ("skane", "uppsala"),
    "tiktok": ("ostergotland", "vasterbotten"),
    "linkedin": ("stockholm", "norrbotten"),
}
POSTS = (60, 44)
"""How many posts a platform's first and second account make."""
CARRY: dict[Platform, float] = {
    "youtube": 0.6, "mastodon": 0.4, "bluesky": 0.2, "threads": 0.3, "tiktok": 0.9, "linkedin": 0.25,
}  # fmt: skip
COMMENTS_PER_POST = 3.0


@dataclass(frozen=True, slots=True)
class OtherPosts:
    """All posts, oldest first; each array has one element per post.

    Args:
        account: number of the account.
        unit: number of the unit.
        template: number of the template.
        place: number of the place named in the text.
        native_ids: the platforms' ids.
        counters: the laws of its counters.
        edited_at: when its text was changed; `NEVER` if it never was.
        is_private: whether it was hidden, not deleted, at `counters.deleted_at`.
        seconds: length of a video; 0 on platforms of text.
        hides_likes, hides_comments: videos whose owner hides likes, or switched comments off.
    """

    account: Places
    unit: Places
    template: Places
    place: Places
    native_ids: tuple[str, ...]
    counters: Counters
    edited_at: Seconds
    is_private: npt.NDArray[np.bool_]
    seconds: Places
    hides_likes: npt.NDArray[np.bool_]
    hides_comments: npt.NDArray[np.bool_]

    @property
    def published(self) -> Seconds:
        """When each post appeared, seconds UTC."""
        return self.counters.published


def make_accounts() -> tuple[Account, ...]:
    """Two accounts on each platform."""
    names = {unit.unit_id: unit.name for unit in UNITS}

    def native_id(number: int, platform: Platform, unit_id: str) -> str:
        own = account_id(platform, f"exempelpolisen {unit_id}", number)
        return f"{own}@{SERVERS[number % 2]}" if platform == "mastodon" else own

    chosen: list[tuple[Platform, str]] = [(platform, unit_id) for platform in ELSEWHERE for unit_id in WHO[platform]]
    return tuple(
        Account(
            number=number,
            platform=platform,
            native_id=native_id(number, platform, unit_id),
            unit_id=unit_id,
            handle=f"polisen-{unit_id}.exempel.example" if platform == "bluesky" else f"exempelpolisen_{unit_id}",
            name=f"Exempelpolisen {names[unit_id]}",
            opened_at=midnight(OPENED),
            home=SERVERS[number % 2] if platform == "mastodon" else "",
        )
        for number, (platform, unit_id) in enumerate(chosen)
    )


def _make_counters(
    rng: np.random.Generator, published: Seconds, own_number: Places, unit: Places, carry: npt.NDArray[np.float64]
) -> Counters:
    """The laws of all counters. Which post has which trouble follows from its place among its account's own."""
    count = len(published)
    people = np.array([u.population for u in UNITS], dtype=np.float64)[unit]
    views = people * 0.01 * carry * np.exp(rng.normal(-0.125, 0.5, count))
    reach = views * rng.uniform(0.58, 0.68, count)
    final = {"views": views, "reach": reach}
    for family, rate in ACTS_PER_REACH.items():
        final[family] = reach * rate * np.exp(rng.normal(0, 0.25, count))
    final["comments"] = np.zeros(count)  # counted from the list

    def some(every: int, place: int, low: float, high: float) -> Seconds:
        when = published + rng.integers(int(low * DAY), int(high * DAY), count)
        return np.where(own_number % every == place, when, NEVER)

    glitch_day = published // DAY + rng.integers(3, 20, count)
    return Counters(
        published=published,
        final=final,
        taken_back={"likes": np.ceil(final["likes"] * rng.uniform(0.02, 0.08, count))},
        taken_back_at=some(5, 2, 2, 12),
        restated_at=some(17, 4, 2, 12),
        glitch_at=np.where(own_number % 19 == 6, glitch_day * DAY, NEVER),
        reset_at=some(41, 9, 4, 8),
        deleted_at=some(13, 3, 1, 20),
    )


def make_posts(rng: np.random.Generator, accounts: tuple[Account, ...]) -> OtherPosts:
    """Draw every post; native ids follow time where the platform's do."""
    days = local_days(FIRST, LAST)
    weights = HOURS / HOURS.sum()
    drawn: list[tuple[int, int]] = []
    for account in accounts:
        count = POSTS[account.number % 2]
        chosen = np.linspace(0, len(days) - 1, count).astype(np.int64)
        moments = [midnight(days[day]) for day in whole(chosen)] + rng.choice(24, size=count, p=weights) * HOUR
        drawn += [(at, account.number) for at in whole(moments + rng.integers(0, HOUR, count))]
    drawn.sort()
    published, account = (np.array(column, dtype=np.int64) for column in zip(*drawn, strict=True))
    own_number = np.zeros(len(account), dtype=np.int64)
    for one in accounts:
        own_number[account == one.number] = np.arange(POSTS[one.number % 2])
    unit_numbers = {unit.unit_id: number for number, unit in enumerate(UNITS)}
    unit = np.array([unit_numbers[a.unit_id] for a in accounts])[account]
    platform: list[Platform] = [accounts[a].platform for a in whole(account)]
    plain = np.array([0.0 if t.is_appeal else t.share for t in TEMPLATES])
    is_video = np.isin(platform, ("youtube", "tiktok"))
    is_youtube = np.isin(platform, ("youtube",))
    edited_at = published + rng.integers(HOUR, 6 * DAY, len(account))
    return OtherPosts(
        account=account,
        unit=unit,
        template=rng.choice(len(TEMPLATES), size=len(account), p=plain / plain.sum()),
        place=rng.integers(0, len(PLACES), len(account)),
        native_ids=tuple(
            post_id(p, accounts[a], n, at)
            for n, (p, a, at) in enumerate(zip(platform, whole(account), whole(published), strict=True))
        ),
        counters=_make_counters(rng, published, own_number, unit, np.array([CARRY[p] for p in platform])),
        edited_at=np.where(own_number % 11 == 5, edited_at, NEVER),
        is_private=own_number % 26 == 3,
        seconds=np.where(is_video, rng.integers(15, 400, len(account)), 0),
        hides_likes=is_youtube & (own_number % 23 == 8),
        hides_comments=is_youtube & (own_number % 23 == 14),
    )


def make_dialogue(rng: np.random.Generator, posts: OtherPosts) -> Dialogue:
    """Draw what people write under the posts, and when they are answered."""
    per_post = np.where(posts.hides_comments, 0, rng.poisson(COMMENTS_PER_POST, len(posts.account)))
    post = np.repeat(np.arange(len(posts.account)), per_post)
    count = len(post)
    asked = posts.published[post] + np.exp(rng.normal(np.log(5 * HOUR), 1.2, count)).astype(np.int64)
    kind = rng.choice(3, size=count, p=(0.6, 0.3, 0.1))
    wait = np.exp(rng.normal(np.log(2 * HOUR), 1.3, count)).astype(np.int64) + 60
    is_answered = rng.random(count) < np.array([0.8, 0.25, 0.0])[kind]
    keep = asked < posts.counters.deleted_at[post]
    answered = np.where(is_answered, asked + wait, NEVER)
    return Dialogue(post=post[keep], asked=asked[keep], answered=answered[keep], kind=kind[keep])
