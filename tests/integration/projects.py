"""Project directories for tests: the example's goals, a small simulated world, the command in another process."""

from __future__ import annotations

import atexit
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.project import Project
from pipelines.run.demonstration import write_environment, write_goals

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parents[2]
SYFTE = [sys.executable, "-m", "pipelines.cli"]
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
"""A process with threads that work must not fork."""

LONGEST_S = 600


def environment(**extra: str) -> dict[str, str]:
    """This process's environment without settings of Syfte's."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("SYFTE_")}
    return {**ours, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", **extra}


def syfte(project: Path, *arguments: object, **extra: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a project to its end: a process of its own, forked from one that has imported everything.

    What Python reads at its start makes a start of its own.
    """
    words = ["--project", str(project), *map(str, arguments)]
    told = environment(**extra)
    if sys.platform == "linux" and not any(name.startswith(("PYTHON", "LD_")) for name in extra):
        return _run_warm(words, told)
    return subprocess.run(
        [*SYFTE, *words], capture_output=True, text=True, encoding="utf-8", env=told, timeout=LONGEST_S, check=False
    )


def _run_warm(arguments: list[str], told: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run the command to its end, as `subprocess.run` would with its output captured.

    Raises:
        TimeoutExpired: it took longer than ten minutes, and was killed.
    """
    asked = json.dumps({"arguments": arguments, "environment": dict(told), "folder": str(Path.cwd())})
    with (
        tempfile.TemporaryFile() as out,
        tempfile.TemporaryFile() as err,
        socket.socket(socket.AF_UNIX) as channel,
    ):
        channel.connect(_warm_process())
        socket.send_fds(channel, [f"{len(asked.encode()):08}{asked}".encode()], [out.fileno(), err.fileno()])
        channel.settimeout(LONGEST_S)
        with channel.makefile("r") as answers:
            child = int(answers.readline())
            try:
                code = int(answers.readline())
            except TimeoutError:
                os.killpg(child, signal.SIGKILL)
                raise subprocess.TimeoutExpired(arguments, LONGEST_S) from None
        said = []
        for file in (out, err):
            file.seek(0)
            said.append(file.read().decode())
    return subprocess.CompletedProcess(arguments, code, *said)


@cache
def _warm_process() -> str:
    """Start the process; gives the name of its socket, which is no file's. It ends when this one has."""
    path = f"\0syfte-warm-{os.getpid()}"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        listening.listen()
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.integration.warm", str(listening.fileno())],
            cwd=ROOT, env=environment(**ONE_THREAD), stdin=subprocess.DEVNULL,
            pass_fds=[listening.fileno()],
        )  # fmt: skip
    atexit.register(_end, process)
    return path


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()


def plain_project(folder: Path) -> Path:
    """A project with the example's goals and nothing else: what `syfte init` makes."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(ROOT / "goals.yaml", folder / "goals.yaml")
    return folder


def sandbox_project(folder: Path, config: Mapping[str, Any], now: datetime) -> Path:
    """A project whose accounts are a sandbox's."""
    folder.mkdir(parents=True, exist_ok=True)
    project = Project(folder)
    write_goals(project, config)
    write_environment(project, config, now)
    return folder


def three_parts(text: str) -> list[str]:
    """The error at the end of what was printed: what, where, do; and no traceback before it."""
    assert "Traceback" not in text, text
    lines = text.strip().splitlines()
    places = [number for number, line in enumerate(lines) if line.startswith("  where: ")]
    assert places, text
    what, where, *do = lines[places[-1] - 1 :]
    assert do, text
    assert do[0].startswith("  do:    "), text
    return [what, where, "\n".join(do)]
