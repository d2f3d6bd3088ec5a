"""`syfte import`: files -> landing -> raw, with every row accounted for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.errors import CheckError, QuarantineError
from pipelines.events import Event, OnEvent, silent
from pipelines.landing import Landing
from pipelines.run.preparing import all_streams, present
from pipelines.sources.files import ImportOptions, read_paths
from pipelines.warehouse import raw
from pipelines.warehouse.connection import open_writer
from pipelines.warehouse.load import load

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import duckdb

    from pipelines.project import Project
    from pipelines.sources.files import FileResult


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
    """What became of all files, and the reasons of the rows kept aside: (file, line, reason)."""

    files: list[ImportedFile]
    quarantined: list[tuple[str, int, str]]

    def raise_for_errors(self) -> None:
        """Raise QuarantineError if a file had rows and every one of them was refused."""
        for file in self.files:
            if file.rows_read and file.rows_quarantined == file.rows_read:
                reasons = sorted({reason for name, _, reason in self.quarantined if name == file.path})
                raise QuarantineError(
                    f"Every one of the {file.rows_read} rows was refused: {'; '.join(reasons[:3])}.",
                    where=file.path,
                    do="Mend the file, or describe its columns in a mapping file (docs/sources/files.md), and import\n"
                    "         it again. The rows are kept aside in raw.quarantine; nothing else was stored.",
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
    landing = Landing(project.landing_dir)
    files: list[ImportedFile] = []
    quarantined: list[tuple[str, int, str]] = []
    with (
        open_writer(project.warehouse_path, wait_s=600) as con,
        landing.writer(Landing.new_run_id(options.now)) as writer,
    ):
        raw.ensure_tables(con, ())
        load(con, landing, all_streams())
        for result in read_paths(paths, options):
            on_event(Event("start", str(result.path)))
            if not result.tables:
                files.append(ImportedFile(str(result.path), None, skipped=result.reason))
            elif _is_known(con, result, options):
                files.append(_known(result))
            else:
                page_ids = writer.add_tables(result.tables, options=options.identity)
                load(con, landing, all_streams())
                files.append(_loaded(con, result, page_ids))
                quarantined.extend((result.tables[0].file, r.line, r.reason) for t in result.tables for r in t.rejected)
            on_event(Event("done", str(result.path), detail=files[-1].format or "skipped"))
    return ImportReport(files, quarantined)


def _is_known(con: duckdb.DuckDBPyConnection, result: FileResult, options: ImportOptions) -> bool:
    query = "select 1 from raw.pages where file_sha256 = ? and file_options = ? limit 1"
    return bool(con.execute(query, [result.tables[0].sha256, options.identity]).fetchall())


def _known(result: FileResult) -> ImportedFile:
    counted = next(t for t in result.tables if t.counts_rows)
    quarantined = len(counted.rejected)
    return ImportedFile(
        counted.file,
        result.format,
        rows_read=counted.rows_read,
        rows_duplicate=counted.rows_read - quarantined,
        rows_quarantined=quarantined,
        dropped_columns=counted.dropped_columns,
        is_known=True,
    )


def _loaded(con: duckdb.DuckDBPyConnection, result: FileResult, page_ids: list[str]) -> ImportedFile:
    query = """
        select rows_read, rows_stored, rows_duplicate, rows_quarantined
        from raw.pages where list_contains(?, page_id) and counts_rows
    """
    [(read, stored, duplicate, quarantined)] = con.execute(query, [page_ids]).fetchall()
    counted = next(t for t in result.tables if t.counts_rows)
    if read != stored + duplicate + quarantined or duplicate < 0:
        raise CheckError(
            f"Rows are not conserved: {read} read, {stored} stored, {duplicate} duplicates, {quarantined} refused.",
            where=counted.file,
            do="This is an error of ours. Please report it with the file's header line.",
        )
    return ImportedFile(
        counted.file,
        result.format,
        rows_read=read,
        rows_stored=stored,
        rows_duplicate=duplicate,
        rows_quarantined=quarantined,
        dropped_columns=counted.dropped_columns,
    )
