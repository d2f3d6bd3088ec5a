"""Raw tables: one per declared stream, columns from its record. All of them exist, empty where a source is off."""

from __future__ import annotations

import datetime as dt
import types
import typing
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable

    import duckdb

    from pipelines.sources.stream import Stream

_SCALARS: dict[type, str] = {
    str: "VARCHAR",
    int: "BIGINT",
    float: "DOUBLE",
    bool: "BOOLEAN",
    dt.datetime: "TIMESTAMP WITH TIME ZONE",
    dt.date: "DATE",
}

GENERIC: dict[str, str] = {
    "account_id": "VARCHAR",
    "observed_at": "TIMESTAMP WITH TIME ZONE",
    "ingested_at": "TIMESTAMP WITH TIME ZONE",
    "run_id": "VARCHAR",
    "page_id": "VARCHAR",
    "row_hash": "UHUGEINT",
}
"""Columns every raw table starts with. A record's own field of the same name takes the place of ours."""

PAGES = """
create table if not exists raw.pages (
    page_id varchar, run_id varchar, source varchar, stream varchar, account_id varchar,
    window_start timestamptz, window_end timestamptz, number integer, fetched_at timestamptz, ingested_at timestamptz,
    rows_read bigint, rows_stored bigint, rows_duplicate bigint, rows_quarantined bigint, complete boolean,
    file varchar, file_sha256 varchar, file_options varchar,
    api_version_asked varchar, api_version_answered varchar, counts_rows boolean, accounts varchar[]
)
"""

QUARANTINE = """
create table if not exists raw.quarantine (
    page_id varchar, place integer, source varchar, stream varchar, account_id varchar,
    file varchar, line bigint, reason varchar, content varchar, is_replayable boolean, quarantined_at timestamptz,
    replayed_at timestamptz, replayed_by varchar
)
"""

REPLAYS = """
create table if not exists raw.replays (
    page_id varchar, place integer, source varchar, stream varchar, replayed_by varchar, replayed_at timestamptz
)
"""

STRANGE_FIELDS = """
create table if not exists raw.strange_fields (
    page_id varchar, run_id varchar, source varchar, stream varchar, name varchar, seen_at timestamptz
)
"""

_BOOKS = {
    "raw.pages": PAGES,
    "raw.quarantine": QUARANTINE,
    "raw.replays": REPLAYS,
    "raw.strange_fields": STRANGE_FIELDS,
}
"""What is kept beside the streams' own tables."""


def duckdb_type(kind: Any) -> str:  # noqa: ANN401  # a type expression has no narrower type
    """The DuckDB type of a record's field.

    A union of several plain types (a value that may be a number or an object) becomes JSON.
    """
    origin = typing.get_origin(kind)
    if origin is typing.Annotated:
        return duckdb_type(typing.get_args(kind)[0])
    if origin is typing.Literal:
        return "VARCHAR"
    if origin in (typing.Union, types.UnionType):
        members = [a for a in typing.get_args(kind) if a is not type(None)]
        return duckdb_type(members[0]) if len(members) == 1 else "JSON"
    if origin in (list, dict):
        inner = [duckdb_type(a) for a in typing.get_args(kind)]
        return f"{inner[0]}[]" if origin is list else f"MAP({', '.join(inner)})"
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        fields = ", ".join(f'"{name}" {text}' for name, text in record_columns(kind).items())
        return f"STRUCT({fields})"
    return _SCALARS[kind]


def record_columns(record: type[msgspec.Struct]) -> dict[str, str]:
    """Columns of a record, as named on the wire -> DuckDB type, in the record's order."""
    hints = typing.get_type_hints(record, include_extras=True)
    return {field.encode_name: duckdb_type(hints[field.name]) for field in msgspec.structs.fields(record)}


def columns(stream: Stream) -> dict[str, str]:
    """All columns of a stream's raw table -> DuckDB type."""
    return {**GENERIC, **record_columns(stream.record)}


def ensure_tables(con: duckdb.DuckDBPyConnection, streams: Iterable[Stream]) -> list[Stream]:
    """Create the raw tables that are missing, and make anew those whose record has changed.

    Returns:
        Streams whose table was dropped because its columns changed; their pages must be loaded again from the landing.
    """
    if any(_is_of_another_version(con, table, text) for table, text in _BOOKS.items()):
        # the warehouse is a cache, so all of raw is loaded again from the landing
        for table in (*_BOOKS, "ops.ledger", "ops.built", *(stream.table for stream in streams)):
            con.execute(f"drop table if exists {table}")
    for text in _BOOKS.values():
        con.execute(text)
    changed: list[Stream] = []
    standing = defaultdict[str, list[tuple[str, str]]](list)
    for table, name, kind in con.execute(_COLUMNS).fetchall():  # all at once: each look goes through every table
        standing[table].append((name, kind))
    for stream in streams:
        wanted = columns(stream)
        found = standing[stream.table]
        if found and [name for name, _ in found] == list(wanted) and _same_types(con, found, wanted):
            continue
        if found:
            changed.append(stream)
        create(con, stream)
    return changed


_COLUMNS = """
select schema_name || '.' || table_name, column_name, data_type from duckdb_columns()
where schema_name = 'raw' order by 1, column_index
"""


def _is_of_another_version(con: duckdb.DuckDBPyConnection, table: str, text: str) -> bool:
    found = con.execute(
        "select column_name from duckdb_columns() where schema_name || '.' || table_name = ? order by column_index",
        [table],
    )
    stood = [row[0] for row in found.fetchall()]
    wanted = text[text.index("(") + 1 : text.rindex(")")]
    return bool(stood) and stood != [column.split()[0] for column in wanted.split(",")]


def create(con: duckdb.DuckDBPyConnection, stream: Stream) -> None:
    """Create a stream's raw table, empty, in the place of the one that may be there."""
    listed = ", ".join(f'"{name}" {kind}' for name, kind in columns(stream).items())
    title = (stream.title or stream.name).replace("'", "''")
    con.execute(f"create or replace table {stream.table} ({listed})")
    con.execute(f"comment on table {stream.table} is '{title}'")


def _same_types(con: duckdb.DuckDBPyConnection, found: list[tuple[str, str]], wanted: dict[str, str]) -> bool:
    listed = ", ".join(f'null::{kind} as "{name}"' for name, kind in wanted.items())
    spelled = con.execute(f"describe select {listed}").fetchall()
    return [kind for _, kind in found] == [row[1] for row in spelled]
