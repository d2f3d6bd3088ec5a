"""Landing -> raw: pages the ledger does not know yet, rows and ledger in one transaction.

The ledger holds, per manifest, how many bytes of it are loaded; so the work follows what is new, and a kill anywhere
leaves either both the rows and the ledger line or neither.

Exact duplicates: an object that a crawl met twice (a page served again, a list that moved) is stored once. A row of an
imported file that was imported before is stored once for all time; `ingested_at` is no part of that comparison. A
file's row may become rows of several tables (a post and its readings): it is a duplicate only if all of them are.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from pipelines.events import Event, OnEvent, silent
from pipelines.warehouse import kept_aside, pages, raw

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime
    from pathlib import Path

    import duckdb

    from pipelines.landing import Entry, Landing
    from pipelines.sources.stream import Stream

_LEDGER = "create table if not exists ops.ledger (manifest varchar, loaded_bytes bigint)"

_ERASED = "create table if not exists ops.erased (erasure_id varchar)"

_ENTRY = {
    "page_id": "VARCHAR",
    "run_id": "VARCHAR",
    "source": "VARCHAR",
    "stream": "VARCHAR",
    "account_id": "VARCHAR",
    "window_start": "TIMESTAMPTZ",
    "window_end": "TIMESTAMPTZ",
    "number": "INTEGER",
    "fetched_at": "TIMESTAMPTZ",
    "ingested_at": "TIMESTAMPTZ",
    "rows_read": "BIGINT",
    "rejected": "BIGINT",
    "complete": "BOOLEAN",
    "file": "VARCHAR",
    "file_sha256": "VARCHAR",
    "file_options": "VARCHAR",
    "api_version_asked": "VARCHAR",
    "api_version_answered": "VARCHAR",
    "counts_rows": "BOOLEAN",
    "accounts": "VARCHAR[]",
    "dropped_columns": "VARCHAR[]",
}
"""What the warehouse is told of a page."""


@dataclass(frozen=True)
class LoadReport:
    """What a load did.

    Args:
        page_ids: pages loaded now.
        rows_stored: rows added to raw tables.
    """

    page_ids: tuple[str, ...]
    rows_stored: int


def load(
    con: duckdb.DuckDBPyConnection,
    landing: Landing,
    streams: Iterable[Stream],
    *,
    known_until: datetime | None = None,
    only: Mapping[str, int] | None = None,
    on_event: OnEvent = silent,
) -> LoadReport:
    """Load what has landed since the last time.

    Args:
        con: the writer's connection.
        landing: where the pages are.
        streams: all declared streams; a page of any other stream is an error of ours.
        known_until: for a replay: only rows ingested at or before this instant, UTC.
        only: for a replay: manifest -> bytes of it to load; no other manifest.
        on_event: told after each manifest.

    Raises:
        StorageError: a landed file is gone or damaged; nothing of its manifest was loaded.
    """
    by_name = {(s.source, s.name): s for s in streams}
    report = _prepare_tables(con, landing, by_name, known_until)
    ledger = dict(con.execute("select manifest, loaded_bytes from ops.ledger").fetchall())
    page_ids = list(report.page_ids)
    stored = report.rows_stored
    waiting = [m for m in landing.manifests() if m.stat().st_size > ledger.get(m.name, 0)]
    if only is not None:
        waiting = [m for m in waiting if m.name in only]
    for done, manifest in enumerate(waiting, start=1):
        entries, offset = _new_entries(
            landing, manifest, ledger.get(manifest.name, 0), None if only is None else only[manifest.name]
        )
        if known_until is not None:
            entries = [e for e in entries if e.format == "parquet" or e.ingested_at <= known_until]
        con.begin()
        try:
            stored += _load_entries(con, landing, entries, by_name, known_until)
            con.execute("delete from ops.ledger where manifest = ?", [manifest.name])
            con.execute("insert into ops.ledger values (?, ?)", [manifest.name, offset])
        except BaseException:
            con.rollback()
            raise
        con.commit()
        page_ids.extend(e.page_id for e in entries)
        on_event(Event("progress", "load", done, len(waiting), f"{len(entries)} pages of run {manifest.stem}"))
    kept_aside.settle(con)
    return LoadReport(tuple(page_ids), stored)


def _prepare_tables(
    con: duckdb.DuckDBPyConnection,
    landing: Landing,
    streams: dict[tuple[str, str], Stream],
    known_until: datetime | None,
) -> LoadReport:
    """Create the raw tables; one whose columns are of an earlier version is made and loaded anew, or left as it was.

    So is one of whose pages something was erased since: what the landing holds now is what the table may hold.
    """
    con.begin()
    try:
        changed = raw.ensure_tables(con, streams.values())
        con.execute(_LEDGER)
        for stream in _owing(con, landing, streams):
            if stream not in changed:
                raw.create(con, stream)
                changed.append(stream)
        if any(stream.file_based for stream in changed):
            # a file's rows are counted over all its tables, so these are loaded again together
            changed = [s for s in streams.values() if s.file_based or s in changed]
            for stream in changed:
                raw.create(con, stream)
        if changed:
            # new rows are known by their place after the old ones: a table made anew has no old ones
            for table in ("ops.built", "ops.changes", "ops.changed_keys"):
                con.execute(f"drop table if exists {table}")
        report = _reload(con, landing, changed, known_until) if changed else LoadReport((), 0)
    except BaseException:
        con.rollback()
        raise
    con.commit()
    return report


def _owing(con: duckdb.DuckDBPyConnection, landing: Landing, streams: dict[tuple[str, str], Stream]) -> list[Stream]:
    """Streams of which something was erased that this warehouse has not seen go yet; from now on it has."""
    con.execute(_ERASED)
    known = {row[0] for row in con.execute("select erasure_id from ops.erased").fetchall()}
    owed = [e for e in landing.erasures.all() if e.swaps and e.erasure_id not in known]
    for erasure in owed:
        con.execute("insert into ops.erased values (?)", [erasure.erasure_id])
    names = {tuple(name.split(".")) for erasure in owed for name in erasure.streams}
    return [stream for key, stream in streams.items() if key in names]


def _new_entries(landing: Landing, manifest: Path, offset: int, until: int | None = None) -> tuple[list[Entry], int]:
    entries: list[Entry] = []
    for entry, place in landing.entries(manifest, offset):
        if until is not None and place > until:
            break
        entries.append(entry)
        offset = place
    return entries, offset


def _reload(
    con: duckdb.DuckDBPyConnection, landing: Landing, changed: list[Stream], known_until: datetime | None
) -> LoadReport:
    """Load streams again whose raw table was made anew, as far as the ledger says they had been loaded."""
    by_name = {(s.source, s.name): s for s in changed}
    page_ids: list[str] = []
    stored = 0
    for stream in changed:
        key = [stream.source, stream.name]
        con.execute("delete from raw.pages where source = ? and stream = ?", key)
        for table in ("quarantine", "replays", "strange_fields"):
            con.execute(f"delete from raw.{table} where source = ? and stream = ?", key)
    for name, loaded in con.execute("select manifest, loaded_bytes from ops.ledger order by manifest").fetchall():
        entries = [
            entry
            for entry, place in landing.entries(landing.manifest_dir / name)
            if place <= loaded and (entry.source, entry.stream) in by_name
        ]
        stored += _load_entries(con, landing, entries, by_name, known_until)
        page_ids.extend(e.page_id for e in entries)
    return LoadReport(tuple(page_ids), stored)


def _load_entries(
    con: duckdb.DuckDBPyConnection,
    landing: Landing,
    entries: list[Entry],
    streams: dict[tuple[str, str], Stream],
    known_until: datetime | None,
) -> int:
    groups: defaultdict[tuple[str, str, str], list[Entry]] = defaultdict(list)
    for entry in entries:
        groups[entry.source, entry.stream, entry.format].append(entry)
    stored = 0
    _tell(con, "batch", [entry for entry in entries if entry.format == "parquet"])
    con.execute("create or replace temp table fresh_lines (page_id varchar, line bigint)")
    for (source, named, kind), group in groups.items():
        stream = streams[source, named]
        # a segment holds many pages, and to look whether it is whole is to read all of it: once each
        segments = dict.fromkeys((e.segment, e.sha256) for e in group)
        paths = {name: landing.segment(name, sha256).as_posix() for name, sha256 in segments}
        if kind == "parquet":
            _tell(con, "landed", group)
            con.execute(
                "create or replace temp table landed_files as select unnest(?) as page_id, unnest(?) as path",
                [[e.page_id for e in group], [paths[e.segment] for e in group]],
            )
            stored += _insert_tables(con, stream, list(paths.values()), known_until)
            rejected = [
                landing.segment(e.rejected_segment, e.rejected_sha256 or "").as_posix()
                for e in group
                if e.rejected_segment
            ]
        else:
            stored += _insert_pages(con, stream, group, paths)
            rejected = list(paths.values()) if any(e.rejected for e in group) else []
            _tell(con, "landed", [e for e in group if e.rejected or e.replays or e.dropped_columns])
        if rejected:
            kept_aside.insert(con, rejected)
        if any(e.replays for e in group):
            kept_aside.note_replays(con, list(paths.values()))
        if kind == "jsonl.zst" and any(e.dropped_columns for e in group):
            kept_aside.note_strange_fields(con)
    con.execute(_COUNT_LINES)
    return stored


def _tell(con: duckdb.DuckDBPyConnection, name: str, group: list[Entry]) -> None:
    """Pages as a temporary table of their own; a text for each, because one text of all takes 27 kB a page."""
    texts = [msgspec.json.encode({column: getattr(entry, column) for column in _ENTRY}).decode() for entry in group]
    con.execute(
        f"""
        create or replace temp table {name} as
        select unnest(from_json_strict(line, ?)) from (select unnest(?::varchar[]) as line)
        """,
        [msgspec.json.encode(_ENTRY).decode(), texts],
    )


_WRITE_LEDGER = """
insert into raw.pages
select
    landed.page_id, landed.run_id, landed.source, landed.stream, landed.account_id,
    landed.window_start, landed.window_end, landed.number, landed.fetched_at, landed.ingested_at,
    landed.rows_read,
    coalesce(fresh.n, 0) as rows_stored,
    landed.rows_read - landed.rejected - coalesce(fresh.n, 0) as rows_duplicate,
    landed.rejected as rows_quarantined,
    landed.complete, landed.file, landed.file_sha256, landed.file_options,
    landed.api_version_asked, landed.api_version_answered, landed.counts_rows, landed.accounts
from landed
left join (select page_id, count(*) as n from fresh group by page_id) as fresh on landed.page_id = fresh.page_id
"""


_COUNT_LINES = """
update raw.pages as counted
set rows_stored = files.n, rows_duplicate = counted.rows_read - counted.rows_quarantined - files.n
from (
    select counting.page_id, count(distinct fresh_lines.line) as n
    from batch as counting
    inner join batch as tables
        on counting.run_id = tables.run_id and counting.file_sha256 = tables.file_sha256 and counting.file = tables.file
    left join fresh_lines on tables.page_id = fresh_lines.page_id
    where counting.counts_rows
    group by counting.page_id
) as files
where counted.page_id = files.page_id
"""


def _insert_pages(con: duckdb.DuckDBPyConnection, stream: Stream, group: list[Entry], paths: Mapping[str, str]) -> int:
    """The objects of pages, some ten thousand at a time, so that a crawl of millions needs no more memory."""
    stored = 0
    with pages.reading(con):
        for part in pages.parts(group):
            _tell(con, "landed", part)
            pages.read(con, stream, list(dict.fromkeys(paths[e.segment] for e in part)))
            stored += _keep(con, stream)
    return stored


def _insert_tables(
    con: duckdb.DuckDBPyConnection, stream: Stream, paths: list[str], known_until: datetime | None
) -> int:
    record = raw.record_columns(stream.record)
    # the hash is over what the file says, so neither the moment of import nor the line takes part in it
    hashed = ", ".join(f'"{name}" := rows."{name}"' for name in record if name != "ingested_at")
    generic = {
        "account_id": "null::varchar as account_id",
        "observed_at": "null::timestamptz as observed_at",
        "ingested_at": "rows.ingested_at",
        "run_id": "landed.run_id",
        "page_id": "landed.page_id",
        "row_hash": "md5_number(to_json(struct_pack(" + hashed + "))) as row_hash",
    }
    listed = ", ".join(text for name, text in generic.items() if name not in record)
    nothing = ", ".join(f'null::{kind} as "{name}"' for name, kind in record.items())
    taken = ", ".join(f'rows."{name}"::{kind} as "{name}"' for name, kind in record.items())
    con.execute(
        f"""
        create or replace temp table fresh as
        with rows as (
            select * from read_parquet(?, filename = 'segment_path', union_by_name = true, hive_partitioning = false)
            union all by name
            select {nothing} where false  -- a file of an earlier version lacks the columns that came later
        ),
        hashed as (
            select {listed}, {taken}, rows.line as file_line
            from rows
            inner join landed_files on rows.segment_path = landed_files.path
            inner join landed on landed_files.page_id = landed.page_id
            where ? is null or rows.ingested_at <= ?
        )
        select hashed.*
        from hashed
        anti join {stream.table} as stored on hashed.row_hash = stored.row_hash
        qualify row_number() over (partition by hashed.row_hash order by hashed.page_id, hashed.file_line) = 1
        """,
        [paths, known_until, known_until],
    )
    con.execute("insert into fresh_lines select page_id, file_line from fresh")
    con.execute("alter table fresh drop column file_line")
    return _keep(con, stream)


def _keep(con: duckdb.DuckDBPyConnection, stream: Stream) -> int:
    con.execute(f"insert into {stream.table} by name select * from fresh")
    con.execute(_WRITE_LEDGER)
    stored = con.execute("select count(*) from fresh").fetchall()[0][0]
    con.execute("drop table fresh")
    return int(stored)
