"""`syfte check`: configuration, tokens, reachability, disk and database, before anything depends on them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.errors import SyfteError
from pipelines.goals import find_problems, load_goals
from pipelines.run.space import free_space, needed_space
from pipelines.settings import load_settings
from pipelines.sources.registry import SOURCES
from pipelines.warehouse.build import load_models
from pipelines.warehouse.connection import open_hardened

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipelines.project import Project

_ENOUGH_BYTES = 2 * 10**9  # a first run of a large institution lands and loads well under this


@dataclass(frozen=True)
class CheckRow:
    """One thing looked at.

    Args:
        what: the thing.
        where: the file, setting or address.
        ok: True, False, or None where there was nothing to look at.
        detail: what was found.
        do: what to do; None when all is well.
        exit_code: of the error found; 0 when all is well.
        is_warning: something will go wrong unless somebody acts; no error yet.
    """

    what: str
    where: str
    ok: bool | None
    detail: str
    do: str | None = None
    exit_code: int = 0
    is_warning: bool = False


def check_project(project: Project) -> list[CheckRow]:
    """Look at everything a run depends on. Never raises a `SyfteError`: what is wrong becomes a row."""
    rows = [
        *_goals_rows(project),
        *_expectations_rows(project),
        _looked_at("settings", str(project.root / ".env"), lambda: _settings(project)),
        _looked_at("models", "sql/", lambda: f"{len(load_models())} models, no circle, none reads a later stage"),
        _disk(project),
        _database(project),
    ]
    if all(row.ok for row in rows if row.what in ("goals", "settings")):
        rows.extend(_sources(project))
        rows.extend(_tokens(project))
        rows.extend(_versions(project))
    return rows


def _looked_at(what: str, where: str, look: Callable[[], str]) -> CheckRow:
    try:
        return CheckRow(what, where, ok=True, detail=look())
    except SyfteError as error:
        return CheckRow(what, error.where or where, ok=False, detail=error.what, do=error.do, exit_code=error.exit_code)


def _goals_rows(project: Project) -> list[CheckRow]:
    """One row for each mistake in goals.yaml, or one that says what it holds."""
    try:
        problems = find_problems(project.goals_path)
    except SyfteError as error:
        problems = [error]
    if not problems:
        return [_looked_at("goals", str(project.goals_path), lambda: _goals(project))]
    return [CheckRow("goals", p.where or "", ok=False, detail=p.what, do=p.do, exit_code=p.exit_code) for p in problems]


def _goals(project: Project) -> str:
    goals = load_goals(project.goals_path)
    kpis = sum(len(goal.kpis) for goal in goals.goals) + len(goals.guardrails)
    return f"{len(goals.goals)} goals, {kpis} KPIs, {len(goals.units.members)} units, {len(goals.accounts)} accounts"


def _expectations_rows(project: Project) -> list[CheckRow]:
    """One row for each mistake in the institution's own expectations, or one that says how many there are."""
    from pipelines.quality.own import find_own_problems, own_suites  # noqa: PLC0415  # only where there are some

    folder = project.expectations_dir
    if not folder.is_dir():
        return []
    problems = find_own_problems(folder)
    if problems:
        return [
            CheckRow("expectations", p.where or "", ok=False, detail=p.what, do=p.do, exit_code=p.exit_code)
            for p in problems
        ]
    suites = own_suites(folder)
    said = f"{sum(len(suite.expectations) for suite in suites)} own expectations of {len(suites)} tables"
    return [CheckRow("expectations", str(folder), ok=True, detail=said)]


def _settings(project: Project) -> str:
    settings = load_settings(project.root)
    on = [entry.name for entry in SOURCES if settings.section_of(entry.name) is not None]
    return f"sources switched on: {', '.join(on) or 'none'}"


def _disk(project: Project) -> CheckRow:
    folder, free = free_space(project)
    enough = max(_ENOUGH_BYTES, needed_space(project))
    ok = free >= enough
    do = None if ok else f"Have {enough / 10**9:.0f} GB free."
    detail = f"{free / 10**9:.0f} GB free"
    return CheckRow("disk", str(folder), ok=ok, detail=detail, do=do, exit_code=0 if ok else 3)


def _database(project: Project) -> CheckRow:
    if not project.published_db.exists():
        return CheckRow(
            "published", str(project.published_db), ok=None, detail="nothing published yet", do="Run `syfte run`."
        )

    def look() -> str:
        with open_hardened(project.published_db) as con:
            [(as_of,)] = con.execute("select max(as_of) from published.goal_verdict").fetchall()
        return f"readable, as of {as_of:%Y-%m-%d %H:%M} UTC" if as_of else "readable, empty"

    return _looked_at("published", str(project.published_db), look)


def _sources(project: Project) -> list[CheckRow]:
    from pipelines.pull import probe  # noqa: PLC0415  # opens the HTTP stack only when there is something to ask
    from pipelines.run.allowances import open_ledger  # noqa: PLC0415
    from pipelines.run.pulling import accounts  # noqa: PLC0415
    from pipelines.sources.registry import configured_sources  # noqa: PLC0415

    settings, goals = load_settings(project.root), load_goals(project.goals_path)
    named = accounts(goals)
    rows = [
        CheckRow(
            source.name,
            str(project.goals_path),
            ok=False,
            detail=f"switched on, but goals.yaml names no account on {source.platform}, so nothing is read",
            do=f"Add one under accounts: {{platform: {source.platform}, id: ..., unit: ...}} (docs/goals.md).",
            exit_code=4,
        )
        for source in configured_sources(settings)
        if source.platform is not None and all(account.platform != source.platform for account in named)
    ]
    with open_ledger(project, goals, settings) as ledger:
        found = probe(settings, named, ledger=ledger)
    for result in found:
        error = result.error
        where = error.where or result.account_id if error else result.account_id
        rows.append(
            CheckRow(
                result.source,
                where,
                ok=error is None,
                detail=error.what if error else result.answer,
                do=error.do if error else None,
                exit_code=error.exit_code if error else 0,
            )
        )
    return rows


def _tokens(project: Project) -> list[CheckRow]:
    """Tokens that a person must see to, and a `.env` that others may read: warnings, no errors."""
    from pipelines.run.authorising import auth_status  # noqa: PLC0415  # opens the HTTP stack

    rows = [
        CheckRow("token", f"{one.source} {one.account}", ok=None, detail=one.sentence, is_warning=True)
        for one in auth_status(project)
        if one.needs_action
    ]
    env_file = project.root / ".env"
    if os.name == "posix" and env_file.is_file() and env_file.stat().st_mode & 0o077:
        found = f"others may read it (mode {env_file.stat().st_mode & 0o777:04o})"
        do = f"Run `chmod 600 {env_file}`."
        rows.append(CheckRow("tokens", str(env_file), ok=None, detail=found, do=do, is_warning=True))
    return rows


def _versions(project: Project) -> list[CheckRow]:
    """Versions of the platforms' interfaces that end soon or have ended: warnings, for the platforms still answer."""
    from pipelines.api_versions import sunsets  # noqa: PLC0415  # with the sources

    settings = load_settings(project.root)
    return [
        CheckRow("version", one.setting, ok=None, detail=one.sentence, do=one.do, is_warning=True)
        for one in sunsets(settings, settings.clock_now.date())
    ]
