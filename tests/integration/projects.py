"""Project directories for tests: the example's goals, a small simulated world, the command in another process."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.project import Project
from pipelines.run.demonstration import write_environment, write_goals
from tests.integration.warm import run_warm

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parents[2]
SYFTE = [sys.executable, "-m", "pipelines.cli"]


def environment(**extra: str) -> dict[str, str]:
    """This process's environment without settings of Syfte's."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("SYFTE_")}
    return {**ours, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", **extra}


def syfte(project: Path, *arguments: object, **extra: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a project to its end: a process of its own, forked from one that has imported everything.

    What Python reads at its start makes a start of its own.
    """
    words = ["--project", str(project), *map(str, arguments)]
    told = environment(**extra)
    if sys.platform == "linux" and not any(name.startswith(("PYTHON", "LD_")) for name in extra):
        return run_warm(words, told)
    return subprocess.run(
        [*SYFTE, *words], capture_output=True, text=True, encoding="utf-8", env=told, timeout=600, check=False
    )


def plain_project(folder: Path) -> Path:
    """A project with the example's goals and nothing else: what `syfte init` makes."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(ROOT / "goals.yaml", folder / "goals.yaml")
    return folder


def sandbox_project(folder: Path, config: Mapping[str, Any], now: datetime) -> Path:
    """A project whose accounts are a sandbox's."""
    folder.mkdir(parents=True, exist_ok=True)
    project = Project(folder)
    write_goals(project, config)
    write_environment(project, config, now)
    return folder


def three_parts(text: str) -> list[str]:
    """The error at the end of what was printed: what, where, do; and no traceback before it."""
    assert "Traceback" not in text, text
    lines = text.strip().splitlines()
    places = [number for number, line in enumerate(lines) if line.startswith("  where: ")]
    assert places, text
    what, where, *do = lines[places[-1] - 1 :]
    assert do, text
    assert do[0].startswith("  do:    "), text
    return [what, where, "\n".join(do)]
