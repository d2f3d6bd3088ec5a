"""The ledger in a real PostgreSQL: machines that share nothing else never pass a limit together."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
import yaml

from pipelines.budget import LAPSE_S
from pipelines.errors import BusyError, CredentialError
from pipelines.postgres import ledger as module
from pipelines.postgres.address import Address
from pipelines.postgres.ledger import SCHEMA, PostgresLedger
from pipelines.sandbox import SandboxClock, World, project_config, running_sandbox
from pipelines.sources.allowance import Allowance, Cost
from tests.integration.postgres import OWNER, SECRET, running_postgres
from tests.integration.projects import SYFTE, environment, sandbox_project, syfte, three_parts

LIMIT = 4.0
CREDIT = Allowance(name="credit", period="month", unit="USD", limit=LIMIT)
POSTS = [Cost(CREDIT, per_request=0.01, per_object=0.005)]
UNITS = [Cost(Allowance(name="units", period="day", unit="units", limit=10), per_request=10)]

_HELD = " + ".join(f"(select coalesce(sum(amount), 0) from {SCHEMA}.{table})" for table in ("spent", "reserved"))


@pytest.fixture(scope="module")
def server():
    with running_postgres() as server:
        yield server


@pytest.fixture
def database(server):
    return server.new_database("budget")


@pytest.fixture
def opened(server, database):
    with PostgresLedger(Address(server.secret_url(database))) as ledger:
        yield ledger


_TAKES = """
import random, sys, time
from pipelines.postgres.address import Address
from pipelines.postgres.ledger import PostgresLedger
from pipelines.sources.allowance import BudgetError
from tests.integration.test_shared_budget import POSTS
chance = random.Random(int(sys.argv[2]))
with PostgresLedger(Address(sys.argv[1])) as ledger:
    print("ready", flush=True)
    waits = 0
    while waits < 20:  # for what a killed run has set aside: not for a quarter of an hour, in a test
        try:
            held = ledger.reserve("x", "", POSTS, 10)
        except BudgetError:
            break
        waits = 0 if held.token else waits + 1
        time.sleep(held.wait_s)
        if held.token:
            chance.choice([
                lambda: ledger.settle(held, chance.randrange(11)), lambda: ledger.settle(held, None),
                lambda: ledger.refuse(held),
            ])()
"""


def test_processes_that_hammer_one_database_and_are_killed_in_between_never_pass_the_limit(
    server, database, chaos, figure
):
    chance = random.Random(chaos.seed)
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", _TAKES, server.secret_url(database), str(number)], stdout=subprocess.PIPE
        )
        for number in range(chaos.pick(short=3, full=12))
    ]
    doomed = runs[: len(runs) // 2]
    for run in runs:
        run.stdout.readline()
    seen = []
    deadline = time.monotonic() + 60
    with server.connect(database) as con:
        while any(run.poll() is None for run in runs) and time.monotonic() < deadline:
            seen += [float(held) for (held,) in con.execute(f"select {_HELD}")]
            if doomed and seen[-1] > LIMIT * chance.uniform(0.05, 0.5):
                doomed.pop().send_signal(signal.SIGKILL)
            time.sleep(0.005)
        seen += [float(held) for (held,) in con.execute(f"select {_HELD}")]
    ends = [run.communicate(timeout=1) and run.returncode for run in runs]
    assert set(ends) == {0, -signal.SIGKILL}
    assert max(seen) <= LIMIT + 1e-6
    assert seen[-1] > LIMIT - 0.07, "they stopped before the limit was reached"
    figure("most that was ever held of 4 USD by processes side by side", round(max(seen), 3))


def test_those_who_make_the_ledger_at_once_make_one(server, database):
    def make(_number):
        with PostgresLedger(Address(server.secret_url(database))) as ledger:
            return ledger.standings()

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(make, range(4))) == [[]] * 4


def test_what_a_dead_run_set_aside_lapses_by_the_databases_clock_and_not_by_a_machines(server, database, opened):
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=5)):  # this machine's clock is wrong
        opened.reserve("youtube", "", UNITS, 0)
        assert opened.reserve("youtube", "", UNITS, 0).wait_s > 0
    with server.connect(database) as con:
        [(left,)] = con.execute(f"select lapses_at - extract(epoch from now()) from {SCHEMA}.reserved").fetchall()
        assert float(left) == pytest.approx(LAPSE_S, abs=30)
        con.execute(f"update {SCHEMA}.reserved set lapses_at = extract(epoch from now()) - 1")
    with time_machine.travel(datetime.now(UTC) - timedelta(hours=5), tick=True):
        assert opened.reserve("youtube", "", UNITS, 0).token


def test_a_ledger_whose_server_went_away_for_a_moment_goes_on_counting(server, database, opened):
    held = opened.reserve("youtube", "", UNITS, 0)
    with server.admin() as con:
        con.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [database])
    opened.settle(held, 0)
    assert [(one.used, one.held) for one in opened.standings()] == [(10, 0)]


def test_a_machine_that_stops_within_a_transaction_keeps_the_others_waiting_for_a_moment_only(
    server, database, opened, monkeypatch
):
    stopped = server.connect(database)
    stopped.execute(module._BEGIN.replace("'30s'", "'1s'"))
    started = time.monotonic()
    assert opened.reserve("youtube", "", UNITS, 0).token
    assert 0.5 < time.monotonic() - started < 20
    stopped.close()
    with server.connect(database) as stopped:
        stopped.execute(module._BEGIN)
        monkeypatch.setattr(module, "_BEGIN", module._BEGIN.replace("'60s'", "'200ms'"))
        with pytest.raises(BusyError, match="the ledger of allowances") as busy:
            opened.settle(opened.reserve("youtube", "", UNITS, 0), 0)
    assert "Nothing was changed" in busy.value.do


def test_a_ledger_that_lets_nobody_in_is_told_by_its_own_setting_and_without_the_password(server, database):
    with pytest.raises(CredentialError) as refused:
        PostgresLedger(Address(server.url(database).replace(OWNER, f"{OWNER}:hemligheten")))
    assert "SYFTE_BUDGET_URL" in refused.value.do
    assert "hemligheten" not in str(refused.value)


def test_a_server_that_is_down_stops_the_pull_before_anybody_is_asked(tmp_path):
    now = datetime(2026, 1, 2, 5, 15, tzinfo=UTC)
    with running_sandbox(World(seed=3, scale=0.1), clock=SandboxClock(now)) as sandbox:
        config = project_config(sandbox.served.world, sandbox.url, ["mastodon"])
        project = sandbox_project(tmp_path / "project", config, now)
        done = syfte(project, "pull", SYFTE_BUDGET_URL="postgresql://u:hemligheten@127.0.0.1:1/x")
        assert done.returncode == 6
        assert sandbox.requests == []
    what, where, do = three_parts(done.stderr)
    assert "cannot be reached" in what
    assert "127.0.0.1:1, database x" in where
    assert "nobody is asked" in do
    assert "hemligheten" not in done.stdout + done.stderr


def test_pulls_on_two_machines_at_once_keep_the_institutions_cap_together(server, database, tmp_path):
    now = datetime(2026, 1, 2, 5, 15, tzinfo=UTC)
    with running_sandbox(World(seed=3, scale=0.3), clock=SandboxClock(now)) as sandbox:
        config = project_config(sandbox.served.world, sandbox.url, ["x"])
        machines = [sandbox_project(tmp_path / name, config, now) for name in ("one", "two")]
        for machine in machines:
            goals = yaml.safe_load((machine / "goals.yaml").read_text(encoding="utf-8"))
            goals["budgets"] = {"x": {"usd_per_month": 1.5}}
            (machine / "goals.yaml").write_text(yaml.safe_dump(goals, allow_unicode=True), encoding="utf-8")
        env = environment(SYFTE_BUDGET_URL=server.url(database), PGPASSWORD=SECRET)
        runs = [
            subprocess.Popen(
                [*SYFTE, "--project", str(machine), "pull"],
                env=env,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            for machine in machines
        ]
        said = [run.communicate(timeout=120) for run in runs]
        status = syfte(
            machines[0], "status", "--format", "json", SYFTE_BUDGET_URL=server.url(database), PGPASSWORD=SECRET
        )
    assert 7 in [run.returncode for run in runs], said
    [told] = [one for one in json.loads(status.stdout)["allowances"] if one["name"] == "credit"]
    with server.connect(database) as con:
        [(spent,)] = con.execute(f"select sum(amount) from {SCHEMA}.spent where unit = 'USD'").fetchall()
    assert 0.9 < spent <= 1.5
    assert told["used"] == pytest.approx(spent)
    assert not any((machine / "data" / "budget.sqlite").exists() for machine in machines)
