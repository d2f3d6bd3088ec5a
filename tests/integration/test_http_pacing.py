"""Where the platform says how many requests are left and when there are more, all of them are used at once and none
is refused, however many accounts, clients and tokens ask side by side.

Time is simulated, and moves only when everybody sleeps: no request slips into the next window unseen.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import AsyncExitStack
from datetime import timedelta

import pytest
from pydantic import SecretStr

from pipelines.budget import SqliteLedger
from pipelines.sources.allowance import Allowance, Cost
from pipelines.sources.http import HttpClient
from pipelines.sources.x.dialect import Posts, XDialect
from tests.integration.fault_server import GOOD, FakeTime, Faulty, answer, ask, endpoint

LIMIT, WINDOW_S = 50, 60
COST = (Cost(Allowance(name="posts", period="quarter_hour", limit=900, header="x-rate-limit"), per_request=1),)


class SharedTime(FakeTime):
    """Moves to the next alarm once all who are at work sleep."""

    def __init__(self):
        super().__init__()
        self.at_work = 0
        self.alarms = []

    async def sleep(self, seconds):
        until = self.t + seconds
        self.alarms.append(until)
        while self.t < until:
            await asyncio.sleep(0.0005)
            if len(self.alarms) == self.at_work:
                self.t = max(self.t, min(self.alarms))
        self.alarms.remove(until)


class Counting(Faulty):
    """Lets a token have so many requests in each minute and tells what is left; the others get 429."""

    def __init__(self, time):
        super().__init__(time)
        self.taken = Counter()
        self.refused = Counter()

    def act(self, head):
        window = self.time.t // WINDOW_S
        token = next(line for line in head.split(b"\r\n") if line.lower().startswith(b"authorization"))
        is_over = self.taken[token, window] >= LIMIT
        (self.refused if is_over else self.taken)[token, window] += 1
        reset = int((self.time.starts + timedelta(seconds=(window + 1) * WINDOW_S)).timestamp())
        left = LIMIT - self.taken[token, window]
        told = answer(
            429 if is_over else 200,
            GOOD,
            x_rate_limit_limit=LIMIT,
            x_rate_limit_remaining=left,
            x_rate_limit_reset=reset,
        )

        async def later(server, writer):
            await asyncio.sleep(0.002)
            await told(server, writer)

        return later

    def used(self):
        """Of each token, how many requests each minute answered."""
        tokens = sorted({token for token, _ in self.taken})
        return [[count for (one, _), count in sorted(self.taken.items()) if one == token] for token in tokens]


def pull(server, *, requests, clients=1, tokens=1, ledger=None):
    """Have eight accounts of each token in each client share so many requests."""
    time = server.time
    left = Counter(dict.fromkeys(range(tokens), requests))

    async def account(client, token):
        time.at_work += 1
        while left[token] > 0:
            left[token] -= 1
            await client.get("/posts", Posts, token=SecretStr(f"token-number-{token}"), cost=COST)
        time.at_work -= 1

    async def run():
        async with AsyncExitStack() as stack:
            address = await stack.enter_async_context(server.listening())
            at = endpoint(address, XDialect(), source="x")
            ways = [HttpClient(at, clock=time.clock(), ledger=ledger, concurrency=16) for _ in range(clients)]
            for way in ways:
                await stack.enter_async_context(way)
            every = [account(way, token) for way in ways for token in range(tokens) for _ in range(8)]
            await asyncio.gather(*every)

    asyncio.run(run())


@pytest.fixture
def server():
    return Counting(SharedTime())


@pytest.fixture
def ledger(tmp_path, server):
    with SqliteLedger(tmp_path / "budget.sqlite", today=server.now, now=server.now) as opened:
        yield opened


def test_accounts_side_by_side_use_a_window_up_and_are_never_refused(server):
    pull(server, requests=4 * LIMIT + 30)
    assert server.used() == [[LIMIT] * 4 + [30]]
    assert not server.refused
    assert server.time.t < 1.1 * 4 * WINDOW_S


def test_clients_that_share_a_ledger_are_refused_once_a_window_each_at_most(server, ledger):
    pull(server, requests=4 * LIMIT + 30, clients=3, ledger=ledger)
    assert server.used() == [[LIMIT] * 4 + [30]]
    assert max(server.refused.values(), default=0) <= 2
    assert server.time.t < 1.1 * 4 * WINDOW_S


def test_tokens_with_windows_of_their_own_do_not_hold_each_other_back(server, ledger):
    pull(server, requests=2 * LIMIT, tokens=2, ledger=ledger)
    assert server.used() == [[LIMIT] * 2] * 2
    assert not server.refused


def told(left, **more):
    return answer(200, GOOD, x_rate_limit_limit=300, x_rate_limit_remaining=left, **more)


def test_a_window_whose_end_is_known_is_used_at_full_speed_to_its_last_request():
    def reset(now):
        return int(now.timestamp()) + 30

    server = Faulty(FakeTime(), *(told(left, x_rate_limit_reset=reset) for left in (3, 2, 1, 0)), answer())
    ask(server, dialect=XDialect(), envelope=Posts, times=5)
    assert server.hits[:4] == [0.0] * 4
    assert 30 <= server.hits[4] < 40


def test_a_window_whose_end_nobody_says_is_used_ever_slower():
    server = Faulty(FakeTime(), told(150), told(60), told(20), told(20))
    ask(server, dialect=XDialect(), envelope=Posts, times=4)
    pauses = [later - hit for hit, later in zip(server.hits, server.hits[1:], strict=False)]
    assert pauses[0] == 0
    assert 1 < pauses[1] < pauses[2]
