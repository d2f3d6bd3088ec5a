"""What age takes out of the landing (`sql/seeds/retention.csv`)."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from pipelines.landing.writer import write_durably

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    import duckdb
    import polars as pl

    from pipelines.landing.erasures import Erasure
    from pipelines.landing.manifest import Entry, Landing
    from pipelines.landing.rewriting import Row
    from pipelines.project import Project
    from pipelines.sources.stream import Stream

CLASSES = ("tip_rows", "raw_snapshots", "comment_authors", "quarantine_content")
"""Classes of data that lie in the landing and go by age alone."""

_SNAPSHOTS = ("posts", "post_metrics", "stories", "account")
"""Roles of the streams whose rows are readings."""

_INSTANT = {"tips": "received_at", "post_snapshots": "observed_at", "account_snapshots": "observed_at"}
"""Imported tables -> the column that says how old a row is."""

_OBJECT = {"post_snapshots": ["post_id", "native_metric"], "account_snapshots": ["account_id", "native_metric"]}
"""Of what the last reading stays."""

_WEEKS = """
    select
        cast(date_trunc('week', local_date) as date) as week_start, unit_id,
        count(*) as tips, count(*) filter (where is_documented) as documented
    from marts.fct_tips where received_at < $until group by all order by all
"""


@dataclass(frozen=True)
class Aged:
    """Takes out what is older than its class is kept.

    Args:
        streams: (source, stream) -> its declaration.
        limits: class -> what landed or happened before this instant goes, UTC.
        last: (source, stream, account, object) -> page of its last reading in the landing.
        last_imported: table -> object -> instant of its last reading.
    """

    streams: Mapping[tuple[str, str], Stream]
    limits: Mapping[str, datetime]
    last: Mapping[tuple[str, str, str, str], str]
    last_imported: Mapping[str, pl.DataFrame]

    def reaches(self, entry: Entry) -> bool:
        """Whether a page is old enough to hold something that goes; of an imported table its rows say it."""
        if entry.source == "files" and (entry.stream in _INSTANT or entry.rejected):
            return True
        return any(self._is_due(name, entry) for name in self.limits)

    def row(self, entry: Entry, row: Row) -> Row | None:
        """A row as long as it may be kept."""
        stream = self.streams[entry.source, entry.stream]
        if entry.source == "tips":
            return None if self._is_due("tip_rows", entry) else row
        if stream.role == "comments":
            if self._is_due("comment_authors", entry) and "author" in row:
                return {name: value for name, value in row.items() if name != "author"}
            return row
        if stream.role in _SNAPSHOTS and self._is_due("raw_snapshots", entry):
            key = (entry.source, entry.stream, entry.account_id or "", object_of(stream, row))
            return row if self.last.get(key) == entry.page_id else None
        return row

    def refused(self, entry: Entry, row: Row) -> Row | None:
        """A refused row without its content, once that is over."""
        until = self.limits.get("quarantine_content")
        is_over = until is not None and entry.fetched_at < until
        return {**row, "content": None, "is_replayable": False} if is_over and row.get("content") is not None else row

    def frame(self, entry: Entry, frame: pl.DataFrame) -> pl.DataFrame:
        """An imported table without the rows whose time is over."""
        import polars as pl  # noqa: PLC0415  # only where a table was imported

        until = self.limits.get("tip_rows" if entry.stream == "tips" else "raw_snapshots")
        if entry.stream not in _INSTANT or until is None:
            return frame
        is_young = pl.col(_INSTANT[entry.stream]) >= until
        if entry.stream == "tips":
            return frame.filter(is_young)
        object_ = _OBJECT[entry.stream]
        found = frame.join(self.last_imported[entry.stream], on=object_, how="left", maintain_order="left")
        return found.filter(is_young | (pl.col("observed_at") == pl.col("last_at"))).drop("last_at")

    def _is_due(self, name: str, entry: Entry) -> bool:
        until = self.limits.get(name)
        if until is None:
            return False
        # a page of tips may be read late: what counts is the day it speaks of
        when = entry.window_end if entry.source == "tips" and entry.window_end else entry.fetched_at
        stream = self.streams[entry.source, entry.stream]
        fits = {
            "tip_rows": entry.source == "tips",
            "raw_snapshots": stream.role in _SNAPSHOTS,
            "comment_authors": stream.role == "comments",
            "quarantine_content": entry.rejected > 0,
        }
        return fits.get(name, False) and when < until


def object_of(stream: Stream, row: Row) -> str:
    """What a reading is of: the post or story, else the account itself."""
    from pipelines.landing.matching import values_at  # noqa: PLC0415

    return "|".join(values_at(row, stream.post_key)) if stream.post_key else ""


def aged(landing: Landing, erasure: Erasure) -> Aged:
    """What a purge takes out, known from its line in the log: classes and limits."""
    limits = dict(_limit(one) for one in erasure.targets)
    return edit(landing, limits)


def target(name: str, until: datetime) -> str:
    """How a limit stands in the log."""
    return f"{name}<{until.isoformat()}"


def _limit(text: str) -> tuple[str, datetime]:
    import datetime as dt  # noqa: PLC0415

    name, _, until = text.partition("<")
    return name, dt.datetime.fromisoformat(until)


def edit(landing: Landing, limits: Mapping[str, datetime]) -> Aged:
    """The edit for some limits; looks through the readings once to know the last of each object."""
    from pipelines.run.preparing import all_streams  # noqa: PLC0415

    streams = {(s.source, s.name): s for s in all_streams()}
    chosen = {name: until for name, until in limits.items() if name in CLASSES}
    if "raw_snapshots" not in chosen:
        return Aged(streams, chosen, {}, {})
    last, imported = _last_readings(landing, streams, chosen["raw_snapshots"])
    return Aged(streams, chosen, last, imported)


def _last_readings(
    landing: Landing, streams: Mapping[tuple[str, str], Stream], until: datetime
) -> tuple[dict[tuple[str, str, str, str], str], dict[str, pl.DataFrame]]:
    import polars as pl  # noqa: PLC0415
    import zstandard  # noqa: PLC0415

    last: dict[tuple[str, str, str, str], tuple[datetime, str]] = {}
    tables: dict[str, list[pl.DataFrame]] = {name: [] for name in _OBJECT}
    entries = [entry for manifest in landing.manifests() for entry, _ in landing.entries(manifest)]
    readings = [e for e in entries if e.source != "files" and streams[e.source, e.stream].role in _SNAPSHOTS]
    old = {(e.source, e.stream) for e in readings if e.fetched_at < until}
    wanted = {e.page_id: e for e in readings if (e.source, e.stream) in old}
    for name, sha256 in {(e.segment, e.sha256) for e in wanted.values()}:
        packed = landing.segment(name, sha256).read_bytes()
        for line in zstandard.ZstdDecompressor().stream_reader(packed).read().splitlines():
            page = msgspec.json.decode(line)
            entry = wanted.get(page["page_id"])
            if entry is None:
                continue
            for row in page["rows"]:
                stream = streams[entry.source, entry.stream]
                key = (entry.source, entry.stream, entry.account_id or "", object_of(stream, row))
                last[key] = max(last.get(key, (entry.fetched_at, "")), (entry.fetched_at, entry.page_id))
    for entry in entries:
        if entry.source == "files" and entry.stream in tables:
            path = landing.segment(entry.segment, entry.sha256)
            tables[entry.stream].append(pl.read_parquet(path, columns=[*_OBJECT[entry.stream], "observed_at"]))
    imported = {
        name: pl.concat(parts).group_by(_OBJECT[name]).agg(pl.col("observed_at").max().alias("last_at"))
        for name, parts in tables.items()
        if parts
    }
    return {key: page_id for key, (_, page_id) in last.items()}, imported


def keep_weeks(con: duckdb.DuckDBPyConnection, project: Project, erasure: Erasure) -> None:
    """Keep what stays of tips that a purge takes out: how many came per unit and week.

    The file bears the purge's id: killed and done again, it is written again, from the same rows, and counts once.
    Small counts are in it: not for readers.

    Args:
        con: the writer's connection.
        project: whose; what has landed and is not built yet is built first, as far as tips need it.
        erasure: a purge, of which nothing is taken out yet; of any other nothing is kept.
    """
    from pipelines.run.preparing import bring_up  # noqa: PLC0415

    until = dict(_limit(one) for one in erasure.targets).get("tip_rows") if erasure.kind == "retention" else None
    if until is None:
        return
    bring_up(con, project, ("marts.fct_tips",))
    buffer = io.BytesIO()
    con.sql(_WEEKS, params={"until": until}).pl().write_parquet(buffer)
    write_durably(project.landing_dir / "tip_weeks" / f"{erasure.erasure_id}.parquet", buffer.getvalue())
