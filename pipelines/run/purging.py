"""`syfte purge`: what is older than its class is kept goes, every day, and what a kill left unfinished is ended."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from pipelines.events import OnEvent, silent
from pipelines.goals import load_goals
from pipelines.landing import Landing
from pipelines.landing.erasures import Erasure, Erasures
from pipelines.landing.rewriting import rewrite
from pipelines.run.ageing import CLASSES, edit, target
from pipelines.run.archiving import archived, unarchived
from pipelines.run.clearing import clear_damage, landings_aside
from pipelines.run.erasing import carry_out, erase_posts_content, finish_all, reapply
from pipelines.run.healing import WarehouseHold
from pipelines.run.preparing import present
from pipelines.run.retaining import Rule, rules
from pipelines.run.withdrawing import CLASSES as WITHDRAWN
from pipelines.run.withdrawing import withdrawn

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import duckdb

    from pipelines.landing.erasures import Swap
    from pipelines.project import Project

BEFORE_A_PERIOD = timedelta(days=35)
"""Readings before a period from which its first gains are told."""

_BUILT = "select 1 from duckdb_tables() where schema_name = 'published' and table_name = 'post'"

_LATE = "older ones were imported after the last export: run `syfte archive-export --to DIR`"
_NOT_EXPORTED = "not archived yet: run `syfte archive-export --to DIR`"
_ASIDE = "no export holds what a restore set aside: look it through, and remove {} yourself"
_UNOFFICIAL = ("comment_authors", "quarantine_content")
"""Classes that age takes out of what a restore set aside too; official ones wait there for the folder's own time."""


@dataclass(frozen=True)
class Purged:
    """What became of one class of data.

    Args:
        name: of the class.
        count: rows, files or runs that went, or would go.
        kept_because: why it was left though its time is over; empty where it was not.
    """

    name: str
    count: int
    kept_because: str = ""


def purge(project: Project, *, is_trial: bool = False, on_event: OnEvent = silent) -> list[Purged]:
    """Carry out `sql/seeds/retention.csv`, as goals.yaml changes it.

    Args:
        project: whose.
        is_trial: only tell what would go.
        on_event: told about each step.

    Raises:
        ConfigurationError: goals.yaml keeps a class longer or shorter than its rule allows.
        BusyError: another process writes the warehouse, or a backup is being made.
        StorageError: a file is damaged or the disk is full.
    """
    if not is_trial:
        finish_all(project, on_event=on_event)
    now = present(project)
    found: list[Purged] = []
    landed: dict[str, datetime] = {}
    for rule in rules(project):
        until = _until(project, rule, now)
        refused = _refusal(project, rule, until)
        if rule.name in CLASSES and not refused:
            landed[rule.name] = until
        elif rule.name in WITHDRAWN:
            found.append(_posts(project, rule, until, refused, is_trial=is_trial, on_event=on_event))
        elif rule.name == "logs":
            found.append(Purged(rule.name, _logs(project, _by_files(rule), is_trial=is_trial)))
        elif rule.name in ("set_aside", "set_aside_landing"):
            found.append(_set_aside(project, rule, _by_files(rule), refused, is_trial=is_trial))
        elif refused:
            found.append(Purged(rule.name, 0, refused))
    return [*_landed(project, landed, is_trial=is_trial, on_event=on_event), *found]


def _until(project: Project, rule: Rule, now: datetime) -> datetime:
    """What is older goes. Facts of the periods that goals.yaml judges stay: no KPI may change because time went on.

    Tips go by whole weeks, of which a count stays, once the first day of one is too old; readings by whole months, once
    the last day of one is: each time something goes, its tables are loaded and built again.
    """
    until = now - rule.keep
    if rule.name not in ("tip_rows", "raw_snapshots"):
        return until
    goals = load_goals(project.goals_path)
    zone = ZoneInfo(goals.timezone)
    day = until.astimezone(zone).date()
    day = day.replace(day=1) if rule.name == "raw_snapshots" else day + timedelta(days=7 - day.weekday())
    first = min(goals.period.study[0], (goals.period.baseline or goals.period.study)[0])
    begins = datetime.combine(first, time(), zone).astimezone(UTC)
    return min(datetime.combine(day, time(), zone).astimezone(UTC), begins - BEFORE_A_PERIOD)


def _by_files(rule: Rule) -> datetime:
    """The same for what the system dates: files, and Dagster's runs. The project's clock may be another."""
    return datetime.now(UTC) - rule.keep


def _refusal(project: Project, rule: Rule, until: datetime) -> str:
    """Why a class may not go; empty where it may."""
    if not rule.is_official:
        return ""
    said = load_goals(project.goals_path).retention
    if said is None or said.decision is None:
        return "official documents: goals.yaml names no decision on disposal (retention > decision)"
    needs = rule.name in CLASSES and said.archive == "required"
    return _NOT_EXPORTED if needs and archived(project, rule.name, until) is None else ""


def _needs_archive(project: Project) -> bool:
    said = load_goals(project.goals_path).retention
    return said is not None and said.archive == "required"


def _landed(project: Project, limits: dict[str, datetime], *, is_trial: bool, on_event: OnEvent) -> list[Purged]:
    if not limits:
        return []
    landing = Landing(project.landing_dir)
    found: list[Purged] = []
    for name, until in limits.items():
        with WarehouseHold(project, wait_s=600) as hold:
            hold.take()
            swaps, _ = rewrite(landing, edit(landing, {name: until}), is_trial=True)
        count = sum(sum(s.rows.values()) + sum(s.rejected.values()) + s.changed for s in swaps)
        is_late = (
            name not in _UNOFFICIAL and _needs_archive(project) and _came_later(project, landing, name, until, swaps)
        )
        found.append(Purged(name, 0 if is_late else count, _LATE if is_late else ""))
    due = {one.name: limits[one.name] for one in found if one.count}
    if is_trial:
        return found
    _age_aside(project, {name: limits[name] for name in _UNOFFICIAL if name in limits}, on_event)
    if due:
        erasure = _retention(project, due)
        landing.erasures.write(erasure)
        carry_out(project, erasure, on_event=on_event)
    return found


def _came_later(project: Project, landing: Landing, name: str, until: datetime, swaps: Sequence[Swap]) -> bool:
    """Whether some of what is due landed after the export that holds the class: it is in no bag."""
    exported = archived(project, name, until) or {}
    pages = {page_id for swap in swaps for page_id in swap.rows}
    return any(
        entry.page_id in pages and place > exported.get(manifest.name, 0)
        for manifest in landing.manifests()
        for entry, place in landing.entries(manifest)
    )


def _retention(project: Project, due: Mapping[str, datetime]) -> Erasure:
    said = load_goals(project.goals_path).retention
    return Erasure(
        erasure_id=Erasures.new_id(),
        state="intended",
        at=present(project),
        kind="retention",
        scope="all",
        reason="retention",
        decision=(said.decision if said else None) or "retention.csv",
        targets=tuple(target(name, until) for name, until in due.items()),
    )


def _age_aside(project: Project, limits: Mapping[str, datetime], on_event: OnEvent) -> None:
    """Let age take its share of what a restore set aside."""
    for folder in landings_aside(project):
        with WarehouseHold(project, wait_s=600) as hold:
            hold.take()
            landing = Landing(folder / "data" / "landing")
            lost = clear_damage(landing)
            swaps, _ = rewrite(landing, edit(landing, limits), is_trial=True, lost=lost)
            if swaps:
                reapply(landing, [_retention(project, limits)], lost=lost, on_event=on_event)


def _posts(project: Project, rule: Rule, until: datetime, refused: str, *, is_trial: bool, on_event: OnEvent) -> Purged:
    name = f"{rule.name} ({rule.platform})"
    with WarehouseHold(project, wait_s=600) as hold:
        posts = hold.do(lambda con: withdrawn(con, project, rule, until) if _is_built(con) else [])
    said = load_goals(project.goals_path).retention
    left = unarchived(project, "post", posts) if posts and not refused and _needs_archive(project) else []
    gone = [] if refused else [post for post in posts if post not in left]
    if gone and not is_trial:
        erase_posts_content(project, gone, decision=(said.decision if said else None) or "", on_event=on_event)
    why = refused or (f"{len(left)} posts are {_NOT_EXPORTED}" if left else "")
    return Purged(name, len(gone), why if posts else "")


def _is_built(con: duckdb.DuckDBPyConnection) -> bool:
    return bool(con.execute(_BUILT).fetchall())


def _logs(project: Project, until: datetime, *, is_trial: bool) -> int:
    """Output of steps, and Dagster's runs with their events."""
    folder = project.data / "dagster"
    if not folder.is_dir():
        return 0
    old = [path for path in (folder / "compute_logs").rglob("*") if path.is_file() and _changed(path) < until]
    for path in () if is_trial else old:
        path.unlink()
    if not (project.root / "dagster.yaml").is_file():
        return len(old)
    from pipelines.defs.old_runs import delete_runs  # noqa: PLC0415  # dagster costs over a second to import

    return len(old) + delete_runs(project.root, until, is_trial=is_trial)


def _set_aside(project: Project, rule: Rule, until: datetime, refused: str, *, is_trial: bool) -> Purged:
    """Old databases; and apart from them, official, what a restore in place put aside."""
    spared = landings_aside(project)
    every = [path for path in (project.data / "set_aside").glob("*") if _changed(path) < until]
    old = [path for path in every if (path in spared) == (rule.name == "set_aside_landing")]
    if old and not refused and rule.is_official and _needs_archive(project):
        refused = _ASIDE.format(", ".join(path.relative_to(project.root).as_posix() for path in old))
    if refused:
        return Purged(rule.name, 0, refused if old else "")
    for path in () if is_trial else old:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    return Purged(rule.name, len(old))


def _changed(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)
