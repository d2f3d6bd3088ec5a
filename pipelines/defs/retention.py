"""What is older than its class is kept goes, every day."""

# No `from __future__ import annotations`: Dagster wants the type of a `context` itself, not its name.
import dagster as dg

from pipelines.components.model_assets import WAREHOUSE_POOL
from pipelines.defs.organisation import clock_of, current_project
from pipelines.defs.resources import logged
from pipelines.project import Project
from pipelines.sources.redaction import no_secret_leaves

RETENTION_CRON = "40 6 * * *"
"""After the morning's run, and before office hours."""


@dg.asset(
    key=["privacy", "retention"],
    group_name="privacy",
    kinds={"python"},
    pool=WAREHOUSE_POOL,
    description="Carries out the retention table: what is older than its class is kept goes, and so does the text of "
    "posts that a platform says are deleted. Ends what a killed erasure left.",
)
@no_secret_leaves()
def retention(context: dg.AssetExecutionContext, project: dg.ResourceParam[Project]) -> dg.MaterializeResult[object]:
    """Carry out the retention table."""
    from pipelines.run.purging import purge  # noqa: PLC0415  # opens more rooms than the definitions need

    found = purge(project, on_event=logged(context.log))
    return dg.MaterializeResult(
        metadata={
            **{one.name: one.count for one in found if not one.kept_because},
            "kept": "; ".join(f"{one.name}: {one.kept_because}" for one in found if one.kept_because) or "nothing",
        }
    )


@dg.definitions
def retention_definitions() -> dg.Definitions:
    """The job and its schedule."""
    clock = clock_of(current_project())
    job = dg.define_asset_job(
        "retention", dg.AssetSelection.assets(retention), description="Carry out the retention table."
    )
    schedule = dg.ScheduleDefinition(
        name="retention",
        job=job,
        cron_schedule=RETENTION_CRON,
        execution_timezone=clock.timezone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description=clock.describe("Every morning, after the run."),
    )
    return dg.Definitions(assets=[retention], jobs=[job], schedules=[schedule])
