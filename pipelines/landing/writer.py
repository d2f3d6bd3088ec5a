"""Writing pages and tables so that a kill at any moment leaves only whole ones."""

from __future__ import annotations

import hashlib
import io
import os
from collections import defaultdict
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self

import msgspec
import zstandard

from pipelines.drafts import draft_of
from pipelines.errors import StorageError
from pipelines.landing.manifest import Entry, encode_line

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from pipelines.landing.manifest import Landing
    from pipelines.landing.matching import Named
    from pipelines.sources.stream import Page, Rejected, Stream, Table

FLUSH_BYTES = 8_000_000
"""Buffered JSON before a flush: large enough that fsync is rare, small enough that a kill costs seconds of pulling."""

_LEVEL = 3  # zstd's default: a tenth of the size at a third of the time of level 9


class LandingWriter:
    """Buffers one run's pages and makes them durable, a segment per stream at each flush."""

    def __init__(self, landing: Landing, run_id: str) -> None:
        self._landing = landing
        self._run_id = run_id
        self._pages = 0
        self._segments = 0
        self._buffered = 0
        self._open = ExitStack()
        self._buffer: defaultdict[Stream, list[tuple[Page, str]]] = defaultdict(list)

    def __enter__(self) -> Self:
        self._open.enter_context(self._landing.held(alone=False))
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        with self._open:
            if not isinstance(_error, StorageError):
                self.flush()

    def add(self, page: Page) -> str:
        """Take a page; it is durable after the next flush.

        Returns:
            The page's id.
        """
        page_id = self._next_page_id()
        self._buffer[page.stream].append((page, page_id))
        self._buffered += sum(map(len, page.rows))
        if self._buffered >= FLUSH_BYTES:
            self.flush()
        return page_id

    def add_tables(self, tables: list[Table], *, options: str = "") -> list[str]:
        """Make all tables of one imported file durable, together or not at all.

        Args:
            tables: everything the file gave.
            options: how it was read; the same file read in another way is another import.

        Returns:
            The page id of each table.
        """
        with self._landing.erasures.held(alone=False):
            erased = self._erased([table.stream for table in tables])
            if erased is not None:
                tables = [erased.table(table) for table in tables]
            entries = [self._table_entry(table, options) for table in tables]
            self._append(entries)
        return [entry.page_id for entry in entries]

    def flush(self) -> None:
        """Make all buffered pages durable.

        Raises:
            BusyError: a line of the log of erasures was being written for a minute; nothing of the flush counts.
            StorageError: the disk is full or cannot be written; nothing of the flush counts.
        """
        if self._buffer:
            with self._landing.erasures.held(alone=False):
                self._write()
        self._buffer.clear()
        self._buffered = 0

    def _write(self) -> None:
        entries: list[Entry] = []
        erased = self._erased(list(self._buffer))  # now, not when a page was read: an erasure may have come between
        for stream, read in self._buffer.items():
            pages = read if erased is None else [(erased.page(page), page_id) for page, page_id in read]
            lines = [
                msgspec.json.encode(
                    {
                        "page_id": page_id,
                        "rows": [msgspec.Raw(row) for row in page.rows],
                        "rejected": _plain(page.rejected),
                        **_replayed(page),
                    }
                )
                for page, page_id in pages
            ]
            content = zstandard.compress(b"\n".join(lines) + b"\n", _LEVEL)
            relative, digest = self._write_segment(stream, content, "jsonl.zst")
            entries.extend(self._page_entry(page, page_id, relative, digest) for page, page_id in pages)
        entries.sort(key=lambda entry: entry.page_id)
        self._append(entries)

    def _erased(self, streams: list[Stream]) -> Named | None:
        """What must not come back; None where nothing was ever erased for good."""
        standing = [e for e in self._landing.erasures.all() if e.before is None and e.kind != "retention"]
        if not standing:
            return None
        from pipelines.landing.matching import Named  # noqa: PLC0415  # only after an erasure

        declared = {(stream.source, stream.name): stream for stream in streams}
        return Named.of(standing, declared, self._landing.erasures.marker())

    def _next_page_id(self) -> str:
        self._pages += 1
        return f"{self._run_id}-{self._pages:06d}"

    def _page_entry(self, page: Page, page_id: str, segment: str, digest: str) -> Entry:
        return Entry(
            page_id=page_id,
            run_id=page.origin.run_id if page.origin else self._run_id,
            source=page.stream.source,
            stream=page.stream.name,
            account_id=page.account_id,
            number=page.number,
            fetched_at=page.fetched_at,
            ingested_at=page.origin.ingested_at if page.origin else page.fetched_at,
            rows=len(page.rows),
            rejected=len(page.rejected),
            rows_read=len(page.rows) + len(page.rejected),
            complete=page.complete,
            segment=segment,
            sha256=digest,
            format="jsonl.zst",
            window_start=page.window[0],
            window_end=page.window[1],
            next_cursor=page.next_cursor,
            api_version_asked=page.api_version_asked,
            api_version_answered=page.api_version_answered,
            dropped_columns=page.strange_fields,
            replays=len(page.origin.rows) if page.origin else 0,
        )

    def _table_entry(self, table: Table, options: str) -> Entry:
        buffer = io.BytesIO()
        table.frame.write_parquet(buffer, compression="zstd", compression_level=_LEVEL)
        page_id = self._next_page_id()
        relative, digest = self._write_segment(table.stream, buffer.getvalue(), "parquet")
        rejected = (None, None)
        if table.rejected:
            line = msgspec.json.encode({"page_id": page_id, "rows": [], "rejected": _plain(table.rejected)})
            rejected = self._write_segment(table.stream, zstandard.compress(line + b"\n", _LEVEL), "rejected.jsonl.zst")
        return Entry(
            page_id=page_id,
            run_id=self._run_id,
            source=table.stream.source,
            stream=table.stream.name,
            account_id=None,
            number=1,
            fetched_at=table.read_at,
            ingested_at=table.read_at,
            rows=table.frame.height,
            rejected=len(table.rejected),
            rows_read=table.rows_read if table.counts_rows else table.frame.height + len(table.rejected),
            complete=True,
            segment=relative,
            sha256=digest,
            format="parquet",
            rejected_segment=rejected[0],
            rejected_sha256=rejected[1],
            window_start=table.window[0],
            window_end=table.window[1],
            file=table.file,
            file_sha256=table.sha256,
            file_options=options,
            counts_rows=table.counts_rows,
            dropped_columns=table.dropped_columns,
            accounts=_accounts(table),
        )

    def _write_segment(self, stream: Stream, content: bytes, suffix: str) -> tuple[str, str]:
        self._segments += 1
        relative = f"{stream.source}/{stream.name}/{self._run_id}-{self._segments:04d}.{suffix}"
        write_durably(self._landing.root / relative, content)
        return relative, hashlib.sha256(content).hexdigest()

    def _append(self, entries: list[Entry]) -> None:
        path = self._landing.manifest_dir / f"{self._run_id}.jsonl"
        lines = b"".join(map(encode_line, entries))
        size: int | None = None
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("ab") as file:
                size = file.tell()
                file.write(lines)
                file.flush()
                os.fsync(file.fileno())
            if not size:
                sync_directory(path.parent)
        except OSError as error:
            with suppress(OSError):
                if size is not None:  # else it could not be opened, and stands as it was
                    os.truncate(path, size)  # a cut line must not be the beginning of the next one
            raise _cannot_write(path, error) from None


def _accounts(table: Table) -> tuple[str, ...]:
    if table.stream.name not in ("accounts", "posts"):
        return ()
    return tuple(table.frame["account_id"].unique().sort().to_list())


def write_durably(path: Path, content: bytes) -> None:
    """Write a file that either is whole under its name or is not there at all.

    Raises:
        StorageError: the disk is full or cannot be written.
    """
    draft = draft_of(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with draft.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        sync_directory(path.parent)
    except OSError as error:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise _cannot_write(path, error) from None


def append_durably(path: Path, line: bytes) -> None:
    """Append a line to a log; what a kill cut off before is not the beginning of it.

    Raises:
        StorageError: the disk is full or cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a+b") as file:
            file.seek(0)
            file.truncate(file.read().rfind(b"\n") + 1)
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
        sync_directory(path.parent)
    except OSError as error:
        raise _cannot_write(path, error) from None


def sync_directory(path: Path) -> None:
    """Make the names in a directory durable."""
    if os.name != "posix":
        return  # Windows has no way to open a directory, and orders renames itself
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _cannot_write(path: Path, error: OSError) -> StorageError:
    return StorageError(
        f"A file cannot be written: {error.strerror}.",
        where=str(path),
        do="Free space or mend the permissions, then run the command again: everything acknowledged so far is safe.",
    )


def _plain(rejected: list[Rejected]) -> list[dict[str, object]]:
    now = datetime.now(UTC).isoformat()
    return [
        {"line": r.line, "reason": r.reason, "content": r.content, "is_replayable": r.is_replayable, "at": now}
        for r in rejected
    ]


def _replayed(page: Page) -> dict[str, list[dict[str, object]]]:
    rows = page.origin.rows if page.origin else ()
    return {"replays": [{"page_id": page_id, "place": place} for page_id, place in rows]} if rows else {}
