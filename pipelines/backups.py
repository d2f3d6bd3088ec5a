"""Backups: every file once by its SHA-256, and a sealed index per backup that names them. No DuckDB, no Dagster.

    <place>/objects/<first two digits>/<sha256>    content, never changed
    <place>/indexes/<instant>.json                 one backup: which path had which content; one sealed line

An index is written last, so a backup that was cut off is none. What no index names is removed when backups are pruned.
A backup that bears a time to come was made by a clock that was ahead: it is neither the newest nor old.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from pipelines.errors import BusyError, StorageError
from pipelines.landing.manifest import check_line, sealed_line
from pipelines.landing.writer import write_durably
from pipelines.locks import is_taken_by_us
from pipelines.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from pipelines.project import Project


AHEAD = timedelta(days=1)
"""A backup this much later than the clock was made by one that was ahead; less is two machines that differ."""


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A file in a backup.

    Args:
        path: relative to the project, with slashes.
        sha256: of its content, by which the object is named.
        size: bytes.
    """

    path: str
    sha256: str
    size: int


class Index(msgspec.Struct, frozen=True, kw_only=True):
    """One backup.

    Args:
        made_at: when, by the machine's clock, UTC.
        code_version: of Syfte.
        files: sorted by path.
    """

    made_at: datetime
    code_version: str
    files: tuple[Kept, ...]

    @property
    def name(self) -> str:
        """Its name, which sorts by time."""
        return _name(self.made_at)


_DECODER = msgspec.json.Decoder(Index)


class BackupPlace:
    """A folder that holds backups of one project.

    Args:
        root: the folder; made when something is kept.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._indexes = root / "indexes"

    @contextmanager
    def held(self) -> Generator[None]:
        """Keep other processes from writing or pruning meanwhile.

        Raises:
            BusyError: another one is at it.
            StorageError: the place cannot be written.
        """
        path = self.root / "backup.lock"
        try:
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise StorageError(
                f"The place for backups cannot be written: {error.strerror}.",
                where=str(self.root),
                do="Mount it or mend the permissions, or set SYFTE_BACKUP__PLACE to another one.",
            ) from None
        try:
            if not is_taken_by_us(handle):
                raise BusyError("Another backup is being made.", where=str(path), do="Wait until it is done.")
            yield
        finally:
            os.close(handle)

    def object_path(self, sha256: str) -> Path:
        """Where content lies, whether it is there or not."""
        return self.root / "objects" / sha256[:2] / sha256

    def keep(self, content: bytes) -> tuple[str, bool]:
        """Keep content, once.

        Returns:
            Its SHA-256, and whether it was not here yet.

        Raises:
            StorageError: the disk is full or cannot be written.
        """
        sha256 = hashlib.sha256(content).hexdigest()
        is_new = not self.object_path(sha256).exists()
        if is_new:
            write_durably(self.object_path(sha256), content)
        return sha256, is_new

    def fetch(self, sha256: str) -> bytes | None:
        """Content, checked; None if it is not here or is not what was kept."""
        try:
            content = self.object_path(sha256).read_bytes()
        except OSError:
            return None
        return content if hashlib.sha256(content).hexdigest() == sha256 else None

    def content(self, kept: Kept) -> bytes:
        """Content of a file of a backup.

        Raises:
            StorageError: it is gone, or is not what was kept.
        """
        found = self.fetch(kept.sha256)
        if found is None:
            raise StorageError(
                f"A backup is damaged: what it holds of {kept.path} is gone or is not what was kept.",
                where=str(self.object_path(kept.sha256)),
                do="Remove that file and run `syfte backup`: it is kept anew if the project still has it. To restore, "
                "give an earlier backup with --backup.",
            )
        return found

    def add(self, index: Index) -> None:
        """Write a backup's index, with which it exists."""
        write_durably(self._indexes / f"{index.name}.json", sealed_line(msgspec.json.encode(index)))

    def names(self) -> list[str]:
        """All backups, oldest first; before them those whose time is still to come, of which nobody knows the age."""
        latest = _name(datetime.now(UTC) + AHEAD)
        return sorted((path.stem for path in self._indexes.glob("*.json")), key=lambda name: (name <= latest, name))

    def index(self, name: str) -> Index:
        """A backup's index.

        Raises:
            StorageError: it is not there, or is not what was written.
        """
        path = self._indexes / f"{name}.json"
        try:
            return _DECODER.decode(check_line(path.read_bytes(), path))
        except (OSError, msgspec.DecodeError):
            raise StorageError(
                "There is no such backup, or its index cannot be read.",
                where=str(path),
                do=f"Choose one of: {', '.join(self.names()) or 'none is here'}.",
            ) from None

    def newest(self) -> Index | None:
        """The newest backup whose index is whole; None if there is none."""
        for name in reversed(self.names()):
            try:
                return self.index(name)
            except StorageError:
                continue
        return None

    def prune(self, *, keep_days: int, now: datetime) -> int:
        """Remove backups older than so many days, but for the newest, and whatever no backup names any more.

        Nothing is removed while an index cannot be read: nobody knows what it names. Age counts to the second newest
        backup and a day, at most: a clock that is ahead for a night makes none old.

        Returns:
            How many backups went.

        Raises:
            StorageError: an index is damaged.
        """
        names = self.names()
        now = min([now, *(_instant(name) + AHEAD for name in names[-2:-1])])
        oldest = _name(now - timedelta(days=keep_days))
        gone = [name for name in names[:-1] if name < oldest]
        named = {kept.sha256 for name in names if name not in gone for kept in self.index(name).files}
        for name in gone:
            (self._indexes / f"{name}.json").unlink()
        for path in (self.root / "objects").glob("*/*"):
            if path.name not in named:
                path.unlink()
        return len(gone)


def place_of(project: Project, to: Path | None = None) -> Path:
    """Where a project's backups lie: as given, as set, else `backups/` in the project."""
    said = to or load_settings(project.root).backup.place
    return project.root / (said.expanduser() if said else "backups")


def last_made(place: Path) -> datetime | None:
    """When the newest backup of a place was made, UTC; None if there is none."""
    names = BackupPlace(place).names()
    return _instant(names[-1]) if names else None


def _name(instant: datetime) -> str:
    return f"{instant:%Y%m%dT%H%M%S%f}Z"


def _instant(name: str) -> datetime:
    return datetime.strptime(name, "%Y%m%dT%H%M%S%fZ").replace(tzinfo=UTC)
