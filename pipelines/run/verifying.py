"""`syfte verify`: whether everything that is kept is what was written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

from pipelines.errors import BusyError, StorageError, SyfteError
from pipelines.events import Event, OnEvent, silent
from pipelines.landing import Landing, Publications
from pipelines.run.backing_up import backup_standing
from pipelines.run.healing import WarehouseHold
from pipelines.run.preparing import all_streams
from pipelines.settings import load_settings
from pipelines.warehouse import checksums
from pipelines.warehouse.connection import open_hardened, prepare
from pipelines.warehouse.load import load
from pipelines.warehouse.soundness import raw_differences, read_every_block, why_unsound

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pipelines.project import Project


@dataclass(frozen=True)
class Verified:
    """What was found of one part.

    Args:
        part: `landing`, `publications`, `published`, `warehouse`, `backup`, `objects/landing` or `objects/published`.
        files: how many files, tables or objects were looked at.
        problems: a sentence each, with the place; empty where all is what was written.
    """

    part: str
    files: int
    problems: tuple[str, ...] = ()


def verify(project: Project, *, check: bool = False, on_event: OnEvent = silent) -> list[Verified]:
    """Read everything that is kept, to the last byte, and say what is not what was written. Nothing is changed.

    The warehouse is held against a second one that is loaded from the landing, row by row.

    Args:
        project: whose.
        check: read every object of the object stores too; otherwise their names and sizes tell.
        on_event: told at the end of each part.

    Raises:
        BusyError: another process writes the warehouse.
    """
    found: list[Verified] = []

    def tell(done: list[Verified]) -> None:
        found.extend(done)
        for one in done:
            on_event(Event("failed" if one.problems else "done", one.part, detail=f"{one.files} read"))

    with WarehouseHold(project, wait_s=60) as hold:
        hold.take()
        for part in (_landing, _publications, _published, _warehouse, _backup):
            tell(part(project))
    tell(_objects(project, check=check))  # no run need wait for what lies elsewhere
    return found


def raise_for_problems(found: list[Verified]) -> None:
    """Raise StorageError if something is not what was written."""
    problems = [problem for one in found for problem in one.problems]
    if problems:
        raise StorageError(
            f"{len(problems)} things that are kept are not what was written.",
            where=", ".join(one.part for one in found if one.problems),
            do="\n         ".join(_remedies({one.part for one in found if one.problems})),
        )


def _remedies(parts: set[str]) -> Iterator[str]:
    if any(not part.startswith("objects/") for part in parts):
        yield "`syfte run` heals the warehouse, publishes what readers see anew, and puts back a landed file that a"
        yield "backup has; `syfte restore` puts everything back."
    if "objects/landing" in parts:
        yield "`syfte landing ship --check` writes anew what is wrong of the landing in the object store."
    if "objects/published" in parts:
        yield "Remove the object that is wrong, if it is there, and run `syfte publish`, which writes it again."


def _told(error: SyfteError) -> str:
    return f"{error.what} ({error.where})" if error.where else error.what


def _landing(project: Project) -> list[Verified]:
    landing = Landing(project.landing_dir)
    problems: list[str] = []
    seen: set[str] = set()
    for manifest in landing.manifests():
        try:
            for entry, _ in landing.entries(manifest):
                for name, sha256 in ((entry.segment, entry.sha256), (entry.rejected_segment, entry.rejected_sha256)):
                    if name and name not in seen:
                        seen.add(name)
                        problems.extend(_tried(lambda n=name, s=sha256: landing.segment(n, s or "")))
        except StorageError as error:
            problems.append(_told(error))
    return [Verified("landing", len(landing.manifests()) + len(seen), tuple(problems))]


def _tried(work: Callable[[], object]) -> Iterator[str]:
    try:
        work()
    except StorageError as error:
        yield _told(error)


def _publications(project: Project) -> list[Verified]:
    publications = Publications(project.landing_dir)
    try:
        made = publications.all()
    except StorageError as error:
        return [Verified("publications", 1, (_told(error),))]
    problems = [p for one in made for p in _tried(lambda o=one: publications.goals(o.goals_sha256))]
    return [Verified("publications", len(made), tuple(dict.fromkeys(problems)))]


def _published(project: Project) -> list[Verified]:
    problems: list[str] = []
    files = [path for path in sorted(project.published_dir.rglob("*.parquet")) if not path.name.startswith(".")]
    changed = checksums.changed(files)
    problems += [f"A Parquet file is not what was written: its SHA-256 differs. ({path})" for path in changed]
    with duckdb.connect() as con:
        for path in files:
            if path in changed:
                continue
            try:
                con.execute(
                    "select bit_xor(hash(entry)) from read_parquet(?, hive_partitioning = false) as entry", [str(path)]
                ).fetchall()
            except duckdb.Error:
                problems.append(f"A Parquet file cannot be read. ({path})")
    if project.published_db.exists():
        try:
            with open_hardened(project.published_db) as con:
                read_every_block(con)
        except (StorageError, duckdb.Error):
            problems.append(f"The readers' database is damaged. ({project.published_db})")
    return [Verified("published", len(files) + project.published_db.exists(), tuple(problems))]


def _warehouse(project: Project) -> list[Verified]:
    path = project.warehouse_path
    if not path.exists():
        return []
    landing = Landing(project.landing_dir)
    try:
        reason = why_unsound(path, landing)
        if reason is not None:
            return [Verified("warehouse", 1, (f"{reason[0].upper()}{reason[1:]}. ({path})",))]
        with prepare(duckdb.connect()) as con:
            load(con, landing, all_streams())
            unequal = raw_differences(con, path)
    except BusyError:
        raise
    except SyfteError as error:
        return [Verified("warehouse", 1, (_told(error),))]
    problems = [
        f"{table} has {rows} rows that the landing does not give, or lacks them." for table, rows in unequal.items()
    ]
    return [Verified("warehouse", 1, tuple(problems))]


def _backup(project: Project) -> list[Verified]:
    from pipelines.backups import BackupPlace  # noqa: PLC0415

    standing = backup_standing(project)
    if standing is None:
        return []
    place = BackupPlace(standing.place)
    index = place.newest()
    if index is None:
        return [Verified("backup", 0, (f"There is no backup. ({standing.place})",))]
    problems = [p for kept in index.files for p in _tried(lambda k=kept: place.content(k))]
    if standing.is_late:
        problems.append(
            f"The newest backup is older than a day: {index.made_at:%Y-%m-%d %H:%M} UTC. ({standing.place})"
        )
    return [Verified("backup", len(index.files), tuple(problems))]


def _objects(project: Project, *, check: bool) -> list[Verified]:
    settings = load_settings(project.root)
    if settings.landing_url is None and settings.published_url is None:
        return []
    from pipelines.run.shipping import verify_objects  # noqa: PLC0415  # nothing of it is needed without a store

    found = verify_objects(project, check=check)
    return [Verified(part, one.objects, one.problems) for part, one in found.items()]
