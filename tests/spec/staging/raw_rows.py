"""Raw rows as the loader writes them: objects of the wire, through the stream's own columns."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pipelines.warehouse.raw import record_columns
from tests.spec.tables import create, exists, load, streams

if TYPE_CHECKING:
    import duckdb


def land(
    con: duckdb.DuckDBPyConnection,
    table: str,
    *objects: dict[str, object],
    account_id: str | None = None,
    at: str = "2026-03-02 05:00:00Z",
    run_id: str = "r1",
    page_id: str = "p1",
) -> None:
    """Put objects, as a platform or a file wrote them, into a raw table.

    Args:
        con: the connection of the `con` fixture.
        table: the raw table.
        objects: rows; a field that is not there is NULL.
        account_id: whose page it was.
        at: when the server answered; it landed a second later.
        run_id: the pull.
        page_id: the page.
    """
    if not exists(con, table):
        create(con, table)
    fields = record_columns(streams()[table].record)
    for item in objects:
        taken = ", ".join(f'row."{name}"' for name in fields)
        names = ", ".join(f'"{name}"' for name in fields)
        generic = {
            "account_id": account_id,
            "observed_at": at,
            "ingested_at": at.replace(":00Z", ":01Z"),
            "run_id": run_id,
            "page_id": page_id,
        }
        own = {name: value for name, value in generic.items() if name not in fields}
        marks = ", ".join("?" for _ in own)
        con.execute(
            f"insert into {table} ({', '.join(own)}, {names}) "
            f"select {marks}, {taken} from (select json_transform(?::json, ?) as row)",
            [*own.values(), json.dumps(item), json.dumps(fields)],
        )


def crawl(con: duckdb.DuckDBPyConnection, text: str) -> None:
    """Add to raw.pages: page, source, stream, account, window start, window end, fetched at, complete."""
    load(con, "raw.pages", "page_id, source, stream, account_id, window_start, window_end, fetched_at, complete", text)
    con.execute("update raw.pages set run_id = 'r1' where run_id is null")
