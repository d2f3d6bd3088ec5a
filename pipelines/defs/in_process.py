"""The same assets as Dagster's, materialised in this process: what `syfte run` calls after the pull.

Nothing is kept of such a run: no instance, no event log. What it tells goes to `on_event`, and its errors are ours. So
all assets are one step, without the descriptions, metadata and checks that only an event log would hold: they share a
connection and run one after another anyway, and a step and its checks cost more than building most of the tables.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator  # noqa: TC003  # Dagster reads annotations
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import dagster as dg

from pipelines.components.model_assets import (
    READERS_DATABASE,
    build_model,
    check_expectations,
    model_inputs,
    publish,
)
from pipelines.components.warehouse_run import RESOURCE, WarehouseRun, warehouse_resource
from pipelines.defs import warehouse  # not its `load`: Dagster would find the asset here a second time
from pipelines.defs.warehouse import load_landed
from pipelines.events import OnEvent, silent
from pipelines.quality import refuse
from pipelines.warehouse.build import load_models, tells_of_checks

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence
    from datetime import datetime

    from pipelines.project import Project
    from pipelines.warehouse.build import Built
    from pipelines.warehouse.model import Model


def materialize_build(
    project: Project,
    *,
    as_of: datetime,
    on_event: OnEvent = silent,
    force: bool = False,
    models: Mapping[str, Model] | None = None,
) -> list[Built]:
    """Load what has landed, build every model, and publish.

    Args:
        project: whose warehouse.
        as_of: the instant the KPIs are computed for, UTC.
        on_event: told as each step starts and ends.
        force: build every model, also those that are up to date.
        models: what to build, in an order in which each can be; None for all there are.

    Returns:
        Each model, built or up to date, in the order of building.

    Raises:
        ConfigurationError: goals.yaml or a model does not hold; nothing was written.
        CheckError: a model broke its promise; readers keep the last good state.
        BusyError: another process writes the warehouse.
        StorageError: a file is damaged or the disk is full.
    """
    models = load_models() if models is None else models
    run = WarehouseRun(project, now=lambda: as_of, force=force, on_event=on_event, models=len(models))
    with _quiet(), _forgetful_instance() as instance:
        dg.materialize(
            [_one_step(models)],
            instance=instance,
            resources={RESOURCE: warehouse_resource(lambda _context: run)},
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )
    return run.built


def _one_step(models: Mapping[str, Model]) -> dg.AssetsDefinition:
    """All assets as one step, which does what each of them does.

    Dagster is told of the readers' database alone: it takes 3 ms for each output that it is given, and keeps none here.
    """
    loaded = [dg.AssetSpec(spec.key, deps=spec.deps, skippable=True) for spec in warehouse.load.specs]
    keys = {name: dg.AssetKey(name.split(".")) for name in models}
    built = [
        dg.AssetSpec(keys[name], deps=model_inputs(model, models), skippable=True) for name, model in models.items()
    ]
    readers = dg.AssetSpec(READERS_DATABASE, deps=[key for key in keys.values() if key.path[0] == "published"])

    @dg.multi_asset(name="build", specs=[*loaded, *built, readers])
    def build(warehouse: dg.ResourceParam[WarehouseRun]) -> Iterator[dg.MaterializeResult[object]]:
        load_landed(warehouse)
        for model in models.values():
            if not tells_of_checks(model):
                build_model(warehouse, model)
        refuse(check_expectations(warehouse))
        for model in filter(tells_of_checks, models.values()):
            build_model(warehouse, model)
        publish(warehouse)
        yield dg.MaterializeResult(asset_key=READERS_DATABASE)

    return build


@contextmanager
def _quiet() -> Generator[None]:
    """Let Dagster say nothing: what happens is told by events, and an error comes out as itself, not as a log line."""
    logger = logging.getLogger("dagster")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(before)


def _forgetful_instance() -> dg.DagsterInstance:
    """An instance for one run that stores no event: two thirds of a run's overhead were its SQLite log."""
    instance = dg.DagsterInstance.ephemeral(settings={"telemetry": {"enabled": False}})
    log = instance.event_log_storage
    log.store_event = _forget
    log.get_asset_records = _no_records
    log.fetch_observations = _no_observations
    return instance


def _forget(event: dg.EventLogEntry) -> None:
    del event


def _no_records(asset_keys: Sequence[dg.AssetKey] | None = None) -> list[Any]:
    del asset_keys
    return []


def _no_observations(
    records_filter: dg.AssetKey | dg.AssetRecordsFilter,
    limit: int,
    cursor: str | None = None,
    ascending: bool = False,
) -> dg.EventRecordsResult:
    del records_filter, limit, ascending
    return dg.EventRecordsResult([], cursor or "", has_more=False)
