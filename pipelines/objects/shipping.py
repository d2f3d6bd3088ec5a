"""The landing of this machine into an object store: what is new, then what names it, then one object that says so.

The local landing stays the place of the one writer. Killed at any moment, the store holds the state before or the one
after, and the next time ends what was begun. What was erased here goes there, each version of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

from pipelines import __version__
from pipelines.backups import Kept
from pipelines.errors import BusyError, StorageError
from pipelines.events import Event, OnEvent, silent
from pipelines.landing.erasures import KEY, LOG, read_log
from pipelines.landing.manifest import read_entries
from pipelines.landing.publications import LOG as PUBLICATIONS
from pipelines.objects.heads import Head, Heads, digest, object_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pipelines.landing import Landing
    from pipelines.landing.erasures import Overlay
    from pipelines.landing.manifest import Entry
    from pipelines.objects.store import Store

T = TypeVar("T")

_GROWS = ".jsonl"
FOLDERS = ("goals", "tip_weeks")
WHOLE = (KEY, LOG, PUBLICATIONS)
"""What is shipped beside manifests and segments: an allow-list, so that nothing gets in by being new."""

_BATCH_BYTES = 32_000_000
_BATCH_COUNT = 64
_TRIES = 3


@dataclass(frozen=True)
class Shipped:
    """What shipping came to.

    Args:
        url: where to.
        head: the state that holds there.
        written: objects that were not there yet.
        removed: objects that nothing names any more, as far as they are known.
        mended: objects that were not what was shipped, written anew.
    """

    url: str
    head: Head
    written: int = 0
    removed: int = 0
    mended: int = 0

    @property
    def generation(self) -> int:
        """The number of that state."""
        return self.head.generation


def ship(landing: Landing, store: Store, *, check: bool = False, on_event: OnEvent = silent) -> Shipped:
    """Make the landing in a store equal to this one.

    Args:
        landing: this machine's; pulls may go on meanwhile.
        store: where to.
        check: read every object there, and write those anew that are not what was shipped.
        on_event: told about each batch.

    Raises:
        StorageError: the store holds what this landing lacks, or a landed file is damaged; nothing was changed.
        BusyError: another machine ships to the same place.
        ConfigurationError, CredentialError, SourceError: there is no such bucket, or it refuses or is down.
    """
    for _ in range(_TRIES):
        done = _Shipping(landing, store, on_event).run(check=check)
        if done is not None:
            return done
    raise BusyError(
        "An erasure goes on while its landing is shipped.", where=str(landing.root), do="Run the command again later."
    )


def is_behind(landing: Landing, head: Head) -> bool:
    """Whether a store has something that a landing lacks; by names and sizes alone."""
    paths = ((landing.root / kept.path, kept.size) for kept in head.files)
    return any(not path.exists() or path.stat().st_size < size for path, size in paths)


class _Shipping:
    """One time that a landing is shipped."""

    def __init__(self, landing: Landing, store: Store, on_event: OnEvent) -> None:
        self._landing = landing
        self._store = store
        self._on_event = on_event
        self._written = 0
        self._mended = 0

    def run(self, *, check: bool) -> Shipped | None:
        """Ship; None where an erasure came between, which has changed what was to be shipped."""
        heads = Heads(self._store)
        taken, known = heads.all()
        before = known[-1] if known else None
        log = whole_lines(self._landing, LOG)
        overlay = read_log(log, self._landing.root / LOG)[1]
        files, fresh = self._compare(before, log)
        is_cut_off = len(heads.names()) > 1
        if before is not None and not fresh and not is_cut_off:
            if check:
                self._check(files, overlay)
            return Shipped(self._store.url, before, mended=self._mended)
        # what was erased since: there, and in whatever was sent before a kill
        swapped = overlay.shas if is_cut_off else self._swapped(overlay, log, before)
        wanted = {name: shas[-1] for name, shas in swapped.items() if (self._landing.root / name).exists()}
        wanted |= self._new_segments(fresh, before, overlay)
        self._send(self._segments(wanted))
        self._send((object_name(kept.path, kept.sha256), fresh[kept.path]) for kept in files if kept.path in fresh)
        if check:
            self._check(files, overlay)
        if whole_lines(self._landing, LOG) != log:
            return None
        if before is None or fresh or before.generation != taken:
            head = Head(generation=taken + 1, at=datetime.now(UTC), code_version=__version__, files=files)
            if not heads.add(head):
                raise BusyError(
                    "Another machine has shipped to the same place at the same time.",
                    where=self._store.url,
                    do="One place takes one landing: see which machine is to write, and run the command again there.",
                )
        else:
            head = before  # it holds already: only what came after it was cut off
        doomed = self._left_behind(known, files)
        doomed |= {object_name(name, sha) for name, shas in swapped.items() for sha in shas[:-1]}
        self._store.remove(sorted(doomed))
        heads.remove_before(head.generation, heads.names())
        return Shipped(self._store.url, head, self._written, len(doomed), self._mended)

    def _compare(self, before: Head | None, log: bytes) -> tuple[tuple[Kept, ...], dict[str, bytes]]:
        """What the landing consists of, and the content of each file that the state before does not have."""
        shipped = before.by_path if before else {}
        kept: list[Kept] = []
        fresh: dict[str, bytes] = {}
        for path in shipped_paths(self._landing):
            there = shipped.get(path)
            if there is not None and path != LOG and (self._landing.root / path).stat().st_size == there.size:
                kept.append(there)  # it only grows, or never changes
                continue
            content = log if path == LOG else whole_lines(self._landing, path)
            sha256 = digest(content)
            if there is None or sha256 != there.sha256:
                self._require_grown(path, content, there)
                fresh[path] = content
            kept.append(Kept(path=path, sha256=sha256, size=len(content)))
        lacking = sorted(set(shipped) - {one.path for one in kept})
        if lacking:
            raise self._behind(lacking[0])
        return tuple(kept), fresh

    def _require_grown(self, path: str, content: bytes, there: Kept | None) -> None:
        if there is None:
            return
        if len(content) < there.size:
            raise self._behind(path)
        if digest(content[: there.size]) != there.sha256:
            raise gone_another_way(self._store.url, self._landing, path)

    def _behind(self, path: str) -> StorageError:
        return StorageError(
            "The object store holds what this machine lacks: another one has shipped there, or this one has lost it.",
            where=f"{self._store.url}, {path}",
            do="Run `syfte landing fetch`, which brings it here and loses nothing, and then the command again.",
        )

    def _new_segments(self, fresh: dict[str, bytes], before: Head | None, overlay: Overlay) -> dict[str, str]:
        """Path -> SHA-256 of the segments that the new lines of manifests name."""
        shipped = before.by_path if before else {}
        found: dict[str, str] = {}
        for path, content in fresh.items():
            if path.startswith("manifest/"):
                offset = shipped[path].size if path in shipped else 0
                lines = content[offset:].splitlines(keepends=True)
                for entry, _ in read_entries(lines, self._landing.root / path, offset, overlay):
                    found.update(segments_of(entry))
        return found

    def _swapped(self, overlay: Overlay, log: bytes, before: Head | None) -> dict[str, list[str]]:
        """Segment -> its SHA-256s, of those that were written anew since the state before."""
        there = before.by_path.get(LOG) if before else None
        known = read_log(log[: there.size], self._landing.root / LOG)[1].shas if there else {}
        return {name: shas for name, shas in overlay.shas.items() if known.get(name) != shas}

    def _segments(self, wanted: dict[str, str]) -> Iterator[tuple[str, bytes]]:
        for path, sha256 in wanted.items():
            content = self._landing.segment(path, sha256).read_bytes()
            # an erasure may have put another one there a moment ago: then all of this is done again
            yield object_name(path, digest(content)), content

    def _send(self, objects: Iterable[tuple[str, bytes]]) -> None:
        for batch in batches(objects):
            self._written += self._store.write(batch)
            self._on_event(Event("progress", "ship", detail=f"{self._written} objects"))

    def _check(self, files: tuple[Kept, ...], overlay: Overlay) -> None:
        """Hold what the store has against what this landing has."""
        for batch in batches(self._everything(files, overlay)):
            there = self._store.read(batch)
            for name, content in batch.items():
                if there.get(name) != content:
                    self._store.swap(name, content)
                    self._mended += 1

    def _everything(self, files: tuple[Kept, ...], overlay: Overlay) -> Iterator[tuple[str, bytes]]:
        for kept in files:
            content = (self._landing.root / kept.path).read_bytes()[: kept.size]
            yield object_name(kept.path, kept.sha256), content
            if kept.path.startswith("manifest/"):
                lines = content.splitlines(keepends=True)
                named: dict[str, str] = {}
                for entry, _ in read_entries(lines, self._landing.root / kept.path, 0, overlay):
                    named.update(segments_of(entry))
                yield from self._segments(named)

    @staticmethod
    def _left_behind(known: list[Head], files: tuple[Kept, ...]) -> set[str]:
        """Objects that an earlier state named and this one does not."""
        standing = {object_name(kept.path, kept.sha256) for kept in files}
        return {object_name(kept.path, kept.sha256) for head in known for kept in head.files} - standing


def shipped_paths(landing: Landing) -> Iterator[str]:
    """Path of every file that is shipped beside the segments, below the landing: logs, editions, then manifests."""
    root = landing.root
    yield from (name for name in WHOLE if (root / name).is_file())
    for folder in FOLDERS:
        found = (path for path in sorted((root / folder).glob("*")) if not path.name.startswith("."))
        yield from (path.relative_to(root).as_posix() for path in found)
    yield from (path.relative_to(root).as_posix() for path in landing.manifests())


def segments_of(entry: Entry) -> dict[str, str]:
    """Path -> SHA-256 of the segments of a manifest's entry."""
    found = {entry.segment: entry.sha256}
    if entry.rejected_segment and entry.rejected_sha256:
        found[entry.rejected_segment] = entry.rejected_sha256
    return found


def batches(objects: Iterable[tuple[str, bytes]]) -> Iterator[dict[str, bytes]]:
    """Objects, as many at a time as may lie in memory at once."""
    return (dict(batch) for batch in in_batches(objects, lambda one: len(one[1])))


def in_batches(items: Iterable[T], size_of: Callable[[T], int]) -> Iterator[list[T]]:
    """What stands for objects, as many at a time as may lie in memory at once.

    Args:
        items: in their order.
        size_of: bytes of the object that an item stands for.
    """
    batch: list[T] = []
    size = 0
    for item in items:
        batch.append(item)
        size += size_of(item)
        if size >= _BATCH_BYTES or len(batch) >= _BATCH_COUNT:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def gone_another_way(url: str, landing: Landing, path: str) -> StorageError:
    """Two machines have each written a line where the other has another one."""
    return StorageError(
        "This landing and the one in the object store have gone two ways: two machines wrote at the same time.",
        where=f"{landing.root / path} and {url}",
        do=f"Move {path} away and run `syfte landing fetch`: the pages of both are kept, and of that file what the "
        "store has. What was erased on this machine alone must then be erased again."
        if path == LOG
        else f"Move {path} away and run `syfte landing fetch`: the pages of both are kept, and of that file what the "
        "store has.",
    )


def whole_lines(landing: Landing, path: str) -> bytes:
    """A file's content; of what grows, as far as its lines are whole."""
    try:
        content = (landing.root / path).read_bytes()
    except FileNotFoundError:
        return b""
    return content[: content.rfind(b"\n") + 1] if path.endswith(_GROWS) else content
