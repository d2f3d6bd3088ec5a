"""goals.yaml: read once, strictly, with every mistake told at once and by its line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import ValidationError

from pipelines.errors import ConfigurationError
from pipelines.goals.document import Document, read_document
from pipelines.goals.messages import problems_of
from pipelines.goals.models import Account, Goal, Goals, Unit
from pipelines.goals.rules import broken_rules

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.goals.kpis import KpiBase

__all__ = ["Account", "Goal", "Goals", "Unit", "all_kpis", "find_problems", "joined", "load_goals"]


def load_goals(path: Path) -> Goals:
    """Read a goals file.

    Args:
        path: of the YAML file, UTF-8.

    Returns:
        The goals; days are of the file's own time zone.

    Raises:
        ConfigurationError: everything that is wrong, each with file, line and what to do.
    """
    document = read_document(path)
    goals, problems = _validate(document)
    if goals is None or problems:
        raise joined(path, problems)
    return goals


def find_problems(path: Path) -> list[ConfigurationError]:
    """All that is wrong in a goals file, in the file's order; empty if nothing is.

    Raises:
        ConfigurationError: the file cannot be read at all.
    """
    return _validate(read_document(path))[1]


def _validate(document: Document) -> tuple[Goals | None, list[ConfigurationError]]:
    goals: Goals | None = None
    problems = [*document.problems, *broken_rules(document)]
    try:
        goals = Goals.model_validate(document.data)
    except ValidationError as error:
        problems += problems_of(error.errors(include_url=False), document)
    problems.sort(key=lambda problem: document.line(problem.loc))
    return goals, [document.error(problem) for problem in problems]


def joined(path: Path, errors: list[ConfigurationError]) -> ConfigurationError:
    """Several mistakes as one error that tells them all."""
    if len(errors) == 1:
        return errors[0]
    listed = "\n\n".join(str(error) for error in errors)
    return ConfigurationError(
        f"{path.name} has {len(errors)} errors.\n\n{listed}\n",
        where=str(path),
        do="Correct the places above, then run `syfte check`.",
    )


def all_kpis(goals: Goals) -> list[tuple[str, KpiBase]]:
    """Every KPI with the id of what it belongs to; a guardrail belongs to itself."""
    return [
        *((goal.id, kpi) for goal in goals.goals for kpi in goal.kpis),
        *((kpi.id, kpi) for kpi in goals.guardrails),
    ]
