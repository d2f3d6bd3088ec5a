"""The platforms' allowances: the project's ledger, the institution's caps, and how both stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.budget import SqliteLedger
from pipelines.errors import ConfigurationError
from pipelines.sources.registry import PLATFORM_SOURCES, configured_sources

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from pathlib import Path

    from pipelines.goals import Goals
    from pipelines.project import Project
    from pipelines.settings import Settings
    from pipelines.sources.allowance import Allowance
    from pipelines.sources.base import Source

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


def open_ledger(project: Project, goals: Goals, settings: Settings) -> SqliteLedger:
    """The project's ledger, with the institution's caps; a context manager.

    Raises:
        ConfigurationError: a budget caps what its platform does not count.
        StorageError: the ledger is damaged or cannot be written.
    """
    sources = configured_sources(settings)
    return SqliteLedger(ledger_path(project), caps=caps(goals, sources), today=lambda: settings.clock_now)


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
