"""Two projects held against each other, table by table as multisets of rows: what is lost, and what is too much."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from pipelines.landing import Landing
from pipelines.run.preparing import all_streams
from pipelines.warehouse.connection import open_writer
from pipelines.warehouse.load import load

if TYPE_CHECKING:
    from collections.abc import Callable

DATABASE = Path("data/published/syfte.duckdb")
WAREHOUSE = Path("data/warehouse.duckdb")
OF_A_RUN = frozenset({"run_id", "page_id", "ingested_at"})
"""Say which run brought a row; a run that was killed and the one that went on are two."""

OF_THE_READING = {
    ("published", "load_log"): None,  # tells of each page that was read: a killed pull reads some again
    ("published", "kpi_lineage"): {"rows", "state"},  # rows of raw tables, where each reading counts
    ("published", "kpi_revision"): {"why"},  # counts the rows of the pages that were read
    ("published", "build"): None,
    ("staging", "stg_landing__crawls"): None,
}
SAMPLED = "counter_check"
"""In the name of every table of a sample: drawn from the posts that one pull saw, and one that goes on saw fewer."""

"""What rightly differs where a page was read twice: columns, or the whole table."""


@dataclass
class Difference:
    """What was found.

    Args:
        rows: how many were held against each other.
        lost: rows of the truth that are not there.
        foreign: rows that are there and not in the truth: doubled, or changed.
        tables: the tables with such rows.
    """

    rows: int = 0
    lost: int = 0
    foreign: int = 0
    tables: tuple[str, ...] = ()

    def add(self, table: str, rows: int, lost: int, foreign: int) -> None:
        """Count a table in."""
        self.rows += rows
        self.lost += lost
        self.foreign += foreign
        if lost or foreign:
            self.tables = (*self.tables, f"{table}: {lost} lost, {foreign} foreign")


def _columns(con: duckdb.DuckDBPyConnection, database: str) -> dict[tuple[str, str], list[str]]:
    rows = con.execute(
        "select schema_name, table_name, list(column_name order by column_index) from duckdb_columns() "
        "where database_name = ? and not internal group by all order by all",
        [database],
    ).fetchall()
    return {(schema, table): columns for schema, table, columns in rows}


def _compare(truth: Path, found: Path, chosen: Callable[[tuple[str, str], list[str]], str | None]) -> Difference:
    """Every table of the truth for which there is a choice of columns."""
    difference = Difference()
    with duckdb.connect() as con:
        for name, path in (("truth", truth), ("found", found)):
            con.execute(f"attach '{path}' as {name} (read_only)")
        for (schema, table), columns in _columns(con, "truth").items():
            listed = chosen((schema, table), columns)
            if listed is None:
                continue
            ours, theirs = (f"select {listed} from {side}.{schema}.{table}" for side in ("found", "truth"))
            [[rows]] = con.execute(f"select count(*) from ({theirs})").fetchall()
            [[lost]] = con.execute(f"select count(*) from ({theirs} except all {ours})").fetchall()
            [[foreign]] = con.execute(f"select count(*) from ({ours} except all {theirs})").fetchall()
            difference.add(f"{schema}.{table}", rows, lost, foreign)
    return difference


def _listed(columns: list[str], left_out: frozenset[str] | set[str] = frozenset()) -> str:
    return ", ".join(f'"{column}"' for column in columns if column not in left_out)


def same_readings(truth: Path, found: Path) -> Difference:
    """The raw tables: every reading of every object, whichever run brought it, and however often."""

    def chosen(table: tuple[str, str], columns: list[str]) -> str | None:
        if table[0] != "raw" or table[1] in ("pages", "quarantine") or SAMPLED in table[1]:
            return None
        return f"distinct {_listed(columns, OF_A_RUN)}"

    return _compare(truth / WAREHOUSE, found / WAREHOUSE, chosen)


def same_figures(truth: Path, found: Path, *, published: bool) -> Difference:
    """The tables that are made of the readings: those of the warehouse, or those that readers see."""

    def chosen(table: tuple[str, str], columns: list[str]) -> str | None:
        if table[0] not in ("staging", "marts", "kpi", "published") or SAMPLED in table[1]:
            return None
        left_out = OF_THE_READING.get(table, set())
        return None if left_out is None else _listed(columns, left_out | OF_A_RUN)

    where = DATABASE if published else WAREHOUSE
    return _compare(truth / where, found / where, chosen)


def same_as_landed(project: Path, scratch: Path) -> Difference:
    """The raw tables against the landing, loaded anew in one go: each row once, and its run and page too."""
    scratch.unlink(missing_ok=True)
    landing = Landing(project / "data/landing")
    with open_writer(scratch) as con:
        load(con, landing, all_streams())
    difference = _compare(
        scratch, project / WAREHOUSE, lambda table, columns: _listed(columns) if table[0] == "raw" else None
    )
    with duckdb.connect(project / WAREHOUSE, read_only=True) as con:
        ledger = con.execute("select manifest, loaded_bytes from ops.ledger order by all").fetchall()
    sizes = [(path.name, path.read_bytes().rfind(b"\n") + 1) for path in landing.manifests()]
    wrong = set(ledger) ^ {(name, size) for name, size in sizes if size}
    difference.add("ops.ledger", len(sizes), 0, len(wrong))
    scratch.unlink()
    return difference


def set_aside(project: Path) -> list[str]:
    """Databases that a run took for damaged: after a kill none may be, or healing would hide what the kill broke."""
    return sorted(path.name for path in (project / "data/set_aside").rglob("*") if path.is_file())


def drafts(project: Path) -> list[str]:
    """What was written aside and stayed."""
    return sorted(
        path.name
        for path in (project / "data").rglob("*")
        if path.is_file() and (path.suffix in (".part", ".tmp") or ".init" in path.name)
    )
