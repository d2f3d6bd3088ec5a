"""Whether a run's process is there is told by its number and its start, whatever the clock does meanwhile."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest
import time_machine

from pipelines.components.run_processes import TAG, process_of

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only there can one process be told from another")


@pytest.fixture
def process():
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as found:
        yield found
        found.kill()


@pytest.fixture
def instance():
    with dg.DagsterInstance.ephemeral() as found:
        yield found


@dg.job
def nothing() -> None: ...


def started(instance: dg.DagsterInstance, process: subprocess.Popen) -> str:
    """A run that has told which process it has."""
    run = instance.create_run_for_job(nothing)
    instance.report_engine_event(f"Started process for run (pid: {process.pid}).", run)
    return run.run_id


def judged(instance: dg.DagsterInstance, run: str) -> str:
    return process_of(instance, instance.get_run_by_id(run))


@pytest.mark.promise("R14")
@pytest.mark.parametrize("step", [timedelta(hours=1), timedelta(hours=-1)])
def test_a_step_of_the_clock_makes_no_living_run_gone(instance, process, step):
    run = started(instance, process)
    assert judged(instance, run) == "alive"
    with time_machine.travel(datetime.now(UTC) + step):
        assert judged(instance, run) == "alive"
    process.kill()
    process.wait()
    assert judged(instance, run) == "gone"


@pytest.mark.promise("R14")
def test_another_process_with_the_same_number_is_not_the_runs(instance, process):
    run = started(instance, process)
    assert judged(instance, run) == "alive"
    number, start, boot = instance.get_run_by_id(run).tags[TAG].split()
    for other in (f"{number} {int(start) - 1} {boot}", f"{number} {start} another-boot"):
        instance.add_run_tags(run, {TAG: other})
        assert judged(instance, run) == "gone"


@pytest.mark.promise("R14")
def test_a_process_that_is_younger_than_what_the_run_told_is_another(instance, process):
    with time_machine.travel(datetime.now(UTC) - timedelta(hours=1)):
        run = started(instance, process)
    assert judged(instance, run) == "gone"
    assert TAG not in instance.get_run_by_id(run).tags
