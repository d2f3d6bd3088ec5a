"""A damaged landed file, put back from a backup whose content is provably what was written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.backups import BackupPlace, place_of
from pipelines.errors import SyfteError
from pipelines.incidents import Incidents, set_aside_folder
from pipelines.landing import Landing
from pipelines.landing.manifest import check_line
from pipelines.landing.writer import write_durably

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.backups import Index
    from pipelines.project import Project


def mend(project: Project, path: Path) -> bool:
    """Put a damaged landed file back, if a backup has it; the damaged one is set aside.

    A file of pages or of goals must have the SHA-256 that the manifest, or its name, says. A log that grows is put
    back as far as the backup has it, and what was appended since must be whole lines with right checksums.

    Returns:
        Whether it was put back.
    """
    try:
        place = BackupPlace(place_of(project))
    except SyfteError:  # what is wrong with the settings is told elsewhere
        return False
    index = place.newest()
    content = _proven(project, path, place, index) if index else None
    if content is None:
        return False
    folder = set_aside_folder(project.data)
    shown = str(folder.relative_to(project.root))
    where = str(path)
    done = f"It was put back from the backup of {index.made_at:%Y-%m-%d %H:%M} UTC." if index else ""
    Incidents(project.data).add("A landed file was damaged.", where=where, done=done, folder=shown)
    if path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        path.rename(folder / path.name)
    write_durably(path, content)
    return True


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
