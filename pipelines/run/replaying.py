"""The past, computed again from the landing: what a publication was made from, or what was known at an instant."""

from __future__ import annotations

import tempfile
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines import __version__
from pipelines.errors import UsageError
from pipelines.events import Event, OnEvent, silent
from pipelines.landing import Landing, Publications
from pipelines.run.preparing import Past, prepare
from pipelines.warehouse.build import build_all, load_models
from pipelines.warehouse.connection import open_writer

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from datetime import datetime

    import duckdb

    from pipelines.landing.manifest import Entry
    from pipelines.project import Project


@contextmanager
def replayed(project: Project, end: datetime, *, on_event: OnEvent = silent) -> Generator[duckdb.DuckDBPyConnection]:
    """Build everything as it was in the past, in a scratch warehouse that goes away afterwards.

    Args:
        project: whose; only its landing is read.
        end: the last publication by this instant is made again; if there is none, what was known by it is judged.
        on_event: told while it is computed.

    Yields:
        The scratch warehouse, built.

    Raises:
        UsageError: nothing was known by then.
        StorageError: a landed file is damaged.
    """
    with (
        tempfile.TemporaryDirectory(prefix="syfte-replay-") as folder,
        open_writer(Path(folder) / "replay.duckdb") as con,
    ):
        replay_into(con, project, end, on_event=on_event)
        yield con


def replay_into(
    con: duckdb.DuckDBPyConnection, project: Project, end: datetime, *, on_event: OnEvent = silent
) -> datetime:
    """Build everything as it was in the past, in an empty warehouse; see `replayed`.

    Returns:
        The instant it stands for, UTC.
    """
    as_of, past = _past(project, end, on_event)
    _tell_what_went(Landing(project.landing_dir), as_of, past, on_event)
    report = prepare(con, project, as_of=as_of, on_event=on_event, past=past)
    if past.loaded is None and not report.rows_stored:
        raise UsageError(
            "Nothing had been read or imported by the end of that day.",
            where=f"--as-of, {end:%Y-%m-%d %H:%M} UTC",
            do="Give a later day; `syfte status` says what was read when.",
        )
    build_all(con, load_models(), on_event=on_event)
    return as_of


def _tell_what_went(landing: Landing, as_of: datetime, past: Past, on_event: OnEvent) -> None:
    """Warn of rows that were known at the time and have been erased since, or gone by age (decision 0012)."""
    gone: Counter[str] = Counter()
    for erasure in landing.erasures.all():
        if erasure.at > as_of:
            for swap in erasure.swaps:
                gone.update(swap.rows)
    if not gone.total():
        return
    pages = {entry.page_id: gone[entry.page_id] for entry in _known(landing, past) if gone[entry.page_id]}
    if pages:
        said = (
            f"{sum(pages.values())} rows of {len(pages)} pages that were known then have been erased or gone by age "
            "since: figures are computed from what is left"
        )
        on_event(Event("warning", "replay", detail=said))


def _known(landing: Landing, past: Past) -> Iterator[Entry]:
    for manifest in landing.manifests():
        for entry, place in landing.entries(manifest):
            if past.loaded is not None:
                is_known = place <= past.loaded.get(manifest.name, 0)
            else:
                is_known = past.known_until is None or entry.ingested_at <= past.known_until
            if is_known:
                yield entry


def _past(project: Project, end: datetime, on_event: OnEvent) -> tuple[datetime, Past]:
    """The instant to judge as of, and what was known at it."""
    publications = Publications(project.landing_dir)
    made = publications.last_by(end)
    if made is not None:
        if made.code_version != __version__:
            said = f"published with Syfte {made.code_version}, computed with {__version__}: figures may differ"
            on_event(Event("warning", "replay", detail=said))
        return made.as_of, Past(publications.goals(made.goals_sha256), loaded=publications.loaded_at(made))
    # before the first publication, the first edition of the goals is the nearest there is
    every = publications.all()
    first = min(every, key=lambda p: p.as_of) if every else None
    goals = publications.goals(first.goals_sha256) if first else project.goals_path
    return end, Past(goals, known_until=end)
