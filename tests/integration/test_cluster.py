"""Dagster on a real PostgreSQL, pulls by account in several processes, one budget: docs/cluster.md.

Two processes stand for two machines: they share the PostgreSQL and the project directory, and nothing else.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest
import yaml

from pipelines.definitions import defs
from pipelines.defs.orphans import end_orphans
from pipelines.defs.shards import accounts, build_after_pulls
from pipelines.events import silent
from pipelines.landing import Landing
from pipelines.project import Project
from pipelines.run.preparing import prepare
from pipelines.run.pulling import pull_all
from pipelines.run.sharding import accounts_by_source, runs_of
from pipelines.sandbox import SandboxClock, World, project_config, running_sandbox
from pipelines.warehouse.connection import open_writer
from tests.chaos.truth import same_readings
from tests.integration.postgres import SECRET, Server, running_postgres
from tests.integration.projects import environment, sandbox_project

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 1, 2, 4, 15, tzinfo=UTC)


def documented_block() -> dict[str, object]:
    """The block of docs/cluster.md that puts Dagster's books into PostgreSQL."""
    text = (ROOT / "docs/cluster.md").read_text(encoding="utf-8")
    return yaml.safe_load(
        next(block for block in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL) if "storage:" in block)
    )


def loaded(project: Path) -> None:
    with open_writer(Project(project).warehouse_path) as con:
        prepare(con, Project(project), as_of=NOW, on_event=silent)


def pages(project: Path) -> int:
    landing = Landing(Project(project).landing_dir)
    return sum(1 for manifest in landing.manifests() for _ in landing.entries(manifest))


def connections(server: Server) -> int:
    """How many were ever made to the database of Dagster's books."""
    with server.admin() as con:
        [(count,)] = con.execute("select sessions from pg_stat_database where datname = 'dagster'").fetchall()
        return count


def follow(instance: dg.DagsterInstance, project: Path) -> list[str]:
    """One tick of the sensor that keeps partitions in step, as the daemon does it; what it changed."""
    result = accounts(dg.build_sensor_context(instance=instance, resources={"project": Project(project)}))
    for request in result.dynamic_partitions_requests:
        name, keys = request.partitions_def_name, request.partition_keys
        if isinstance(request, dg.AddDynamicPartitionsRequest):
            instance.add_dynamic_partitions(name, keys)
        else:
            for key in keys:
                instance.delete_dynamic_partition(name, key)
    return sorted(key for request in result.dynamic_partitions_requests for key in request.partition_keys)


@pytest.fixture
def home(tmp_path):
    """A project directory with the committed dagster.yaml, its storage replaced as the page says."""
    folder = tmp_path / "sharded"
    folder.mkdir()
    config = yaml.safe_load((ROOT / "dagster.yaml").read_text(encoding="utf-8")) | documented_block()
    (folder / "dagster.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    return folder


def test_accounts_read_by_runs_in_two_processes_give_the_same_tables_as_one_pull_and_postgresql_keeps_the_books(
    home, tmp_path, monkeypatch
):
    with running_postgres() as server, running_sandbox(World(seed=3, scale=0.1), clock=SandboxClock(NOW)) as sandbox:
        config = project_config(sandbox.served.world, sandbox.url, ["mastodon"])
        whole = sandbox_project(tmp_path / "whole", config, NOW)
        pull_all(Project(whole), sources=["mastodon"], read_all=True).raise_for_errors()
        loaded(whole)

        sandbox_project(home, config, NOW)
        shared = {
            "SYFTE_PROJECT_DIR": str(home), "SYFTE_ACCOUNTS_PER_RUN": "1", "DAGSTER_HOME": str(home),
            "SYFTE_BUDGET_URL": server.url(server.new_database("budget")), "PGPASSWORD": SECRET,
            "DAGSTER_PG_URL": server.secret_url(server.new_database("dagster")).replace("sql:", "sql+psycopg2:"),
            "DAGSTER_DISABLE_TELEMETRY": "1",
        }  # fmt: skip
        for name, value in shared.items():
            monkeypatch.setenv(name, value)
        monkeypatch.chdir(home)
        definitions = defs()
        with dg.DagsterInstance.from_config(str(home)) as instance:
            ids = accounts_by_source(Project(home))["mastodon"]
            assert len(ids) > 1
            assert follow(instance, home) == ids
            assert follow(instance, home) == []
            context = dg.build_schedule_context(
                instance=instance, scheduled_execution_time=NOW, repository_def=definitions.get_repository_def(),
                resources={"project": Project(home)},
            )  # fmt: skip
            first, *rest = definitions.resolve_schedule_def("daily_mastodon").evaluate_tick(context).run_requests
            other = subprocess.Popen(
                [sys.executable, "-W", "ignore", "-m", "dagster", "job", "execute", "-m", "pipelines.definitions",
                 "-j", "pull_mastodon", "--tags", json.dumps(dict(first.tags))],
                env=environment(**shared), cwd=home, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            )  # fmt: skip
            job = definitions.resolve_job_def("pull_mastodon")
            for request in rest:
                assert job.execute_in_process(instance=instance, tags=dict(request.tags)).success
            said, _ = other.communicate(timeout=120)
            assert other.returncode == 0, said
            runs = instance.get_runs(dg.RunsFilter(job_name="pull_mastodon"))
            assert [run.status for run in runs] == [dg.DagsterRunStatus.SUCCESS] * len(ids)
            materialized = instance.get_materialized_partitions(dg.AssetKey(["landing", "mastodon"]))
            assert materialized == set(ids)
            records = instance.fetch_materializations(dg.AssetKey(["landing", "mastodon"]), limit=100).records
            read = [record.asset_materialization.metadata["accounts"].value for record in records]
            assert read == [1] * len(ids), "each account is read by one run, and by no other"
            before = connections(server)
            for _ in range(20):
                instance.report_engine_event("one of those that a build stores before its first step", runs[0])
            assert connections(server) - before < 5, "a connection an event, and a build does not begin in time"
        with server.connect("dagster") as con:
            told = con.execute(
                "select count(distinct run_id) from event_logs where dagster_event_type = 'ASSET_MATERIALIZATION'"
            ).fetchone()
        with server.connect("budget") as con:
            hosts = con.execute("select count(*) from syfte_budget.spent where source = 'mastodon'").fetchone()
    assert told == (len(ids),)
    assert hosts[0] > 0
    assert not (home / "data/budget.sqlite").exists()
    assert not (home / "data/warehouse.duckdb").exists(), "a run that pulls opens no warehouse"
    assert not list(home.rglob("*.db")), "Dagster's books are in PostgreSQL"
    assert pages(home) == pages(whole)
    loaded(home)
    difference = same_readings(whole, home)
    assert difference.rows > 40
    assert (difference.lost, difference.foreign) == (0, 0), difference.tables


def test_a_build_is_asked_for_once_after_the_pulls_have_ended_and_not_while_one_is_under_way():
    @dg.op
    def nothing():
        pass

    @dg.job(tags={"syfte/pull": "true"})
    def pull_x():
        nothing()

    with dg.DagsterInstance.ephemeral() as instance:

        def tick(cursor):
            context = dg.build_sensor_context(instance=instance, cursor=cursor)
            return build_after_pulls(context), context.cursor

        assert isinstance(tick(None)[0], dg.SkipReason)
        pull_x.execute_in_process(instance=instance)
        waiting = instance.create_run_for_job(pull_x, status=dg.DagsterRunStatus.STARTED, tags={"syfte/pull": "true"})
        assert isinstance(tick(None)[0], dg.SkipReason)
        instance.report_run_canceled(waiting)
        asked, cursor = tick(None)
        assert isinstance(asked, dg.RunRequest)
        assert isinstance(tick(cursor)[0], dg.SkipReason)
        pull_x.execute_in_process(instance=instance)
        again, _ = tick(cursor)
        assert isinstance(again, dg.RunRequest)
        assert again.run_key != asked.run_key


def test_runs_take_their_accounts_in_the_order_given_and_leave_none_out():
    assert list(runs_of(["a", "b", "c", "d", "e"], 2)) == [("a", "b"), ("c", "d"), ("e", "e")]
    assert list(runs_of([], 2)) == []


def test_an_account_that_is_taken_out_of_goals_is_no_partition_any_more(tmp_path):
    with running_sandbox(World(seed=3, scale=0.1), clock=SandboxClock(NOW)) as sandbox:
        project = sandbox_project(
            tmp_path / "project", project_config(sandbox.served.world, sandbox.url, ["mastodon"]), NOW
        )
    with dg.DagsterInstance.ephemeral() as instance:
        before = follow(instance, project)
        goals = yaml.safe_load((project / "goals.yaml").read_text(encoding="utf-8"))
        gone = goals["accounts"].pop(0)
        (project / "goals.yaml").write_text(yaml.safe_dump(goals, allow_unicode=True), encoding="utf-8")
        [removed] = follow(instance, project)
        assert removed.endswith(str(gone["id"]).split(":")[-1]) or removed in before
        assert sorted(instance.get_dynamic_partitions("accounts_of_mastodon")) == [
            one for one in before if one != removed
        ]


def test_runs_of_another_launcher_are_nobodys_orphans(tmp_path):
    config = {
        "run_launcher": {
            "module": "dagster._core.launcher.sync_in_memory_run_launcher",
            "class": "SyncInMemoryRunLauncher",
        }
    }
    (tmp_path / "dagster.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")

    @dg.op
    def nothing():
        pass

    @dg.job
    def job():
        nothing()

    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        instance.create_run_for_job(job, status=dg.DagsterRunStatus.STARTED)
        assert end_orphans(instance) == []
