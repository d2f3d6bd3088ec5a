"""`syfte purge`: what is older than its class is kept goes, every day, and what a kill left unfinished is ended."""

from __future__ import annotations

import io
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import msgspec

from pipelines.events import OnEvent, silent
from pipelines.goals import load_goals
from pipelines.landing import Landing
from pipelines.landing.erasures import Erasure, Erasures
from pipelines.landing.rewriting import rewrite, swap_in
from pipelines.landing.writer import write_durably
from pipelines.run.ageing import CLASSES, edit, target
from pipelines.run.archiving import archived_until
from pipelines.run.erasing import erase_posts_content, finish, finish_all
from pipelines.run.preparing import all_streams, present
from pipelines.run.retaining import Rule, rules
from pipelines.settings import load_settings
from pipelines.warehouse.connection import open_writer
from pipelines.warehouse.load import load

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

    from pipelines.project import Project

BEFORE_A_PERIOD = timedelta(days=35)
"""Readings before a period from which its first gains are told."""

_GONE = """
    select gone.post_id
    from marts.fct_post_gone as gone
    inner join marts.dim_post as posts on gone.post_id = posts.post_id
    where posts.platform = $platform and gone.gone_at <= $until and nullif(posts.text, '') is not null
    order by all
"""

_NOT_READ_SINCE = """
    select posts.post_id
    from marts.dim_post as posts
    inner join marts.fct_post_snapshot as readings on posts.post_id = readings.post_id
    where posts.platform = $platform and nullif(posts.text, '') is not null
    group by posts.post_id
    having max(readings.observed_at) <= $until
    order by all
"""

_WEEKS = """
    select
        cast(date_trunc('week', local_date) as date) as week_start, unit_id,
        count(*) as tips, count(*) filter (where is_documented) as documented
    from marts.fct_tips where received_at < $until group by all order by all
"""

_BUILT = "select 1 from duckdb_tables() where schema_name = 'published' and table_name = 'post'"


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
        BusyError: another process writes the warehouse.
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
        elif rule.name in ("deleted_posts", "unauthorised"):
            found.append(_posts(project, rule, until, refused, is_trial=is_trial, on_event=on_event))
        elif rule.name == "logs":
            found.append(Purged(rule.name, _logs(project, until, is_trial=is_trial)))
        elif rule.name == "set_aside":
            found.append(Purged(rule.name, _set_aside(project, until, is_trial=is_trial)))
        elif refused:
            found.append(Purged(rule.name, 0, refused))
    return [*_landed(project, landed, is_trial=is_trial, on_event=on_event), *found]


def _until(project: Project, rule: Rule, now: datetime) -> datetime:
    """What is older goes. Facts of the periods that goals.yaml judges stay: no KPI may change because time went on."""
    until = now - rule.keep
    if rule.name not in ("tip_rows", "raw_snapshots"):
        return until
    goals = load_goals(project.goals_path)
    first = min(goals.period.study[0], (goals.period.baseline or goals.period.study)[0])
    begins = datetime.combine(first, time(), ZoneInfo(goals.timezone)).astimezone(UTC)
    return min(until, begins - BEFORE_A_PERIOD)


def _refusal(project: Project, rule: Rule, until: datetime) -> str:
    """Why a class may not go; empty where it may."""
    if not rule.is_official:
        return ""
    said = load_goals(project.goals_path).retention
    if said is None or said.decision is None:
        return "official documents: goals.yaml names no decision on disposal (retention > decision)"
    if rule.name in CLASSES and said.archive == "required":
        archived = archived_until(project, rule.name)
        if archived is None or archived < until:
            return "not archived yet: run `syfte archive-export --to DIR`"
    return ""


def _landed(project: Project, limits: dict[str, datetime], *, is_trial: bool, on_event: OnEvent) -> list[Purged]:
    if not limits:
        return []
    landing = Landing(project.landing_dir)
    with open_writer(project.warehouse_path, wait_s=600) as con:
        load(con, landing, all_streams())
        found: list[Purged] = []
        for name, until in limits.items():
            swaps, _ = rewrite(landing, edit(landing, {name: until}), is_trial=True)
            count = sum(sum(s.rows.values()) + sum(s.rejected.values()) + s.changed for s in swaps)
            found.append(Purged(name, count))
        due = {one.name: limits[one.name] for one in found if one.count}
        if is_trial or not due:
            return found
        if "tip_rows" in due and _is_built(con):
            _keep_weeks(con, landing, due["tip_rows"])
        decision = load_goals(project.goals_path).retention
        erasure = Erasure(
            erasure_id=Erasures.new_id(),
            state="intended",
            at=present(project),
            kind="retention",
            scope="all",
            reason="retention",
            decision=(decision.decision if decision else None) or "retention.csv",
            targets=tuple(target(name, until) for name, until in due.items()),
        )
        landing.erasures.write(erasure)
        swaps, streams = rewrite(landing, edit(landing, due))
        erasure = msgspec.structs.replace(erasure, state="rewritten", swaps=tuple(swaps), streams=tuple(streams))
        landing.erasures.write(erasure)
        swap_in(landing, swaps)
    finish(project, erasure, on_event=on_event)
    return found


def _keep_weeks(con: duckdb.DuckDBPyConnection, landing: Landing, until: datetime) -> None:
    """What stays of tips: how many came per unit and week. Small counts are in it: not for readers."""
    weeks = con.sql(_WEEKS, params={"until": until}).pl()
    buffer = io.BytesIO()
    weeks.write_parquet(buffer)
    write_durably(landing.root / "tip_weeks" / f"{until:%Y%m%dT%H%M%S}Z.parquet", buffer.getvalue())


def _posts(project: Project, rule: Rule, until: datetime, refused: str, *, is_trial: bool, on_event: OnEvent) -> Purged:
    name = f"{rule.name} ({rule.platform})"
    if rule.name == "unauthorised" and _has_authorisation(project):
        return Purged(name, 0)
    query = _GONE if rule.name == "deleted_posts" else _NOT_READ_SINCE
    with open_writer(project.warehouse_path, wait_s=600) as con:
        if not _is_built(con):
            return Purged(name, 0)
        posts = [row[0] for row in con.execute(query, {"platform": rule.platform, "until": until}).fetchall()]
    if posts and not refused and not is_trial:
        said = load_goals(project.goals_path).retention
        erase_posts_content(project, posts, decision=(said.decision if said else None) or "", on_event=on_event)
    return Purged(name, 0 if refused else len(posts), refused if posts else "")


def _is_built(con: duckdb.DuckDBPyConnection) -> bool:
    return bool(con.execute(_BUILT).fetchall())


def _has_authorisation(project: Project) -> bool:
    """Whether YouTube's figures are read with an owner's token, and not with a key alone."""
    section = load_settings(project.root).youtube
    held = ("token", "tokens", "refresh_token", "refresh_tokens")
    return section is not None and any(getattr(section, name, None) for name in held)


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


def _set_aside(project: Project, until: datetime, *, is_trial: bool) -> int:
    folder = project.data / "set_aside"
    old = [path for path in folder.iterdir() if _changed(path) < until] if folder.is_dir() else []
    for path in () if is_trial else old:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    return len(old)


def _changed(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)
