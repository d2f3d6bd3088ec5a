"""Asking the Graph API: signed requests, pages by cursor, days that end in California."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote
from zoneinfo import ZoneInfo

from pipelines.sources.graph import CALLS, Feed, Node
from pipelines.sources.http import ReduceError
from pipelines.sources.paging import pages
from pipelines.sources.stream import Page

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping
    from datetime import date

    import msgspec
    from pydantic import SecretStr

    from pipelines.source_settings import GraphSettings
    from pipelines.sources.http import HttpClient, Reply
    from pipelines.sources.stream import Stream

PACIFIC = ZoneInfo("America/Los_Angeles")
"""Meta's insight days end at midnight here, wherever the account is."""
PAGE_SIZE = 100  # the platform's own upper bound
POST_WINDOW = timedelta(days=90)
"""About 600 posts a year are listed at most, so that a long span must be asked for in pieces."""


@dataclass
class GraphApi:
    """One account's way to the Graph API: version in the path, token in the header, proof in the query.

    Args:
        account_id: whose it is, for the pages.
        page_size: objects a page; halved when the platform finds a page too heavy, and never raised again.
        last: the newest answer, whose time what we found out ourselves bears.
    """

    client: HttpClient
    settings: GraphSettings
    token: SecretStr
    account_id: str
    page_size: int = PAGE_SIZE
    last: Reply[Node] | Reply[Feed] | None = None

    async def node(self, path: str, params: Mapping[str, str]) -> Reply[Node]:
        """One object."""
        reply = await self.client.get(self._path(path), Node, token=self.token, params=self._signed(params), cost=CALLS)
        self.last = reply
        return reply

    async def list(self, path: str, params: Mapping[str, str]) -> Reply[Feed]:
        """One page of a list."""
        reply = await self.client.get(self._path(path), Feed, token=self.token, params=self._signed(params), cost=CALLS)
        self.last = reply
        return reply

    def pages(
        self,
        ask: Callable[[Mapping[str, str]], Awaitable[Reply[Feed]]],
        cursor: str | None,
    ) -> AsyncIterator[tuple[Reply[Feed], str | None]]:
        """Page by page with the cursor of the next; see `paging.pages`."""
        return pages(lambda place: self._lighter(ask, place), cursor)

    async def _lighter(
        self, ask: Callable[[Mapping[str, str]], Awaitable[Reply[Feed]]], cursor: str | None
    ) -> Reply[Feed]:
        while True:
            place = {"limit": str(self.page_size)} | ({"after": cursor} if cursor else {})
            try:
                return await ask(place)
            except ReduceError:
                if self.page_size == 1:
                    raise
                self.page_size //= 2

    def page(
        self,
        stream: Stream,
        reply: Reply[Node] | Reply[Feed],
        rows: Iterable[msgspec.Raw | bytes],
        *,
        number: int = 1,
        next_cursor: str | None = None,
        window: tuple[datetime | None, datetime | None] = (None, None),
        complete: bool = True,
    ) -> Page:
        """An answer as a page: through the allow-list, at the server's time, with the version that answered."""
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
            api_version_asked=self.settings.api_version,
            api_version_answered=reply.headers.get("facebook-api-version"),
        )

    def _path(self, path: str) -> str:
        return f"/{self.settings.api_version}/{path}"

    def _signed(self, params: Mapping[str, str]) -> dict[str, str]:
        secret = self.settings.app_secret
        if secret is None:
            return dict(params)
        proof = hmac.new(
            secret.get_secret_value().encode(), self.token.get_secret_value().encode(), hashlib.sha256
        ).hexdigest()
        return {**params, "appsecret_proof": proof}


def post_windows(since: datetime, until: datetime) -> list[tuple[datetime, datetime]]:
    """Half-open windows over a crawl of posts, newest first: over long spans the platform leaves posts out."""
    windows: list[tuple[datetime, datetime]] = []
    end = until
    while end - since > POST_WINDOW:
        windows.append((end - POST_WINDOW, end))
        end -= POST_WINDOW
    return [*windows, (since, end)]


def pacific_windows(start: datetime, end: datetime, days: int) -> Iterator[tuple[datetime, datetime]]:
    """Half-open windows of whole Pacific days that cover every day ended by `end`, at most `days` each; UTC.

    The platform counts its longest window in seconds: in the autumn, when a day has 25 hours, it holds a day less.
    """
    day = start.astimezone(PACIFIC).date()
    last = end.astimezone(PACIFIC).date()
    while day < last:
        following = min(day + timedelta(days=days), last)
        if days > 1 and _hours(day, following) > days * 24:
            following -= timedelta(days=1)
        yield _midnight(day.year, day.month, day.day), _midnight(following.year, following.month, following.day)
        day = following


def _hours(first: date, last: date) -> float:
    begins, ends = (_midnight(day.year, day.month, day.day) for day in (first, last))
    return (ends - begins).total_seconds() / 3600


def _midnight(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, tzinfo=PACIFIC).astimezone(UTC)


def unix(moment: datetime) -> str:
    """Seconds since 1970, as the platform wants a time."""
    return str(int(moment.timestamp()))


def quoted(native_id: str) -> str:
    """An identifier as one segment of a path."""
    return quote(native_id, safe="")
