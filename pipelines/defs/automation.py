"""When things run: jobs, schedules in the organisation's time zone, freshness, and the check that ends a run in red."""

# No `from __future__ import annotations`: Dagster wants the type of a `context` itself, not its name.
from collections.abc import Iterator
from datetime import timedelta

import dagster as dg

from pipelines.components.model_assets import READERS_DATABASE
from pipelines.defs.landing import (
    DUE_ONLY,
    GO_ON_AFTER_ERRORS,
    READ_IN_FULL,
    YOUNG_ONLY,
    has_only_windows,
    local_days,
    source_key,
    source_names,
)
from pipelines.defs.organisation import Clock, clock_of, current_project
from pipelines.run.sharding import accounts_per_run
from pipelines.sources.tips.client import WINDOW_DAYS

DAILY_CRON = "15 5 * * *"
YOUNG_CRON = "45 * * * *"
"""Every hour, of which the schedule of each source takes what it needs: most of a post's gain comes within its first
days, and stories vanish after one."""

EVERY_SOURCE_WAS_READ = "every_source_was_read"

_WAREHOUSE = dg.AssetSelection.groups(
    "configuration", "raw", "staging", "marts", "kpi", "published", "dashboards", "objects"
)
_SNAPSHOT_SOURCES = [source for source in source_names() if not has_only_windows(source)]
_OWN_CHECK = dg.AssetSelection.checks(dg.AssetCheckKey(READERS_DATABASE, EVERY_SOURCE_WAS_READ))


def _pulls(sources: list[str]) -> dg.AssetSelection:
    return dg.AssetSelection.assets(*(source_key(source) for source in sources))


@dg.multi_asset_check(
    name=EVERY_SOURCE_WAS_READ,
    specs=[
        dg.AssetCheckSpec(
            EVERY_SOURCE_WAS_READ,
            asset=READERS_DATABASE,
            description="no pull of this run ended with an error; if one did, what the others brought is published "
            "and the run ends in red",
        )
    ],
)
def every_source_was_read(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
    """Fail the run, once everything that came is published, if a pull of it failed."""
    records = context.instance.get_records_for_run(
        context.run.run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION
    ).records
    found = [
        record.event_log_entry.dagster_event.asset_check_evaluation_data
        for record in records
        if record.event_log_entry.dagster_event is not None
    ]
    failed = {
        check.asset_key.path[-1]: check.description or ""
        for check in found
        if check.check_name == READ_IN_FULL and not check.passed
    }
    said = "\n\n".join(f"{source}: {error}" for source, error in failed.items())
    yield dg.AssetCheckResult(
        check_name=EVERY_SOURCE_WAS_READ,
        asset_key=READERS_DATABASE,
        passed=not failed,
        description=said or None,
    )
    if failed:
        raise dg.Failure(f"Published, but not every source was read.\n{said}", allow_retries=False)


def range_of(first: str, last: str) -> dict[str, str]:
    """The tags of a run over a range of partitions."""
    return {"dagster/asset_partition_range_start": first, "dagster/asset_partition_range_end": last}


def last_days(context: dg.ScheduleEvaluationContext) -> dict[str, str]:
    """The tags of a run over the last days of what is read by the day; none if no day is over."""
    days = local_days().get_partition_keys(current_time=context.scheduled_execution_time)[-WINDOW_DAYS:]
    return range_of(days[0], days[-1]) if days else {}


def _daily(clock: Clock) -> dg.Definitions:
    job = dg.define_asset_job(
        "daily",
        _pulls(source_names()) | _WAREHOUSE | _OWN_CHECK,
        tags={GO_ON_AFTER_ERRORS: "true", DUE_ONLY: "true"},
        description="Read what is due of every source, load, build every model whose inputs changed, and publish.",
    )

    @dg.schedule(
        job=job,
        name="daily",
        cron_schedule=DAILY_CRON,
        execution_timezone=clock.timezone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description=clock.describe("Every morning, after the night's figures are in and before office hours."),
    )
    def schedule(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
        """Ask for the last days of what is read by the day; the rest of the run has no partitions."""
        return dg.RunRequest(run_key=context.scheduled_execution_time.isoformat(), tags=last_days(context))

    return dg.Definitions(jobs=[job], schedules=[schedule])


def _young_posts(clock: Clock) -> dg.Definitions:
    job = dg.define_asset_job(
        "young_posts",
        _pulls(_SNAPSHOT_SOURCES) | _WAREHOUSE | _OWN_CHECK,
        tags={GO_ON_AFTER_ERRORS: "true", DUE_ONLY: "true", YOUNG_ONLY: "true"},
        description="Read what is due more often than daily (young posts, stories); load, build, publish.",
    )
    schedule = dg.ScheduleDefinition(
        name="young_posts",
        job=job,
        cron_schedule=YOUNG_CRON,
        execution_timezone=clock.timezone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description=clock.describe("Every hour: the figures of young posts, and every six hours stories."),
    )
    return dg.Definitions(jobs=[job], schedules=[schedule])


@dg.definitions
def automation() -> dg.Definitions:
    """Three jobs and two schedules; where pulls are spread over machines, those of `shards` in the place of two."""
    clock = clock_of(current_project())
    build = dg.define_asset_job(
        "build",
        _WAREHOUSE - _OWN_CHECK,
        description="Load what has landed (an import, a backfill), build the models whose inputs changed, and publish.",
    )
    pulling = [_daily(clock), _young_posts(clock)] if accounts_per_run(current_project()) is None else []
    return dg.Definitions.merge(*pulling, dg.Definitions(jobs=[build], asset_checks=[every_source_was_read]))


def with_freshness(defs: dg.Definitions) -> dg.Definitions:
    """Expect everything published to be made anew each morning: by 07:00 local time, not before 05:00."""
    policy = dg.FreshnessPolicy.cron(
        deadline_cron="0 7 * * *",
        lower_bound_delta=timedelta(hours=2),
        timezone=clock_of(current_project()).timezone,
    )
    return defs.map_asset_specs(
        func=lambda spec: dg.apply_freshness_policy(spec, policy) if spec.group_name == "published" else spec
    )
