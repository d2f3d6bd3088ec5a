"""`syfte plan --budget`: what a configuration will cost a day and a month, before it runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from pipelines.forecast import Habits, forecasts
from pipelines.goals import load_goals
from pipelines.landing import Landing
from pipelines.landing.crawls import posts_per_day
from pipelines.run.allowances import caps
from pipelines.run.pulling import accounts
from pipelines.settings import load_settings
from pipelines.sources.registry import PLATFORM_SOURCES, configured_sources

if TYPE_CHECKING:
    from pipelines.forecast import Forecast
    from pipelines.project import Project

Judgement = Literal["fits", "waits", "too much", "no limit known", "no cap"]

POSTS_PER_DAY = 2.0
"""Of an account of which nothing has landed yet, unless the caller says otherwise."""


@dataclass(frozen=True)
class BudgetRow:
    """What a source will take of one allowance.

    Args:
        period: of the allowance.
        accounts: that are read.
        observed: for how many of them the posts per day were seen in the landing.
        posts_per_day: of all accounts together.
        first_pull: by the first pull, which reads everything in the window.
        per_day, per_month: on average; a month of 31 days.
        per_period: what the heaviest period takes: the largest pull, the heaviest day, or the month.
        limit: the platform's or the institution's, whichever is lower; None where nobody knows one.
        judgement: `waits` for a short window that a pull fills; `too much` where a pull would be refused.
        advice: what to change; empty where nothing need be.
    """

    source: str
    allowance: str
    unit: str
    period: str
    accounts: int
    observed: int
    posts_per_day: float
    first_pull: float
    per_day: float
    per_month: float
    per_period: float
    limit: float | None
    judgement: Judgement
    advice: str


def plan_budget(
    project: Project,
    *,
    default_posts_per_day: float = POSTS_PER_DAY,
    comments_per_post: float = 10.0,
    runs_per_day: int | None = None,
) -> list[BudgetRow]:
    """What each configured source will take of each of its allowances.

    Args:
        project: its goals.yaml (accounts, budgets), settings (sources, schedules) and landing (posts per day).
        default_posts_per_day: of an account of which no listing has landed.
        comments_per_post: that one reading of a post's comments brings; only where comments are read.
        runs_per_day: full runs, evenly spread; None for the schedules of the Dagster definitions.

    Raises:
        ConfigurationError: goals.yaml or a setting is wrong, or a budget caps what its platform does not count.
    """
    goals, settings = load_goals(project.goals_path), load_settings(project.root)
    sources = configured_sources(settings)
    set_by_us = caps(goals, sources)
    landing = Landing(project.landing_dir)
    seen = posts_per_day(landing, [stream for source in sources for stream in source.streams])
    now = settings.clock_now
    rows: list[BudgetRow] = []
    for source in sources:
        own = [
            account.account_id
            for account in accounts(goals)
            if PLATFORM_SOURCES.get(account.platform) == source.name
            and not (account.closed_at and account.closed_at <= now)
            and not (account.opened_at and account.opened_at > now)
        ]
        section = settings.section_of(source.name)
        habits = Habits(
            posts_per_day={one: seen.get((source.name, one), default_posts_per_day) for one in own},
            comments_per_post=comments_per_post,
            comment_days=settings.comment_days,
            comments=section is not None and section.comments,
            runs_per_day=runs_per_day,
        )
        found = forecasts(
            source.streams,
            settings.schedule_of(source.name),
            habits,
            first_depth=timedelta(days=settings.post_window_days),
        )
        observed = sum((source.name, one) in seen for one in own)
        rows += [
            _row(source.name, one, habits, observed, set_by_us.get((source.name, one.allowance.name))) for one in found
        ]
    return rows


def _row(source: str, found: Forecast, habits: Habits, observed: int, cap: float | None) -> BudgetRow:
    allowance = found.allowance
    limit = min((one for one in (allowance.limit, cap) if one is not None), default=None)
    heaviest = heaviest_period(found)
    judgement = judged(found, limit)
    return BudgetRow(
        source=source,
        allowance=allowance.name,
        unit=allowance.unit,
        period=allowance.period,
        accounts=len(habits.posts_per_day),
        observed=observed,
        posts_per_day=round(sum(habits.posts_per_day.values()), 2),
        first_pull=round(found.first_pull, 3),
        per_day=round(found.per_day, 3),
        per_month=round(found.per_month, 2),
        per_period=round(heaviest, 3),
        limit=limit,
        judgement=judgement,
        advice=_advice(source, found, judgement, limit),
    )


def heaviest_period(found: Forecast) -> float:
    """What the heaviest period of an allowance takes: of a short window the largest pull, else the day or the month."""
    largest = max(found.first_pull, found.largest_pull)
    return {"day": found.peak_day, "month": found.per_month}.get(found.allowance.period, largest)


def judged(found: Forecast, limit: float | None) -> Judgement:
    """Whether it keeps within a limit, in the allowance's unit; None where nobody knows one."""
    if limit is None:
        return "no cap" if found.allowance.unit == "USD" else "no limit known"
    if heaviest_period(found) <= limit:
        return "fits"
    return "waits" if found.allowance.is_short else "too much"


def _advice(source: str, found: Forecast, judgement: Judgement, limit: float | None) -> str:
    schedule = f"SYFTE_{source.upper()}__SCHEDULE"
    match judgement:
        case "too much" if limit is not None and found.allowance.period == "month":
            last = int(limit / found.per_day)
            return f"used up after {last} days of the month; read rarer ({schedule}) or raise the budget in goals.yaml"
        case "too much":
            return f"the heaviest day passes the limit; read rarer ({schedule})"
        case "waits":
            return f"the largest pull fills more than one {found.allowance.period.replace('_', ' ')} and takes longer"
        case "no cap":
            return "set one in goals.yaml: `budgets`"
        case _:
            return ""
