"""Five million readings: what one engine makes of them and of the night after, and what it takes for it."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from benchmarks.increments import store, with_what_they_read
from benchmarks.measure import Spent, call, launch, on_the_clock, tell
from pipelines.project import Project
from pipelines.spark.models import Engine
from pipelines.warehouse.build import build
from pipelines.warehouse.connection import open_writer

FIRST, AFTER = "first.duckdb", "after.duckdb"
"""The warehouse as the first build leaves it, and as the night after does."""


@dataclass(frozen=True)
class Took:
    """What an engine took for one build.

    Args:
        by_us: the process that builds, Spark's client included.
        server_cpu_s: of all of Spark's processes.
        server_mb: the sum of their peaks up to then, MiB.
    """

    by_us: Spent
    server_cpu_s: float
    server_mb: float

    def __str__(self) -> str:
        told = self.by_us.told
        return (
            f"{told['wall_s']:6.1f} s, CPU {told['cpu_s']:6.1f} s here and {self.server_cpu_s:6.1f} s there, "
            f"memory {self.by_us.peak_mb:5.0f} MiB here and {self.server_mb:5.0f} MiB there, "
            f"{told['MB handed over']:6.1f} MB handed over, {told['MB taken back']:6.1f} MB taken back"
        )


def built(begun: Path, folder: Path, *, readings: int, remote: str | None) -> tuple[Took, Took]:
    """Build all of it and then the night after, with DuckDB or on Spark, and keep both warehouses in the folder.

    Args:
        begun: where `benchmarks.increments:begin` has stored the readings.
        folder: not there yet.
        readings: how many.
        remote: Spark's address; None for DuckDB.
    """
    shutil.copytree(begun, folder)
    took: list[Took] = []
    for night, kept in ((None, FIRST), (0, AFTER)):
        where = {"folder": str(folder), "readings": readings, "night": night, "remote": remote}
        before = _servers()
        spent = launch(call("tests.spark.many:build_models", **where))
        after = _servers()
        took.append(Took(spent, after[0] - before[0], after[1]))
        shutil.copy(_project(str(folder)).warehouse_path, folder / kept)
    return took[0], took[1]


class _Weighed(Engine):
    """Knows how many bytes went there and came back; else as it is."""

    sent = taken = 0

    def _see(self, table: str, path: Path) -> None:
        if self._views.get(table) != path:
            self.sent += path.stat().st_size
        super()._see(table, path)

    def answered(self, con, name, sql):
        select, folder = super().answered(con, name, sql)
        self.taken += sum(file.stat().st_size for file in folder.glob("*.parquet"))
        return select, folder


def build_models(*, folder: str, readings: int, night: int | None, remote: str | None) -> None:
    """Build what there is to build, in a process of its own; taking the night's readings in is off the clock."""
    project = _project(folder)
    engine = _Weighed(remote, Path(folder, "handed")) if remote else None
    with open_writer(project.warehouse_path) as con:
        if night is not None:
            store(con, readings, nights=(night, night + 1), run=f"s{night:03d}")
        with on_the_clock():
            for model in with_what_they_read().values():
                build(con, engine.carried(model) if engine else model)
            if engine:
                engine.close()
        con.execute("checkpoint")
    sent, taken = (engine.sent, engine.taken) if engine else (0, 0)
    tell(**{"MB handed over": sent / 1e6, "MB taken back": taken / 1e6})


def _project(folder: str) -> Project:
    return Project(Path(folder, "project"))


def _servers() -> tuple[float, float]:
    """CPU seconds, and the sum of the peaks of memory in MiB, of all that this process has started and that lives."""
    found: dict[int, tuple[int, int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            said = path.read_text().rpartition(")")[2].split()
        except OSError:  # it has ended meanwhile
            continue
        found[int(path.parent.name)] = int(said[1]), sum(map(int, said[11:15]))
    ours = {os.getpid()}
    while more := {pid for pid, (parent, _) in found.items() if parent in ours} - ours:
        ours |= more
    ours.remove(os.getpid())
    ticks = sum(found[pid][1] for pid in ours)
    return ticks / os.sysconf("SC_CLK_TCK"), sum(map(_peak_mb, ours))


def _peak_mb(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))
