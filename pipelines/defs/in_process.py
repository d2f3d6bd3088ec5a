"""The same assets as Dagster's, materialised in this process: what `syfte run` calls after the pull.

Nothing is kept of such a run: no instance, no event log. What it tells goes to `on_event`, and its errors are ours.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import dagster as dg

from pipelines.components.model_assets import WAREHOUSE_POOL, model_asset, readers_database
from pipelines.components.warehouse_run import RESOURCE, WarehouseRun, warehouse_resource
from pipelines.defs import warehouse  # not its `load`: Dagster would find the asset here a second time
from pipelines.events import OnEvent, silent
from pipelines.warehouse.build import load_models

if TYPE_CHECKING:
    from datetime import datetime

    from pipelines.project import Project
    from pipelines.warehouse.build import Built


def materialize_build(
    project: Project, *, as_of: datetime, on_event: OnEvent = silent, force: bool = False
) -> list[Built]:
    """Load what has landed, build every model, and publish.

    Args:
        project: whose warehouse.
        as_of: the instant the KPIs are computed for, UTC.
        on_event: told as each step starts and ends.
        force: build every model, also those that are up to date.

    Returns:
        Each model, built or up to date, in the order of building.

    Raises:
        ConfigurationError: goals.yaml or a model does not hold; nothing was written.
        CheckError: a model broke its promise; readers keep the last good state.
        BusyError: another process writes the warehouse.
        StorageError: a file is damaged or the disk is full.
    """
    models = load_models()
    run = WarehouseRun(project, now=lambda: as_of, force=force, on_event=on_event, models=len(models))
    assets = [warehouse.load, *(model_asset(model, pool=WAREHOUSE_POOL) for model in models.values())]
    logging.getLogger("dagster").setLevel(logging.WARNING)
    with _forgetful_instance() as instance:
        dg.materialize(
            [*assets, readers_database(models, pool=WAREHOUSE_POOL)],
            instance=instance,
            resources={RESOURCE: warehouse_resource(lambda _context: run)},
            run_config={"loggers": {"console": {"config": {"log_level": "WARNING"}}}},
        )
    return run.built


def _forgetful_instance() -> dg.DagsterInstance:
    """An instance for one run that stores no event: two thirds of a run's overhead were its SQLite log."""
    instance = dg.DagsterInstance.ephemeral(settings={"telemetry": {"enabled": False}})
    instance.event_log_storage.store_event = _forget
    return instance


def _forget(event: dg.EventLogEntry) -> None:
    del event
