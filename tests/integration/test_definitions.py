"""The asset graph as Dagster sees it, with no credential and no data directory.

After a wanted change: `UPDATE_SNAPSHOTS=1 python -m pytest tests/integration/test_definitions.py`, and read the diff.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import dagster as dg
import pytest

from pipelines.definitions import defs
from pipelines.quality import SUITES
from pipelines.warehouse.build import FROM_THE_RUN, load_models, waits_for

ROOT = Path(__file__).parents[2]
SNAPSHOT = Path(__file__).with_name("asset_graph.json")


@pytest.fixture(scope="module")
def definitions() -> dg.Definitions:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        for name in [n for n in os.environ if n.startswith("SYFTE_")]:
            patch.delenv(name)
        return defs()


def described(definitions: dg.Definitions) -> dict[str, object]:
    graph = definitions.resolve_asset_graph()
    assets: dict[str, object] = {}
    groups: dict[str, set[str]] = {}
    for key in sorted(graph.get_all_asset_keys()):
        node = graph.get(key)
        groups.setdefault(node.group_name, set()).add(key.to_user_string())
        assets[key.to_user_string()] = {
            "group": node.group_name,
            "deps": sorted(k.to_user_string() for k in node.parent_keys),
            "kinds": sorted(t.removeprefix("dagster/kind/") for t in node.tags if t.startswith("dagster/kind/")),
            "checks": sorted(c.name for c in node.check_keys),
            "pools": sorted(node.pools or ()),
            "partitions": type(node.partitions_def).__name__ if node.partitions_def else None,
            "freshness": node.freshness_policy is not None,
        }
    return {
        "assets": assets,
        "jobs": {job.name: _selected(job, groups) for job in definitions.resolve_all_job_defs() if job.name[0] != "_"},
        "schedules": {
            s.name: {
                "cron": s.cron_schedule,
                "timezone": s.execution_timezone,
                "job": s.job_name,
                "status": s.default_status.value,
            }
            for s in definitions.schedules or ()
        },
    }


def _selected(job: dg.JobDefinition, groups: dict[str, set[str]]) -> list[str]:
    """Whole groups by their name, single assets by their key."""
    keys = {key.to_user_string() for key in job.asset_layer.selected_asset_keys}
    whole = [name for name, members in groups.items() if members <= keys]
    covered = {key for name in whole for key in groups[name]}
    return [*(f"group:{name}" for name in sorted(whole)), *sorted(keys - covered)]


def test_the_asset_graph_is_the_committed_one(definitions: dg.Definitions) -> None:
    found = json.dumps(described(definitions), indent=1, ensure_ascii=False) + "\n"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        SNAPSHOT.write_text(found, encoding="utf-8")
    assert json.loads(found) == json.loads(SNAPSHOT.read_text(encoding="utf-8")), (__doc__ or "").strip()


def test_every_model_is_one_asset_that_depends_on_what_its_query_reads(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    models = load_models()
    expected = Counter(suite.table for suite in SUITES for _ in suite.expectations)
    for model in models.values():
        node = graph.get(dg.AssetKey(model.name.split(".")))
        people = {"config": "configuration/goals", "seeds": "configuration/seeds"}
        # what the run itself writes down comes with goals.yaml; who tells of what was built waits for all of it
        reads = {"config.run" if table in FROM_THE_RUN else table for table in waits_for(model, models)}
        wanted = {people.get(t.split(".")[0], t.replace(".", "/")) for t in reads if not t.startswith("ops.")}
        assert {k.to_user_string() for k in node.parent_keys} == wanted
        columns = node.metadata["dagster/column_schema"].columns
        assert {c.name: c.description for c in columns} == model.contract.columns
        assert len(node.check_keys) == 2 + len(model.contract.checks) + expected[model.name]
        assert node.description.startswith(model.contract.title)


def test_no_asset_depends_on_what_nothing_makes(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    made = {k for k in graph.get_all_asset_keys() if graph.get(k).is_executable}
    external = {k.to_user_string() for k in graph.get_all_asset_keys() if k not in made}
    assert external == {"landing/files"}


def test_runs_keep_to_one_process_so_that_the_warehouse_is_opened_once(definitions: dg.Definitions) -> None:
    assert all(job.executor_def is dg.in_process_executor for job in definitions.resolve_all_job_defs())


def test_a_broken_goals_file_leaves_the_definitions_loadable_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipelines.defs.organisation import clock_of
    from pipelines.project import Project

    (tmp_path / "goals.yaml").write_text("version: one\n", encoding="utf-8")
    clock = clock_of(Project(tmp_path))
    assert clock.timezone == "UTC"
    assert "goals.yaml" in clock.describe("Every morning.")
    assert clock.describe("Every morning.").endswith("Every morning.")


@pytest.mark.slow
def test_dg_accepts_the_definitions_without_credentials_or_data(tmp_path: Path) -> None:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("SYFTE_", "DAGSTER_"))}
    environment |= {"PYTHONPATH": str(ROOT), "DAGSTER_DISABLE_TELEMETRY": "1", "DAGSTER_HOME": str(tmp_path)}
    dg_command = [sys.executable, "-m", "dagster_dg_cli.cli"]
    found = subprocess.run(
        [*dg_command, "check", "defs"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert found.returncode == 0, found.stdout + found.stderr
    assert "All definitions loaded successfully" in found.stdout + found.stderr
