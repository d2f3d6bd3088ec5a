"""How long each class of data is kept: `sql/seeds/retention.csv`, and what goals.yaml says instead."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from pipelines.errors import ConfigurationError
from pipelines.goals import load_goals
from pipelines.run.preparing import present
from pipelines.warehouse.build import sql_root

if TYPE_CHECKING:
    from datetime import datetime

    from pipelines.project import Project


@dataclass(frozen=True)
class Rule:
    """How long one class of data is kept.

    Args:
        name: of the class.
        platform: whose; `*` for all.
        keep: how long.
        least, most: what goals.yaml may say.
        is_official: it is an official document: it goes only by a decision, and after an export or by a decision that
            none is needed.
    """

    name: str
    platform: str
    keep: timedelta
    least: timedelta
    most: timedelta
    is_official: bool


def rules(project: Project) -> list[Rule]:
    """The rules in force.

    Raises:
        ConfigurationError: goals.yaml names a class that there is not, or a time outside of what a rule allows.
    """
    goals = load_goals(project.goals_path)
    said = dict(goals.retention.days) if goals.retention else {}
    with (sql_root() / "seeds" / "retention.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    unknown = sorted(set(said) - {row["class"] for row in rows})
    if unknown:
        raise ConfigurationError(
            f"There is no class of data `{unknown[0]}`.",
            where=f"{project.goals_path} (retention > days)",
            do=f"Write one of {', '.join(dict.fromkeys(row['class'] for row in rows))}.",
        )
    return [_rule(project, row, said.get(row["class"])) for row in rows]


def _rule(project: Project, row: dict[str, str], days: int | None) -> Rule:
    least, most = int(row["least_days"]), int(row["most_days"])
    if days is not None and not least <= days <= most:
        raise ConfigurationError(
            f"`{row['class']}` may be kept from {least} to {most} days, not {days} ({row['rule']}).",
            where=f"{project.goals_path} (retention > days)",
            do="Write a number in between, or leave it out.",
        )
    return Rule(
        name=row["class"],
        platform=row["platform"],
        keep=timedelta(days=int(row["keep_days"]) if days is None else days),
        least=timedelta(days=least),
        most=timedelta(days=most),
        is_official=row["is_official"] == "true",
    )


def limits(project: Project) -> dict[str, datetime]:
    """Class of data -> what is older than this instant goes, UTC; of those that are the same for all platforms."""
    now = present(project)
    return {rule.name: now - rule.keep for rule in rules(project) if rule.platform == "*"}
