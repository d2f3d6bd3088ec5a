"""The published tables in the institution's PostgreSQL: after every publication, where SYFTE_POSTGRES_URL is set."""

# No `from __future__ import annotations`: Dagster wants the type of a `context` itself, not its name.
from collections.abc import Iterator

import dagster as dg

from pipelines.components.model_assets import READERS_DATABASE
from pipelines.defs.resources import logged
from pipelines.project import Project
from pipelines.sources.redaction import no_secret_leaves

POSTGRES = dg.AssetKey(["published", "postgresql"])


@dg.multi_asset(
    name="push",
    specs=[
        dg.AssetSpec(
            POSTGRES,
            deps=[READERS_DATABASE],
            description=(
                "The published tables in a PostgreSQL, for dashboards that cannot open a DuckDB file: one transaction, "
                "only what differs (docs/dashboards/postgresql.md). Not made unless SYFTE_POSTGRES_URL is set."
            ),
            group_name="dashboards",
            kinds={"postgres"},
            skippable=True,
        )
    ],
    pool="postgresql",
)
def pushed_tables(
    context: dg.AssetExecutionContext, project: dg.ResourceParam[Project]
) -> Iterator[dg.MaterializeResult[object]]:
    """Push what has just been published."""
    from pipelines.run.pushing import push_after_run  # noqa: PLC0415  # opens more rooms than the definitions need

    with no_secret_leaves():
        pushed, error = push_after_run(project, on_event=logged(context.log))
        if error is not None:
            raise error
    if pushed is not None:
        yield dg.MaterializeResult(
            asset_key=POSTGRES,
            metadata={
                "tables": len(pushed.rows),
                "dagster/row_count": sum(pushed.rows.values()),
                "rows_inserted": pushed.inserted,
                "rows_deleted": pushed.deleted,
                "schema": pushed.schema,
            },
        )
