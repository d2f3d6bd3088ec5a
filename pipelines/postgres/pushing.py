"""The push: one transaction that makes a schema of PostgreSQL equal to what is published.

Rows are compared there and only those that differ are deleted and inserted. So a reader is never shut out and never
sees half: each statement sees one publication, and so does a transaction that is `repeatable read` (a table that is
dropped, truncated or swapped in by name would look empty to it). Views and grants of others stay, and a night's push
leaves as many dead rows as rows have changed.

`syfte_ledger` in that schema says which tables are ours, their shape, and the digest of their rows: what has not
changed is skipped, and nothing is ever dropped that is not in it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, LiteralString, cast

from pipelines.errors import BusyError, ConfigurationError
from pipelines.events import Event, OnEvent, silent
from pipelines.postgres.connecting import Session, import_driver, transaction
from pipelines.postgres.shapes import Table, read_tables, text_rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import duckdb

    from pipelines.postgres.address import Address

LEDGER = "syfte_ledger"
_NULLS_IN_UNIQUE_KEYS = 150000
"""PostgreSQL 15: `unique nulls not distinct`."""

_SESSION = (
    "set local search_path = pg_catalog, pg_temp",  # no object of another's can take the place of a function
    "set local timezone = 'UTC'",
    "set local lock_timeout = '60s'",
    "set local statement_timeout = 0",
    "set local work_mem = '64MB'",
    "set local enable_nestloop = off",  # of two large tables that have not been analysed
    "set local enable_mergejoin = off",  # sorting both costs twice as much as hashing one
    "set local jit = off",
    "set local client_min_messages = warning",
)


@dataclass
class Pushed:
    """What a push did.

    Args:
        place: where, for people.
        schema: which.
        rows: table -> its rows, for every table.
        changed: tables that were created, altered, or of which a row differed.
        deleted: rows that were deleted.
        inserted: rows that were inserted.
        dropped: tables that are no longer published.
    """

    place: str
    schema: str
    rows: dict[str, int] = field(default_factory=dict[str, int])
    changed: list[str] = field(default_factory=list[str])
    deleted: int = 0
    inserted: int = 0
    dropped: list[str] = field(default_factory=list[str])


@dataclass(frozen=True)
class Target:
    """Where to.

    Args:
        address: of the database.
        schema: of ours; created where it is not there.
        readers: a role that may read it; None grants nothing.
    """

    address: Address
    schema: str
    readers: str | None = None


def push(
    readers: duckdb.DuckDBPyConnection,
    target: Target,
    *,
    keys: Mapping[str, Sequence[str]],
    compare_all: bool = False,
    on_event: OnEvent = silent,
) -> Pushed:
    """Make the schema equal to the readers' database, in one transaction.

    Args:
        readers: the readers' database, open.
        target: where to.
        keys: table -> the columns that tell its rows apart.
        compare_all: compare every row, also of tables whose digest says that nothing has changed.
        on_event: told of each table that changes.

    Raises:
        ConfigurationError: the schema is another's, or the role is not there.
        CredentialError, SourceError, BusyError: see `answers.py`; nothing was changed.
    """
    import_driver()
    tables = read_tables(readers, keys)
    done = Pushed(target.address.place, target.schema)
    with transaction(target.address) as session:
        _Push(readers, session, target, done, on_event).run(tables, compare_all=compare_all)
    return done


class _Push:
    def __init__(
        self,
        readers: duckdb.DuckDBPyConnection,
        session: Session,
        target: Target,
        done: Pushed,
        on_event: OnEvent,
    ) -> None:
        self._readers = readers
        self._session = session
        self._con = session.con
        self._target = target
        self._done = done
        self._on_event = on_event

    def run(self, tables: Sequence[Table], *, compare_all: bool) -> None:
        self._session.doing = f"schema {self._target.schema}"
        for statement in _SESSION:
            self._do(statement)
        self._take_turn()
        known = self._prepare_schema()
        for table in tables:
            self._session.doing = f"table {self._target.schema}.{table.name}"
            self._bring_up_to_date(table, known.get(table.name), compare_all=compare_all)
            self._done.rows[table.name] = table.rows
        for name in sorted(known.keys() - self._done.rows.keys()):
            self._session.doing = f"table {self._target.schema}.{name}"
            self._do("drop table if exists {table}", table=name)
            self._do("delete from {table} where table_name = %s", [name], table=LEDGER)
            self._done.dropped.append(name)
        if self._target.readers is not None:
            self._session.doing = f"rights of {self._target.readers}"
            self._grant(self._target.readers)

    def _take_turn(self) -> None:
        [(is_ours,)] = self._rows(
            "select pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [f"syfte:{self._target.schema}"]
        )
        if not is_ours:
            raise BusyError(
                "Another push writes the same schema.",
                where=f"{self._target.address.place}, schema {self._target.schema}",
                do="Wait until it is done. Nothing was changed.",
            )

    def _prepare_schema(self) -> dict[str, tuple[str, str]]:
        """Create schema and ledger where they are not there; what stands: table -> its shape and digest."""
        there = self._relations()
        if there is not None and LEDGER in there:
            return {name: (shape, digest) for name, shape, digest in self._rows(
                "select table_name, shape, digest from {table}", table=LEDGER
            ) if name in there}  # fmt: skip
        if there:
            raise self._not_ours(f"{len(there)} tables, views or indexes")
        if there is None:
            self._do("create schema {schema}")
        self._do(
            "create table {table} (table_name text primary key, shape text not null, digest text not null, "
            "rows bigint not null, pushed_at timestamp with time zone not null default now())",
            table=LEDGER,
        )
        self._comment("table {table}", "What Syfte keeps in this schema, and how it was when it was pushed.", LEDGER)
        return {}

    def _relations(self) -> set[str] | None:
        """Names of what stands in the schema; None where there is no schema."""
        named = [self._target.schema]
        if not self._rows("select from pg_namespace where nspname = %s", named):
            return None
        return {name for (name,) in self._rows(
            "select relname from pg_class where relnamespace = (select oid from pg_namespace where nspname = %s)", named
        )}  # fmt: skip

    def _not_ours(self, what: str) -> ConfigurationError:
        return ConfigurationError(
            f"The schema {self._target.schema} holds {what} that Syfte has not made.",
            where=self._target.address.place,
            do="Give Syfte a schema of its own: `--schema NAME`, or SYFTE_POSTGRES_SCHEMA. Nothing was changed.",
        )

    def _bring_up_to_date(self, table: Table, known: tuple[str, str] | None, *, compare_all: bool) -> None:
        if known == (table.shape, table.digest) and not compare_all:
            return
        shape = json.loads(known[0]) if known else None
        is_new = shape is None or not (shape["columns"].items() <= table.kinds.items())
        if is_new:
            self._create(table, replaces=known is not None)
            counted = 0, self._copy(table, into=table.name)
        else:
            for name in table.kinds.keys() - cast("dict[str, Any]", shape)["columns"].keys():
                self._do(
                    f"alter table {{table}} add column {{column}} {table.kinds[name]}", table=table.name, column=name
                )
            self._unlock_key(table, cast("dict[str, Any]", shape))
            counted = self._replace_what_differs(table)
        if known is None or known[0] != table.shape:
            self._lock_key(table, None if is_new else shape)
            self._comment_all(table)
        self._do(
            "insert into {table} values (%s, %s, %s, %s) on conflict (table_name) do update set "
            "shape = excluded.shape, digest = excluded.digest, rows = excluded.rows, pushed_at = excluded.pushed_at",
            [table.name, table.shape, table.digest, table.rows],
            table=LEDGER,
        )
        if is_new or any(counted) or (known and known[0] != table.shape):
            self._done.changed.append(table.name)
            self._done.deleted += counted[0]
            self._done.inserted += counted[1]
            self._on_event(Event("progress", "publish", detail=f"{table.name}: {counted[0]} rows out, {counted[1]} in"))

    def _create(self, table: Table, *, replaces: bool) -> None:
        if replaces:
            self._do("drop table {table}", table=table.name)
        elif table.name in (self._relations() or ()):
            raise self._not_ours(f"a table {table.name}")
        columns = ", ".join(f"{_quoted(name)} {kind}" for name, kind in table.kinds.items())
        self._do(f"create table {{table}} ({columns})", table=table.name)

    def _copy(self, table: Table, *, into: str | None) -> int:
        columns = ", ".join(map(_quoted, table.kinds))
        place = "{table}" if into else "pg_temp.syfte_incoming"
        with self._con.cursor() as cursor:
            with cursor.copy(self._sql(f"copy {place} ({columns}) from stdin (format csv)", table=into or "")) as copy:
                for chunk in text_rows(self._readers, table):
                    copy.write(chunk)
            return cursor.rowcount

    def _replace_what_differs(self, table: Table) -> tuple[int, int]:
        self._do("create temporary table syfte_incoming (like {table}) on commit drop", table=table.name)
        self._copy(table, into=None)
        self._do("analyze pg_temp.syfte_incoming")
        same = _same_row(table)
        deleted = self._do(
            f"delete from {{table}} as t where not exists (select from pg_temp.syfte_incoming as i where {same})",
            table=table.name,
        )
        inserted = self._do(
            "insert into {table} select i.* from pg_temp.syfte_incoming as i "
            f"where not exists (select from {{table}} as t where {same})",
            table=table.name,
        )
        self._do("drop table pg_temp.syfte_incoming")
        return deleted, inserted

    def _unlock_key(self, table: Table, shape: dict[str, Any]) -> None:
        """Take a key away that no longer fits, before the rows come."""
        if _key_of(shape) == (list(table.key), table.key_has_null) or not shape["key"]:
            return
        self._do("alter table {table} drop constraint if exists {key}", table=table.name, key=f"{table.name}_pkey")
        self._do("drop index if exists {schema}.{key}", key=f"{table.name}_key")
        for name in shape["key"]:
            self._do("alter table {table} alter column {column} drop not null", table=table.name, column=name)

    def _lock_key(self, table: Table, shape: dict[str, Any] | None) -> None:
        """A primary key where the grain says so; where null has a meaning in it, a unique index that counts null."""
        if not table.key or (shape is not None and _key_of(shape) == (list(table.key), table.key_has_null)):
            return
        columns = ", ".join(map(_quoted, table.key))
        if not table.key_has_null:
            self._do(
                f"alter table {{table}} add constraint {{key}} primary key ({columns})",
                table=table.name,
                key=f"{table.name}_pkey",
            )
        elif self._con.info.server_version >= _NULLS_IN_UNIQUE_KEYS:
            self._do(
                f"create unique index {{key}} on {{table}} ({columns}) nulls not distinct",
                table=table.name,
                key=f"{table.name}_key",
            )
        else:
            self._do(f"create index {{key}} on {{table}} ({columns})", table=table.name, key=f"{table.name}_key")

    def _comment_all(self, table: Table) -> None:
        self._comment("table {table}", table.comment, table.name)
        for column in table.columns:
            self._comment("column {table}.{column}", column.comment, table.name, column=column.name)

    def _comment(self, on: LiteralString, text: str | None, table: str, *, column: str = "") -> None:
        from psycopg import sql  # noqa: PLC0415  # an extra

        said = sql.SQL(" is ") + (sql.NULL if text is None else sql.Literal(text))
        with self._con.cursor() as cursor:
            cursor.execute(self._sql(f"comment on {on}", table=table, column=column) + said)

    def _grant(self, role: str) -> None:
        if not self._rows("select from pg_roles where rolname = %s", [role]):
            raise ConfigurationError(
                f"There is no role {role}.",
                where=self._target.address.place,
                do=f'Create it (`create role "{role}"`), or correct `--readers` or SYFTE_POSTGRES_READERS.',
            )
        self._do("grant usage on schema {schema} to {role}", role=role)
        for name in self._done.rows:
            may = "select has_table_privilege(%s, format('%%I.%%I', %s::text, %s::text), 'select')"
            if self._rows(may, [role, self._target.schema, name]) != [(True,)]:
                self._do("grant select on table {table} to {role}", table=name, role=role)

    def _sql(self, text: str, *, table: str = "", **names: str) -> Any:  # noqa: ANN401  # psycopg.sql, an extra
        from psycopg import sql  # noqa: PLC0415  # an extra

        schema = self._target.schema
        return sql.SQL(cast("LiteralString", text)).format(
            schema=sql.Identifier(schema),
            table=sql.Identifier(schema, table) if table else sql.SQL(""),
            **{name: sql.Identifier(value) for name, value in names.items() if value},
        )

    def _do(self, text: str, given: Sequence[object] = (), *, table: str = "", **names: str) -> int:
        with self._con.cursor() as cursor:
            cursor.execute(self._sql(text, table=table, **names), given or None)
            return max(cursor.rowcount, 0)

    def _rows(self, text: str, given: Sequence[object] = (), *, table: str = "") -> list[tuple[Any, ...]]:
        with self._con.cursor() as cursor:
            cursor.execute(self._sql(text, table=table), given or None)
            return cursor.fetchall()


def _quoted(name: str) -> str:
    """A name in double quotes; braces doubled, because the text goes through `format`."""
    return '"' + name.replace('"', '""').replace("{", "{{").replace("}", "}}") + '"'


def _same_row(table: Table) -> str:
    """That rows `i` and `t` are the same, so that it can be hashed: by their key, else (nulls in it) by their text."""
    if table.key_has_null or not table.key:
        return "cast(i as text) = cast(t as text)"
    keys = " and ".join(f"i.{_quoted(name)} = t.{_quoted(name)}" for name in table.key)
    return f"{keys} and i is not distinct from t"


def _key_of(shape: dict[str, Any]) -> tuple[list[str], bool]:
    return shape["key"], shape["key_has_null"]
