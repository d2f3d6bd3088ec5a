"""Pulls spread over several machines, where SYFTE_ACCOUNTS_PER_RUN is set: who reads what, and when it is built.

Without the setting there is nothing here, and one run reads, builds and publishes (`automation`).
"""

# No `from __future__ import annotations`: Dagster wants the type of a `context` itself, not its name.
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import dagster as dg

from pipelines.defs.automation import DAILY_CRON, YOUNG_CRON, last_days, range_of
from pipelines.defs.landing import DUE_ONLY, YOUNG_ONLY, accounts_of, has_only_windows, source_key, source_names
from pipelines.defs.organisation import Clock, clock_of, current_project
from pipelines.project import Project
from pipelines.run.sharding import accounts_by_source, accounts_per_run, runs_of
from pipelines.sources.redaction import no_secret_leaves

PULL = "syfte/pull"
"""Tag of the runs that a build waits for."""

EVERY_S = 60
LONGEST_WAIT = timedelta(hours=1)
"""How long what has landed waits for pulls that are still under way."""

_IS_PULL = {PULL: "true"}
_UNDER_WAY = [
    dg.DagsterRunStatus.NOT_STARTED, dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING,
]  # fmt: skip
_ENDED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]


@dg.sensor(
    name="accounts",
    minimum_interval_seconds=EVERY_S,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Keeps the partitions of the pulls in step with the accounts of goals.yaml and the sources that are "
    "switched on. It starts no run.",
)
@no_secret_leaves()
def accounts(context: dg.SensorEvaluationContext, project: dg.ResourceParam[Project]) -> dg.SensorResult:
    """Add accounts that are new, and take away those that are closed or gone."""
    named = accounts_by_source(project)
    requests: list[dg.AddDynamicPartitionsRequest | dg.DeleteDynamicPartitionsRequest] = []
    for source in source_names():
        wanted = named.get(source, [])
        known = _known(context.instance, source)
        if gone := [one for one in known if one not in wanted]:
            requests.append(accounts_of(source).build_delete_request(gone))
        if new := [one for one in wanted if one not in known]:
            requests.append(accounts_of(source).build_add_request(new))
    return dg.SensorResult(dynamic_partitions_requests=requests)


@dg.sensor(
    name="build_after_pulls",
    job_name="build",
    minimum_interval_seconds=EVERY_S,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Loads, builds and publishes once the pulls have ended, whichever way; what has landed waits for those "
    "under way for an hour at most.",
)
def build_after_pulls(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """Ask for one build after all pulls that ended since the last one was asked for."""
    since = datetime.fromtimestamp(float(context.cursor or 0), UTC)
    ended = context.instance.get_run_records(
        dg.RunsFilter(tags=_IS_PULL, statuses=_ENDED, updated_after=since), order_by="update_timestamp"
    )
    if not ended:
        return dg.SkipReason("No pull has ended since the last build.")
    first, last = (min(one.update_timestamp for one in ended), max(one.update_timestamp for one in ended))
    under_way = context.instance.get_runs_count(dg.RunsFilter(tags=_IS_PULL, statuses=_UNDER_WAY))
    if under_way and datetime.now(UTC) - first < LONGEST_WAIT:
        return dg.SkipReason(f"{under_way} pulls are under way.")
    context.update_cursor(str(last.timestamp()))
    return dg.RunRequest(run_key=last.isoformat())


def _known(instance: dg.DagsterInstance, source: str) -> list[str]:
    return list(instance.get_dynamic_partitions(accounts_of(source).name or ""))


def _by_account(context: dg.ScheduleEvaluationContext, source: str, size: int) -> list[dict[str, str]]:
    """The tags of a run for each so many accounts."""
    return [range_of(first, last) for first, last in runs_of(_known(context.instance, source), size)]


def _by_day(context: dg.ScheduleEvaluationContext, source: str, project: Project) -> list[dict[str, str]]:
    """The tags of a run for the last days, if the source is on."""
    days = last_days(context)
    return [days] if days and source in accounts_by_source(project) else []


def _schedule(source: str, size: int, clock: Clock, *, young: bool) -> dg.ScheduleDefinition:
    due = {DUE_ONLY: "true"} | ({YOUNG_ONLY: "true"} if young else {})

    @dg.schedule(
        job_name=f"pull_{source}",
        name=f"{'young' if young else 'daily'}_{source}",
        cron_schedule=YOUNG_CRON if young else DAILY_CRON,
        execution_timezone=clock.timezone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description=clock.describe("What is due more often than daily." if young else "Every morning, what is due."),
    )
    def schedule(context: dg.ScheduleEvaluationContext, project: dg.ResourceParam[Project]) -> Iterator[dg.RunRequest]:
        by_day = has_only_windows(source)
        runs = _by_day(context, source, project) if by_day else _by_account(context, source, size)
        for place, tags in enumerate(runs):
            yield dg.RunRequest(f"{context.scheduled_execution_time.isoformat()} {place}", tags=due | tags)

    return schedule


@dg.definitions
def shards() -> dg.Definitions:
    """A job and two schedules for each source, and two sensors; nothing where one run reads all accounts."""
    size = accounts_per_run(current_project())
    if size is None:
        return dg.Definitions()
    clock = clock_of(current_project())
    jobs = [
        dg.define_asset_job(
            f"pull_{source}",
            dg.AssetSelection.assets(source_key(source)),
            tags=_IS_PULL,
            description="Read on whichever machine is free. It opens no warehouse; `build_after_pulls` has it built.",
        )
        for source in source_names()
    ]
    kinds = [(source, young) for source in source_names() for young in (False, True)]
    schedules = [
        _schedule(source, size, clock, young=young)
        for source, young in kinds
        if not (young and has_only_windows(source))
    ]
    return dg.Definitions(jobs=jobs, schedules=schedules, sensors=[accounts, build_after_pulls])
