"""Where else something may lie that was erased: old copies, drafts, coding sheets, logs."""

from __future__ import annotations

import csv
import io
import shutil
from typing import TYPE_CHECKING

from pipelines.landing.writer import write_durably
from pipelines.run.coding import SHEET

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from pipelines.project import Project

_LONGEST = 64 * 1024 * 1024
"""Bytes of a person's own file that is looked into."""


def clear_copies(project: Project) -> int:
    """Remove old warehouses that were set aside, and drafts that killed processes left. Only the writer may do this.

    They are caches: the landing makes the warehouse again. Nobody can take a row out of a damaged file.

    Returns:
        How many files went.
    """
    name = project.warehouse_path.name
    folders = [project.data / "set_aside", project.warehouse_path.with_name(f"{name}.tmp")]
    drafts = [
        *project.data.glob(".*.part"),
        *project.data.glob(f"{project.warehouse_path.stem}.init*"),
        *project.published_dir.rglob(".*.part"),
    ]
    gone = sum(1 for folder in folders for path in folder.rglob("*") if path.is_file())
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
    for draft in drafts:
        draft.unlink(missing_ok=True)
    return gone + len(drafts)


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
    held = path.read_bytes()
    return any(one.encode() in held for one in native_ids)


def _own_files(project: Project, suffix: str = "") -> Iterator[Path]:
    ours = {project.data, project.root / ".venv", project.root / ".git", project.root / "secrets"}
    for path in sorted(project.root.iterdir()):
        if path in ours:
            continue
        for found in [path] if path.is_file() else sorted(path.rglob("*")):
            if found.is_file() and found.name.endswith(suffix) and found.stat().st_size <= _LONGEST:
                yield found
