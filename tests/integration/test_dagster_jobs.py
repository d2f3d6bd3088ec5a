"""Schedules, days, backfills, the daily run when a source fails, and what happens to orphaned runs."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest
import yaml

from pipelines.definitions import defs
from pipelines.defs.automation import EVERY_SOURCE_WAS_READ
from pipelines.defs.orphans import end_orphans
from pipelines.errors import ConfigurationError
from pipelines.sandbox import SandboxClock, World, project_config, running_sandbox
from pipelines.sources.tips.client import WINDOW_DAYS
from tests.integration.projects import sandbox_project

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def definitions() -> dg.Definitions:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        return defs()


def partitions_of(definitions: dg.Definitions, key: str) -> dg.DailyPartitionsDefinition:
    found = definitions.resolve_asset_graph().get(dg.AssetKey(key.split("/"))).partitions_def
    assert isinstance(found, dg.DailyPartitionsDefinition)
    return found


def test_period_streams_have_the_organisations_days_from_the_baseline_to_yesterday(definitions: dg.Definitions) -> None:
    days = partitions_of(definitions, "landing/tips")
    an_hour_into_the_30th_in_stockholm = datetime(2026, 3, 29, 22, 30, tzinfo=UTC)
    keys = days.get_partition_keys(current_time=an_hour_into_the_30th_in_stockholm)
    assert (keys[0], keys[-1]) == ("2024-01-01", "2026-03-29")
    changeover = days.time_window_for_partition_key("2026-03-29")  # the clocks go forward: 23 hours
    assert changeover.start.astimezone(UTC) == datetime(2026, 3, 28, 23, tzinfo=UTC)
    assert changeover.end.astimezone(UTC) == datetime(2026, 3, 29, 22, tzinfo=UTC)


def test_a_backfill_of_many_days_is_one_run(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    partitioned = {k.to_user_string(): graph.get(k) for k in graph.get_all_asset_keys() if graph.get(k).partitions_def}
    assert set(partitioned) == {
        "landing/tips", "landing/facebook_pages__page_insights", "landing/instagram__account_insights",
        "landing/threads__account_insights", "landing/youtube__days", "landing/tiktok__account_days",
        "landing/linkedin__share_statistics", "landing/linkedin__follower_statistics",
        "landing/linkedin__page_statistics",
    }  # fmt: skip
    assert all(node.backfill_policy == dg.BackfillPolicy.single_run() for node in partitioned.values())


def test_the_daily_schedule_asks_for_the_last_days_of_what_is_read_by_the_day(definitions: dg.Definitions) -> None:
    schedule = definitions.resolve_schedule_def("daily")
    at = datetime(2026, 3, 2, 4, 15, tzinfo=UTC)
    with dg.DagsterInstance.ephemeral() as instance:
        context = dg.build_schedule_context(
            instance=instance, scheduled_execution_time=at, repository_def=definitions.get_repository_def()
        )
        [request] = schedule.evaluate_tick(context).run_requests
    first, last = (request.tags[f"dagster/asset_partition_range_{end}"] for end in ("start", "end"))
    assert last == "2026-03-01"
    keys = partitions_of(definitions, "landing/tips").get_partition_keys_in_range(dg.PartitionKeyRange(first, last))
    assert len(keys) == WINDOW_DAYS


@pytest.mark.slow
def test_a_refused_source_ends_the_daily_run_in_red_after_the_rest_is_published(
    definitions: dg.Definitions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    goals = yaml.safe_load((ROOT / "goals.yaml").read_text(encoding="utf-8"))
    goals["units"]["members"] = [{"id": "nord", "name": "Nord", "population": 1000}]
    goals["accounts"] = [{"platform": "facebook", "id": "42", "unit": "nord"}]
    (tmp_path / "goals.yaml").write_text(yaml.safe_dump(goals, allow_unicode=True), encoding="utf-8")
    # a source without its token: refused before anything is asked
    (tmp_path / ".env").write_text("SYFTE_FACEBOOK_PAGES__API_VERSION=v26.0\n", encoding="utf-8")
    monkeypatch.setenv("SYFTE_PROJECT_DIR", str(tmp_path))
    tags = {
        f"dagster/asset_partition_range_{end}": day for end, day in (("start", "2026-02-20"), ("end", "2026-03-01"))
    }
    with dg.DagsterInstance.ephemeral() as instance:
        result = definitions.resolve_job_def("daily").execute_in_process(
            instance=instance, tags=tags, raise_on_error=False
        )
    assert not result.success
    failed = [event.step_key for event in result.all_events if event.is_step_failure]
    assert failed == [EVERY_SOURCE_WAS_READ]
    checks = {
        (e.asset_key.to_user_string(), e.check_name): e for e in result.get_asset_check_evaluations() if not e.passed
    }
    assert set(checks) == {("landing/facebook_pages", "read_in_full"), ("published/database", EVERY_SOURCE_WAS_READ)}
    assert "There is no token for account 42." in (checks["landing/facebook_pages", "read_in_full"].description or "")
    assert (tmp_path / "data/published/syfte.duckdb").exists()


def test_the_daily_runs_range_of_days_is_not_meant_for_posts_which_are_asked_for_only_when_due(
    definitions: dg.Definitions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime(2026, 1, 5, 5, tzinfo=UTC)
    range_of_days = {
        "dagster/asset_partition_range_start": "2025-10-07",
        "dagster/asset_partition_range_end": "2026-01-04",
    }
    asked = []
    with running_sandbox(World(seed=7, scale=0.2), clock=SandboxClock(now)) as sandbox:
        config = project_config(sandbox.served.world, sandbox.url, ["facebook"])
        monkeypatch.setenv("SYFTE_PROJECT_DIR", str(sandbox_project(tmp_path / "project", config, now)))
        for _ in range(2):
            with dg.DagsterInstance.ephemeral() as instance:
                done = definitions.resolve_job_def("daily").execute_in_process(
                    instance=instance, tags=range_of_days, asset_selection=[dg.AssetKey(["landing", "facebook_pages"])]
                )
            assert done.success
            asked.append(len([request for request in sandbox.requests if request.path.endswith("/published_posts")]))
            sandbox.requests.clear()
    assert asked[0] > 0
    assert asked[1] == 0


def test_a_pull_that_somebody_starts_by_hand_fails_at_once_with_our_error(
    definitions: dg.Definitions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(ROOT / "goals.yaml", tmp_path)
    (tmp_path / ".env").write_text(
        "SYFTE_TIPS__BASE_URL=https://intake.example\n", encoding="utf-8"
    )  # no token: refused before anything is asked
    monkeypatch.setenv("SYFTE_PROJECT_DIR", str(tmp_path))
    with dg.DagsterInstance.ephemeral() as instance:
        result = definitions.resolve_implicit_global_asset_job_def().execute_in_process(
            instance=instance,
            asset_selection=[dg.AssetKey(["landing", "tips"])],
            partition_key="2026-03-01",
            raise_on_error=False,
        )
    [failure] = [e.step_failure_data for e in result.all_events if e.is_step_failure]
    assert failure.user_failure_data is None
    assert "CredentialError" in str(failure.error.cause or failure.error)
    assert not result.asset_materializations_for_node("landing__tips")


def test_days_of_a_source_that_is_off_are_not_shown_as_read(
    definitions: dg.Definitions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(ROOT / "goals.yaml", tmp_path)
    monkeypatch.setenv("SYFTE_PROJECT_DIR", str(tmp_path))
    job = definitions.resolve_implicit_global_asset_job_def()
    with (
        dg.DagsterInstance.ephemeral() as instance,
        pytest.raises(ConfigurationError, match="The intake of tips is switched off"),
    ):
        job.execute_in_process(
            instance=instance, asset_selection=[dg.AssetKey(["landing", "tips"])], partition_key="2026-03-01"
        )


def test_orphans_are_ended_and_other_runs_are_left_alone(tmp_path: Path) -> None:
    @dg.op
    def nothing() -> None: ...

    @dg.job
    def job() -> None:
        nothing()

    statuses = dg.DagsterRunStatus
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        runs = {
            status: instance.create_run_for_job(job, status=status)
            for status in (
                statuses.STARTING,
                statuses.STARTED,
                statuses.CANCELING,
                statuses.NOT_STARTED,
                statuses.SUCCESS,
            )
        }
        ended = end_orphans(instance)
        after = {status: instance.get_run_by_id(run.run_id).status for status, run in runs.items()}
    assert sorted(ended) == sorted(runs[s].run_id for s in (statuses.STARTING, statuses.STARTED, statuses.CANCELING))
    assert after == {
        statuses.STARTING: statuses.FAILURE,
        statuses.STARTED: statuses.FAILURE,
        statuses.CANCELING: statuses.CANCELED,
        statuses.NOT_STARTED: statuses.NOT_STARTED,
        statuses.SUCCESS: statuses.SUCCESS,
    }


def test_the_instance_file_is_what_the_reliability_bar_asks_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(ROOT / "dagster.yaml", tmp_path)
    monkeypatch.chdir(tmp_path)
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        assert instance.run_monitoring_enabled
        assert instance.run_monitoring_max_runtime_seconds == 3600
        assert instance.run_retries_enabled
        assert instance.run_retries_max_retries == 2
        assert instance.run_retries_retry_on_asset_or_op_failure is False
        assert not instance.telemetry_enabled
        pools = instance.get_concurrency_config().pool_config
        assert (pools.default_pool_limit, pools.pool_granularity.value) == (1, "run")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["dagster.yaml", "data"]
    assert [p.name for p in (tmp_path / "data").iterdir()] == ["dagster"]
