"""What the readers' copies were made from, so that a run writes none of them again in which nothing is new.

`ops.copies` names for each file of `data/published` the state of the tables in it and the file's SHA-256. A copy stands
if both still hold: one that was damaged, removed or put back from a backup is written again.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import duckdb

from pipelines import __version__
from pipelines.warehouse import checksums
from pipelines.warehouse.model import columns_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_TABLE = "create table if not exists ops.copies (file varchar primary key, made_from varchar, sha256 varchar)"


class Copies:
    """The files of one warehouse's publication.

    Args:
        con: the writer's connection.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        con.execute(_TABLE)
        self._con = con
        self._known = {
            name: (made_from, sha256)
            for name, made_from, sha256 in con.execute("select file, made_from, sha256 from ops.copies").fetchall()
        }
        self._tokens: dict[str, str] = {}
        if columns_of(con, "ops.built"):
            self._tokens = dict(con.execute("select model, token from ops.built").fetchall())
        self._new: dict[str, tuple[str, str]] = {}

    def made_from(self, tables: Sequence[str]) -> str | None:
        """What a copy of published tables (schema included) is made from now; None where a table's state is unknown."""
        if any(table not in self._tokens for table in tables):
            return None
        said = [__version__, duckdb.__version__, *(f"{table} {self._tokens[table]}" for table in tables)]
        return hashlib.sha256("\n".join(said).encode()).hexdigest()

    def stands(self, path: Path, made_from: str | None) -> bool:
        """Whether a file is there as it was written, and was made from the same."""
        known = self._known.get(path.name)
        if made_from is None or known is None or known[0] != made_from or not path.exists():
            return False
        return checksums.digest(path) == known[1]

    def sha256(self, file: str) -> str:
        """What a file is that stands, hexadecimal."""
        return self._known[file][1]

    def written(self, path: Path, made_from: str | None, sha256: str) -> None:
        """Note what was written; `keep` writes it down, once the files have been swapped in."""
        if made_from is not None:
            self._new[path.name] = (made_from, sha256)

    def keep(self) -> None:
        """Write down what was noted."""
        for name, (made_from, sha256) in self._new.items():
            self._con.execute("insert or replace into ops.copies values (?, ?, ?)", [name, made_from, sha256])
        self._new.clear()
