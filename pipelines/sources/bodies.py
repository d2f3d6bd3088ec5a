"""Bodies of answers: read within bounds, and decoded."""

from __future__ import annotations

from codecs import BOM_UTF8
from typing import TYPE_CHECKING, TypeVar

import msgspec

from pipelines.sources.outcomes import Envelope
from pipelines.sources.salvage import salvage

if TYPE_CHECKING:
    import httpx

MAX_BODY_BYTES = 64 * 2**20
"""A page of 100 posts at the longest text any platform allows is 26 MB."""

E = TypeVar("E", bound=Envelope)


async def read_body(response: httpx.Response) -> bytes | None:
    """The body; None if it is larger than any honest one."""
    chunks: list[bytes] = []
    size = 0
    async for chunk in response.aiter_bytes():
        size += len(chunk)
        if size > MAX_BODY_BYTES:
            return None
        chunks.append(chunk)
    return b"".join(chunks)


def decode(body: bytes, envelope: type[E]) -> tuple[E | None, str, bool]:
    """The envelope, or why not, and whether the body is no JSON at all (cut off, or a page for people).

    A bare list, as Mastodon gives it, is read as an object whose `data` is the list. A byte order mark says nothing.
    """
    body = body.removeprefix(BOM_UTF8)
    if body.lstrip()[:1] == b"[":
        body = b'{"data":' + body + b"}"
    try:
        return msgspec.json.decode(body, type=envelope), "", False
    except msgspec.ValidationError as error:
        return None, f"unexpected content: {error}", False
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        found = salvage(body, envelope)
        return found, f"{len(body)} bytes that are not JSON", found is None
