"""Versions of the platforms' interfaces: which is asked for, when it ends, and which one really answers.

Dates are those of `sql/seeds/api_versions.csv`. A version that is not in the list is newer than it: nothing is said.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING

from pipelines.sources.registry import SOURCES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipelines.settings import Settings
    from pipelines.sources.stream import Page

WARN_FROM = timedelta(days=60)
"""So long before a version ends somebody is told: a change of version wants a look at the numbers."""


@dataclass(frozen=True)
class Sunset:
    """A version that is asked for and ends soon, or has ended.

    Args:
        source: who asks for it.
        setting: the variable that says so.
        version: as the platform writes it.
        ends_on: the day from which it is no more.
        days_left: until then; below 1 it has ended.
        newest: the version of the list that lasts longest.
    """

    source: str
    setting: str
    version: str
    ends_on: date
    days_left: int
    newest: str

    @property
    def sentence(self) -> str:
        """What it means, for people."""
        when = f"ends on {self.ends_on} ({self.days_left} days)" if self.days_left > 0 else f"ended on {self.ends_on}"
        return f"{self.source} asks for version {self.version}, which {when}"

    @property
    def do(self) -> str:
        """What to do."""
        return f"Set {self.setting} to {self.newest} or newer, and compare the figures of the days before and after."


def sunsets(settings: Settings, today: date) -> list[Sunset]:
    """The versions that the switched-on sources ask for and that end within `WARN_FROM`."""
    found: list[Sunset] = []
    for entry in SOURCES:
        section = settings.section_of(entry.name)
        version: str | None = getattr(section, "api_version", None)
        ends = _ends_of(entry.platform or "")
        end = ends.get(version or "")
        if section is None or version is None or end is None or end - today > WARN_FROM:
            continue
        setting = f"SYFTE_{section.section}__API_VERSION"
        newest = max(ends, key=lambda one: (ends[one] or date.max, one))
        found.append(Sunset(entry.name, setting, version, end, (end - today).days, newest))
    return found


def end_of(source: str, version: str) -> date | None:
    """The day from which a version that a source asks for is no more; None where no end is known."""
    platform = next((entry.platform for entry in SOURCES if entry.name == source), None)
    return _ends_of(platform or "").get(version)


@cache
def _ends_of(platform: str) -> Mapping[str, date | None]:
    from pipelines.warehouse.build import sql_root  # noqa: PLC0415  # loads the database, which a pull does not need

    with (sql_root() / "seeds" / "api_versions.csv").open(encoding="utf-8", newline="") as file:
        return {
            row["version"]: date.fromisoformat(row["end_date"]) if row["end_date"] else None
            for row in csv.DictReader(file)
            if row["platform"] == platform
        }


class VersionsSeen:
    """Which versions answered during a pull."""

    def __init__(self) -> None:
        self._other: dict[str, tuple[str, str]] = {}

    def note(self, page: Page) -> None:
        """Learn from a page; platforms that do not say which version answered are believed."""
        asked, answered = page.api_version_asked, page.api_version_answered
        if asked and answered and asked != answered:
            self._other[page.stream.source] = (asked, answered)

    @property
    def sentences(self) -> dict[str, str]:
        """Source to what is told of it, where another version answered than was asked for."""
        return {source: told_otherwise(source, *pair) for source, pair in sorted(self._other.items())}


def told_otherwise(source: str, asked: str, answered: str) -> str:
    """That another version answered."""
    return f"{source} was asked in version {asked} and answered in {answered}: the one asked for is no more, or not yet"
