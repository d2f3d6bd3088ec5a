"""Locks between processes, on a file that is open. A killed process holds none."""

from __future__ import annotations

import sys

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
