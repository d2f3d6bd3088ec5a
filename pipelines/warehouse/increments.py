"""Increments: building again only what is new of a model, as its header allows (`incremental:` names the key).

The key is the work unit, `post_id`. A model over raw streams grows by the rows that its query makes of the rows that
are new there. A model over other models is computed again for the changed keys alone: of every input that is
incremental by the same key it sees those keys' rows and no others. Either way what comes out is what a full rebuild
gives. Whatever else has changed (the query, the configuration, a seed, an input that was made anew) asks for a full
rebuild, and so does everything that cannot be told apart here: a run that came in two parts, a row that stands already.

Each step is one transaction: rows, the model's state, and in `ops.changes` the keys whose rows differ now, from which
the next models know their work. A kill leaves either all of it or nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipelines.warehouse.model import Contract, SqlModel, refuse_broken
from pipelines.warehouse.tails import FIRST_ROWS, cut, earliest, first_rows, keys_in, leave_resting

if TYPE_CHECKING:
    from collections.abc import Mapping

    import duckdb

CHANGES = """
create or replace table ops.changes (model varchar, step bigint, from_token varchar, to_token varchar, keys bigint)
"""

CHANGED_KEYS = """
create or replace table ops.changed_keys (model varchar, step bigint, key varchar, since timestamptz)
"""

KEPT_STEPS = 10
"""How many steps of a model are remembered: who reads it and lies further behind is built in full."""

_STANDING = "held.rowid as standing_row, held.*"

LARGE_PART, SMALL = 0.3, 100_000
"""A table of which more than this part would be made anew, and more than so many rows, is sooner built in full."""


@dataclass(frozen=True)
class Plan:
    """What a step works on.

    Args:
        grown: raw tables -> the number of rows that were there before.
        changed: models among the inputs -> the steps whose keys changed.
    """

    grown: Mapping[str, int] = field(default_factory=dict[str, int])
    changed: Mapping[str, list[int]] = field(default_factory=dict[str, "list[int]"])


@dataclass(frozen=True)
class Step:
    """What a step did.

    Args:
        touched: keys that were computed again.
        changed: those of them whose rows differ now.
        deleted: rows taken out.
        inserted: rows put in.
    """

    touched: int
    changed: int
    deleted: int
    inserted: int


def ensure_tables(con: duckdb.DuckDBPyConnection) -> None:
    """Create the bookkeeping of steps, empty."""
    for table in (CHANGES, CHANGED_KEYS, FIRST_ROWS):
        con.execute(table)


def raw_token(rows: int, pages: str) -> str:
    """The state of a raw table: how many rows it has, so that those after them are the new ones, and of which pages."""
    return f"{rows} rows of {pages}"


def plan(con: duckdb.DuckDBPyConnection, before: Mapping[str, str], now: Mapping[str, str]) -> Plan | None:
    """Whether the inputs' change from one state to another can be followed row by row.

    Args:
        con: the writer's connection.
        before: each input's token when the table was last built.
        now: each input's token.

    Returns:
        What to work on; None where only a full rebuild is right.
    """
    if set(before) != set(now):
        return None
    grown: dict[str, int] = {}
    changed: dict[str, list[int]] = {}
    for name, token in now.items():
        is_stream = name.startswith("raw.") and "__" in name
        if is_stream:
            grown[name] = int(before[name].split(" ", 1)[0])
        if token == before[name]:
            if not is_stream:
                changed[name] = []
            continue
        if is_stream:
            if int(token.split(" ", 1)[0]) < grown[name]:
                return None
            continue
        steps = _steps_between(con, name, before[name], token)
        if steps is None:
            return None
        changed[name] = steps
    if grown and any(changed.values()):
        return None
    return Plan(grown, {} if grown else {name: steps for name, steps in changed.items() if steps})


def _steps_between(con: duckdb.DuckDBPyConnection, name: str, before: str, now: str) -> list[int] | None:
    listed = con.execute("select from_token, to_token, step from ops.changes where model = ?", [name]).fetchall()
    following = {str(from_token): (str(to_token), int(step)) for from_token, to_token, step in listed}
    steps: list[int] = []
    at = before
    while at != now:
        if at not in following or len(steps) > len(following):
            return None
        at, step = following[at]
        steps.append(step)
    return steps


def take_step(
    con: duckdb.DuckDBPyConnection, model: SqlModel, work: Plan, keyed: Mapping[str, str | None]
) -> Step | None:
    """Bring a model's table up to date, inside the caller's transaction.

    Args:
        con: the writer's connection, in a transaction.
        model: whose table stands, as of the state before.
        work: what has changed.
        keyed: the inputs that are incremental by the same key -> the time their tail goes by.

    Returns:
        What was done; its changed keys are left in the temporary table `step_changed`. None where a full rebuild is
        right, or is less work; the transaction is to be rolled back then.

    Raises:
        CheckError: the new rows break a promise.
    """
    name, contract = model.name, model.contract
    for table in ("step_keys", "step_rows", "step_standing", "step_changed"):
        con.execute(f"drop table if exists temp.{table}")
    is_possible = _grow(con, model, work.grown) if work.grown else _compute_again(con, model, work, keyed)
    if not is_possible:
        return None
    refuse_broken(con, "temp.step_rows", contract, where=name)
    touched = _count(con, "temp.step_keys")
    if _count(con, "temp.step_standing"):
        _keep_what_differs(con, contract)
    key, since = contract.incremental, contract.tail and (contract.tail.since or contract.tail.by)
    listed = f"{key} as key, {since}" if since else f"{key} as key"
    con.execute(
        f"""
        create temp table step_changed as
        select key, {earliest(model)} as since
        from (select {listed} from temp.step_rows union all select {listed} from temp.step_standing)
        group by key
        order by key
        """
    )
    deleted, inserted = _count(con, "temp.step_standing"), _count(con, "temp.step_rows")
    if deleted:
        con.execute(f"delete from {name} where rowid in (select standing_row from temp.step_standing)")
    order = f" order by {', '.join(model.readers_order)}" if model.readers_order else ""
    con.execute(f"insert into {name} select {_listed(contract)} from temp.step_rows{order}")
    first_rows(con, model, since_step=True)
    return Step(touched, _count(con, "temp.step_changed"), deleted, inserted)


def _grow(con: duckdb.DuckDBPyConnection, model: SqlModel, grown: Mapping[str, int]) -> bool:
    """Make the rows that the new rows of raw tables come to; False where they may speak of rows that stand."""
    if _has_split_run(con, grown):
        return False
    key = model.contract.incremental
    new = {name: f"select * from {name} where rowid >= {rows}" for name, rows in grown.items()}
    _compute(con, model, new, "select * from step_made")
    con.execute(f"create temp table step_keys as select distinct {key} as key from temp.step_rows")
    con.execute(f"create temp table step_standing as select rowid as standing_row, * from {model.name} where false")
    return not _stands_already(con, model.name, model.contract)


def _compute_again(
    con: duckdb.DuckDBPyConnection, model: SqlModel, work: Plan, keyed: Mapping[str, str | None]
) -> bool:
    """Make the changed keys' rows anew, beside those that stand; False where these are a large part of the table."""
    _gather_keys(con, work)
    key = str(model.contract.incremental)
    timed = {name: by for name, by in keyed.items() if by is not None}
    if model.contract.tail is not None:
        part = cut(con, model, timed, work.changed)
        standing = part.of_own(model.name, _STANDING, stands=True)
        inputs = {name: part.of_input(name, by) for name, by in keyed.items()}
        kept = part.of_own("step_made", "held.*", stands=False)
    else:
        leave_resting(con, model, keyed)
        keys = keys_in(con, "step_keys", timed=timed)
        standing = keys.rows(model.name, key, columns=_STANDING)
        inputs = {name: keys.rows(name, key, by=by) for name, by in keyed.items()}
        kept = "select * from step_made"
    con.execute(f"create temp table step_standing as {standing}")
    stood = _count(con, "temp.step_standing")
    if stood > SMALL and stood > LARGE_PART * _count(con, model.name):
        return False
    _compute(con, model, inputs, kept)
    return True


def _gather_keys(con: duckdb.DuckDBPyConnection, work: Plan) -> None:
    """The changed keys, each with the first instant that something new is said of; null where nobody can tell."""
    steps = [(name, step) for name, listed in work.changed.items() for step in listed]
    con.execute(
        """
        create temp table step_keys as
        select key, case when count(*) = count(since) then min(since) end as since
        from ops.changed_keys
        where (model, step) in (select unnest(?::varchar[]), unnest(?::bigint[]))
        group by key order by key
        """,
        [[name for name, _ in steps], [step for _, step in steps]],
    )


def _compute(con: duckdb.DuckDBPyConnection, model: SqlModel, parts: Mapping[str, str], kept: str) -> None:
    """Run the query with each of some inputs replaced by a part of it, and put what is kept of it into `step_rows`."""
    sql = model.sql
    held: list[str] = []
    for name, part in parts.items():
        held.append(name.replace(".", "__"))
        # a view, not a table: the query takes of it only the columns that it reads
        con.execute(f"create or replace temp view {held[-1]} as {part}")
        alias = name.split(".")[1]
        table = rf"\b{re.escape(name)}\b"
        sql = re.sub(rf"{table}(?=\s+as\b)", f"temp.{held[-1]}", sql)
        sql = re.sub(table, f"temp.{held[-1]} as {alias}", sql)
    with model.answered(con, sql) as rows:
        con.execute(f"create temp table step_rows as\nwith step_made as materialized (\n{rows}\n)\n{kept}")
    for name in held:
        con.execute(f"drop view temp.{name}")


def _has_split_run(con: duckdb.DuckDBPyConnection, grown: Mapping[str, int]) -> bool:
    """Whether a run has rows before and after: what it said later may speak of what it said before."""
    new = " union ".join(f"select run_id from {name} where rowid >= {rows}" for name, rows in grown.items())
    old = " union all ".join(f"select run_id from {name} where rowid < {rows}" for name, rows in grown.items())
    con.execute(f"create or replace temp table step_runs as {new}")
    [(least, most)] = con.execute("select min(run_id), max(run_id) from temp.step_runs").fetchall()
    found = con.execute(
        f"""
        select 1 from ({old}) as stood
        where run_id between ? and ? and run_id in (select run_id from temp.step_runs)
        limit 1
        """,
        [least, most],
    ).fetchall()
    return bool(found)


def _stands_already(con: duckdb.DuckDBPyConnection, name: str, contract: Contract) -> bool:
    """Whether a new row has the key of one that stands: which of the two holds is for the whole query to say."""
    kinds = {row[0]: row[1] for row in con.execute("describe temp.step_rows").fetchall()}
    timed = [column for column in contract.key if kinds[column].startswith("TIMESTAMP")]
    # bounds in plain words let the engine pass over what lies outside of them
    bounds: list[str] = []
    for column in timed:
        [(least, most)] = con.execute(f'select min("{column}"), max("{column}") from temp.step_rows').fetchall()
        if least is not None:
            bounds.append(f"stood.\"{column}\" between '{least}' and '{most}'")
    same = " and ".join(f'stood."{column}" is not distinct from fresh."{column}"' for column in contract.key)
    where = " and ".join(bounds) or "true"
    return bool(
        con.execute(
            f"select 1 from {name} as stood inner join temp.step_rows as fresh on {same} where {where} limit 1"
        ).fetchall()
    )


def _keep_what_differs(con: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    """Leave of the rows that stand those that are to go, and of the rows made anew those that are not there yet."""
    same_key = " and ".join(f'standing."{column}" = fresh."{column}"' for column in contract.key)
    same = " and ".join(f'standing."{c}" is not distinct from fresh."{c}"' for c in contract.columns) or "true"
    con.execute(
        f"""
        create or replace temp table step_same as
        select standing.standing_row, fresh.rowid as fresh_row
        from temp.step_standing as standing inner join temp.step_rows as fresh on {same_key}
        where {same}
        """
    )
    if not _count(con, "temp.step_same"):
        return
    for table, row in (("step_standing", "standing_row"), ("step_rows", "fresh_row")):
        own = "standing_row" if table == "step_standing" else "rowid"
        con.execute(
            f"""
            create or replace temp table {table} as
            select * from temp.{table} as held
            where not exists (select 1 from temp.step_same as same where same.{row} = held.{own})
            """
        )


def _listed(contract: Contract) -> str:
    return ", ".join(f'"{column}"' for column in contract.columns)


def _count(con: duckdb.DuckDBPyConnection, table: str) -> int:
    return int(con.execute(f"select count(*) from {table}").fetchall()[0][0])


def remember_step(con: duckdb.DuckDBPyConnection, name: str, before: str, now: str) -> None:
    """Write down which keys a step changed, for the models that read this one."""
    [(step,)] = con.execute("select coalesce(max(step), 0) + 1 from ops.changes where model = ?", [name]).fetchall()
    con.execute("insert into ops.changes select ?, ?, ?, ?, count(*) from temp.step_changed", [name, step, before, now])
    con.execute("insert into ops.changed_keys select ?, ?, key, since from temp.step_changed", [name, step])
    for table in ("ops.changes", "ops.changed_keys"):
        con.execute(f"delete from {table} where model = ? and step <= ?", [name, step - KEPT_STEPS])


def forget_steps(con: duckdb.DuckDBPyConnection, name: str) -> None:
    """A table made anew has no steps: who reads it is built in full."""
    for table in ("ops.changes", "ops.changed_keys"):
        con.execute(f"delete from {table} where model = ?", [name])
