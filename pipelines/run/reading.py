"""What readers ask for: the published database, and the scorecard of today or of any day before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import duckdb
import polars as pl

from pipelines.errors import StorageError, UsageError
from pipelines.events import OnEvent, silent
from pipelines.goals import load_goals
from pipelines.landing import Publications
from pipelines.settings import load_settings
from pipelines.warehouse import checksums
from pipelines.warehouse.connection import open_hardened
from pipelines.warehouse.publish import HISTORY_TABLES, stamp

if TYPE_CHECKING:
    from pipelines.project import Project


def open_published(project: Project) -> duckdb.DuckDBPyConnection:
    """The readers' database, read-only, blind to files, its configuration locked.

    Raises:
        StorageError: nothing has been published, or the file is damaged.
    """
    return open_hardened(project.published_db)


@dataclass(frozen=True)
class Scorecard:
    """What a scorecard holds.

    Args:
        kpis: columns and rows of `published.goal_scorecard`, in the order of goals.yaml as it was then.
        goals: columns of `published.goal_verdict`.
        tips_effect: columns of `published.tips_effect`; empty where the publication did not have it.
    """

    kpis: pl.DataFrame
    goals: pl.DataFrame
    tips_effect: pl.DataFrame


def scorecard(project: Project, *, as_of: date | None = None, on_event: OnEvent = silent) -> Scorecard:
    """The scorecard of today, or of a day in the past.

    Args:
        project: whose.
        as_of: a local date: the scorecard as it was published last by the end of that day. Where the history lacks it,
            the same is computed again in a scratch warehouse, from what that publication was made from. If nothing had
            been published by then, it is computed from what was known by the end of that day (`ingested_at`).
        on_event: told while it is computed.

    Raises:
        UsageError: the day has not begun, or nothing was known by then.
        StorageError: nothing has been published, or a file is damaged.
    """
    return scorecard_by(project, None if as_of is None else end_of_day(project, as_of), on_event=on_event)


def scorecard_by(project: Project, end: datetime | None, *, on_event: OnEvent = silent) -> Scorecard:
    """The scorecard as it was published last by an instant (UTC), or now; see `scorecard`."""
    if end is None:
        with open_published(project) as con:
            return _both(con)
    if published := _published_by(project, end):
        return published
    from pipelines.run.replaying import replayed  # noqa: PLC0415  # opens every room; the history seldom needs it

    with replayed(project, end, on_event=on_event) as con:
        return _both(con)


def end_of_day(project: Project, as_of: date) -> datetime:
    """The last microsecond of a local day, UTC.

    Raises:
        UsageError: the day has not begun.
    """
    zone = ZoneInfo(load_goals(project.goals_path).timezone)
    today = load_settings(project.root).clock_now.astimezone(zone).date()
    if as_of > today:
        raise UsageError("That day has not begun.", where=f"--as-of {as_of}", do=f"Give a day up to {today}.")
    return datetime.combine(as_of + timedelta(days=1), time(), zone).astimezone(UTC) - timedelta(microseconds=1)


def _both(con: duckdb.DuckDBPyConnection) -> Scorecard:
    tables = {row[0] for row in con.sql("select table_name from duckdb_tables()").fetchall()}
    effect = con.sql("from published.tips_effect").pl() if "tips_effect" in tables else pl.DataFrame()
    return Scorecard(con.sql("from published.goal_scorecard").pl(), con.sql("from published.goal_verdict").pl(), effect)


def _published_by(project: Project, end: datetime) -> Scorecard | None:
    """What the history holds of the last publication by an instant."""
    made = Publications(project.landing_dir).last_by(end)
    stems = [{p.stem for p in (project.history_dir / name).glob("*.parquet")} for name in HISTORY_TABLES]
    kept = sorted(stem for stem in stems[0].intersection(*stems[1:]) if stem <= stamp(end))
    if not kept or (made is not None and stamp(made.as_of) > kept[-1]):
        return None
    files = [project.history_dir / name / f"{kept[-1]}.parquet" for name in HISTORY_TABLES]
    effect = project.history_dir / "tips_effect" / f"{kept[-1]}.parquet"
    try:
        checksums.require_whole([*files, *([effect] if effect.exists() else [])])
        kpis, goals = (pl.read_parquet(file) for file in files)
        return Scorecard(kpis, goals, pl.read_parquet(effect) if effect.exists() else pl.DataFrame())
    except (OSError, duckdb.Error, pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise StorageError(
            f"A scorecard of the history cannot be read: {str(error).splitlines()[0]}",
            where=f"{files[0].parent.parent}, {kept[-1]}",
            do="Move the files of that instant away: the same command then computes them again from the landing.",
        ) from None
