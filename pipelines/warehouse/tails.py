"""Tails: of a key whose new rows all lie at its end, only the end is computed again.

A model whose header has `tail:` says by which time its rows are ordered, and how far back a row may look. Then one
more night costs what came in that night, however long the history is. A full build lays such a table down in the order
of time and increments append to it, so that a bound in plain words lets the engine pass over all that is older; and of
each key it is known where its first row lies (`ops.first_rows`), for those that are computed again whole.

Which keys have a tail is decided for each of them at each step. Late readings, first readings, and whatever else is
learned of a post take the way of the whole history, in the same step.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    import duckdb

    from pipelines.warehouse.model import SqlModel, Tail

FIRST_ROWS = "create or replace table ops.first_rows (model varchar, key varchar, first_at timestamptz)"

NIGHT = "interval 2 days"
"""Keys whose news begin so much before those of the median key are late ones: bounds are of the others."""

_IS_LATE = f"(since is null or since < (select quantile_disc(since, 0.5) from temp.step_keys) - {NIGHT})"

LOOKBACK = "interval 4 days"
"""How far before the night the last row of a series is looked for: one that is read more rarely is computed whole."""


@dataclass(frozen=True)
class Keys:
    """Some keys, and where their rows lie.

    Args:
        table: temporary, with a column `key`.
        least, most: of them; None where there are none.
        first_at: model -> the time of their first row there, as a literal.
    """

    table: str
    least: str | None
    most: str | None
    first_at: Mapping[str, str]

    def rows(self, name: str, key: str, *, by: str | None = None, columns: str = "held.*") -> str:
        """All rows of the keys.

        Args:
            name: the table.
            key: its column.
            by: the table's time, if its keys' first rows are known.
            columns: what to select; the table is `held`.
        """
        if self.least is None or self.most is None or (by is not None and name not in self.first_at):
            return f"select {columns} from {name} as held where false"
        # bounds in plain words let the engine pass over what lies outside of them
        where = f"held.{key} in (select key from temp.{self.table})"
        where += f" and held.{key} between {_quoted(self.least)} and {_quoted(self.most)}"
        if by is not None:
            where += f" and held.{by} >= '{self.first_at[name]}'"
        return f"select {columns} from {name} as held where {where}"


def keys_in(con: duckdb.DuckDBPyConnection, table: str, *, timed: Iterable[str] = ()) -> Keys:
    """The keys in a temporary table, and where their first rows lie in some models with a tail."""
    [(least, most)] = con.execute(f"select min(key), max(key) from temp.{table}").fetchall()
    names = [] if least is None else list(timed)
    query = f"""
        select model, min(first_at)::varchar from ops.first_rows
        where model in (select unnest(?)) and key between ? and ? and key in (select key from temp.{table})
        group by model having min(first_at) is not null
    """
    found = con.execute(query, [names, least, most]).fetchall() if names else []
    return Keys(table, least, most, dict(found))


@dataclass(frozen=True)
class Cut:
    """Which rows of a model, and of what it reads, a step works on.

    Args:
        model: whose step it is.
        inputs_from: no row of an input that a tail needs is older; None where no key has a tail.
        own_from: no row of a tail is older; as a literal, as the model's own time is.
        every: the keys of the step.
        whole: those of them that are computed whole.
    """

    model: SqlModel
    inputs_from: str | None
    own_from: str | None
    every: Keys
    whole: Keys

    def of_input(self, name: str, by: str | None) -> str:
        """The rows of an input that the step needs; `by` is the input's time, None where it has none."""
        key = str(self.model.contract.incremental)
        if by is None:
            return self.every.rows(name, key)
        parts: list[str] = []
        if self.inputs_from is not None:
            parts.append(
                f"select held.* from {name} as held inner join temp.step_tails as tails on {_same(_series(self.model))}"
                f" and held.{by} >= tails.inputs_from where held.{by} >= '{self.inputs_from}'"
            )
        if self.whole.least is not None:
            parts.append(self.whole.rows(name, key, by=by))
        return " union all ".join(parts) or f"select * from {name} where false"

    def of_own(self, table: str, columns: str, *, stands: bool) -> str:
        """The model's rows that the step replaces (`stands`), or of those it made the ones that replace them."""
        tail = _tail(self.model)
        parts: list[str] = []
        if self.own_from is not None:
            after = ">" if tail.begins else ">="
            bound = f" where held.{tail.by} >= '{self.own_from}'" if stands else ""
            parts.append(
                f"select {columns} from {table} as held inner join temp.step_tails as tails on"
                f" {_same(_series(self.model))} and held.{tail.by} {after} tails.own_from{bound}"
            )
        if self.whole.least is not None:
            key = str(self.model.contract.incremental)
            parts.append(self.whole.rows(table, key, by=tail.by if stands else None, columns=columns))
        return " union all ".join(parts) or f"select {columns} from {table} as held where false"


def cut(con: duckdb.DuckDBPyConnection, model: SqlModel, timed: Mapping[str, str], changed: Collection[str]) -> Cut:
    """Decide of each key in `step_keys` how much of it a step computes again.

    Leaves the keys that are computed whole in `step_whole`, and where the others' rows begin in `step_tails`.

    Args:
        con: the writer's connection, in a transaction.
        model: whose step it is; it has a tail.
        timed: inputs that have a time -> that time.
        changed: inputs with news.
    """
    tail = _tail(model)
    con.execute(f"create or replace temp table step_whole as select key from temp.step_keys where {_IS_LATE}")
    if tail.begins:
        _find_beginnings(con, model, {name: by for name, by in timed.items() if name in changed})
    else:
        _find_instants(con, model)
    query = "select min(inputs_from)::varchar, min(own_from)::varchar from temp.step_tails"
    [(inputs_from, own_from)] = con.execute(query).fetchall()
    whole = keys_in(con, "step_whole", timed=[*timed, model.name])
    return Cut(model, inputs_from, own_from, keys_in(con, "step_keys"), whole)


def _find_instants(con: duckdb.DuckDBPyConnection, model: SqlModel) -> None:
    """Of each key the instant, or the local day, since which it has news."""
    key = model.contract.incremental
    day, columns = "", "since as inputs_from, since as own_from"
    if _tail(model).of_days:
        day = "inner join seeds.calendar as day on keys.since >= day.starts_at and keys.since < day.ends_at"
        columns = "day.starts_at as inputs_from, day.local_date as own_from"
    con.execute(
        f"""
        create or replace temp table step_tails as
        select keys.key as {key}, {columns}
        from temp.step_keys as keys {day}
        where keys.key not in (select key from temp.step_whole)
        """
    )
    # outside of the calendar nobody knows the day
    con.execute(
        f"""
        insert into temp.step_whole
        select key from temp.step_keys
        where key not in (select key from temp.step_whole) and key not in (select {key} from temp.step_tails)
        """
    )


def _find_beginnings(con: duckdb.DuckDBPyConnection, model: SqlModel, news: Mapping[str, str]) -> None:
    """Of each series with news the last row before them at which computing may begin; keys without one are whole."""
    tail, key = _tail(model), model.contract.incremental
    con.execute("create or replace temp table step_near as from temp.step_keys anti join temp.step_whole using (key)")
    query = f"select min(since)::varchar, (min(since) - {LOOKBACK})::varchar from temp.step_near"
    [(night, lookback)] = con.execute(query).fetchall()
    if night is None:
        night = lookback = "infinity"
    series = ", ".join(f"held.{column}" for column in _series(model))
    fresh = " union ".join(
        f"select distinct {series} from {name} as held inner join temp.step_near as near"
        f" on held.{key} = near.key and held.{by} >= near.since where held.{by} >= '{night}' and ({tail.takes})"
        for name, by in news.items()
    )
    con.execute(
        f"""
        create or replace temp table step_series as
        with fresh as ({fresh or f"select {series} from {model.name} as held where false"}),
        standing as (
            select {series},
                max(held.{tail.by}) filter (where held.{tail.by} < near.since and ({tail.begins})) as begun,
                bool_or(held.{tail.by} >= near.since) as is_late
            from {model.name} as held inner join temp.step_near as near on held.{key} = near.key
            where held.{tail.by} >= '{lookback}'
            group by {series}
        )
        select {series.replace("held.", "fresh.")}, held.begun, coalesce(held.is_late, false) as is_late
        from fresh left join standing as held on {_same(_series(model)).replace("tails.", "fresh.")}
        union all
        select {series}, held.begun, true as is_late from standing as held where held.is_late
        """
    )
    con.execute(
        f"insert into temp.step_whole select distinct {key} from temp.step_series where begun is null or is_late"
    )
    con.execute(
        f"""
        create or replace temp table step_tails as
        select {series}, begun as inputs_from, begun as own_from
        from temp.step_series as held where {key} not in (select key from temp.step_whole)
        """
    )


def leave_resting(con: duckdb.DuckDBPyConnection, model: SqlModel, keyed: Mapping[str, str | None]) -> None:
    """Take the keys out of `step_keys` whose rows stand as they are, whatever is new of them, as the header says."""
    rests, key = model.contract.rests, str(model.contract.incremental)
    by = keyed.get(rests.news_of) if rests is not None else None
    if rests is None or by is None:
        return
    con.execute(f"create or replace temp table step_near as from temp.step_keys where not {_IS_LATE}")
    [(night,)] = con.execute("select min(since)::varchar from temp.step_near").fetchall()
    if night is None:
        return
    con.execute(
        f"""
        delete from temp.step_keys
        where key in (select key from temp.step_near) and key not in (
            with standing as ({keys_in(con, "step_near").rows(model.name, key)})
            select news.{key}
            from {rests.news_of} as news
            inner join temp.step_near as near on news.{key} = near.key and news.{by} >= near.since
            where news.{by} >= '{night}' and ({rests.unless})
        )
        """
    )


def first_rows(con: duckdb.DuckDBPyConnection, model: SqlModel, *, since_step: bool) -> None:
    """Write down where the keys' first rows lie: of all, or after a step of the rows it made that are the first now."""
    tail, key = model.contract.tail, model.contract.incremental
    if tail is None:
        return
    if not since_step:
        con.execute("delete from ops.first_rows where model = ?", [model.name])
        con.execute(
            f"insert into ops.first_rows select ?, {key}, min({tail.by}) from {model.name} group by all", [model.name]
        )
        return
    [(least, most)] = con.execute(f"select min({key}), max({key}) from temp.step_rows").fetchall()
    con.execute(
        f"""
        insert into ops.first_rows
        select $model, fresh.key, fresh.first_at
        from (select {key} as key, min({tail.by}) as first_at from temp.step_rows group by all) as fresh
        where not exists (
            select 1 from ops.first_rows as known
            where known.model = $model and known.key between $least and $most
                and known.key = fresh.key and known.first_at <= fresh.first_at
        )
        """,
        {"model": model.name, "least": least, "most": most},
    )


def earliest(model: SqlModel) -> str:
    """The aggregate that says since when some rows speak: null where one of them does not say, or none may."""
    tail = model.contract.tail
    if tail is None:
        return "null::timestamptz"
    column = tail.since or tail.by
    return f"case when count(*) = count({column}) then min({column})::timestamptz end"


def _tail(model: SqlModel) -> Tail:
    tail = model.contract.tail
    if tail is None:
        raise TypeError(f"{model.name} has no tail")
    return tail


def _series(model: SqlModel) -> list[str]:
    tail = _tail(model)
    return list(tail.series) if tail.begins else [str(model.contract.incremental)]


def _same(columns: list[str]) -> str:
    return " and ".join(f"held.{column} = tails.{column}" for column in columns)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
