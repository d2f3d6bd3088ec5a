"""Comments under the posts of a Graph platform: which posts are asked, how a thread is paged, who we are in it."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from pipelines.sources.base import first_of
from pipelines.sources.comments import is_since, read_comments
from pipelines.sources.graph import Feed  # noqa: TC001  # msgspec reads the annotations
from pipelines.sources.graph_api import quoted
from pipelines.sources.http import GoneError, NotOfferedError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pipelines.sources.base import Account, PullPlan
    from pipelines.sources.comments import Pseudonyms, Said
    from pipelines.sources.graph_api import GraphApi
    from pipelines.sources.graph_metrics import Listing
    from pipelines.sources.http import Reply
    from pipelines.sources.stream import Page, Rejected, Stream


@dataclass(frozen=True)
class Under:
    """Where a comment stands.

    Args:
        post_id: the post.
        native_id, handle: our own account; the handle None where it is not known.
        parent_id: the comment that it was listed below; None if it was listed below the post.
    """

    post_id: str
    native_id: str
    handle: str | None
    parent_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class Thread:
    """How the comments under a post are asked for.

    Args:
        stream: of `Comment`.
        edge: below the post.
        params: its fields and what else it needs.
        shape: what is needed of each comment.
        tell: what a comment says; None for what is no comment.
        is_quiet: whether a post says that nobody has commented, so that it need not be asked.
        below: name of the edge and the fields of answers that come inside their comment, where they do.
    """

    stream: Stream
    edge: str
    params: Mapping[str, str]
    shape: type[msgspec.Struct]
    tell: Callable[[Any, Under], Said | None]
    is_quiet: Callable[[Any], bool]
    below: tuple[str, str] | None = None


class _Nested(msgspec.Struct):
    id: str
    replies: Feed | None = None


class Reader:
    """Reads the comments of one account's young posts.

    Args:
        api: the account's.
        thread: how they are asked for.
        pseudonyms: hashes their authors.
        account: ours; some answers tell by its handle alone who wrote.
    """

    def __init__(self, api: GraphApi, thread: Thread, pseudonyms: Pseudonyms, account: Account) -> None:
        self._api, self._thread, self._pseudonyms, self._account = api, thread, pseudonyms, account

    async def page_of(self, listed: Page, reply: Reply[Feed], listing: Listing, plan: PullPlan) -> Page | None:
        """The comments under a page of posts; None if no post of it is asked."""
        posts = [msgspec.json.decode(row, type=listed.stream.record) for row in listed.rows]
        asked: list[Any] = [
            post
            for post in posts
            if is_since(getattr(post, listing.published), plan.comments_since) and not self._thread.is_quiet(post)
        ]
        if not asked:
            return None
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._under(post.id)) for post in asked]
        except ExceptionGroup as failed:
            raise first_of(failed) from None
        found = [task.result() for task in tasks]
        page = self._api.page(
            self._thread.stream,
            self._api.last or reply,
            [row for kept, _ in found for row in kept],
            number=listed.number,
            window=listed.window,
            complete=listed.complete,
        )
        page.rejected.extend(one for _, rejected in found for one in rejected)
        return page

    async def _under(self, post_id: str) -> tuple[list[bytes], list[Rejected]]:
        """All comments under a post; none if it has gone meanwhile, or cannot have any."""
        thread, kept, rejected = self._thread, list[bytes](), list["Rejected"]()
        top = Under(post_id, self._account.native_id, self._account.handle)

        def take(objects: list[msgspec.Raw], under: Under) -> None:
            rows, refused = read_comments(
                objects,
                thread.shape,
                lambda one: thread.tell(one, under),
                platform=self._account.platform,
                pseudonyms=self._pseudonyms,
            )
            kept.extend(rows)
            rejected.extend(refused)

        try:
            async for reply, _ in self._api.pages(lambda place: self._list(post_id, thread.edge, place), None):
                objects = reply.envelope.data or []
                take(objects, top)
                for raw in objects if thread.below else ():
                    for answers, parent in await self._below(raw):
                        take(answers, replace(top, parent_id=parent))
        except (GoneError, NotOfferedError):
            return kept, rejected
        return kept, rejected

    async def _below(self, raw: msgspec.Raw) -> list[tuple[list[msgspec.Raw], str]]:
        """The answers inside a comment, and those that did not fit into it."""
        try:
            comment = msgspec.json.decode(raw, type=_Nested)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return []
        inside = comment.replies
        if inside is None:
            return []
        found = [(inside.data or [], comment.id)]
        if (cursor := inside.next_cursor()) and self._thread.below:
            edge, fields = self._thread.below
            with contextlib.suppress(GoneError, NotOfferedError):  # the comment went meanwhile: the others stand
                async for reply, _ in self._api.pages(
                    lambda p: self._list(comment.id, edge, {"fields": fields, **p}), cursor
                ):
                    found.append((reply.envelope.data or [], comment.id))
        return found

    async def _list(self, node: str, edge: str, params: Mapping[str, str]) -> Reply[Feed]:
        return await self._api.list(f"{quoted(node)}/{edge}", {**self._thread.params, **params})


def graph_time(text: str | None) -> datetime:
    """An instant as the platform writes it, `2026-11-20T09:00:00+0000`.

    Raises:
        ValueError: none, or not readable, or without a zone.
    """
    moment = datetime.fromisoformat(text or "")
    if moment.tzinfo is None:
        raise ValueError("an instant without a zone")
    return moment
