"""Comments under videos and the channel's answers: threads, with the answers that a thread does not hold itself."""

from __future__ import annotations

import contextlib
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from pipelines.sources.comments import Said, read_comments
from pipelines.sources.http import GoneError, NotOfferedError
from pipelines.sources.stream import Page, Rejected
from pipelines.sources.youtube.streams import COMMENTS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Sequence

    from pipelines.sources.base import PullPlan
    from pipelines.sources.comments import Pseudonyms
    from pipelines.sources.youtube.data_api import DataApi

PAGE_SIZE = "100"


class _Author(msgspec.Struct):
    value: str


class _Snippet(msgspec.Struct):
    publishedAt: str  # noqa: N815  # the platform's word, as all below
    textDisplay: str = ""  # noqa: N815
    parentId: str | None = None  # noqa: N815
    authorChannelId: _Author | None = None  # noqa: N815


class _Comment(msgspec.Struct):
    id: str
    snippet: _Snippet


class _ThreadSnippet(msgspec.Struct):
    topLevelComment: msgspec.Raw  # noqa: N815
    totalReplyCount: int = 0  # noqa: N815


class _Replies(msgspec.Struct):
    comments: list[msgspec.Raw] = msgspec.field(default_factory=list[msgspec.Raw])


class _Thread(msgspec.Struct):
    id: str
    snippet: _ThreadSnippet
    replies: _Replies = msgspec.field(default_factory=_Replies)


async def comments(
    api: DataApi, native_id: str, videos: Sequence[str], plan: PullPlan, pseudonyms: Pseudonyms
) -> AsyncIterator[Page]:
    """What is said under videos, page by page of threads.

    Args:
        api: the way to the Data API.
        native_id: the channel: whose answers are ours.
        videos: ids of the videos.
        plan: how far the pull reaches.
        pseudonyms: hashes the authors.
    """
    wish = {"part": "snippet,replies", "order": "time", "textFormat": "plainText", "maxResults": PAGE_SIZE}
    number = 0
    for video in videos:

        def tell(one: _Comment, video: str = video) -> Said:
            said = one.snippet
            author = said.authorChannelId.value if said.authorChannelId else None
            return Said(
                id=one.id,
                post_id=video,
                parent_id=said.parentId,
                author_id=author,
                is_ours=author == native_id,
                created_at=_instant(said.publishedAt),
                text=said.textDisplay,
            )

        try:
            async for reply, following in api.pages("commentThreads", COMMENTS.cost, videoId=video, **wish):
                objects, strange = await _flat(api, reply.envelope.items or [])
                rows, rejected = read_comments(objects, _Comment, tell, platform="youtube", pseudonyms=pseudonyms)
                number += 1
                yield Page(
                    stream=COMMENTS,
                    account_id=api.account_id,
                    rows=rows,
                    rejected=[*strange, *rejected],
                    fetched_at=reply.answered_at,
                    number=number,
                    complete=following is None,
                    window=(plan.comments_since, plan.now),
                    api_version_asked="v3",
                )
        except (NotOfferedError, GoneError):
            continue  # switched off, or taken away, since its figures were read


async def _flat(api: DataApi, threads: Iterable[msgspec.Raw]) -> tuple[list[msgspec.Raw], list[Rejected]]:
    """The comments of threads, first ones and answers. A thread holds five answers at most: the rest is asked for."""
    found: list[msgspec.Raw] = []
    strange: list[Rejected] = []
    for line, item in enumerate(threads, start=1):
        try:
            thread = msgspec.json.decode(item, type=_Thread)
        except (msgspec.DecodeError, UnicodeDecodeError):
            strange.append(Rejected(line=line, reason="a thread of comments of an unexpected shape"))
            continue
        answers = thread.replies.comments
        if thread.snippet.totalReplyCount > len(answers):
            with contextlib.suppress(GoneError):  # the thread went meanwhile: what came with it stands
                answers = await _answers(api, thread.id)
        found += [thread.snippet.topLevelComment, *answers]
    return found, strange


async def _answers(api: DataApi, parent: str) -> list[msgspec.Raw]:
    wish = {"part": "snippet", "parentId": parent, "textFormat": "plainText", "maxResults": PAGE_SIZE}
    return [
        item async for reply, _ in api.pages("comments", COMMENTS.cost, **wish) for item in reply.envelope.items or []
    ]


def _instant(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment
