"""Whether a report would be the same: one number for all it is made from."""

from __future__ import annotations

import hashlib
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.report.reading import QUERIES

if TYPE_CHECKING:
    import duckdb

_TABLE = re.compile(r"\bpublished\.([a-z_]+)")

_NEVER_THE_SAME = {"goal_scorecard": "as_of", "goal_verdict": "as_of", "build": "as_of"}
"""Columns that say when the figures were computed: a run that found nothing new changes them and no figure."""


@cache
def made_by() -> str:
    """A hash of the code, queries, texts and looks that make reports."""
    files = sorted(path for path in Path(__file__).parent.rglob("*") if path.suffix not in {".pyc", ""})
    found = hashlib.sha256()
    for path in files:
        found.update(f"{path.relative_to(Path(__file__).parent)}\0".encode())
        found.update(path.read_bytes())
    return found.hexdigest()


def tables_read() -> list[str]:
    """The published tables that the queries read."""
    return sorted({name for path in QUERIES.glob("*.sql") for name in _TABLE.findall(path.read_text(encoding="utf-8"))})


def made_from(con: duckdb.DuckDBPyConnection) -> str:
    """A hash of every row that the queries may read, whatever their order, and of what makes the pages.

    Args:
        con: the readers' database, open.
    """
    there = {row[0] for row in con.execute("select table_name from duckdb_tables()").fetchall()}
    found = hashlib.sha256(made_by().encode())
    for name in tables_read():
        if name in there:
            left_out = _NEVER_THE_SAME.get(name)
            columns = f"* exclude ({left_out})" if left_out else "*"
            rows = con.execute(
                f"select count(*), bit_xor(hash(t)), sum(hash(t)) from (select {columns} from published.{name}) as t"  # noqa: S608  # names of our own queries
            ).fetchone()
            found.update(f"{name}{rows}\0".encode())
    return found.hexdigest()
