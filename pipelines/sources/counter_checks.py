"""Displayed counters against the lists they claim to count, for a few posts at each reading.

Both real servers we ran lost updates of their counters. Where a platform lists who liked, passed on, quoted or
answered, the list is read to its end and its members are counted; who they are is neither decoded nor kept.
"""

from __future__ import annotations

import hashlib
import heapq
from typing import TYPE_CHECKING

import msgspec

from pipelines.sources.paging import pages
from pipelines.sources.stream import Count, Page, Record, Stream, Text

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Mapping
    from datetime import date, datetime

    from pipelines.sources.http import Reply
    from pipelines.sources.paging import P

LONGEST_LIST = 25
"""Pages of a list that are read; a longer one is told as not complete."""


class CounterCheck(Record):
    """One counter and its list at the moment of reading.

    Args:
        post_id: the platform's own.
        is_complete: the list was read to its end, and the counter showed the same before and after it.
    """

    post_id: Text
    native_metric: Text
    displayed: Count
    listed: Count
    is_complete: bool


def counter_checks_stream(source: str, path: str, **more: object) -> Stream:
    """The stream of a source's counter checks."""
    return Stream(
        source=source,
        name="counter_checks",
        record=CounterCheck,
        title="displayed counters beside the length of their lists",
        path=path,
        post_key=("post_id",),
        **more,  # pyright: ignore[reportArgumentType]  # the declarations of a stream, passed on
    )


def sampled(native_ids: Collection[str], most: int, day: date) -> list[str]:
    """Some of the posts, others on another day, the same ones again on the same day."""
    if not most:
        return []
    return heapq.nsmallest(most, native_ids, key=lambda one: hashlib.sha256(f"{day} {one}".encode()).digest())


async def length(
    ask: Callable[[str | None], Awaitable[Reply[P]]],
    count: Callable[[P], int],
    following: Callable[[Reply[P]], str | None],
) -> tuple[int, bool]:
    """How many members a list has, and whether it was read to its end."""
    found = 0
    read = 0
    async for reply, cursor in pages(ask, following=following):
        found += count(reply.envelope)
        read += 1
        if cursor is not None and read == LONGEST_LIST:
            return found, False
    return found, True


def checks_of(
    native_id: str, lists: Mapping[str, tuple[int, bool]], before: Mapping[str, int], after: Mapping[str, int]
) -> list[CounterCheck]:
    """The checks of one post: of every list whose counter was displayed."""
    return [
        CounterCheck(
            post_id=native_id,
            native_metric=name,
            displayed=before[name],
            listed=listed,
            is_complete=is_whole and before[name] == after.get(name),
        )
        for name, (listed, is_whole) in lists.items()
        if name in before
    ]


def page_of(stream: Stream, account_id: str, checks: list[CounterCheck], read_at: datetime) -> Page:
    """All checks of one reading of an account."""
    rows = [msgspec.json.encode(check) for check in checks]
    return Page(stream=stream, account_id=account_id, rows=rows, fetched_at=read_at, complete=True)
