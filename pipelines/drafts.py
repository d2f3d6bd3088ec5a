"""Drafts: files that are written aside until they are whole, and what becomes of those that a kill left behind.

A draft bears its machine and the number of the process that writes it, so that two may write at once, and so that one
whose process is gone is known for what it is, where the machine can tell.
"""

from __future__ import annotations

import hashlib
import os
import socket
import time
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_ABANDONED_S = 3600.0
"""No draft is written for that long, seconds: its number is another process's by now."""


def draft_of(path: Path) -> Path:
    """Where this process writes a file until it is whole."""
    return path.with_name(f".{path.name}.{_machine()}-{os.getpid()}.part")


@cache
def _machine() -> str:
    """This machine, or this container, among those that share the folder; nothing of its name is told."""
    return hashlib.sha256(socket.gethostname().encode()).hexdigest()[:8]


def sweep_drafts(folder: Path) -> list[Path]:
    """Remove the drafts below a folder whose processes are gone.

    Returns:
        The files removed; one that cannot be removed is left for the next time.
    """
    removed: list[Path] = []
    for draft in folder.rglob(".*.part"):
        try:
            if _is_abandoned(draft):
                draft.unlink()
                removed.append(draft)
        except OSError:
            continue
    return removed


def _is_abandoned(draft: Path) -> bool:
    if time.time() - draft.stat().st_mtime > _ABANDONED_S:
        return True
    machine, _, number = draft.name.split(".")[-2].rpartition("-")
    if machine not in ("", _machine()):  # an earlier version did not name it
        return False
    if os.name != "posix" or not number.isdigit():
        return False  # Windows has no harmless way to ask whether a process lives
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False
