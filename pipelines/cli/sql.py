"""`syfte sql`: questions to the published database, read-only and blind to files."""

from __future__ import annotations

import sys
from itertools import chain
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from pipelines.cli import formats
from pipelines.cli.session import Session
from pipelines.cli.speaking import complain, note
from pipelines.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

TABLE_ROWS = 1000
"""A table on the screen stops here; csv and json never do."""

_NUMBERS = (
    "BIGINT", "INTEGER", "SMALLINT", "TINYINT", "HUGEINT", "UBIGINT", "UINTEGER", "USMALLINT", "UTINYINT",
    "DOUBLE", "FLOAT", "DECIMAL",
)  # fmt: skip
"""How the types of numbers begin, in DuckDB's description of a result."""

_TABLES = """
    select 'published.' || table_name as name, estimated_size as rows, comment
    from duckdb_tables() where schema_name = 'published' order by name
"""

_SCHEMA = """
    select table_name || '.' || column_name as name, data_type as type, comment
    from duckdb_columns() where schema_name = 'published' and ($1 = '' or table_name = $1)
    order by table_name, column_index
"""

_HELP = """\
.tables            the tables there are
.schema [TABLE]    their columns, and what each means
.quit              leave (also Ctrl-D)
Anything else is SQL; it may take several lines and ends with a semicolon."""


def sql(
    context: typer.Context,
    query: Annotated[
        str | None, typer.Argument(metavar="QUERY", help="SQL. Without it: from stdin, or a prompt on a terminal.")
    ] = None,
    fmt: Annotated[Literal["table", "csv", "json"], typer.Option("--format", help="How to print the rows.")] = "table",
) -> None:
    """Ask the published database, by one query or a prompt.

    Nothing can be changed, and no file can be read or written. `.tables` and `.schema [TABLE]` say what there is.
    """
    from pipelines import run  # noqa: PLC0415  # heavy

    con = run.open_published(Session.of(context).project)
    try:
        if query is not None:
            answer(con, query, fmt)
        elif not sys.stdin.isatty():
            answer(con, sys.stdin.read(), fmt)
        else:
            _prompt(con, fmt)
    finally:
        con.close()


def answer(con: duckdb.DuckDBPyConnection, query: str, fmt: formats.Format) -> None:
    """Run SQL and print the rows of its last statement.

    Raises:
        UsageError: DuckDB does not accept it; with DuckDB's own words.
    """
    import duckdb  # noqa: PLC0415  # 200 ms

    if query.strip() == ".help":
        sys.stdout.write(f"{_HELP}\n")
        return
    try:
        _execute(con, query.strip())
        described = con.description or []
        rows = _rows(con)
        first = next(rows, None)
    except duckdb.InterruptException:
        raise KeyboardInterrupt from None
    except (duckdb.Error, RuntimeError, ValueError) as error:
        raise UsageError(
            str(error).strip(), where="the SQL given", do="Correct it. `syfte sql .tables` lists what there is to ask."
        ) from None
    if not described:
        return
    names = [str(column[0]) for column in described]
    numbers = [place for place, column in enumerate(described) if str(column[1]).startswith(_NUMBERS)]
    found = chain([] if first is None else [first], rows)
    formats.write(fmt, names, _limited(found) if fmt == "table" else found, numbers=numbers)


def _execute(con: duckdb.DuckDBPyConnection, query: str) -> None:
    """Run SQL, or what a dot command stands for."""
    command, _, about = query.partition(" ")
    if command == ".tables":
        con.execute(_TABLES)
    elif command == ".schema":
        con.execute(_SCHEMA, [about.strip().removeprefix("published.")])
    elif query.startswith("."):
        raise ValueError(f"{command} is not known here; there are .tables, .schema [TABLE], .help and .quit")
    else:
        con.execute(query)


def _rows(con: duckdb.DuckDBPyConnection) -> Iterator[tuple[Any, ...]]:
    while batch := con.fetchmany(10_000):
        yield from batch


def _limited(rows: Iterator[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    for number, row in enumerate(rows):
        if number == TABLE_ROWS:
            note(f"Only the first {TABLE_ROWS} rows are shown; --format csv gives all.")
            return
        yield row


def _prompt(con: duckdb.DuckDBPyConnection, fmt: formats.Format) -> None:
    import contextlib  # noqa: PLC0415

    with contextlib.suppress(ImportError):  # Windows has no readline; the prompt works without its history
        import readline  # noqa: F401, PLC0415  # pyright: ignore[reportUnusedImport]
    note("The published database, read-only. .help says what there is besides SQL.")
    waiting = ""
    while True:
        try:
            line = input("    ...> " if waiting else "syfte> ")
        except EOFError:
            sys.stdout.write("\n")
            return
        except KeyboardInterrupt:
            sys.stdout.write("\n")
            waiting = ""
            continue
        if not waiting and line.strip() in (".quit", ".exit"):
            return
        waiting = f"{waiting}\n{line}".strip()
        if waiting.endswith(";") or waiting.startswith("."):
            _answer_one(con, waiting, fmt)
            waiting = ""


def _answer_one(con: duckdb.DuckDBPyConnection, given: str, fmt: formats.Format) -> None:
    """Answer at the prompt; an error is told and the prompt goes on."""
    try:
        answer(con, given, fmt)
    except UsageError as error:
        complain(error)
    except KeyboardInterrupt:
        note("Interrupted.")
