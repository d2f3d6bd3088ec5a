"""What a person's SQL may do in an expectation: read the tables of the warehouse by a query that always says the same.

An allow-list over what DuckDB's own parser makes of the text. What is not on it is refused: files, settings, the clock,
chance, anything that writes. What a query finds never leaves the database either way (`none_found`); this keeps it from
doing anything else while it looks.
"""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any, cast

import duckdb

from pipelines.warehouse.model import STAGES
from pipelines.warehouse.regular_expressions import register

SCHEMAS = frozenset(STAGES)

_SOURCES = frozenset({"BASE_TABLE", "SUBQUERY", "JOIN", "TABLE_FUNCTION", "EMPTY", "CTE", "EXPRESSION_LIST"})
_TABLE_FUNCTIONS = frozenset({"unnest", "generate_series", "range"})
_MACROS = frozenset({"nullif", "ifnull", "date_add", "fdiv", "fmod", "list_append", "array_append", "list_sum"})
"""Of DuckDB's macros, those that people write without knowing that they are macros."""


_CLOCK = frozenset({"current_date", "current_time", "current_timestamp", "localtime", "localtimestamp", "current_user"})
"""Functions that are written without brackets and so read as columns."""


_HALF = re.compile(r"[\ud800-\udfff]")


def refusal(sql: str) -> str | None:
    """Why a query may not be run; None if it may.

    Args:
        sql: may name `checked`, the table of the suite.
    """
    if "\0" in sql or (not sql.isascii() and _HALF.search(sql)):
        return "it holds the character NUL, or half a character"
    with _parser().cursor() as con:
        [(said,)] = con.execute("select json_serialize_sql(?)", [sql]).fetchall()
    parsed = json.loads(said)
    if parsed["error"]:
        message = str(parsed["error_message"]).splitlines()[0].rstrip("!.")
        return f"it cannot be read as one select ({message})"
    if len(parsed["statements"]) != 1:
        return "it is more than one statement"
    nodes = _nodes(parsed)
    named = {"checked"} | {str(entry["key"]) for node in nodes for entry in _ctes(node)}
    return next((reason for node in nodes if (reason := _refused(node, named)) is not None), None)


def _nodes(parsed: Any) -> list[dict[str, Any]]:  # noqa: ANN401  # a tree of JSON
    found: list[dict[str, Any]] = []
    waiting: list[Any] = [parsed]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            part = cast("dict[str, Any]", node)
            found.append(part)
            waiting.extend(part.values())
        elif isinstance(node, list):
            waiting.extend(cast("list[Any]", node))
    return found


def _ctes(node: dict[str, Any]) -> list[dict[str, Any]]:
    held = node.get("cte_map")
    return cast("list[dict[str, Any]]", held["map"]) if isinstance(held, dict) else []


def _refused(node: dict[str, Any], named: set[str]) -> str | None:
    match node.get("class"):
        case "FUNCTION" | "WINDOW":
            return _refused_function(node)
        case "COLUMN_REF":
            return _refused_column(node)
        case None if "alias" in node and "sample" in node:
            return _refused_source(node, named)
        case _:
            return None


def _refused_source(node: dict[str, Any], named: set[str]) -> str | None:
    kind = str(node["type"])
    if kind not in _SOURCES:
        return f"`{kind.lower()}` is not for expectations"
    if kind == "TABLE_FUNCTION" and node["function"]["function_name"] not in _TABLE_FUNCTIONS:
        return f"the table function `{node['function']['function_name']}` is not for expectations"
    if kind == "BASE_TABLE":
        catalog, schema, table = node["catalog_name"], node["schema_name"], node["table_name"]
        if catalog or (schema not in SCHEMAS if schema else table not in named):
            said = ".".join(part for part in (catalog, schema, table) if part)
            return f"`{said}` is no table of the warehouse"
    return None


def _refused_column(node: dict[str, Any]) -> str | None:
    name = str(node["column_names"][-1])
    if name.lower() in _CLOCK:
        return f"`{name}` answers otherwise each time; the run's instant is config.run.as_of"
    return None


def _refused_function(node: dict[str, Any]) -> str | None:
    name = str(node["function_name"]).lower()
    if node.get("schema") or node.get("catalog") or name not in (_functions() | _TABLE_FUNCTIONS):
        return f"the function `{name}` is not for expectations: it looks elsewhere, or answers otherwise each time"
    return None


@cache
def _functions() -> frozenset[str]:
    """The functions that give the same for the same, by DuckDB's own word."""
    query = """
        select function_name
        from duckdb_functions()
        where function_type in ('scalar', 'aggregate', 'window') or list_contains(?, function_name)
        group by function_name
        having bool_and(coalesce(stability, 'CONSISTENT') = 'CONSISTENT')
    """
    with _parser().cursor() as con:
        return frozenset(str(row[0]).lower() for row in con.execute(query, [list(_MACROS)]).fetchall())


@cache
def _parser() -> duckdb.DuckDBPyConnection:
    con = duckdb.connect(":memory:")
    register(con)
    return con
