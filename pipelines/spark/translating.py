"""A model's query in Spark's words: sqlglot carries it over, and a few phrases are put so that both mean the same.

What differs is not the text but its meaning: DuckDB passes over NULL in `max_by`, gives NULL beyond a list's end,
counts borders between two instants and not whole units, and rounds a decimal to a double otherwise. Each rule below
says one such difference away; none knows a model.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import sqlglot
from sqlglot import exp

if TYPE_CHECKING:
    from sqlglot.expressions.core import Expr

_SECONDS, _MICROSECONDS = "unix_seconds", "unix_micros"
"""Spark's functions of an instant that give their number since 1970."""


def view_of(table: str) -> str:
    """The name under which a session of Spark knows a table: `marts.dim_post` is `marts__dim_post`."""
    return table.replace(".", "__")


def to_spark(sql: str) -> tuple[str, tuple[str, ...]]:
    """A query of DuckDB's in Spark's words.

    Returns:
        The query, over views as `view_of` names them, and the tables it reads, schema included, sorted.

    Raises:
        sqlglot.errors.SqlglotError: it cannot be carried over.
    """
    tree = sqlglot.parse_one(sql, read="duckdb")
    tables = sorted({f"{table.db}.{table.name}" for table in tree.find_all(exp.Table) if table.db})
    for rule in _RULES:
        tree = tree.transform(rule, copy=False)  # the tree is ours, and a copy for each rule is half of the time
    return tree.sql(dialect="spark", unsupported_level=sqlglot.ErrorLevel.RAISE), tuple(tables)


def _table(node: Expr) -> Expr:
    """A table is a view of the session; it goes by its own name, as in the query."""
    if isinstance(node, exp.Table) and node.db:
        alias = node.alias or node.name
        node.set("this", exp.to_identifier(view_of(f"{node.db}.{node.name}")))
        node.set("db", None)
        node.set("alias", exp.TableAlias(this=exp.to_identifier(alias)))
    return node


def _group(node: Expr) -> Expr:
    """`group by all`, said in full."""
    if isinstance(node, exp.Select) and (group := node.args.get("group")) and group.args.get("all"):
        if any(isinstance(one, exp.Star) or one.is_star for one in node.expressions):
            raise sqlglot.UnsupportedError("`group by all` beside a `*`: name the columns")
        plain = [one.unalias() for one in node.expressions if not _is_aggregated(one, node)]
        node.set("group", exp.Group(expressions=[one.copy() for one in plain]) if plain else None)
    return node


def _is_aggregated(node: Expr, select: exp.Select) -> bool:
    """Whether a column of a select is an aggregate of its rows: a window's function, or a subquery's, is none."""
    return any(one.find_ancestor(exp.Window, exp.Select) is select for one in node.find_all(exp.AggFunc))


def _united(node: Expr) -> Expr:
    """A `qualify` is carried over by a column more: beside a `*` the rows fit no others of a union."""
    if isinstance(node, exp.SetOperation):
        for side in (node.left.unnest(), node.right.unnest()):
            if not isinstance(side, exp.Select) or not side.is_star:
                continue
            read = {table.name for table in side.find_all(exp.Table)}
            named = [cte.this for cte in node.root().find_all(exp.CTE) if cte.alias in read]
            if any(one.args.get("qualify") and one.is_star for one in (side, *named)):
                raise sqlglot.UnsupportedError("`select *` beside a `qualify` in a union: name the columns")
    return node


def _unnested(node: Expr) -> Expr:
    """`from posts, unnest(posts.items) as listed (item)`: an item is a column of the rows and goes by its name."""
    source = node.args.get("from_") if isinstance(node, exp.Select) else None
    joins: list[Any] = list(node.args.get("joins") or ()) if source else []
    for join in joins:
        if isinstance(join.this, exp.Unnest) and source is not None:
            listed, item = join.this.args["alias"].name, join.this.args["alias"].columns[0].name
            exploded = exp.Explode(this=join.this.expressions[0].copy()).as_(item)
            rows = exp.select("*", exploded).from_(source.this.copy())
            source.set("this", rows.subquery(source.this.alias_or_name))
            join.pop()
            for column in list(node.find_all(exp.Column)):
                _by_its_own_name(column, listed, item)
    return node


def _by_its_own_name(column: exp.Column, listed: str, item: str) -> None:
    parts = [part.name for part in column.parts]
    if parts[:2] == [listed, item]:
        named = [exp.to_identifier(one) for one in parts[2:]]
        column.replace(exp.Dot.build([exp.column(item), *named]) if named else exp.column(item))


def _extreme(node: Expr) -> Expr:
    """`max_by(a, b)` passes over rows without `a`."""
    if isinstance(node, exp.ArgMax | exp.ArgMin) and not isinstance(node.parent, exp.Filter):
        return exp.Filter(this=node.copy(), expression=exp.Where(this=_is_there(node.this)))
    if isinstance(node, exp.Filter) and isinstance(node.this, exp.ArgMax | exp.ArgMin):
        said = node.expression.this
        if not said.find(exp.Is) or said != _is_there(node.this.this):
            node.set("expression", exp.Where(this=exp.and_(said, _is_there(node.this.this))))
    return node


def _is_there(node: Expr) -> Expr:
    return exp.not_(exp.Is(this=node.copy(), expression=exp.null()))


def _filtered(node: Expr) -> Expr:
    """`sum(x) filter (where …)` is said with a case: not every engine of Spark's can plan the other."""
    if not isinstance(node, exp.Filter) or isinstance(node.this, exp.ArgMax | exp.ArgMin):
        return node
    counted = exp.Literal.number(1) if isinstance(node.this.this, exp.Star) else node.this.this
    if isinstance(counted, exp.Distinct):
        return node
    said = node.this.copy()
    said.set("this", exp.Case().when(node.expression.this, counted))
    return said


def _between(node: Expr) -> Expr:
    """`date_diff` counts the borders that lie between two instants; `epoch_us` is an instant's own number."""
    if isinstance(node, exp.DateDiff):
        unit = node.text("unit").lower() or "day"
        if unit == "day":
            return exp.Anonymous(this="datediff", expressions=[node.this, node.expression])
        if unit == "second":
            later, earlier = (exp.Anonymous(this=_SECONDS, expressions=[one]) for one in (node.this, node.expression))
            return exp.paren(exp.Sub(this=later, expression=earlier))
        raise sqlglot.UnsupportedError(f"a span in units of {unit}: count it in seconds or days, or by epoch_us")
    if isinstance(node, exp.Anonymous) and node.name.lower() == "epoch_us":
        return exp.Anonymous(this=_MICROSECONDS, expressions=node.expressions)
    return node


def _item(node: Expr) -> Expr:
    """What lies beyond a list's end is NULL, and lists begin with 1."""
    if isinstance(node, exp.Bracket) and len(node.expressions) == 1 and node.expressions[0].is_int:
        # sqlglot has counted from 0 already
        return exp.Anonymous(this="get", expressions=[node.this, node.expressions[0]])
    return node


def _pattern(node: Expr) -> Expr:
    """A whole match, and a split by plain text: Spark knows neither."""
    if isinstance(node, exp.RegexpFullMatch):
        whole = exp.Literal.string(f"^(?:{node.expression.name})$")
        return exp.RegexpLike(this=node.this, expression=whole)
    if isinstance(node, exp.Split) and node.expression.is_string:
        by = exp.Literal.string(re.escape(node.expression.name).replace("\\ ", " "))
        return exp.Anonymous(this="split", expressions=[node.this, by])
    return node


def _double(node: Expr) -> Expr:
    """A decimal goes into a double through its text, which every engine reads as the nearest there is."""
    if isinstance(node, exp.Cast) and node.to.is_type("double") and _is_decimal(node.this):
        node.set("this", exp.cast(node.this, "varchar"))
    return node


def _is_decimal(node: Expr) -> bool:
    if isinstance(node, exp.Sum | exp.Window):
        return _is_decimal(node.this)
    return isinstance(node, exp.Cast) and node.to.is_type("decimal")


_RULES = (_group, _united, _unnested, _table, _extreme, _filtered, _between, _item, _pattern, _double)
