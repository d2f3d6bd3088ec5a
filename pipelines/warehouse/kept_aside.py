"""What was refused, in `raw.quarantine`: each row with its reason, and whether it has been read again since.

Also the names of fields that no allow-list has, in `raw.strange_fields`. All of it comes from landed pages; those
that are being loaded stand in the caller's temporary table `landed`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import zstandard

if TYPE_CHECKING:
    from collections.abc import Iterable

    import duckdb

MAX_OBJECT = 512 * 1024 * 1024
"""Bytes of one JSON line: a page of 100 posts of the longest allowed text fits many times over."""
_LEAST = 1024 * 1024
"""DuckDB's own is 16 MB, of which it sets twice as much aside for each file."""

_REJECTED = 'STRUCT(line BIGINT, reason VARCHAR, content VARCHAR, is_replayable BOOLEAN, "at" TIMESTAMPTZ)[]'

_INSERT = f"""
insert into raw.quarantine
with objects as (
    select page_id, unnest(rejected) as item, generate_subscripts(rejected, 1) as place
    from read_json(?, format = 'newline_delimited', compression = 'zstd', maximum_object_size = ?,
        hive_partitioning = false,
        columns = {{'page_id': 'VARCHAR', 'rejected': '{_REJECTED}'}})
)
select objects.page_id, objects.place, landed.source, landed.stream, landed.account_id, landed.file,
    item.line, item.reason, item.content, coalesce(item.is_replayable, false), item."at", null, null
from objects
inner join landed on objects.page_id = landed.page_id
"""

_NOTE_REPLAYS = """
insert into raw.replays
with lines as (
    select page_id, unnest(replays) as item
    from read_json(?, format = 'newline_delimited', compression = 'zstd', maximum_object_size = ?,
        hive_partitioning = false,
        columns = {'page_id': 'VARCHAR', 'replays': 'STRUCT(page_id VARCHAR, place INTEGER)[]'})
)
select lines.item.page_id, lines.item.place, landed.source, landed.stream, landed.page_id, landed.ingested_at
from lines
inner join landed on lines.page_id = landed.page_id
"""

# Whatever the order in which pages were loaded: a clock that was put back may have named a replay before its crawl.
_SETTLE = """
update raw.quarantine as aside
set replayed_at = settled.replayed_at, replayed_by = settled.replayed_by
from (
    select page_id, place, replayed_at, replayed_by from raw.replays
    union all
    -- a file that is imported again is read anew from its first row to its last
    select aside.page_id, aside.place, min(again.ingested_at), min(again.page_id)
    from raw.quarantine as aside
    inner join raw.pages as before on aside.page_id = before.page_id
    inner join raw.pages as again on before.file_sha256 = again.file_sha256 and before.page_id < again.page_id
    where aside.replayed_at is null and again.counts_rows
    group by aside.page_id, aside.place
) as settled
where aside.page_id = settled.page_id and aside.place = settled.place and aside.replayed_at is null
"""

_NOTE_STRANGE = """
insert into raw.strange_fields
select page_id, run_id, source, stream, unnest(dropped_columns) as name, fetched_at from landed
"""


def longest_line(paths: Iterable[str]) -> int:
    """Bytes of the longest line that segments may hold: what DuckDB sets twice aside for each file under way."""
    sizes = [_LEAST]
    for path in paths:
        with Path(path).open("rb") as file:
            size = zstandard.frame_content_size(file.read(18))  # a header is no longer
        sizes.append(size if size >= 0 else MAX_OBJECT)
    return min(max(sizes), MAX_OBJECT)


def insert(con: duckdb.DuckDBPyConnection, paths: list[str]) -> None:
    """Add what the segments hold of refused rows."""
    con.execute(_INSERT, [paths, longest_line(paths)])


def note_replays(con: duckdb.DuckDBPyConnection, paths: list[str]) -> None:
    """Add which refused rows the segments hold what came of."""
    con.execute(_NOTE_REPLAYS, [paths, longest_line(paths)])


def settle(con: duckdb.DuckDBPyConnection) -> None:
    """Mark the refused rows that have been read again since, by a replay or by importing their file again."""
    con.execute(_SETTLE)


def note_strange_fields(con: duckdb.DuckDBPyConnection) -> None:
    """Add the names of fields that pages held and no allow-list has."""
    con.execute(_NOTE_STRANGE)
