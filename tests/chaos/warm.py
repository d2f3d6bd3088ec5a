"""A process that has imported everything and forks a child for each piece of work: a life then costs no start-up.

Usage: python -m tests.chaos.warm HANDLE      (of a Unix socket; `tests.chaos.lives` holds the other end)

A child leads a process group of its own, tells each phase as it begins, and ends with the product's exit codes.
"""

from __future__ import annotations

import gc
import json
import os
import socket
import sys
import traceback
from collections.abc import Collection
from pathlib import Path

from pipelines import pull as pulling
from pipelines.components.model_assets import build_model, check_expectations, publish
from pipelines.components.warehouse_run import WarehouseRun
from pipelines.defs.warehouse import load_landed
from pipelines.errors import SyfteError
from pipelines.events import Event, OnEvent
from pipelines.project import Project
from pipelines.quality import refuse
from pipelines.run.building import run_project
from pipelines.run.preparing import present
from pipelines.run.pulling import pull_all
from pipelines.warehouse.build import load_models
from tests.chaos.worlds import MODELS
from tests.integration.warm import import_everything


def run(project: Project, on_event: OnEvent) -> None:
    """All of it, as `syfte run --no-report` does it."""
    error = run_project(project, on_event=on_event, report=False).pull_error
    if error is not None:
        raise error


def pull(project: Project, on_event: OnEvent) -> None:
    """Sources to landing."""
    pull_all(project, on_event=on_event).raise_for_errors()


def load(project: Project, on_event: OnEvent) -> None:
    """Landing to raw; makes the database where there is none."""
    with WarehouseRun(project, now=lambda: present(project), on_event=on_event, wait_s=10) as warehouse:
        load_landed(warehouse)


def build(project: Project, on_event: OnEvent) -> None:
    """Some models, each in its way."""
    _build(project, on_event, MODELS)


def build_everything(project: Project, on_event: OnEvent) -> None:
    """All models."""
    _build(project, on_event, load_models())


def _build(project: Project, on_event: OnEvent, chosen: Collection[str]) -> None:
    models = [model for name, model in load_models().items() if name in chosen]
    with WarehouseRun(project, now=lambda: present(project), on_event=on_event, wait_s=10) as warehouse:
        for model in models:
            build_model(warehouse, model)


def gate_and_publish(project: Project, on_event: OnEvent) -> None:
    """Checks, the readers' files, and the log of publications."""
    with WarehouseRun(project, now=lambda: present(project), on_event=on_event, wait_s=10) as warehouse:
        refuse(check_expectations(warehouse))
        publish(warehouse)


def swap_in(project: Project, on_event: OnEvent) -> None:
    """The readers' files, and the log of publications."""
    with WarehouseRun(project, now=lambda: present(project), on_event=on_event, wait_s=10) as warehouse:
        publish(warehouse)


WORK = {
    "run": run,
    "pull": pull,
    "load": load,
    "build": build,
    "build everything": build_everything,
    "publish": gate_and_publish,
    "swap in": swap_in,
}


def phase_of(event: Event) -> str | None:
    """Which phase an event is the beginning of."""
    if event.kind != "start":
        return None
    if event.name.startswith("pull "):
        return "pull"
    return event.name if event.name in ("load", "check", "publish") else "build"


def live(channel: socket.socket, asked: dict[str, object]) -> int:
    """One child's life; gives its exit code."""
    told = ""

    def on_event(event: Event) -> None:
        nonlocal told
        if event.kind == "done" and event.name.startswith("pull "):
            say(channel, over="pull")
        phase = phase_of(event)
        if phase is not None and phase != told:
            told = phase
            say(channel, phase=phase)

    pulling.FLUSH_EVERY_S = 0.0  # every page is made durable at once: a small world has as many writes as a large one
    try:
        WORK[str(asked["work"])](Project(Path(str(asked["project"]))), on_event)
    except SyfteError as error:
        say(channel, error=[type(error).__name__, error.what, error.where, error.do])
        return error.exit_code
    except Exception:  # noqa: BLE001  # told to the test, which fails by it
        say(channel, error=["unforeseen", traceback.format_exc()[-3000:], None, None])
        return 1
    return 0


def say(channel: socket.socket, **what: object) -> None:
    """One message to the test; by `sendto`, so that it is no call that writes."""
    channel.send(json.dumps(what).encode())


def main(channel: socket.socket) -> None:
    """Fork a child for each request until there is nobody to ask."""
    import_everything()
    gc.freeze()
    say(channel, ready=True)
    while request := channel.recv(65536):
        asked = json.loads(request)
        child = os.fork()
        if child == 0:
            os.setsid()
            if asked["one_cpu"]:
                os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # so DuckDB works in one thread, in one order
            say(channel, begun=os.getpid())
            if asked["waits"]:
                channel.recv(1)
            os._exit(live(channel, asked))
        _, status = os.waitpid(child, 0)
        say(channel, ended=os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])))
