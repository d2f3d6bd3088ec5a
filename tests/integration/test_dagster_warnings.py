"""What somebody should see to is a warning on the landing asset, and the run stays green."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import dagster as dg

from pipelines.definitions import defs
from pipelines.defs.landing import METRICS_OFFERED, VERSION_LASTS, source_key
from pipelines.sandbox import Fault, SandboxClock, World, project_config, running_sandbox
from tests.integration.projects import sandbox_project

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def test_a_retired_metric_and_a_version_that_ends_are_named_and_the_run_is_green(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(seed=3, scale=0.05)
    with running_sandbox(world, clock=SandboxClock(NOW)) as sandbox:
        config = project_config(world, sandbox.url, ["facebook"])
        config["accounts"] = config["accounts"][:1]
        sandbox_project(tmp_path, config, NOW)
        with (tmp_path / ".env").open("a", encoding="utf-8") as file:
            file.write("SYFTE_FACEBOOK_PAGES__API_VERSION=v21.0\n")
        sandbox.faults.set([Fault("invalid_metric", times=-1, path="page_follows")])
        monkeypatch.setenv("SYFTE_PROJECT_DIR", str(tmp_path))
        with dg.DagsterInstance.ephemeral() as instance:
            result = (
                defs()
                .resolve_implicit_global_asset_job_def()
                .execute_in_process(instance=instance, asset_selection=[source_key("facebook_pages")])
            )
    assert result.success
    told = {check.check_name: check for check in result.get_asset_check_evaluations() if not check.passed}
    assert set(told) == {METRICS_OFFERED, VERSION_LASTS}
    assert {check.severity for check in told.values()} == {dg.AssetCheckSeverity.WARN}
    assert "page_follows" in (told[METRICS_OFFERED].description or "")
    assert "v21.0, which ends on 2027-01-21 (58 days)" in (told[VERSION_LASTS].description or "")
