"""Holds a query to the semantic layer: every sum and mean in it is one that `published/semantic.json` allows.

It knows what the recipes are made of: one select, inner joins, `where` with equalities, `is null` and `is not null`.
"""

from __future__ import annotations

import sqlglot
from sqlglot import exp


def refusals(layer: dict, query: str) -> list[str]:
    """Every sum or mean that the layer does not allow, and why; empty where all are allowed."""
    found = []
    for select in sqlglot.parse_one(query, dialect="postgres").find_all(exp.Select):
        tables = {table.alias_or_name: table.name for table in select.find_all(exp.Table)}
        for total in (*select.find_all(exp.Sum), *select.find_all(exp.Avg)):
            for column in total.find_all(exp.Column):
                table = _table_of(layer, tables, column)
                why = _why_not(layer, table, column.name, select)
                found += [f"{total.sql()} of {table}: {one}" for one in why]
                found += [f"{total.sql()} of {table}: never a mean"] if isinstance(total, exp.Avg) else []
    return found


def _table_of(layer: dict, tables: dict[str, str], column: exp.Column) -> str:
    if column.table:
        return tables[column.table]
    [table] = [name for name in tables.values() if column.name in layer["tables"][name]["columns"]]
    return table


def _why_not(layer: dict, table: str, measure: str, select: exp.Select) -> list[str]:
    told = layer["tables"][table]
    column = told["columns"][measure]
    if column["role"] != "measure":
        return [f"{measure} is no measure"]
    allowed = {one["column"]: one.get("condition") for one in column["may_be_summed_over"]}
    if not allowed:
        return [f"{measure} may never be summed"]
    fixed, not_null, equal = _held(select)
    why = []
    for name in told["key"]:
        if name in fixed:
            continue
        if name not in allowed:
            why.append(f"summed over {name}")
        elif "total_when_null" in told["columns"][name] and name not in not_null:
            why.append(f"{name} is null in totals, which are summed with their parts")
        elif condition := allowed[name]:
            metrics = [one for one in layer["metrics"] if one["metric"] == equal.get("metric")]
            if [one[condition] for one in metrics] != [True]:
                why.append(f"{condition} does not hold of {equal.get('metric')}")
    return why


def _held(select: exp.Select) -> tuple[set[str], set[str], dict[str, str]]:
    """Columns that are one value in each group; those that are not null; what some are equal to."""
    grouped = select.args.get("group")
    fixed = {c.name for one in (grouped.expressions if grouped else []) for c in [one] if isinstance(c, exp.Column)}
    equal, not_null = {}, set()
    where = select.args.get("where")
    for one in where.this.flatten() if where and isinstance(where.this, exp.And) else [where.this] if where else []:
        if isinstance(one, exp.EQ) and isinstance(one.this, exp.Column) and isinstance(one.expression, exp.Literal):
            equal[one.this.name] = one.expression.this
        elif isinstance(one, exp.Is) and isinstance(one.this, exp.Column):
            fixed.add(one.this.name)
        elif isinstance(one, exp.Not) and isinstance(one.this, exp.Is) and isinstance(one.this.this, exp.Column):
            not_null.add(one.this.this.name)
    return fixed | equal.keys(), not_null, equal
