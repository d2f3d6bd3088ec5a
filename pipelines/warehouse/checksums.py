"""Checksums beside the published files: Parquet has none of its own, so that a flipped bit would be a wrong figure.

`SHA256SUMS` in a folder has a line per file, as `sha256sum -c` reads them. A digest is written down before its file
stands, and the one before goes only afterwards: a file that is whole has its digest there whatever was killed when.
"""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

import duckdb

from pipelines.landing.writer import write_durably

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

NAME = "SHA256SUMS"


def digest(path: Path) -> str:
    """A file's SHA-256, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def announce(folder: Path, coming: Mapping[str, str]) -> None:
    """Write down what files will be, before they take the place of those that stand.

    Args:
        folder: where they will be.
        coming: file name -> SHA-256.

    Raises:
        StorageError: the disk is full or cannot be written.
    """
    known = _lines(folder)
    new = [line for line in (f"{sha256}  {name}\n" for name, sha256 in coming.items()) if line not in known]
    if new:
        write_durably(folder / NAME, "".join([*known, *new]).encode())


def append(path: Path, sha256: str) -> None:
    """Write down what one more file of a folder that only grows will be, before it is swapped in."""
    known = _lines(path.parent)
    begins = "" if not known or known[-1].endswith("\n") else "\n"  # a kill may have cut the last line
    with (path.parent / NAME).open("a", encoding="utf-8") as file:
        file.write(f"{begins}{sha256}  {path.name}\n")
        file.flush()
        os.fsync(file.fileno())


def settle(folder: Path, standing: Mapping[str, str]) -> None:
    """Keep only the digests of the files that stand now.

    Raises:
        StorageError: the disk is full or cannot be written.
    """
    text = "".join(f"{sha256}  {name}\n" for name, sha256 in sorted(standing.items()))
    if text != "".join(_lines(folder)):
        write_durably(folder / NAME, text.encode())


def settled(folder: Path) -> dict[str, str] | None:
    """File name -> SHA-256 of what stands in a folder; None while files are swapped in, or if a kill came between."""
    known = _known(folder)
    if any(len(digests) > 1 for digests in known.values()):
        return None
    return {name: digest for name, digests in known.items() for digest in digests}


def changed(paths: Iterable[Path]) -> list[Path]:
    """Those of some files that are not what was written.

    A file is taken for whole where nobody wrote down what it was: an earlier version did not.
    """
    known: dict[Path, dict[str, set[str]]] = {}
    found: list[Path] = []
    for path in paths:
        if path.parent not in known:
            known[path.parent] = _known(path.parent)
        digests = known[path.parent].get(path.name)
        if digests is not None and digest(path) not in digests:
            found.append(path)
    return found


def require_whole(paths: Iterable[Path]) -> None:
    """Refuse files that are not what was written, as DuckDB refuses those that it cannot read.

    Raises:
        duckdb.Error: one is not.
    """
    if found := changed(paths):
        raise duckdb.IOException(f"{found[0].name} is not what was written: its SHA-256 differs")


def _known(folder: Path) -> dict[str, set[str]]:
    known: dict[str, set[str]] = {}
    for line in _lines(folder):
        known.setdefault(line[66:].rstrip("\n"), set()).add(line[:64])
    return known


def _lines(folder: Path) -> list[str]:
    path = folder / NAME
    return path.read_text(encoding="utf-8").splitlines(keepends=True) if path.exists() else []
