"""Space on the disk: no run starts without twice of what the last one took.

What a run takes is how much `data/` grew from one publication to the next, so that its pulls count in. An import is no
run: the publication that follows it tells nothing of the next, and what was measured before goes on to hold.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import msgspec

from pipelines.drafts import sweep_drafts
from pipelines.errors import StorageError
from pipelines.landing.writer import write_durably

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.project import Project

FLOOR = 100_000_000
"""Bytes that must be free whatever was measured: a first run makes a warehouse of some 70 MB, and readers' copies."""

TIMES = 2
"""A run writes some of its files beside the old ones before it swaps them in."""

_NAME = "growth.json"


class Growth(msgspec.Struct, frozen=True):
    """What was measured at the last publication.

    Args:
        taken: bytes of all files in `data/`.
        grown: how many more than at the publication before; 0 at the first, and where it became smaller.
        imported: whether files were imported since.
    """

    taken: int
    grown: int
    imported: bool = False


def require_space(project: Project) -> None:
    """Refuse to start where the disk would be full before the end.

    Raises:
        StorageError: less is free than twice the last run's growth, or than the floor. Nothing was read or written.
    """
    folder, free = free_space(project)
    needed = needed_space(project)
    if free < needed:
        raise StorageError(
            f"There is too little space to start: {_megabytes(free)} are free, {_megabytes(needed)} are needed.",
            where=str(folder),
            do=f"Free {_megabytes(needed - free)} or more, or move the project to a larger disk, and run the command "
            "again. Nothing was read or written.",
        )


def free_space(project: Project) -> tuple[Path, int]:
    """The folder that a run would write to, or the nearest above that is there, and the bytes free on its disk."""
    folder = next(path for path in (project.data, *project.data.parents) if path.exists())
    return folder, shutil.disk_usage(folder).free


def needed_space(project: Project) -> int:
    """Bytes that must be free: twice the last run's growth, and never less than the floor."""
    growth = _read(project)
    return max(FLOOR, TIMES * growth.grown if growth else 0)


def note_import(project: Project) -> None:
    """Write down that the next growth is not a run's alone; call it before anything of an import lands.

    Raises:
        StorageError: the disk is full or cannot be written.
    """
    before = _read(project)
    if before is not None and not before.imported:
        _write(project, msgspec.structs.replace(before, imported=True))


def measure_growth(project: Project) -> None:
    """Write down how much `data/` grew since the last publication; call it when one is done.

    Raises:
        StorageError: the disk is full or cannot be written.
    """
    before = _read(project)
    sweep_drafts(project.data)  # a run without a pull has swept nowhere but where it publishes
    taken = sum(_size(path) for path in project.data.rglob("*"))
    grown = max(taken - before.taken, 0) if before else 0
    _write(project, Growth(taken=taken, grown=before.grown if before and before.imported else grown))


def _read(project: Project) -> Growth | None:
    try:
        return msgspec.json.decode((project.data / _NAME).read_bytes(), type=Growth)
    except (OSError, msgspec.DecodeError):
        return None  # never measured, or unreadable: the next publication measures anew


def _write(project: Project, growth: Growth) -> None:
    write_durably(project.data / _NAME, msgspec.json.encode(growth))


def _size(path: Path) -> int:
    try:
        return path.lstat().st_size if path.is_file() else 0
    except OSError:
        return 0  # a draft that another process swapped in meanwhile


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.0f} MB"
