"""Writing a database file anew, so that nothing deleted is left in it.

What is deleted stays readable in a DuckDB file, after a checkpoint and a vacuum too: only a copy into a new file is
free of it.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import duckdb

from pipelines.errors import StorageError
from pipelines.landing.writer import sync_directory
from pipelines.warehouse.connection import open_writer

if TYPE_CHECKING:
    from pathlib import Path


def write_anew(path: Path, *, wait_s: float = 60.0) -> None:
    """Replace a database by a copy of what stands in it. Killed at any moment, either the old or the new one is there.

    Args:
        path: the writer's database, which the caller holds; nothing is done where there is none.
        wait_s: how long to wait for another writer, seconds.

    Raises:
        BusyError: another process still holds the file after the wait.
        StorageError: the disk is full; the old file stands.
    """
    if not path.exists():
        return
    draft = path.with_name(f".{path.name}.anew.part")
    log = path.with_name(f"{path.name}.wal")
    with open_writer(path, wait_s=wait_s) as con:
        draft.unlink(missing_ok=True)
        [(name,)] = con.execute("select current_database()").fetchall()
        quoted = str(draft).replace("'", "''")
        try:
            con.execute("checkpoint")
            con.execute("pragma disable_checkpoint_on_shutdown")  # it would touch the new file's log
            con.execute(f"attach '{quoted}' as anew")
            con.execute(f'copy from database "{name}" to anew')
            con.execute("checkpoint anew")
            con.execute("detach anew")
        except (OSError, duckdb.IOException, duckdb.OutOfMemoryException) as error:
            draft.unlink(missing_ok=True)
            raise StorageError(
                f"The database cannot be written anew: {str(error).splitlines()[0]}",
                where=str(path),
                do="Free as much space as the file takes and run `syfte purge`: it ends what was begun.",
            ) from None
        with draft.open("rb") as file:
            os.fsync(file.fileno())
        # empty since the checkpoint, and gone first: beside the new file it would be another database's
        log.unlink(missing_ok=True)
        # swapped in while we still hold the old one: nobody can write to that any more
        draft.replace(path)
        sync_directory(path.parent)
