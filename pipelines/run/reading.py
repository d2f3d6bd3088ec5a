"""What readers ask for: the published database, and the scorecard of today or of any day before."""

from __future__ import annotations

import tempfile
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import polars as pl

from pipelines.events import OnEvent, silent
from pipelines.goals import all_kpis, load_goals
from pipelines.warehouse.connection import open_hardened, open_writer

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


def scorecard(project: Project, *, as_of: date | None = None, on_event: OnEvent = silent) -> pl.DataFrame:
    """The scorecard: columns of `published.goal_scorecard`, in the order of goals.yaml.

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
            return _in_order(con.sql("from published.goal_scorecard").pl(), goals)
    zone = ZoneInfo(goals.timezone)
    end = datetime.combine(as_of + timedelta(days=1), time(), zone).astimezone(UTC) - timedelta(microseconds=1)
    last = f"{end:%Y%m%dT%H%M%S%f}Z"
    published = sorted(p for p in (project.history_dir / "goal_scorecard").glob("*.parquet") if p.stem <= last)
    if published:
        return _in_order(pl.read_parquet(published[-1]), goals)
    return _in_order(_replay(project, end, on_event), goals)


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


def _replay(project: Project, end: datetime, on_event: OnEvent) -> pl.DataFrame:
    from pipelines.run.preparing import prepare  # noqa: PLC0415
    from pipelines.warehouse.build import build_all, load_models  # noqa: PLC0415

    with (
        tempfile.TemporaryDirectory(prefix="syfte-replay-") as folder,
        open_writer(Path(folder) / "replay.duckdb") as con,
    ):
        prepare(con, project, as_of=end, on_event=on_event, known_until=end)
        build_all(con, load_models(), on_event=on_event)
        return con.sql("from published.goal_scorecard").pl()
