"""Every work of `make bench`, in its order. A new one is a line here, and its targets are lines of `targets.py`.

A work is a function `time_...(folder, *, SIZE..., repetitions) -> list[Measurement]`. It runs in a process of its own,
in an empty folder that goes afterwards, draws from a fixed seed, and measures by `measure` or `measure_processes`.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from importlib import import_module
from pathlib import Path


@dataclass(frozen=True)
class Work:
    """A work, and how much of it is full size.

    Args:
        function: `package.module:name`; imported only in the work's own process.
        sizes: arguments that scale, with their full size.
        repetitions: that count, unless the command line says otherwise; fewer than five where nothing is held to them.
        is_apart: done only when it is named, for it takes minutes and is held to no target.
    """

    function: str
    sizes: dict[str, int] = field(default_factory=dict)
    repetitions: int = 5
    is_apart: bool = False

    def scaled(self, scale: float, wanted: dict[str, int]) -> dict[str, int]:
        """The sizes for a share of the work, at least 10; those that are named stay as they are."""
        return {name: wanted.get(name, max(int(size * scale), min(size, 10))) for name, size in self.sizes.items()}


WORKS: dict[str, Work] = {
    "pull": Work("benchmarks.pulling:time_pull", {"pages": 1000}),
    "waiting": Work("benchmarks.pulling:time_waiting", {"pages": 1000, "limited_pages": 560}),
    "normalise": Work("benchmarks.pulling:time_normalise", {"posts": 1_000_000}),
    "load": Work("benchmarks.works:time_load", {"pages": 1000}, repetitions=3),
    "import": Work("benchmarks.works:time_import", {"snapshots": 200_000}, repetitions=3),
    "house": Work("benchmarks.house:time_house"),
    "publish": Work("benchmarks.house:time_publish", {"kpi_rows": 1_000_000}),
    "growth": Work("benchmarks.growth:time_growth", {"largest": 100}, repetitions=1, is_apart=True),
    "increment": Work(
        "benchmarks.increments:time_increment", {"readings": 2_000_000, "stored": 10_000_000, "many": 100_000_000}
    ),
}


def chosen(only: list[str] | None) -> list[str]:
    """The works that are named, or all but those that are apart."""
    return only or [name for name, work in WORKS.items() if not work.is_apart]


def run_work(name: str, folder: str, sizes: dict[str, int], repetitions: int, result: str) -> None:
    """Do a work in this process and write its measurements, JSON, to a file."""
    module, _, function = WORKS[name].function.partition(":")
    measurements = getattr(import_module(module), function)(Path(folder), **sizes, repetitions=repetitions)
    Path(result).write_text(json.dumps([asdict(m) for m in measurements]), encoding="utf-8")
