"""What this machine knows of the object store without asking it: `data/shipped.json`, which every shipping writes.

A store that is down or far away costs nobody a wait who only wants to know how far it is. Without the file nothing is
lost: the next shipping writes it. No fsspec here.
"""

from __future__ import annotations

from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

import msgspec

from pipelines.errors import StorageError, SyfteError
from pipelines.landing.erasures import LOG
from pipelines.landing.writer import write_durably
from pipelines.objects.shipping import segments_of, shipped_paths

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Mapping
    from pathlib import Path

    from pipelines.landing import Landing
    from pipelines.objects.heads import Head
    from pipelines.objects.tables import Present

NAME = "shipped.json"

Part = Literal["landing", "published"]


class LandingThere(msgspec.Struct, frozen=True, kw_only=True):
    """The landing in a store, as this machine saw it last.

    Args:
        url: where.
        seen_at: when it was shipped to or fetched from here, by this machine's clock, UTC.
        shipped_at: when the state was made, by the clock of who made it, UTC.
        generation: the state there.
        files: path -> bytes of its manifests and logs.
    """

    url: str
    seen_at: datetime
    shipped_at: datetime
    generation: int
    files: dict[str, int]


class PublishedThere(msgspec.Struct, frozen=True, kw_only=True):
    """The published tables in a store, as this machine left them.

    Args:
        url: where.
        at: when, by this machine's clock, UTC.
        as_of: the instant their figures stand for, UTC.
        folder: of the files, below the address.
    """

    url: str
    at: datetime
    as_of: datetime
    folder: str


class Failed(msgspec.Struct, frozen=True, kw_only=True):
    """A try since, that ended in an error.

    Args:
        url: where to.
        at: when, by this machine's clock, UTC.
        what: the error, in one sentence.
    """

    url: str
    at: datetime
    what: str


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """All of it; None where nothing was shipped yet, or did not fail since."""

    landing: LandingThere | None = None
    published: PublishedThere | None = None
    landing_failed: Failed | None = None
    published_failed: Failed | None = None


@dataclass(frozen=True)
class Behind:
    """What of a landing a store does not have yet.

    Args:
        files: how many: segments, and manifests and logs that have grown.
        segments: of those, how many hold pages.
        size: bytes, all together.
        erased: whether something was erased here that is still there.
        lacking: how many files the store has that are not whole here.
    """

    files: int
    segments: int
    size: int
    erased: bool
    lacking: int


_DECODER = msgspec.json.Decoder(Known)


def read_known(data: Path) -> Known:
    """What was noted; nothing where there is no such file, or one that is not ours.

    Args:
        data: the project's `data/`.
    """
    try:
        return _DECODER.decode((data / NAME).read_bytes())
    except (OSError, msgspec.DecodeError):
        return Known()


def note_landing(data: Path, url: str, head: Head) -> None:
    """Note the state that holds at an address.

    Raises:
        StorageError: the disk is full or cannot be written.
    """
    files = {kept.path: kept.size for kept in head.files}
    there = LandingThere(
        url=url, seen_at=datetime.now(UTC), shipped_at=head.at, generation=head.generation, files=files
    )
    _keep(data, msgspec.structs.replace(read_known(data), landing=there, landing_failed=None))


def note_published(data: Path, url: str, present: Present) -> None:
    """Note what readers of an address see now.

    Raises:
        StorageError: the disk is full or cannot be written.
    """
    there = PublishedThere(url=url, at=datetime.now(UTC), as_of=present.as_of, folder=present.folder)
    _keep(data, msgspec.structs.replace(read_known(data), published=there, published_failed=None))


@contextmanager
def failures_noted(data: Path, part: Part, url: str) -> Generator[None]:
    """Note an error that ends what is done inside, and let it pass."""
    try:
        yield
    except SyfteError as error:
        failed = Failed(url=url, at=datetime.now(UTC), what=error.what)
        with suppress(StorageError):  # a full disk must not hide what went wrong
            _keep(data, msgspec.structs.replace(read_known(data), **{f"{part}_failed": failed}))
        raise


def behind(landing: Landing, files: Mapping[str, int]) -> Behind:
    """How far a store is behind a landing; only what has grown since is read.

    Args:
        landing: this machine's.
        files: path -> bytes of the manifests and logs there.
    """
    here = _sizes(landing, shipped_paths(landing))
    grown = {path: files.get(path, 0) for path, size in here.items() if size > files.get(path, 0)}
    segments: set[str] = set()
    for path, offset in grown.items():
        if path.startswith("manifest/"):
            with suppress(StorageError):  # `syfte verify` tells of a damaged one; here it counts as a file that grew
                for entry, _ in landing.entries(landing.root / path, offset):
                    segments.update(segments_of(entry))
    sizes = _sizes(landing, segments).values()
    return Behind(
        files=len(grown) + len(segments),
        segments=len(segments),
        size=sum(here[path] - offset for path, offset in grown.items()) + sum(sizes),
        erased=LOG in grown,
        lacking=sum(here.get(path, 0) < size for path, size in files.items()),
    )


def _sizes(landing: Landing, names: Iterable[str]) -> dict[str, int]:
    """Bytes of those files that are there; a run that works meanwhile may take one away."""
    found: dict[str, int] = {}
    for name in names:
        with suppress(FileNotFoundError):
            found[name] = (landing.root / name).stat().st_size
    return found


def _keep(data: Path, known: Known) -> None:
    write_durably(data / NAME, msgspec.json.format(msgspec.json.encode(known), indent=1) + b"\n")
