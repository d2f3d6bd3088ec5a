"""What a Graph platform measures: declarations, lifetime metrics of single posts, day figures of the account."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import msgspec

from pipelines.sources.base import first_of
from pipelines.sources.graph_api import pacific_windows, quoted, unix
from pipelines.sources.graph_records import Insight
from pipelines.sources.http import GoneError, NotOfferedError
from pipelines.sources.stream import Rejected

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence
    from datetime import datetime

    from pipelines.sources.graph import Feed
    from pipelines.sources.graph_api import GraphApi
    from pipelines.sources.http import Reply
    from pipelines.sources.refused import RefusedMetrics
    from pipelines.sources.stream import Page, Stream

    Window = tuple[datetime, datetime]


@dataclass(frozen=True, kw_only=True)
class Node:
    """The account itself.

    Args:
        stream: of its figures.
        status: the stream that tells of refused metrics.
        fields: asked for.
        probe: the cheapest fields, for `syfte check`.
        noun: what the platform calls it.
        levels: figures of the account that are a metric of their own, asked for without a window.
        levels_edge: where.
    """

    stream: Stream
    status: Stream
    fields: str
    probe: str = "id,username"
    noun: str = "account"
    levels: tuple[str, ...] = ()
    levels_edge: str = "insights"

    async def read(self, api: GraphApi, node: str, refused: RefusedMetrics) -> Page:
        """The account's figures at the moment of reading."""
        reply = await api.node(node, {"fields": self.fields})
        if not self.levels:
            return api.page(self.stream, reply, [reply.body])

        async def request(names: Sequence[str]) -> Reply[Feed]:
            return await api.list(f"{node}/{self.levels_edge}", {"metric": ",".join(names)})

        row: dict[str, object] = msgspec.json.decode(reply.body)
        answered = await refused.ask("account", "", self.levels, request)
        unreadable: list[Rejected] = []
        for line, raw in enumerate((answered.envelope.data or []) if answered else (), start=1):
            try:
                level = msgspec.json.decode(raw, type=Insight)
            except (msgspec.DecodeError, UnicodeDecodeError):
                unreadable.append(Rejected(line=line, reason="a level of an unexpected shape"))
                continue
            if level.name in self.levels and level.total_value and level.total_value.value is not None:
                row[level.name] = int(level.total_value.value)
        page = api.page(self.stream, reply, [msgspec.json.encode(row)])
        return replace(page, rejected=[*page.rejected, *unreadable])


@dataclass(frozen=True, kw_only=True)
class Listing:
    """The account's posts.

    Args:
        stream: of posts.
        edge: below the account.
        fields: asked for.
        published: the field that says when.
        nested: metrics asked for inside of the same request.
    """

    stream: Stream
    edge: str
    fields: str
    published: str
    nested: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ObjectMetrics:
    """Lifetime metrics asked of each post by itself: a nested request would fail whole for one bad name.

    Args:
        stream: of `ObjectInsights`.
        common: asked of every post.
        by_kind: asked of the kinds that are named here instead.
        kind: the post's field that says its kind; None where all are alike.
        without: a field and the value with which a post has no metrics at all.
    """

    stream: Stream
    common: tuple[str, ...]
    by_kind: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, "tuple[str, ...]"])
    kind: str | None = None
    without: tuple[str, str] | None = None

    def measures(self, post: Any) -> bool:  # noqa: ANN401  # whatever record the listing has
        """Whether a post has metrics."""
        return self.without is None or getattr(post, self.without[0]) != self.without[1]

    def kind_of(self, post: Any) -> str:  # noqa: ANN401  # whatever record the listing has
        """The kind of a post; empty where all are alike."""
        return (getattr(post, self.kind) or "") if self.kind else ""


@dataclass(frozen=True, kw_only=True)
class Series:
    """Day figures of the account.

    Args:
        stream: of `AccountInsight`.
        metrics: asked for.
        days: the longest window of one request; 1 where one number is given for the whole window.
        edge: below the account.
        params: further ones.
        per_request: a refused name costs only its own group.
        is_total: the answer does not say its window, so that ours is written into it.
        earliest: nothing is given of before, UTC.
    """

    stream: Stream
    metrics: tuple[str, ...]
    days: int
    edge: str = "insights"
    params: Mapping[str, str] = field(default_factory=dict[str, str])
    per_request: int = 100
    is_total: bool = False
    earliest: datetime | None = None

    async def ask(
        self, api: GraphApi, node: str, metrics: Sequence[str], window: Window, refused: RefusedMetrics
    ) -> Reply[Feed] | None:
        """The figures of a window."""

        async def request(names: Sequence[str]) -> Reply[Feed]:
            span = {"since": unix(window[0]), "until": unix(window[1])}
            return await api.list(f"{node}/{self.edge}", {"metric": ",".join(names), **self.params, **span})

        return await refused.ask("account", "", metrics, request)


async def read_series(
    api: GraphApi, node: str, every: Sequence[Series], span: Window, refused: RefusedMetrics
) -> AsyncIterator[Page]:
    """Day figures by windows of our own: `next` and `previous` of insights are always there and never end."""
    start, end = span
    number = 0
    for series in every:
        begin = max(start, series.earliest) if series.earliest else start
        for window in pacific_windows(begin, end, series.days):
            for first in range(0, len(series.metrics), series.per_request):
                reply = await series.ask(api, node, series.metrics[first : first + series.per_request], window, refused)
                if reply is None:
                    continue
                number += 1
                rows = reply.envelope.data or []
                dated = [_dated(row, window) for row in rows] if series.is_total else rows
                yield api.page(series.stream, reply, dated, number=number, window=window)


def _dated(row: msgspec.Raw, window: Window) -> bytes:
    """A total with the window it was asked for, which the platform does not repeat."""
    try:
        fields = msgspec.json.decode(row, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return bytes(row)  # the allow-list will say what is wrong with it
    dates: dict[str, object] = {"window_start": window[0].isoformat(), "window_end": window[1].isoformat()}
    return msgspec.json.encode(fields | dates)


class PostMetrics:
    """Lifetime metrics of posts, asked one by one.

    Args:
        api: the account's.
        wish: what is asked for.
        refused: what is not offered, by kind.
    """

    def __init__(self, api: GraphApi, wish: ObjectMetrics, refused: RefusedMetrics) -> None:
        self._api, self._wish, self._refused = api, wish, refused
        self._tried: set[str] = set()

    async def page_of(self, listed: Page, reply: Reply[Feed]) -> Page | None:
        """The metrics of a page of posts, in its order; None if it holds none that are measured."""
        posts = [msgspec.json.decode(row, type=listed.stream.record) for row in listed.rows]
        rows = await self.rows([post for post in posts if self._wish.measures(post)])
        if not rows:
            return None
        return self._api.page(
            self._wish.stream, reply, rows, number=listed.number, window=listed.window, complete=listed.complete
        )

    async def rows(self, posts: Sequence[Any]) -> list[bytes]:
        """One row for each post, in order."""
        rows: dict[int, bytes] = {}
        for place, post in enumerate(posts):
            kind = self._wish.kind_of(post)
            if kind not in self._tried:  # the first of its kind finds out what is refused
                self._tried.add(kind)
                rows[place] = await self._of_one(post)
        try:
            async with asyncio.TaskGroup() as group:
                tasks = {
                    place: group.create_task(self._of_one(post))
                    for place, post in enumerate(posts)
                    if place not in rows
                }
        except ExceptionGroup as failed:
            raise first_of(failed) from None
        rows |= {place: task.result() for place, task in tasks.items()}
        return [rows[place] for place in range(len(posts))]

    async def _of_one(self, post: Any) -> bytes:  # noqa: ANN401  # whatever record the listing has
        kind = self._wish.kind_of(post)

        async def request(names: Sequence[str]) -> Reply[Feed]:
            return await self._api.list(f"{quoted(post.id)}/insights", {"metric": ",".join(names)})

        data: list[msgspec.Raw] = []
        status = "ok"
        try:
            reply = await self._refused.ask("post", kind, self._wish.by_kind.get(kind, self._wish.common), request)
            data = (reply.envelope.data or []) if reply else []
        except NotOfferedError:
            status = "not_offered"
        except GoneError:
            status = "not_found"
        row: dict[str, object] = {"id": post.id, "status": status}
        if kind:
            row["media_product_type"] = kind
        return msgspec.json.encode(row | ({"data": data} if status == "ok" else {}))
