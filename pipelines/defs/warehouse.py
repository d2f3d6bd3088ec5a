"""Landing -> raw, goals.yaml -> config, seeds -> seeds: one step, because all of them are written in one go."""

from __future__ import annotations

from collections.abc import Iterator  # noqa: TC003  # Dagster reads annotations
from typing import TYPE_CHECKING

import dagster as dg

from pipelines.components.model_assets import LOADED, WAREHOUSE_POOL
from pipelines.components.warehouse_run import WarehouseRun  # noqa: TC001  # Dagster reads annotations
from pipelines.defs.landing import landed_by, streams
from pipelines.events import Event
from pipelines.sources.stream import Stream  # noqa: TC001
from pipelines.warehouse import raw

if TYPE_CHECKING:
    from pipelines.warehouse.load import LoadReport

_LOADED_NOW = """
    select source || '__' || stream, sum(rows_stored)::bigint
    from raw.pages where list_contains(?, page_id) group by all
"""

_SIZES = """
    select schema_name || '.' || table_name, estimated_size
    from duckdb_tables() where schema_name in ('raw', 'config', 'seeds')
"""

_BOOKKEEPING = {
    "pages": "Every page and table that was loaded: whose, read when, and how many rows it held. One row per page.",
    "quarantine": "Every object or line that was refused, with the reason. One row per refused object.",
    "replays": "Which refused row was read again by which page. One row per refused row that a replay stored.",
    "strange_fields": "Names of fields that platforms send and nothing reads. One row per field, stream and run.",
}


def _raw_spec(stream: Stream) -> dg.AssetSpec:
    return dg.AssetSpec(
        dg.AssetKey(stream.table.split(".")),
        deps=landed_by(stream),
        description=f"{(stream.title or stream.name).capitalize()}, as read, every reading kept. Append-only; what is "
        "not in the stream's allow-list never reached the disk.",
        group_name="raw",
        kinds={"duckdb"},
        metadata={
            "dagster/table_name": stream.table,
            "dagster/column_schema": dg.TableSchema(
                columns=[dg.TableColumn(name, type=kind.lower()) for name, kind in raw.columns(stream).items()]
            ),
        },
    )


def _specs() -> list[dg.AssetSpec]:
    raws = [_raw_spec(stream) for stream in streams()]
    landed = sorted({dep.asset_key for spec in raws for dep in spec.deps})
    kept = [
        dg.AssetSpec(["raw", name], deps=landed, description=text, group_name="raw", kinds={"duckdb"})
        for name, text in _BOOKKEEPING.items()
    ]
    people = [
        dg.AssetSpec(
            LOADED["config"], description="goals.yaml as tables.", group_name="configuration", kinds={"duckdb", "yaml"}
        ),
        dg.AssetSpec(
            LOADED["seeds"],
            description="The catalogue of metrics and the other small tables of sql/seeds, and the calendar of the "
            "organisation's days.",
            group_name="configuration",
            kinds={"duckdb", "csv"},
        ),
    ]
    return [*people, *kept, *raws]


def load_landed(warehouse: WarehouseRun) -> LoadReport:
    """Load what has landed since the last time, and write goals.yaml and the seeds as tables."""
    from pipelines.run.preparing import prepare  # noqa: PLC0415  # opens more rooms than the definitions need
    from pipelines.run.space import require_space  # noqa: PLC0415

    require_space(warehouse.project)
    warehouse.on_event(Event("start", "load"))
    report = warehouse.do(
        lambda con: prepare(con, warehouse.project, as_of=warehouse.as_of, on_event=warehouse.on_event)
    )
    [(warehouse.as_of,)] = warehouse.connection.execute("select as_of from config.run").fetchall()
    said = f"{report.rows_stored} rows of {len(report.page_ids)} pages"
    warehouse.on_event(Event("done", "load", detail=said))
    return report


@dg.multi_asset(name="load", specs=_specs(), pool=WAREHOUSE_POOL)
def load(warehouse: dg.ResourceParam[WarehouseRun]) -> Iterator[dg.MaterializeResult[object]]:
    """Load what has landed since the last time, and write goals.yaml and the seeds as tables."""
    report = load_landed(warehouse)
    con = warehouse.connection
    fresh = dict(con.execute(_LOADED_NOW, [list(report.page_ids)]).fetchall())
    sizes = dict(con.execute(_SIZES).fetchall())
    for schema, key in LOADED.items():
        tables = {name: rows for name, rows in sizes.items() if name.startswith(f"{schema}.")}
        yield dg.MaterializeResult(asset_key=key, metadata={"dagster/row_count": sum(tables.values()), **tables})
    for name in (*_BOOKKEEPING, *(stream.table.split(".")[1] for stream in streams())):
        metadata = {"dagster/row_count": sizes[f"raw.{name}"], "rows_loaded_now": fresh.get(name, 0)}
        yield dg.MaterializeResult(asset_key=["raw", name], metadata=metadata)
