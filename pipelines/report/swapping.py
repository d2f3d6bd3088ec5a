"""A folder of files, swapped in whole: a reader finds the old one or the new one, and never a half of either."""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_AT_FDCWD = -100
_EXCHANGE = 2
"""Of renameat2(2), Linux."""


def write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Make a folder hold these files and no others.

    They are written beside it first, so a kill or a full disk leaves the folder as it was; the next call removes what
    was left beside it. Where the system can exchange two folders (Linux) there is no moment without one.

    Args:
        folder: replaced if it is there.
        files: path below it, with `/` -> content.

    Raises:
        OSError: something cannot be written; the folder is as it was.
    """
    draft, old = folder.with_name(f".{folder.name}.new"), folder.with_name(f".{folder.name}.old")
    _heal(folder, draft, old)
    for name, content in files.items():
        path = draft / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    if not folder.exists():
        draft.rename(folder)
    elif not _exchanged(draft, folder):
        folder.rename(old)
        draft.rename(folder)
    shutil.rmtree(draft, ignore_errors=True)  # what was read until now, if the two were exchanged
    shutil.rmtree(old, ignore_errors=True)


def _heal(folder: Path, draft: Path, old: Path) -> None:
    """Remove what a kill left; if it came between the two renames, put the old folder back first."""
    if old.exists() and not folder.exists():
        old.rename(folder)
    for left in (draft, old):
        if left.exists():
            shutil.rmtree(left)


def _exchanged(one: Path, other: Path) -> bool:
    """Exchange two folders in one step, where the system and its files can."""
    if not sys.platform.startswith("linux"):
        return False
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None:
        return False
    return rename(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _EXCHANGE) == 0
