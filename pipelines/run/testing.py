"""`syfte quality`: how every expectation of the data stands, what was found over time, or what is found now."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import duckdb

from pipelines.errors import StorageError, UsageError
from pipelines.events import OnEvent, silent
from pipelines.goals import load_goals
from pipelines.quality.own import own_suites
from pipelines.quality.results import CheckResult, make_table, read_files, standings
from pipelines.quality.suites import SUITES
from pipelines.run.healing import with_warehouse
from pipelines.run.preparing import present
from pipelines.warehouse.connection import cannot_open, open_hardened

if TYPE_CHECKING:
    from collections.abc import Generator

    from pipelines.project import Project
    from pipelines.quality import Standing, Suite


@dataclass(frozen=True)
class Tested:
    """One result of the history.

    Args:
        at: the instant the tested figures stand for, UTC.
        result: what was found.
    """

    at: datetime
    result: CheckResult


def quality(project: Project, *, test_now: bool = False, on_event: OnEvent = silent) -> list[Standing]:
    """How every expectation stands: first what forbids publishing, then what is told, the newest trouble first.

    Args:
        project: whose.
        test_now: test what stands in the warehouse now, all of it, without building; the results are kept.
        on_event: told while it is tested.

    Raises:
        ConfigurationError: a file of expectations/ does not hold.
        StorageError: nothing was ever tested, or a file is damaged.
        BusyError: with `test_now`, another process writes the warehouse.
    """
    suites = (*SUITES, *own_suites(project.expectations_dir))
    found = _tested_now(project, suites, on_event) if test_now else _as_kept(project, suites)
    return sorted(found, key=_place)


def _place(standing: Standing) -> tuple[int, bool, float]:
    """Failures before what could not be tested before what holds; errors before warnings; new trouble before old."""
    success = standing.result.success
    since = standing.since.timestamp() if standing.since else 0.0
    order = 0 if success is False else 3 if success else 2 if standing.tested_at is None else 1
    return order, standing.result.severity != "error", 0.0 if success else -since


def _tested_now(project: Project, suites: tuple[Suite, ...], on_event: OnEvent) -> list[Standing]:
    from pipelines.quality.gate import gate  # noqa: PLC0415  # only where something is tested

    if not project.warehouse_path.exists():
        raise _nothing(project)
    now = present(project)
    return with_warehouse(
        project,
        lambda con: gate(con, project.published_dir, run_at=now, suites=suites, everything=True, on_event=on_event),
    )


def _as_kept(project: Project, suites: tuple[Suite, ...]) -> list[Standing]:
    with _results(project) as con:
        return standings(con, suites)


def quality_history(project: Project, *, since: date | None = None) -> list[Tested]:
    """Every result there is, or those since a local date; by instant, table and sentence.

    Raises:
        StorageError: nothing was ever tested, or a file is damaged.
        ConfigurationError: goals.yaml, whose time zone says when the day begins, does not hold.
    """
    zone = ZoneInfo(load_goals(project.goals_path).timezone)
    start = (
        datetime.combine(since or date.min, time(), zone).astimezone(UTC) if since else datetime.min.replace(tzinfo=UTC)
    )
    if start > present(project):
        raise UsageError("That day has not begun.", where=f"--since {since}", do="Give an earlier day.")
    query = """
        select run_at, kind, table_name, expectation, severity, success, detail
        from ops.check_result where run_at >= ? order by run_at, table_name, expectation
    """
    with _results(project) as con:
        found = con.execute(query, [start]).fetchall()
    return [
        Tested(
            at,
            CheckResult(kind=kind, table=table, expectation=says, severity=severity, success=success, detail=detail),
        )
        for at, kind, table, says, severity, success, detail in found
    ]


@contextmanager
def _results(project: Project) -> Generator[duckdb.DuckDBPyConnection]:
    """All results: those of the published copy, and of the history what came after it (a run that was refused, say)."""
    with duckdb.connect() as con:
        con.execute("set TimeZone = 'UTC'")
        make_table(con)
        last = _take_published(project, con)
        try:
            read_files(con, project.published_dir, after=last)
        except duckdb.Error as error:
            do = "Move the file that cannot be read away; what it held is lost to the history of checks only."
            raise cannot_open(project.history_dir / "check_result", error, do=do) from None
        if not con.execute("select 1 from ops.check_result limit 1").fetchall():
            raise _nothing(project)
        yield con


def _take_published(project: Project, con: duckdb.DuckDBPyConnection) -> datetime | None:
    """Copy the published results; None where nothing, or no such table, was published yet."""
    if not project.published_db.exists():
        return None
    with open_hardened(project.published_db) as published:
        names = {row[0] for row in published.execute("select table_name from duckdb_tables()").fetchall()}
        if "check_result" not in names:
            return None
        kept = published.sql("from published.check_result").to_arrow_table()
    con.register("kept", kept)
    con.execute("insert into ops.check_result by name select * from kept")
    con.unregister("kept")
    return con.execute("select max(run_at) from ops.check_result").fetchall()[0][0]


def _nothing(project: Project) -> StorageError:
    return StorageError(
        "Nothing has been tested yet.",
        where=str(project.data),
        do="Run `syfte run` (or `syfte demo` to see an example).",
    )
