"""The daily backup, and the weekly trial of restoring it; their schedules run only where a place is set."""

# No `from __future__ import annotations`: Dagster wants the type of a `context` itself, not its name.
import dagster as dg

from pipelines.defs.organisation import clock_of, current_project
from pipelines.defs.resources import logged
from pipelines.errors import ConfigurationError
from pipelines.project import Project
from pipelines.sources.redaction import no_secret_leaves

BACKUP_CRON = "30 3 * * *"
VERIFY_CRON = "30 1 * * 0"


@dg.op(pool="backup")
@no_secret_leaves()
def make_backup(context: dg.OpExecutionContext, project: dg.ResourceParam[Project]) -> None:
    """Copy what cannot be made again to SYFTE_BACKUP__PLACE."""
    from pipelines.run.backing_up import backup  # noqa: PLC0415  # opens more rooms than the definitions need

    report = backup(project, on_event=logged(context.log))
    context.add_output_metadata(
        {"files": len(report.index.files), "new": report.fresh, "new_bytes": report.fresh_bytes}
    )


@dg.op(pool="backup")
@no_secret_leaves()
def try_restore(context: dg.OpExecutionContext, project: dg.ResourceParam[Project]) -> None:
    """Restore the newest backup into a scratch directory and compare what it gives with what was published."""
    from pipelines.run.restoring import restore_on_trial  # noqa: PLC0415  # opens more rooms than the definitions need

    report = restore_on_trial(project, on_event=logged(context.log))
    report.raise_for_differences()
    context.add_output_metadata({"tables": len(report.compared), "seconds": round(report.seconds, 1)})


@dg.job(description="Copy what cannot be made again to SYFTE_BACKUP__PLACE (docs/backup.md).")
def backup() -> None:
    """The daily backup."""
    make_backup()


@dg.job(description="Restore the newest backup on trial, and compare the KPIs with what was published.")
def verify_backup() -> None:
    """The weekly trial."""
    try_restore()


def _status() -> dg.DefaultScheduleStatus:
    from pipelines.settings import load_settings  # noqa: PLC0415  # as the other rooms

    try:
        is_set = load_settings(current_project().root).backup.place is not None
    except ConfigurationError:  # told by whatever runs; the definitions must load
        is_set = False
    return dg.DefaultScheduleStatus.RUNNING if is_set else dg.DefaultScheduleStatus.STOPPED


@dg.definitions
def backups() -> dg.Definitions:
    """Two jobs and their schedules."""
    clock, status = clock_of(current_project()), _status()
    schedules = [
        dg.ScheduleDefinition(
            name=job.name,
            job=job,
            cron_schedule=cron,
            execution_timezone=clock.timezone,
            default_status=status,
            description=clock.describe(f"{said} Off unless SYFTE_BACKUP__PLACE is set."),
        )
        for job, cron, said in (
            (backup, BACKUP_CRON, "Every night, before the daily run."),
            (verify_backup, VERIFY_CRON, "Sunday nights."),
        )
    ]
    return dg.Definitions(jobs=[backup, verify_backup], schedules=schedules)
