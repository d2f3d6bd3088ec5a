"""Mastodon's counters beside the lists they count."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

import msgspec

from pipelines.sources.counter_checks import checks_of, length
from pipelines.sources.http import GoneError
from pipelines.sources.mastodon.dialect import Context, Statuses, next_page
from pipelines.sources.mastodon.streams import COUNTER_CHECKS

if TYPE_CHECKING:
    from datetime import datetime

    from pydantic import SecretStr

    from pipelines.sources.counter_checks import CounterCheck
    from pipelines.sources.http import HttpClient, Reply

_LISTS = {"favourites_count": "favourited_by", "reblogs_count": "reblogged_by", "quotes_count": "quotes"}
MOST_WITHOUT_TOKEN = 60
"""Answers that a server shows to anybody: at so many the list may have been cut off."""


class _Shown(msgspec.Struct):
    id: str
    favourites_count: int | None = None
    reblogs_count: int | None = None
    replies_count: int | None = None
    quotes_count: int | None = None


class _Answer(msgspec.Struct):
    in_reply_to_id: str | None = None


async def check_counters(
    client: HttpClient, token: SecretStr | None, ids: list[str]
) -> tuple[list[CounterCheck], datetime]:
    """Compare the counters of some posts with their lists, and say when. A post that went in between is left out."""
    before, _ = await _displayed(client, token, ids)
    lists = {one: await _lists(client, token, one, before[one]) for one in before}
    after, read_at = await _displayed(client, token, ids)
    checks = [check for one, found in lists.items() for check in checks_of(one, found, before[one], after.get(one, {}))]
    return checks, read_at


async def _displayed(
    client: HttpClient, token: SecretStr | None, ids: list[str]
) -> tuple[dict[str, dict[str, int]], datetime]:
    query = urlencode([("id[]", one) for one in ids])
    reply = await client.get("/api/v1/statuses", Statuses, token=token, query=query, cost=COUNTER_CHECKS.cost)
    shown = [msgspec.json.decode(raw, type=_Shown) for raw in reply.envelope.data or []]
    found = {
        one.id: {
            name: value for name in (*_LISTS, "replies_count") if (value := getattr(one, name)) is not None
        }
        for one in shown
    }  # fmt: skip
    return found, reply.answered_at


async def _lists(
    client: HttpClient, token: SecretStr | None, native_id: str, displayed: dict[str, int]
) -> dict[str, tuple[int, bool]]:
    found: dict[str, tuple[int, bool]] = {}
    path = f"/api/v1/statuses/{quote(native_id, safe='')}"
    for name, what in _LISTS.items():
        if name in displayed and (token is not None or what != "quotes"):  # quotes are listed to a token only
            try:
                found[name] = await _length(client, token, f"{path}/{what}")
            except GoneError:
                continue  # this server has no such list, or the post went
    try:
        reply = await client.get(f"{path}/context", Context, token=token, cost=COUNTER_CHECKS.cost)
    except GoneError:
        return found
    below = reply.envelope.descendants or []
    direct = sum(msgspec.json.decode(raw, type=_Answer).in_reply_to_id == native_id for raw in below)
    return found | {"replies_count": (direct, token is not None or len(below) < MOST_WITHOUT_TOKEN)}


async def _length(client: HttpClient, token: SecretStr | None, path: str) -> tuple[int, bool]:
    async def ask(cursor: str | None) -> Reply[Statuses]:
        params = {"limit": "80"} | ({"max_id": cursor} if cursor else {})
        return await client.get(path, Statuses, token=token, params=params, cost=COUNTER_CHECKS.cost)

    def following(reply: Reply[Statuses]) -> str | None:
        return next_page(reply.headers) if reply.envelope.data else None

    return await length(ask, lambda page: len(page.data or []), following)
