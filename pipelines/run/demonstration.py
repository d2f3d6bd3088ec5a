"""`syfte demo`: the whole way on a simulated world, in a project directory of its own.

An institution rarely begins with API access: it has exports. So the demo imports the history of two years as an earlier
tool would have left it, then pulls four days from the sandbox over HTTP as the nightly job would, builds and publishes.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import yaml

from pipelines.errors import ConfigurationError
from pipelines.events import Event, OnEvent, silent
from pipelines.project import Project
from pipelines.run.building import RunReport, run_project
from pipelines.run.importing import ImportReport, import_files
from pipelines.run.initialise import template
from pipelines.run.pulling import pull_all

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SEED = 7
HISTORY_UNTIL = datetime(2026, 1, 1, 23, tzinfo=UTC)
"""The end of the study year in Stockholm is an hour before; what comes after is pulled."""

PULLS = tuple(datetime(2026, 1, 2, 5, 15, tzinfo=UTC) + timedelta(days=day) for day in range(4))
"""Three days of settling and one more, so that the year can be judged."""

_MARK = ".syfte-demo"


@dataclass(frozen=True)
class DemoReport:
    """What the demo came to."""

    project: Project
    imported: ImportReport
    run: RunReport


def demo(directory: Path, *, on_event: OnEvent = silent, seed: int = SEED) -> DemoReport:
    """Make the demo's project directory and take it all the way to a published scorecard.

    Args:
        directory: where; an earlier demo there is replaced.
        on_event: told about each step.
        seed: of the simulated world.

    Raises:
        ConfigurationError: the directory holds something that is not a demo.
    """
    from pipelines.sandbox import SandboxClock, World, project_config, running_sandbox, write_canonical  # noqa: PLC0415

    project = Project(directory.resolve())
    _clear(project.root)
    on_event(Event("start", "world", detail=f"simulating 21 authorities, seed {seed}"))
    world = World(seed=seed)
    with running_sandbox(world, clock=SandboxClock(PULLS[0])) as sandbox:
        config = project_config(world, sandbox.url)
        write_goals(project, config)
        write_environment(project, config, PULLS[0])
        on_event(Event("done", "world", detail=f"platforms answer at {sandbox.url}"))
        history = project.root / "history"
        write_canonical(world, history, until=HISTORY_UNTIL)
        imported = import_files(project, [history], on_event=on_event)
        for now in PULLS:
            sandbox.set_clock(now)
            write_environment(project, config, now)
            pull_all(project, on_event=on_event).raise_for_errors()
        run = run_project(project, on_event=on_event, pull=False, push=False)  # no institution's database
    return DemoReport(project, imported, run)


def sandbox_project(directory: Path, config: Mapping[str, Any]) -> Project:
    """Make a project of a sandbox's units and accounts, with settings and a clock that reach it.

    Raises:
        ConfigurationError: there is a goals.yaml or an .env already; it is left alone.
    """
    from pipelines.run.initialise import init_project  # noqa: PLC0415

    init_project(directory)
    project = Project(directory.resolve())
    write_goals(project, config)
    write_environment(project, config, PULLS[-1])
    return project


def _clear(root: Path) -> None:
    if root.exists() and any(root.iterdir()) and not (root / _MARK).exists():
        raise ConfigurationError(
            "The directory holds something that is not a demo.", where=str(root), do="Name another with --dir."
        )
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    (root / _MARK).write_text("made by `syfte demo`; it may replace everything here\n", encoding="utf-8")


def write_goals(project: Project, config: Mapping[str, Any]) -> None:
    """Write the example's goals.yaml with a sandbox's units and accounts."""
    goals = yaml.safe_load(template("goals.yaml"))
    goals["units"]["members"] = config["units"]
    goals["accounts"] = [
        {
            "platform": account["platform"],
            "id": account["native_id"],
            "unit": account["unit"],
            "handle": account["handle"],
            "opened_at": datetime.fromisoformat(account["opened_at"]),
        }
        for account in config["accounts"]
    ]
    text = yaml.safe_dump(goals, allow_unicode=True, sort_keys=False, width=120)
    project.goals_path.write_text(
        f"# The example's goals, with the simulated world's units and accounts.\n{text}", encoding="utf-8"
    )


def write_environment(project: Project, config: Mapping[str, Any], now: datetime) -> None:
    """Point every source at the sandbox, and the clock at its world's."""
    said = {"SYFTE_NOW": now.isoformat(), **config["environment"]}
    lines = [f"{name}='{value}'" for name, value in said.items()]
    path = project.root / ".env"
    path.write_text("# The sandbox's own tokens: they open nothing else.\n" + "\n".join(lines) + "\n", encoding="utf-8")
    path.chmod(0o600)
