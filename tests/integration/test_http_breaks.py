"""R6: an answer that is cut off, or is none, is asked for again, and never taken for the end of a list."""

from __future__ import annotations

import asyncio
import socket

import pytest
from pydantic import SecretStr

from pipelines.errors import SourceError
from pipelines.sources.graph import Feed, GraphDialect
from pipelines.sources.http import HttpClient
from tests.integration.fault_server import HEAD, TOKEN, FakeTime, Faulty, answer, ask, endpoint, graph_error, hangs, raw

pytestmark = pytest.mark.promise("R6")


_CUT = {
    "http 500": answer(500, {}),
    "http 503 html": answer(503, b"<html>"),
    "graph code 2": graph_error(2, 500),
    "reset before the answer": raw(b"", reset=True),
    "end before the answer": raw(b""),
    "reset in the body": raw(HEAD + b'Content-Length: 900\r\n\r\n{"data": [{"id"', reset=True),
    "end in the body": raw(HEAD + b'Content-Length: 900\r\n\r\n{"data": [{"id"'),
    "a chunk is cut": raw(HEAD + b'Transfer-Encoding: chunked\r\n\r\n40\r\n{"data": [{'),
    "the last chunk is missing": raw(HEAD + b'Transfer-Encoding: chunked\r\n\r\nb\r\n{"data": []\r\n'),
    "not http at all": raw(b"SSH-2.0-OpenSSH_9.6\r\n"),
    "truncated json": answer(200, b'{"data": [{"id": "101_1"'),
    "html with 200": answer(200, b"<html><body>Log in to this network</body></html>"),
    "an empty body": answer(200, b""),
    "a list without data": answer(200, {"paging": {}}),
    "broken gzip": answer(200, b"not gzip", Content_Encoding="gzip"),
}


@pytest.mark.parametrize("fault", _CUT.values(), ids=_CUT.keys())
def test_what_may_heal_is_asked_again_and_ends_well(fault, figure):
    server = Faulty(FakeTime(), fault, fault, answer())
    assert ask(server).envelope.data
    assert len(server.hits) == 3
    # aiohttp itself tries once more, at once, when a connection ends before the first byte of an answer.
    assert 0 <= server.hits[1] < server.hits[2] < 5
    figure("broken answers asked for again", 2)


@pytest.mark.parametrize("fault", [answer(500, {}), answer(200, b"<html>")], ids=["500", "html"])
def test_what_does_not_heal_ends_after_five_retries(fault, figure):
    server = Faulty(FakeTime(), fault)
    with pytest.raises(SourceError, match="6 tries"):
        ask(server)
    assert len(server.hits) == 6
    figure("tries before it is given up", float(len(server.hits)))


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
        async with HttpClient(
            endpoint(f"http://127.0.0.1:{port}", GraphDialect(), "tips"), clock=FakeTime().clock()
        ) as client:
            await client.get("/tips", Feed, token=SecretStr(TOKEN))

    with pytest.raises(SourceError) as caught:
        asyncio.run(run())
    assert "SYFTE_TIPS__BASE_URL" in str(caught.value)
    assert str(port) in caught.value.where
