"""`syfte pull`: all configured sources side by side, into the landing. No database is open meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from pipelines.drafts import sweep_drafts
from pipelines.errors import BusyError, StorageError
from pipelines.events import OnEvent, silent
from pipelines.goals import load_goals
from pipelines.landing import Landing
from pipelines.run.allowances import open_ledger
from pipelines.run.healing import WarehouseHold
from pipelines.run.quotas import keep_quotas
from pipelines.run.refusals import keep_refusals, read_refusals
from pipelines.run.space import require_space
from pipelines.settings import load_settings
from pipelines.sources.base import Account, PullPlan
from pipelines.warehouse.config import instant

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime
    from pathlib import Path

    from pipelines.goals import Goals
    from pipelines.project import Project
    from pipelines.pull import PullReport

YOUNG_HOURS = 48
"""What a young pull reads of an account whatever its schedule says: most contacts come in a post's first two days."""


def pull_all(
    project: Project,
    *,
    sources: Collection[str] | None = None,
    only: Collection[str] | None = None,
    young_only: bool = False,
    read_all: bool = False,
    window: tuple[datetime, datetime] | None = None,
    on_event: OnEvent = silent,
) -> PullReport:
    """Read what the platforms have now.

    Args:
        project: whose accounts (goals.yaml) and tokens (.env).
        sources: names to restrict the pull to.
        only: account ids to restrict the pull to.
        young_only: only posts that are due more often than daily.
        read_all: everything in the window, also what the schedule says is not due yet.
        window: for period streams, UTC, half-open; None asks for each source's own trailing window.
        on_event: told about progress.

    Returns:
        What came; the errors of single accounts are in it and not raised.

    Raises:
        ConfigurationError: goals.yaml or a setting is wrong; nothing was asked.
        StorageError: the landing cannot be written, or there is too little space to start.
        BusyError, CredentialError, SourceError: what an object store has of the landing cannot be brought here.
    """
    from pipelines.pull import pull  # noqa: PLC0415  # opens the HTTP stack only when there is something to ask

    goals = load_goals(project.goals_path)
    settings = load_settings(project.root)
    plan = PullPlan(
        now=settings.clock_now,
        timezone=goals.timezone,
        post_window_days=settings.post_window_days,
        comment_days=settings.comment_days,
        young_only_hours=YOUNG_HOURS if young_only else None,
        window=window,
    )
    require_space(project)
    if settings.landing_url is not None:
        from pipelines.run.shipping import catch_up  # noqa: PLC0415  # opens more rooms than a pull needs

        catch_up(project, on_event=on_event)
    sweep_drafts(project.data)
    if settings.accounts_per_run is None:  # else other machines pull, of which only the writer's has the warehouse
        sweep_segments(project)
    refused = read_refusals(project.data)
    with open_ledger(project, goals, settings) as ledger:
        report = pull(
            settings,
            [one for one in accounts(goals) if only is None or one.account_id in only],
            Landing(project.landing_dir),
            sources=sources,
            plan=plan,
            due_only=not read_all and window is None,
            ledger=ledger,
            refused=refused,
            on_event=on_event,
        )
    keep_refusals(project.data, refused)
    if report.quotas:
        keep_quotas(project.data, report.quotas.values())
    return report


def sweep_segments(project: Project) -> list[Path]:
    """Remove what runs that were killed landed and never named, unless anybody writes the landing or the warehouse.

    Returns:
        The files removed. Damage is left to whoever reads what is damaged.
    """
    landing = Landing(project.landing_dir)
    try:
        with WarehouseHold(project, wait_s=0) as hold, landing.held(alone=True):
            hold.take()
            return landing.sweep()
    except (BusyError, StorageError):
        return []


def accounts(goals: Goals) -> list[Account]:
    """The accounts that goals.yaml names, their dates as instants in UTC."""
    zone = ZoneInfo(goals.timezone)
    return [
        Account(
            account_id=account.account_id,
            platform=account.platform,
            native_id=account.id,
            unit_id=account.unit,
            handle=account.handle,
            opened_at=instant(account.opened_at, zone),
            closed_at=instant(account.closed_at, zone),
        )
        for account in goals.accounts
    ]
