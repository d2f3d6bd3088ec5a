"""Finding sums of unique figures in SQL, under whatever name the figure travels.

A figure that counts different people may not be added up: not over posts, days, accounts or platforms. What a column
holds is followed from the readings through every CTE, subquery, union and model:

- *unique*: it holds unique figures (a column named after a unique metric, or rows narrowed down to one);
- *mixed*: it holds figures of any metric, as the readings' `value` does, until a condition on `metric` or `kind`
  narrows the rows down to what may be added.

A sum, an average, a running sum or a `+` over such a column is found, and so is one over what a mixed column became
without having been narrowed.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from sqlglot import exp
from sqlglot.optimizer.scope import Scope, build_scope

from tests.spec.tables import SQL

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

CATALOGUE = list(csv.DictReader((SQL / "seeds" / "metrics.csv").read_text(encoding="utf-8").splitlines()))
UNIQUES = {row["metric"] for row in CATALOGUE if row["kind"] == "unique"}
ADDABLE = {row["metric"] for row in CATALOGUE} - UNIQUES
KINDS = {row["kind"] for row in CATALOGUE} - {"unique"}

Held = dict[str, str]
"""Column -> unique or mixed; a column that holds neither is not in it."""

ADDING = (exp.Sum, exp.Avg, exp.Median, exp.Variance, exp.Stddev, exp.Reduce)
ADDING_NAMES = {
    "list_sum", "list_avg", "list_reduce", "array_sum", "array_avg", "fsum", "favg", "kahan_sum", "sumkahan", "mean",
    "list_aggregate", "array_aggregate", "aggregate", "reduce", "sum_no_overflow", "cumsum",
}  # fmt: skip
NO_FIGURE = (
    exp.Count, exp.CountIf, exp.Predicate, exp.Not, exp.And, exp.Or, exp.Length, exp.ArraySize, exp.RowNumber,
    exp.LogicalOr, exp.LogicalAnd, exp.ApproxDistinct,
)  # fmt: skip


def readings(name: str) -> Held | None:
    """What a table of readings holds, by its name: figures of any metric; None for another table."""
    is_readings = name.startswith("staging.") and name.endswith(("_readings", "_windows"))
    return {"value": "mixed"} if is_readings else None


def sums_of_uniques(tree: exp.Expression, tables: Mapping[str, Held]) -> list[str]:
    """Every place where the query adds up what may be unique, as SQL."""
    return _Walk(tables).query(tree)[1]


def held(tree: exp.Expression, tables: Mapping[str, Held]) -> Held:
    """What the columns of a query's result hold."""
    return _Walk(tables).query(tree)[0]


class _Walk:
    def __init__(self, tables: Mapping[str, Held]) -> None:
        self._tables = tables
        self._results: dict[int, Held] = {}
        self._found: list[str] = []

    def query(self, tree: exp.Expression) -> tuple[Held, list[str]]:
        root = build_scope(tree)
        if root is None:
            return {}, []
        for scope in root.traverse():
            self._results[id(scope.expression)] = self._of(scope)
        return self._results[id(root.expression)], list(dict.fromkeys(self._found))

    def _of(self, scope: Scope) -> Held:
        node = scope.expression
        if isinstance(node, exp.SetOperation):
            queries = [node.left.unnest(), node.right.unnest()]
            sides = [self._results.get(id(query), {}) for query in queries]
            names = [query.named_selects for query in queries]
            merged = dict(sides[0])
            for side, own in zip(sides[1:], names[1:], strict=True):
                for column, what in side.items():
                    place = own.index(column) if column in own else -1
                    merged.setdefault(names[0][place] if 0 <= place < len(names[0]) else column, what)
            return merged
        if not isinstance(node, exp.Select):
            return {}
        return self._select(node, self._sources(scope))

    def _sources(self, scope: Scope) -> dict[str, Held]:
        found: dict[str, Held] = {}
        for alias, source in scope.sources.items():
            if isinstance(source, Scope):
                found[alias] = self._results.get(id(source.expression), {})
            else:
                name = f"{source.db}.{source.name}"
                found[alias] = readings(name) or self._tables.get(name, {})
        return found

    def _select(self, select: exp.Select, sources: dict[str, Held]) -> Held:
        conditions = [select.args[part].this for part in ("where", "having", "qualify") if select.args.get(part)]
        conditions += [join.args["on"] for join in select.args.get("joins") or [] if join.args.get("on")]
        for condition in conditions:
            sources = _narrowed(sources, condition)
        for part in ("having", "qualify"):
            if select.args.get(part):
                self._figure(select.args[part].this, sources)
        result: Held = {}
        for projection in select.expressions:
            star = projection.this if isinstance(projection, exp.Column) else projection
            if isinstance(star, exp.Star):
                table = projection.table if isinstance(projection, exp.Column) else ""
                for alias, columns in sources.items():
                    result |= columns if table in ("", alias) else {}
                continue
            what = self._figure(projection.unalias(), sources)
            if what:
                result[projection.alias_or_name] = what
        return result

    def _figure(self, node: exp.Expression, sources: dict[str, Held]) -> str | None:
        """What an expression holds; sums inside of it are noted."""
        if isinstance(node, exp.Column):
            return _column(node, sources)
        if isinstance(node, exp.Subquery | exp.Select):
            inner = self._results.get(id(node.unnest()), {})
            return next(iter(inner.values()), None)
        if isinstance(node, exp.Filter):
            return self._figure(node.this, _narrowed(sources, node.expression.this))
        if isinstance(node, exp.Case):
            return self._case(node, sources)
        if isinstance(node, exp.Window | exp.ArgMax | exp.ArgMin):  # not what it is parted or ordered by
            return self._figure(node.this, sources)
        inside = self._figures(node.iter_expressions(), sources)
        adds = isinstance(node, ADDING) or (isinstance(node, exp.Anonymous) and node.name.lower() in ADDING_NAMES)
        if adds and inside:
            self._found.append(node.sql(dialect="duckdb"))
        if isinstance(node, exp.Add) and {self._figure(side, sources) for side in (node.left, node.right)} == {
            "unique"
        }:
            self._found.append(node.sql(dialect="duckdb"))
        return None if isinstance(node, NO_FIGURE) else inside

    def _figures(self, nodes: Iterable[exp.Expression], sources: dict[str, Held]) -> str | None:
        found = {self._figure(node, sources) for node in nodes}
        return "unique" if "unique" in found else "mixed" if "mixed" in found else None

    def _case(self, case: exp.Case, sources: dict[str, Held]) -> str | None:
        found = []
        for branch in case.args["ifs"]:
            condition = exp.EQ(this=case.this.copy(), expression=branch.this.copy()) if case.this else branch.this
            found.append(self._figures([branch.args["true"]], _narrowed(sources, condition)))
        if case.args.get("default"):
            found.append(self._figures([case.args["default"]], sources))
        return "unique" if "unique" in found else "mixed" if "mixed" in found else None


def _column(column: exp.Column, sources: dict[str, Held]) -> str | None:
    if column.name in UNIQUES:
        return "unique"
    looked = [sources[column.table]] if column.table in sources else sources.values()
    found = {columns.get(column.name) for columns in looked}
    return "unique" if "unique" in found else "mixed" if "mixed" in found else None


def _narrowed(sources: dict[str, Held], condition: exp.Expression) -> dict[str, Held]:
    """The sources under a condition: mixed figures become unique ones, or such as may be added."""
    for part in condition.flatten() if isinstance(condition, exp.And) else [condition]:
        inner = part.unnest()
        if isinstance(inner, exp.And):
            sources = _narrowed(sources, inner)
            continue
        said = _said(inner)
        if said is None:
            continue
        table, may_be_added = said
        sources = {
            alias: _after(columns, may_be_added=may_be_added) if table in ("", alias) else columns
            for alias, columns in sources.items()
        }
    return sources


def _after(columns: Held, *, may_be_added: bool) -> Held:
    if may_be_added:
        return {name: what for name, what in columns.items() if what == "unique"}
    # an unknown table's value is known to be unique once its rows are
    return {**dict.fromkeys(columns, "unique"), "value": "unique"}


def _said(condition: exp.Expression) -> tuple[str, bool] | None:
    """Which table's metric or kind a comparison speaks of, and whether its rows may then be added; None if of none."""
    negated = isinstance(condition, exp.NEQ | exp.NullSafeNEQ | exp.Not)
    inner = condition.this.unnest() if isinstance(condition, exp.Not) else condition
    if not isinstance(inner, exp.EQ | exp.NEQ | exp.NullSafeNEQ | exp.In):
        return None
    sides = [inner.this, *(inner.expressions if isinstance(inner, exp.In) else [inner.expression])]
    columns = [side for side in sides if isinstance(side, exp.Column) and side.name in ("metric", "kind")]
    words = {side.this for side in sides if isinstance(side, exp.Literal)}
    if len(columns) != 1 or not words:
        return None
    [column] = columns
    uniques, addable = (UNIQUES, ADDABLE) if column.name == "metric" else ({"unique"}, KINDS)
    if negated:
        return (column.table, True) if uniques <= words else None
    if words & uniques:
        return column.table, False
    return (column.table, True) if words <= addable else None
