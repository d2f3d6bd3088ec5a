"""`syfte serve`: on this machine only, once a project, and whatever a dead host left behind is ended."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING
from urllib.request import urlopen

import dagster as dg
import pytest
from dagster._core.events import EngineEventData

from tests.integration.projects import ROOT, SYFTE, environment, plain_project, syfte, three_parts

if TYPE_CHECKING:
    from pathlib import Path

STATUS = dg.DagsterRunStatus


@dg.op
def nothing() -> None: ...


@dg.job
def job() -> None:
    nothing()


def started(instance: dg.DagsterInstance, pid: int) -> str:
    """A run that was called STARTED by the process of this number."""
    run = instance.create_run_for_job(job, status=STATUS.STARTED)
    instance.report_engine_event(f"Started process for run (pid: {pid}).", run, EngineEventData.in_process(pid))
    return run.run_id


def dead_process() -> int:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    return gone.pid


def wait_until(holds, seconds: float) -> float:
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < seconds
        time.sleep(0.2)
    return time.monotonic() - began


def answers(port: int) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/server_info", timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False


def free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return asked.getsockname()[1]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return plain_project(tmp_path_factory.mktemp("served"))


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.7", "::", "intranet.example"])  # noqa: S104  # refused
def test_a_host_that_others_can_reach_is_refused_because_nobody_is_asked_who_he_is(folder: Path, host: str):
    refused = syfte(folder, "serve", "--host", host)
    assert refused.returncode == 2
    what, where, do = three_parts(refused.stderr)
    assert "no login" in what
    assert host in where
    assert "--without-login" in do
    assert not (folder / "dagster.yaml").exists()


def test_a_port_that_somebody_else_uses_is_told_before_anything_starts(folder: Path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        refused = syfte(folder, "serve", "--port", taken.getsockname()[1])
    assert refused.returncode == 2
    assert "port cannot be used" in three_parts(refused.stderr)[0]
    assert (folder / "dagster.yaml").read_bytes() == (ROOT / "dagster.yaml").read_bytes()  # made, as there was none


@pytest.mark.slow
@pytest.mark.promise("R14")
@pytest.mark.skipif(sys.platform != "linux", reason="only there can one process be told from another")
def test_runs_of_a_dead_host_are_ended_at_the_start_and_those_that_die_later_soon_after(
    folder: Path, monkeypatch, figure
):
    monkeypatch.chdir(folder)
    port = free_port()
    shutil.copy(ROOT / "dagster.yaml", folder)
    with dg.DagsterInstance.from_config(str(folder)) as instance:
        orphan = started(instance, dead_process())
        serving = subprocess.Popen(
            [*SYFTE, "--project", str(folder), "serve", "--port", str(port)],
            env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip
        try:
            wait_until(lambda: answers(port), 90)
            assert instance.get_run_by_id(orphan).status is STATUS.FAILURE
            second = syfte(folder, "serve", "--port", str(port))
            assert second.returncode == 11, second.stderr
            alive, gone = started(instance, serving.pid), started(instance, dead_process())
            seconds = wait_until(lambda: instance.get_run_by_id(gone).is_finished, 60)
            assert instance.get_run_by_id(gone).status is STATUS.FAILURE
            assert instance.get_run_by_id(alive).status is STATUS.STARTED
        finally:
            os.killpg(serving.pid, signal.SIGKILL)
            told = serving.communicate()[1]
    assert f"1 orphaned runs ended: {orphan}" in told
    figure("seconds until a run without a process is ended", round(seconds, 1))
