"""`syfte auth`: how every token stands, and renewing what can be renewed. No token ever comes out of here."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.errors import SyfteError, UsageError
from pipelines.goals import load_goals
from pipelines.run.pulling import accounts
from pipelines.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from pipelines.project import Project
    from pipelines.sources.base import Account, Source
    from pipelines.tokens.keeper import Keeper
    from pipelines.tokens.standing import Standing


@dataclass(frozen=True)
class Refreshed:
    """What came of renewing one token.

    Args:
        account: native id, or `all`.
        outcome: `renewed`, `not needed` (it does not renew, or has no end), or `failed`.
        expires_at: UTC, if known.
        error: why it failed.
    """

    source: str
    account: str
    outcome: str
    expires_at: datetime | None = None
    error: SyfteError | None = None


def auth_status(project: Project) -> list[Standing]:
    """How every token of the sources that are switched on stands. Asks nobody and writes nothing.

    Raises:
        ConfigurationError: goals.yaml or a setting is wrong.
    """
    if not load_settings(project.root).sections():
        return []
    from pipelines.tokens.standing import standings  # noqa: PLC0415  # opens the HTTP stack only when it is needed

    keeper, work = _opened(project)
    return standings(keeper, work)


def auth_refresh(project: Project, *, sources: Collection[str] | None = None) -> list[Refreshed]:
    """Renew every token that can be renewed, whether it is time or not.

    Args:
        project: whose tokens.
        sources: names to restrict it to.

    Raises:
        ConfigurationError: goals.yaml or a setting is wrong.
        UsageError: no source of a given name is switched on.
    """
    keeper, work = _opened(project)
    unknown = set(sources or ()) - {source.name for source, _ in work}
    if unknown:
        raise UsageError(
            f"No source {', '.join(sorted(unknown))} is switched on.",
            where="--source",
            do=f"Switched on: {', '.join(source.name for source, _ in work) or 'none'}.",
        )
    chosen = [(source, own) for source, own in work if not sources or source.name in sources]
    return asyncio.run(_refresh_all(keeper, chosen))


async def _refresh_all(keeper: Keeper, work: Sequence[tuple[Source, list[Account]]]) -> list[Refreshed]:
    found: dict[tuple[str, str], Refreshed] = {}
    for source, own in work:
        for account in own:
            section, job = keeper.settings.section_of(source.name), keeper.job(source, account)
            key = job.key if job is not None else section.key_of(account.native_id) if section else "default"
            if (source.name, key) not in found:
                found[source.name, key] = await _refreshed(keeper, source, account, key)
    return list(found.values())


async def _refreshed(keeper: Keeper, source: Source, account: Account, key: str) -> Refreshed:
    shown = "all" if key == "default" else key
    try:
        done = await keeper.renew_now(source, account)
        job = keeper.job(source, account)
        record = keeper.record(job) if job is not None else None
    except SyfteError as error:
        return Refreshed(source.name, shown, "failed", error=error)
    return Refreshed(
        source.name, shown, "renewed" if done else "not needed", record.expires_at if done and record else None
    )


def _opened(project: Project) -> tuple[Keeper, list[tuple[Source, list[Account]]]]:
    from pipelines.pull import PullReport, assign  # noqa: PLC0415  # opens the HTTP stack only when it is needed
    from pipelines.sources.base import PullPlan  # noqa: PLC0415
    from pipelines.tokens.keeper import Keeper  # noqa: PLC0415

    settings = load_settings(project.root)
    named = accounts(load_goals(project.goals_path))
    return Keeper(settings), assign(settings, named, PullPlan(now=settings.clock_now), None, PullReport(run_id=""))
