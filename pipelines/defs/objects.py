"""The landing and the published tables in the institution's object store, where one is set."""

# No `from __future__ import annotations`: Dagster wants the type of a `context` itself, not its name.
from collections.abc import Iterator

import dagster as dg

from pipelines.components.model_assets import READERS_DATABASE
from pipelines.defs.resources import logged
from pipelines.project import Project
from pipelines.sources.redaction import no_secret_leaves

LANDED = dg.AssetKey(["objects", "landing"])
PUBLISHED = dg.AssetKey(["objects", "published"])


@dg.multi_asset(
    name="ship_landed",
    specs=[
        dg.AssetSpec(
            LANDED,
            deps=[dg.AssetKey(["raw", "pages"])],
            description=(
                "What has landed, in an object store, whatever becomes of the tables built from it "
                "(docs/object-storage.md). Not made unless SYFTE_LANDING_URL is set."
            ),
            group_name="objects",
            kinds={"s3"},
            skippable=True,
        )
    ],
    pool="objects",
)
def shipped_landing(
    context: dg.AssetExecutionContext, project: dg.ResourceParam[Project]
) -> Iterator[dg.MaterializeResult[object]]:
    """Ship what has landed."""
    from pipelines.run.shipping import ship_landing  # noqa: PLC0415  # opens more rooms than the definitions need
    from pipelines.settings import load_settings  # noqa: PLC0415

    with no_secret_leaves():
        if load_settings(project.root).landing_url is not None:
            done = ship_landing(project, on_event=logged(context.log))
            yield dg.MaterializeResult(
                asset_key=LANDED,
                metadata={"state": done.generation, "objects_written": done.written, "objects_removed": done.removed},
            )


@dg.multi_asset(
    name="ship_published",
    specs=[
        dg.AssetSpec(
            PUBLISHED,
            deps=[READERS_DATABASE],
            description=(
                "The published tables as Parquet in an object store, one whole publication at a time, and the log of "
                "publications of the landing there (docs/object-storage.md). Not made unless SYFTE_PUBLISHED_URL or "
                "SYFTE_LANDING_URL is set."
            ),
            group_name="objects",
            kinds={"s3", "parquet"},
            skippable=True,
        )
    ],
    pool="objects",
)
def shipped_tables(
    context: dg.AssetExecutionContext, project: dg.ResourceParam[Project]
) -> Iterator[dg.MaterializeResult[object]]:
    """Ship what has just been published."""
    from pipelines.run.shipping import ship_after_run  # noqa: PLC0415  # opens more rooms than the definitions need
    from pipelines.settings import load_settings  # noqa: PLC0415

    with no_secret_leaves():
        error = ship_after_run(project, on_event=logged(context.log))
        if error is not None:
            raise error
        if load_settings(project.root).published_url is not None:
            yield dg.MaterializeResult(asset_key=PUBLISHED)
