"""The published tables as PostgreSQL will hold them: types, keys, comments, and their rows as text for COPY."""

from __future__ import annotations

import io
import json
import re
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

import duckdb

from pipelines.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_CHUNK_ROWS = 65_536

_KINDS = {
    "BOOLEAN": "boolean",
    "TINYINT": "smallint",
    "SMALLINT": "smallint",
    "UTINYINT": "smallint",
    "INTEGER": "integer",
    "USMALLINT": "integer",
    "BIGINT": "bigint",
    "UINTEGER": "bigint",
    "UBIGINT": "numeric(20,0)",
    "HUGEINT": "numeric(39,0)",
    "UHUGEINT": "numeric(39,0)",
    "FLOAT": "real",
    "DOUBLE": "double precision",
    "VARCHAR": "text",
    "DATE": "date",
    "TIME": "time without time zone",
    "TIMESTAMP": "timestamp without time zone",
    "TIMESTAMP WITH TIME ZONE": "timestamp with time zone",
    "UUID": "uuid",
    "JSON": "jsonb",
}
"""DuckDB's types -> PostgreSQL's that hold every value of them exactly."""

_DECIMAL = re.compile(r"DECIMAL\((\d+),(\d+)\)")
_ELEMENT = r"""'"' || replace(replace(cast(lambda_e as varchar), '\', '\\'), '"', '\"') || '"'"""


@dataclass(frozen=True)
class Column:
    """One column.

    Args:
        name: as published.
        kind: PostgreSQL's type.
        is_list: an array of one dimension.
        comment: what it means.
    """

    name: str
    kind: str
    is_list: bool
    comment: str | None

    @property
    def as_text(self) -> str:
        """SQL for DuckDB: the value as PostgreSQL reads it; NULL stays NULL."""
        name = f'"{self.name}"'
        if not self.is_list:
            return f"cast({name} as varchar)"
        element = _ELEMENT.replace("lambda_e", "e")
        inner = f"list_transform({name}, lambda e: case when e is null then 'NULL' else {element} end)"
        return f"'{{' || array_to_string({inner}, ',') || '}}'"


@dataclass(frozen=True)
class Table:
    """One table.

    Args:
        name: without its schema.
        comment: what it holds.
        columns: in order.
        key: what tells its rows apart.
        key_has_null: a part of the key is null in some row ("the whole organisation"), so it is no primary key.
        rows: how many.
        digest: changes when a row does.
    """

    name: str
    comment: str | None
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    key_has_null: bool
    rows: int
    digest: str

    @property
    def kinds(self) -> dict[str, str]:
        """Column -> PostgreSQL's type."""
        return {column.name: column.kind for column in self.columns}

    @property
    def shape(self) -> str:
        """Everything but the rows, to be compared with what stands."""
        said = {
            "columns": self.kinds,
            "key": self.key,
            "key_has_null": self.key_has_null,
            "comment": self.comment,
            "comments": {column.name: column.comment for column in self.columns},
        }
        return json.dumps(said, sort_keys=True, ensure_ascii=False)


def read_tables(con: duckdb.DuckDBPyConnection, keys: Mapping[str, Sequence[str]]) -> list[Table]:
    """Every published table.

    Args:
        con: the readers' database.
        keys: table (without its schema) -> the columns that tell its rows apart; a table without an entry gets no key.

    Raises:
        StorageError: a column is of a type that PostgreSQL has no counterpart of.
    """
    names = con.execute(
        "select table_name, comment from duckdb_tables() where schema_name = 'published' order by all"
    ).fetchall()
    return [_table(con, name, comment, tuple(keys.get(name, ()))) for name, comment in names]


def _table(con: duckdb.DuckDBPyConnection, name: str, comment: str | None, key: tuple[str, ...]) -> Table:
    found = con.execute(
        "select column_name, data_type, comment from duckdb_columns() "
        "where schema_name = 'published' and table_name = ? order by column_index",
        [name],
    ).fetchall()
    columns = tuple(_column(name, *row) for row in found)
    key = key if set(key) <= {column.name for column in columns} else ()
    null = " or ".join(f'"{part}" is null' for part in key) or "false"
    [(rows, total, nulls)] = con.execute(
        f'select count(*), sum(hash(t)), count(*) filter ({null}) from published."{name}" as t'
    ).fetchall()
    return Table(name, comment, columns, key, nulls > 0, rows, f"{duckdb.__version__}:{rows}:{total}")


def _column(table: str, name: str, kind: str, comment: str | None) -> Column:
    element = kind.removesuffix("[]")
    decimal = _DECIMAL.fullmatch(element)
    there = f"numeric({decimal[1]},{decimal[2]})" if decimal else _KINDS.get(element)
    if there is None:
        raise StorageError(
            f"PostgreSQL has no type for {kind}.",
            where=f"published.{table}, column {name}",
            do="Report it: every published column should have one.",
        )
    is_list = kind.endswith("[]")
    return Column(name, f"{there}[]" if is_list else there, is_list, comment)


def text_rows(con: duckdb.DuckDBPyConnection, table: Table) -> Iterator[bytes]:
    """The rows as CSV for `copy ... from stdin (format csv)`: NULL is nothing, an empty text is `""`."""
    csv: Any = import_module("pyarrow.csv")  # 100 ms that only a push needs, and no types

    wanted = ", ".join(f'{column.as_text} as "{column.name}"' for column in table.columns)
    reader: Any = con.sql(f'select {wanted} from published."{table.name}"').to_arrow_reader(_CHUNK_ROWS)
    options = csv.WriteOptions(include_header=False, quoting_style="all_valid")
    for batch in reader:
        chunk = io.BytesIO()
        csv.write_csv(batch, chunk, options)
        yield chunk.getvalue()
