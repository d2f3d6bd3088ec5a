"""The forecast of `syfte plan --budget` against what the ledger counted when the sandbox was really read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pipelines.budget import read_standings
from pipelines.project import Project
from pipelines.run.allowances import ledger_path
from pipelines.run.budgeting import plan_budget
from pipelines.run.demonstration import write_environment
from pipelines.run.pulling import pull_all
from pipelines.sandbox import SandboxClock, World, project_config, running_sandbox
from tests.integration.projects import sandbox_project

FIRST = datetime(2025, 11, 20, 5, 15, tzinfo=UTC)
TOLERANCE = 0.15
"""Posts come in bursts, and a platform that refuses a metric is asked again without it."""


def counted(project: Project, at: datetime) -> dict[tuple[str, str], float]:
    return {(one.source, one.name): one.used for one in read_standings(ledger_path(project), at)}


def test_the_forecast_is_what_the_ledger_counts(tmp_path):
    world = World(seed=3, scale=0.1)
    with running_sandbox(world, clock=SandboxClock(FIRST)) as sandbox:
        config = project_config(world, sandbox.url)
        project = Project(sandbox_project(tmp_path / "project", config, FIRST))
        pull_all(project, sources=["facebook_pages", "instagram", "x"]).raise_for_errors()
        first = counted(project, FIRST)
        nightly = FIRST + timedelta(days=1)
        sandbox.set_clock(nightly)
        write_environment(project, config, nightly)
        pull_all(project, sources=["facebook_pages", "instagram", "x"]).raise_for_errors()
        second = counted(project, nightly)
    expected = {(row.source, row.allowance): row for row in plan_budget(project, runs_per_day=1)}
    for key in (("facebook_pages", "calls"), ("instagram", "calls"), ("x", "credit")):
        row = expected[key]
        assert row.observed == row.accounts > 0
        assert first[key] == pytest.approx(row.first_pull, rel=TOLERANCE), key
        # the day's allowances began anew at midnight; the month's go on
        one_night = second[key] - first[key] if row.period == "month" else second[key]
        assert one_night == pytest.approx(row.per_day, rel=TOLERANCE), key
