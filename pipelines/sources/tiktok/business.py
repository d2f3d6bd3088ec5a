"""TikTok's Business API v1.3: reach, daily figures and comments, for partners. HTTP 200 says nothing: `code` does."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from pipelines.sources.comments import Said, read_comments
from pipelines.sources.paging import pages
from pipelines.sources.stream import Page
from pipelines.sources.tiktok import dialect
from pipelines.sources.tiktok.records import Digits, Seconds  # noqa: TC001  # msgspec reads the annotations
from pipelines.sources.tiktok.streams import (
    ACCOUNT_DAYS,
    ACCOUNTS,
    BUSINESS_LEVELS,
    BUSINESS_METRICS,
    COMMENTS,
    DAY_METRICS,
    POSTS,
    SOURCE,
    SPAN,
)
from pipelines.sources.tiktok.videos import PAGE_SIZE, video_pages

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping

    from pydantic import SecretStr

    from pipelines.sources.base import Account, PullPlan
    from pipelines.sources.comments import Pseudonyms
    from pipelines.sources.http import HttpClient, Reply

VERSION = "v1.3"
TRAILING = timedelta(days=30)
"""How far back each pull reads the days again: one request, and late corrections come with it."""
COMMENTS_A_PAGE = 30
PROFILE_FIELDS = ("username", "display_name", *BUSINESS_LEVELS)
VIDEO_FIELDS = ("item_id", "create_time", "caption", "share_url", "video_duration", *BUSINESS_METRICS)


class _Comment(msgspec.Struct):
    comment_id: str
    create_time: Seconds | Digits
    text: str = ""
    owner: bool = False
    unique_identifier: str | None = None
    user_id: str | None = None
    parent_comment_id: str | None = None
    replies: int | None = None


class Business:
    """One account by the Business API."""

    def __init__(
        self, client: HttpClient, token: SecretStr, account: Account, pseudonyms: Pseudonyms | None = None
    ) -> None:
        self._client, self._token, self._account = client, token, account
        self._pseudonyms = pseudonyms

    async def probe(self) -> str:
        """See `Source.probe`."""
        await self._profile({"fields": _listed(("username",))})
        return f"knows account {self._account.native_id}"

    async def pull(self, plan: PullPlan) -> AsyncIterator[Page]:
        """See `Source.pull`."""
        if plan.young_only_hours is None:
            reply = await self._profile({"fields": _listed(PROFILE_FIELDS)})
            kept, rejected = ACCOUNTS.read([reply.envelope.data])
            yield Page(
                stream=ACCOUNTS,
                account_id=self._account.account_id,
                rows=kept,
                rejected=rejected,
                fetched_at=reply.answered_at,
                complete=True,
                api_version_asked=VERSION,
            )
        young: list[str] = []
        async for page in video_pages(self._videos, self._account, plan, young, VERSION):
            yield page
        if plan.young_only_hours is None:
            async for page in self._days(plan):
                yield page
            if self._pseudonyms is not None:
                async for page in self._comments(young, self._pseudonyms):
                    yield page

    async def _profile(self, params: Mapping[str, str]) -> Reply[dialect.Profile]:
        return await self._client.get(
            "/open_api/v1.3/business/get/",
            dialect.Profile,
            token=self._token,
            params={"business_id": self._account.native_id, **params},
            cost=ACCOUNT_DAYS.cost,
        )

    async def _list(self, path: str, params: Mapping[str, str], size: int, cursor: str | None) -> Reply[dialect.Page]:
        place = {"max_count": str(size)} | ({"cursor": cursor} if cursor else {})
        return await self._client.get(
            f"/open_api/v1.3/business/{path}/",
            dialect.Page,
            token=self._token,
            params={"business_id": self._account.native_id, **params, **place},
            cost=POSTS.cost if path == "video/list" else COMMENTS.cost,
            objects=size,
        )

    async def _videos(self, cursor: str | None) -> Reply[dialect.Page]:
        return await self._list("video/list", {"fields": _listed(VIDEO_FIELDS)}, PAGE_SIZE, cursor)

    async def _days(self, plan: PullPlan) -> AsyncIterator[Page]:
        """Whole days until yesterday; both ends of a request belong to it."""
        start, end = plan.window or (plan.now - TRAILING, plan.now)
        first, last = (moment.astimezone(UTC).date() for moment in (start, min(end, plan.now)))
        number = 0
        while first < last:
            after = min(first + SPAN, last)
            days = {"start_date": f"{first}", "end_date": f"{after - timedelta(days=1)}"}
            reply = await self._profile({"fields": _listed(DAY_METRICS), **days})
            kept, rejected = ACCOUNT_DAYS.read(reply.envelope.days())
            number += 1
            yield Page(
                stream=ACCOUNT_DAYS,
                account_id=self._account.account_id,
                rows=kept,
                rejected=rejected,
                fetched_at=reply.answered_at,
                number=number,
                complete=True,
                window=(_midnight(f"{first}"), _midnight(f"{after}")),
                api_version_asked=VERSION,
            )
            first = after

    async def _comments(self, videos: Iterable[str], pseudonyms: Pseudonyms) -> AsyncIterator[Page]:
        """Comments of each video, and the replies below each that has some: they come three at most with it."""
        number = 0
        for video in videos:
            threads: list[str | None] = [None]
            while threads:
                async for page in self._thread(video, threads.pop(), threads, pseudonyms):
                    number += 1
                    yield replace(page, number=number)

    async def _thread(
        self, video: str, parent: str | None, threads: list[str | None], pseudonyms: Pseudonyms
    ) -> AsyncIterator[Page]:
        """Comments of a video, or replies below one of them; adds to `threads` those with replies."""
        path = "comment/list" if parent is None else "comment/reply/list"
        params = {"video_id": video} | ({"comment_id": parent} if parent else {})

        async def ask(cursor: str | None) -> Reply[dialect.Page]:
            return await self._list(path, params, COMMENTS_A_PAGE, cursor)

        def tell(comment: _Comment) -> Said:
            if parent is None and comment.replies != 0:
                threads.append(comment.comment_id)
            return _said(comment, video, parent)

        async for reply, after in pages(ask):
            rows = reply.envelope.rows
            kept, rejected = read_comments(rows, _Comment, tell, platform=SOURCE, pseudonyms=pseudonyms)
            yield Page(
                stream=COMMENTS,
                account_id=self._account.account_id,
                rows=kept,
                rejected=rejected,
                fetched_at=reply.answered_at,
                complete=after is None,
                api_version_asked=VERSION,
            )


def _said(comment: _Comment, video: str, parent: str | None) -> Said:
    return Said(
        id=comment.comment_id,
        post_id=video,
        parent_id=comment.parent_comment_id or parent,
        author_id=comment.unique_identifier or comment.user_id,
        is_ours=comment.owner,
        created_at=datetime.fromtimestamp(int(comment.create_time), UTC),
        text=comment.text,
    )


def _listed(fields: Iterable[str]) -> str:
    """Fields as the JSON array that the Business API wants in an address."""
    return msgspec.json.encode([*fields]).decode()


def _midnight(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T00:00:00+00:00")
