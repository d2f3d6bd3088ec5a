"""R14: whoever of Dagster's processes is killed, the run is ended, its pool is free, and the backfill goes on."""

from __future__ import annotations

import os
import re
import shutil
import signal
import sys
import time
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import dagster as dg
import pytest
from dagster._core.storage.dagster_run import ACTIVE_RUN_STATUSES

from pipelines.sandbox import Fault, SandboxClock, World, project_config, running_sandbox
from tests.chaos.deployment import Deployment, wait_until
from tests.integration.projects import ROOT, sandbox_project

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [
    pytest.mark.chaos,
    pytest.mark.slow,
    pytest.mark.promise("R14"),
    pytest.mark.skipif(sys.platform != "linux", reason="only there can one process be told from another"),
]

NOW = datetime(2026, 1, 5, 5, tzinfo=UTC)
TIPS = dg.AssetKey(["landing", "tips"])
DAEMON = "dagster._daemon"

DONE = {"COMPLETED_SUCCESS", "COMPLETED"}
POOL = "tips"
SLOT_S, STARTED_S = 30, 600
"""How long after the restart a dead run may hold its slot, and be called STARTED, seconds."""


@pytest.fixture
def served(tmp_path: Path, monkeypatch):
    """A project that is served, its books, and the sandbox, whose intake of tips can be made to hang."""
    with running_sandbox(World(seed=7, scale=0.2), clock=SandboxClock(NOW), slow_seconds=600) as sandbox:
        config = project_config(sandbox.served.world, sandbox.url, ["facebook"])
        made = sandbox_project(tmp_path / "served", config, NOW)
        shutil.copy(ROOT / "dagster.yaml", made)
        monkeypatch.chdir(made)
        deployment = Deployment(made)
        with dg.DagsterInstance.from_config(str(made)) as instance:
            try:
                yield deployment, instance, sandbox
            finally:
                deployment.kill()


def live_run(instance) -> str | None:
    """The run that reads tips."""
    live = dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED])
    return next((run.run_id for run in instance.get_runs(filters=live)), None)


def process_number(instance, run: str) -> int:
    """The number of a run's own process."""
    told = [event.message for event in instance.all_logs(run, of_type=dg.DagsterEventType.ENGINE_EVENT)]
    return int(next(found[1] for text in told if (found := re.search(r"\(pid: (\d+)\)", text))))


def holders(instance) -> set[str]:
    """Runs that hold the pool's slot: where runs and not steps do, a run has it from its launch to its end."""
    launched = instance.get_runs(filters=dg.RunsFilter(statuses=list(ACTIVE_RUN_STATUSES)))
    having = {run.run_id for run in launched if (of := run.run_op_concurrency) and POOL in (of.all_pools or ())}
    return having | instance.event_log_storage.get_concurrency_info(POOL).active_run_ids


def materialized(instance, keys: list[str]) -> Counter[str]:
    """How often each day is written down as read."""
    events = instance.fetch_materializations(dg.AssetRecordsFilter(TIPS), limit=1000).records
    return Counter(one.partition_key for one in events if one.partition_key in keys)


def test_whoever_is_killed_the_run_is_ended_and_the_backfill_goes_on_by_itself(served, chaos, figure):
    deployment, instance, sandbox = served
    deployment.start()
    for place, who in enumerate(chaos.pick(short=["everything"], full=["worker", "daemon", "everything"])):
        days = [f"{date(2025, 11, 1) + timedelta(days=10 * place + n)}" for n in range(10)]
        sandbox.requests.clear()
        sandbox.faults.set([Fault("slow", -1, path="/tips")])
        backfill = deployment.backfill(days)
        wait_until(lambda: any("/tips" in asked.path for asked in sandbox.requests), 120, "a request for tips")
        run = live_run(instance)
        assert holders(instance) == {run}
        sandbox.faults.set([])

        began = time.monotonic()
        if who == "worker":
            os.kill(process_number(instance, run), signal.SIGKILL)
        else:
            assert deployment.kill(*([DAEMON] if who == "daemon" else [])) >= 1
        if who != "worker":
            if deployment.is_serving():
                wait_until(lambda: not deployment.is_serving(), 60, "the end of a service without a daemon")
            deployment.kill()
            deployment.start()
        restarted = time.monotonic()
        slot = wait_until(lambda run=run: run not in holders(instance), SLOT_S, f"{who}: the slot of the run's pool")
        wait_until(lambda run=run: instance.get_run_by_id(run).is_finished, STARTED_S, f"{who}: the run's end")
        stuck = time.monotonic() - restarted
        assert instance.get_run_by_id(run).status is dg.DagsterRunStatus.FAILURE
        free = wait_until(
            lambda days=days: live_run(instance) or materialized(instance, days), 90, f"{who}: the next run"
        )
        wait_until(lambda backfill=backfill: deployment.backfill_state(backfill) in DONE, 120, f"{who}: the backfill")
        wait_until(lambda days=days: len(materialized(instance, days)) == len(days), 30, f"{who}: every day")

        counted = materialized(instance, days)
        figure(f"s until its pool's slot is free, {who} killed", round(slot, 1))
        figure(f"s until the run is ended, {who} killed", round(stuck, 1))
        figure(f"s until its pool's next run works, {who} killed", round(stuck + free, 1))
        figure(f"s from the restart to the whole backfill, {who} killed", round(time.monotonic() - restarted, 1))
        figure("s from the kill until all goes on", round(time.monotonic() - began, 1))
        figure(
            "days of a backfill lost or doubled", len(set(days) - set(counted)) + sum(counted.values()) - len(counted)
        )
        assert counted == dict.fromkeys(days, 1)
