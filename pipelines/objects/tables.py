"""The published tables in an object store: Parquet, and one small object that says where the present ones are.

    <address>/publication.json                                 swapped in last: instant, folder, and each table's file
    <address>/publications/<instant>-<digits>/<table>.parquet  never changed

A reader opens `publication.json` and then the files it names: all of one publication. Those of the one before stay, for
who had opened it a moment ago, unless something was erased in between.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003  # msgspec reads the annotations
from typing import TYPE_CHECKING

import msgspec

from pipelines import __version__
from pipelines.errors import UsageError
from pipelines.objects.heads import digest
from pipelines.objects.shipping import batches
from pipelines.warehouse import checksums
from pipelines.warehouse.publish import stamp

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pipelines.objects.store import Store

POINTER = "publication.json"
FOLDER = "publications"


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """One table.

    Args:
        file: below the address.
        rows: how many.
        size: bytes.
        sha256: of the file.
    """

    file: str
    rows: int
    size: int
    sha256: str


class Present(msgspec.Struct, frozen=True, kw_only=True):
    """What `publication.json` says.

    Args:
        as_of: the instant the figures stand for, UTC.
        code_version: of Syfte.
        folder: below the address; holds a file a table, and semantic.json.
        before: the folder of the publication before, which still stands; None where none does.
        tables: by name.
    """

    as_of: datetime
    code_version: str
    folder: str
    before: str | None
    tables: dict[str, Table]


_DECODER = msgspec.json.Decoder(Present)


@dataclass(frozen=True)
class Written:
    """What publishing came to.

    Args:
        url: where to.
        present: what readers see now.
        written: objects that were not there yet.
        removed: objects of older publications.
    """

    url: str
    present: Present
    written: int
    removed: int


def write_tables(
    store: Store, files: Mapping[str, Path], *, as_of: datetime, rows: Mapping[str, int], keep_before: bool = True
) -> Written:
    """Make what readers of a store see equal to a publication.

    Args:
        store: where to.
        files: file name -> file; `<table>.parquet` of each table, and what else is to lie beside them.
        as_of: the instant the figures stand for, UTC.
        rows: table -> number of rows.
        keep_before: False removes what the publication before has at once: something was erased.

    Raises:
        UsageError: `publication.json` there is not ours.
        ConfigurationError, CredentialError, SourceError: there is no such bucket, or it refuses or is down; readers see
            what they saw.
    """
    there = read_present(store)
    digests = {name: checksums.digest(path) for name, path in sorted(files.items())}
    folder = f"{FOLDER}/{stamp(as_of)}-{digest(msgspec.json.encode(digests))[:8]}"
    written = 0
    for batch in batches((f"{folder}/{name}", path.read_bytes()) for name, path in files.items()):
        written += store.write(batch)
    last = None if there is None else (there.before if there.folder == folder else there.folder)
    present = Present(
        as_of=as_of,
        code_version=__version__,
        folder=folder,
        before=last if keep_before else None,
        tables={
            name: Table(
                file=f"{folder}/{name}.parquet",
                rows=count,
                size=files[f"{name}.parquet"].stat().st_size,
                sha256=digests[f"{name}.parquet"],
            )
            for name, count in rows.items()
        },
    )
    if present != there:
        store.swap(POINTER, msgspec.json.format(msgspec.json.encode(present), indent=1) + b"\n")
    old = [name for name in store.sizes(FOLDER) if not name.startswith((f"{folder}/", f"{present.before}/"))]
    store.remove(old)
    return Written(store.url, present, written, len(old))


def read_present(store: Store) -> Present | None:
    """What readers see now; None where nothing was published.

    Raises:
        UsageError: `publication.json` there is not ours.
        CredentialError, SourceError: the store refuses, or cannot be reached.
    """
    found = store.read([POINTER]).get(POINTER)
    if found is None:
        return None
    try:
        return _DECODER.decode(found)
    except msgspec.DecodeError:
        raise UsageError(
            "Something else lies where the published tables are to be told.",
            where=f"{store.url}/{POINTER}",
            do="Give a folder of Syfte's own; or, if a publication was cut off there, remove that object.",
        ) from None
