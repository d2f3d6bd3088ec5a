"""What a person waits for every day, on the demo: help, the scorecard, nothing new, a night, and what Dagster adds."""

from __future__ import annotations

import sys
import time
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.measure import Measurement, call, measure, measure_processes, tell
from pipelines.project import Project
from pipelines.run import demo, open_published, run_project, tell_news
from pipelines.run.demonstration import PULLS, SEED, write_environment
from pipelines.warehouse.connection import open_writer
from pipelines.warehouse.publish import publish

if TYPE_CHECKING:
    from pipelines.events import Event

HELP = "syfte --help"
NOTHING_NEW = "run, nothing new"
NIGHT = "a whole night"
SCORECARD = "scorecard query"
BUILD = "build"
PUBLISH = "publish KPI rows"

OVERHEAD_S = 0.010
"""What the orchestration may take for each asset, beside twice the models' own time."""

_SCHEMAS = ("staging", "marts", "kpi", "published")
_PARTS = {"load": "load", "check": "quality", "publish": "publish", "report": "report", "report-public": "report"}
"""The event that begins a part of a night -> the part."""

_KPI_ROWS = """
    create table published.kpi_daily as
    select 'A' || i % 9 as kpi_id, 'goal ' || i % 4 as goal_id, 'unit ' || i // 100 % 21 as unit_id,
        'platform ' || i % 3 as platform, date '2025-01-01' + (i // 2100)::int as local_date,
        hash(i) % 100000 / 7.0 as value, hash(i) % 100000 / 8.0 as low, hash(i) % 100000 / 6.0 as high,
        (hash(i) % 5000)::bigint as n, if(hash(i) % 50 = 0, 'missing', 'measured') as state
    from range(?) as r (i)
"""


def time_house(folder: Path, *, repetitions: int) -> list[Measurement]:
    """Make the demo once, and measure on it whatever a person waits for."""
    from pipelines.sandbox import SandboxClock, World, project_config, running_sandbox  # noqa: PLC0415

    project = demo(folder / "demo").project
    syfte = [sys.executable, "-m", "pipelines.cli"]
    run = [*syfte, "--project", str(project.root), "run", "--no-pull"]
    build = call("benchmarks.house:build_everything", root=str(project.root))
    found = [
        measure_processes(HELP, "from its start to its end", 1, lambda _: [*syfte, "--help"], repetitions=repetitions),
        measure_processes(NOTHING_NEW, "the demo", 1, lambda _: run, repetitions=repetitions),
        _time_scorecard(project, repetitions),
        measure_processes(BUILD, "all models of the demo anew", 1, lambda _: build, repetitions=1, warm_up=False),
    ]
    world = World(seed=SEED)
    with running_sandbox(world, clock=SandboxClock(PULLS[-1])) as sandbox:
        config = project_config(world, sandbox.url)

        def night(repetition: int) -> list[str]:
            now = PULLS[-1] + timedelta(days=repetition)
            sandbox.set_clock(now)
            write_environment(project, config, now)
            return call("benchmarks.house:whole_night", root=str(project.root))

        found.append(measure_processes(NIGHT, "a day more of the demo", 1, night, repetitions=1, warm_up=False))
    return [_told(one) for one in found]


def _time_scorecard(project: Project, repetitions: int) -> Measurement:
    query = "select * from published.goal_scorecard order by all"
    with open_published(project) as con:
        rows = len(con.execute(query).fetchall())

        def ask(_repetition: int) -> None:
            con.execute(query).fetchall()

        return measure(SCORECARD, f"{rows} rows, on an open connection", rows, ask, repetitions=repetitions)


def time_publish(folder: Path, *, kpi_rows: int, repetitions: int) -> list[Measurement]:
    """Write a large published table to the readers' database and to Parquet; each time as if it were new."""
    with open_writer(folder / "warehouse.duckdb") as con:
        con.execute("create table config.run as select timestamptz '2026-01-05 06:00:00+00' as as_of")
        con.execute(_KPI_ROWS, [kpi_rows])
        for table in ("goal_scorecard", "goal_verdict"):
            con.execute(f"create table published.{table} as select 'tips' as goal_id")
        con.execute("checkpoint")

        def work(_repetition: int) -> None:
            if not publish(con, folder / "published").is_new:
                message = "nothing was published"
                raise RuntimeError(message)

        return [measure(PUBLISH, f"{kpi_rows:,} rows of 10 columns", kpi_rows, work, repetitions=repetitions)]


def build_everything(root: str) -> None:
    """Build all models anew in process, and say how much of the time was the models' own.

    Loading, testing and publishing stand beside: what is counted begins with the first model and ends with the tests,
    and what is published after them has its own part. No report is made.
    """
    clock = _Clock()
    report = run_project(Project(Path(root)), pull=False, full=True, push=False, report=False, on_event=clock.hear)
    clock.stop()
    sql = sum(one.seconds for one in report.built)
    bound = 2 * sql + OVERHEAD_S * len(report.built)
    spent = clock.spent()
    tell(
        **{
            "models": len(report.built),
            "models' own s": sql,
            "from the first model to the last s": spent["models"],
            "share of bound": spent["models"] / bound,
            "beside each model ms": 1000 * max(spent["models"] - sql, 0) / len(report.built),
        }
    )


def whole_night(root: str) -> None:
    """Pull, load, build, test, publish, make the report and send what is new, as the nightly timer does."""
    project = Project(Path(root))
    clock = _Clock("pull")
    run_project(project, push=False, on_event=clock.hear)
    clock.begin("notices")
    tell_news(project)
    clock.stop()
    tell(**{f"{part} CPU s": seconds for part, seconds in clock.spent(cpu=True).items()})


class _Clock:
    """How long each part of a run takes, told by its events."""

    def __init__(self, part: str = "start") -> None:
        self._marks: list[tuple[str, float, float]] = []
        self.begin(part)

    def begin(self, part: str) -> None:
        if not self._marks or self._marks[-1][0] != part:
            self._marks.append((part, time.perf_counter(), time.process_time()))

    def hear(self, event: Event) -> None:
        if event.kind == "start" and (part := self._part(event.name)):
            self.begin(part)
        elif event.kind in ("done", "skipped") and event.name == "publish":
            self.begin("report")

    def stop(self) -> None:
        self.begin("")

    def spent(self, *, cpu: bool = False) -> dict[str, float]:
        """Part -> seconds: of the clock, or of this process."""
        place = 2 if cpu else 1
        found: dict[str, float] = {}
        for before, after in pairwise(self._marks):
            found[before[0]] = found.get(before[0], 0.0) + float(after[place]) - float(before[place])
        return found

    @staticmethod
    def _part(name: str) -> str | None:
        return "models" if name.partition(".")[0] in _SCHEMAS and "." in name else _PARTS.get(name)


def _told(one: Measurement) -> Measurement:
    """With what it told beside the clock, in words."""
    if not one.told:
        return one
    words = (f"{name} {one.figure(name):,.3g}" for name in one.told)
    return Measurement(
        one.name,
        one.size,
        one.rows,
        one.wall_s,
        one.cpu_s,
        one.peak_mb,
        one.told,
        ("medians: " if len(one.cpu_s) > 1 else "once: ") + ", ".join(words),
    )
