"""Resources: the project directory, and the hold on its warehouse."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import dagster as dg

from pipelines.components.warehouse_run import WarehouseRun, warehouse_resource
from pipelines.defs.organisation import current_project

if TYPE_CHECKING:
    from pipelines.events import Event, OnEvent


def logged(log: dg.DagsterLogManager | None) -> OnEvent:
    """Tell Dagster's log about each step's end and about warnings."""

    def tell(event: Event) -> None:
        if log is None or event.kind == "start":
            return
        level = {"warning": logging.WARNING, "failed": logging.ERROR}.get(event.kind, logging.INFO)
        of_all = f" ({event.done}/{event.total})" if event.total else ""
        log.log(level, "%s: %s%s %s", event.name, event.kind, of_all, event.detail)

    return tell


def _open_run(context: dg.InitResourceContext) -> WarehouseRun:
    from pipelines.run.preparing import present  # noqa: PLC0415  # opens more rooms than the definitions need

    project = current_project()
    return WarehouseRun(
        project,
        now=lambda: present(project),
        force=bool(context.resource_config["force"]),
        on_event=logged(context.log),
    )


@dg.definitions
def resources() -> dg.Definitions:
    """The project (`SYFTE_PROJECT_DIR`, else where Dagster was started) and its warehouse."""
    return dg.Definitions(
        resources={
            "project": dg.ResourceDefinition(
                resource_fn=lambda _context: current_project(),
                description="The project directory: SYFTE_PROJECT_DIR, else the one Dagster was started in.",
            ),
            "warehouse": warehouse_resource(_open_run),
        }
    )
