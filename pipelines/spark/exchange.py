"""Tables handed over to Spark, and its answers taken back: Parquet in a folder that both sides see.

Only the one writer of the warehouse reads its file, so it writes a table out when a query first asks for it, and again
when its content is another (the token of `warehouse/build.py` tells). An answer is read into the warehouse and removed.
Nothing outlives the run: what is erased from the warehouse must not stay beside it.
"""

from __future__ import annotations

import hashlib
import shutil
import uuid
from typing import TYPE_CHECKING

from pipelines.spark_settings import RUN_FOLDER
from pipelines.warehouse.build import token_of

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

_AS_TEXT = ("UHUGEINT", "UUID", "JSON")
_DIGITS = 39
"""Of the largest number of 128 bits: with zeros before it, its text sorts as the number does."""


class Exchange:
    """One run's part of the folder.

    Args:
        folder: as this machine sees it; the server must see it under the same path. What a killed run left there goes:
            a project has one writer at a time, and a folder belongs to one project.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for left in folder.glob(f"{RUN_FOLDER}*"):
            shutil.rmtree(left, ignore_errors=True)
        self.folder = folder / f"{RUN_FOLDER}{uuid.uuid4().hex}"
        self.folder.mkdir(mode=0o700)

    def close(self) -> None:
        """Leave nothing behind."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def hand_over(self, con: duckdb.DuckDBPyConnection, table: str) -> Path:
        """A table's rows as Parquet, written unless this run has done so.

        Args:
            con: the writer's connection.
            table: schema included; a temporary one is written at every call.
        """
        if table.startswith("temp."):
            path = self.place_of_answer() / "part.parquet"
            _write(con, table, path)
            return path
        said = hashlib.sha256(token_of(con, table, clock=True).encode()).hexdigest()[:24]
        path = self.folder / f"{table}-{said}.parquet"
        if not path.exists():
            _write(con, table, path)
        return path

    def place_of_answer(self) -> Path:
        """An empty folder for Spark to write into."""
        place = self.folder / f"answer-{uuid.uuid4().hex}"
        place.mkdir()
        return place


def _columns(con: duckdb.DuckDBPyConnection, table: str) -> list[tuple[str, str]]:
    found = con.execute(f"select name, type from pragma_table_info('{table.removeprefix('temp.')}')").fetchall()
    return [(str(name), str(kind)) for name, kind in found]


def _write(con: duckdb.DuckDBPyConnection, table: str, path: Path) -> None:
    listed = ", ".join(_said(name, kind) for name, kind in _columns(con, table))
    draft = path.with_suffix(".part")
    con.execute(f"copy (select {listed} from {table}) to '{_quoted(draft)}' (format parquet, compression zstd)")
    draft.replace(path)


def _said(name: str, kind: str) -> str:
    """A column as Parquet can hold it: it knows no integers of 128 bits."""
    if kind == "UHUGEINT":
        return f'lpad("{name}"::varchar, {_DIGITS}, \'0\') as "{name}"'
    if kind in _AS_TEXT:
        return f'"{name}"::varchar as "{name}"'
    return f'"{name}"::decimal(38, 0) as "{name}"' if kind == "HUGEINT" else f'"{name}"'


def _quoted(path: Path) -> str:
    return path.as_posix().replace("'", "''")


def rows_of(path: Path, columns: dict[str, str]) -> str:
    """An answer of Spark's as a select of DuckDB's.

    Args:
        path: the folder that Spark wrote.
        columns: name -> the type that DuckDB gives the query's column.
    """
    if not any(path.glob("*.parquet")):  # no rows: not every engine writes a file of none
        nothing = ", ".join(f'cast(null as {kind}) as "{name}"' for name, kind in columns.items())
        return f"select {nothing} where false"
    listed = ", ".join(f'cast("{name}" as {kind}) as "{name}"' for name, kind in columns.items())
    return f"select {listed} from read_parquet('{_quoted(path)}/*.parquet', hive_partitioning = false)"
