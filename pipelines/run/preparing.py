"""What a build needs beside the landed pages: the clock, goals.yaml and the seeds as tables."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import duckdb

from pipelines import __version__
from pipelines.events import Event, silent
from pipelines.experiments import experiment_cells
from pipelines.goals import load_goals
from pipelines.landing import Landing, Publications
from pipelines.quality.results import read_back
from pipelines.run.mending import mend_history
from pipelines.run.revising import write_past
from pipelines.settings import load_settings
from pipelines.sources.files.canonical import STREAMS as FILE_STREAMS
from pipelines.sources.registry import api_streams
from pipelines.warehouse import raw
from pipelines.warehouse.build import build_all, load_models, sql_root
from pipelines.warehouse.config import write_config, write_seeds
from pipelines.warehouse.lineage import write_lineage
from pipelines.warehouse.load import LoadReport, load

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from pipelines.events import OnEvent
    from pipelines.goals import Goals
    from pipelines.project import Project
    from pipelines.sources.stream import Stream


TOLERATED = timedelta(minutes=1)
"""Clocks of servers differ by seconds; nobody needs to hear of that."""


def all_streams() -> tuple[Stream, ...]:
    """Every declared stream: the platforms', the intake's and the canonical tables of imported files."""
    return (*api_streams(), *FILE_STREAMS.values())


def present(project: Project) -> datetime:
    """The clock of this project: `SYFTE_NOW` where it is set (demo, replay), else now; UTC."""
    return load_settings(project.root).clock_now


@dataclass(frozen=True)
class Past:
    """What was known at an instant in the past.

    Args:
        goals: the edition of goals.yaml that held.
        known_until: only rows ingested by then, UTC; None where `loaded` says it.
        loaded: manifest -> bytes of it that had been loaded; None where `known_until` says it.
    """

    goals: Path
    known_until: datetime | None = None
    loaded: Mapping[str, int] | None = None


def prepare(
    con: duckdb.DuckDBPyConnection,
    project: Project,
    *,
    as_of: datetime,
    on_event: OnEvent,
    past: Past | None = None,
) -> LoadReport:
    """Load what has landed, and write goals.yaml and the seeds as tables.

    Args:
        con: the writer's connection.
        project: whose landing and goals.
        as_of: the instant the KPIs are computed for, UTC; the time of the newest answer, where that is later and
            no `SYFTE_NOW` is set.
        on_event: told as pages are loaded.
        past: for a replay, what was known; None for everything.

    Raises:
        ConfigurationError: goals.yaml does not hold.
        StorageError: a landed file is damaged.
    """
    path = past.goals if past else project.goals_path
    goals = load_goals(path)
    landing = Landing(project.landing_dir)
    report = load(
        con,
        landing,
        all_streams(),
        known_until=past.known_until if past else None,
        only=past.loaded if past else None,
        on_event=on_event,
    )
    if past is None and load_settings(project.root).now is None:
        as_of = by_the_platforms(con, as_of, on_event)
    drawn = experiment_cells(project.root / "experiments", by=as_of)
    write_configuration(con, goals, as_of=as_of, experiments=drawn)
    content = path.read_bytes()
    if past is None:
        Publications(project.landing_dir).keep_goals(content)
    write_build(con, as_of=as_of, goals_sha256=hashlib.sha256(content).hexdigest())
    _remember(con, project, as_of)
    write_erasures(con, landing)
    return report


def bring_up(con: duckdb.DuckDBPyConnection, project: Project, tables: Collection[str]) -> None:
    """Load what has landed, and build some tables and what they rest on; those that are up to date cost nothing.

    Raises:
        CheckError: a model broke its promise.
        StorageError: a landed file is damaged.
    """
    prepare(con, project, as_of=present(project), on_event=silent)
    models = load_models()
    wanted = set(tables)
    for name in reversed(models):
        if name in wanted:
            wanted.update(models[name].depends)
    build_all(con, {name: model for name, model in models.items() if name in wanted})


def _remember(con: duckdb.DuckDBPyConnection, project: Project, as_of: datetime) -> None:
    """What the history holds of scorecards, revisions and checks; a file of it that is damaged stops no run."""
    try:
        write_past(con, project, as_of=as_of)
        read_back(con, project.published_dir, until=as_of)
    except duckdb.Error:
        if not mend_history(project):
            raise
        write_past(con, project, as_of=as_of)
        read_back(con, project.published_dir, until=as_of)


def by_the_platforms(con: duckdb.DuckDBPyConnection, now: datetime, on_event: OnEvent) -> datetime:
    """The present by whichever clock is later: this machine's, or that of the newest answer. UTC.

    Answers bear their servers' time: on a machine whose clock is slow they would come from the future, and a clock that
    was set back must not make the last ones unread.
    """
    [(newest,)] = con.execute("select max(fetched_at) from raw.pages where file is null").fetchall()
    if newest is None or newest <= now:
        return now
    if newest - now > TOLERATED:
        behind = str(newest - now).partition(".")[0]
        told = (
            f"This machine's clock is {behind} behind the platforms': figures are as of {newest:%Y-%m-%d %H:%M} UTC, "
            "the last answer. Let the system set its clock (NTP)."
        )
        on_event(Event("warning", "clock", detail=told))
    return newest.astimezone(UTC)


def write_configuration(
    con: duckdb.DuckDBPyConnection, goals: Goals, *, as_of: datetime, experiments: Sequence[tuple[Any, ...]] = ()
) -> None:
    """Write `config.*` and `seeds.*`. The calendar runs over whole years, so that it changes but once a year."""
    write_config(con, goals, as_of=as_of, experiments=experiments)
    baseline = goals.period.baseline or goals.period.study
    first = min(_first_fact(con), goals.period.study[0], baseline[0])
    write_seeds(con, sql_root(), goals, first.replace(month=1, day=1), date(as_of.year + 1, 12, 31))


def write_build(con: duckdb.DuckDBPyConnection, *, as_of: datetime, goals_sha256: str) -> None:
    """Write down what this build is made with (`ops.build`), and what each KPI rests on (`ops.lineage`)."""
    models = load_models()
    versions = "\n".join(f"{name} {model.version}" for name, model in sorted(models.items()))
    write_lineage(con, models)
    con.execute(
        "create or replace table ops.build "
        "(as_of timestamptz, goals_sha256 varchar, code_version varchar, models_sha256 varchar)"
    )
    con.execute(
        "insert into ops.build values (?, ?, ?, ?)",
        [as_of, goals_sha256, __version__, hashlib.sha256(versions.encode()).hexdigest()],
    )


def write_erasures(con: duckdb.DuckDBPyConnection, landing: Landing) -> None:
    """Write the log of erasures as a table (`ops.erasure`), for `published.erasure` and the grounds of a revision."""
    con.execute(
        "create or replace table ops.erasure (erasure_id varchar, erased_at timestamptz, done_at timestamptz, "
        "kind varchar, scope varchar, reason varchar, decision varchar, target_hash varchar, targets bigint, "
        "files_rewritten bigint, rows_erased bigint, rows_blanked bigint, tables varchar[])"
    )
    for one in landing.erasures.all():
        target = one.targets[0] if len(one.targets) == 1 and one.kind != "retention" else None
        said = [one.erasure_id, one.at, one.done_at, one.kind, one.scope, one.reason, one.decision, target]
        counts = [len(one.targets), len(one.swaps), one.rows, one.changed]
        tables = [f"raw.{stream.replace('.', '__')}" for stream in one.streams]
        marks = ", ".join("?" * 13)
        con.execute(f"insert into ops.erasure values ({marks})", [*said, *counts, tables])  # noqa: S608  # marks


def _first_fact(con: duckdb.DuckDBPyConnection) -> date:
    """The earliest instant in any raw table, as a UTC date; a pulled post may be a year older than its reading."""
    earliest: list[date] = []
    for stream in all_streams():
        instants = [name for name, kind in raw.columns(stream).items() if kind.startswith("TIMESTAMP")]
        listed = ", ".join(f"min({name})" for name in instants)
        [row] = con.execute(f"select {listed} from {stream.table}").fetchall()  # noqa: S608  # names of our own
        for value in row:
            if value is not None:
                found = value.astimezone(UTC).date()
                earliest.append(found if stream.source == "files" else found.replace(year=found.year - 1, day=1))
    return min(earliest, default=date(9999, 1, 1))
