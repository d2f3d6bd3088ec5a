"""Whether a store has what it says it has: every object that the newest state, or the publication, names.

What names others is read and held against its SHA-256; of the rest the sizes tell, unless every byte is asked for.
Nothing is changed, there or here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from pipelines.errors import StorageError
from pipelines.landing.erasures import LOG, read_log
from pipelines.landing.manifest import read_entries
from pipelines.objects.heads import Heads, digest, object_name
from pipelines.objects.shipping import in_batches, segments_of
from pipelines.objects.tables import read_present

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from pipelines.landing import Landing
    from pipelines.objects.heads import Head
    from pipelines.objects.store import Store
    from pipelines.objects.tables import Present

T = TypeVar("T")

_TRIES = 3


@dataclass(frozen=True)
class Named:
    """An object that something names.

    Args:
        name: below the address.
        sha256: of its content, hexadecimal.
        size: bytes; None where only its content tells whether it is the right one.
    """

    name: str
    sha256: str
    size: int | None


@dataclass(frozen=True)
class Found:
    """What was found in a store.

    Args:
        objects: how many are named.
        problems: a sentence each, with the place.
    """

    objects: int
    problems: tuple[str, ...] = ()


def verify_landing(landing: Landing, store: Store, *, check: bool = False) -> Found:
    """Look for every object that the newest state of a shipped landing names.

    Args:
        landing: this machine's: how large a segment is.
        store: where to look.
        check: read every object, and hold it against its SHA-256; otherwise a segment's size tells.

    Raises:
        StorageError: no state there is whole.
        CredentialError, SourceError: the store refuses, or cannot be reached.
    """
    heads = Heads(store)
    return _settled(
        heads.newest, lambda head: _of_landing(landing, store, head, check=check), f"Nothing was shipped. ({store.url})"
    )


def verify_tables(store: Store, *, check: bool = False) -> Found:
    """Look for every file that `publication.json` names.

    Args:
        store: where to look.
        check: read every file, and hold it against its SHA-256; otherwise its size tells.

    Raises:
        UsageError: what lies there is not Syfte's.
        CredentialError, SourceError: the store refuses, or cannot be reached.
    """

    def look(present: Present) -> Found:
        named = [Named(table.file, table.sha256, table.size) for table in present.tables.values()]
        return Found(len(named), tuple(_wrong(store, named, check=check)))

    return _settled(lambda: read_present(store), look, f"Nothing was published. ({store.url})")


def _settled(newest: Callable[[], T | None], look: Callable[[T], Found], nothing: str) -> Found:
    """Look at what holds; again where it was replaced meanwhile, because what it named is removed then."""
    holds, found = newest(), Found(0, (nothing,))
    for _ in range(_TRIES):
        if holds is None:
            return Found(0, (nothing,))
        found = look(holds)
        if not found.problems or (after := newest()) == holds:
            return found
        holds = after
    return found


def _of_landing(landing: Landing, store: Store, head: Head, *, check: bool) -> Found:
    paths = {object_name(kept.path, kept.sha256): kept.path for kept in head.files}
    small = [Named(object_name(kept.path, kept.sha256), kept.sha256, None) for kept in head.files]
    small.sort(key=lambda one: paths[one.name] != LOG)  # what was erased of the pages is known before their manifests
    problems: list[str] = []
    segments: dict[str, Named] = {}
    # a log that is not what was shipped is told, and nothing of the pages: which of their objects stand, it alone says
    overlay = None if LOG in paths.values() else read_log(b"", landing.root / LOG)[1]
    try:
        for name, content in _read(store, small, problems):
            path = paths[name]
            if path == LOG:
                overlay = read_log(content, landing.root / LOG)[1]
            elif path.startswith("manifest/") and overlay is not None:
                for entry, _ in read_entries(content.splitlines(keepends=True), landing.root / path, 0, overlay):
                    for segment, sha256 in segments_of(entry).items():
                        segments[segment] = Named(object_name(segment, sha256), sha256, _size(landing.root / segment))
    except StorageError as error:
        problems.append(f"What was shipped cannot be read: {error.what} ({store.url}, {error.where})")
    problems += _wrong(store, list(segments.values()), check=check)
    return Found(len(small) + len(segments), tuple(problems))


def _size(path: Path) -> int | None:
    return path.stat().st_size if path.is_file() else None


def _wrong(store: Store, named: list[Named], *, check: bool) -> Iterator[str]:
    """A sentence for each object that is not there, or not what it is to be.

    Where the size is another one, or nobody knows it, the content tells: a file here may be the one that is damaged.
    """
    sizes = _sizes(store, named)
    missing = [one for one in named if one.name not in sizes]
    yield from (_not_there(store, one) for one in missing)
    doubtful = [one for one in named if one.name in sizes and (check or sizes[one.name] != one.size)]
    problems: list[str] = []
    for _ in _read(store, doubtful, problems):
        continue
    yield from problems


def _sizes(store: Store, named: list[Named]) -> Mapping[str, int]:
    folders = {one.name.rpartition("/")[0] for one in named}
    return {name: size for folder in sorted(folders) for name, size in store.sizes(folder).items()}


def _read(store: Store, named: list[Named], problems: list[str]) -> Iterator[tuple[str, bytes]]:
    """Content of those that are what they are to be; a sentence for each other one."""
    for batch in in_batches(named, lambda one: one.size or 0):
        contents = store.read([one.name for one in batch])
        for one in batch:
            content = contents.get(one.name)
            if content is None:
                problems.append(_not_there(store, one))
            elif digest(content) != one.sha256:
                problems.append(f"An object is not what was written: its SHA-256 differs. ({store.url}/{one.name})")
            else:
                yield one.name, content


def _not_there(store: Store, one: Named) -> str:
    return f"An object is not there. ({store.url}/{one.name})"
