"""Asking LinkedIn in Rest.li's way: queries written by hand, lists found by offsets that move while they are read."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote

import msgspec

from pipelines.sources.linkedin.dialect import Elements
from pipelines.sources.linkedin.streams import COST
from pipelines.sources.paging import pages
from pipelines.sources.stream import Page

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Sequence

    from pydantic import SecretStr

    from pipelines.sources.http import HttpClient, Reply
    from pipelines.sources.linkedin.dialect import Size
    from pipelines.sources.stream import Stream

PAGE_SIZE = 100
OVERLAP = 10
"""Objects of a page that are asked for once more with the next: one that was deleted in between moves all others up."""


def encoded(urn: str) -> str:
    """A urn as it stands in a path or a query: its own colons and brackets are no structure."""
    return quote(urn, safe="")


def listed(urns: Iterable[str]) -> str:
    """`List(a,b)`, whose brackets and commas must not be encoded."""
    return f"List({','.join(encoded(urn) for urn in urns)})"


def daily(window: tuple[datetime, datetime]) -> str:
    """A structure that asks for the UTC days of a window."""
    start, end = (round(moment.timestamp() * 1000) for moment in window)
    return f"(timeRange:(start:{start},end:{end}),timeGranularityType:DAY)"


def utc_days(start: datetime, end: datetime, span: timedelta) -> list[tuple[datetime, datetime]]:
    """Windows of whole UTC days within two instants, each at most a span long."""
    first, last = (moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) for moment in (start, end))
    found: list[tuple[datetime, datetime]] = []
    while first < last:
        found.append((first, min(first + span, last)))
        first += span
    return found


class _Named(msgspec.Struct):
    id: str


def _key(element: msgspec.Raw) -> str | bytes:
    """What tells an object from others: its id, or all of it where it has none."""
    try:
        return msgspec.json.decode(element, type=_Named).id
    except (msgspec.DecodeError, UnicodeDecodeError):
        return bytes(element)


@dataclass
class _Offsets:
    """Where the next page begins, and which of a page's objects are new.

    A page may be short because objects that nobody may see take up its offsets. So a thorough list ends only at a page
    that brings nothing new.
    """

    is_thorough: bool
    is_past: Callable[[msgspec.Raw], bool]
    start: int = 0
    fresh: list[msgspec.Raw] = field(default_factory=list[msgspec.Raw])
    _seen: set[str | bytes] = field(default_factory=set[str | bytes])

    def following(self, reply: Reply[Elements]) -> str | None:
        elements = reply.envelope.elements or []
        new = [element for element in elements if _key(element) not in self._seen]
        self._seen.update(map(_key, new))
        self.fresh = [element for element in new if not self.is_past(element)]
        if not new or self.is_past(new[-1]) or not (self.is_thorough or reply.envelope.is_full):
            return None
        paging = reply.envelope.paging
        size = paging.count if paging is not None and paging.count else PAGE_SIZE
        self.start += max(1, size - OVERLAP, size // 2)
        return str(self.start)


@dataclass(frozen=True)
class Api:
    """One organization, and how it is asked for.

    Args:
        urn: the organization's.
    """

    client: HttpClient
    token: SecretStr
    account_id: str
    urn: str
    version: str

    async def size(self, envelope: type[Size]) -> Reply[Size]:
        """How many follow."""
        return await self.client.get(
            f"/rest/networkSizes/{encoded(self.urn)}",
            envelope,
            token=self.token,
            query="edgeType=COMPANY_FOLLOWED_BY_MEMBER",
            cost=COST,
        )

    async def some(self, path: str, query: str, *, start: int = 0) -> Reply[Elements]:
        """One page of a list."""
        place = f"count={PAGE_SIZE}&start={start}"
        return await self.client.get(
            path, Elements, token=self.token, query=f"{query}&{place}" if query else place, cost=COST, objects=PAGE_SIZE
        )

    async def all(
        self,
        path: str,
        query: str,
        *,
        is_thorough: bool = False,
        is_past: Callable[[msgspec.Raw], bool] = lambda _: False,
    ) -> AsyncIterator[tuple[Reply[Elements], list[msgspec.Raw], bool]]:
        """Every page of a list: the answer, its objects that are new, and whether it was the last.

        Args:
            path: below the address.
            query: without its place.
            is_thorough: only a page without anything new is an end.
            is_past: an object behind which nothing is wanted; such are left out.
        """
        offsets = _Offsets(is_thorough, is_past)

        async def ask(place: str | None) -> Reply[Elements]:
            return await self.some(path, query, start=int(place or 0))

        async for reply, following in pages(ask, following=offsets.following):
            yield reply, offsets.fresh, following is None

    def page(
        self,
        stream: Stream,
        reply: Reply[Elements] | Reply[Size],
        rows: Sequence[msgspec.Raw | bytes],
        *,
        number: int = 1,
        window: tuple[datetime | None, datetime | None] = (None, None),
        complete: bool = True,
    ) -> Page:
        """A page through its stream's allow-list."""
        kept, rejected = stream.read(rows)
        return Page(
            stream=stream,
            account_id=self.account_id,
            rows=kept,
            rejected=rejected,
            fetched_at=reply.answered_at,
            number=number,
            complete=complete,
            window=window,
            api_version_asked=self.version,
        )
