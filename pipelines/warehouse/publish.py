"""Publishing: a copy of `published.*` for readers, swapped in whole.

Readers hold the old file's inode until they close it; the next open gets the new one. The file is written in DuckDB's
storage format v1.0.0, which every 1.x and 2.x client opens. What readers have already is not written again.
"""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING

import duckdb

from pipelines.errors import StorageError
from pipelines.warehouse import checksums
from pipelines.warehouse.connection import damage
from pipelines.warehouse.copies import Copies

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

DATABASE = "syfte.duckdb"
REVISIONS = "kpi_revision"
HISTORY_TABLES = ("goal_scorecard", "goal_verdict")
"""What every publication leaves in the history."""

ALSO_KEPT = ("tips_effect",)
"""What it leaves there too, where it is published; the scorecard can be read without it."""


@dataclass(frozen=True)
class Published:
    """What was published.

    Args:
        database: the readers' file.
        tables: table -> number of rows.
        is_new: whether the readers' file was written; False where it says already what would have been written.
    """

    database: Path
    tables: dict[str, int]
    is_new: bool = True


def publish(con: duckdb.DuckDBPyConnection, directory: Path) -> Published:
    """Write `published.*` to the readers' database, to Parquet, and the scorecard to the history.

    A copy is left alone that stands as it was written, if none of its tables was built since.

    Args:
        con: the writer's connection.
        directory: `data/published`.

    Raises:
        StorageError: a file cannot be written; what readers see stays as it was.
    """
    directory.mkdir(parents=True, exist_ok=True)
    names = [
        row[0]
        for row in con.execute(
            "select table_name from duckdb_tables() where schema_name = 'published' order by 1"
        ).fetchall()
    ]
    try:
        _sweep(directory)
        copies = Copies(con)
        is_new = _write_database(con, copies, directory / DATABASE, names)
        _write_copies(con, copies, directory / "parquet", names)
        copies.keep()
        tables = {name: con.execute(f"select count(*) from published.{name}").fetchall()[0][0] for name in names}
        [(as_of,)] = con.execute("select as_of from config.run").fetchall()
        if REVISIONS in names:
            query = f"(select * from published.{REVISIONS} where as_of_new = (select as_of from config.run))"
            _write_history(con, query, history_file(directory, REVISIONS, as_of))
        for name in (*HISTORY_TABLES, *(name for name in ALSO_KEPT if name in names)):
            _write_history(con, f"published.{name}", history_file(directory, name, as_of))
    except (OSError, duckdb.IOException) as error:
        if damage(error) is not None:
            raise
        raise StorageError(
            f"Publishing failed: {str(error).splitlines()[0]}",
            where=str(directory),
            do="Free space or mend the permissions and run `syfte run` again; readers see the last good state.",
        ) from None
    return Published(directory / DATABASE, tables, is_new)


def take_published(directory: Path, folder: Path) -> tuple[datetime, dict[str, int]]:
    """Copy every published table as Parquet: of one publication, whatever is swapped in meanwhile.

    The files that stand beside the readers' database are taken if they are whole and its own; else they are written
    from it anew.

    Args:
        directory: `data/published`.
        folder: where to; there already, and empty.

    Returns:
        The instant its figures stand for, UTC, and table -> number of rows.

    Raises:
        duckdb.Error: the file is damaged.
    """
    with duckdb.connect(directory / DATABASE, read_only=True) as con:
        con.execute("set timezone = 'UTC'")
        names = [row[0] for row in con.execute("select table_name from duckdb_tables() order by 1").fetchall()]
        rows = {name: con.execute(f"select count(*) from published.{name}").fetchall()[0][0] for name in names}
        if not _copied(con, directory / "parquet", folder, names):
            for name in names:
                _parquet(con, f"published.{name}", folder / f"{name}.parquet")
        [(as_of,)] = con.execute("select as_of from published.build").fetchall()
    return as_of.astimezone(UTC), rows


def _copied(con: duckdb.DuckDBPyConnection, source: Path, folder: Path, names: list[str]) -> bool:
    """Copy the Parquet files; False where they are not all there, whole, and of the readers' database that is open."""
    files = {f"{name}.parquet" for name in names}
    try:
        for file in files:
            shutil.copyfile(source / file, folder / file)
    except OSError:
        return False
    # read after the copies: while a publisher swaps its files in, there are two digests for each that it changes
    settled = checksums.settled(source)
    if settled is None or settled.keys() != files:
        return False
    if any(checksums.digest(folder / file) != sha256 for file, sha256 in settled.items()):
        return False
    query = "from read_parquet(?, hive_partitioning = false) except from published.build"
    return not con.execute(query, [str(folder / "build.parquet")]).fetchall()


def _sweep(directory: Path) -> None:
    """Remove drafts that a killed publisher left; the writer's lock says that no other publisher is alive."""
    for draft in directory.rglob(".*.part"):
        draft.unlink(missing_ok=True)


def keep_in_history(con: duckdb.DuckDBPyConnection, directory: Path, table: str, query: str, as_of: datetime) -> None:
    """Write what a query gives to the history, whole or not at all.

    Args:
        con: the writer's connection.
        directory: `data/published`.
        table: the history's name for it.
        query: in brackets.
        as_of: the instant it stands for, UTC.

    Raises:
        StorageError: the file cannot be written.
    """
    path = history_file(directory, table, as_of)
    try:
        _write_history(con, query, path)
    except (OSError, duckdb.IOException) as error:
        raise StorageError(
            f"The history cannot be written: {str(error).splitlines()[0]}",
            where=str(path),
            do="Free space or mend the permissions and run `syfte run` again; readers see the last good state.",
        ) from None


def history_file(directory: Path, table: str, as_of: datetime) -> Path:
    """Where the history keeps a table as it was published at an instant (UTC)."""
    return directory / "history" / table / f"{stamp(as_of)}.parquet"


def stamp(instant: datetime) -> str:
    """An instant as a name that sorts by time; UTC."""
    return f"{instant.astimezone(UTC):%Y%m%dT%H%M%S%f}Z"


def _write_database(con: duckdb.DuckDBPyConnection, copies: Copies, path: Path, names: list[str]) -> bool:
    made_from = copies.made_from([f"published.{name}" for name in names])
    if copies.stands(path, made_from):
        return False
    draft = path.with_name(f".{path.name}.part")
    quoted = str(draft).replace("'", "''")
    con.execute(f"attach '{quoted}' as readers (storage_version 'v1.0.0')")
    try:
        # one transaction: each of hundreds of comments would be a commit of its own, and wait for the disk
        con.begin()
        con.execute("create schema readers.published")
        for name in names:
            con.execute(f"create table readers.published.{name} as from published.{name}")
        for statement in _comments(con):
            con.execute(statement)
        con.commit()
        con.execute("checkpoint readers")
    except BaseException:
        with suppress(duckdb.Error):
            con.rollback()
        raise
    finally:
        con.execute("detach readers")
    copies.written(path, made_from, checksums.digest(draft))
    _swap_in(draft, path)
    return True


def _comments(con: duckdb.DuckDBPyConnection) -> list[str]:
    ours = "where schema_name = 'published' and database_name = current_database() and comment is not null"
    tables = con.execute(f"select table_name, comment from duckdb_tables() {ours}").fetchall()
    columns = con.execute(f"select table_name, column_name, comment from duckdb_columns() {ours}").fetchall()
    return [
        *(f"comment on table readers.published.{t} is '{_escaped(text)}'" for t, text in tables),
        *(f"comment on column readers.published.{t}.\"{c}\" is '{_escaped(text)}'" for t, c, text in columns),
    ]


def _escaped(text: str) -> str:
    return text.replace("'", "''")


def _write_copies(con: duckdb.DuckDBPyConnection, copies: Copies, folder: Path, names: list[str]) -> None:
    """A Parquet file for each table, one after the other swapped in, with their checksums beside them."""
    made_from = {name: copies.made_from([f"published.{name}"]) for name in names}
    drafts = {
        f"{name}.parquet": _parquet_draft(con, f"published.{name}", folder / f"{name}.parquet")
        for name in names
        if not copies.stands(folder / f"{name}.parquet", made_from[name])
    }
    written = {name: checksums.digest(draft) for name, draft in drafts.items()}
    checksums.announce(folder, written)
    for name, draft in drafts.items():
        copies.written(folder / name, made_from[name.removesuffix(".parquet")], written[name])
        _swap_in(draft, folder / name)
    stood = {file: copies.sha256(file) for file in (f"{name}.parquet" for name in names) if file not in written}
    checksums.settle(folder, {**stood, **written})


def _write_history(con: duckdb.DuckDBPyConnection, table: str, path: Path) -> None:
    draft = _parquet_draft(con, table, path)
    checksums.append(path, checksums.digest(draft))
    _swap_in(draft, path)


def _parquet_draft(con: duckdb.DuckDBPyConnection, table: str, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.part")
    _parquet(con, table, draft)
    return draft


def _parquet(con: duckdb.DuckDBPyConnection, table: str, path: Path) -> None:
    con.execute(f"copy {table} to '{_escaped(str(path))}' (format parquet, compression zstd)")


def _swap_in(draft: Path, path: Path) -> None:
    with draft.open("rb+") as file:
        os.fsync(file.fileno())
    draft.replace(path)
