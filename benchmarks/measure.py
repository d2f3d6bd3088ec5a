"""A work, timed: the median of five after a warm-up, and what machine and versions it was.

Two ways: `measure` repeats a function in this process, where an open connection or a history is to be kept between the
repetitions; `measure_processes` starts a process for each, and counts all of it, its start as well.
"""

from __future__ import annotations

import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping, Sequence

PACKAGES = ("aiohttp", "dagster", "duckdb", "httpx", "msgspec", "numpy", "polars", "pyarrow", "pydantic", "zstandard")

_LAUNCHER = Path(__file__).with_name("launcher.py")
_TOLD = "BENCH_TOLD"
_ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Measurement:
    """What a work took.

    Args:
        name: of the work; targets speak of it by this name.
        size: what was worked on, in words.
        rows: how many of them.
        wall_s: seconds by the clock, of each repetition in order.
        cpu_s: seconds of the process and its children on all cores, of each repetition in order: the portable figure.
        peak_mb: most memory held at once, MiB, of each repetition in order.
        told: further figures that the work itself measured, of each repetition in order.
        note: what a reader should know, such as why there are fewer repetitions.
    """

    name: str
    size: str
    rows: int
    wall_s: list[float]
    cpu_s: list[float]
    peak_mb: list[float] = field(default_factory=list)
    told: dict[str, list[float]] = field(default_factory=dict)
    note: str = ""

    @property
    def rows_per_cpu_s(self) -> float:
        """Rows per second of CPU, by the median."""
        return self.rows / (median(self.cpu_s) or 1e-6)

    def figure(self, name: str) -> float | None:
        """A figure by its name: the median; the largest of the peaks; None if it was not measured."""
        if name == "peak_mb":
            return max(self.peak_mb, default=None)
        found = {"wall_s": self.wall_s, "cpu_s": self.cpu_s}.get(name, self.told.get(name))
        return median(found) if found else None


@dataclass(frozen=True)
class Spent:
    """What one process took, its children included.

    Args:
        told: what it said by `tell`; `wall_s` and `cpu_s` in it stand for the whole, see `on_the_clock`.
    """

    wall_s: float
    cpu_s: float
    peak_mb: float
    told: dict[str, float]


def measure(name: str, size: str, rows: int, work: Callable[[int], object], *, repetitions: int) -> Measurement:
    """Do a work once to warm up and then several times, in this process.

    Args:
        name: of the work.
        size: what it works on, in words.
        rows: how many of them.
        work: is given the number of the repetition, 0 for the warm-up, and must do the same each time.
        repetitions: how many count.
    """
    found = Measurement(name, size, rows, [], [])
    for repetition in range(repetitions + 1):
        started, worked = time.perf_counter(), _cpu_s()
        work(repetition)
        if repetition:
            found.wall_s.append(time.perf_counter() - started)
            found.cpu_s.append(_cpu_s() - worked)
            found.peak_mb.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
        print(".", end="", file=sys.stderr, flush=True)
    print(f" {name}", file=sys.stderr)
    return found


def measure_processes(
    name: str,
    size: str,
    rows: int,
    command: Callable[[int], Sequence[str]],
    *,
    repetitions: int,
    warm_up: bool = True,
    env: Mapping[str, str] | None = None,
    note: str = "",
) -> Measurement:
    """Start a process once to warm up and then several times; each counts from its start to its end.

    Args:
        name: of the work.
        size: what it works on, in words.
        rows: how many of them.
        command: program and arguments for a repetition, 0 for the warm-up; see `call`.
        repetitions: how many count.
        warm_up: False for a peer that takes minutes.
        env: further variables of the environment.
        note: what a reader should know.
    """
    found = Measurement(name, size, rows, [], [], note=note)
    for repetition in range(0 if warm_up else 1, repetitions + 1):
        spent = launch(command(repetition), env=env)
        if repetition:
            found.wall_s.append(spent.told.pop("wall_s", spent.wall_s))
            found.cpu_s.append(spent.told.pop("cpu_s", spent.cpu_s))
            found.peak_mb.append(spent.peak_mb)
            for told, value in spent.told.items():
                found.told.setdefault(told, []).append(value)
        print(".", end="", file=sys.stderr, flush=True)
    print(f" {name}", file=sys.stderr)
    return found


def call(function: str, /, **arguments: object) -> list[str]:
    """The command of a function of ours in a process of its own.

    Args:
        function: `package.module:name`.
        arguments: as JSON can hold them.
    """
    return [sys.executable, "-m", "benchmarks.part", function, json.dumps(arguments)]


def launch(command: Sequence[str], *, env: Mapping[str, str] | None = None) -> Spent:
    """Run a process to its end.

    Raises:
        RuntimeError: it failed; its last lines are in the text.
    """
    with tempfile.TemporaryDirectory(prefix="syfte-bench-") as folder:
        result, told = Path(folder, "result"), Path(folder, "told")
        paths = os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH")]))
        done = subprocess.run(
            [sys.executable, "-I", "-S", str(_LAUNCHER), str(result), *command],
            env={**os.environ, "PYTHONPATH": paths, **(env or {}), _TOLD: str(told)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode:
            last = "\n".join(done.stdout.splitlines()[-30:])
            raise RuntimeError(f"{' '.join(command)[:300]} failed:\n{last}")
        used = json.loads(result.read_text(encoding="utf-8"))
        said = [json.loads(line) for line in told.read_text(encoding="utf-8").splitlines()] if told.exists() else []
    return Spent(**used, told={name: value for line in said for name, value in line.items()})


def tell(**figures: float) -> None:
    """Say a figure to who measures this process; nothing if nobody does."""
    if path := os.environ.get(_TOLD):
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(json.dumps(figures) + "\n")


@contextmanager
def on_the_clock() -> Generator[None]:
    """Count only what is within, and not the start of the process and what it prepared; the peak is of all of it."""
    started, worked = time.perf_counter(), _cpu_s()
    yield
    tell(wall_s=time.perf_counter() - started, cpu_s=_cpu_s() - worked)


def _cpu_s() -> float:
    return sum(os.times()[:4])


def machine() -> dict[str, object]:
    """What it ran on."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "load_before": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        "system": platform.platform(),
        "python": platform.python_version(),
        "packages": {name: version(name) for name in ("syfte", *PACKAGES)},
    }


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
