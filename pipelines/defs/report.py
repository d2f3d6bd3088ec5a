"""The report as an asset: made after every publication, which stands whatever becomes of it."""

# No `from __future__ import annotations`: Dagster wants the type of a `context` itself, not its name.
from collections.abc import Iterator

import dagster as dg

from pipelines.components.model_assets import READERS_DATABASE
from pipelines.defs.resources import logged
from pipelines.project import Project
from pipelines.sources.redaction import no_secret_leaves

REPORT = dg.AssetKey(["published", "report"])


@dg.multi_asset(
    name="report",
    specs=[
        dg.AssetSpec(
            REPORT,
            deps=[READERS_DATABASE],
            description=(
                "The pages that people open, in Swedish and English: data/published/report for the institution, "
                "data/published/report-public for everybody (docs/report.md). Not made without the extra `report`."
            ),
            group_name="dashboards",
            kinds={"html"},
            skippable=True,
        )
    ],
)
def report_pages(
    context: dg.AssetExecutionContext, project: dg.ResourceParam[Project]
) -> Iterator[dg.MaterializeResult[object]]:
    """Make both editions of what has just been published."""
    from pipelines.run.reporting import report_after_run  # noqa: PLC0415  # opens more rooms than the definitions need

    with no_secret_leaves():
        made, error = report_after_run(project, on_event=logged(context.log))
        if error is not None:
            raise error
    if made:
        yield dg.MaterializeResult(
            asset_key=REPORT,
            metadata={
                "path": dg.MetadataValue.path(str(made[0].folder / "index.html")),
                "is_new": any(one.is_new for one in made),
            },
        )
