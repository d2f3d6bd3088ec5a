"""What a client's requests take of the allowances: before they are sent, and by what came of them."""

from __future__ import annotations

import ast
import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

import pipelines.sources
from pipelines.budget import SqliteLedger
from pipelines.errors import DeferredError
from pipelines.sources.allowance import Allowance, BudgetError, Cost
from pipelines.sources.endpoint import Endpoint
from pipelines.sources.http import Clock, HttpClient
from pipelines.sources.outcomes import Kind, Outcome
from pipelines.sources.x.dialect import Posts, XDialect

SOURCES = Path(pipelines.sources.__file__).parent
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
CREDIT = Allowance(name="credit", period="month", unit="USD", limit=2.0)
POSTS = Allowance(name="posts window", period="quarter_hour", limit=900, header="x-rate-limit")
USERS = Allowance(name="users window", period="quarter_hour", limit=900, header="x-rate-limit")
DAILY = Allowance(name="calls a day", period="day", reopens_after=timedelta(minutes=5))
COST = (Cost(POSTS, per_request=1), Cost(CREDIT, per_object=0.005))
TWO_POSTS = b'{"data":[{"id":"1"},{"id":"2"}],"meta":{"result_count":2}}'


@pytest.fixture
def ledger(tmp_path):
    with SqliteLedger(tmp_path / "budget.sqlite", today=lambda: NOW, now=lambda: NOW) as opened:
        yield opened


async def _no_sleep(_seconds):
    await asyncio.sleep(0)


def ask(ledger, play, *costs, dialect=None, quotas=None):
    """Ask once for each cost; the last answer, or the error it ended with."""
    endpoint = Endpoint(
        source="x", base_url="http://localhost:1", hosts=frozenset(), dialect=dialect or XDialect(), setting="S",
        token_setting="T",
    )  # fmt: skip
    clock = Clock(wall=lambda: NOW, monotonic=lambda: 0.0, sleep=_no_sleep, chance=lambda: 0.5)

    async def every():
        transport = httpx.MockTransport(play)
        noted = (quotas if quotas is not None else []).append
        async with HttpClient(
            endpoint, transport=transport, ledger=ledger, clock=clock, retries=1, on_quota=noted
        ) as client:
            for cost in costs:
                reply = await client.get("/posts", Posts, token=SecretStr("secret0token"), cost=cost, objects=100)
            return reply

    return asyncio.run(every())


def used(ledger):
    return {one.name: round(one.used, 4) for one in ledger.standings()}


def test_two_objects_cost_two_whatever_was_set_aside(ledger):
    ask(ledger, lambda _r: httpx.Response(200, content=TWO_POSTS), COST)
    assert used(ledger) == {"credit": 0.01, "posts window": 1.0}


def test_a_request_that_the_cap_has_no_room_for_is_never_sent(ledger):
    sent = []
    ledger.settle(ledger.reserve("x", "", (Cost(CREDIT, per_object=0.005),), 0), 350)
    with pytest.raises(BudgetError, match=r"1\.75 of 2 USD"):
        ask(ledger, lambda request: sent.append(request) or httpx.Response(200, content=TWO_POSTS), COST)
    assert sent == []


def test_every_try_counts_and_only_a_lost_answer_may_have_been_charged(ledger):
    answers = iter([httpx.Response(503), httpx.Response(200, content=TWO_POSTS)])
    ask(ledger, lambda _r: next(answers), COST)
    assert used(ledger) == {"credit": 0.01, "posts window": 2.0}
    cut = iter([httpx.Response(200, content=TWO_POSTS[:30]), httpx.Response(200, content=TWO_POSTS)])
    ask(ledger, lambda _r: next(cut), COST)
    assert used(ledger) == {"credit": 0.52, "posts window": 4.0}


def test_a_window_that_is_used_up_holds_back_its_own_endpoint_only(ledger):
    headers = {"x-rate-limit-limit": "900", "x-rate-limit-remaining": "0", "x-rate-limit-reset": "1795176600"}
    empty = httpx.Response(200, content=TWO_POSTS, headers=headers)
    full = httpx.Response(200, content=TWO_POSTS)
    answers, readings = iter([empty, full]), []
    ask(ledger, lambda _r: next(answers), COST, (Cost(USERS, per_request=1),), quotas=readings)
    assert [quota.name for quota in readings] == ["posts window"]
    with pytest.raises(DeferredError, match="posts window is used to 100%"):
        ask(ledger, lambda _r: empty, COST, COST)


def test_every_request_of_every_platform_names_its_cost():
    """The institution's own intake alone is free."""
    silent = [
        f"{path.relative_to(SOURCES)}:{node.lineno}"
        for path in sorted(SOURCES.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"get", "post"}
        and "token" in (named := {keyword.arg for keyword in node.keywords})
        and "cost" not in named
    ]
    assert [place.partition(":")[0] for place in silent] == ["tips/client.py"], silent


class Silent:
    """A platform that says neither how much there is nor when there is more."""

    def judge(self, answer):
        return Outcome(kind=Kind.THROTTLED, reason=f"HTTP {answer.status}", is_used_up=True)

    def quotas(self, _source, _answer):
        return []


def test_a_used_up_day_is_not_asked_again_by_anybody_before_it_is_over(ledger):
    sent, cost = [], (Cost(DAILY, per_request=1),)
    for _ in range(2):
        with pytest.raises(DeferredError) as put_off:
            ask(ledger, lambda r: sent.append(r) or httpx.Response(429), cost, dialect=Silent())
        assert put_off.value.seconds == 12 * 3600 + 300
    assert len(sent) == 1
