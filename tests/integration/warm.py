"""A process that has imported what the command imports, and gives each command asked for a child of its own.

Usage: python -m tests.integration.warm HANDLE      (of a listening Unix socket; `tests.integration.projects` asks)

Importing takes a third of a small run. That a start imports what it needs, and no more, is held by the
tests that start the command themselves (`tests/integration/test_cli.py`, `tests/unit/cli`), and by CI from the wheel.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import pkgutil
import signal
import socket
import sys
import threading
import time
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

import pipelines
from pipelines.quality.run import without_spark

WAITING = {"jemalloc_bg_thd", "polars-ooc-clea"}
"""Threads that only wait: a child does well without them."""

BESIDE = ("dagster._core.definitions.materialize", "great_expectations.expectations", "scipy.optimize", "scipy.stats")
"""What our modules import only when they need it."""

NOT_BEFORE = ("pipelines.sources.files",)
"""Begins to compute while it is imported, in threads."""


def import_everything() -> None:
    """Import what a command may import, and see that nothing works yet that a child would miss."""
    with without_spark():
        for found in pkgutil.walk_packages(pipelines.__path__, "pipelines."):
            if not found.name.endswith("__main__") and not found.name.startswith(NOT_BEFORE):
                import_module(found.name)
        for name in BESIDE:
            import_module(name)
    tasks = Path("/proc/self/task")
    names = {(task / "comm").read_text().strip() for task in tasks.iterdir() if int(task.name) != os.getpid()}
    if names - WAITING:
        sys.exit(f"In what is to be forked these threads run: {', '.join(sorted(names - WAITING))}")


def _serve(listening: socket.socket) -> None:
    """Fork for every request until the one who began this has gone."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those that wait for a command
    beginner = os.getppid()
    listening.settimeout(1)
    while os.getppid() == beginner:
        try:
            asked, _ = listening.accept()
        except TimeoutError:
            continue
        with asked:
            if os.fork() == 0:
                listening.close()
                _wait_for_one(asked)


def _wait_for_one(asked: socket.socket) -> NoReturn:
    """Let a child do what is asked for, and say how it ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    text, handles, _, _ = socket.recv_fds(asked, 1 << 20, 2)
    while len(text) < 8 + int(text[:8]):
        text += asked.recv(1 << 20)
    child = os.fork()
    if child == 0:
        asked.close()
        _become(json.loads(text[8:]), handles)
    asked.sendall(f"{child}\n".encode())
    _, status = os.waitpid(child, 0)
    asked.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())
    os._exit(0)


def _become(asked: dict[str, Any], handles: list[int]) -> NoReturn:
    """Be the command, from its arguments to its exit code."""
    os.setsid()
    os.environ.clear()
    os.environ.update(asked["environment"])
    time.tzset()
    os.chdir(asked["folder"])
    for number, handle in enumerate(handles, start=1):
        os.dup2(handle, number)
        os.close(handle)
    sys.argv = ["syfte", *asked["arguments"]]
    command = import_module("pipelines.cli").main
    code = command()
    # Python's own end, but for taking down modules: that would copy all of the memory that was forked
    threading._shutdown()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    import_everything()
    gc.freeze()
    _serve(socket.socket(fileno=int(sys.argv[1])))
    os._exit(0)  # what is frozen would be told as leaked
