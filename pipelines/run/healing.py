"""The hold on a warehouse that heals itself: what is damaged is set aside, and made again from what has landed.

Rows and the ledger of what was loaded are one transaction, so the database as of its last checkpoint is consistent: it
may be opened without a damaged log, and the next load brings the rest. Before that it is read to the last block and
held against the landing. Where it does not stand that, an empty one takes its place, and the load brings everything.
"""

from __future__ import annotations

import os
import shutil
import time
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Self, TypeVar

import duckdb

from pipelines.errors import StorageError
from pipelines.events import Event, OnEvent, silent
from pipelines.incidents import Incidents, set_aside_folder
from pipelines.landing import Landing
from pipelines.landing.manifest import DamagedFileError
from pipelines.locks import is_taken_by_us
from pipelines.run.mending import mend
from pipelines.settings import load_settings
from pipelines.warehouse.connection import (
    A_FATAL_ERROR,
    DamagedDatabaseError,
    busy,
    cannot_open,
    damage,
    open_writer,
    writing,
)
from pipelines.warehouse.soundness import why_unsound

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import TracebackType

    from pipelines.project import Project

T = TypeVar("T")

_ANEW = "It was set aside, and the warehouse is made anew from what has landed."
_WITHOUT_LOG = "The log was set aside; the database was read to its last block, and the landing brings what it lacks."
_WHOLE = "It was opened anew, read to its last block and found whole."


class WarehouseHold:
    """A process's hold on the warehouse: nobody else writes it, or heals it, meanwhile.

    Args:
        project: whose.
        wait_s: how long to wait for another writer, seconds.
        on_event: told when something is healed.
    """

    def __init__(
        self,
        project: Project,
        *,
        wait_s: float = 60.0,
        on_event: OnEvent = silent,
    ) -> None:
        self._project = project
        self._wait_s = wait_s
        self._on_event = on_event
        self._lock: int | None = None
        self._open = ExitStack()
        self._connection: duckdb.DuckDBPyConnection | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the warehouse."""
        try:
            self._disconnect()
        finally:
            if self._lock is not None:
                os.close(self._lock)
                self._lock = None

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The writer's connection, opened when first asked for; a damaged database is healed before.

        Raises:
            BusyError: another process still holds the warehouse after the wait.
            StorageError: it cannot be opened for a reason other than damage.
        """
        if self._connection is None:
            self.take()
            path = self._project.warehouse_path
            if not path.exists() and _siblings(path):
                self._heal("only its log was left", anew=True)
            try:
                self._connect()
            except DamagedDatabaseError as error:
                self._heal(error.damage)
                self._connect()
        return self._connection or self._connect()

    def do(
        self,
        work: Callable[[duckdb.DuckDBPyConnection], T],
        *,
        refill: Callable[[duckdb.DuckDBPyConnection], None] | None = None,
    ) -> T:
        """Do some work; if it meets damage, heal the warehouse and do it once more, on a new connection.

        Args:
            work: what can be done again: it lands nothing.
            refill: brings into a warehouse that was healed what the work needs.

        Raises:
            duckdb.Error: the work itself is wrong.
            DamagedFileError: a landed file is damaged, and no backup has it.
            DamagedDatabaseError: the new database is damaged too.
            StorageError: the disk is full or cannot be written.
        """
        mended: set[Path] = set()
        with writing(self._project.warehouse_path):
            while True:
                try:
                    return self._do(work, refill)
                except DamagedFileError as error:
                    if error.path in mended or not mend(self._project, error.path):
                        raise
                    mended.add(error.path)

    def _do(
        self, work: Callable[[duckdb.DuckDBPyConnection], T], refill: Callable[[duckdb.DuckDBPyConnection], None] | None
    ) -> T:
        try:
            return work(self.connection)
        except duckdb.Error as error:
            # a rollback that fails as well hides what came first
            found = damage(error) or damage(error.__context__ or error)
            if found is None:
                raise
        with suppress(duckdb.Error):
            self._disconnect()
        self._heal(found, anew=found != A_FATAL_ERROR)
        try:
            if refill is not None:
                refill(self.connection)
            return work(self.connection)
        except duckdb.Error as error:
            if damage(error) is None:
                raise
            do = "What was there before is set aside; the disk under it cannot be trusted. Replace it, then run again."
            raise cannot_open(self._project.warehouse_path, error, do=do) from None

    def _connect(self) -> duckdb.DuckDBPyConnection:
        limit = load_settings(self._project.root).memory_limit
        self._connection = self._open.enter_context(
            open_writer(self._project.warehouse_path, wait_s=self._wait_s, memory_limit=limit)
        )
        return self._connection

    def _disconnect(self) -> None:
        self._connection = None
        self._open.close()

    def take(self) -> None:
        """Wait for the hold, and open nothing yet. DuckDB's own lock goes with the file, which healing moves.

        Raises:
            BusyError: another process still holds the warehouse after the wait.
        """
        if self._lock is not None:
            return
        path = self._project.data / "warehouse.lock"
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        deadline = time.monotonic() + self._wait_s
        while not is_taken_by_us(handle):
            if time.monotonic() >= deadline:
                holder = os.read(handle, 20).decode(errors="replace")
                os.close(handle)
                raise busy(self._project.warehouse_path, f"process {holder}" if holder else "unknown")
            time.sleep(0.1)
        os.truncate(handle, 0)
        os.write(handle, str(os.getpid()).encode())
        self._lock = handle

    def _heal(self, found: str, *, anew: bool = False) -> None:
        """Set aside what is damaged and leave a database that can be opened, or none.

        Args:
            found: what is broken, a half sentence.
            anew: do not ask whether the database can be opened without its log.
        """
        path = self._project.warehouse_path
        landing = Landing(self._project.landing_dir)
        folder = set_aside_folder(self._project.data)
        shown = str(folder.relative_to(self._project.root))
        log = _siblings(path)
        if found == A_FATAL_ERROR and why_unsound(path, landing) is None:
            self._tell(found, _WHOLE, None)
        elif log and not anew and why_unsound(_copied(path, folder), landing) is None:
            self._tell(found, _WITHOUT_LOG, shown)
            for one in log:
                one.rename(folder / one.name)
        else:
            self._tell(found, _ANEW, shown)
            set_aside(self._project, folder)

    def _tell(self, found: str, done: str, folder: str | None) -> None:
        what = f"The warehouse was damaged: {found}."
        self._on_event(Event("warning", "warehouse", detail=f"{what} {done}"))
        Incidents(self._project.data).add(what, where=str(self._project.warehouse_path), done=done, folder=folder)


def with_warehouse(
    project: Project,
    work: Callable[[duckdb.DuckDBPyConnection], T],
    *,
    wait_s: float = 60.0,
    on_event: OnEvent = silent,
) -> T:
    """Do some work on the warehouse that can be done again, should it meet damage; see `WarehouseHold`."""
    with WarehouseHold(project, wait_s=wait_s, on_event=on_event) as hold:
        return hold.do(work)


def set_aside(project: Project, folder: Path) -> list[Path]:
    """Move the warehouse's files into a folder; nothing is thrown away.

    Returns:
        Where they are now.

    Raises:
        StorageError: they cannot be moved.
    """
    moved: list[Path] = []
    path = project.warehouse_path
    try:
        for one in (*([path] if path.exists() else []), *_siblings(path)):
            folder.mkdir(parents=True, exist_ok=True)
            moved.append(one.rename(folder / one.name))
    except OSError as error:
        raise StorageError(
            f"A damaged file cannot be set aside: {error.strerror}.",
            where=str(path),
            do="Mend the permissions, or move the file away yourself, and run the command again.",
        ) from None
    return moved


def _siblings(path: Path) -> list[Path]:
    """The log of a database, and what DuckDB puts beside it while it writes that into the file."""
    return sorted(path.parent.glob(f"{path.name}.wal*"))


def _copied(path: Path, folder: Path) -> Path:
    """A copy of the database without its log: what is set aside, and what shows whether it stands alone.

    Raises:
        StorageError: the disk is full; nothing was touched.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, folder / path.name)
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise StorageError(
            f"The warehouse is damaged, and cannot be set aside: {error.strerror}.",
            where=str(path),
            do="Free space, at least as much as the file has, and run the command again. Nothing was touched.",
        ) from None
    return folder / path.name
