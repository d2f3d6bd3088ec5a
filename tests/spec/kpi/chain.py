"""The models of kpi and published as one chain over hand-made marts."""

from __future__ import annotations

import graphlib
from functools import cache
from typing import TYPE_CHECKING

from pipelines.warehouse.model import SqlModel
from pipelines.warehouse.python_models import PYTHON_MODELS
from tests.spec.tables import SQL, create, exists, load

if TYPE_CHECKING:
    import duckdb

    from pipelines.warehouse.model import Model

STUDY_DAYS = {"study_start": "2025-03-01", "study_end": "2025-03-31", "as_of": "2025-04-10 06:00:00Z"}
"""A study of one month, whose settle lag is over."""

KPI = "goal_id, kpi_id, position, is_primary, kind, interval, metric, target_op, target_value, min_n, min_evidence"


@cache
def models() -> dict[str, Model]:
    """All models of the stages kpi and published, by name, in an order in which they can be built."""
    found: dict[str, Model] = {m.name: m for m in PYTHON_MODELS}
    for stage in ("kpi", "published"):
        for path in sorted((SQL / stage).rglob("*.sql")):
            model = SqlModel.read(path, SQL)
            found[model.name] = model
    graph = {name: [d for d in model.depends if d in found] for name, model in found.items()}
    return {name: found[name] for name in graphlib.TopologicalSorter(graph).static_order()}


def build_up_to(con: duckdb.DuckDBPyConnection, *wanted: str) -> None:
    """Build models and everything of kpi and published that they read; what nobody loaded is there, empty."""
    needed: set[str] = set()
    waiting = list(wanted)
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            waiting.extend(d for d in models()[name].depends if d in models())
    known: set[str] = set()  # to ask again costs as much as a small query
    for name, model in models().items():
        if name in needed:
            for table in set(model.depends) - known:
                if not exists(con, table):
                    make(con, table)
            model.build(con)
            known |= {name, *model.depends}


def make(con: duckdb.DuckDBPyConnection, table: str) -> None:
    """Create a table that a model reads, empty; the seed of the KPIs with what it holds."""
    if table == "seeds.kpis":
        path = SQL / "seeds" / "kpis.csv"
        con.execute(f"create table seeds.kpis as from read_csv('{path}', header = true, all_varchar = true)")
    else:
        create(con, table)


def goals(con: duckdb.DuckDBPyConnection) -> None:
    """The example's goals and guardrail."""
    load(
        con,
        "config.goals",
        "goal_id, position, label_sv, label_en, is_guardrail, ref_pattern",
        """
        goal          | position | sv            | en            | guardrail | ref
        --------------+----------+---------------+---------------+-----------+--------
        accessibility | 1        | Tillgänglig   | Accessible    | false     |
        prevention    | 2        | Förebygga     | Prevention    | false     |
        insight       | 3        | Insyn         | Insight       | false     |
        tips          | 4        | Tips          | Tips          | false     | /t/(.+)
        S1            | 5        | Stöd          | Support       | true      |
        """,
    )


def kpi(con: duckdb.DuckDBPyConnection, **columns: object) -> None:
    """Add one row to config.kpis; lists and maps as DuckDB text, like `['likes']`."""
    if not exists(con, "config.kpis"):
        create(con, "config.kpis")
    row = {"position": 1, "is_primary": False, **columns}
    marks = ", ".join("?" for _ in row)
    listed = ", ".join(f'"{name}"' for name in row)
    con.execute(f"insert into config.kpis ({listed}) values ({marks})", list(row.values()))
