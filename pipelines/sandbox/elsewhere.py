"""The world beyond the first three platforms: two authorities each on six more, for four months around the new year.

It is drawn from a random stream of its own, so that the first three platforms' world does not change by a digit.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from pipelines.sandbox.audience import Audience
from pipelines.sandbox.calendar import DAY, NEVER, Seconds, instant, local_days, midnight, seconds, whole
from pipelines.sandbox.conversation import Conversation
from pipelines.sandbox.counters import Offer, shown
from pipelines.sandbox.native_ids import cid, post_id
from pipelines.sandbox.offers import POST_OFFERS, SERIES
from pipelines.sandbox.other_posts import END, OPENED, make_accounts, make_dialogue, make_posts
from pipelines.sandbox.post import Post
from pipelines.sandbox.templates import PLACES, TEMPLATES, fill

if TYPE_CHECKING:
    from datetime import datetime

    from pipelines.sandbox.conversation import Comment
    from pipelines.sandbox.posting import Places
    from pipelines.sandbox.units import Account, Platform

LATE = 0.97
"""What day figures show of the truth in their first two days."""
CORRECTED_AFTER = 2 * DAY
LOST_EVERY = 9
"""Every so many posts, a counter missed one act that the list of acts holds."""
REPOST_EVERY = 8
"""After every so many own posts, an account passes another's on."""


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of an account's timeline.

    Args:
        key: larger is newer, and no two are alike.
        number: the post it is, or passes on.
        at: when it came into the timeline, seconds UTC.
        native_id: its own id; a repost's is not that of the post it passes on.
        is_repost: whether it passes on another account's post.
    """

    key: int
    number: int
    at: int
    native_id: str
    is_repost: bool


class Elsewhere:
    """Accounts, posts, counters, comments and audiences on the six other platforms.

    Args:
        rng: a generator of its own.
    """

    def __init__(self, rng: np.random.Generator) -> None:
        self.accounts = make_accounts()
        self.posts = make_posts(rng, self.accounts)
        self.dialogue = make_dialogue(rng, self.posts)
        starts = np.array([midnight(day) for day in local_days(OPENED, END)], dtype=np.int64)
        self.audience = Audience(rng, self.accounts, self.posts, starts)
        self.conversation = Conversation(self.dialogue, self.author, self.posts.native_ids.__getitem__)

    @property
    def post_count(self) -> int:
        """How many posts there are."""
        return len(self.posts.account)

    def author(self, number: int) -> Account:
        """The account that wrote a post."""
        return self.accounts[int(self.posts.account[number])]

    def post(self, number: int) -> Post:
        """One post by its number."""
        posts, account = self.posts, self.author(number)
        template = TEMPLATES[int(posts.template[number])]
        text = fill(template, place=PLACES[int(posts.place[number])], ref_code=None, case_number=None)
        deleted_at, edited_at = int(posts.counters.deleted_at[number]), int(posts.edited_at[number])
        is_edited = edited_at < NEVER and account.platform != "tiktok"
        return Post(
            number=number,
            native_id=posts.native_ids[number],
            account=account,
            published_at=instant(int(posts.published[number])),
            text=text,
            goals=template.goals,
            ref_code=None,
            appeal_id=None,
            deleted_at=None if deleted_at >= NEVER else instant(deleted_at),
            hides_likes=bool(posts.hides_likes[number]),
            edited_at=instant(edited_at) if is_edited else None,
            edited_text=f"{text} (Rättad.)" if is_edited else None,
            is_private=bool(posts.is_private[number]) and deleted_at < NEVER,
            seconds=int(posts.seconds[number]),
            is_short=account.platform == "youtube" and bool(posts.seconds[number] <= 60),
            hides_comments=bool(posts.hides_comments[number]),
        )

    def cid(self, number: int, at: int) -> str:
        """The content id of a record on the AT protocol at an instant: edited, it has another."""
        post = self.post(number)
        return cid(post.native_id + post.text_at(instant(at)))

    @cached_property
    def posts_by_id(self) -> dict[str, int]:
        """Numbers of the posts by `platform:native_id`."""
        return {f"{self.author(n).platform}:{native_id}": n for n, native_id in enumerate(self.posts.native_ids)}

    @cached_property
    def posts_by_account(self) -> tuple[Places, ...]:
        """Numbers of each account's posts, oldest first, by the account's number."""
        return tuple(np.flatnonzero(self.posts.account == account.number) for account in self.accounts)

    @cached_property
    def accounts_by_native_id(self) -> dict[tuple[Platform, str], Account]:
        """Accounts by platform and native id."""
        return {(account.platform, account.native_id): account for account in self.accounts}

    def stands(self, number: int, now: int) -> bool:
        """Whether a post is published and neither deleted nor private."""
        return bool(self.posts.published[number] <= now < self.posts.counters.deleted_at[number])

    def standing(self, account: int, now: int) -> list[int]:
        """Numbers of an account's posts that stand, newest first."""
        return [n for n in whole(self.posts_by_account[account])[::-1] if self.stands(n, now)]

    def timeline(self, account: int, now: int) -> list[Item]:
        """An account's posts that stand, and others' posts that it passed on, newest first."""
        items: list[Item] = []
        for place, number in enumerate(whole(self.posts_by_account[account])):
            at, native_id = int(self.posts.published[number]), self.posts.native_ids[number]
            if self.stands(number, now):
                items.append(Item(at * 2048 + number, number, at, native_id, is_repost=False))
            later, passed = at + 1800, self._passed_on(account, number)
            if place % REPOST_EVERY == 2 and passed is not None and later <= now and self.stands(passed, now):
                author = self.accounts[account]
                own_id = post_id(author.platform, author, 30_000 + number, later).replace("feed.post", "feed.repost")
                items.append(Item(later * 2048 + 1024 + number, passed, later, own_id, is_repost=True))
        return sorted(items, key=lambda item: -item.key)

    def _passed_on(self, account: int, number: int) -> int | None:
        """The other account's newest post of that time."""
        others = self.posts_by_account[account ^ 1]
        place = int(np.searchsorted(others, number)) - 1
        return int(others[place]) if place >= 0 else None

    def pinned(self, account: int, now: int) -> int | None:
        """The post that an account has pinned: its oldest that stands."""
        standing = self.standing(account, now)
        return standing[-1] if standing else None

    def comments_of(self, number: int, now: int) -> list[Comment]:
        """The comments that stand under a post at an instant, oldest first."""
        return self.conversation.of(number, now)

    def shown(self, offer: Offer, posts: Places, at: Seconds) -> Places:
        """What a platform shows for one counter of posts: comments as in their list, the rest by the counters' laws."""
        if offer.family not in {"comments", "direct"}:
            return shown(self.posts.counters, offer, posts, at)
        moments = np.minimum(at, self.posts.counters.deleted_at[posts] - 1)
        lists = [self.comments_of(n, t) for n, t in zip(whole(posts), whole(moments), strict=True)]
        if offer.family == "direct":
            lists = [[comment for comment in one if comment.parent is None] for one in lists]
        return np.array([len(one) for one in lists], dtype=np.int64)

    def metrics(
        self, platform: Platform, posts: Places, at: Seconds, offers: dict[str, Offer] | None = None
    ) -> dict[str, Places]:
        """What a platform shows for posts of its own: one whole number per metric and post, -1 where it is hidden.

        Args:
            platform: whose metrics.
            posts: numbers of posts of that platform.
            at: an instant for each, seconds UTC.
            offers: other metrics than `POST_OFFERS` has, as of TikTok's Business API.
        """
        hidden = {"likes": self.posts.hides_likes[posts], "comments": self.posts.hides_comments[posts]}
        return {
            name: np.where(hidden.get(offer.family, np.False_), -1, self.shown(offer, posts, at))
            for name, offer in (POST_OFFERS[platform] if offers is None else offers).items()
        }

    def post_metrics(self, post: int, at: datetime) -> dict[str, int]:
        """What the platform shows for one post at an instant, by native name; without what is hidden."""
        values = self.metrics(self.author(post).platform, np.array([post]), np.array([seconds(at)]))
        return {name: int(value[0]) for name, value in values.items() if value[0] >= 0}

    def listed(self, family: str, number: int, now: int) -> int:
        """How many acts (`likes`, `shares`, `quotes`) the list of a post holds: a few counters have missed one."""
        count = int(shown(self.posts.counters, Offer(family), np.array([number]), np.array([now]))[0])
        return count + (1 if count and number % LOST_EVERY == 4 else 0)

    def account_metrics(self, account: int, at: datetime) -> dict[str, int]:
        """What a platform shows of an account at an instant, by native name: levels, not what a day brought."""
        now, platform = seconds(at), self.accounts[account].platform
        followers = int(self.audience.followers(account, np.array([now]))[0])
        standing = self.standing(account, now)
        following = 30 + account
        match platform:
            case "youtube":
                chosen = np.array(standing, dtype=np.int64)
                views = self.shown(Offer("views"), chosen, np.full(len(chosen), now))
                digits = 10 ** max(0, len(str(followers)) - 3)
                return {
                    "viewCount": int(views.sum()), "subscriberCount": followers // digits * digits,
                    "videoCount": len(standing),
                }  # fmt: skip
            case "mastodon":
                return {
                    "followers_count": followers, "following_count": following,
                    "statuses_count": len(self.timeline(account, now)),
                }  # fmt: skip
            case "bluesky":
                return {"followersCount": followers, "followsCount": following, "postsCount": len(standing)}
            case "tiktok":
                chosen = np.array(standing, dtype=np.int64)
                likes = self.shown(Offer("likes"), chosen, np.full(len(chosen), now))
                return {
                    "follower_count": followers, "following_count": following, "likes_count": int(likes.sum()),
                    "video_count": len(standing),
                }  # fmt: skip
            case "linkedin":
                return {"firstDegreeSize": followers}
            case _:
                return {"followers_count": followers}

    def series(self, account: int, metric: str, edges: Seconds, now: int) -> Places:
        """A figure of an account for each window between neighbouring instants.

        Args:
            account: its number.
            metric: a key of `SERIES` of its platform.
            edges: n + 1 instants, rising.
            now: when it is asked: figures from posts are low until two days after their window ended.

        Returns:
            n whole numbers; only `net_likes` may be below zero.
        """
        family, share = SERIES[self.accounts[account].platform][metric]
        if family == "followers":
            return self.audience.followers(account, edges[1:])
        if family in {"gained", "lost"}:
            return self.audience.follows_between(account, edges)[family == "lost"]
        if family in {"comments", "direct"}:
            return self._written(account, edges, only_direct=family == "direct")
        gains = self.audience.gains(account, family.removeprefix("net_"), edges) * share
        whole_gains = np.floor(gains if family.startswith("net_") else np.maximum(gains, 0)).astype(np.int64)
        return np.where(now < edges[1:] + CORRECTED_AFTER, np.trunc(whole_gains * LATE), whole_gains).astype(np.int64)

    def _written(self, account: int, edges: Seconds, *, only_direct: bool) -> Places:
        moments = [
            comment.created_at
            for number in whole(self.posts_by_account[account])
            for comment in self.conversation.ever(number)
            if comment.parent is None or not only_direct
        ]
        return np.diff(np.searchsorted(np.sort(moments), edges)).astype(np.int64)

    def truth(self) -> dict[str, Any]:
        """Final levels of every post by native metric, and what each account is: plain JSON types."""
        late = instant(midnight(date(2027, 1, 1)))
        return {
            "accounts": {
                account.account_id: {"unit": account.unit_id, "posts": len(self.posts_by_account[account.number])}
                for account in self.accounts
            },
            "posts": {post_id: self.post_metrics(number, late) for post_id, number in self.posts_by_id.items()},
        }
