"""Connections to DuckDB files: the writer's, and the hardened ones that readers get.

A writer shuts out every other process, even read-only ones, so the warehouse file has one owner at a time and readers
have a published copy. Every connection is closed on the way out, also after an error: a connection that a traceback
keeps alive keeps the file's lock.
"""

from __future__ import annotations

import errno
import os
import re
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import duckdb

from pipelines.drafts import draft_of, sweep_drafts
from pipelines.errors import BusyError, StorageError
from pipelines.landing.writer import sync_directory

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

SCHEMAS = ("raw", "config", "seeds", "staging", "marts", "kpi", "published", "ops")

_OF_THE_DISK = frozenset({errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EROFS, errno.EFBIG, errno.EACCES, errno.EPERM})
_SAID_OF_THE_DISK = ("No space left on device", "Input/output error", "database has been invalidated")
_LOCKED = "Could not set lock on file"
_REBUILD = "Run `syfte rebuild`: it sets the damaged file aside and makes the warehouse again from the landing."

A_FATAL_ERROR = "a fatal error invalidated it"
_DAMAGE = {
    "corrupt wal file": "a checksum of its log (WAL) differs",
    "wal does not match": "its log (WAL) is another database's",
    "failure while replaying wal": "its log (WAL) cannot be replayed",
    "corrupt database file": "the checksum of a block differs",
    "could not read enough bytes": "it was cut short",
    "not a valid duckdb database": "it is no database",
    "serialization error": "a block cannot be read",
}
"""What DuckDB says of damaged files, in small letters -> what we say."""

_NO_DAMAGE = (
    "could not set lock", "no space left", "disk quota", "permission denied", "read-only file system",
    "input/output error", "fsync", "is a directory", "too many open files", "storage version number",
    '.parquet"',
)  # fmt: skip

CHECKPOINT_THRESHOLD = "64MB"
"""How long the writer's log may grow before it is worked into the file.

A checkpoint writes the last row group of every table that has grown anew, however little came to it: at DuckDB's own
16 MB one night does that several times over. More would take room that no run asks for, and time to open after a kill.
"""

_HARDENING = (
    "set TimeZone = 'UTC'",
    "set enable_progress_bar = false",
    "set autoload_known_extensions = false",
    "set autoinstall_known_extensions = false",
    "set allow_community_extensions = false",
    "set temp_directory = ''",
    "set secret_directory = ''",
    "set extension_directory = ''",
    "set enable_external_access = false",
    "set disabled_filesystems = 'LocalFileSystem'",
    "set lock_configuration = true",
)
"""Without the last but one, `copy ... to` may still write over the database itself, its log and its spill files: DuckDB
allows those paths to whoever has attached the file. The file stays readable because it is open already. With no folder
to spill to, a question that needs more memory than there is ends as an error, and fills no disk.
"""


class DamagedDatabaseError(StorageError):
    """A database file is damaged.

    Args:
        damage: what is broken in it.
    """

    def __init__(self, what: str, *, where: str | None = None, do: str | None = None, damage: str = "") -> None:
        super().__init__(what, where=where, do=do)
        self.damage = damage


def prepare(con: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """Give a connection what every model may rely on: UTC, and the stages as schemas."""
    con.execute("set TimeZone = 'UTC'")
    con.execute("set enable_progress_bar = false")
    for schema in SCHEMAS:
        con.execute(f"create schema if not exists {schema}")
    return con


def create(path: Path) -> None:
    """Create an empty database so that a kill at any moment leaves either none or a good one.

    Raises:
        StorageError: the disk is full or cannot be written.
    """
    draft = draft_of(path)
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        sweep_drafts(path.parent)
        draft.unlink(missing_ok=True)
        with duckdb.connect(draft) as con:
            prepare(con)
            con.execute("checkpoint")
        with draft.open("rb") as file:
            os.fsync(file.fileno())
        draft.replace(path)
        sync_directory(path.parent)


@contextmanager
def writing(path: Path) -> Generator[None]:
    """Say of what DuckDB or the system could not write that it is a matter of the disk, and of which file.

    After such an error the connection answers nothing more; what was committed before stands.

    Args:
        path: the database that is written to.

    Raises:
        StorageError: the disk is full or cannot be written.
    """
    try:
        yield
    except (OSError, duckdb.Error) as error:
        if not is_of_the_disk(error):
            raise
        raise StorageError(
            f"The warehouse cannot be written: {str(error).splitlines()[0]}",
            where=str(path),
            do="Free space or mend the permissions, then run the command again: everything acknowledged so far is "
            "safe, and readers see the last good state.",
        ) from None


def is_of_the_disk(error: OSError | duckdb.Error) -> bool:
    """Whether a file could not be written or read; DuckDB's commits and checkpoints say so under many names."""
    if isinstance(error, OSError):
        return error.errno in _OF_THE_DISK
    return isinstance(error, (duckdb.IOException, duckdb.FatalException)) or any(
        text in str(error) for text in _SAID_OF_THE_DISK
    )


@contextmanager
def open_writer(
    path: Path, *, wait_s: float = 60.0, memory_limit: str | None = None
) -> Generator[duckdb.DuckDBPyConnection]:
    """Open the warehouse for writing; created when it is not there.

    Args:
        path: the database file.
        wait_s: how long to wait for another writer before giving up, seconds.
        memory_limit: what DuckDB may hold in memory, such as `4GB`; the rest lies beside the file meanwhile. None is
            DuckDB's own four fifths of the machine's.

    Raises:
        BusyError: another process still holds the file after `wait_s`.
        DamagedDatabaseError: the file, or its log, is damaged.
        StorageError: it cannot be opened for another reason, or the disk is full.
    """
    if not path.exists():
        create(path)
    con = _connect_when_free(path, wait_s)
    try:
        with writing(path):
            con.execute(f"set checkpoint_threshold = '{CHECKPOINT_THRESHOLD}'")
            if memory_limit is not None:
                con.execute("set memory_limit = ?", [memory_limit])
            yield prepare(con)
    finally:
        con.close()


def _connect_when_free(path: Path, wait_s: float) -> duckdb.DuckDBPyConnection:
    deadline = time.monotonic() + wait_s
    while True:
        try:
            return duckdb.connect(path)
        except duckdb.Error as error:
            if _LOCKED not in str(error):
                raise cannot_open(path, error, do=_REBUILD) from None
            if time.monotonic() >= deadline:
                raise busy(path, _holder(str(error))) from None
        time.sleep(0.1)


def busy(path: Path, holder: str) -> BusyError:
    """Say that another process (`process 42`, or `unknown`) holds the warehouse."""
    return BusyError(
        f"Another process ({holder}) writes the warehouse.",
        where=str(path),
        do="Wait until it is done, or stop it, and run the command again. Nothing was changed.",
    )


def _holder(message: str) -> str:
    found = re.search(r"PID (\d+)", message)
    return f"process {found[1]}" if found else "unknown"


def damage(error: BaseException) -> str | None:
    """What an error of DuckDB says is broken in its files, in words of ours: its own may quote a row.

    None where the files are not to blame: they are locked, not ours to open, of a newer version, or the disk is full.
    """
    text = str(error).lower()
    if not isinstance(error, duckdb.Error) or any(words in text for words in _NO_DAMAGE):
        return None
    for words, said in _DAMAGE.items():
        if words in text:
            return said
    return A_FATAL_ERROR if isinstance(error, duckdb.FatalException | duckdb.InternalException) else None


def cannot_open(path: Path, error: duckdb.Error, *, do: str) -> StorageError:
    """Say why a database file cannot be opened.

    Args:
        path: the file.
        error: DuckDB's.
        do: what heals it, if it is damaged.
    """
    found = damage(error)
    if found is not None:
        return DamagedDatabaseError(f"The database cannot be opened: {found}.", where=str(path), do=do, damage=found)
    first = str(error).splitlines()[0]
    is_newer = "storage version number" in first
    return StorageError(
        "The database is of a newer version of DuckDB." if is_newer else f"The database cannot be opened: {first}",
        where=str(path),
        do="Install the version of Syfte that wrote it, or a newer one."
        if is_newer
        else "Free space or mend the permissions, then run the command again. The file was not touched.",
    )


def open_hardened(path: Path) -> duckdb.DuckDBPyConnection:
    """Open a published database for reading, blind to files and with its configuration locked.

    Raises:
        StorageError: the file is missing or damaged.
    """
    if not path.exists():
        raise StorageError(
            "Nothing has been published yet.",
            where=str(path),
            do="Run `syfte run` (or `syfte demo` to see an example).",
        )
    try:
        con = duckdb.connect(path, read_only=True)
    except duckdb.Error as error:
        raise cannot_open(path, error, do="Run `syfte run`: it publishes the file anew.") from None
    for statement in _HARDENING:
        con.execute(statement)
    return con
