"""What is sent and believed: tokens in the header only, no redirect, no cookie, and the server's own time."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest

from pipelines.errors import CredentialError, SourceError
from pipelines.sources.redaction import REDACTION
from tests.integration.fault_server import HEAD, NOON, TOKEN, FakeTime, Faulty, answer, ask, graph_error, raw


def test_a_redirect_to_another_host_is_not_followed():
    server = Faulty(FakeTime(), answer(302, b"", Location="http://127.0.0.1:9/steal"))
    with pytest.raises(SourceError, match="302; a redirect is never followed"):
        ask(server)
    assert len(server.hits) == 1


def test_the_servers_date_and_not_our_clock_says_when_a_page_was_answered():
    server = Faulty(FakeTime(3600.0), answer())
    assert ask(server).answered_at == NOON


def test_without_a_date_our_own_clock_says_when_a_page_was_answered():
    reply = ask(Faulty(FakeTime(3600.0), raw(HEAD + b'Content-Length: 12\r\n\r\n{"data": []}')))
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


OTHER = "another/secret+of-this=process"


@pytest.mark.parametrize(
    "params",
    [{"access_token": "x"}, {"Password": "x"}, {"fields": f"id,{TOKEN}"}, {"fields": f"id,{OTHER}"}, {OTHER: "1"}],
)
def test_a_secret_in_the_address_is_refused_before_anything_is_sent(params):
    server = Faulty(FakeTime(), answer())
    REDACTION.learn([OTHER])
    with pytest.raises(ValueError, match="header only") as caught:
        ask(server, params=params)
    assert server.hits == []
    assert TOKEN not in str(caught.value)


def test_a_cookie_is_not_kept():
    server = Faulty(FakeTime(), answer(Set_Cookie="session=1"), answer())
    ask(server, times=2)
    assert "cookie" not in server.requests[1].lower()
