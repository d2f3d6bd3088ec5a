"""The worlds of `make acceptance`, and how one is taken through the whole product: import, build, publish."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import duckdb

from pipelines.project import Project
from pipelines.run.demonstration import write_goals
from pipelines.sandbox import World, project_config, write_canonical
from pipelines.sandbox.parameters import Parameters
from tests.integration.projects import plain_project, syfte

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

NOW = datetime(2026, 1, 6, 5, tzinfo=UTC)
"""Six days after the study: the settle lag is over."""

READ_AT = (4, 22)
"""Hours of the day, UTC, at which the earlier tool read: in the small hours, and near the end of the local day."""


@dataclass(frozen=True)
class Case:
    """One world and what must come out of it.

    Args:
        seed: of the world.
        parameters: its truth about tips.
        tips: the verdict on the goal of the tips.
    """

    seed: int
    parameters: Parameters
    tips: str

    @property
    def verdicts(self) -> dict[str, str]:
        """Verdict by goal."""
        return {
            "accessibility": "met", "prevention": "met", "insight": "met", "tips": self.tips, "S1": "met",
        }  # fmt: skip


CASES = tuple(Case(seed, Parameters(), "not_met") for seed in (7, 8, 9))
"""The worlds of METHOD section 9: every check must hold."""

HARDER = (
    Case(
        11,
        Parameters(
            yearly_trend=0.97, television_effect=1.2, effect_net=0.08, displaced=0.35, lag_median_hours=16.0,
            lag_sigma=0.9, rung_shares=(0.25, 0.15, 0.25, 0.35),
        ),
        "not_met",
    ),
    Case(
        23,
        Parameters(
            yearly_trend=1.08, effect_net=0.60, displaced=0.10, lag_median_hours=6.0, lag_sigma=1.3,
            rung_shares=(0.45, 0.25, 0.10, 0.20),
        ),
        "met",
    ),
)  # fmt: skip
"""Worlds of other laws: more displacement and fewer links, or an effect that meets the target. Shown, not demanded."""


@dataclass(frozen=True)
class Measured:
    """What the product made of a world.

    Args:
        case: what was asked.
        world: the world, which knows the truth.
        project: the project directory.
        spoken: everything that was printed, on both channels.
    """

    case: Case
    world: World
    project: Path
    spoken: str

    def ask(self, query: str, *parameters: Any) -> pl.DataFrame:
        """Rows of the published database, as an analyst gets them."""
        with duckdb.connect(str(Project(self.project).published_db), read_only=True) as con:
            return con.sql(query, params=list(parameters)).pl()


def measure(case: Case, folder: Path) -> Measured:
    """Import a world's history and run everything, as a stranger would with the command.

    Raises:
        RuntimeError: a command failed.
    """
    world = World(case.seed, parameters=case.parameters)
    history, root = folder / "history", plain_project(folder / "project")
    write_goals(Project(root), project_config(world, "http://localhost"))
    write_canonical(world, history, until=NOW, reading_hours=READ_AT, canaries=True)
    spoken: list[str] = []
    for arguments in (("import", history), ("run", "--no-pull", "--no-report"), ("scorecard", "--units"), ("status",)):
        done = syfte(root, *arguments, SYFTE_NOW=NOW.isoformat())
        spoken += [done.stdout, done.stderr]
        if done.returncode:
            msg = f"syfte {arguments[0]} ended with {done.returncode}:\n{done.stderr}"
            raise RuntimeError(msg)
    return Measured(case, world, root, "\n".join(spoken))
