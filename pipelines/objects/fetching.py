"""The landing of an object store onto this machine: an empty disk gets all of it, one that is behind what it lacks.

Nothing here is overwritten but by what it is the beginning of. Segments come before the manifest that names them, what
an erasure wrote anew waits beside the old until the log says that it holds, and everything is held against its SHA-256
before it is written: a kill, or an object that is not what was shipped, leaves a landing that is whole.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from pipelines.errors import StorageError
from pipelines.events import Event, OnEvent, silent
from pipelines.landing.erasures import KEY, LOG, read_log
from pipelines.landing.manifest import read_entries
from pipelines.landing.writer import write_durably
from pipelines.objects.heads import Head, Heads, digest, object_name
from pipelines.objects.shipping import gone_another_way, segments_of, whole_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from pipelines.backups import Kept
    from pipelines.landing import Landing
    from pipelines.landing.erasures import Overlay
    from pipelines.objects.store import Store

T = TypeVar("T")

_PATH = re.compile(r"\w[\w.-]*(?:/\w[\w.-]*){0,2}", re.ASCII)
"""What a path below the landing looks like. An object store may be written by others: none may lead out of it."""

_AT_ONCE = 64
_TRIES = 5


@dataclass(frozen=True)
class Fetched:
    """What fetching came to.

    Args:
        url: where from.
        head: the state there.
        files: how many came, segments included.
        size: of them, bytes.
    """

    url: str
    head: Head
    files: int
    size: int

    @property
    def generation(self) -> int:
        """The number of that state."""
        return self.head.generation


class _GoneError(Exception):
    """An object is not there: who ships removes what a later state no longer names."""


def fetch(landing: Landing, store: Store, *, on_event: OnEvent = silent) -> Fetched | None:
    """Bring here what the landing in a store has and this one lacks.

    Args:
        landing: this machine's; held alone by the caller.
        store: where from.
        on_event: told about each batch.

    Returns:
        What came; None where nothing was ever shipped to the store.

    Raises:
        StorageError: an object is gone or is not what was shipped, the two landings have gone two ways, or the disk is
            full. What had come before is whole and stays.
        CredentialError, SourceError: the store refuses, or cannot be reached.
    """
    heads = Heads(store)
    for _ in range(_TRIES):
        head = heads.newest()
        if head is None:
            return None
        work = _Fetching(landing, store, head, on_event)
        try:
            work.run()
        except _GoneError as error:
            if heads.newest() == head:
                raise _not_as_shipped(store, str(error), "is not there") from None
            continue  # another machine has shipped meanwhile: what it names now is there
        return Fetched(store.url, head, work.files, work.size)
    raise StorageError(
        "The landing in the object store changes faster than it can be fetched.",
        where=store.url,
        do="Let the machine that ships there rest, and run the command again: it goes on where it was.",
    )


class _Fetching:
    """One state of a landing on its way to this machine."""

    def __init__(self, landing: Landing, store: Store, head: Head, on_event: OnEvent) -> None:
        self._landing = landing
        self._store = store
        self._head = head
        self._on_event = on_event
        self.files = 0
        self.size = 0

    def run(self) -> None:
        """Fetch: what was erased, then pages and the manifests that name them, then what rests on both."""
        lacking = [kept for kept in self._head.files if self._is_lacking(kept)]
        logs = self._contents([kept for kept in lacking if kept.path in (KEY, LOG)])
        overlay = self._erasures(logs)
        manifests = [kept for kept in self._head.files if kept.path.startswith("manifest/")]
        for batch in _few(manifests):
            self._pages(batch, overlay)
        rest = [kept for kept in lacking if kept.path not in logs and not kept.path.startswith("manifest/")]
        for batch in _few(rest):
            for path, content in self._contents(batch).items():
                self._put(path, content)

    def _is_lacking(self, kept: Kept) -> bool:
        """Whether a file is to be fetched; what is here already is its beginning, or goes on after it.

        Raises:
            StorageError: it is neither, or its path leads out of the landing.
        """
        if not self._path(kept.path).exists():
            return True
        here = whole_lines(self._landing, kept.path)
        if len(here) >= kept.size:
            if digest(here[: kept.size]) != kept.sha256:
                raise gone_another_way(self._store.url, self._landing, kept.path)
            return False
        [there] = self._contents([kept]).values()
        if not there.startswith(here):
            raise gone_another_way(self._store.url, self._landing, kept.path)
        return True

    def _erasures(self, logs: Mapping[str, bytes]) -> Overlay:
        """Take over the log of erasures, and what it says of segments that are here."""
        if LOG not in logs:
            return self._landing.erasures.overlay()
        overlay = read_log(logs[LOG], self._landing.root / LOG)[1]
        waiting: dict[str, str] = {}
        for name, shas in overlay.shas.items():
            path = self._path(name)
            if path.exists() and digest(path.read_bytes()) != shas[-1]:
                waiting[name] = shas[-1]
        for name, sha256 in waiting.items():
            content = self._read({name: sha256})[name]
            write_durably(self._landing.draft(name, sha256), content)
        for path in (KEY, LOG):  # the key first: a log without it cannot be used
            if path in logs:
                self._put(path, logs[path])
        if KEY in logs:
            (self._landing.root / KEY).chmod(0o600)
        for name, sha256 in waiting.items():
            self._landing.swap_in(name, sha256)
        return self._landing.erasures.overlay()

    def _pages(self, manifests: Sequence[Kept], overlay: Overlay) -> None:
        """Segments that are not here, then the manifests that name them."""
        new = self._contents([kept for kept in manifests if self._is_shorter(kept)])
        wanted: dict[str, str] = {}
        for kept in manifests:
            content = new.get(kept.path) or self._path(kept.path).read_bytes()
            for entry, _ in read_entries(content.splitlines(keepends=True), self._path(kept.path), 0, overlay):
                found = segments_of(entry)
                wanted |= {name: sha for name, sha in found.items() if not self._path(name).exists()}
        for batch in _few(list(wanted.items())):
            for name, content in self._read(dict(batch)).items():
                self._put(name, content)
            self._on_event(Event("progress", "fetch", detail=f"{self.files} files"))
        for path, content in new.items():
            self._put(path, content)

    def _is_shorter(self, kept: Kept) -> bool:
        path = self._path(kept.path)
        return not path.exists() or path.stat().st_size < kept.size

    def _contents(self, files: Sequence[Kept]) -> dict[str, bytes]:
        return self._read({kept.path: kept.sha256 for kept in files})

    def _read(self, wanted: Mapping[str, str]) -> dict[str, bytes]:
        """Content by path, each held against its SHA-256."""
        names = {object_name(path, sha256): (path, sha256) for path, sha256 in wanted.items()}
        for path, _ in names.values():
            self._path(path)
        found = self._store.read(names)
        for name, (_, sha256) in names.items():
            if name not in found:
                raise _GoneError(name)
            if digest(found[name]) != sha256:
                raise _not_as_shipped(self._store, name, "is not what was shipped: its SHA-256 differs")
        return {path: found[name] for name, (path, _) in names.items()}

    def _put(self, path: str, content: bytes) -> None:
        write_durably(self._path(path), content)
        self.files += 1
        self.size += len(content)

    def _path(self, name: str) -> Path:
        if not _PATH.fullmatch(name):
            raise StorageError(
                "The object store names a file that no landing has.",
                where=self._store.url,
                do="Look who may write there. Nothing of it was written here.",
            )
        return self._landing.root / name


def _few(items: Sequence[T]) -> Iterator[Sequence[T]]:
    for first in range(0, len(items), _AT_ONCE):
        yield items[first : first + _AT_ONCE]


def _not_as_shipped(store: Store, name: str, how: str) -> StorageError:
    return StorageError(
        f"An object of the landing {how}.",
        where=f"{store.url}/{name}",
        do="Run `syfte landing ship --check` on a machine that has the landing: it writes anew what is wrong there. "
        "Nothing of it was written here.",
    )
