"""Whose turn it is: what a pull reads of each account, by the schedule and by what has landed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from pipelines.landing.crawls import last_readings
from pipelines.schedule import DAY, Due, LastRead, due

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines.landing import Landing
    from pipelines.settings import Settings
    from pipelines.sources.base import Account, PullPlan, Source
    from pipelines.sources.stream import Stream


def turns(
    settings: Settings, landing: Landing, work: Sequence[tuple[Source, list[Account]]], plan: PullPlan
) -> tuple[dict[tuple[str, str], PullPlan], dict[str, str]]:
    """What is to be read of each account.

    Args:
        settings: their schedules.
        landing: what has been read before.
        work: sources with their accounts.
        plan: the pull's; with `young_only_hours` only what is due more often than daily is read.

    Returns:
        (source, account) to its plan; and the accounts that are not asked, with the reason. A source without accounts
        is always read.
    """
    longest = max((step.every for source, _ in work for step in settings.schedule_of(source.name)), default=DAY)
    streams = [stream for source, _ in work for stream in source.streams]
    known = last_readings(landing, streams, since=datetime.now(UTC) - longest - DAY)
    plans: dict[tuple[str, str], PullPlan] = {}
    idle: dict[str, str] = {}
    for source, accounts in work:
        schedule = settings.schedule_of(source.name)
        for account in accounts:
            found = due(
                schedule,
                known.get((source.name, account.account_id), LastRead()),
                plan.now,
                first_depth=timedelta(days=plan.post_window_days),
                young_only=plan.young_only_hours is not None,
                has_stories=_has_stories(source.streams),
            )
            if source.platform is None:
                plans[source.name, account.account_id] = plan
            elif isinstance(found, Due):
                plans[source.name, account.account_id] = _reaching(plan, found)
            else:
                idle[account.account_id] = f"nothing is due before {found:%Y-%m-%d %H:%M} UTC"
    return plans, idle


def _reaching(plan: PullPlan, found: Due) -> PullPlan:
    if found.posts_only:
        return replace(plan, young_only_hours=found.hours, stories=found.stories)
    return replace(plan, young_only_hours=None, post_window_days=found.days, stories=found.stories)


def _has_stories(streams: Sequence[Stream]) -> bool:
    return any(stream.role == "stories" for stream in streams)
