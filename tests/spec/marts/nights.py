"""A warehouse of the incremental models and all they read, into which batches come one after another."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from pipelines.warehouse.build import build, load_models
from pipelines.warehouse.connection import prepare
from tests.spec.staging.raw_rows import land
from tests.spec.tables import calendar, create, exists, run_config

EVERY = load_models()
INCREMENTAL = [name for name, model in EVERY.items() if model.contract.incremental]


def needed() -> list[str]:
    """The incremental models and all they read, in the order in which they are built."""
    wanted = set(INCREMENTAL)
    for name in reversed(EVERY):
        if name in wanted:
            wanted |= {read for read in EVERY[name].depends if read in EVERY}
    return [name for name in EVERY if name in wanted]


NEEDED = needed()


@dataclass
class Batch:
    """What lands between two builds.

    Args:
        rows: raw table -> objects.
        run_id: their run; two batches of one run are a run that came in two parts.
        timezone: the organisation's, which a person may change.
        built: how many models are built before the process dies; all of them where it does not.
    """

    rows: dict[str, list[dict[str, object]]]
    run_id: str
    timezone: str = "Europe/Stockholm"
    built: int = 1000


def instant(hour: int) -> str:
    return f"2025-03-{hour // 24 + 1:02d} {hour % 24:02d}:00:00Z"


def opened(zone: str = "Europe/Stockholm") -> duckdb.DuckDBPyConnection:
    con = prepare(duckdb.connect())  # as many threads as there are: what hangs on an order is to show itself
    run_config(con, timezone=zone)
    calendar(con, "2025-02-01", "2025-05-31", zone)
    for name in NEEDED:
        for read in EVERY[name].depends:
            if read not in EVERY and not exists(con, read):
                create(con, read)
    create(con, "raw.pages")
    return con


def take_in(con: duckdb.DuckDBPyConnection, batch: Batch, number: int) -> None:
    """Land a batch as the loader does: rows, and the pages they came from."""
    for table, rows in batch.rows.items():
        if not rows:
            continue
        page = f"p{number:03d}"
        land(con, table, *rows, account_id="x:9", at=instant(number + 600), run_id=batch.run_id, page_id=page)
        source, stream = table.removeprefix("raw.").split("__", 1)
        con.execute(
            "insert into raw.pages (page_id, run_id, source, stream, rows_stored) values (?, ?, ?, ?, ?)",
            [page, batch.run_id, source, stream, len(rows)],
        )


def build_all(con: duckdb.DuckDBPyConnection, *, stop: int = 1000, force: bool = False) -> None:
    for name in NEEDED[:stop]:
        build(con, EVERY[name], force=force)


def contents(con: duckdb.DuckDBPyConnection) -> dict[str, list[tuple[object, ...]]]:
    return {name: con.execute(f"from {name} order by all").fetchall() for name in NEEDED}
