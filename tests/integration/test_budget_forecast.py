"""The forecast of `syfte plan --budget` against what the ledger counted when the sandbox was really read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from pipelines.project import Project
from pipelines.run.allowances import read_standings
from pipelines.run.budgeting import plan_budget
from pipelines.run.demonstration import write_environment
from pipelines.run.pulling import pull_all
from pipelines.sandbox import SandboxClock, World, project_config, running_sandbox
from pipelines.settings import load_settings
from tests.integration.projects import sandbox_project

if TYPE_CHECKING:
    from collections.abc import Mapping

FIRST = datetime(2026, 1, 2, 5, 15, tzinfo=UTC)
TOLERANCE = 0.15
"""Posts come in bursts, and a platform that refuses a metric is asked again without it."""
A_PAGE_EACH = {"requests": 2, "units": 2, "USD": 0}
"""Two accounts on the smaller platforms: a page more or less is much there."""


def night(project: Project, config: Mapping[str, Any], now: datetime) -> dict[tuple[str, str], float]:
    """Pull what is due; what the ledger has counted of each allowance."""
    write_environment(project, config, now)
    with (project.root / ".env").open("a", encoding="utf-8") as env:
        env.write("SYFTE_X__SCHEDULE=28d:1d\n")  # the same every night
    pull_all(project).raise_for_errors()
    return {(one.source, one.name): one.used for one in read_standings(project, load_settings(project.root))}


def test_the_forecast_is_what_the_ledger_counts(tmp_path):
    world = World(seed=3, scale=0.1)
    with running_sandbox(world, clock=SandboxClock(FIRST)) as sandbox:
        config = project_config(world, sandbox.url, "all")
        project = Project(sandbox_project(tmp_path / "project", config, FIRST))
        first = night(project, config, FIRST)
        sandbox.set_clock(FIRST + timedelta(days=1))
        second = night(project, config, FIRST + timedelta(days=1))
    rows = [row for row in plan_budget(project, runs_per_day=1) if row.period in ("day", "month")]
    assert len({row.source for row in rows}) >= 6
    for row in rows:
        key = row.source, row.allowance
        near = A_PAGE_EACH[row.unit]
        assert row.observed == row.accounts > 0
        assert first[key] == pytest.approx(row.first_pull, rel=TOLERANCE, abs=near), key
        # the day's allowances began anew at midnight; the month's go on
        one_night = second[key] - first[key] if row.period == "month" else second[key]
        assert one_night == pytest.approx(row.per_day, rel=TOLERANCE, abs=near), key
