"""`syfte backup`: what cannot be made again, copied elsewhere."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from pipelines import __version__
from pipelines.backups import BackupPlace, Index, Kept, last_made, place_of
from pipelines.errors import StorageError
from pipelines.events import Event, OnEvent, silent
from pipelines.landing import Landing
from pipelines.run.healing import WarehouseHold
from pipelines.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pipelines.project import Project

LATE = timedelta(hours=24)
"""A daily backup that is older than a day was missed."""

_WHOLE = (
    "goals.yaml", "dagster.yaml", "data/incidents.jsonl", "data/archive_exports.jsonl",
    "data/landing/publications.jsonl", "data/landing/erasures.jsonl", "data/landing/erasures.key",
)  # fmt: skip
_FOLDERS = (
    "experiments", "expectations", "data/published/history", "data/published/parquet", "data/landing/goals",
    "data/landing/tip_weeks",
)  # fmt: skip
"""What is kept beside the landed pages: an allow-list, so that no token, key, `.env` or log can get in by being new.

The key of the log of erasures opens nothing; without it what was erased could not be kept from coming back.
"""

LEDGER = "data/budget.sqlite"


@dataclass(frozen=True)
class BackupReport:
    """What a backup came to.

    Args:
        place: where it lies.
        index: what it holds.
        fresh: how many files were not there yet, and `fresh_bytes` of them.
        pruned: how many old backups were removed.
    """

    place: Path
    index: Index
    fresh: int
    fresh_bytes: int
    pruned: int


@dataclass(frozen=True)
class BackupStanding:
    """How the backups stand. `made_at` (UTC) and `age` are None if there is none."""

    place: Path
    made_at: datetime | None
    age: timedelta | None
    is_late: bool


def backup_standing(project: Project) -> BackupStanding | None:
    """How the backups stand; None where no place is set."""
    if load_settings(project.root).backup.place is None:
        return None
    place = place_of(project)
    made_at = last_made(place)
    age = datetime.now(UTC) - made_at if made_at else None
    return BackupStanding(place, made_at, age, age is None or age > LATE)


def backup(project: Project, *, to: Path | None = None, on_event: OnEvent = silent) -> BackupReport:
    """Copy what cannot be made again: what landed, what was published, and what people wrote. No secret is among it.

    Nobody writes the warehouse meanwhile. A pull may go on: a page counts once its manifest line is whole, and the
    manifests are read before the pages they name.

    Args:
        project: whose.
        to: where; None for the place that is set.
        on_event: told at the end of each part.

    Raises:
        BusyError: another process writes the warehouse, or makes a backup.
        StorageError: the place cannot be written, or a landed file is damaged; no earlier backup goes then.
    """
    settings = load_settings(project.root).backup
    place = BackupPlace(place_of(project, to))
    with place.held(), WarehouseHold(project, wait_s=600) as hold:
        hold.take()
        fresh: dict[str, int] = {}
        files = [_keep(place, project, path, fresh) for path in _paths(project)]
        on_event(Event("done", "backup", detail=f"{len(files)} files of goals, publications and history"))
        pages, damaged = _keep_landing(place, project, fresh)
        index = Index(
            made_at=datetime.now(UTC),
            code_version=__version__,
            files=tuple(sorted([*files, *pages], key=lambda kept: kept.path)),
        )
        place.add(index)
        on_event(Event("done", "backup", detail=f"{len(pages)} landed files; {len(fresh)} files were new"))
        # an older backup may be the only one that has the good copy
        pruned = 0 if damaged else place.prune(keep_days=settings.keep_days, now=index.made_at)
    if damaged:
        raise StorageError(
            f"Everything else is backed up, but {len(damaged)} landed files are not what was written.",
            where=", ".join(damaged[:5]),
            do="Run `syfte verify`; if an earlier backup has them, the next run restores them from it.",
        )
    return BackupReport(place.root, index, len(fresh), sum(fresh.values()), pruned)


def _paths(project: Project) -> Iterator[str]:
    """What is kept beside landed pages, relative to the project; no draft, no link, nothing hidden."""
    yield from (name for name in (*_WHOLE, LEDGER) if _is_file(project.root / name))
    for folder in _FOLDERS:
        for path in sorted((project.root / folder).rglob("*")):
            if _is_file(path) and not path.name.startswith("."):
                yield path.relative_to(project.root).as_posix()


def _is_file(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _keep(place: BackupPlace, project: Project, name: str, fresh: dict[str, int]) -> Kept:
    path = project.root / name
    content = _ledger(path) if name == LEDGER else path.read_bytes()
    if path.suffix == ".jsonl":
        content = content[: content.rfind(b"\n") + 1]  # what is being appended does not count yet
    return _kept(place, name, content, fresh)


def _kept(place: BackupPlace, name: str, content: bytes, fresh: dict[str, int]) -> Kept:
    sha256, is_new = place.keep(content)
    if is_new:
        fresh[sha256] = len(content)
    return Kept(path=name, sha256=sha256, size=len(content))


def _ledger(path: Path) -> bytes:
    """The ledger of allowances as of one instant, though runs write it; a damaged one as it is."""
    try:
        with closing(sqlite3.connect(path, timeout=30)) as source:
            return source.serialize()
    except sqlite3.Error:
        return path.read_bytes()


def _keep_landing(place: BackupPlace, project: Project, fresh: dict[str, int]) -> tuple[list[Kept], list[str]]:
    """Manifests, each up to its last whole line, and the segments these name.

    Returns:
        What is kept, and the paths of files that are damaged here.
    """
    landing = Landing(project.landing_dir)
    root = project.landing_dir.relative_to(project.root).as_posix()
    kept: list[Kept] = []
    damaged: list[str] = []
    for manifest in landing.manifests():
        content = manifest.read_bytes()
        content = content[: content.rfind(b"\n") + 1]
        kept.append(_kept(place, f"{root}/manifest/{manifest.name}", content, fresh))
        segments: dict[str, str] = {}
        for entry, end in landing.entries(manifest):
            if end > len(content):
                break
            segments[entry.segment] = entry.sha256
            if entry.rejected_segment and entry.rejected_sha256:
                segments[entry.rejected_segment] = entry.rejected_sha256
        for segment, sha256 in segments.items():
            path = place.object_path(sha256)
            if not path.exists():
                try:
                    content_of = landing.segment(segment, sha256).read_bytes()
                except StorageError:
                    damaged.append(f"{root}/{segment}")
                    continue
                _kept(place, segment, content_of, fresh)
            kept.append(Kept(path=f"{root}/{segment}", sha256=sha256, size=path.stat().st_size))
    return kept, damaged
