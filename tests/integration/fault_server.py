"""A server that misbehaves on a raw socket: hits are counted and timed, and what it does is a script.

Time is simulated: sleeping moves the clock that server and client share, so that two minutes take no time and a request
before its time is seen. The server's `Date` may be an hour off ours.
"""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import threading
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from queue import Queue
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from pydantic import SecretStr

from pipelines.sources.endpoint import Endpoint
from pipelines.sources.graph import Feed, GraphDialect
from pipelines.sources.http import Clock, HttpClient

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

TOKEN = "EAAsentinelTOKEN0123456789"
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
GOOD = {"data": [{"id": "101_1"}], "meta": {"result_count": 1}}
HEAD = b"HTTP/1.1 200 OK\r\n"

T = TypeVar("T")


class FakeTime:
    def __init__(self, ours_off_by_s=0.0, starts=NOON):
        self.t = 0.0
        self.off = ours_off_by_s
        self.starts = starts
        self.slept = []

    async def sleep(self, seconds):
        self.slept.append(seconds)
        self.t += seconds
        await asyncio.sleep(0)

    def clock(self):
        return Clock(
            wall=lambda: self.starts + timedelta(seconds=self.t + self.off),
            monotonic=lambda: self.t,
            sleep=self.sleep,
            chance=lambda: 0.5,
        )


class Faulty:
    """Plays a script of answers, one a hit; the last one repeats."""

    def __init__(self, time, *script):
        self.time = time
        self.script = script
        self.hits = []
        self.requests = []

    def now(self):
        return self.time.starts + timedelta(seconds=self.time.t)

    def act(self, _head):
        return self.script[min(len(self.hits), len(self.script)) - 1]

    @asynccontextmanager
    async def listening(self):
        """Gives the address; every connection is closed at the end."""
        under_way = set()

        async def connected(reader, writer):
            under_way.add(asyncio.current_task())
            await self.serve(reader, writer)

        async with await asyncio.start_server(connected, "127.0.0.1", 0) as server:
            yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            server.close()
            await asyncio.wait(under_way, timeout=2) if under_way else None
            for task in under_way:
                task.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)

    async def serve(self, reader, writer):
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                self.requests.append(head.decode())
                self.hits.append(self.time.t)
                if await self.act(head)(self, writer) == "close":
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()


class Between(Faulty):
    """Stands between us and another server: requests whose first line fits are counted, and those of some numbers are
    answered by the fault instead of the server."""

    def __init__(self, time, url, path, fault, *, at, times):
        super().__init__(time)
        self.address = urlsplit(url)
        self.path = path
        self.fault = fault
        self.struck_at = range(at, at + times)
        self.count = 0

    def act(self, head):
        if self.path not in head.split(b"\r\n", 1)[0].decode():
            return self._passed_on(head)
        self.count += 1
        return self.fault if self.count in self.struck_at else self._passed_on(head)

    def _passed_on(self, head):
        async def act(_server, writer):
            reader, further = await asyncio.open_connection(self.address.hostname, self.address.port)
            further.write(head[:-2] + b"Connection: close\r\n\r\n")
            writer.write(await reader.read())
            await writer.drain()
            further.close()
            return "close"

        return act

    @contextmanager
    def running(self):
        """Listens in a thread of its own; gives its address."""
        ready, stop = Queue(), asyncio.Event()

        async def listen():
            async with self.listening() as address:
                ready.put((asyncio.get_running_loop(), address))
                await stop.wait()

        thread = threading.Thread(target=asyncio.run, args=[listen()])
        thread.start()
        loop, address = ready.get(timeout=10)
        try:
            yield address
        finally:
            loop.call_soon_threadsafe(stop.set)
            thread.join(10)


def answer(status=200, body=GOOD, **headers):
    """A well-formed answer; `headers` may be functions of the server's time."""

    async def act(server, writer):
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        lines = [f"HTTP/1.1 {status} Whatever", f"Date: {format_datetime(server.now(), usegmt=True)}"]
        for name, value in headers.items():
            lines.append(f"{name.replace('_', '-')}: {value(server.now()) if callable(value) else value}")
        lines.append(f"Content-Length: {len(raw)}")
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + raw)
        await writer.drain()

    return act


def graph_error(code, status=400, subcode=None, message="no", **headers):
    return answer(status, {"error": {"message": message, "code": code, "error_subcode": subcode}}, **headers)


def raw(data, *, reset=False):
    """Bytes as they are, then the end of the connection, softly or with a reset."""

    async def act(server, writer):
        writer.write(data)
        await writer.drain()
        await asyncio.sleep(0.02)
        if reset:
            linger = struct.pack("ii", 1, 0)
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            writer.transport.abort()
        return "close"

    return act


async def hangs(server, writer):
    await asyncio.sleep(1.0)
    return "close"


def talk(server: Faulty, conversation: Callable[[HttpClient], Awaitable[T]], *, dialect=None, timeout_s=5.0) -> T:
    """Hold a conversation with the server through the HTTP core."""

    async def run() -> T:
        async with (
            server.listening() as address,
            HttpClient(
                endpoint(address, dialect or GraphDialect()), clock=server.time.clock(), timeout_s=timeout_s
            ) as client,
        ):
            return await conversation(client)

    return asyncio.run(run())


def endpoint(address: str, dialect, source: str = "facebook_pages") -> Endpoint:
    section = source.upper()
    return Endpoint(
        source=source,
        base_url=address,
        hosts=frozenset(),
        dialect=dialect,
        setting=f"SYFTE_{section}__BASE_URL",
        token_setting=f"SYFTE_{section}__TOKEN",
    )


def ask(server: Faulty, *, dialect=None, envelope=Feed, times=1, timeout_s=5.0, params=None):
    """Ask the server; returns the last reply, or raises."""

    async def conversation(client: HttpClient):
        for _ in range(times):
            reply = await client.get("/v26.0/101/published_posts", envelope, token=SecretStr(TOKEN), params=params)
        return reply

    return talk(server, conversation, dialect=dialect, timeout_s=timeout_s)
