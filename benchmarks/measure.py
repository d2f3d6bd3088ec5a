"""A work, timed: the median of five after a warm-up, and what machine and versions it was."""

from __future__ import annotations

import os
import platform
import sys
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

PACKAGES = ("dagster", "duckdb", "httpx", "msgspec", "numpy", "polars", "pyarrow", "pydantic", "sqlglot", "zstandard")


@dataclass(frozen=True)
class Measurement:
    """How long a work took.

    Args:
        name: of the work.
        size: what was worked on, in words.
        rows: how many of them.
        wall_s: seconds by the clock, of each repetition in order.
        cpu_s: seconds of this process on all cores, of each repetition in order: the portable figure.
    """

    name: str
    size: str
    rows: int
    wall_s: list[float]
    cpu_s: list[float]

    @property
    def rows_per_cpu_s(self) -> float:
        """Rows per second of CPU, by the median."""
        return self.rows / median(self.cpu_s)


def measure(name: str, size: str, rows: int, work: Callable[[int], object], *, repetitions: int) -> Measurement:
    """Do a work once to warm up and then several times.

    Args:
        name: of the work.
        size: what it works on, in words.
        rows: how many of them.
        work: is given the number of the repetition, 0 for the warm-up, and must do the same each time.
        repetitions: how many count.
    """
    wall: list[float] = []
    cpu: list[float] = []
    for repetition in range(repetitions + 1):
        started, worked = time.perf_counter(), time.process_time()
        work(repetition)
        if repetition:
            wall.append(time.perf_counter() - started)
            cpu.append(time.process_time() - worked)
        print(".", end="", file=sys.stderr, flush=True)
    print(f" {name}", file=sys.stderr)
    return Measurement(name, size, rows, wall, cpu)


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


def as_markdown(measurements: list[Measurement], where: dict[str, object]) -> str:
    """The figures as a table, the machine under it."""
    lines = [
        "| work | on | CPU s, median | CPU s, all | wall s, median | rows per CPU s |",
        "|---|---|---:|---|---:|---:|",
    ]
    for m in measurements:
        every = " ".join(f"{s:.2f}" for s in m.cpu_s)
        figures = f"{median(m.cpu_s):.2f} | {every} | {median(m.wall_s):.2f} | {m.rows_per_cpu_s:,.0f}"
        lines.append(f"| {m.name} | {m.size} | {figures} |")
    lines += ["", *(f"- {name}: {_plain(value)}" for name, value in where.items())]
    return "\n".join(lines)


def _plain(value: object) -> str:
    return ", ".join(f"{k} {v}" for k, v in value.items()) if isinstance(value, dict) else str(value)
