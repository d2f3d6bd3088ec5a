"""Processes around the published file: one that publishes until it is killed, and one that reads all the while.

Usage: python -m tests.chaos.publishing write DIRECTORY
       python -m tests.chaos.publishing read DIRECTORY      (until DIRECTORY/stop exists; prints what it saw as JSON)
       python -m tests.chaos.publishing copies DIRECTORY    (the same of the Parquet copies, each file for itself)
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import polars as pl

from pipelines.errors import SyfteError
from pipelines.warehouse.connection import open_hardened, open_writer
from pipelines.warehouse.publish import DATABASE, publish

if TYPE_CHECKING:
    from collections.abc import Callable

ROWS = 20_000


def publish_generation(con: duckdb.DuckDBPyConnection, directory: Path, generation: int) -> None:
    """Publish two tables that both hold nothing but a generation's number."""
    as_of = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=generation)
    con.execute("create or replace table config.run as select ?::timestamptz as as_of", [as_of])
    for table in ("goal_scorecard", "goal_verdict"):
        con.execute(
            f"create or replace table published.{table} as select ?::int as generation from range({ROWS})", [generation]
        )
    publish(con, directory)


def write(directory: Path) -> None:
    """Publish one generation after another, beginning after the last that stands."""
    published = directory / "published"
    first = 1
    if (published / DATABASE).exists():
        with open_hardened(published / DATABASE) as con:
            first = con.execute("select max(generation) + 1 from published.goal_verdict").fetchall()[0][0]
    with open_writer(directory / "warehouse.duckdb", wait_s=10) as con:
        print("ready", flush=True)
        for generation in count(first):
            publish_generation(con, published, generation)


def look(path: Path) -> tuple[int, bool]:
    """The generation in the published file, and whether both tables are whole and of it."""
    query = (
        "select min(generation), max(generation), count(*) "
        "from (from published.goal_scorecard union all by name from published.goal_verdict)"
    )
    with open_hardened(path) as con:
        [(low, high, rows)] = con.execute(query).fetchall()
    return high, low == high and rows == 2 * ROWS


def look_at_copies(directory: Path) -> tuple[int, bool]:
    """The oldest generation in the Parquet copies, and whether each of them is whole and of one generation."""
    found = [
        pl.read_parquet(directory / "parquet" / f"{table}.parquet")["generation"]
        for table in ("goal_scorecard", "goal_verdict")
    ]
    oldest = min(int(column[0]) for column in found)
    return oldest, all(column.n_unique() == 1 and len(column) == ROWS for column in found)


def read(directory: Path, look: Callable[[Path], tuple[int, bool]]) -> None:
    """Open, look and close until told to stop."""
    seen = {"opened": 0, "torn": 0, "backwards": 0, "errors": [], "generations": 0}
    last = 0
    print("ready", flush=True)
    while not (directory / "stop").exists():
        try:
            generation, whole = look(directory / "published")
        except (SyfteError, duckdb.Error, pl.exceptions.PolarsError, OSError) as error:
            seen["errors"].append(str(error))
            continue
        seen["opened"] += 1
        seen["torn"] += not whole
        seen["backwards"] += generation < last
        seen["generations"] += generation > last
        last = generation
    print(json.dumps(seen), flush=True)


ROLES = {
    "write": write,
    "read": lambda directory: read(directory, lambda published: look(published / DATABASE)),
    "copies": lambda directory: read(directory, look_at_copies),
}

if __name__ == "__main__":
    ROLES[sys.argv[1]](Path(sys.argv[2]))
