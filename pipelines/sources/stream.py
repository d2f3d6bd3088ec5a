"""What a source offers: streams, and the pages and tables it yields for them.

A stream's `record` is a `msgspec.Struct` and at the same time
- the allow-list: what is not a field never reaches the disk,
- the type check: a value of another type is refused, never coerced,
- the columns of `raw.<source>__<stream>`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec

from pipelines.sources import sightings, verbatim
from pipelines.sources.names import names_of
from pipelines.sources.setting_aside import allowed_part, reason_of, stands_twice

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    import polars as pl

    from pipelines.sources.allowance import Costs


Count = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
"""A number of things; more than 63 bits is a broken answer, not a success."""

SignedCount = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
"""A net number, which may fall below zero."""

Text = Annotated[str, msgspec.Meta(max_length=100_000)]
"""Free text. The longest post any platform allows is 63,206 characters; five megabytes is an attack."""

Role = Literal["account", "posts", "post_metrics", "account_series", "comments", "stories", "metric_status", "other"]
"""What a stream is for; docs/sources/README.md is made of it."""

_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


class Record(msgspec.Struct, forbid_unknown_fields=False, omit_defaults=True):
    """Base of every allow-list. Fields that a platform may leave out default to None."""


@dataclass(frozen=True, kw_only=True)
class Stream:
    """One kind of object a source gives.

    Args:
        source: the source's name, as in `raw.<source>__<name>`.
        name: the stream's name.
        record: the allow-list.
        kind: `snapshot` streams are read now and cannot be backfilled; `period` streams have a window.
        sensitive: rejected rows are kept without their content (comments, tips, surveys): read or import them again.
        title: what one object is, for people.
        role: what it is for.
        path: the request, as the platform documents it.
        history: how far back the platform gives it, for people.
        window: the longest span of one request; None where there is no such bound.
        lag: figures younger than this may be missing or still change.
        cost: what one request takes of which allowance.
        batch: objects that one request brings at most: posts of a page, posts whose metrics are asked for together; 0
            if one request brings everything. Forecasts rest on it.
        calls: requests that one batch needs, such as groups of metrics asked for one after another.
        metrics: native names of the figures it brings, as in the metric catalogue.
        post_key: where its rows name the post they speak of, as dotted ways on the wire; the ids of all its versions.
        prose: what of a row goes when a post's content is erased, as dotted ways; ids, instants and figures stay.
    """

    source: str
    name: str
    record: type[Record]
    kind: Literal["snapshot", "period"] = "snapshot"
    sensitive: bool = False
    title: str = ""
    role: Role = "other"
    path: str = ""
    history: str = ""
    window: timedelta | None = None
    lag: timedelta = timedelta(0)
    cost: Costs = ()
    batch: int = 0
    calls: int = 1
    metrics: tuple[str, ...] = ()
    post_key: tuple[str, ...] = ()
    prose: tuple[str, ...] = ()

    @property
    def table(self) -> str:
        """Name of the raw table, schema included."""
        return f"raw.{self.source}__{self.name}"

    @property
    def file_based(self) -> bool:
        """True for the canonical tables that imported files end up in."""
        return self.source == "files"

    def read(
        self, objects: Iterable[msgspec.Raw | bytes], is_wanted: Callable[[Any], bool] | None = None
    ) -> tuple[list[bytes], list[Rejected]]:
        """Filter objects through the allow-list.

        Args:
            objects: raw JSON objects, in the order of the page.
            is_wanted: asked of each object that fits, as the record it is; what is not wanted is left out.

        Returns:
            The objects that fit, as JSON of the allowed fields only, and the others with their reason.
        """
        decoder = msgspec.json.Decoder(self.record)
        encode = msgspec.json.encode
        fitting: list[tuple[int, msgspec.Raw | bytes, bytes]] = []
        rejected: list[Rejected] = []
        for line, raw in enumerate(objects, start=1):
            try:
                record = decoder.decode(raw)
                if is_wanted is None or is_wanted(record):
                    fitting.append((line, raw, encode(record)))
            except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
                rejected.append(self._aside(line, reason_of(error), raw))
        # the decoder takes the last of two silently; of most pages their length tells that there are none, and one odd
        # object makes all of its page be asked one by one
        names = names_of(self.record, [raw for _, raw, _ in fitting[1:]])
        if names is not None and (book := sightings.current()):
            book.note(self.table, self.record, names)
        kept: list[bytes] = []
        for place, (line, raw, row) in enumerate(fitting):
            reason = "a text holds the character NUL" if b"\\u0000" in row and _NUL.search(row) else ""
            if not reason and (names is None or place == 0):
                reason = self._doubt(raw, first=place == 0)
            if reason:
                rejected.append(self._aside(line, reason, raw))
            else:
                kept.append(row)
        return kept, sorted(rejected, key=lambda one: one.line)

    def _doubt(self, raw: msgspec.Raw | bytes, *, first: bool) -> str:
        """Why an object that the decoder took must be refused all the same; empty if it need not."""
        names = None if first else names_of(self.record, [raw])
        value: dict[str, Any] = {}
        if names is None:
            try:
                value, is_doubtful = verbatim.glance(bytes(raw))
                if is_doubtful and (name := stands_twice(self.record, value)):
                    return f"`{name}` stands twice, so that nobody knows which was meant"
            except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
                return reason_of(error)
            names = set(value)
        if book := sightings.current():
            book.note(self.table, self.record, names, within=value if first else None)
        return ""

    def _aside(self, line: int, reason: str, raw: msgspec.Raw | bytes) -> Rejected:
        if self.sensitive:
            return Rejected(line=line, reason=reason)
        content, is_whole = allowed_part(self.record, bytes(raw))
        return Rejected(line=line, reason=reason, content=content, is_replayable=is_whole)


@dataclass(frozen=True, kw_only=True)
class Rejected:
    """A row kept aside.

    Args:
        line: its place: the object's number on its page, or the line in its file; 1-based.
        reason: why, naming the field.
        content: the allow-listed part as text, or None where it could be personal or unreadable.
        is_replayable: the content is all that is needed to read the row again once the allow-list fits.
    """

    line: int
    reason: str
    content: str | None = None
    is_replayable: bool = False


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where the rows of a page come from that were kept aside before, and now fit.

    Args:
        run_id: the run that read them from the platform.
        ingested_at: when they became known as rows: now, UTC.
        rows: the page and the place among its rejected rows, 1-based, of each.
    """

    run_id: str
    ingested_at: datetime
    rows: tuple[tuple[str, int], ...]


@dataclass(frozen=True, kw_only=True)
class Page:
    """One answered page of one stream, already through the allow-list.

    Args:
        stream: what the rows are.
        account_id: whose they are, `platform:native_id`; the source's name where there is no account.
        rows: JSON objects of the allowed fields.
        rejected: rows that did not fit.
        fetched_at: the server's clock when it answered, UTC.
        number: 1-based place in the crawl.
        next_cursor: where the next page starts; None on the last.
        complete: True on the last page of a crawl that the platform itself ended.
        window: the period asked for, UTC, half-open; (None, None) for a crawl without one.
        api_version_asked, api_version_answered: None where the platform has no such thing.
        strange_fields: names of fields that the allow-list lacks, each told once in a run.
        origin: for rows that were kept aside before; then everything else is as it was when they were read.
    """

    stream: Stream
    account_id: str
    rows: list[bytes]
    fetched_at: datetime
    number: int = 1
    next_cursor: str | None = None
    complete: bool = False
    rejected: list[Rejected] = field(default_factory=list["Rejected"])
    window: tuple[datetime | None, datetime | None] = (None, None)
    api_version_asked: str | None = None
    api_version_answered: str | None = None
    strange_fields: tuple[str, ...] = ()
    origin: Origin | None = None


@dataclass(frozen=True, kw_only=True)
class Table:
    """One table read from a file.

    Args:
        stream: what the rows are; the frame's columns are its record's fields, instants as `Datetime("us", "UTC")`.
        frame: the rows, with two more columns: `line` (the 1-based line of the file the row came from) and
            `ingested_at` (when the row became known; `Datetime("us", "UTC")`).
        rejected: rows that were refused.
        file: the file's name as the user gave it.
        sha256: of the file's bytes.
        read_at: when the file was read, UTC.
        rows_read: rows in the file, before anything was refused; several tables of one file share it.
        dropped_columns: column names that the allow-list dropped.
        counts_rows: exactly one table of a file has True: the one whose rows stand one to one for the file's rows, so
            that rows read = rows stored + rows quarantined + exact duplicates can be checked.
        window: the period the file speaks of, UTC, half-open.
    """

    stream: Stream
    frame: pl.DataFrame
    file: str
    sha256: str
    read_at: datetime
    rows_read: int
    rejected: list[Rejected] = field(default_factory=list["Rejected"])
    dropped_columns: tuple[str, ...] = ()
    counts_rows: bool = True
    window: tuple[datetime | None, datetime | None] = (None, None)
