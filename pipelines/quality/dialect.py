"""SQLAlchemy on a DuckDB connection that is already open, as far as Great Expectations needs it.

DuckDB speaks Postgres' SQL, so this is SQLAlchemy's Postgres dialect with a driver and a reflection of our own:

- the connection is a cursor of the open one, because a second connection to the file would need its lock;
- the cursor fetches at once, because Great Expectations reads rows after it has given the connection back, and a
  commit in between would drop DuckDB's pending result;
- tables and columns come from `duckdb_tables()` and `duckdb_columns()`, because DuckDB's `pg_catalog` is not
  all that SQLAlchemy asks for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb
import sqlalchemy as sa
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.exc import NoSuchTableError
from sqlalchemy.pool import StaticPool

if TYPE_CHECKING:
    from collections.abc import Sequence

URL = "postgresql+open_duckdb://"

_TYPES: dict[str, type[sa.types.TypeEngine[Any]]] = {
    "BIGINT": sa.BIGINT,
    "BOOLEAN": sa.BOOLEAN,
    "DATE": sa.DATE,
    "DECIMAL": sa.DECIMAL,
    "DOUBLE": sa.DOUBLE,
    "FLOAT": sa.FLOAT,
    "HUGEINT": sa.NUMERIC,
    "INTEGER": sa.INTEGER,
    "SMALLINT": sa.SMALLINT,
    "TIMESTAMP": sa.TIMESTAMP,
    "TIMESTAMP WITH TIME ZONE": sa.TIMESTAMP,
    "TINYINT": sa.SMALLINT,
    "VARCHAR": sa.VARCHAR,
}


class _Cursor:
    """A DB-API cursor that has read everything before it returns."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self._con = con
        self._rows: list[tuple[Any, ...]] = []
        self.description: Any = None
        self.rowcount = -1
        self.arraysize = 1

    def execute(self, statement: str, parameters: Sequence[object] | None = None) -> None:
        self._con.execute(statement, list(parameters)) if parameters else self._con.execute(statement)
        self.description = self._con.description
        self._rows = self._con.fetchall() if self.description else []

    def fetchall(self) -> list[tuple[Any, ...]]:
        rows, self._rows = self._rows, []
        return rows

    def fetchone(self) -> tuple[Any, ...] | None:
        return self._rows.pop(0) if self._rows else None

    def fetchmany(self, size: int = 1) -> list[tuple[Any, ...]]:
        rows, self._rows = self._rows[:size], self._rows[size:]
        return rows

    def close(self) -> None:
        self._rows = []


class _Connection:
    """A DB-API connection over a cursor of the caller's. Each statement stands alone, so nothing is begun or ended."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self._con = con

    def cursor(self) -> _Cursor:
        return _Cursor(self._con)

    def commit(self) -> None:
        """Do nothing: the suites only read."""

    def rollback(self) -> None:
        """Do nothing: the suites only read."""

    def close(self) -> None:
        """Do nothing: the caller's connection stays open."""


class _Driver:
    """What SQLAlchemy takes for the DB-API module."""

    paramstyle = "numeric_dollar"
    apilevel = "2.0"
    threadsafety = 1
    Error = duckdb.Error


class OpenDuckDBDialect(PGDialect):
    """Postgres' SQL, DuckDB's reflection."""

    driver = "open_duckdb"
    default_paramstyle = "numeric_dollar"
    supports_statement_cache = False

    @classmethod
    def import_dbapi(cls) -> Any:  # noqa: ANN401  # SQLAlchemy's DBAPIModule is a protocol over modules
        """Our own driver."""
        return _Driver

    def initialize(self, connection: sa.Connection) -> None:
        """Say what SQLAlchemy would ask a Postgres server."""
        del connection
        self.default_schema_name = "main"
        self.server_version_info = (15,)
        self.max_identifier_length = 63

    def on_connect(self) -> None:
        """Nothing to set on a new connection."""

    def get_isolation_level(self, dbapi_connection: object) -> Any:  # noqa: ANN401  # a Literal that SQLAlchemy keeps to itself
        """DuckDB has one level, and it is snapshot isolation."""
        del dbapi_connection
        return "SERIALIZABLE"

    def has_table(self, connection: sa.Connection, table_name: str, schema: str | None = None, **_: Any) -> bool:
        """Whether a table or view exists in the current database."""
        return bool(_columns(connection, table_name, schema))

    def get_schema_names(self, connection: sa.Connection, **_: Any) -> list[str]:
        """The schemas of the current database."""
        query = "select schema_name from duckdb_schemas() where database_name = current_database()"
        return [row[0] for row in connection.exec_driver_sql(query)]

    def get_table_names(self, connection: sa.Connection, schema: str | None = None, **_: Any) -> list[str]:
        """The tables of a schema of the current database."""
        query = "select table_name from duckdb_tables() where database_name = current_database() and schema_name = $1"
        return [row[0] for row in connection.exec_driver_sql(query, (schema or "main",))]

    def get_columns(self, connection: sa.Connection, table_name: str, schema: str | None = None, **_: Any) -> list[Any]:
        """A table's columns in SQLAlchemy's form; a type that no expectation looks at (a list, say) passes for text.

        Raises:
            sqlalchemy.exc.NoSuchTableError: there is no such table.
        """
        found = _columns(connection, table_name, schema)
        if not found:
            raise NoSuchTableError(table_name)
        return [
            {
                "name": name,
                "type": _TYPES.get(kind.split("(")[0], sa.types.Text)(),
                "nullable": bool(nullable),
                "default": None,
            }
            for name, kind, nullable in found
        ]


def _columns(connection: sa.Connection, table: str, schema: str | None) -> list[tuple[str, str, bool]]:
    query = (
        "select column_name, data_type, is_nullable from duckdb_columns() "
        "where database_name = current_database() and schema_name = $1 and table_name = $2 order by column_index"
    )
    return [(r[0], r[1], r[2]) for r in connection.exec_driver_sql(query, (schema or "main", table))]


def engine_arguments(con: duckdb.DuckDBPyConnection) -> dict[str, object]:
    """Arguments for `sqlalchemy.create_engine` that make it use a cursor of an open connection."""
    registry.register("postgresql.open_duckdb", __name__, OpenDuckDBDialect.__name__)
    cursor = con.cursor()
    cursor.execute("set TimeZone = 'UTC'")  # a setting of the connection, which its cursors do not inherit
    connection = _Connection(cursor)
    return {"creator": lambda: connection, "poolclass": StaticPool}
