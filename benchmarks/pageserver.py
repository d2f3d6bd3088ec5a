"""A page server that is not ours to slow down: Bluesky's feeds, prepared before anybody asks, in a process of its own.

    python -m benchmarks.pageserver --pages 1000 --latency-ms 50 --limit 100 --window 10

Prints its address, then what it was asked when its stdin ends. Nothing of it is counted to who asks. An answer is a
look-up and one write: some 20 µs. Every account has the same number of pages, of 100 posts of 1.6 kB each, as the
protocol's own servers send them: author, embedded pictures, links within the text, counters.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import string
import sys
import time
from datetime import UTC, datetime, timedelta
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

ACCOUNTS = 8
PER_PAGE = 100
NEWEST = datetime(2025, 6, 30, 12, tzinfo=UTC)
"""Of the first post of every account; the others are older, some minutes each."""
SEED = 20260301
_WORDS = ["polisen", "söker", "vittnen", "till", "en", "händelse", "i", "centrala", "natten", "mot", "onsdag"]
_WORDS += ["ring", "114", "14", "eller", "lämna", "tips", "via", "webben", "trafiken", "står", "stilla", "på", "bron"]
_SIGNS = string.ascii_lowercase + "234567"


def did_of(account: int) -> str:
    """The name of an account, 0-based."""
    return f"did:plc:bench{account:019d}"


def feeds(pages: int) -> Iterator[tuple[str, list[bytes]]]:
    """Every account with its pages, the same bytes each time."""
    chance = random.Random(SEED)  # noqa: S311  # nothing here is secret
    for account in range(ACCOUNTS):
        own = pages // ACCOUNTS + (account < pages % ACCOUNTS)
        bodies: list[bytes] = []
        for page in range(own):
            first = page * PER_PAGE
            posts = [{"post": _post(account, first + place, chance)} for place in range(PER_PAGE)]
            following = {"cursor": str(page + 1)} if page + 1 < own else {}
            body = {"feed": posts, **following}
            bodies.append(json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode())
        yield did_of(account), bodies


def _post(account: int, number: int, chance: random.Random) -> dict[str, Any]:
    did = did_of(account)
    at = NEWEST - timedelta(minutes=7 * number)
    text = " ".join(chance.choices(_WORDS, k=chance.randrange(6, 18)))
    links = [
        {
            "index": {"byteStart": start, "byteEnd": start + 7},
            "features": [{"$type": "app.bsky.richtext.facet#tag", "tag": chance.choice(_WORDS)}],
        }
        for start in range(0, 8 * chance.randrange(3), 8)
    ]
    picture = "bafkrei" + "".join(chance.choices(_SIGNS, k=52))
    address = f"https://cdn.bsky.app/img/feed_{{}}/plain/{did}/{picture}@jpeg"
    shape = {"height": chance.randrange(600, 2000), "width": chance.randrange(600, 2000)}
    return {
        "uri": f"at://{did}/app.bsky.feed.post/3l{number:011d}",
        "cid": "bafyrei" + "".join(chance.choices(_SIGNS, k=52)),
        "author": {
            "did": did,
            "handle": f"region{account}.polisen.example",
            "displayName": f"Polisen region {account}",
            "avatar": f"https://cdn.bsky.app/img/avatar/plain/{did}/{'bafkreiavatar' * 4}@jpeg",
            "associated": {"chat": {"allowIncoming": "none"}},
            "labels": [],
            "createdAt": "2023-05-02T07:13:11.120Z",
        },
        "record": {
            "$type": "app.bsky.feed.post",
            "createdAt": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "embed": {
                "$type": "app.bsky.embed.images",
                "images": [
                    {
                        "alt": " ".join(chance.choices(_WORDS, k=5)),
                        "aspectRatio": shape,
                        "image": {
                            "$type": "blob",
                            "ref": {"$link": picture},
                            "mimeType": "image/jpeg",
                            "size": chance.randrange(80_000, 900_000),
                        },
                    }
                ],
            },
            "facets": links,
            "langs": ["sv"],
            "text": text,
        },
        "embed": {
            "$type": "app.bsky.embed.images#view",
            "images": [
                {
                    "thumb": address.format("thumbnail"),
                    "fullsize": address.format("fullsize"),
                    "alt": text[:40],
                    "aspectRatio": shape,
                }
            ],
        },
        "bookmarkCount": chance.randrange(20),
        "replyCount": chance.randrange(60),
        "repostCount": chance.randrange(200),
        "likeCount": chance.randrange(4000),
        "quoteCount": chance.randrange(30),
        "indexedAt": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "labels": [],
    }


class Served:
    """What is answered, and how fast.

    Args:
        pages: in all.
        latency_s: before every answer.
        limit: answers in a window; 0 for no limit. More get 429, with the headers of a Bluesky server.
        window_s: whole seconds, beginning at full ones of the clock.
    """

    def __init__(self, pages: int, *, latency_s: float, limit: int, window_s: int) -> None:
        self.latency_s = latency_s
        self._limit, self._window_s = limit, window_s
        self._taken, self._until = 0, 0
        self.answered = self.refused = self.most_at_once = 0
        self.bodies: dict[tuple[str, str], bytes] = {}
        for did, bodies in feeds(pages):
            for number, body in enumerate(bodies):
                self.bodies[did, str(number or "")] = body

    def answer(self, target: str) -> tuple[bytes, bytes]:
        """Head and body for a path with its query."""
        path, _, query = target.partition("?")
        asked = dict(pair.split("=", 1) for pair in query.split("&") if "=" in pair)
        did = asked.get("actor", "").replace("%3A", ":")
        limits, is_over = self._counted()
        if is_over:
            self.refused += 1
            return self._head("429 Too Many Requests", b"{}", limits), b"{}"
        self.answered += 1
        if path.endswith("getProfile"):
            body = json.dumps({"did": did, "handle": "a.example", "followersCount": 9, "postsCount": 9}).encode()
            return self._head("200 OK", body, limits), body
        body = self.bodies.get((did, asked.get("cursor", "")))
        if body is None:
            return self._head("404 Not Found", b"{}", limits), b"{}"
        return self._head("200 OK", body, limits), body

    def _counted(self) -> tuple[str, bool]:
        if not self._limit:
            return "", False
        now = time.time()
        if now >= self._until:
            self._until = int(now // self._window_s + 1) * self._window_s
            self._taken = 0
        is_over = self._taken >= self._limit
        self._taken += not is_over
        left = self._limit - self._taken
        head = f"ratelimit-limit: {self._limit}\r\nratelimit-remaining: {left}\r\nratelimit-reset: {self._until}\r\n"
        return head + (f"retry-after: {int(self._until - now) + 1}\r\n" if is_over else ""), is_over

    def _head(self, status: str, body: bytes, limits: str) -> bytes:
        date = formatdate(time.time(), usegmt=True)
        return (
            f"HTTP/1.1 {status}\r\ncontent-type: application/json; charset=utf-8\r\ncontent-length: {len(body)}\r\n"
            f"date: {date}\r\n{limits}\r\n"
        ).encode()


class _Connection(asyncio.Protocol):
    open_now = 0

    def __init__(self, served: Served) -> None:
        self._served = served
        self._read = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport

    def data_received(self, data: bytes) -> None:
        self._read += data
        while (end := self._read.find(b"\r\n\r\n")) >= 0:
            target = self._read.split(b" ", 2)[1].decode()
            self._read = self._read[end + 4 :]
            _Connection.open_now += 1
            self._served.most_at_once = max(self._served.most_at_once, _Connection.open_now)
            if self._served.latency_s:
                asyncio.get_running_loop().call_later(self._served.latency_s, self._send, target)
            else:
                self._send(target)

    def _send(self, target: str) -> None:
        _Connection.open_now -= 1
        if not self._transport.is_closing():
            self._transport.writelines(self._served.answer(target))


async def _serve(served: Served) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Connection(served), "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    said = {"answered": served.answered, "refused": served.refused, "most_at_once": served.most_at_once}
    print(json.dumps(said), flush=True)


def main() -> None:
    arguments = argparse.ArgumentParser(prog="python -m benchmarks.pageserver", description=__doc__)
    arguments.add_argument("--pages", type=int, default=1000)
    arguments.add_argument("--latency-ms", type=float, default=0)
    arguments.add_argument("--limit", type=int, default=0, help="requests in a window; 0 for no limit")
    arguments.add_argument("--window", type=int, default=10, help="seconds")
    chosen = arguments.parse_args()
    served = Served(
        chosen.pages, latency_s=chosen.latency_ms / 1000, limit=chosen.limit, window_s=max(chosen.window, 1)
    )
    asyncio.run(_serve(served))


if __name__ == "__main__":
    main()
