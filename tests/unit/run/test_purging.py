"""What the system dates is as old as the system says, whatever the project's clock does."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta

import pytest

from pipelines.project import Project
from pipelines.run import purge
from tests.integration.projects import plain_project

DAY_S = 86400


@pytest.mark.parametrize("days", [-4000, 4000])
def test_logs_and_what_was_set_aside_are_aged_by_the_machines_clock(tmp_path, monkeypatch, days):
    monkeypatch.setenv("SYFTE_NOW", (datetime.now(UTC) + timedelta(days=days)).isoformat())
    project = Project(plain_project(tmp_path / "p"))
    paths = {
        f"{age} {name}": project.data / folder / f"{age}.{name}"
        for age in ("old", "young")
        for folder, name in (("dagster/compute_logs/run", "out"), ("set_aside", "duckdb"))
    }
    for name, path in paths.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
        when = time.time() - (1000 if name.startswith("old") else 1) * DAY_S
        os.utime(path, (when, when))
    told = {one.name: one.count for one in purge(project)}
    assert (told["logs"], told["set_aside"]) == (1, 1)
    assert [name for name, path in paths.items() if path.exists()] == ["young out", "young duckdb"]
