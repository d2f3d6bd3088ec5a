"""R9: what a platform asks us to wait is waited for, on its clock, by all requests of the token; above two minutes the
run is put off instead.
"""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from email.utils import format_datetime

import pytest
from pydantic import SecretStr

from pipelines.errors import DeferredError
from pipelines.sources.x.dialect import Posts, XDialect
from tests.integration.fault_server import GOOD, TOKEN, FakeTime, Faulty, answer, ask, graph_error, talk

pytestmark = pytest.mark.promise("R9")


@pytest.fixture
def waited_for(figure):
    """Says how a wait of so many seconds was kept, by the second request and those before it."""

    def told(server, asked_s):
        early = sum(hit < asked_s for hit in server.hits[1:])
        figure("requests before the server's reset", early)
        figure("s waited beyond what was asked, of 61", round(server.hits[1] - asked_s, 2))
        assert len(server.hits) == 2
        assert not early
        assert server.hits[1] - asked_s < 0.1 * asked_s + 2

    return told


def test_retry_after_in_seconds_is_waited_for(waited_for):
    server = Faulty(FakeTime(), answer(429, {}, Retry_After="7"), answer())
    assert ask(server).envelope.data
    waited_for(server, 7)


@pytest.mark.parametrize("off", [-3600.0, 0.0, 3600.0])
def test_retry_after_as_a_date_is_waited_for_on_the_servers_clock(off, waited_for):
    def later(now):
        return format_datetime(now + timedelta(seconds=60), usegmt=True)

    server = Faulty(FakeTime(off), answer(503, {}, Retry_After=later), answer())
    assert ask(server).envelope.data
    waited_for(server, 60)


def test_a_wait_above_two_minutes_is_deferred_and_not_slept(figure):
    server = Faulty(FakeTime(), answer(429, {}, Retry_After="900"), answer())
    with pytest.raises(DeferredError) as caught:
        ask(server)
    assert caught.value.seconds == 900
    assert server.hits == [0.0]
    assert server.time.slept == []
    figure("s slept of 900 asked for, the run put off", sum(server.time.slept))


@pytest.mark.parametrize("off", [-3600.0, 0.0, 3600.0])
def test_the_reset_of_x_is_waited_for_on_the_servers_clock(off, waited_for):
    def reset(now):
        return int(now.timestamp()) + 61

    server = Faulty(FakeTime(off), answer(429, {"title": "Too Many Requests"}, x_rate_limit_reset=reset), answer())
    assert ask(server, dialect=XDialect(), envelope=Posts).envelope.data
    waited_for(server, 61)


def test_a_graph_limit_in_http_400_waits_as_long_as_the_business_header_says(waited_for):
    usage = json.dumps({"101": [{"type": "pages", "call_count": 90, "estimated_time_to_regain_access": 0.5}]})
    server = Faulty(FakeTime(), graph_error(4, X_Business_Use_Case_Usage=usage), answer())
    assert ask(server).envelope.data
    waited_for(server, 30)


@pytest.mark.parametrize("code", [4, 17, 32, 613, 80001, 80002])
def test_a_graph_limit_without_a_header_waits_a_minute_first_and_defers_the_third_time(code):
    server = Faulty(FakeTime(), graph_error(code))
    with pytest.raises(DeferredError):
        ask(server)
    assert len(server.hits) == 3
    assert 60 <= server.hits[1] < 70
    assert server.hits[2] - server.hits[1] >= 120


def test_an_endless_429_without_headers_is_left_alone_after_waits_that_double_from_15_s(figure):
    server = Faulty(FakeTime(), answer(429, {}))
    with pytest.raises(DeferredError):
        ask(server)
    waits = [b - a for a, b in zip(server.hits, server.hits[1:], strict=False)]
    assert len(server.hits) <= 6
    assert all(wait >= 15 * 2**n for n, wait in enumerate(waits))
    assert sum(server.time.slept) < 300
    figure("retries of an endless 429", len(server.hits) - 1)


def test_a_throttled_token_sends_nothing_before_the_reset_even_from_many_tasks(figure):
    server = Faulty(FakeTime(), answer(429, {}, Retry_After="900"))

    async def conversation(client):
        with pytest.raises(DeferredError):
            await client.get("/2/users/1", Posts, token=SecretStr(TOKEN))
        tasks = [client.get(f"/2/users/{n}", Posts, token=SecretStr(TOKEN)) for n in range(20)]
        return await asyncio.gather(*tasks, return_exceptions=True)

    assert all(isinstance(outcome, DeferredError) for outcome in talk(server, conversation, dialect=XDialect()))
    assert len(server.hits) == 1
    figure("requests of 21 while throttled", len(server.hits))


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
