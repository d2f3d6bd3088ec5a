"""Recognising in rows what was erased, by the keyed hashes of the log alone."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    import polars as pl

    from pipelines.landing.erasures import Erasure, Marker
    from pipelines.landing.manifest import Entry
    from pipelines.landing.rewriting import Row
    from pipelines.sources.stream import Page, Rejected, Stream, Table

_WORD = re.compile(r"[^\s\"',;|{}\[\]()<>]+")
"""What could be an id inside a refused row, whose form nobody knows."""

_COMMENT_ID = "interaction_id"


@dataclass(frozen=True)
class Named:
    """Recognises the rows of some erasures.

    Args:
        streams: (source, stream) -> its declaration.
        marker: hashes with the log's key.
        everything: hashes of what goes as a whole.
        content: hashes of posts whose content goes.
        before: pages that were read later are left alone; None for all.
    """

    streams: Mapping[tuple[str, str], Stream]
    marker: Marker
    everything: frozenset[str]
    content: frozenset[str] = frozenset()
    before: datetime | None = None

    @classmethod
    def of(cls, erasures: Iterable[Erasure], streams: Mapping[tuple[str, str], Stream], marker: Marker) -> Named:
        """What some erasures name."""
        chosen = [erasure for erasure in erasures if erasure.kind != "retention"]
        whole = frozenset(t for erasure in chosen if erasure.scope == "all" for t in erasure.targets)
        content = frozenset(t for erasure in chosen if erasure.scope == "content" for t in erasure.targets)
        return cls(streams, marker, whole, content, chosen[0].before if len(chosen) == 1 else None)

    def reaches(self, entry: Entry) -> bool:
        """Whether a page is of a stream that names accounts, posts, comments or people."""
        if self.before is not None and entry.fetched_at > self.before:
            return False
        return entry.account_id is not None or (entry.source, entry.stream) in self.streams

    def row(self, entry: Entry, row: Row) -> Row | None:
        """A row without what was erased; None for one that was erased as a whole."""
        if self._is_of_erased_account(entry.account_id):
            return None  # whatever it tells: the account's own figures name neither a post nor a comment
        stream = self.streams.get((entry.source, entry.stream))
        return row if stream is None else self.of_stream(stream, entry.account_id, row)

    def refused(self, entry: Entry, row: Row) -> Row | None:
        """A refused row without its content, if that names what was erased; None if its account was."""
        if self._is_of_erased_account(entry.account_id):
            return None
        content = row.get("content")
        is_meant = isinstance(content, str) and self._names(entry.account_id, content)
        return {**row, "content": None, "is_replayable": False} if is_meant else row

    def _is_of_erased_account(self, account_id: str | None) -> bool:
        return account_id is not None and self.marker("account", account_id) in self.everything

    def _names(self, account_id: str | None, content: str) -> bool:
        """Whether a text, whose form nobody knows, names something that was erased."""
        prefix = f"{account_id.split(':', 1)[0]}:" if account_id else ""
        server = _server(account_id)
        words = set(_WORD.findall(content))
        names = {one for word in words for one in (word, f"{prefix}{word}", f"{prefix}{word}{server}")}
        known = self.everything | self.content
        kinds = ("post", "comment", "author", "account")
        return any(self.marker(kind, name) in known for name in names for kind in kinds)

    def frame(self, entry: Entry, frame: pl.DataFrame) -> pl.DataFrame:
        """An imported table without what was erased."""
        stream = self.streams.get((entry.source, entry.stream))
        return frame if stream is None else self.of_table(stream, frame)

    def of_stream(self, stream: Stream, account_id: str | None, row: Row) -> Row | None:
        """A row as its stream declares it, without what was erased; the row itself where nothing was."""
        mark, gone = self.marker, self.everything
        if self._is_of_erased_account(account_id):
            return None
        posts = {mark("post", canonical(account_id, post)) for post in values_at(row, stream.post_key)}
        if posts & gone:
            return None
        if stream.role == "comments":
            return self._comment(account_id, row)
        if posts & self.content and stream.prose:
            return _without(row, stream.prose)
        return row

    def _comment(self, account_id: str | None, row: Row) -> Row | None:
        mark, gone = self.marker, self.everything
        author = row.get("author")
        if mark("comment", canonical(account_id, str(row["id"]))) in gone:
            return None
        if author is not None and mark("author", str(author)) in gone:
            return None
        parent = row.get("parent_id")
        if parent is not None and mark("comment", canonical(account_id, str(parent))) in gone:
            return {name: value for name, value in row.items() if name != "parent_id"}
        return row

    def of_table(self, stream: Stream, frame: pl.DataFrame) -> pl.DataFrame:
        """An imported table as its stream declares it, without what was erased; itself where nothing was."""
        import polars as pl  # noqa: PLC0415  # only where a table was imported

        for column, kind in (
            ("account_id", "account"),
            (_COMMENT_ID, "comment"),
            *((c, "post") for c in stream.post_key),
        ):
            if column in frame.columns:
                ids = frame[column].drop_nulls().unique().to_list()
                whole = [one for one in ids if self.marker(kind, one) in self.everything]
                if whole:
                    frame = frame.filter(~pl.col(column).is_in(whole).fill_null(value=False))
                partly = [one for one in ids if kind == "post" and self.marker(kind, one) in self.content]
                if partly and stream.prose:
                    is_meant = pl.col(column).is_in(partly)
                    frame = frame.with_columns(
                        pl.when(~is_meant).then(pl.col(name)).alias(name) for name in stream.prose
                    )
        return frame

    def page(self, page: Page) -> Page:
        """A page on its way to the disk, without what was erased for good."""
        stream = page.stream
        if self._is_of_erased_account(page.account_id):
            return dataclasses.replace(page, rows=[], rejected=[])
        if not (stream.post_key or stream.role == "comments"):
            return page
        kept: list[bytes] = []
        for raw in page.rows:
            row = msgspec.json.decode(raw)
            left = self.of_stream(stream, page.account_id, row)
            if left is not None:
                kept.append(raw if left is row else msgspec.json.encode(left))
        return dataclasses.replace(page, rows=kept, rejected=self._rejected(page.account_id, page.rejected))

    def table(self, table: Table) -> Table:
        """A table on its way to the disk, without what was erased for good."""
        frame = self.of_table(table.stream, table.frame)
        return dataclasses.replace(table, frame=frame, rejected=self._rejected(None, table.rejected))

    def _rejected(self, account_id: str | None, rejected: list[Rejected]) -> list[Rejected]:
        return [
            dataclasses.replace(one, content=None, is_replayable=False)
            if one.content and self._names(account_id, one.content)
            else one
            for one in rejected
        ]


def canonical(account_id: str | None, native_id: str) -> str:
    """The id a post or comment has everywhere: `platform:native_id`; on Mastodon with the server.

    Imported tables hold it as it is.
    """
    if account_id is None:
        return native_id
    return f"{account_id.split(':', 1)[0]}:{native_id}{_server(account_id)}"


def _server(account_id: str | None) -> str:
    """An id of Mastodon is unique on its server only."""
    if account_id is None or not account_id.startswith("mastodon:"):
        return ""
    return f"@{account_id.split('@')[1]}" if "@" in account_id else "@"


def values_at(row: Row, ways: Iterable[str]) -> Iterator[str]:
    """The texts that stand in some places of a row; those of a list one by one."""
    for way in ways:
        found: Any = row
        for part in way.split("."):
            found = cast("Row", found).get(part) if isinstance(found, dict) else None
        if isinstance(found, list):
            yield from map(str, cast("list[object]", found))
        elif found is not None:
            yield str(found)


def _without(row: Row, ways: Iterable[str]) -> Row:
    """A row without some of its fields; the row itself if it has none of them."""
    kept = row
    for way in ways:
        head, _, rest = way.partition(".")
        if head not in kept:
            continue
        if not rest:
            kept = {name: value for name, value in kept.items() if name != head}
        elif isinstance(kept[head], dict):
            inner = _without(kept[head], (rest,))
            if inner is not kept[head]:
                kept = {**kept, head: inner}
    return kept
