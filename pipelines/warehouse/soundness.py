"""Whether a warehouse can be trusted: every block of it is read, and its ledger held against the landing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

from pipelines.warehouse.connection import cannot_open, damage

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.landing import Landing

AS_THEY_RAN = frozenset({"check_result", "erasure"})
"""Published tables that tell what happened in the runs themselves, and so cannot be computed again."""

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
        StorageError: it cannot be opened for a reason other than damage, or the landing is what is damaged.
    """
    try:
        with duckdb.connect(path, read_only=True) as con:
            con.execute("set TimeZone = 'UTC'")
            read_every_block(con)
            return _differs(con, landing)
    except duckdb.Error as error:
        found = damage(error)
        if found is None:
            raise cannot_open(path, error, do="") from None
        return found


def differences(con: duckdb.DuckDBPyConnection, folder: Path) -> dict[str, int]:
    """Rows of published tables that are not, byte for byte and as often, in the Parquet files of a publication.

    Args:
        con: a warehouse whose published tables stand.
        folder: of the Parquet files, one a table.

    Returns:
        Table -> rows that only one of the two has; tables that are equal have 0. A table that is gone has all of its.
    """
    tables = con.execute("select table_name from duckdb_tables() where schema_name = 'published'").fetchall()
    known = {name for (name,) in tables}
    found: dict[str, int] = {}
    for path in sorted(folder.glob("*.parquet")):
        if path.stem in AS_THEY_RAN:
            continue
        ours = f"published.{path.stem}" if path.stem in known else "(select 1 where false)"
        lines = f"select entry::varchar from {ours} as entry"
        kept = "select entry::varchar from read_parquet($1, hive_partitioning = false) as entry"
        query = f"select count(*) from (({lines} except all {kept}) union all ({kept} except all {lines}))"
        [(found[path.stem],)] = con.execute(query, [str(path)]).fetchall()
    return found


def raw_differences(con: duckdb.DuckDBPyConnection, path: Path) -> dict[str, int]:
    """Rows of raw tables that a warehouse has and the landing does not give, or the other way round.

    Args:
        con: a warehouse loaded from the landing just now; the other one must not have loaded more.
        path: the other one, held against it.

    Returns:
        Table -> rows; without those that are equal. What landed after the other's last load does not count.
    """
    quoted = str(path).replace("'", "''")
    con.execute(f"attach '{quoted}' as other (read_only)")
    found: dict[str, int] = {}
    tables = "select table_name from duckdb_tables() where database_name = 'other' and schema_name = 'raw' order by 1"
    for (name,) in con.execute(tables).fetchall():
        columns = [row[0] for row in con.execute(f"describe other.raw.{name}").fetchall()]
        listed = ", ".join(f'"{column}"' for column in columns)
        known = "" if "page_id" not in columns else "where page_id in (select page_id from other.raw.pages)"
        ours, theirs = f"select {listed} from raw.{name} {known}", f"select {listed} from other.raw.{name}"
        [(rows,)] = con.execute(
            f"select count(*) from (({ours} except all {theirs}) union all ({theirs} except all {ours}))"
        ).fetchall()
        if rows:
            found[name] = rows
    con.execute("detach other")
    return found


def read_every_block(con: duckdb.DuckDBPyConnection) -> None:
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
