"""One simulated world with known truth: the same seed gives the same world, to the last digit."""

from __future__ import annotations

from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from pipelines.sandbox.audience import Audience
from pipelines.sandbox.calendar import DAY, NEVER, Seconds, instant, midnight, seconds
from pipelines.sandbox.conversation import Conversation
from pipelines.sandbox.counters import OFFERS, shown
from pipelines.sandbox.dialogue import SURVEYS, make_dialogue, make_responses
from pipelines.sandbox.elsewhere import Elsewhere
from pipelines.sandbox.parameters import Parameters
from pipelines.sandbox.post import Post
from pipelines.sandbox.posting import CASE_KEY, Places, make_posts, restated
from pipelines.sandbox.templates import PLACES, TEMPLATES, fill
from pipelines.sandbox.tipping import make_tips
from pipelines.sandbox.truth import calibrated, truth_of
from pipelines.sandbox.units import PLATFORMS, UNITS, make_accounts

if TYPE_CHECKING:
    from pipelines.sandbox.conversation import Comment
    from pipelines.sandbox.units import Account, Platform


OPENED_UNUSED = date(2024, 11, 4)
"""When the accounts that never post were opened."""


class World:
    """Units, accounts, posts, tips, questions and surveys of a baseline year and a study year.

    Args:
        seed: everything follows from it.
        scale: how much happens; 1.0 is some six thousand posts and a hundred thousand tips. The true shares and
            ratios do not depend on it.
        parameters: the effects and laws that a measurement has to find.
    """

    def __init__(self, seed: int = 7, scale: float = 1.0, parameters: Parameters | None = None) -> None:
        if scale <= 0:
            msg = f"scale must be above zero, not {scale}"
            raise ValueError(msg)
        self.seed, self.scale = seed, scale
        self.parameters = parameters or Parameters()
        self.case_key = CASE_KEY
        self.units = UNITS
        *others, restatements, self._beyond = np.random.default_rng(seed).spawn(9)
        streams = iter(others)
        opened = {
            unit.unit_id: midnight(unit.starts) - 5 * DAY if unit.starts else midnight(OPENED_UNUSED) for unit in UNITS
        }
        self.accounts = make_accounts(opened)
        posts = restated(restatements, make_posts(next(streams), self.accounts, scale))
        self.posts = calibrated(posts, self.platform_of(posts.account))
        platform = self.platform_of(self.posts.account)
        self.tips = make_tips(next(streams), self.posts, platform, scale, self.parameters)
        self.dialogue = make_dialogue(next(streams), self.posts, scale)
        populations = np.array([unit.population for unit in UNITS], dtype=np.float64)
        people = next(streams)
        self.responses = tuple(make_responses(people, survey, populations) for survey in SURVEYS)
        self.audience = Audience(next(streams), self.accounts, self.posts)

    def platform_of(self, accounts: Places) -> Places:
        """Place in `PLATFORMS` of each account's platform."""
        return np.array([PLATFORMS.index(a.platform) for a in self.accounts], dtype=np.int64)[accounts]

    @cached_property
    def elsewhere(self) -> Elsewhere:
        """The six other platforms: drawn when first asked for, from a stream of their own."""
        return Elsewhere(self._beyond)

    @cached_property
    def conversation(self) -> Conversation:
        """All comments under the posts, as the platforms list them."""
        return Conversation(self.dialogue, self.author, self.posts.native_ids.__getitem__)

    def comments_of(self, number: int, now: int) -> list[Comment]:
        """The comments that stand under a post at an instant, oldest first."""
        return self.conversation.of(number, now)

    @property
    def post_count(self) -> int:
        """How many posts there are."""
        return len(self.posts.account)

    def post(self, number: int) -> Post:
        """One post by its number."""
        posts = self.posts
        template = TEMPLATES[int(posts.template[number])]
        appeal = int(posts.appeal[number])
        deleted_at = int(posts.counters.deleted_at[number])
        ref_code = posts.ref_codes[number] or None
        return Post(
            number=number,
            native_id=posts.native_ids[number],
            account=self.author(number),
            published_at=instant(int(posts.published[number])),
            text=fill(
                template,
                place=PLACES[int(posts.place[number])],
                ref_code=ref_code,
                case_number=posts.case_numbers[appeal] if appeal >= 0 else None,
            ),
            goals=template.goals,
            ref_code=ref_code,
            appeal_id=posts.appeal_ids[appeal] if appeal >= 0 else None,
            deleted_at=None if deleted_at >= NEVER else instant(deleted_at),
            hides_likes=bool(posts.hides_likes[number]),
        )

    def author(self, number: int) -> Account:
        """The account that wrote a post."""
        return self.accounts[int(self.posts.account[number])]

    @cached_property
    def posts_by_id(self) -> dict[str, int]:
        """Numbers of the posts by `platform:native_id`."""
        accounts = self.posts.account
        return {
            f"{self.accounts[a].platform}:{native_id}": number
            for number, (a, native_id) in enumerate(zip(accounts, self.posts.native_ids, strict=True))
        }

    @cached_property
    def posts_by_account(self) -> tuple[Places, ...]:
        """Numbers of each account's posts, oldest first, by the account's number."""
        return tuple(np.flatnonzero(self.posts.account == account.number) for account in self.accounts)

    @cached_property
    def accounts_by_native_id(self) -> dict[tuple[Platform, str], Account]:
        """Accounts by platform and native id."""
        return {(account.platform, account.native_id): account for account in self.accounts}

    def metrics(self, platform: Platform, posts: Places, at: Seconds) -> dict[str, Places]:
        """What a platform shows for posts of its own, every metric it offers or ever offered.

        Args:
            platform: whose metrics.
            posts: numbers of posts of that platform.
            at: an instant for each, seconds UTC.

        Returns:
            Native metric to one whole number per post; -1 where the metric is not offered then.
        """
        return {
            name: np.where(offer.is_offered(at), shown(self.posts.counters, offer, posts, at), -1)
            for name, offer in OFFERS[platform].items()
        }

    def post_metrics(self, post: int, at: datetime) -> dict[str, int]:
        """What the platform shows for one post at an instant: the metrics it offers then, by native name.

        Args:
            post: the post's number.
            at: an aware instant. Before publication every counter is zero; after deletion it stands still.
        """
        platform = self.author(post).platform
        values = self.metrics(platform, np.array([post]), np.array([seconds(at)]))
        return {name: int(value[0]) for name, value in values.items() if value[0] >= 0}

    @cached_property
    def _truth(self) -> dict[str, Any]:
        return truth_of(self)

    def truth(self) -> dict[str, Any]:
        """Every true value, as plain JSON types: see docs/sandbox.md for its keys."""
        return self._truth
