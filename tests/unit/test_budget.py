"""The ledger: what is set aside and booked, by runs side by side, across kills and the ends of days and months.

Every test holds for both ledgers: a project's own file, and a real PostgreSQL that machines share.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest

from pipelines.budget import LAPSE_S, SqliteLedger
from pipelines.errors import StorageError
from pipelines.postgres.address import Address
from pipelines.postgres.ledger import PostgresLedger
from pipelines.sources.allowance import Allowance, BudgetError, Cost
from tests.integration.postgres import running_postgres

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
CREDIT = Allowance(name="credit", period="month", unit="USD", limit=1.0)
UNITS = Allowance(name="units", period="day", unit="units", limit=10, zone="America/Los_Angeles")
SILENT = Allowance(name="silent", period="day", reopens_after=timedelta(minutes=5))
PACE = Allowance(name="pace", period="minute", limit=2)
POST = Cost(CREDIT, per_object=0.005)


class Time:
    """A clock to be set."""

    def __init__(self):
        self.now = NOW

    def __call__(self):
        return self.now


@pytest.fixture
def time():
    return Time()


def ledger_at(place, **more):
    """The ledger that a path, or an address of a database, names."""
    if place.startswith("postgresql:"):
        return PostgresLedger(Address(place), **more)
    return SqliteLedger(Path(place), **more)


@pytest.fixture(scope="module")
def start():
    """Starts a PostgreSQL, once, when the first test asks for it."""
    with ExitStack() as stack:
        yield cache(lambda: stack.enter_context(running_postgres()))


@pytest.fixture(params=["file", "postgresql"])
def place(request, tmp_path, start):
    if request.param == "file":
        return str(tmp_path / "budget.sqlite")
    server = start()
    return server.secret_url(server.new_database("budget"))


@pytest.fixture
def ledger(place, time):
    with ledger_at(place, today=time, now=time) as opened:
        yield opened


def standing(ledger, name):
    return next(one for one in ledger.standings() if one.name == name)


def test_an_answer_is_booked_with_what_came_and_not_with_what_might_have(ledger):
    held = ledger.reserve("x", "", [POST], 100)
    assert standing(ledger, "credit").held == pytest.approx(0.5)
    ledger.settle(held, 7)
    booked = standing(ledger, "credit")
    assert (booked.used, booked.held) == (pytest.approx(0.035), 0.0)


def test_a_refused_request_counts_as_one_and_costs_no_money(ledger):
    held = ledger.reserve("x", "", [POST, Cost(PACE, per_request=1)], 100)
    ledger.refuse(held)
    assert (standing(ledger, "credit").used, standing(ledger, "pace").used) == (0.0, 1.0)


def test_an_answer_that_was_lost_is_booked_in_full(ledger):
    ledger.settle(ledger.reserve("x", "", [POST], 100), None)
    assert standing(ledger, "credit").used == pytest.approx(0.5)


def test_a_request_that_would_pass_the_cap_is_not_begun(ledger):
    for _ in range(2):
        ledger.settle(ledger.reserve("x", "", [POST], 100), 99)
    with pytest.raises(BudgetError, match=r"0\.99 of 1 USD") as refused:
        ledger.reserve("x", "", [POST], 3)
    assert refused.value.seconds == (datetime(2026, 12, 1, tzinfo=UTC) - NOW).total_seconds()
    assert ledger.reserve("x", "", [POST], 2).token  # the cap itself may be reached


def test_what_is_under_way_is_waited_for_before_anybody_is_refused(ledger):
    first, second = (ledger.reserve("x", "", [POST], 100) for _ in range(2))
    assert ledger.reserve("x", "", [POST], 100).wait_s > 0
    ledger.settle(first, 1)
    ledger.settle(second, 1)
    assert ledger.reserve("x", "", [POST], 100).token


def test_the_institutions_cap_goes_before_a_platforms_limit_only_where_it_is_lower(place, time):
    caps = {("youtube", "units"): 2.0, ("x", "credit"): 50.0}
    with ledger_at(place, caps=caps, today=time, now=time) as ledger:
        assert (ledger.limit("youtube", UNITS), ledger.limit("x", CREDIT)) == (2.0, 1.0)
        with pytest.raises(BudgetError) as refused:
            ledger.reserve("youtube", "", [Cost(UNITS, per_request=3)], 0)
    assert refused.value.where == "goals.yaml, budgets"


def test_a_new_day_of_the_platforms_zone_is_a_new_allowance(ledger, time):
    ledger.settle(ledger.reserve("youtube", "", [Cost(UNITS, per_request=10)], 0), 0)
    time.now = datetime(2026, 11, 21, 7, 59, tzinfo=UTC)  # still the 20th in California
    with pytest.raises(BudgetError):
        ledger.reserve("youtube", "", [Cost(UNITS, per_request=1)], 0)
    time.now = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
    assert ledger.reserve("youtube", "", [Cost(UNITS, per_request=1)], 0).token


def test_a_short_window_is_waited_for(ledger, time):
    for _ in range(2):
        ledger.settle(ledger.reserve("tiktok", "", [Cost(PACE, per_request=1)], 0), 0)
    time.now = NOW + timedelta(seconds=20)
    assert ledger.reserve("tiktok", "", [Cost(PACE, per_request=1)], 0).wait_s == pytest.approx(40)


def test_requests_of_a_window_that_the_platform_tells_of_are_numbered(ledger, time):
    told = [Cost(Allowance(name="told", period="minute", limit=900, header="x-rate-limit"), per_request=1), POST]
    first, second = (ledger.reserve("x", "", told, 10) for _ in range(2))
    assert [(one.number, one.under_way, one.since) for one in (first, second)] == [
        (n, n, NOW.timestamp()) for n in (1, 2)
    ]
    ledger.settle(first, 3)
    third = ledger.reserve("x", "", told, 10)
    assert (third.number, third.under_way) == (3, 2)
    time.now += timedelta(minutes=1)
    assert ledger.reserve("x", "", told, 10).number == 1
    assert ledger.reserve("x", "", [POST], 10).number == 0


def test_what_was_set_aside_for_a_request_that_was_not_sent_is_given_back(ledger):
    held = ledger.reserve("x", "", [POST], 10)
    assert standing(ledger, "credit").held > 0
    ledger.release(held)
    assert not [one for one in ledger.standings() if one.used or one.held]


def test_a_sliding_window_still_sees_a_part_of_the_one_before(ledger, time):
    sliding = Allowance(name="pace", period="minute", limit=60, is_sliding=True)
    ledger.settle(ledger.reserve("tiktok", "", [Cost(sliding, per_request=60)], 0), 0)
    time.now = NOW + timedelta(seconds=75)  # three quarters of the minute before are in sight: 45
    assert ledger.reserve("tiktok", "", [Cost(sliding, per_request=16)], 0).wait_s == 1
    assert ledger.reserve("tiktok", "", [Cost(sliding, per_request=15)], 0).token


def test_servers_with_counts_of_their_own_do_not_share(ledger):
    own = Allowance(name="pace", period="five_minutes", limit=1, per="host")
    assert ledger.reserve("mastodon", "a.example", [Cost(own, per_request=1)], 0).token
    assert ledger.reserve("mastodon", "b.example", [Cost(own, per_request=1)], 0).token
    assert ledger.reserve("mastodon", "a.example", [Cost(own, per_request=1)], 0).wait_s > 0


def test_a_silent_limit_is_learned_from_the_refusal_and_closes_until_five_past_midnight(ledger, time):
    asking = [Cost(SILENT, per_request=1)]
    for _ in range(3):
        ledger.settle(ledger.reserve("linkedin", "", asking, 0), 0)
    assert ledger.close("linkedin", "", asking, "HTTP 429") == datetime(2026, 11, 21, 0, 5, tzinfo=UTC)
    assert standing(ledger, "silent").seen_limit == 3
    time.now = datetime(2026, 11, 21, 0, 4, tzinfo=UTC)
    with pytest.raises(BudgetError, match="HTTP 429"):
        ledger.reserve("linkedin", "", asking, 0)
    time.now = datetime(2026, 11, 21, 0, 5, tzinfo=UTC)
    assert ledger.reserve("linkedin", "", asking, 0).token


_DIES = """
import os, signal, sys
from tests.unit.test_budget import NOW, POST, UNITS, Cost, ledger_at
ledger = ledger_at(sys.argv[1], today=lambda: NOW, now=lambda: NOW)
ledger.reserve("x", "", [POST, Cost(UNITS, per_request=10)], 190)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_run_gives_back_its_units_when_they_lapse_and_leaves_its_money_counted(ledger, time, place):
    died = subprocess.run([sys.executable, "-c", _DIES, place], check=False, env=os.environ)
    assert died.returncode == -signal.SIGKILL
    one_unit = [Cost(UNITS, per_request=1)]
    assert ledger.reserve("x", "", one_unit, 0).wait_s > 0  # it may be alive
    time.now = NOW + timedelta(seconds=LAPSE_S + 1)
    assert ledger.reserve("x", "", one_unit, 0).token
    with pytest.raises(BudgetError, match=r"0\.95 of 1 USD"):
        ledger.reserve("x", "", [POST], 11)


_TAKES = """
import sys
from pipelines.sources.allowance import BudgetError
from tests.unit.test_budget import NOW, UNITS, Cost, ledger_at
taken = 0
with ledger_at(sys.argv[1], today=lambda: NOW, now=lambda: NOW) as ledger:
    while True:
        try:
            held = ledger.reserve("youtube", "", [Cost(UNITS, per_request=1)], 0)
        except BudgetError:
            break
        if held.token:
            ledger.settle(held, 0)
            taken += 1
print(taken)
"""


def test_runs_side_by_side_never_pass_a_limit_together(ledger, place):
    runs = [subprocess.Popen([sys.executable, "-c", _TAKES, place], stdout=subprocess.PIPE) for _ in range(3)]
    taken = [int(run.communicate(timeout=30)[0]) for run in runs]
    assert sum(taken) == 10
    assert standing(ledger, "units").used == 10


def test_a_damaged_ledger_is_told_and_not_thrown_away(tmp_path, time):
    path = tmp_path / "budget.sqlite"
    path.write_bytes(b"not a database" * 500)
    with pytest.raises(StorageError, match="ledger"):
        SqliteLedger(path, today=time, now=time)
    assert path.read_bytes().startswith(b"not a database")
