"""Whether a warehouse can be trusted: every block of it is read, and its ledger held against the landing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

from pipelines.errors import StorageError
from pipelines.warehouse.connection import cannot_open, damage

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.landing import Landing

_TABLES = """
    select format('"{}"."{}"', schema_name, table_name)
    from duckdb_tables() where database_name = current_database() and not temporary order by 1
"""


def why_unsound(path: Path, landing: Landing) -> str | None:
    """Why a warehouse cannot be trusted; None if it can. Nothing is changed.

    Args:
        path: the database; no process may write it meanwhile.
        landing: the truth.

    Raises:
        StorageError: it cannot be opened for a reason other than damage.
    """
    try:
        with duckdb.connect(path, read_only=True) as con:
            con.execute("set TimeZone = 'UTC'")
            _read_every_block(con)
            return _differs(con, landing)
    except duckdb.Error as error:
        found = damage(error)
        if found is None:
            raise cannot_open(path, error, do="") from None
        return found
    except StorageError as error:
        return error.what


def _read_every_block(con: duckdb.DuckDBPyConnection) -> None:
    """Let DuckDB compare the checksum of every block that holds a row."""
    for (table,) in con.execute(_TABLES).fetchall():
        con.execute(f"select bit_xor(hash(entry)) from {table} as entry").fetchall()


def _differs(con: duckdb.DuckDBPyConnection, landing: Landing) -> str | None:
    known = {
        row[0] for row in con.execute("select table_name from duckdb_tables() where schema_name = 'ops'").fetchall()
    }
    if "ledger" not in known:
        return None  # nothing has been loaded yet
    loaded: set[str] = set()
    for name, size in con.execute("select manifest, loaded_bytes from ops.ledger").fetchall():
        manifest = landing.manifest_dir / name
        if not manifest.exists() or manifest.stat().st_size < size:
            return "it knows pages that the landing does not"
        loaded.update(entry.page_id for entry, place in landing.entries(manifest) if place <= size)
    pages = {row[0] for row in con.execute("select page_id from raw.pages").fetchall()}
    return None if pages == loaded else "its pages are not those that its ledger says to be loaded"
