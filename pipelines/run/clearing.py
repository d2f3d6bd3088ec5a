"""Where else something may lie that was erased: old copies, drafts, coding sheets, logs."""

from __future__ import annotations

import csv
import io
import re
import shutil
from typing import TYPE_CHECKING

from pipelines.landing.manifest import DamagedFileError
from pipelines.landing.writer import write_durably
from pipelines.run.carrying import left_behind
from pipelines.run.coding import SHEET

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from pipelines.landing import Landing
    from pipelines.project import Project

_LONGEST = 64 * 1024 * 1024
"""Bytes of a person's own file that is looked into."""

_ESCAPE = re.compile(rb"\x1b\[[0-9;]*[A-Za-z]|%[0-9A-Fa-f]{2}|\\(?:u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}|[abfnrtv])")
"""A colour of the terminal, a sign in an address, a sign in JSON: its last letter is not part of the word after it."""


def landings_aside(project: Project) -> list[Path]:
    """Folders of `data/set_aside` that a restore in place put what stood there into: data that lies nowhere else."""
    return sorted(path.parents[1] for path in (project.data / "set_aside").glob("*/data/landing"))


def clear_copies(project: Project) -> int:
    """Remove old warehouses that were set aside, and drafts that killed processes left. Only the writer may do this.

    They are caches: the landing makes the warehouse again. Nobody can take a row out of a damaged file. Of what a
    restore set aside the landing and the published history stay; the caller takes out of them what has to go.

    Returns:
        How many files went.
    """
    spared = landings_aside(project)
    folders = [project.warehouse_path.with_name(f"{project.warehouse_path.name}.tmp")]
    folders += left_behind(project)
    folders += [path for path in (project.data / "set_aside").glob("*") if path not in spared]
    gone = [
        *(path for folder in folders for path in [folder, *folder.rglob("*")] if path.is_file()),
        *(
            path
            for folder in spared
            for path in (folder / "data").rglob("*")
            if path.is_file() and _is_copy(path, folder)
        ),
        *project.data.glob(".*.part"),
        *project.data.glob(f"{project.warehouse_path.stem}.init*"),
        *project.published_dir.rglob(".*.part"),
    ]
    for path in gone:
        path.unlink(missing_ok=True)
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
    return len(gone)


def _is_copy(path: Path, folder: Path) -> bool:
    """Whether a file below `data` of what a restore set aside can be made again from its landing."""
    kept = (folder / "data" / "landing", folder / "data" / "published" / "history")
    if any(path.is_relative_to(one) for one in kept):
        return path.name.startswith(".") and path.name.endswith(".part")
    return path.suffix not in (".jsonl", ".lock")


def clear_damage(landing: Landing) -> set[str]:
    """Remove what cannot be read in a landing that was set aside, and what no manifest of it names.

    Returns:
        Segments that its manifests name and that are gone.
    """
    lost: set[str] = set()
    for manifest in landing.manifests():
        try:
            entries = [entry for entry, _ in landing.entries(manifest)]
        except DamagedFileError:
            manifest.unlink()
            continue
        for entry in entries:
            held = [(entry.segment, entry.sha256), (entry.rejected_segment, entry.rejected_sha256)]
            if not all(_is_whole(landing, name, sha256) for name, sha256 in held if name and sha256):
                lost.update(name for name, _ in held if name)
    for name in lost:
        (landing.root / name).unlink(missing_ok=True)
    landing.sweep()
    return lost


def _is_whole(landing: Landing, name: str, sha256: str) -> bool:
    try:
        landing.segment(name, sha256)
    except DamagedFileError:
        return False
    return True


def clear_sheets(project: Project, is_meant: Callable[[str], bool], *, whole: bool) -> int:
    """Take posts out of the coding sheets that lie in the project: text and address, or the whole row.

    Args:
        project: where to look, `data/` left out.
        is_meant: whether a post's id is one of those erased.
        whole: the row goes too.

    Returns:
        How many rows were changed.
    """
    changed = 0
    for path in _own_files(project, ".csv"):
        rows = _sheet(path)
        if not rows:
            continue
        header, kept, found = rows[0], [rows[0]], 0
        post, said = header.index("post_id"), [header.index(name) for name in ("permalink", "text")]
        for row in rows[1:]:
            if len(row) == len(header) and is_meant(row[post]):
                found += 1
                if whole:
                    continue
                row = ["" if place in said else cell for place, cell in enumerate(row)]  # noqa: PLW2901
            kept.append(row)
        if found:
            text = io.StringIO()
            csv.writer(text, lineterminator="\n").writerows(kept)
            write_durably(path, text.getvalue().encode("utf-8-sig"))
            changed += found
    return changed


def _sheet(path: Path) -> list[list[str]]:
    """The rows of a coding sheet; none if the file is another."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        rows = list(csv.reader(io.StringIO(text)))
    except (OSError, UnicodeDecodeError, csv.Error):
        return []
    return rows if rows and tuple(rows[0]) == SHEET else []


def clear_logs(project: Project, native_ids: Sequence[str]) -> int:
    """Remove what Dagster kept of steps' output, where it names an id."""
    gone = 0
    for path in (project.data / "dagster" / "compute_logs").rglob("*"):
        if path.is_file() and _names(path, native_ids):
            path.unlink()
            gone += 1
    return gone


def own_files_naming(project: Project, native_ids: Sequence[str]) -> list[Path]:
    """The institution's own files in the project that name an id: exports that were imported, notes. Not ours."""
    return [path for path in _own_files(project) if _names(path, native_ids)]


def _names(path: Path, native_ids: Sequence[str]) -> bool:
    """Whether a file holds an id as a whole: neither a letter nor a digit beside it, but for an escape's."""
    held = path.read_bytes()
    if not any(one.encode() in held for one in native_ids):
        return False
    whole = re.compile(
        b"(?<![0-9A-Za-z])(?:" + b"|".join(re.escape(one.encode()) for one in native_ids) + b")(?![0-9A-Za-z])"
    )
    return any(whole.search(text) for text in (held, _ESCAPE.sub(b" ", held)))


def _own_files(project: Project, suffix: str = "") -> Iterator[Path]:
    ours = {project.data, project.root / ".venv", project.root / ".git", project.root / "secrets"}
    for path in sorted(project.root.iterdir()):
        if path in ours:
            continue
        for found in [path] if path.is_file() else sorted(path.rglob("*")):
            if found.is_file() and found.name.endswith(suffix) and found.stat().st_size <= _LONGEST:
                yield found
