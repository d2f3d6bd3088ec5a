"""`syfte quarantine`: what was refused and why, and reading it again through today's allow-lists."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from pipelines.errors import UsageError
from pipelines.landing import Landing
from pipelines.run.healing import with_warehouse
from pipelines.run.preparing import all_streams, present
from pipelines.sources.stream import Origin, Page
from pipelines.warehouse.load import load

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import duckdb

    from pipelines.project import Project
    from pipelines.sources.stream import Stream

_CHOSEN = """
    ($source is null or aside.source = $source)
    and ($stream is null or aside.stream = $stream)
    and ($reason is null or contains(lower(aside.reason), lower($reason)))
    and ($row_id is null or aside.page_id || '.' || aside.place = $row_id)
"""

_GROUPS = f"""
    select aside.source, aside.stream, aside.reason,
        count(*) filter (where aside.replayed_at is null) as waiting,
        count(*) filter (where aside.replayed_at is null and aside.is_replayable) as replayable,
        count(aside.replayed_at) as replayed,
        min(pages.fetched_at) as first_at, max(pages.fetched_at) as last_at,
        max(aside.page_id || '.' || aside.place) as newest_id
    from raw.quarantine as aside
    inner join raw.pages as pages on aside.page_id = pages.page_id
    where {_CHOSEN}
    group by all
    having $settled or count(*) filter (where aside.replayed_at is null) > 0
    order by all
"""  # noqa: S608  # text of our own

_ONE = f"""
    select aside.page_id || '.' || aside.place as row_id, aside.source, aside.stream, aside.account_id, aside.file,
        aside.line, aside.reason, pages.fetched_at as read_at, aside.is_replayable, aside.replayed_at,
        aside.replayed_by, aside.content
    from raw.quarantine as aside
    inner join raw.pages as pages on aside.page_id = pages.page_id
    where {_CHOSEN}
"""  # noqa: S608  # text of our own

_WAITING = f"""
    select aside.source, aside.stream, aside.page_id, aside.place, aside.content, pages.run_id, pages.account_id,
        pages.fetched_at, pages.number, pages.window_start, pages.window_end, pages.api_version_asked,
        pages.api_version_answered
    from raw.quarantine as aside
    inner join raw.pages as pages on aside.page_id = pages.page_id
    where aside.replayed_at is null and aside.is_replayable and {_CHOSEN}
    order by aside.source, aside.stream, aside.page_id, aside.place
"""  # noqa: S608  # text of our own


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Which rows are meant; None means any.

    Args:
        source, stream: their names.
        reason: a part of the reason, in any case of letters.
        row_id: of one row.
    """

    source: str | None = None
    stream: str | None = None
    reason: str | None = None
    row_id: str | None = None

    @property
    def parameters(self) -> dict[str, str | None]:
        """For the queries of this module."""
        return {"source": self.source, "stream": self.stream, "reason": self.reason, "row_id": self.row_id}


@dataclass(frozen=True)
class Refused:
    """Rows of one stream that were refused for one reason.

    Args:
        waiting, replayable: rows that have not been read again, and those of them that a replay can read.
        replayed: rows that have been read again since.
        first_at, last_at: when the first and the last of them were read, UTC.
        newest_id: of the row refused last, for `show`.
        do: how to get the waiting rows; empty where none waits.
    """

    source: str
    stream: str
    reason: str
    waiting: int
    replayable: int
    replayed: int
    first_at: datetime
    last_at: datetime
    newest_id: str
    do: str


@dataclass(frozen=True)
class RefusedRow:
    """One refused row; `content` is its allow-listed part as it came, None where none may or could be kept."""

    row_id: str
    source: str
    stream: str
    account_id: str | None
    file: str | None
    line: int
    reason: str
    read_at: datetime
    is_replayable: bool
    replayed_at: datetime | None
    replayed_by: str | None
    content: str | None
    do: str


@dataclass
class Replayed:
    """What a replay did with the waiting rows of one stream; with a dry run, what it would do.

    Args:
        fits: rows that fit today's allow-list, landed as pages of the moment they were read at.
        refused: rows that it still refuses.
    """

    source: str
    stream: str
    fits: int = 0
    refused: int = 0


def quarantine(project: Project, choice: Choice | None = None, *, settled: bool = False) -> list[Refused]:
    """What was refused, by source, stream and reason.

    Args:
        project: whose.
        choice: which rows.
        settled: also those of which no row waits any more.

    Raises:
        BusyError: another process writes the warehouse.
        StorageError: a landed file is damaged.
    """

    def read(con: duckdb.DuckDBPyConnection) -> list[Refused]:
        load(con, Landing(project.landing_dir), all_streams())
        found = con.execute(_GROUPS, {**(choice or Choice()).parameters, "settled": settled})
        return [
            Refused(**row, do=_advice(row["source"], row["stream"], row["waiting"], row["replayable"]))
            for row in _named(found)
        ]

    return with_warehouse(project, read)


def quarantined_row(project: Project, row_id: str) -> RefusedRow:
    """One refused row.

    Raises:
        UsageError: there is none of that id.
        BusyError: another process writes the warehouse.
        StorageError: a landed file is damaged.
    """

    def read(con: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
        load(con, Landing(project.landing_dir), all_streams())
        return list(_named(con.execute(_ONE, Choice(row_id=row_id).parameters)))

    found = with_warehouse(project, read)
    if not found:
        raise UsageError(
            "No row of that id was refused.", where=row_id, do="Take an id from `syfte quarantine list --format csv`."
        )
    [row] = found
    waiting = row["replayed_at"] is None
    return RefusedRow(**row, do=_advice(row["source"], row["stream"], int(waiting), int(row["is_replayable"])))


def replay_quarantine(project: Project, choice: Choice | None = None, *, dry_run: bool = False) -> list[Replayed]:
    """Read waiting rows through today's allow-lists, and land and load those that fit now.

    They land as pages of their own, with the account, the window and the instant at which they were read from the
    platform, and never as the end of a crawl: nothing becomes newer than it is, and no crawl more complete. Running it
    again finds nothing more to do.

    Args:
        project: whose.
        choice: which rows.
        dry_run: only count.

    Raises:
        BusyError: another process writes the warehouse.
        StorageError: a landed file is damaged, or the disk is full.
    """
    landing, now = Landing(project.landing_dir), present(project)
    return with_warehouse(
        project, lambda con: read_again(con, landing, all_streams(), choice, now=now, dry_run=dry_run)
    )


def read_again(
    con: duckdb.DuckDBPyConnection,
    landing: Landing,
    streams: Iterable[Stream],
    choice: Choice | None = None,
    *,
    now: datetime,
    dry_run: bool = False,
) -> list[Replayed]:
    """Replay over an open warehouse; see `replay_quarantine`.

    Args:
        con: the writer's connection.
        landing: where the rows were kept aside, and where those that fit go.
        streams: all declared streams.
        choice: which rows.
        now: when the rows become known, UTC.
        dry_run: only count.
    """
    by_name = {(stream.source, stream.name): stream for stream in streams}
    load(con, landing, by_name.values())
    done: dict[tuple[str, str], Replayed] = {}
    pages = list(_read_again(con, by_name, choice or Choice(), now, done))
    if pages and not dry_run:
        with landing.writer(Landing.new_run_id(datetime.now(UTC))) as writer:
            for page in pages:
                writer.add(page)
        load(con, landing, by_name.values())
    return list(done.values())


def _read_again(
    con: duckdb.DuckDBPyConnection,
    streams: dict[tuple[str, str], Stream],
    choice: Choice,
    now: datetime,
    done: dict[tuple[str, str], Replayed],
) -> Iterator[Page]:
    """The rows that fit now, a page for each page that had kept some aside. Counts all rows in `done`."""
    waiting = _named(con.execute(_WAITING, choice.parameters))
    for (source, name, page_id), group in groupby(waiting, itemgetter("source", "stream", "page_id")):
        result = done.setdefault((source, name), Replayed(source, name))
        stream = streams.get((source, name))
        kept: list[bytes] = []
        places: list[tuple[str, int]] = []
        first: dict[str, Any] = {}
        for row in group:
            first = first or row
            fits = stream.read([row["content"].encode()])[0] if stream else []
            kept += fits
            places += [(page_id, row["place"])] * len(fits)
            result.fits += len(fits)
            result.refused += not fits
        if stream and kept:
            yield Page(
                stream=stream,
                account_id=first["account_id"],
                rows=kept,
                fetched_at=first["fetched_at"].astimezone(UTC),
                number=first["number"],
                window=(_utc(first["window_start"]), _utc(first["window_end"])),
                api_version_asked=first["api_version_asked"],
                api_version_answered=first["api_version_answered"],
                origin=Origin(run_id=first["run_id"], ingested_at=now, rows=tuple(places)),
            )


def _utc(instant: datetime | None) -> datetime | None:
    return instant.astimezone(UTC) if instant else None


def _named(found: duckdb.DuckDBPyConnection) -> Iterator[dict[str, Any]]:
    names = [str(column[0]) for column in found.description or []]
    return (dict(zip(names, row, strict=True)) for row in found.fetchall())


def _advice(source: str, stream: str, waiting: int, replayable: int) -> str:
    if not waiting:
        return ""
    if source == "files":
        return "mend the file or its mapping, and `syfte import` it again"
    if replayable == waiting:
        return "once Syfte reads it: `syfte quarantine replay`"
    is_sensitive = any(s.sensitive for s in all_streams() if (s.source, s.name) == (source, stream))
    why = "it may hold personal data, so nothing of it is kept" if is_sensitive else "not all of it could be kept"
    return f"{why}; the next `syfte pull` reads it again if the platform still lists it"
