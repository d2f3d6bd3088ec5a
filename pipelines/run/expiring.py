"""Backups after an erasure: their indexes name what the landing holds now, and what nothing names goes at once."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec

from pipelines.backups import BackupPlace, Index, Kept, place_of
from pipelines.errors import StorageError
from pipelines.landing import Landing
from pipelines.landing.erasures import KEY, LOG
from pipelines.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Generator

    from pipelines.project import Project

_PUBLISHED = "data/published/parquet/"
"""Tables as they were published; a restore makes them again."""


@contextmanager
def no_backup(project: Project) -> Generator[None]:
    """Let no backup be made meanwhile: one that begins between two steps would keep what is about to go.

    Raises:
        BusyError: one is being made.
        StorageError: the place cannot be written: what lies there could not be reached.
    """
    with BackupPlace(place_of(project)).held():
        yield


def clean_backups(project: Project) -> int:
    """Write the indexes of all backups anew, without what was erased, and remove the objects that none names.

    A restored backup then holds the log of erasures and the segments as they stand, so that nothing comes back.

    Args:
        project: whose; the place is the one that is set, and `no_backup` is being made there.

    Returns:
        How many backups held something.

    Raises:
        StorageError: the place cannot be written, or an index is damaged.
    """
    place = BackupPlace(place_of(project))
    names = place.names()
    if not names:
        return 0
    landing = Landing(project.landing_dir)
    root = project.landing_dir.relative_to(project.root).as_posix()
    changed = 0
    log = [
        _kept(place, f"{root}/{name}", (project.landing_dir / name).read_bytes())
        for name in (LOG, KEY)
        if (project.landing_dir / name).exists()
    ]
    for name in names:
        index = place.index(name)
        cleaned = _cleaned(place, landing, f"{root}/", index, log)
        if cleaned is not None:
            place.add(cleaned)
            changed += 1
    keep_days = load_settings(project.root).backup.keep_days
    place.prune(keep_days=keep_days, now=place.index(names[-1]).made_at)
    return changed


def _cleaned(place: BackupPlace, landing: Landing, root: str, index: Index, log: list[Kept]) -> Index | None:
    """A backup's index without what was erased; None where it holds nothing of it."""
    overlay = landing.erasures.overlay()
    files: list[Kept] = []
    for kept in index.files:
        segment = kept.path.removeprefix(root)
        present = overlay.present(segment, kept.sha256)
        if present == kept.sha256:
            files.append(kept)
            continue
        try:
            content = landing.segment(segment, present).read_bytes()
        except StorageError:
            continue  # neither the old content nor a damaged one: a restore says which file is missing
        files.append(_kept(place, kept.path, content))
    if files == list(index.files):
        return None
    names = {kept.path for kept in log}
    kept_too = [kept for kept in files if kept.path not in names and not kept.path.startswith(_PUBLISHED)]
    return msgspec.structs.replace(index, files=tuple(sorted([*kept_too, *log], key=lambda kept: kept.path)))


def _kept(place: BackupPlace, path: str, content: bytes) -> Kept:
    sha256, _ = place.keep(content)
    return Kept(path=path, sha256=sha256, size=len(content))
