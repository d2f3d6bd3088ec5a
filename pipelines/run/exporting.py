"""`syfte export`: published tables as files for spreadsheets and other programs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import polars as pl

from pipelines.drafts import draft_of, sweep_drafts
from pipelines.errors import StorageError, UsageError
from pipelines.landing.writer import sync_directory
from pipelines.run.reading import open_published
from pipelines.spreadsheets import formula_safe
from pipelines.workbooks import SHEET_ROWS, Sheet, require_writer, write_workbook

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    import duckdb

    from pipelines.project import Project

ExportFormat = Literal["csv", "parquet", "xlsx"]

COLUMNS = "columns"
"""Name of the file, or the sheet, that tells what each column means."""

WORKBOOK = "syfte.xlsx"

_ROWS = 50_000
"""Rows in memory at a time."""

_MEANINGS = """
    select columns.table_name, columns.column_name, columns.data_type, columns.comment as meaning
    from duckdb_columns() as columns
    where columns.schema_name = 'published' and list_contains($names, columns.table_name)
    order by columns.table_name, columns.column_index
"""


@dataclass(frozen=True)
class Exported:
    """What was written.

    Args:
        files: file -> rows in it.
        left_out: table -> its rows, where a sheet cannot hold so many and nobody named the table.
    """

    files: dict[Path, int]
    left_out: dict[str, int]


def export(project: Project, tables: Sequence[str], fmt: ExportFormat, folder: Path) -> Exported:
    """Write published tables to a folder; either every file is new and whole, or all are as they were.

    Text is formula-safe in csv and xlsx, and as published in parquet. NULL is an empty field or cell; `state` says why.
    A file or sheet `columns` says what each column means.

    Args:
        project: whose; only its published database is read.
        tables: names, with `published.` or without; none means all.
        fmt: a file per table, or one workbook with a sheet per table.
        folder: is made if need be. Files of these names in it are replaced, others left alone.

    Raises:
        UsageError: no such table, the folder is among the product's own files, or a table named does not fit a sheet.
        ConfigurationError: the format needs an extra that is not installed.
        StorageError: nothing has been published, or the folder cannot be written.
    """
    if folder.resolve().is_relative_to(project.data.resolve()):
        raise UsageError(
            "That folder belongs to the product, which writes and checks what is in it.",
            where=str(folder),
            do="Give a folder outside of data/.",
        )
    if fmt == "xlsx":
        require_writer()
    with open_published(project) as con:
        names = _chosen(con, tables)
        rows = {name: int(_one(con, f'select count(*) from published."{name}"')) for name in names}  # noqa: S608  # known
        left_out = _too_long(rows, named=bool(tables)) if fmt == "xlsx" else {}
        kept = {name: count for name, count in rows.items() if name not in left_out}
        try:
            folder.mkdir(parents=True, exist_ok=True)
            return Exported(_WRITERS[fmt](con, kept, folder), left_out)
        except OSError as error:
            raise StorageError(
                f"The export cannot be written: {error.strerror or error}.",
                where=str(folder),
                do="Free space, mend the permissions or give another folder; what was there before is unchanged.",
            ) from None


def _chosen(con: duckdb.DuckDBPyConnection, tables: Sequence[str]) -> list[str]:
    query = "select table_name from duckdb_tables() where schema_name = 'published' order by 1"
    known = [str(row[0]) for row in con.execute(query).fetchall()]
    wanted = [name.removeprefix("published.") for name in tables]
    for name in wanted:
        if name not in known:
            raise UsageError("There is no such published table.", where=name, do=f"Give some of {', '.join(known)}.")
    return [name for name in known if not wanted or name in wanted]


def _one(con: duckdb.DuckDBPyConnection, query: str) -> Any:  # noqa: ANN401  # one value of any type
    return con.execute(query).fetchall()[0][0]


def _too_long(rows: dict[str, int], *, named: bool) -> dict[str, int]:
    """Tables that no sheet holds."""
    found = {name: count for name, count in rows.items() if count > SHEET_ROWS}
    if found and named:
        raise UsageError(
            f"A sheet of Excel holds {SHEET_ROWS} rows.",
            where=", ".join(f"published.{name}, {count} rows" for name, count in found.items()),
            do="Take --to csv or parquet for it.",
        )
    return found


def _write_csv(con: duckdb.DuckDBPyConnection, rows: dict[str, int], folder: Path) -> dict[Path, int]:
    def write(query: str, parameters: dict[str, Any], path: Path) -> None:
        with path.open("wb") as file:
            for number, batch in enumerate(_batches(con, query, parameters)):
                _sheet_safe(batch).write_csv(
                    file, include_header=number == 0, datetime_format="%Y-%m-%dT%H:%M:%S%.fZ", quote_style="necessary"
                )

    return _write_each(rows, folder, "csv", write)


def _write_parquet(con: duckdb.DuckDBPyConnection, rows: dict[str, int], folder: Path) -> dict[Path, int]:
    def write(query: str, parameters: dict[str, Any], path: Path) -> None:
        from pyarrow import parquet  # noqa: PLC0415  # 100 ms

        reader = _reader(con, query, parameters)
        with parquet.ParquetWriter(path, reader.schema, compression="zstd") as out:
            for batch in reader:
                out.write_batch(batch)

    return _write_each(rows, folder, "parquet", write)


def _write_xlsx(con: duckdb.DuckDBPyConnection, rows: dict[str, int], folder: Path) -> dict[Path, int]:
    path = folder / WORKBOOK

    def write(draft: Path) -> None:
        write_workbook(draft, _sheets(con, list(rows)), created=_one(con, "select as_of from published.build"))

    _swap_in_all(folder, {path: write})
    return {path: sum(rows.values())}


_WRITERS: dict[ExportFormat, Callable[[duckdb.DuckDBPyConnection, dict[str, int], Path], dict[Path, int]]] = {
    "csv": _write_csv,
    "parquet": _write_parquet,
    "xlsx": _write_xlsx,
}


def _write_each(
    rows: dict[str, int], folder: Path, ending: str, write: Callable[[str, dict[str, Any], Path], None]
) -> dict[Path, int]:
    """A file per table, and one for what their columns mean; none has its name before all are whole."""
    drafts: dict[Path, Callable[[Path], None]] = {
        folder / f"{name}.{ending}": lambda path, name=name: write(f'from published."{name}"', {}, path)
        for name in rows
    }
    meanings = folder / f"{COLUMNS}.{ending}"
    drafts[meanings] = lambda path: write(_MEANINGS, {"names": list(rows)}, path)
    _swap_in_all(folder, drafts)
    return {folder / f"{name}.{ending}": count for name, count in rows.items()}


def _swap_in_all(folder: Path, writers: dict[Path, Callable[[Path], None]]) -> None:
    sweep_drafts(folder)
    try:
        for path, write in writers.items():
            write(draft_of(path))
        for path in writers:
            draft_of(path).replace(path)
        sync_directory(folder)
    finally:
        for path in writers:
            draft_of(path).unlink(missing_ok=True)


def _reader(con: duckdb.DuckDBPyConnection, query: str, parameters: dict[str, Any]) -> Any:  # noqa: ANN401  # pyarrow has no types
    return con.sql(query, params=parameters or None).to_arrow_reader(_ROWS)


def _batches(con: duckdb.DuckDBPyConnection, query: str, parameters: dict[str, Any]) -> Iterator[pl.DataFrame]:
    """A query's rows; first a batch of none, so that an empty table still has its heading."""
    reader = _reader(con, query, parameters)
    yield pl.DataFrame(reader.schema.empty_table())
    for batch in reader:
        yield pl.DataFrame(batch)


def _sheet_safe(frame: pl.DataFrame) -> pl.DataFrame:
    """No text that becomes a formula, and no value where a number is not finite."""
    floats = pl.col(pl.Float64)
    frame = frame.with_columns(pl.when(floats.is_finite()).then(floats))
    for name in frame.select(pl.col(pl.String)).columns:
        texts = frame[name].drop_nulls().unique()
        changed = {text: safe for text in texts if (safe := formula_safe(text)) != text}
        if changed:
            frame = frame.with_columns(pl.col(name).replace(changed))
    return frame


def _sheets(con: duckdb.DuckDBPyConnection, names: list[str]) -> Iterator[Sheet]:
    queries = [(COLUMNS, _MEANINGS, {"names": names}), *((name, f'from published."{name}"', None) for name in names)]
    for name, query, parameters in queries:
        found = con.execute(query, parameters)
        yield Sheet(name, [str(column[0]) for column in found.description or []], _fetched(found))


def _fetched(found: duckdb.DuckDBPyConnection) -> Iterator[Sequence[Any]]:
    while batch := found.fetchmany(_ROWS):
        yield from batch
