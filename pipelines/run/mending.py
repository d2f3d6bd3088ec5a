"""A damaged file, landed or of the history, put back from a backup whose content is provably what was written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

from pipelines.backups import BackupPlace, place_of
from pipelines.errors import StorageError, SyfteError
from pipelines.incidents import Incidents, set_aside_folder
from pipelines.landing import Landing
from pipelines.landing.manifest import check_line
from pipelines.landing.writer import write_durably
from pipelines.warehouse import checksums

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.backups import Index
    from pipelines.project import Project

_PUT_BACK = "It was put back from the backup of {:%Y-%m-%d %H:%M} UTC."
_LOST = {
    "check_result": "It was set aside; of the checks it told of is known what the warehouse still has.",
    "kpi_revision": "It was set aside; the revisions it told of are told no more.",
}
_COMPUTED = "It was set aside; `syfte scorecard --as-of` computes again what it held."


def mend(project: Project, path: Path) -> bool:
    """Put a damaged landed file back, if a backup has it; the damaged one is set aside.

    A file of pages or of goals must have the SHA-256 that the manifest, or its name, says. A log that grows is put
    back as far as the backup has it, and what was appended since must be whole lines with right checksums.

    Returns:
        Whether it was put back.
    """
    found = _in_backup(project)
    content = _proven(project, path, *found) if found else None
    if found is None or content is None:
        return False
    _set_aside(project, path, "A landed file was damaged.", _PUT_BACK.format(found[1].made_at))
    write_durably(path, content)
    return True


def mend_history(project: Project) -> int:
    """Put every damaged file of the published history back from a backup, or else only set it aside.

    Returns:
        How many were damaged.

    Raises:
        StorageError: one cannot be moved, or the disk is full.
    """
    every = sorted(project.history_dir.glob("*/*.parquet"))
    changed = set(checksums.changed(every))
    damaged = [path for path in every if path in changed or not is_readable(path)]
    found = _in_backup(project) if damaged else None
    for path in damaged:
        name = path.relative_to(project.root).as_posix()
        kept = next((one for one in found[1].files if one.path == name), None) if found else None
        content = found[0].fetch(kept.sha256) if found and kept else None
        done = (
            _PUT_BACK.format(found[1].made_at)
            if found and content is not None
            else _LOST.get(path.parent.name, _COMPUTED)
        )
        _set_aside(project, path, "A file of the published history was damaged.", done)
        if content is not None:
            write_durably(path, content)
    return len(damaged)


def is_readable(path: Path) -> bool:
    """Whether every row of a Parquet file can be read."""
    try:
        with duckdb.connect() as con:
            con.execute("select bit_xor(hash(entry)) from read_parquet(?) as entry", [str(path)]).fetchall()
    except duckdb.Error:
        return False
    return True


def _in_backup(project: Project) -> tuple[BackupPlace, Index] | None:
    try:
        place = BackupPlace(place_of(project))
    except SyfteError:  # what is wrong with the settings is told elsewhere
        return None
    index = place.newest()
    return (place, index) if index else None


def _set_aside(project: Project, path: Path, what: str, done: str) -> None:
    folder = set_aside_folder(project.data)
    shown = str(folder.relative_to(project.root))
    Incidents(project.data).add(what, where=str(path), done=done, folder=shown)
    if not path.exists():
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.rename(folder / path.name)
    except OSError as error:
        raise StorageError(
            f"A damaged file cannot be set aside: {error.strerror}.",
            where=str(path),
            do="Mend the permissions, or move the file away yourself, and run the command again.",
        ) from None


def _proven(project: Project, path: Path, place: BackupPlace, index: Index) -> bytes | None:
    name = path.relative_to(project.root).as_posix() if path.is_relative_to(project.root) else ""
    kept = next((one for one in index.files if one.path == name), None)
    content = place.fetch(kept.sha256) if kept else None
    if content is None or path.suffix != ".jsonl":
        return content if content is None or kept is None or _is_expected(project, path, kept.sha256) else None
    rest = path.read_bytes()[len(content) :] if path.exists() else b""
    try:
        for line in (content + rest).split(b"\n")[:-1]:
            check_line(line, path)
    except SyfteError:
        return None
    return content + rest


def _is_expected(project: Project, path: Path, sha256: str) -> bool:
    """Whether content is what the manifest, or the name of an edition of goals.yaml, says that a file must hold."""
    if path.stem == sha256:
        return True
    landing = Landing(project.landing_dir)
    relative = path.relative_to(landing.root).as_posix()
    for manifest in landing.manifests():
        for entry, _ in landing.entries(manifest):
            if relative in (entry.segment, entry.rejected_segment):
                return sha256 == (entry.sha256 if relative == entry.segment else entry.rejected_sha256)
    return False
