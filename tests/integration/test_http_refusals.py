"""R10: what a platform refuses for good costs one request, told by its kind; a dead token is never tried again."""

from __future__ import annotations

import time

import pytest
from pydantic import SecretStr

from pipelines.errors import CredentialError, SourceError
from pipelines.sources.graph import Feed
from pipelines.sources.http import GoneError, InvalidMetricError, NotOfferedError, ReduceError
from tests.integration.fault_server import TOKEN, FakeTime, Faulty, answer, ask, graph_error, talk

pytestmark = pytest.mark.promise("R10")


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
def test_a_refused_token_costs_exactly_one_request(fault, figure):
    server = Faulty(FakeTime(), fault)
    began = time.monotonic()
    with pytest.raises(CredentialError) as caught:
        ask(server)
    assert len(server.hits) == 1
    assert caught.value.where.startswith("GET http://127.0.0.1")
    assert caught.value.do
    assert TOKEN not in str(caught.value)
    figure("most requests with a refused token", float(len(server.hits)))
    figure("s until the error", round(time.monotonic() - began, 2))
    assert time.monotonic() - began + sum(server.time.slept) < 5


def test_a_dead_token_is_not_tried_again_by_the_next_call():
    server = Faulty(FakeTime(), graph_error(190))

    async def conversation(client):
        for _ in range(3):
            with pytest.raises(CredentialError):
                await client.get("/x", Feed, token=SecretStr(TOKEN))

    talk(server, conversation)
    assert len(server.hits) == 1


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
