"""`syfte restore`: what a backup holds put back, built again, and held against what was published."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from pipelines.backups import BackupPlace, place_of
from pipelines.errors import StorageError, UsageError
from pipelines.events import Event, OnEvent, silent
from pipelines.incidents import set_aside_folder
from pipelines.landing import Landing, Publications
from pipelines.landing.erasures import KEY
from pipelines.landing.writer import write_durably
from pipelines.project import Project
from pipelines.run.erasing import reapply
from pipelines.run.healing import WarehouseHold
from pipelines.run.replaying import replay_into
from pipelines.warehouse.publish import publish
from pipelines.warehouse.soundness import differences

if TYPE_CHECKING:
    from datetime import datetime

    import duckdb

    from pipelines.backups import Index
    from pipelines.landing.erasures import Erasure

_REPLACED = ("goals.yaml", "dagster.yaml", "experiments", "expectations", "data")
_STAYS = frozenset(
    {"tokens", "dagster", "set_aside", "warehouse.lock", "landing.lock", "erasures.lock", "incidents.jsonl",
     "budget.sqlite", "budget.sqlite-wal", "budget.sqlite-shm"}
)  # fmt: skip
"""Of `data/`: what no backup holds, and what counts on and must not be set back; a restore leaves it where it is."""


@dataclass(frozen=True)
class RestoreReport:
    """What a restore came to.

    Args:
        root: the project that was restored.
        index: the backup.
        as_of: the instant of the publication that was built again, UTC; None if there had been none.
        compared: published table -> rows that differ from what was published then.
        seconds: how long it took.
        set_aside: where what stood there before is; None if nothing did.
    """

    root: Path
    index: Index
    as_of: datetime | None
    compared: dict[str, int]
    seconds: float
    set_aside: Path | None = None

    def raise_for_differences(self) -> None:
        """Raise StorageError if a table is not what was published."""
        unequal = [f"{name} ({rows} rows)" for name, rows in self.compared.items() if rows]
        if unequal:
            raise StorageError(
                f"The backup is whole, but {len(unequal)} tables built from it differ from what was published: "
                f"{', '.join(unequal[:5])}.",
                where=f"{self.root}, backup {self.index.name} by Syfte {self.index.code_version}",
                do="With another version of Syfte figures may differ: `syfte revisions` says why after the next run.",
            )


def restore(
    project: Project,
    *,
    place: Path | None = None,
    to: Path | None = None,
    name: str | None = None,
    on_event: OnEvent = silent,
) -> RestoreReport:
    """Put a backup back, build what was published last from it, publish that, and compare.

    The whole backup is read and checked before anything is touched. Nothing is overwritten: what stands in the project
    is set aside. Tokens, `.env` and keys are in no backup; those of the project stay where they are.

    Args:
        project: whose backups; restored in place unless `to` says otherwise.
        place: where the backups lie; None for the place that is set.
        to: a new or empty directory.
        name: of the backup; None for the newest.
        on_event: told about each step.

    Raises:
        UsageError: the directory is not empty.
        BusyError: another process writes the warehouse, or a pull is under way.
        StorageError: there is no such backup, it is damaged, or the disk is full.
    """
    began = monotonic()
    held = BackupPlace(place_of(project, place))
    index = _chosen(held, name)
    _check(held, index, on_event)
    target = Project(to.resolve()) if to else project
    if to and target.root.exists() and any(target.root.iterdir()):
        raise UsageError("The directory is not empty.", where=str(to), do="Give a new one, or leave out --to.")
    with WarehouseHold(target, wait_s=600, on_event=on_event) as hold, Landing(target.landing_dir).held(alone=True):
        hold.take()
        erased, key = _erased(project)
        aside = None if to else _set_aside(target)
        for kept in index.files:
            if not (target.root / kept.path).exists():
                write_durably(target.root / kept.path, held.content(kept))
        on_event(Event("done", "restore", detail=f"{len(index.files)} files in {target.root}"))
        if erased:
            if key is not None and not (target.landing_dir / KEY).exists():
                write_durably(target.landing_dir / KEY, key)
                (target.landing_dir / KEY).chmod(0o600)
            reapply(Landing(target.landing_dir), erased, on_event=on_event)
        as_of, compared = _build(target, hold.connection, on_event)
    return RestoreReport(target.root, index, as_of, compared, monotonic() - began, aside)


def _erased(project: Project) -> tuple[list[Erasure], bytes | None]:
    """What the project knows was erased, and the log's key: an older backup must not bring it back.

    A restore that was killed had set the landing aside: what that one knew counts on.
    """
    aside = (project.data / "set_aside").glob("*/data/landing")
    landings = [project.landing_dir, *sorted(aside, reverse=True)]
    known = {one.erasure_id: one for root in reversed(landings) for one in Landing(root).erasures.all()}
    key = next((root / KEY for root in landings if (root / KEY).exists()), None)
    return list(known.values()), key.read_bytes() if key else None


def restore_on_trial(project: Project, *, place: Path | None = None, on_event: OnEvent = silent) -> RestoreReport:
    """Restore the newest backup into a scratch directory that goes away afterwards, and compare."""
    with tempfile.TemporaryDirectory(prefix="syfte-restore-") as folder:
        return restore(project, place=place, to=Path(folder) / "project", on_event=on_event)


def _chosen(place: BackupPlace, name: str | None) -> Index:
    found = place.index(name) if name else place.newest()
    if found is None:
        raise StorageError(
            "There is no backup here.", where=str(place.root), do="Run `syfte backup`, or name the place with --from."
        )
    return found


def _check(place: BackupPlace, index: Index, on_event: OnEvent) -> None:
    for kept in index.files:
        place.content(kept)
    on_event(Event("done", "check", detail=f"{len(index.files)} files of backup {index.name} are what was kept"))


def _set_aside(project: Project) -> Path | None:
    """Move what stands where the backup's files will lie."""
    folder = set_aside_folder(project.data)
    for name in _REPLACED:
        path = project.root / name
        moved = (
            [one for one in path.iterdir() if one.name not in _STAYS] if name == "data" and path.is_dir() else [path]
        )
        for one in moved:
            if one.exists():
                there = folder / one.relative_to(project.root)
                there.parent.mkdir(parents=True, exist_ok=True)
                shutil.move(one, there)
    return folder if folder.exists() else None


def _build(
    project: Project, con: duckdb.DuckDBPyConnection, on_event: OnEvent
) -> tuple[datetime | None, dict[str, int]]:
    """Make the last publication again, where there was one, and publish it; nothing new is written down."""
    made = Publications(project.landing_dir).all()
    if not made:
        return None, {}
    as_of = replay_into(con, project, made[-1].as_of, on_event=on_event)
    then = project.published_dir / "parquet"
    compared = differences(con, then)
    on_event(Event("done", "compare", detail=f"{sum(not rows for rows in compared.values())} of {len(compared)} equal"))
    publish(con, project.published_dir)
    return as_of, compared
