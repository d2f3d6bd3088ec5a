"""Bluesky's counters beside the lists they count."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

import msgspec

from pipelines.sources.bluesky.dialect import Answered, Thread
from pipelines.sources.bluesky.streams import COUNTER_CHECKS
from pipelines.sources.counter_checks import checks_of, length
from pipelines.sources.http import GoneError

if TYPE_CHECKING:
    from datetime import datetime

    from pydantic import SecretStr

    from pipelines.sources.counter_checks import CounterCheck
    from pipelines.sources.http import HttpClient, Reply

_LISTS = {
    "likeCount": "app.bsky.feed.getLikes",
    "repostCount": "app.bsky.feed.getRepostedBy",
    "quoteCount": "app.bsky.feed.getQuotes",
}


class _Members(Answered):
    """A page of a list; which field it is, depends on the list."""

    likes: list[msgspec.Raw] | None = None
    repostedBy: list[msgspec.Raw] | None = None  # noqa: N815  # the platform's own name
    posts: list[msgspec.Raw] | None = None
    cursor: str | None = None

    def count(self) -> int:
        """How many there are on it."""
        return len(self.likes or self.repostedBy or self.posts or [])

    def next_cursor(self) -> str | None:
        """No cursor is the end."""
        return self.cursor or None


class _Shown(msgspec.Struct):
    uri: str
    like: int | None = msgspec.field(name="likeCount", default=None)
    repost: int | None = msgspec.field(name="repostCount", default=None)
    reply: int | None = msgspec.field(name="replyCount", default=None)
    quote: int | None = msgspec.field(name="quoteCount", default=None)


class _Views(Answered):
    posts: list[_Shown] | None = None


class _Replies(msgspec.Struct):
    replies: list[msgspec.Raw] | None = None


async def check_counters(
    client: HttpClient, token: SecretStr | None, uris: list[str]
) -> tuple[list[CounterCheck], datetime]:
    """Compare the counters of some posts with their lists, and say when. A post that went in between is left out."""
    before, _ = await _displayed(client, token, uris)
    lists: dict[str, dict[str, tuple[int, bool]]] = {}
    for uri in before:
        try:
            lists[uri] = {name: await _length(client, token, method, uri) for name, method in _LISTS.items()}
            lists[uri]["replyCount"] = await _replies(client, token, uri)
        except GoneError:
            lists.pop(uri, None)
    after, read_at = await _displayed(client, token, uris)
    checks = [check for uri, found in lists.items() for check in checks_of(uri, found, before[uri], after.get(uri, {}))]
    return checks, read_at


async def _displayed(
    client: HttpClient, token: SecretStr | None, uris: list[str]
) -> tuple[dict[str, dict[str, int]], datetime]:
    query = urlencode([("uris", uri) for uri in uris])
    reply = await client.get("/xrpc/app.bsky.feed.getPosts", _Views, token=token, query=query, cost=COUNTER_CHECKS.cost)
    found = {
        one.uri: {
            f"{name}Count": value
            for name in ("like", "repost", "reply", "quote")
            if (value := getattr(one, name)) is not None
        }
        for one in reply.envelope.posts or []
    }
    return found, reply.answered_at


async def _length(client: HttpClient, token: SecretStr | None, method: str, uri: str) -> tuple[int, bool]:
    async def ask(cursor: str | None) -> Reply[_Members]:
        params = {"uri": uri, "limit": "100"} | ({"cursor": cursor} if cursor else {})
        return await client.get(f"/xrpc/{method}", _Members, token=token, params=params, cost=COUNTER_CHECKS.cost)

    return await length(ask, _Members.count, lambda reply: reply.envelope.next_cursor())


async def _replies(client: HttpClient, token: SecretStr | None, uri: str) -> tuple[int, bool]:
    """Those that stand right below the post, also those that we may not see."""
    params = {"uri": uri, "depth": "1", "parentHeight": "0"}
    path = "/xrpc/app.bsky.feed.getPostThread"
    reply = await client.get(path, Thread, token=token, params=params, cost=COUNTER_CHECKS.cost)
    return len(msgspec.json.decode(reply.envelope.thread, type=_Replies).replies or []), True
