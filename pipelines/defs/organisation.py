"""The organisation's clock, which schedules and partitions keep time by."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from pipelines.errors import ConfigurationError
from pipelines.goals import load_goals
from pipelines.project import Project

_NO_GOALS_FIRST_DAY = "2024-01-01"


@dataclass(frozen=True)
class Clock:
    """What schedules and partitions need of goals.yaml.

    Args:
        timezone: IANA name.
        first_day: first local date of the day partitions, `YYYY-MM-DD`.
        problem: why goals.yaml could not be read; None when it could. Schedules then keep UTC, and say so: a mistake in
            the file must not take the whole user interface away, where one would look for the reason.
    """

    timezone: str
    first_day: str
    problem: str | None = None

    def describe(self, text: str) -> str:
        """A description, with the problem in front of it if there is one."""
        if self.problem is None:
            return text
        first = "**goals.yaml does not hold, so this keeps UTC instead of the organisation's time zone.**"
        return f"{first}\n\n```\n{self.problem}\n```\n\n{text}"


def current_project() -> Project:
    """The project that Dagster runs for: `SYFTE_PROJECT_DIR`, else the directory it was started in or one above it."""
    return Project.find()


@cache
def clock_of(project: Project) -> Clock:
    """Read the clock from the project's goals.yaml; never raises for what is wrong in it."""
    try:
        goals = load_goals(project.goals_path)
    except ConfigurationError as error:
        return Clock("UTC", _NO_GOALS_FIRST_DAY, str(error))
    first = (goals.period.baseline or goals.period.study)[0]
    return Clock(goals.timezone, first.isoformat())
