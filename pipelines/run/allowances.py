"""The platforms' allowances: the project's ledger, the institution's caps, and how both stand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pipelines.budget import SqliteLedger
from pipelines.errors import ConfigurationError
from pipelines.run.quotas import read_quotas
from pipelines.sources.registry import PLATFORM_SOURCES, configured_sources

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from pipelines.budget import DatabaseLedger, Standing
    from pipelines.goals import Goals
    from pipelines.project import Project
    from pipelines.settings import Settings
    from pipelines.sources.allowance import Allowance
    from pipelines.sources.base import Source
    from pipelines.sources.outcomes import Quota

_CAPS = {
    "usd_per_month": ("USD", "month"),
    "units_per_day": ("units", "day"),
    "requests_per_day": ("requests", "day"),
}
"""Key of a budget in goals.yaml: unit and period of the allowances it caps."""


@dataclass(frozen=True)
class AllowanceRow:
    """How one allowance stands.

    Args:
        host: the server, where each has its own count; empty otherwise.
        used: in `unit`; a percentage where only the platform's headers tell.
        limit: None where nobody knows it.
        resets_at: UTC; None if the platform does not say.
        known_from: `header`, `counted` (by us), or `refusal` (the platform said that it was used up).
        note: what a person should know of it.
    """

    source: str
    name: str
    host: str
    unit: str
    used: float | None
    limit: float | None
    resets_at: datetime | None
    known_from: str
    note: str = ""


def open_ledger(project: Project, goals: Goals, settings: Settings) -> DatabaseLedger:
    """The project's ledger, with the institution's caps; a context manager.

    Raises:
        ConfigurationError: a budget caps what its platform does not count.
        StorageError: the ledger is damaged or cannot be written.
        CredentialError, SourceError: its PostgreSQL lets nobody in, or is down.
    """
    return _open(project, settings, caps(goals, configured_sources(settings)))


def _open(project: Project, settings: Settings, limits: Mapping[tuple[str, str], float]) -> DatabaseLedger:
    today = (lambda: settings.clock_now) if settings.now else None
    if settings.budget_url is None:
        return SqliteLedger(ledger_path(project), caps=limits, today=today)
    from pipelines.postgres.address import Address  # noqa: PLC0415  # with an extra
    from pipelines.postgres.ledger import PostgresLedger  # noqa: PLC0415

    return PostgresLedger(Address(settings.budget_url.get_secret_value()), caps=limits, today=today)


def read_standings(project: Project, settings: Settings) -> list[Standing]:
    """How everything stands that was counted; nothing if nothing ever was."""
    if settings.budget_url is None and not ledger_path(project).exists():
        return []
    with _open(project, settings, {}) as ledger:
        return ledger.standings()


def ledger_path(project: Project) -> Path:
    """Where the ledger lies."""
    return project.data / "budget.sqlite"


def declared(source: Source) -> list[Allowance]:
    """What a source's streams take from, each once, in their order."""
    return list(dict.fromkeys(cost.allowance for stream in source.streams for cost in stream.cost))


def caps(goals: Goals, sources: Iterable[Source]) -> dict[tuple[str, str], float]:
    """(source, allowance) to the institution's cap.

    Raises:
        ConfigurationError: a budget caps what its platform does not count.
    """
    found: dict[tuple[str, str], float] = {}
    by_name = {source.name: source for source in sources}
    for platform, budget in goals.budgets.items():
        source = by_name.get(PLATFORM_SOURCES.get(platform, ""))
        for key, (unit, period) in _CAPS.items():
            amount: float | None = getattr(budget, key)
            if amount is None or source is None:
                continue
            matching = [one for one in declared(source) if (one.unit, one.period) == (unit, period)]
            if not matching:
                raise ConfigurationError(
                    f"{platform} counts nothing in {unit} per {period}, so that the budget would cap nothing.",
                    where=f"goals.yaml, budgets > {platform} > {key}",
                    do="Remove it; docs/budgets.md says what each platform counts.",
                )
            found |= {(source.name, one.name): amount for one in matching}
    return found


def allowance_rows(project: Project, goals: Goals, settings: Settings) -> list[AllowanceRow]:
    """How every allowance of the configured sources stands, and what else the platforms' headers said.

    Raises:
        ConfigurationError: a budget caps what its platform does not count.
        StorageError: the ledger is damaged.
    """
    now = settings.clock_now
    sources = configured_sources(settings)
    set_by_us = caps(goals, sources)
    counted = read_standings(project, settings)
    said = {(quota.source, quota.name): quota for quota in read_quotas(project.data)}
    rows: list[AllowanceRow] = []
    for source in sources:
        for allowance in declared(source):
            quota = said.pop((source.name, allowance.name), None)
            own = [one for one in counted if (one.source, one.name) == (source.name, allowance.name)]
            cap = set_by_us.get((source.name, allowance.name))
            rows.extend(
                _row(source.name, allowance, counted=one, quota=quota, cap=cap, now=now) for one in own or [None]
            )
    rows += [
        AllowanceRow(
            source=quota.source,
            name=quota.name,
            host="",
            unit="percent",
            used=None if quota.used_ratio is None else round(100 * quota.used_ratio, 1),
            limit=100,
            resets_at=quota.resets_at,
            known_from="header",
        )
        for quota in said.values()
    ]
    return rows


def _row(
    source: str,
    allowance: Allowance,
    *,
    counted: Standing | None,
    quota: Quota | None,
    cap: float | None,
    now: datetime,
) -> AllowanceRow:
    """An allowance as the newest word on it says: the platform's refusal, its headers, else our own count."""
    start, resets = allowance.window(datetime.now(UTC) if allowance.is_short else now)
    is_current = counted is not None and counted.starts_at == start
    used = counted.used + counted.held if counted is not None and is_current else 0.0
    limit = min((one for one in (allowance.limit, cap) if one is not None), default=None)
    known_from, note = "counted", "the cap in goals.yaml" if limit is not None and limit == cap else allowance.note
    if quota is not None and quota.used_ratio is not None and (quota.resets_at or quota.observed_at) > now:
        known_from, resets = "header", quota.resets_at or resets
        used = used if limit is None else max(used, round(quota.used_ratio * limit, 4))
    if counted is not None and counted.closed_until is not None:
        known_from, resets, limit = "refusal", counted.closed_until, counted.seen_limit
        note = "the platform says that it is used up"
    elif counted is not None and counted.seen_limit is not None and limit is None:
        note = f"the platform refused once at {counted.seen_limit:,.0f}"
    return AllowanceRow(
        source=source,
        name=allowance.name,
        host=counted.host if counted else "",
        unit=allowance.unit,
        used=round(used, 4),
        limit=limit,
        resets_at=resets,
        known_from=known_from,
        note=note,
    )
