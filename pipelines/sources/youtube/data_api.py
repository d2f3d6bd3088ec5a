"""Asking the Data API: channels, uploads, figures of videos, comments. By key, or by the owner's token."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from pipelines.sources.http import GoneError
from pipelines.sources.paging import pages
from pipelines.sources.stream import Page
from pipelines.sources.youtube.dialect import Items
from pipelines.sources.youtube.streams import LISTED, VIDEOS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Sequence
    from datetime import datetime

    from pydantic import SecretStr

    from pipelines.sources.allowance import Costs
    from pipelines.sources.http import HttpClient, Reply
    from pipelines.sources.stream import Stream

PATH = "/youtube/v3"
PAGE_SIZE = 50
_PARTS = "contentDetails,statistics"
_WHOLE_NUMBER = re.compile(r"[0-9]{1,19}")


@dataclass(frozen=True, kw_only=True)
class DataApi:
    """One channel's way to the Data API.

    Args:
        secret: an API key or an OAuth token, in the header that `client` knows.
        account_id: whose it is, for the pages.
        batches: whether `videos:batchGetStats` is asked first; else `videos.list` alone.
    """

    client: HttpClient
    secret: SecretStr
    account_id: str
    batches: bool

    async def list(self, what: str, cost: Costs, **params: str) -> Reply[Items]:
        """One page of a list."""
        return await self.client.get(f"{PATH}/{what}", Items, token=self.secret, params=params, cost=cost)

    def pages(
        self, what: str, cost: Costs, cursor: str | None = None, **params: str
    ) -> AsyncIterator[tuple[Reply[Items], str | None]]:
        """Page by page with the token of the next; see `paging.pages`."""

        async def ask(place: str | None) -> Reply[Items]:
            return await self.list(what, cost, **params, **({"pageToken": place} if place else {}))

        return pages(ask, cursor)

    async def videos(self, ids: Sequence[str]) -> tuple[Reply[Items], list[bytes]]:
        """Figures of 1 to 50 videos, as objects for `VIDEOS`: those that are gone are there too, and say so.

        A batch is not atomic: what it leaves out is asked for once more by `videos.list` before it counts as gone.

        Returns:
            The last answer, and the objects.
        """
        batch = await self._batch(ids) if self.batches else None
        found, odd = _by_id(batch.envelope.items or []) if batch else ({}, [])
        missing = [one for one in ids if one not in found]
        if batch and (odd or not missing):  # an object without a readable id may be any that is missing
            return batch, [*found.values(), *odd]
        listed = await self.list("videos", LISTED, part=_PARTS, id=",".join(missing))
        more, odd = _by_id(listed.envelope.items or [])
        gone = [] if odd else [one for one in missing if one not in more]
        tombstones = [msgspec.json.encode({"id": one, "status": "not_found"}) for one in gone]
        return listed, [*found.values(), *more.values(), *odd, *tombstones]

    async def _batch(self, ids: Sequence[str]) -> Reply[Items] | None:
        """The answer to a batch; None where there is no such method, or one missing video makes it refuse all."""
        try:
            return await self.list("videos:batchGetStats", VIDEOS.cost, part=_PARTS, id=",".join(ids))
        except GoneError:
            return None

    def page(
        self,
        stream: Stream,
        reply: Reply[Any],
        rows: Iterable[msgspec.Raw | bytes],
        *,
        number: int = 1,
        next_cursor: str | None = None,
        window: tuple[datetime | None, datetime | None] = (None, None),
        complete: bool = True,
    ) -> Page:
        """An answer as a page: through the allow-list, at the server's time."""
        kept, rejected = stream.read(rows)
        return Page(
            stream=stream,
            account_id=self.account_id,
            rows=kept,
            rejected=rejected,
            fetched_at=reply.answered_at,
            number=number,
            next_cursor=next_cursor,
            complete=complete,
            window=window,
            api_version_asked="v3",
        )


class _Named(msgspec.Struct):
    id: str
    statistics: msgspec.Raw = msgspec.Raw()


def _by_id(items: Iterable[msgspec.Raw]) -> tuple[dict[str, bytes], list[bytes]]:
    """Objects by their id, and those without a readable one. One without figures is not an answer for its video."""
    known: dict[str, bytes] = {}
    strange: list[bytes] = []
    for item in items:
        try:
            named = msgspec.json.decode(item, type=_Named)
        except (msgspec.DecodeError, UnicodeDecodeError):
            strange.append(bytes(item))
            continue
        if bytes(named.statistics):
            known[named.id] = counted(item)
    return known, strange


def counted(item: msgspec.Raw) -> bytes:
    """An object whose `statistics` are numbers, where the text is a whole number and nothing else.

    Anything else stays as it is, so that the allow-list refuses it.
    """
    try:
        fields = msgspec.json.decode(item, type=dict[str, msgspec.Raw])
        statistics = msgspec.json.decode(fields.get("statistics", msgspec.Raw(b"{}")), type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return bytes(item)
    figures: dict[str, object] = {name: _number(value) for name, value in statistics.items()}
    return msgspec.json.encode(fields | {"statistics": figures})  # pyright: ignore[reportOperatorIssue]


def _number(value: object) -> object:
    return int(value) if isinstance(value, str) and _WHOLE_NUMBER.fullmatch(value) else value
