"""A server that misbehaves on a raw socket, and what the HTTP core makes of it: hits are counted and timed.

Time is simulated: sleeping moves the clock that server and client share, so that two minutes take no time and a request
before its time is seen. The server's `Date` may be an hour off ours.
"""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import struct
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from pydantic import SecretStr

from pipelines.errors import CredentialError, DeferredError, SourceError
from pipelines.sources.endpoint import Endpoint
from pipelines.sources.graph import Feed, GraphDialect
from pipelines.sources.http import Clock, GoneError, HttpClient, InvalidMetricError, NotOfferedError, ReduceError
from pipelines.sources.x.dialect import Posts, XDialect

TOKEN = "EAAsentinelTOKEN0123456789"
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
GOOD = {"data": [{"id": "101_1"}], "meta": {"result_count": 1}}


class FakeTime:
    def __init__(self, ours_off_by_s=0.0):
        self.t = 0.0
        self.off = ours_off_by_s
        self.slept = []

    async def sleep(self, seconds):
        self.slept.append(seconds)
        self.t += seconds
        await asyncio.sleep(0)

    def clock(self):
        return Clock(
            wall=lambda: NOON + timedelta(seconds=self.t + self.off),
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
        return NOON + timedelta(seconds=self.time.t)

    async def serve(self, reader, writer):
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                self.requests.append(head.decode())
                self.hits.append(self.time.t)
                act = self.script[min(len(self.hits), len(self.script)) - 1]
                if await act(self, writer) == "close":
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


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


def ask(server, *, dialect=None, envelope=Feed, ours_off_by_s=0.0, times=1, timeout_s=5.0, params=None):
    """Ask the server; returns the last reply, or raises."""

    async def run():
        async with await asyncio.start_server(server.serve, "127.0.0.1", 0) as listening:
            port = listening.sockets[0].getsockname()[1]
            endpoint = Endpoint(
                source="facebook_pages",
                base_url=f"http://127.0.0.1:{port}",
                hosts=frozenset(),
                dialect=dialect or GraphDialect(),
                setting="SYFTE_FACEBOOK_PAGES__BASE_URL",
                token_setting="SYFTE_FACEBOOK_PAGES__TOKEN",
            )
            async with HttpClient(endpoint, clock=server.time.clock(), timeout_s=timeout_s) as client:
                for _ in range(times):
                    reply = await client.get(
                        "/v26.0/101/published_posts", envelope, token=SecretStr(TOKEN), params=params
                    )
            return reply

    return asyncio.run(run())


def test_retry_after_in_seconds_is_waited_for():
    server = Faulty(FakeTime(), answer(429, {}, Retry_After="7"), answer())
    assert ask(server).envelope.data
    assert len(server.hits) == 2
    assert 7 <= server.hits[1] < 8


@pytest.mark.parametrize("off", [-3600.0, 0.0, 3600.0])
def test_retry_after_as_a_date_is_waited_for_on_the_servers_clock(off):
    def later(now):
        return format_datetime(now + timedelta(seconds=60), usegmt=True)

    server = Faulty(FakeTime(off), answer(503, {}, Retry_After=later), answer())
    assert ask(server).envelope.data
    assert len(server.hits) == 2
    assert 60 <= server.hits[1] < 70


def test_a_wait_above_two_minutes_is_deferred_and_not_slept():
    server = Faulty(FakeTime(), answer(429, {}, Retry_After="900"), answer())
    with pytest.raises(DeferredError) as caught:
        ask(server)
    assert caught.value.seconds == 900
    assert server.hits == [0.0]
    assert server.time.slept == []


@pytest.mark.parametrize("off", [-3600.0, 0.0, 3600.0])
def test_the_reset_of_x_is_waited_for_on_the_servers_clock(off):
    def reset(now):
        return int(now.timestamp()) + 61

    server = Faulty(FakeTime(off), answer(429, {"title": "Too Many Requests"}, x_rate_limit_reset=reset), answer())
    assert ask(server, dialect=XDialect(), envelope=Posts).envelope.data
    assert len(server.hits) == 2
    assert 61 <= server.hits[1] < 70


def test_a_graph_limit_in_http_400_waits_as_long_as_the_business_header_says():
    usage = json.dumps({"101": [{"type": "pages", "call_count": 90, "estimated_time_to_regain_access": 0.5}]})
    server = Faulty(FakeTime(), graph_error(4, X_Business_Use_Case_Usage=usage), answer())
    assert ask(server).envelope.data
    assert len(server.hits) == 2
    assert 30 <= server.hits[1] < 45


@pytest.mark.parametrize("code", [4, 17, 32, 613, 80001, 80002])
def test_a_graph_limit_without_a_header_waits_a_minute_first_and_defers_the_third_time(code):
    server = Faulty(FakeTime(), graph_error(code))
    with pytest.raises(DeferredError):
        ask(server)
    assert len(server.hits) == 3
    assert 60 <= server.hits[1] < 70
    assert server.hits[2] - server.hits[1] >= 120


@pytest.mark.parametrize(
    "fault",
    [
        graph_error(190, 400, 463),
        graph_error(102),
        graph_error(190, 200),
        graph_error(10),
        graph_error(200, 403),
        answer(401, {}),
        answer(401, b"<html>Unauthorized</html>"),
        answer(403, {}),
    ],
    ids=["190/463", "102", "190 in HTTP 200", "10", "200", "401", "401 html", "403"],
)
def test_a_refused_token_costs_exactly_one_request(fault):
    server = Faulty(FakeTime(), fault)
    with pytest.raises(CredentialError) as caught:
        ask(server)
    assert len(server.hits) == 1
    assert caught.value.where.startswith("GET http://127.0.0.1")
    assert caught.value.do
    assert TOKEN not in str(caught.value)


def test_a_dead_token_is_not_tried_again_by_the_next_call():
    async def run():
        server = Faulty(FakeTime(), graph_error(190))
        async with await asyncio.start_server(server.serve, "127.0.0.1", 0) as listening:
            port = listening.sockets[0].getsockname()[1]
            endpoint = Endpoint(
                source="instagram",
                base_url=f"http://127.0.0.1:{port}",
                hosts=frozenset(),
                dialect=GraphDialect(),
                setting="S",
                token_setting="T",
            )
            async with HttpClient(endpoint, clock=server.time.clock()) as client:
                for _ in range(3):
                    with pytest.raises(CredentialError):
                        await client.get("/x", Feed, token=SecretStr(TOKEN))
        return server.hits

    assert len(asyncio.run(run())) == 1


def test_gone_is_final_and_costs_one_request():
    server = Faulty(FakeTime(), graph_error(100, 400, 33))
    with pytest.raises(GoneError):
        ask(server)
    assert len(server.hits) == 1


def test_gone_while_throttled_is_asked_once_more():
    server = Faulty(FakeTime(), answer(429, {}, Retry_After="5"), answer(), graph_error(100, 400, 33), answer())
    assert ask(server, times=2).envelope.data
    assert len(server.hits) == 4


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (graph_error(100, message="(#100) The value must be a valid insights metric"), InvalidMetricError),
        (graph_error(1, 500, message="Please reduce the amount of data you're asking for"), ReduceError),
        (graph_error(100, 400, 2108006, "before conversion"), NotOfferedError),
        (graph_error(100, message="Unsupported"), SourceError),
        (answer(400, b"Bad Request"), SourceError),
    ],
)
def test_what_cannot_heal_is_asked_once_and_told_by_kind(fault, kind):
    server = Faulty(FakeTime(), fault)
    with pytest.raises(SourceError) as caught:
        ask(server)
    assert type(caught.value) is kind
    assert len(server.hits) == 1


_HEAD = b"HTTP/1.1 200 OK\r\n"
_CUT = {
    "http 500": answer(500, {}),
    "http 503 html": answer(503, b"<html>"),
    "graph code 2": graph_error(2, 500),
    "reset before the answer": raw(b"", reset=True),
    "end before the answer": raw(b""),
    "reset in the body": raw(_HEAD + b'Content-Length: 900\r\n\r\n{"data": [{"id"', reset=True),
    "end in the body": raw(_HEAD + b'Content-Length: 900\r\n\r\n{"data": [{"id"'),
    "a chunk is cut": raw(_HEAD + b'Transfer-Encoding: chunked\r\n\r\n40\r\n{"data": [{'),
    "the last chunk is missing": raw(_HEAD + b'Transfer-Encoding: chunked\r\n\r\nb\r\n{"data": []\r\n'),
    "not http at all": raw(b"SSH-2.0-OpenSSH_9.6\r\n"),
    "truncated json": answer(200, b'{"data": [{"id": "101_1"'),
    "html with 200": answer(200, b"<html><body>Log in to this network</body></html>"),
    "an empty body": answer(200, b""),
    "a list without data": answer(200, {"paging": {}}),
    "broken gzip": answer(200, b"not gzip", Content_Encoding="gzip"),
}


@pytest.mark.parametrize("fault", _CUT.values(), ids=_CUT.keys())
def test_what_may_heal_is_asked_again_and_ends_well(fault):
    server = Faulty(FakeTime(), fault, fault, answer())
    assert ask(server).envelope.data
    assert len(server.hits) == 3
    # aiohttp itself tries once more, at once, when a connection ends before the first byte of an answer.
    assert 0 <= server.hits[1] < server.hits[2] < 5


@pytest.mark.parametrize("fault", [answer(500, {}), answer(200, b"<html>")], ids=["500", "html"])
def test_what_does_not_heal_ends_after_five_retries(fault):
    server = Faulty(FakeTime(), fault)
    with pytest.raises(SourceError, match="6 tries"):
        ask(server)
    assert len(server.hits) == 6


def test_an_endless_429_without_headers_is_left_alone_after_waits_that_double_from_15_s():
    server = Faulty(FakeTime(), answer(429, {}))
    with pytest.raises(DeferredError):
        ask(server)
    waits = [b - a for a, b in zip(server.hits, server.hits[1:], strict=False)]
    assert len(server.hits) <= 6
    assert all(wait >= 15 * 2**n for n, wait in enumerate(waits))
    assert sum(server.time.slept) < 300


def test_a_throttled_token_sends_nothing_before_the_reset_even_from_many_tasks():
    time = FakeTime()
    server = Faulty(time, answer(429, {}, Retry_After="900"))

    async def run():
        async with await asyncio.start_server(server.serve, "127.0.0.1", 0) as listening:
            port = listening.sockets[0].getsockname()[1]
            endpoint = Endpoint(
                source="x",
                base_url=f"http://127.0.0.1:{port}",
                hosts=frozenset(),
                dialect=XDialect(),
                setting="S",
                token_setting="T",
            )
            async with HttpClient(endpoint, clock=time.clock()) as client:
                with pytest.raises(DeferredError):
                    await client.get("/2/users/1", Posts, token=SecretStr(TOKEN))
                tasks = [client.get(f"/2/users/{n}", Posts, token=SecretStr(TOKEN)) for n in range(20)]
                return await asyncio.gather(*tasks, return_exceptions=True)

    assert all(isinstance(outcome, DeferredError) for outcome in asyncio.run(run()))
    assert len(server.hits) == 1


def test_an_allowance_used_to_95_percent_stops_after_the_page_that_says_so():
    server = Faulty(FakeTime(), answer(X_App_Usage='{"call_count": 96, "total_cputime": 3, "total_time": 3}'))
    with pytest.raises(DeferredError, match="x-app-usage is used to 96%"):
        ask(server, times=2)
    assert len(server.hits) == 1


def test_an_allowance_used_to_80_percent_slows_down():
    server = Faulty(FakeTime(), answer(X_App_Usage='{"call_count": 80, "total_cputime": 3, "total_time": 3}'))
    ask(server, times=3)
    assert server.hits[2] - server.hits[1] > 0.5


def test_the_last_request_of_x_may_be_used_and_then_the_reset_is_waited_for():
    def reset(now):
        return int(now.timestamp()) + 30

    used_up = answer(200, GOOD, x_rate_limit_limit=300, x_rate_limit_remaining=0, x_rate_limit_reset=reset)
    server = Faulty(FakeTime(), used_up, answer())
    ask(server, dialect=XDialect(), envelope=Posts, times=2)
    assert 30 <= server.hits[1] < 40


def test_a_redirect_to_another_host_is_not_followed():
    server = Faulty(FakeTime(), answer(302, b"", Location="http://127.0.0.1:9/steal"))
    with pytest.raises(SourceError, match="302; a redirect is never followed"):
        ask(server)
    assert len(server.hits) == 1


def test_a_server_that_hangs_is_given_up_and_told():
    server = Faulty(FakeTime(), hangs)
    with pytest.raises(SourceError, match="6 tries"):
        ask(server, timeout_s=0.05)
    assert len(server.hits) == 6


def test_an_unreachable_host_is_a_three_part_error():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    async def run():
        endpoint = Endpoint(
            source="tips",
            base_url=f"http://127.0.0.1:{port}",
            hosts=frozenset(),
            dialect=GraphDialect(),
            setting="SYFTE_TIPS__BASE_URL",
            token_setting="T",
        )
        async with HttpClient(endpoint, clock=FakeTime().clock()) as client:
            await client.get("/tips", Feed, token=SecretStr(TOKEN))

    with pytest.raises(SourceError) as caught:
        asyncio.run(run())
    assert "SYFTE_TIPS__BASE_URL" in str(caught.value)
    assert str(port) in caught.value.where


def test_the_servers_date_and_not_our_clock_says_when_a_page_was_answered():
    server = Faulty(FakeTime(3600.0), answer())
    assert ask(server).answered_at == NOON


def test_without_a_date_our_own_clock_says_when_a_page_was_answered():
    reply = ask(Faulty(FakeTime(3600.0), raw(_HEAD + b'Content-Length: 12\r\n\r\n{"data": []}')))
    assert reply.answered_at == NOON + timedelta(hours=1)


def test_the_token_travels_in_the_header_and_shows_nowhere_else(caplog):
    caplog.set_level(logging.DEBUG)
    faults = [answer(500, {}), raw(b"", reset=True), graph_error(190, message=f"token {TOKEN} is bad")]
    server = Faulty(FakeTime(), *faults)
    with pytest.raises(CredentialError) as caught:
        ask(server)
    assert all(f"Bearer {TOKEN}" in request for request in server.requests)
    assert all(TOKEN not in request.splitlines()[0] for request in server.requests)
    assert TOKEN not in str(caught.value)
    assert TOKEN not in caplog.text


@pytest.mark.parametrize("params", [{"access_token": "x"}, {"fields": f"id,{TOKEN}"}])
def test_a_secret_in_the_address_is_refused_before_anything_is_sent(params):
    server = Faulty(FakeTime(), answer())
    with pytest.raises(ValueError, match="header only") as caught:
        ask(server, params=params)
    assert server.hits == []
    assert TOKEN not in str(caught.value)


def test_a_cookie_is_not_kept():
    server = Faulty(FakeTime(), answer(Set_Cookie="session=1"), answer())
    ask(server, times=2)
    assert "cookie" not in server.requests[1].lower()
