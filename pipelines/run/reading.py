"""What readers ask for: the published database, and the scorecard of today or of any day before."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import polars as pl

from pipelines.events import OnEvent, silent
from pipelines.goals import all_kpis, load_goals
from pipelines.warehouse.connection import open_hardened

if TYPE_CHECKING:
    import duckdb

    from pipelines.goals import Goals
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
        kpis: columns of `published.goal_scorecard`, in the order of goals.yaml.
        goals: columns of `published.goal_verdict`.
    """

    kpis: pl.DataFrame
    goals: pl.DataFrame


def scorecard(project: Project, *, as_of: date | None = None, on_event: OnEvent = silent) -> Scorecard:
    """The scorecard of today, or of a day in the past.

    Args:
        project: whose.
        as_of: a local date: the scorecard as it was published last by the end of that day. If nothing had been
            published by then, it is computed from what was known by then (`ingested_at`), in a scratch warehouse.
        on_event: told while it is computed.

    Raises:
        StorageError: nothing has been published, or a file is damaged.
    """
    goals = load_goals(project.goals_path)
    if as_of is None:
        with open_published(project) as con:
            kpis, verdicts = _both(con)
    else:
        end = datetime.combine(as_of + timedelta(days=1), time(), ZoneInfo(goals.timezone)).astimezone(UTC)
        end -= timedelta(microseconds=1)
        kpis, verdicts = _published_by(project, end) or _replay(project, end, on_event)
    return Scorecard(_in_order(kpis, goals), verdicts)


def _both(con: duckdb.DuckDBPyConnection) -> tuple[pl.DataFrame, pl.DataFrame]:
    return con.sql("from published.goal_scorecard").pl(), con.sql("from published.goal_verdict").pl()


def _published_by(project: Project, end: datetime) -> tuple[pl.DataFrame, pl.DataFrame] | None:
    last = f"{end:%Y%m%dT%H%M%S%f}Z"
    names = sorted(p.name for p in (project.history_dir / "goal_scorecard").glob("*.parquet") if p.stem <= last)
    if not names:
        return None
    return (
        pl.read_parquet(project.history_dir / "goal_scorecard" / names[-1]),
        pl.read_parquet(project.history_dir / "goal_verdict" / names[-1]),
    )


def _in_order(scorecard: pl.DataFrame, goals: Goals) -> pl.DataFrame:
    """Rows in the order of goals.yaml; what it no longer names comes last, by name."""
    places = {(goal_id, kpi.id): place for place, (goal_id, kpi) in enumerate(all_kpis(goals))}
    rows = scorecard.select("goal_id", "kpi_id").rows()
    order = pl.Series("order", [places.get(key, len(places)) for key in rows], dtype=pl.Int64)
    return (
        scorecard.with_columns(order)
        .sort("order", "goal_id", "kpi_id", "variant", "unit_id", nulls_last=False)
        .drop("order")
    )


def _replay(project: Project, end: datetime, on_event: OnEvent) -> tuple[pl.DataFrame, pl.DataFrame]:
    from pipelines.run.preparing import prepare  # noqa: PLC0415
    from pipelines.warehouse.build import build_all, load_models  # noqa: PLC0415
    from pipelines.warehouse.connection import open_writer  # noqa: PLC0415

    with (
        tempfile.TemporaryDirectory(prefix="syfte-replay-") as folder,
        open_writer(Path(folder) / "replay.duckdb") as con,
    ):
        prepare(con, project, as_of=end, on_event=on_event, known_until=end)
        build_all(con, load_models(), on_event=on_event)
        return _both(con)
