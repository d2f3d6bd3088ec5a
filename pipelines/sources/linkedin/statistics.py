"""What LinkedIn says of single posts: figures so far, and what it means that a post is left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from pipelines.sources.linkedin.restli import encoded, listed
from pipelines.sources.linkedin.streams import STATISTICS_LAST

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from datetime import datetime

    from pipelines.sources.http import Reply
    from pipelines.sources.linkedin.dialect import Elements
    from pipelines.sources.linkedin.restli import Api

KINDS = {"share": "shares", "ugcPost": "ugcPosts"}
"""Kind of a urn -> the parameter that asks for such posts; never both in one request."""
AT_ONCE = 50
"""A urn is 45 letters long in an address, and a proxy may take no address above 4,000."""


class _Element(msgspec.Struct, rename="camel"):
    share: str | None = None
    ugc_post: str | None = None
    total_share_statistics: msgspec.Raw = msgspec.Raw()


async def post_statistics(
    api: Api, born_ms: Mapping[str, int], now: datetime
) -> AsyncIterator[tuple[Reply[Elements], list[bytes]]]:
    """Answers with rows of `post_statistics`.

    Args:
        api: whose posts.
        born_ms: urn of each post -> when it was published, in milliseconds.
        now: our clock, UTC.
    """
    year_ago_ms = (now - STATISTICS_LAST).timestamp() * 1000
    for kind, parameter in KINDS.items():
        urns = [urn for urn in born_ms if urn.startswith(f"urn:li:{kind}:")]
        for place in range(0, len(urns), AT_ONCE):
            waiting = urns[place : place + AT_ONCE]
            while waiting:
                entity = encoded(api.urn)
                query = f"organizationalEntity={entity}&q=organizationalEntity&{parameter}={listed(waiting)}"
                reply = await api.some("/rest/organizationalEntityShareStatistics", query)
                told, unclear = _told(reply.envelope.elements or [])
                rows = [*unclear, *(_row(urn, "ok", told[urn]) for urn in waiting if urn in told)]
                absent = [urn for urn in waiting if urn not in told]
                if reply.envelope.is_full and len(absent) < len(waiting):
                    waiting = absent  # the page was full: the others may have had no room on it
                else:
                    waiting = []
                    if not unclear:  # else one of the absent may be the one that could not be read
                        rows += [_row(urn, "silent" if born_ms[urn] >= year_ago_ms else "forgotten") for urn in absent]
                yield reply, rows


def _told(elements: list[msgspec.Raw]) -> tuple[dict[str, msgspec.Raw], list[bytes]]:
    """Figures by urn, and what names no post: the allow-list will refuse that."""
    told: dict[str, msgspec.Raw] = {}
    unclear: list[bytes] = []
    for raw in elements:
        try:
            element = msgspec.json.decode(raw, type=_Element)
        except (msgspec.DecodeError, UnicodeDecodeError):
            unclear.append(bytes(raw))
            continue
        if urn := element.share or element.ugc_post:
            told[urn] = element.total_share_statistics
        else:
            unclear.append(bytes(raw))
    return told, unclear


def _row(urn: str, status: str, totals: msgspec.Raw | None = None) -> bytes:
    row: dict[str, object] = {"id": urn, "status": status}
    return msgspec.json.encode(row | ({"totalShareStatistics": totals} if totals is not None and bytes(totals) else {}))
