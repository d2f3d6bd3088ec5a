"""What was taken out of the landing: an append-only log that says of each segment what it holds now.

Manifests are never rewritten: the ledger and `publications.jsonl` address them by byte. So a segment of which something
was erased is written anew, and a sealed line here says that the segment of SHA-256 *a* is now the one of *b*, how many
rows of each of its pages went, why and when. `Landing.entries` and `Landing.segment` read manifests through it, and so
do all who use them.

An erasure is three lines: `intended` (who is meant, before anything is touched), `rewritten` (the new segments lie
beside the old ones, durable), `done` (nothing of it is left anywhere). What it names is kept as keyed hashes only: with
them the same rows are recognised in a page that comes later and in a backup, and nobody can read who was meant.
"""

from __future__ import annotations

import hmac
import os
import secrets
from collections import defaultdict
from datetime import datetime  # noqa: TC003  # msgspec reads the annotations
from typing import TYPE_CHECKING, Literal

import msgspec

from pipelines.errors import StorageError
from pipelines.landing.manifest import read_sealed, sealed_line
from pipelines.landing.writer import append_durably, sync_directory
from pipelines.locks import held

if TYPE_CHECKING:
    from collections.abc import Iterable
    from contextlib import AbstractContextManager
    from pathlib import Path

LOG = "erasures.jsonl"
KEY = "erasures.key"

_FLUSHED_S = 60.0
"""How long a line of the log waits for pages that are being written, seconds, and they for it: a flush takes less."""

Kind = Literal["post", "comment", "author", "account", "retention"]
Scope = Literal["content", "all"]
State = Literal["intended", "rewritten", "done"]
Reason = Literal["request", "deleted_on_platform", "authorisation_withdrawn", "disposal", "retention", "mistake"]


class Swap(msgspec.Struct, frozen=True, omit_defaults=True):
    """One segment that was written anew.

    Args:
        segment: its path below the landing.
        old: SHA-256 of what it held.
        new: of what it holds now.
        rows: page id -> rows taken out.
        rejected: page id -> refused rows taken out.
        changed: rows and refused rows of which only a part went.
    """

    segment: str
    old: str
    new: str
    rows: dict[str, int] = {}
    rejected: dict[str, int] = {}
    changed: int = 0


class Erasure(msgspec.Struct, kw_only=True, frozen=True, omit_defaults=True):
    """One line of the log.

    Args:
        erasure_id: random.
        state: how far it had come when the line was written.
        at: when it was asked for, by the project's clock, UTC.
        kind: what was named; `retention` where age alone decided.
        scope: `content` leaves ids, instants and figures; `all` leaves nothing.
        reason: why, in one of a few words: a free text could hold what was to go.
        decision: the number of the decision in the institution's own register.
        targets: keyed hashes of what was named and of what hangs on it; for retention the classes of data.
        before: only what landed until then goes, so that what appears again stays; None for good.
        streams: `source.stream` of the rewritten segments.
        swaps: the rewritten segments.
        counts: what went elsewhere, by place.
        done_at: UTC.
    """

    erasure_id: str
    state: State
    at: datetime
    kind: Kind
    scope: Scope
    reason: Reason
    decision: str
    targets: tuple[str, ...]
    before: datetime | None = None
    streams: tuple[str, ...] = ()
    swaps: tuple[Swap, ...] = ()
    counts: dict[str, int] = {}
    done_at: datetime | None = None

    @property
    def rows(self) -> int:
        """Rows and refused rows that are gone."""
        return sum(sum(swap.rows.values()) + sum(swap.rejected.values()) for swap in self.swaps)

    @property
    def changed(self) -> int:
        """Rows of which a part is gone."""
        return sum(swap.changed for swap in self.swaps)


class Overlay(msgspec.Struct, frozen=True):
    """What the log says of segments and pages as they stand.

    Args:
        shas: segment -> every SHA-256 it has had, the present one last.
        rows: page id -> rows taken out of it.
        rejected: page id -> refused rows taken out of it.
    """

    shas: dict[str, list[str]]
    rows: dict[str, int]
    rejected: dict[str, int]

    def present(self, segment: str, sha256: str) -> str:
        """The SHA-256 that a segment has now, given one that it had."""
        known = self.shas.get(segment, [])
        return known[-1] if sha256 in known else sha256


_DECODER = msgspec.json.Decoder(Erasure)


def read_log(content: bytes, path: Path) -> tuple[dict[str, Erasure], Overlay]:
    """Every erasure as its last line in a log says it, and what segments and pages hold by it.

    Raises:
        StorageError: a line is not what was written.
    """
    said = [read_sealed(line, path, _DECODER) for line in content.split(b"\n")[:-1]]
    # as they were written anew: one that was cut off took the segments as those that came between left them
    written = {one.erasure_id: one for one in said if one.swaps}
    return {one.erasure_id: one for one in said}, _overlay(written.values())


class Erasures:
    """The log of one landing."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._path = root / LOG
        self._read: tuple[tuple[int, int], dict[str, Erasure], Overlay] | None = None

    def all(self) -> list[Erasure]:
        """Every erasure, as its last line says it, in the order they were begun.

        Raises:
            StorageError: a line is not what was written.
        """
        return list(self._load()[0].values())

    def unfinished(self) -> list[Erasure]:
        """Erasures that were begun and are not done: a kill came between."""
        return [erasure for erasure in self.all() if erasure.state != "done"]

    def overlay(self) -> Overlay:
        """What segments and pages hold now."""
        return self._load()[1]

    def held(self, *, alone: bool) -> AbstractContextManager[None]:
        """Keep the log as it is, with all others who do, from looking into it until what was written by it counts.

        So pages either are named by a manifest when an erasure looks for what it must take out, or are written by who
        knows of the erasure. Alone: who appends a line.

        Raises:
            BusyError: a minute was not enough.
            StorageError: the lock cannot be made.
        """
        busy = "Pages are being written." if alone else "An erasure is being written down."
        return held(self._root.with_name("erasures.lock"), alone=alone, wait_s=_FLUSHED_S, busy=busy)

    def write(self, erasure: Erasure) -> None:
        """Append a line, durable when this returns. Only one process may erase at a time (the warehouse's writer).

        Raises:
            BusyError: pages are being written, and were not within a minute.
            StorageError: the disk is full or cannot be written.
        """
        with self.held(alone=True):
            append_durably(self._path, sealed_line(msgspec.json.encode(erasure)))

    @staticmethod
    def new_id() -> str:
        """A name for an erasure that says nothing."""
        return secrets.token_hex(8)

    def marker(self) -> Marker:
        """What hashes ids with the log's own key; made at the first erasure, and kept beside the log."""
        return Marker(self._key)

    @property
    def _key(self) -> bytes:
        path = self._root / KEY
        if path.exists():
            return bytes.fromhex(path.read_text(encoding="ascii"))
        if any(erasure.kind != "retention" for erasure in self.all()):
            raise StorageError(
                "The key of the erasure log is gone: what was erased cannot be recognised any more.",
                where=str(path),
                do="Restore the file from a backup before anything is read again.",
            )
        self._root.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{os.getpid()}.part")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(secrets.token_hex(32).encode())
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        sync_directory(self._root)
        return bytes.fromhex(path.read_text(encoding="ascii"))

    def _load(self) -> tuple[dict[str, Erasure], Overlay]:
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return {}, Overlay({}, {}, {})
        stamp = (found.st_mtime_ns, found.st_size)
        if self._read is None or self._read[0] != stamp:
            self._read = (stamp, *read_log(self._path.read_bytes(), self._path))
        return self._read[1], self._read[2]


class Marker:
    """Hashes ids with one key, and remembers those it has hashed."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._known: dict[tuple[str, str], str] = {}

    def __call__(self, kind: str, name: str) -> str:
        """128 bits of HMAC-SHA-256 over kind and id, hexadecimal."""
        found = self._known.get((kind, name))
        if found is None:
            found = hmac.digest(self._key, f"{kind}\0{name}".encode(), "sha256")[:16].hex()
            self._known[kind, name] = found
        return found


def _overlay(erasures: Iterable[Erasure]) -> Overlay:
    shas: defaultdict[str, list[str]] = defaultdict(list)
    rows: defaultdict[str, int] = defaultdict(int)
    rejected: defaultdict[str, int] = defaultdict(int)
    for swap in (swap for erasure in erasures for swap in erasure.swaps):
        known = shas[swap.segment]
        known.extend(one for one in (swap.old, swap.new) if one not in known)
        for page_id, count in swap.rows.items():
            rows[page_id] += count
        for page_id, count in swap.rejected.items():
            rejected[page_id] += count
    return Overlay(dict(shas), dict(rows), dict(rejected))
