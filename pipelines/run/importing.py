"""`syfte import`: files -> landing -> raw, with every row accounted for."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import polars as pl

from pipelines.errors import CheckError, QuarantineError
from pipelines.events import Event, OnEvent, silent
from pipelines.goals import load_goals
from pipelines.landing import Landing
from pipelines.run.healing import WarehouseHold
from pipelines.run.preparing import all_streams, present
from pipelines.run.shipping import catch_up
from pipelines.run.space import note_import
from pipelines.run.tagging import strangers
from pipelines.sources.files.plan import ImportOptions
from pipelines.sources.files.read import read_paths
from pipelines.warehouse.load import load

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import duckdb

    from pipelines.project import Project
    from pipelines.sources.files.read import FileResult
    from pipelines.sources.stream import Table

_INSTANTS = {
    "posts": "published_at",
    "post_snapshots": "observed_at",
    "account_snapshots": "observed_at",
    "tips": "received_at",
    "interactions": "asked_at",
}
"""The column that says when a row of a table happened, or was read."""

_KNOWN = """
    select file_sha256, arg_max(rows_quarantined, page_id)
    from raw.pages where file_options = ? and counts_rows group by file_sha256
"""

_COUNTS = """
    select page_id, file, rows_read, rows_stored, rows_duplicate, rows_quarantined
    from raw.pages where list_contains(?, page_id) and counts_rows
"""


@dataclass(frozen=True)
class ImportedFile:
    """What became of one file. `rows_read` = stored + duplicate + quarantined, always.

    Args:
        path: as the user gave it.
        format: what it was recognised as; None where it was skipped.
        is_known: the very same file was imported in the same way before.
        skipped: why it was left alone, and what to do; None where it was read.
    """

    path: str
    format: str | None
    rows_read: int = 0
    rows_stored: int = 0
    rows_duplicate: int = 0
    rows_quarantined: int = 0
    dropped_columns: tuple[str, ...] = ()
    is_known: bool = False
    skipped: str | None = None


@dataclass(frozen=True)
class ImportReport:
    """What became of all files.

    Args:
        files: in the order they were read.
        quarantined: the reasons of the rows kept aside: (file, line, reason).
        strangers: what imported tags name that nobody knows, in words.
    """

    files: list[ImportedFile]
    quarantined: list[tuple[str, int, str]]
    strangers: list[str] = field(default_factory=list[str])

    def raise_for_errors(self) -> None:
        """Raise QuarantineError if a file had rows and every one of them was refused."""
        for file in self.files:
            if file.rows_read and file.rows_quarantined == file.rows_read:
                reasons = sorted({reason for name, _, reason in self.quarantined if name == file.path})
                raise QuarantineError(
                    f"Every one of the {file.rows_read} rows was refused: {'; '.join(reasons[:3])}.",
                    where=file.path,
                    do="Mend the file, or describe its columns in a mapping file (docs/sources/files.md), and import\n"
                    "         it again. `syfte quarantine list` has the reasons; nothing else was stored.",
                )


def import_files(
    project: Project, paths: Sequence[Path], options: ImportOptions | None = None, *, on_event: OnEvent = silent
) -> ImportReport:
    """Import files and folders. Each file lands whole or not at all, and is loaded at once.

    Args:
        project: where to.
        paths: files and folders.
        options: how to read them.
        on_event: told about each file.

    Raises:
        InputError: a named file is missing, broken or not recognised; files before it stay imported.
        BusyError: another process writes the warehouse.
        StorageError: the disk is full, or a file of ours is damaged.
    """
    options = options or ImportOptions(now=present(project))
    goals = load_goals(project.goals_path)
    zone = ZoneInfo(goals.timezone)
    landing = Landing(project.landing_dir)
    identity = _identity(options)
    files: list[ImportedFile] = []
    quarantined: list[tuple[str, int, str]] = []
    landed: dict[str, int] = {}

    def bring(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
        load(con, landing, all_streams())
        return dict(con.execute(_KNOWN, [identity]).fetchall())

    catch_up(project, on_event=on_event)
    with WarehouseHold(project, wait_s=600, on_event=on_event) as hold:
        known = hold.do(bring)
        try:
            with landing.writer(Landing.new_run_id(datetime.now(UTC))) as writer:
                for result in read_paths(paths, replace(options, observed_before=_ObservedBefore(hold))):
                    on_event(Event("start", result.path))
                    files.append(_seen(result, known))
                    if result.tables and not files[-1].is_known:
                        known[result.tables[0].sha256] = files[-1].rows_quarantined
                        is_canonical = (result.format or "").startswith("canonical")
                        tables = [
                            replace(table, window=_days_covered(table, zone, whole=is_canonical))
                            for table in result.tables
                        ]
                        note_import(project)
                        for page_id in writer.add_tables(tables, options=identity):
                            landed[page_id] = len(files) - 1
                        quarantined.extend(
                            (files[-1].path, r.line, r.reason) for t in result.tables for r in t.rejected
                        )
                    on_event(Event("done", result.path, detail=result.format or "skipped"))
        finally:
            hold.do(bring)  # also what came before a file that broke
        for page_id, counts in hold.do(lambda con: _counted(con, landed)):
            files[landed[page_id]] = replace(files[landed[page_id]], **counts)
        unknown = hold.do(lambda con: strangers(con, list(landed), [goal.id for goal in goals.goals]))
    return ImportReport(files, quarantined, unknown)


class _ObservedBefore(Mapping[str, datetime]):
    """SHA-256 of a file imported before -> when its figures were taken to be read, UTC; asked for file by file."""

    def __init__(self, hold: WarehouseHold) -> None:
        self._hold = hold

    def __getitem__(self, sha256: str) -> datetime:
        query = """
            select min(readings.observed_at)
            from raw.files__post_snapshots as readings
            where readings.page_id in (select page_id from raw.pages where file_sha256 = ?)
        """
        [(found,)] = self._hold.do(lambda con: con.execute(query, [sha256]).fetchall())
        if found is None:
            raise KeyError(sha256)
        return found

    def __iter__(self) -> Iterator[str]:
        query = "select distinct file_sha256 from raw.pages where file_sha256 is not null"
        return (row[0] for row in self._hold.do(lambda con: con.execute(query).fetchall()))

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _identity(options: ImportOptions) -> str:
    """How a file is read, as text: the same file read in another way is another import."""
    observed = options.observed_at.isoformat() if options.observed_at else None
    mapping = hashlib.sha256(Path(options.mapping).read_bytes()).hexdigest() if options.mapping else None
    said = {"account": options.account, "unit": options.unit, "observed_at": observed, "timezone": options.timezone}
    return " ".join(f"{name}={value}" for name, value in {**said, "mapping": mapping}.items() if value)


def _days_covered(table: Table, zone: ZoneInfo, *, whole: bool) -> tuple[datetime | None, datetime | None]:
    """The period a table speaks of: the local days from its first row to its last, both whole, as UTC instants.

    An export is a list of everything between two days; the institution says so by importing it.

    Args:
        table: what was read.
        zone: the organisation's.
        whole: posts are the accounts' whole list: the period has no beginning.
    """
    column = _INSTANTS.get(table.stream.name)
    if column is None or table.frame.is_empty():
        return table.window
    first, last = table.frame.select(pl.col(column).min().alias("first"), pl.col(column).max().alias("last")).row(0)
    if first is None:
        return table.window
    start = datetime.combine(first.astimezone(zone).date(), time(), zone)
    end = datetime.combine(last.astimezone(zone).date() + timedelta(days=1), time(), zone)
    if whole and table.stream.name == "posts":
        return None, end.astimezone(UTC)
    return start.astimezone(UTC), end.astimezone(UTC)


def _seen(result: FileResult, known: Mapping[str, int]) -> ImportedFile:
    """A file before it is loaded: skipped, known, or about to be counted.

    Args:
        result: what was read.
        known: SHA-256 of a file that was imported in the same way -> rows it kept aside. One of which fewer rows are
            refused now is read again: so they come in once Syfte reads them.
    """
    if not result.tables:
        return ImportedFile(result.path, None, skipped=result.reason)
    counted = next(table for table in result.tables if table.counts_rows)
    refused = len(counted.rejected)
    is_known = counted.sha256 in known and refused >= known[counted.sha256]
    return ImportedFile(
        result.path,
        result.format,
        rows_read=counted.rows_read,
        rows_duplicate=counted.rows_read - refused if is_known else 0,
        rows_quarantined=refused,
        dropped_columns=counted.dropped_columns,
        is_known=is_known,
    )


def _counted(con: duckdb.DuckDBPyConnection, landed: dict[str, int]) -> list[tuple[str, dict[str, int]]]:
    """What the loader counted, per landed file.

    Raises:
        CheckError: rows were lost or made up on the way.
    """
    counts: list[tuple[str, dict[str, int]]] = []
    for page_id, file, read, stored, duplicate, refused in con.execute(_COUNTS, [list(landed)]).fetchall():
        if read != stored + duplicate + refused or duplicate < 0:
            raise CheckError(
                f"Rows are not conserved: {read} read, {stored} stored, {duplicate} duplicates, {refused} refused.",
                where=file,
                do="This is an error of ours. Please report it with the file's header line.",
            )
        counts.append((page_id, {"rows_stored": stored, "rows_duplicate": duplicate, "rows_quarantined": refused}))
    return counts
