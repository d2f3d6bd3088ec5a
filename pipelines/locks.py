"""Locks between processes, on a file that is open. A killed process holds none."""

from __future__ import annotations

import os
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pipelines.errors import BusyError, StorageError

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    def _lock(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)

    def _share(handle: int) -> None:
        """Windows shares no lock: whoever shares is not held off there."""

else:
    import fcntl

    def _lock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _share(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)


def is_taken_by_us(handle: int) -> bool:
    """Take the lock of an open file if it is free; closing the file lets go of it."""
    try:
        _lock(handle)
    except OSError:
        return False
    return True


def is_shared_with_us(handle: int) -> bool:
    """Share the lock of an open file if nobody has it alone; closing the file lets go of it."""
    try:
        _share(handle)
    except OSError:
        return False
    return True


@contextmanager
def held(path: Path, *, alone: bool, wait_s: float, busy: str) -> Generator[None]:
    """Hold the lock of a file, which is made: alone, or with all others who share it.

    Args:
        path: the file.
        alone: with nobody else.
        wait_s: how long to wait for those who have it, seconds.
        busy: what is said of them.

    Raises:
        BusyError: it was not free in time.
        StorageError: the file cannot be made.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StorageError(
            f"A file cannot be written: {error.strerror}.",
            where=str(path),
            do="Free space or mend the permissions, then run the command again.",
        ) from None
    take = is_taken_by_us if alone else is_shared_with_us
    deadline = time.monotonic() + wait_s
    try:
        while not take(handle):
            if time.monotonic() >= deadline:
                raise BusyError(busy, where=str(path), do="Wait until it is done, then run the command again.")
            time.sleep(0.05)
        yield
    finally:
        os.close(handle)
