"""The semantic layer: what the columns of the published tables are, and what may be summed, for machines.

Made from the models' headers, the types of the tables, and the catalogues of metrics and KPIs; nothing is written here
that does not stand there.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pipelines.warehouse.model import SUMMED_OVER

if TYPE_CHECKING:
    from collections.abc import Mapping

    import duckdb

    from pipelines.warehouse.model import Contract

FILE = "semantic.json"
FORMAT = 1

AXES = {
    "local_date": "time",
    "month": "time",
    "period_start": "time",
    "from_at": "time",
    "to_at": "time",
    "post_id": "posts",
    "story_id": "posts",
    "platform": "platforms",
    "unit_id": "units",
    "account_id": "accounts",
    "channel": "channels",
}
"""Columns of keys -> what is summed over with them; others stand for themselves."""

_NUMBERS = re.compile(r"(?:U?(?:TINY|SMALL|BIG|HUGE)INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL.*)")
_TIMES = re.compile(r"(?:DATE|TIME.*)")
_UNIT = re.compile(r"\[([^\]]+)\]")
_TOTAL = re.compile(r"null (?:for|is) (?P<what>[^;:]*?(?:whole organisation|all (?:of them|channels)))")

_RULES = (
    "A measure may be summed over the columns in may_be_summed_over, every other column of the key held fixed.",
    "A condition there is a column of metrics: it must be true of the one metric that is summed.",
    "Rows in which a dimension with total_when_null is null are totals: leave them out of a sum over it.",
    "A measure with an empty may_be_summed_over is read as it is: never summed, never averaged.",
    "Null is missing and never zero; the columns whose role is state say why.",
)

_METRICS = """
    select
        metric,
        list(distinct kind order by kind) as kinds,
        min(unit) as unit,
        bool_and(additive_over_time) as additive_over_time,
        bool_and(additive_over_posts) as additive_over_posts,
        list(distinct platform order by platform) as platforms
    from published.metric_definition group by metric order by metric
"""

_KPIS = """
    select kpi_id, label_sv, label_en, unit, scale, direction, grain, definition_sv, definition_en
    from seeds.kpis order by kpi_id
"""


def semantic_layer(
    con: duckdb.DuckDBPyConnection, contracts: Mapping[str, Contract], *, version: str
) -> dict[str, object]:
    """Everything, as one object for JSON.

    Args:
        con: the writer's connection; the published tables stand.
        contracts: table (without its schema) -> what its header says.
        version: of Syfte.
    """
    types: dict[str, dict[str, str]] = {}
    for table, column, kind in con.execute(
        "select table_name, column_name, data_type from duckdb_columns() "
        "where schema_name = 'published' and database_name = current_database() order by table_name, column_index"
    ).fetchall():
        types.setdefault(table, {})[column] = kind
    return {
        "format": FORMAT,
        "syfte": version,
        "schema": "published",
        "rules": list(_RULES),
        "tables": {name: _table(contracts[name], columns) for name, columns in types.items() if name in contracts},
        "metrics": _rows(con, _METRICS) if "metric_definition" in types else [],
        "kpis": [{**kpi, "may_be_summed_over": []} for kpi in _rows(con, _KPIS)],
    }


def _table(contract: Contract, types: Mapping[str, str]) -> dict[str, object]:
    return {
        "title": contract.title,
        "grain": contract.grain,
        "key": contract.key,
        "missing": contract.missing,
        "columns": {name: _column(contract, name, kind) for name, kind in types.items()},
    }


def _column(contract: Contract, name: str, kind: str) -> dict[str, object]:
    text = contract.columns[name]
    said: dict[str, object] = {"type": kind, "definition": text}
    if name not in contract.key and _NUMBERS.fullmatch(kind):
        return said | {"role": "measure", **_unit(text), **_sums(contract, name)}
    if name == "state" or name.endswith("_state"):
        return said | {"role": "state"}
    said["role"] = "time" if _TIMES.fullmatch(kind) else "dimension"
    if name in AXES:
        said["axis"] = AXES[name]
    if total := _TOTAL.search(text):
        said["total_when_null"] = total["what"].strip()
    return said


def _unit(text: str) -> dict[str, object]:
    """The unit in the header's brackets, or which catalogue has it."""
    if "docs/kpis.md" in text or "KPI's unit" in text:
        return {"unit_of": "kpi_id"}
    if "metric's unit" in text:
        return {"unit_of": "metric"}
    found = _UNIT.search(text)
    return {"unit": found[1]} if found else {}


def _sums(contract: Contract, name: str) -> dict[str, object]:
    """What it may be summed over, and over what of the key it may not."""
    found = [match.groupdict() for one in contract.sums.get(name, []) if (match := SUMMED_OVER.fullmatch(one))]
    over = [
        {"column": one["column"], "axis": AXES.get(one["column"] or "", one["column"])}
        | ({"condition": one["condition"]} if one["condition"] else {})
        for one in found
    ]
    allowed = {one["column"] for one in found}
    return {
        "may_be_summed_over": over,
        "may_not_be_summed_over": [column for column in contract.key if column not in allowed],
        "aggregation": "sum" if over else "none",
    }


def _rows(con: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    found = con.execute(query)
    names = [str(column[0]) for column in found.description or []]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
