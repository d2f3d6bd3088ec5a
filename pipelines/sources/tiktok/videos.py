"""Videos page by page, newest first: alike for both interfaces but for the question."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from pipelines.sources.paging import pages
from pipelines.sources.stream import Page
from pipelines.sources.tiktok.records import Digits, Seconds  # noqa: TC001  # msgspec reads the annotations
from pipelines.sources.tiktok.streams import POSTS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from pipelines.sources.base import Account, PullPlan
    from pipelines.sources.http import Reply
    from pipelines.sources.tiktok import dialect

PAGE_SIZE = 20
"""The most a page holds."""


class _Dated(msgspec.Struct):
    create_time: Seconds | Digits
    id: str | None = None
    item_id: str | None = None


def _dated(video: msgspec.Raw | bytes) -> _Dated | None:
    try:
        return msgspec.json.decode(video, type=_Dated)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None  # the allow-list will say what is wrong with it


async def video_pages(
    ask: Callable[[str | None], Awaitable[Reply[dialect.Page]]],
    account: Account,
    plan: PullPlan,
    young: list[str],
    version: str,
) -> AsyncIterator[Page]:
    """Pages of videos until one is older than the window; fills `young` with ids of those to ask for comments.

    The cursor is an instant, so that what comes or goes between two pages moves nothing, and a later run may go on
    from it. Each answer holds everything up to the newest: there is no question for a window.
    """
    since, comments_since = plan.posts_since.timestamp(), plan.comments_since.timestamp()

    def is_past(video: msgspec.Raw) -> bool:
        dated = _dated(video)
        return dated is not None and int(dated.create_time) < since

    def following(reply: Reply[dialect.Page]) -> str | None:
        return None if any(map(is_past, reply.envelope.rows)) else reply.envelope.next_cursor()

    cursor, number = plan.start_of(POSTS.name)
    async for reply, after in pages(ask, cursor, following=following):
        kept, rejected = POSTS.read([video for video in reply.envelope.rows if not is_past(video)])
        known = [dated for row in kept if (dated := _dated(row))]
        young += [one.id or one.item_id or "" for one in known if int(one.create_time) >= comments_since]
        yield Page(
            stream=POSTS,
            account_id=account.account_id,
            rows=kept,
            rejected=rejected,
            fetched_at=reply.answered_at,
            number=number,
            next_cursor=after,
            complete=after is None,
            window=(plan.posts_since, plan.now),
            api_version_asked=version,
        )
        number += 1
