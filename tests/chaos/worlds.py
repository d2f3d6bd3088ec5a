"""A small world on loopback, and projects that read it: what the runs that are killed are about."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from pipelines.sandbox import SandboxClock, World, mastodon, project_config, running_sandbox
from tests.integration.projects import sandbox_project

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from pipelines.sandbox.server import Sandbox

FIRST_DAY = datetime(2025, 11, 20, 5, 15, tzinfo=UTC)
PLATFORMS = ("mastodon", "bluesky")
MODELS = (
    "staging.stg_mastodon__posts",
    "marts.dim_post",
    "marts.fct_post_snapshot",
    "kpi.kpi_cell_estimates",
    "published.post",
)
"""What a build at each of whose writes it is killed is made of: increments, a full build, and one in Python."""


@dataclass(frozen=True)
class SmallWorld:
    """The world, served."""

    world: World
    sandbox: Sandbox

    def on_day(self, day: int, *projects: Path) -> None:
        """Set the world's clock, and that of the projects, which are made if they are not there."""
        now = FIRST_DAY + timedelta(days=day)
        self.sandbox.set_clock(now)
        config = project_config(self.world, self.sandbox.url, PLATFORMS)
        for project in projects:
            sandbox_project(project, config, now)


@contextmanager
def small_world() -> Generator[SmallWorld]:
    """Serve it until the block ends."""
    world = World(seed=3, scale=0.1)
    mastodon.LIMIT = 10**9  # its clock stands still, so that an allowance once used up would never come back
    with running_sandbox(world, clock=SandboxClock(FIRST_DAY)) as sandbox:
        yield SmallWorld(world, sandbox)
