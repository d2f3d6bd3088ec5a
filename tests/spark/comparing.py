"""Two warehouses, table by table: row by row and to the last digit."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import duckdb


def rows_that_differ(con: duckdb.DuckDBPyConnection, other: Path, tables: Iterable[str]) -> dict[str, int]:
    """Tables -> the number of rows that only one of the two holds; those that are equal are left out.

    Args:
        con: on one of the warehouses.
        other: the file of the other one.
        tables: schema included.
    """
    con.execute(f"attach '{other}' as other (read_only)")
    found: dict[str, int] = {}
    for name in tables:
        mine, theirs = f"from {name}", f"from other.{name}"
        said = [f"(select (count(*), bit_xor(hash(t)), sum(hash(t))) from ({rows}) as t)" for rows in (mine, theirs)]
        [(is_same,)] = con.execute(f"select {said[0]} is not distinct from {said[1]}").fetchall()
        if is_same:  # of every row, in a tenth of the time of what follows
            continue
        [(n,)] = con.execute(
            f"select count(*) from (({mine} except all {theirs}) union all ({theirs} except all {mine}))"
        ).fetchall()
        if n:
            found[name] = n
    con.execute("detach other")
    return found
