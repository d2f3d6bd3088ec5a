"""What a landing in an object store consists of: one small object a state, written after all that it names.

    <address>/heads/<generation>.json        one sealed line; the highest number that is whole holds
    <address>/<path>.<sha256>.<suffix>       a file of the landing, as it was when it had that SHA-256

A head is made only if nobody else has made that generation, so that of two machines that ship at once one is refused.
The heads before it go last: where there are several, what came after the newest one was cut off.
"""

from __future__ import annotations

import hashlib
from datetime import datetime  # noqa: TC003  # msgspec reads the annotations
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from pipelines.backups import Kept  # noqa: TC001  # the same
from pipelines.errors import StorageError
from pipelines.landing.manifest import DamagedFileError, read_sealed, sealed_line

if TYPE_CHECKING:
    from pipelines.objects.store import Store

_FOLDER = "heads"
_IN_NAMES = 32
"""Digits of a SHA-256 that a name bears: 128 bits. What is read is held against all of it."""


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """One state of a landing.

    Args:
        generation: counts from 1.
        at: when it was shipped, by the machine's clock, UTC.
        code_version: of Syfte.
        files: manifests and logs, sorted by path below the landing; the manifests name the segments.
    """

    generation: int
    at: datetime
    code_version: str
    files: tuple[Kept, ...] = ()

    @property
    def by_path(self) -> dict[str, Kept]:
        """The same by path."""
        return {kept.path: kept for kept in self.files}


_DECODER = msgspec.json.Decoder(Head)


def digest(content: bytes) -> str:
    """SHA-256 of a file's content, hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def object_name(path: str, sha256: str) -> str:
    """Where a file of the landing lies when it has a SHA-256."""
    folder, _, name = path.rpartition("/")
    stem, dot, suffix = name.partition(".")
    return f"{folder}{'/' if folder else ''}{stem}.{sha256[:_IN_NAMES]}{dot}{suffix}"


class Heads:
    """The heads of one store as they are now.

    Args:
        store: where.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def names(self) -> dict[int, str]:
        """Generation -> name, of every head, whole or not."""
        found = (name.rpartition("/")[2] for name in self._store.sizes(_FOLDER))
        stems = (name.removesuffix(".json") for name in found)
        return {int(stem): _name(int(stem)) for stem in sorted(stems) if stem.isdigit()}

    def all(self) -> tuple[int, list[Head]]:
        """The highest number that is taken, 0 if none is, and every whole head, oldest first.

        Raises:
            StorageError: there are some, and none of them is whole.
        """
        names = self.names()
        contents = self._store.read(list(names.values()))
        heads = [head for name in names.values() if (head := self._whole(contents.get(name), name)) is not None]
        if contents and not heads:
            raise StorageError(
                "What the object store says of the landing is not what was written: its checksum differs.",
                where=f"{self._store.url}/{next(reversed(contents))}",
                do="Nothing of it was used. Ship to another folder from a machine that has the landing, or restore a "
                "backup.",
            )
        return max(names, default=0), heads

    def newest(self) -> Head | None:
        """The state that holds; None where nothing was ever shipped.

        Raises:
            StorageError: as `all`.
        """
        _, heads = self.all()
        return heads[-1] if heads else None

    def add(self, head: Head) -> bool:
        """Let a state hold. False where another machine has shipped meanwhile: nothing was changed then."""
        if not self._store.create(_name(head.generation), sealed_line(msgspec.json.encode(head))):
            return False
        if max(self.names(), default=0) == head.generation:
            return True
        self._store.remove([_name(head.generation)])  # it is older than what others have made and tidied up since
        return False

    def remove_before(self, generation: int, known: dict[int, str]) -> None:
        """Remove older heads, and those that were not whole."""
        self._store.remove([name for number, name in known.items() if number < generation])

    def _whole(self, content: bytes | None, name: str) -> Head | None:
        if content is None:
            return None  # removed by who has shipped since
        try:
            return read_sealed(content, Path(name), _DECODER)
        except DamagedFileError:
            return None  # a kill cut it off, where a write is no swap


def _name(generation: int) -> str:
    return f"{_FOLDER}/{generation:012d}.json"
