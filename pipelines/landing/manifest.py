"""The manifest: what has landed, and how far a reader has come."""

from __future__ import annotations

import errno
import hashlib
import secrets
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar

import msgspec

from pipelines.errors import StorageError
from pipelines.locks import held

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from contextlib import AbstractContextManager

    from pipelines.landing.erasures import Overlay
    from pipelines.landing.writer import LandingWriter

RESUMABLE = timedelta(hours=1)
"""How old a cursor may be to be used again; platforms say that cursors must not be stored long."""


UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What our decoders raise for what they cannot read."""

_SWEPT_S = 60.0
"""How long a run waits for who has the landing alone, seconds: a sweep is over before."""

_OF_THE_FILE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EIO})

T = TypeVar("T")


class DamagedFileError(StorageError):
    """A landed file is gone, or is not what was written; `where` begins with its path."""

    @property
    def path(self) -> Path:
        """The file."""
        return Path((self.where or "").partition(", before byte ")[0])


class Entry(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One manifest line: one page of an API, or one table of an imported file. Instants are UTC.

    `accounts` are those an imported table of accounts or posts names: of these it speaks, also where it adds no row.
    `dropped_columns` are names that the allow-list dropped: a file's columns, or a platform's fields, once a run.
    `replays` counts rows that an earlier page had kept aside; such a page is no part of a crawl.
    """

    page_id: str
    run_id: str
    source: str
    stream: str
    account_id: str | None
    number: int
    fetched_at: datetime
    ingested_at: datetime
    rows: int
    rejected: int
    complete: bool
    segment: str
    sha256: str
    format: Literal["jsonl.zst", "parquet"]
    rejected_segment: str | None = None
    rejected_sha256: str | None = None
    window_start: datetime | None = None
    window_end: datetime | None = None
    next_cursor: str | None = None
    api_version_asked: str | None = None
    api_version_answered: str | None = None
    file: str | None = None
    file_sha256: str | None = None
    file_options: str | None = None
    rows_read: int | None = None
    counts_rows: bool = True
    dropped_columns: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    replays: int = 0


_DECODER = msgspec.json.Decoder(Entry)


def encode_line(entry: Entry) -> bytes:
    """An entry as its manifest line: JSON, a tab, the first 16 hexadecimal digits of the JSON's SHA-256."""
    return sealed_line(msgspec.json.encode(entry))


def sealed_line(text: bytes) -> bytes:
    """A line of JSON with its checksum."""
    return text + b"\t" + _digest(text) + b"\n"


def check_line(line: bytes, file: Path) -> bytes:
    """The JSON of a sealed line.

    Raises:
        StorageError: it is not what was written.
    """
    text, _, digest = line.rstrip(b"\n").rpartition(b"\t")
    if digest == _digest(text):
        return text
    raise DamagedFileError(
        "A line is not what was written: its checksum differs.", where=str(file), do="Restore the file from a backup."
    )


def read_sealed(line: bytes, file: Path, decoder: msgspec.json.Decoder[T]) -> T:
    """What a sealed line says.

    Raises:
        StorageError: it is not what was written, or nothing that this version of Syfte writes.
    """
    text = check_line(line, file)
    try:
        return decoder.decode(text)
    except UNREADABLE:
        raise _of_another_version(str(file)) from None


def _digest(text: bytes) -> bytes:
    return hashlib.sha256(text).hexdigest()[:16].encode()


def _decode(line: bytes, manifest: Path, place: int) -> Entry:
    text, _, digest = line.rstrip(b"\n").rpartition(b"\t")
    where = f"{manifest}, before byte {place}"
    if digest != _digest(text):
        raise DamagedFileError(
            "A manifest line is not what was written: its checksum differs.",
            where=where,
            do="Restore the file from a backup; the pages it names are untouched.",
        )
    try:
        return _DECODER.decode(text)
    except UNREADABLE:
        raise _of_another_version(where) from None


def _of_another_version(where: str) -> StorageError:
    """A line that is what was written: the file is whole, and is left alone."""
    return StorageError(
        "A line says what this version of Syfte does not know.",
        where=where,
        do="Use the version that wrote it (the newest that was used here). Nothing was moved.",
    )


def _cannot_read(what: str, path: Path, error: OSError) -> StorageError:
    """A file that is gone, or on a bad block, is damaged; one that we may not read is not."""
    said = f"{what} cannot be read: {error.strerror}."
    if error.errno in _OF_THE_FILE:
        return DamagedFileError(
            said,
            where=str(path),
            do="Restore it from a backup. Landed files must never be moved or removed by hand.",
        )
    return StorageError(
        said, where=str(path), do="Mend its permissions or the system, and run the command again. Nothing was moved."
    )


def _as_it_stands(entry: Entry, overlay: Overlay) -> Entry:
    """An entry with what was erased of its page taken off."""
    rows, rejected = overlay.rows.get(entry.page_id, 0), overlay.rejected.get(entry.page_id, 0)
    entry.sha256 = overlay.present(entry.segment, entry.sha256)
    if entry.rejected_segment and entry.rejected_sha256:
        entry.rejected_sha256 = overlay.present(entry.rejected_segment, entry.rejected_sha256)
    entry.rows -= rows
    entry.rejected -= rejected
    if entry.rows_read is not None:
        entry.rows_read -= rows + rejected
    return entry


def read_entries(lines: Iterable[bytes], manifest: Path, offset: int, overlay: Overlay) -> Iterator[tuple[Entry, int]]:
    """Entries of a manifest's lines, as they stand by the log of erasures, each with the byte offset after it.

    Args:
        lines: with their ends; one without was cut off by a kill, and is no entry.
        manifest: where they lie, for errors.
        offset: of the first line.
        overlay: what was erased.

    Raises:
        StorageError: a complete line is not what was written.
    """
    place = offset
    for line in lines:
        if not line.endswith(b"\n"):
            return
        place += len(line)
        entry = _decode(line, manifest, place)
        yield (_as_it_stands(entry, overlay) if overlay.shas else entry), place


class Landing:
    """The landing of one project directory."""

    def __init__(self, root: Path) -> None:
        from pipelines.landing.erasures import Erasures  # noqa: PLC0415  # the two modules name each other

        self.root = root
        self.manifest_dir = root / "manifest"
        self.erasures = Erasures(root)

    def writer(self, run_id: str) -> LandingWriter:
        """Open a writer for a run; a context manager that flushes at the end and drops nothing already flushed."""
        from pipelines.landing.writer import LandingWriter  # noqa: PLC0415  # the two modules name each other

        return LandingWriter(self, run_id)

    @staticmethod
    def new_run_id(now: datetime) -> str:
        """A name for a run: sorts by time, never repeats.

        Args:
            now: the machine's own clock, UTC; not a project's, which may stand still.
        """
        return f"{now:%Y%m%dT%H%M%S%f}Z-{secrets.token_hex(3)}"

    def manifests(self) -> list[Path]:
        """All manifest files, oldest run first."""
        return sorted(self.manifest_dir.glob("*.jsonl"))

    def entries(self, manifest: Path, offset: int = 0) -> Iterator[tuple[Entry, int]]:
        """Entries of a manifest beyond a byte offset, each with the offset after it.

        A last line without its newline was cut off by a kill before its page counted; it is not an entry. Of a page of
        which something was erased the entry says what it holds now.

        Raises:
            StorageError: a complete line is not what was written, or the file may not be read.
        """
        overlay = self.erasures.overlay()
        try:
            opened = manifest.open("rb")
        except OSError as error:
            raise _cannot_read("A manifest", manifest, error) from None
        with opened as file:
            file.seek(offset)
            yield from read_entries(file, manifest, offset, overlay)

    def unfinished(self, source: str, *, now: datetime) -> dict[tuple[str, str], tuple[str, int]]:
        """Crawls that a run began within the last hour and did not end.

        Args:
            source: whose crawls.
            now: the machine's own clock, UTC.

        Returns:
            (stream, account_id) -> (cursor of the page to ask for next, its number).
        """
        oldest, newest = f"{now - RESUMABLE:%Y%m%dT%H%M%S%f}Z", f"{now:%Y%m%dT%H%M%S%f}Z~"
        crawls: dict[tuple[str, str], Entry] = {}
        for manifest in self.manifests():
            # a run of a time to come began before the clock was set back: nobody knows how old its cursors are
            if oldest <= manifest.stem <= newest:
                for entry, _ in self.entries(manifest):
                    if entry.source == source and entry.account_id and not entry.replays:
                        crawls[entry.stream, entry.account_id] = entry
        return {
            key: (entry.next_cursor, entry.number + 1)
            for key, entry in crawls.items()
            if not entry.complete and entry.next_cursor
        }

    def segment(self, relative: str, sha256: str) -> Path:
        """Path of a segment, its content checked; what an erasure wrote anew is swapped in, if a kill came before.

        Args:
            relative: its path below the landing.
            sha256: of what it holds, or held before something was erased.

        Raises:
            StorageError: the file is gone, or is not what was written.
        """
        path = self.root / relative
        sha256 = self.erasures.overlay().present(relative, sha256)
        self.swap_in(relative, sha256)
        try:
            with path.open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise _cannot_read("A landed file", path, error) from None
        if found != sha256:
            raise DamagedFileError(
                "A landed file is not what was written: its SHA-256 differs.",
                where=str(path),
                do="Restore it from a backup, then run the command again. Nothing of it was loaded.",
            )
        return path

    def draft(self, relative: str, sha256: str) -> Path:
        """Where the new content of a segment waits until the log says that it holds."""
        path = self.root / relative
        return path.with_name(f".{path.name}.{sha256[:16]}.new")

    def swap_in(self, relative: str, sha256: str) -> None:
        """Put a segment's new content in the place of the old, if it waits."""
        draft = self.draft(relative, sha256)
        if draft.exists():
            draft.replace(self.root / relative)

    def held(self, *, alone: bool) -> AbstractContextManager[None]:
        """Hold the landing: runs that write it share it, and wait a minute; who moves files has it alone, or not.

        Raises:
            BusyError: a run writes it, or another process has it alone.
            StorageError: the lock cannot be made.
        """
        return held(
            self.root.with_name("landing.lock"),
            alone=alone,
            wait_s=0 if alone else _SWEPT_S,
            busy="A pull or an import is under way." if alone else "The landing is being restored.",
        )

    def sweep(self) -> list[Path]:
        """Remove segments that no manifest names: left by a run that was killed.

        Call only with the landing held alone, and as the warehouse's writer: an erasure has drafts here.

        Returns:
            The files removed.
        """
        named: set[str] = set()
        for segment, shas in self.erasures.overlay().shas.items():
            self.swap_in(segment, shas[-1])
        for manifest in self.manifests():
            for entry, _ in self.entries(manifest):
                named.update(s for s in (entry.segment, entry.rejected_segment) if s)
        removed: list[Path] = []
        for path in self.root.glob("*/*/**/*"):  # segments lie in <source>/<stream>; what lies higher is none
            if path.is_file() and path.relative_to(self.root).as_posix() not in named:
                path.unlink()
                removed.append(path)
        return removed
