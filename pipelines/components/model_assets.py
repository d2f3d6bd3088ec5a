"""A model as a Dagster asset: its key, inputs, columns and checks, all read from the model itself."""

from __future__ import annotations

import re
from collections.abc import Iterator  # noqa: TC003  # Dagster reads annotations
from typing import TYPE_CHECKING

import dagster as dg

from pipelines.components.warehouse_run import WarehouseRun  # noqa: TC001  # Dagster reads annotations
from pipelines.events import Event
from pipelines.incidents import Incidents
from pipelines.quality import SUITES, gate, own_suites
from pipelines.warehouse.build import FROM_THE_RUN, Built, build, waits_for
from pipelines.warehouse.model import SqlModel

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipelines.quality import Standing
    from pipelines.warehouse.model import Contract, Model
    from pipelines.warehouse.publish import Published

WAREHOUSE_POOL = "duckdb"
"""One slot: DuckDB has one writer."""

LOADED = {"config": dg.AssetKey(["configuration", "goals"]), "seeds": dg.AssetKey(["configuration", "seeds"])}
"""What people wrote is one asset a schema: it is written as a whole."""

READERS_DATABASE = dg.AssetKey(["published", "database"])

WAREHOUSE_IS_WHOLE = "warehouse_is_whole"
"""A check of every publication: whether damage was found that nobody has said to have seen."""

_COLUMNS_CHECK = "columns_are_as_promised"
_NAME_LENGTH = 60


def asset_key(table: str) -> dg.AssetKey | None:
    """The asset that makes a table, `<schema>.<name>`; None for the warehouse's own bookkeeping (`ops.built`).

    What the run writes down for readers is written in the step that writes goals.yaml as tables.
    """
    schema, name = table.split(".", 1)
    if schema == "ops":
        return LOADED["config"] if table in FROM_THE_RUN else None
    return LOADED.get(schema, dg.AssetKey([schema, name]))


def check_names(contract: Contract) -> dict[str, str]:
    """A name for each promise of a contract -> the promise, in the order in which they are counted."""
    promises = {
        _COLUMNS_CHECK: "the columns are those of the header",
        "key_is_unique": f"the key ({', '.join(contract.key)}) is unique",
    }
    for check in contract.checks:
        name = re.sub(r"[^a-z0-9]+", "_", check.lower()).strip("_")[:_NAME_LENGTH].strip("_") or "check"
        number = 2
        unique = name
        while unique in promises:
            unique, number = f"{name}_{number}", number + 1
        promises[unique] = check
    return promises


def model_asset(model: Model, models: Mapping[str, Model], *, pool: str) -> dg.AssetsDefinition:
    """The asset that builds a model unless it is up to date.

    A broken promise raises, so the checks of a table that stands have all passed: they were counted while it was built,
    and nothing that could change the count has changed since.
    """
    key = dg.AssetKey(model.name.split("."))
    promises = check_names(model.contract)

    @dg.multi_asset(
        name=model.name.replace(".", "__"),
        specs=[
            dg.AssetSpec(
                key,
                deps=model_inputs(model, models),
                description=_description(model.contract),
                group_name=key.path[0],
                kinds={"duckdb", "sql" if isinstance(model, SqlModel) else "python"},
                code_version=model.version,
                metadata={"dagster/column_schema": _columns(model.contract, {}), "dagster/table_name": model.name},
            )
        ],
        check_specs=[
            dg.AssetCheckSpec(name, asset=key, description=promise, blocking=True) for name, promise in promises.items()
        ],
        pool=pool,
    )
    def built(warehouse: dg.ResourceParam[WarehouseRun]) -> Iterator[dg.MaterializeResult[object]]:
        result = build_model(warehouse, model)
        yield dg.MaterializeResult(
            asset_key=key,
            metadata=_built_metadata(warehouse, model, result),
            check_results=[dg.AssetCheckResult(passed=True, check_name=name, asset_key=key) for name in promises],
        )

    return built


def model_inputs(model: Model, models: Mapping[str, Model]) -> list[dg.AssetKey]:
    """The assets that must stand before a model's."""
    inputs = {asset_key(table) for table in waits_for(model, models)}
    return sorted(key for key in inputs if key is not None)


def build_model(warehouse: WarehouseRun, model: Model) -> Built:
    """Build a model unless it is up to date, and tell of it."""
    carried = warehouse.carrier.carried(model)
    return warehouse.tell_of(model.name, lambda: warehouse.do(lambda con: build(con, carried, force=warehouse.force)))


def check_expectations(warehouse: WarehouseRun) -> list[Standing]:
    """Test what is about to be published, and keep what was found; nothing is refused yet.

    Raises:
        ConfigurationError: a file of `expectations/` does not hold.
    """
    warehouse.on_event(Event("start", "check"))
    suites = (*SUITES, *own_suites(warehouse.project.expectations_dir))
    return warehouse.do(
        lambda con: gate(
            con,
            warehouse.project.published_dir,
            run_at=warehouse.as_of,
            suites=suites,
            on_event=warehouse.on_event,
        )
    )


def publish(warehouse: WarehouseRun) -> Published:
    """Swap in what stands."""
    from pipelines.run.publishing import publish_project  # noqa: PLC0415  # opens rooms the definitions do not need

    warehouse.on_event(Event("start", "publish"))
    published = warehouse.do(lambda con: publish_project(con, warehouse.project))
    if published.is_new:
        warehouse.on_event(Event("done", "publish", detail=f"{len(published.tables)} tables"))
    else:
        warehouse.on_event(Event("skipped", "publish", detail="nothing has changed"))
    return published


def readers_database(models: Mapping[str, Model], *, pool: str) -> dg.AssetsDefinition:
    """The asset that swaps in the readers' database once every published table stands."""

    @dg.multi_asset(
        name="publish",
        specs=[
            dg.AssetSpec(
                READERS_DATABASE,
                deps=[dg.AssetKey(name.split(".")) for name in models if name.startswith("published.")],
                description=(
                    "The copy that analysts and dashboards open: data/published/syfte.duckdb and a Parquet file per "
                    "table, swapped in whole. A reader of the old one keeps it until it opens the file again."
                ),
                group_name="published",
                kinds={"duckdb", "parquet"},
            )
        ],
        check_specs=[
            dg.AssetCheckSpec(
                WAREHOUSE_IS_WHOLE,
                asset=READERS_DATABASE,
                description="no file was found damaged since somebody last ran `syfte status --seen`",
            )
        ],
        pool=pool,
    )
    def published_database(warehouse: dg.ResourceParam[WarehouseRun]) -> Iterator[dg.MaterializeResult[object]]:
        published = publish(warehouse)
        yield dg.MaterializeResult(
            asset_key=READERS_DATABASE,
            metadata={
                "path": dg.MetadataValue.path(published.database),
                "tables": len(published.tables),
                "dagster/row_count": sum(published.tables.values()),
                "bytes": published.database.stat().st_size,
            },
            check_results=[_wholeness(warehouse)],
        )

    return published_database


def _wholeness(warehouse: WarehouseRun) -> dg.AssetCheckResult:
    told = Incidents(warehouse.project.data).unseen()
    return dg.AssetCheckResult(
        passed=not told,
        check_name=WAREHOUSE_IS_WHOLE,
        asset_key=READERS_DATABASE,
        severity=dg.AssetCheckSeverity.ERROR,
        description="\n\n".join(str(incident.error) for incident in told) or None,
    )


def _description(contract: Contract) -> str:
    return f"{contract.title}.\n\n{contract.grain[0].upper()}{contract.grain[1:]}.\n\nMissing: {contract.missing}"


def _columns(contract: Contract, types: Mapping[str, str]) -> dg.TableSchema:
    """The contract's columns; their types are known once the table has been built."""
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                name,
                type=types.get(name, "unknown"),
                description=text,
                constraints=dg.TableColumnConstraints(unique=contract.key == [name]),
            )
            for name, text in contract.columns.items()
        ]
    )


def _built_metadata(warehouse: WarehouseRun, model: Model, result: Built) -> Mapping[str, dg.MetadataValue]:
    described = warehouse.connection.execute(f"describe {model.name}").fetchall()
    types = {str(row[0]): str(row[1]).lower() for row in described}
    return {
        "dagster/row_count": dg.MetadataValue.int(result.rows),
        "seconds": dg.MetadataValue.float(round(result.seconds, 3)),
        "was_up_to_date": dg.MetadataValue.bool(not result.is_new),
        "dagster/column_schema": dg.MetadataValue.table_schema(_columns(model.contract, types)),
    }
