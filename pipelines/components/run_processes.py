"""Whether the process of a Dagster run is still there; and the launcher that lets Dagster's run monitoring ask it.

The default launcher cannot tell, so a run whose host died is called STARTED, and holds its pool, until its time limit
is over. The number of the process stands in the run's own events; after a restart another process may bear it. So when
it is first asked for it counts only if it is as old as the event; then its start is kept as the run's tag, in ticks
since the boot, which no step of the clock moves.
"""

from __future__ import annotations

import os
import re
import sys
import time
from pathlib import Path
from typing import Literal

import dagster as dg
import msgspec
from dagster._core.launcher.base import CheckRunHealthResult, WorkerStatus
from dagster._core.storage.tags import GRPC_INFO_TAG

from pipelines.sources.endpoint import is_this_machine

_SLACK_S = 10.0
"""How much younger than its event a process may seem: two clocks, read a moment apart, and what a time server mends."""

_BOOT = Path("/proc/sys/kernel/random/boot_id")

_PID = re.compile(r"\(pid: (\d+)\)")
"""As Dagster tells it: `Started process for run (pid: 42).`"""

TAG = "syfte/process"
"""Which process a run has: its number, its start in ticks since the boot, and the boot."""

Process = Literal["alive", "gone", "unknown"]


class _Server(msgspec.Struct):
    host: str | None = None
    port: int | None = None


_SERVER = msgspec.json.Decoder(_Server)


class WatchedRunLauncher(dg.DefaultRunLauncher):
    """Dagster's own launcher, which also tells whether a run's process is there: `run_launcher` in dagster.yaml."""

    @property
    def supports_check_run_worker_health(self) -> bool:
        """Whether processes can be told from one another here."""
        return sys.platform == "linux"

    def check_run_worker_health(self, run: dg.DagsterRun) -> CheckRunHealthResult:
        """What run monitoring ends a STARTED run by; one that nobody can judge is left to its time limit."""
        if process_of(self._instance, run) == "gone":
            return CheckRunHealthResult(WorkerStatus.FAILED, "its process is gone")
        return CheckRunHealthResult(WorkerStatus.RUNNING)


def process_of(instance: dg.DagsterInstance, run: dg.DagsterRun) -> Process:
    """Whether a run's process is there. Unknown: it never told its number, or it is not on this machine."""
    if sys.platform != "linux" or not _is_here(run):
        return "unknown"
    for event in reversed(instance.all_logs(run.run_id, of_type=dg.DagsterEventType.ENGINE_EVENT)):
        told = _PID.search(event.message)
        if told:
            return _process(instance, run, int(told[1]), told_ago_s=time.time() - event.timestamp)
    return "unknown"


def _is_here(run: dg.DagsterRun) -> bool:
    """Whether the code server that started a run was one of this machine."""
    server = _SERVER.decode(run.tags.get(GRPC_INFO_TAG, "{}"))
    return server.port is None or server.host is None or is_this_machine(server.host)


def _process(instance: dg.DagsterInstance, run: dg.DagsterRun, pid: int, *, told_ago_s: float) -> Process:
    try:
        # after the name, which may hold anything: the state, and as 20th field the start in ticks since the boot
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    except OSError:
        return "gone"
    if fields[0] in (b"Z", b"X"):
        return "gone"
    start = int(fields[19])
    found = f"{pid} {start} {_BOOT.read_text(encoding='ascii').strip()}"
    known = run.tags.get(TAG)
    if known is not None:
        return "alive" if known == found else "gone"
    age_s = time.clock_gettime(time.CLOCK_BOOTTIME) - start / os.sysconf("SC_CLK_TCK")
    if age_s < told_ago_s - _SLACK_S:
        return "gone"
    instance.add_run_tags(run.run_id, {TAG: found})
    return "alive"
