"""Pages of an API as rows: read from the segments they landed in, some ten thousand objects at a time.

What a crawl met twice is found by a mark of 64 bits; whether objects of one mark are equal is then asked of them alone.
A window over all of them would hold every text in memory.
"""

from __future__ import annotations

from collections import defaultdict
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import duckdb

from pipelines.warehouse import raw
from pipelines.warehouse.kept_aside import longest_line

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from pipelines.landing import Entry
    from pipelines.sources.stream import Stream

PART_ROWS = 20_000
"""Objects that are read into memory at once: a full segment, more or less."""


def parts(group: list[Entry]) -> Iterator[list[Entry]]:
    """Pages in their order, all of a segment together."""
    segments: defaultdict[str, list[Entry]] = defaultdict(list)
    for entry in group:
        segments[entry.segment].append(entry)
    part: list[Entry] = []
    rows = 0
    for entries in segments.values():
        part.extend(entries)
        rows += sum(e.rows for e in entries)
        if rows >= PART_ROWS:
            yield part
            part, rows = [], 0
    if part:
        yield part


@contextmanager
def reading(con: duckdb.DuckDBPyConnection) -> Generator[None]:
    """Prepare for `read`: nothing was met yet, and one thread works.

    A segment is read by one thread whatever there is; more would set memory aside, wait and take a tenth more CPU.
    """
    con.execute("create or replace temp table marks (mark ubigint)")
    [(threads,)] = con.execute("select current_setting('threads')").fetchall()
    con.execute("set threads = 1")
    try:
        yield
    except BaseException:
        with suppress(duckdb.Error), con.cursor() as other:  # the transaction that failed would refuse it
            other.execute(f"set threads = {threads}")
        raise
    con.execute(f"set threads = {threads}")


def read(con: duckdb.DuckDBPyConnection, stream: Stream, paths: list[str]) -> None:
    """The objects of the pages in table `landed` as table `fresh`, each object of a crawl once.

    Args:
        con: the writer's connection.
        stream: what the objects are.
        paths: the segments that hold them.
    """
    record = raw.record_columns(stream.record)
    shape = "STRUCT(" + ", ".join(f'"{name}" {kind}' for name, kind in record.items()) + ")[]"
    taken = ", ".join(f'item."{name}"' for name in record)
    generic = ", ".join(
        {
            "account_id": "landed.account_id",
            "observed_at": "landed.fetched_at",
            "ingested_at": "landed.ingested_at",
            "run_id": "landed.run_id",
            "page_id": "landed.page_id",
            "row_hash": "null::uhugeint as row_hash",
        }[name]
        + (f" as {name}" if name == "observed_at" else "")
        for name in raw.GENERIC
        if name not in record
    )
    con.execute(
        f"""
        create or replace temp table fresh as
        with objects as (
            select page_id, unnest(rows) as item
            from read_json(?, format = 'newline_delimited', compression = 'zstd', maximum_object_size = ?,
                hive_partitioning = false, columns = {{'page_id': 'VARCHAR', 'rows': ?}})
        )
        select {generic}, {taken}, hash(landed.run_id, landed.account_id, item) as mark
        from objects
        inner join landed on objects.page_id = landed.page_id
        """,
        [paths, longest_line(paths), shape],
    )
    _drop_what_came_twice(con, stream)


def _drop_what_came_twice(con: duckdb.DuckDBPyConnection, stream: Stream) -> None:
    """Of equal objects of a crawl only the first stays; whether they are equal is asked of those of one mark only."""
    con.execute(
        """
        create or replace temp table twice as
        select mark from fresh group by mark having count(*) > 1
        union
        select mark from fresh where mark in (select mark from marks)
        """
    )
    con.execute("insert into marks select mark from fresh")
    if con.execute("from twice limit 1").fetchall():
        names = list(raw.record_columns(stream.record))
        fresh, stored, bare = (", ".join(f'{of}"{name}"' for name in names) for of in ("fresh.", "stored.", ""))
        con.execute(
            f"""
            delete from fresh where rowid in (
                with met as (
                    select fresh.rowid as met_as, landed.page_id as met_on, landed.run_id as met_in,
                        landed.account_id as met_at, {fresh}
                    from fresh
                    inner join landed on fresh.page_id = landed.page_id
                    where fresh.mark in (select mark from twice)
                    union all
                    select -1, pages.page_id, pages.run_id, pages.account_id, {stored}
                    from {stream.table} as stored
                    inner join raw.pages as pages on stored.page_id = pages.page_id
                    where pages.run_id in (select run_id from landed)
                )
                select met_as from met
                qualify row_number() over (
                    partition by met_in, met_at, {bare} order by met_as >= 0, met_on, met_as
                ) > 1
            )
            """
        )
    con.execute("drop table twice")
    con.execute("alter table fresh drop column mark")
