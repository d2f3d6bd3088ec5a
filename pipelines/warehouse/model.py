"""A model: one file, one table, one asset; its contract in its header, its dependencies from its query.

A model is built inside a transaction, its promises are counted, and the new table stands only if every count is zero;
otherwise the old table remains and `CheckError` names what broke. Key unique and columns as in the header are promises
every model makes (a key may hold NULL where NULL has a meaning, as in "the whole organisation"); `checks:` adds the
rest. A check counts rows where `(check) is not true`, so null cannot slip through.
"""

from __future__ import annotations

import hashlib
import json
import re
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from typing import TYPE_CHECKING, Any, Protocol, cast

import duckdb
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from pipelines.errors import CheckError, ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

STAGES = ("raw", "config", "seeds", "staging", "marts", "kpi", "published")
"""In the order of the data's way; nothing reads a later one. `config` and `seeds` come from people, not from models."""

# safe either way; the one in C reads the headers of all models in a tenth of the time
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

SUMMED_OVER = re.compile(r"(?P<column>\w+)(?: where (?P<condition>additive_over_(?:posts|time)))?")
"""`local_date`, or `local_date where additive_over_time`: only of metrics of which the catalogue says so."""

_HEADER = re.compile(r"\A\s*/\*(?P<header>.*?)\*/", re.DOTALL)


class Tail(BaseModel):
    """What lets a model be computed again from a late point on (`warehouse/tails.py`).

    Args:
        by: the column of the key that says when; a full build lays the table down in its order.
        since: the column of the first instant that a row speaks of, where that is not `by`; null: nobody knows.
        begins: of a row that stands: computing may begin at it, because no later row looks behind it; what follows it
            is made anew from the inputs' rows that are not older. Without, a row needs its own instant alone.
        series: with `begins`, the columns of a series, which the inputs have too; no row looks at another series.
        takes: with `begins`, which rows of the inputs count; others are no news.
        of_days: `by` is a local date, and a row needs the inputs' rows from the beginning of that day on.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    by: str
    since: str | None = None
    begins: str | None = None
    series: list[str] = []
    takes: str = "true"
    of_days: bool = False


class Rests(BaseModel):
    """Of what is new of an input a model's rows of a key stand as they are, and need not be computed again.

    Args:
        news_of: the input, which has a tail; news of another one always ask for computing.
        unless: what makes a row `news` of it ask for that; the key's rows that stand are `standing`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    news_of: str
    unless: str


class Contract(BaseModel):
    """What a model promises; the header of its file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    grain: str = Field(pattern=r"^one row per ")
    key: list[str] = Field(min_length=1)
    missing: str
    columns: dict[str, str] = Field(min_length=1)
    checks: list[str] = []
    goal: str | None = None
    incremental: str | None = None
    tail: Tail | None = None
    rests: Rests | None = None
    sums: dict[str, list[str]] = {}

    @field_validator("columns", mode="before")
    @classmethod
    def _text(cls, columns: dict[str, object]) -> dict[str, str]:
        return {str(name): str(text) for name, text in columns.items()}

    @model_validator(mode="after")
    def _work_unit_is_of_the_key(self) -> Contract:
        if self.incremental is not None and self.incremental not in self.key:
            raise ValueError(f"incremental: {self.incremental} is no column of the key ({', '.join(self.key)})")
        return self

    @model_validator(mode="after")
    def _rests_without_a_tail(self) -> Contract:
        if self.rests is not None and (self.incremental is None or self.tail is not None):
            raise ValueError("rests: the model is not incremental, or has a tail")
        return self

    @model_validator(mode="after")
    def _tail_is_of_the_table(self) -> Contract:
        tail = self.tail
        if tail is None:
            return self
        if self.incremental is None or tail.by not in self.key:
            raise ValueError(f"tail: {tail.by} is no column of the key, or the model is not incremental")
        named = {*tail.series, *([tail.since] if tail.since else [])}
        if named - set(self.columns) or bool(tail.begins) != bool(tail.series) or (tail.begins and tail.of_days):
            raise ValueError("tail: it names no column of the table, a beginning without a series, or both ways")
        return self

    @model_validator(mode="after")
    def _sums_name_columns(self) -> Contract:
        for measure, over in self.sums.items():
            if measure not in self.columns or measure in self.key or not over:
                raise ValueError(f"sums: {measure} is no figure of the table, or is summed over nothing")
            for one in map(SUMMED_OVER.fullmatch, over):
                if one is None or one["column"] not in self.key:
                    raise ValueError(f"sums: {measure} is summed over what is no column of the key")
        return self


class Model(Protocol):
    """What the builder needs of a SQL model or a Python model."""

    @property
    def name(self) -> str:
        """Table name, schema included."""
        ...

    @property
    def contract(self) -> Contract:
        """What the table promises."""
        ...

    @property
    def depends(self) -> tuple[str, ...]:
        """Tables it reads, schema included, sorted."""
        ...

    @property
    def version(self) -> str:
        """Changes when the model's text does."""
        ...

    def build(self, con: duckdb.DuckDBPyConnection) -> int:
        """Build the table and give its number of rows; a broken promise is a `CheckError` and leaves the old one."""
        ...


def read_contract(header: str, where: str) -> Contract:
    """Parse a header.

    Raises:
        ConfigurationError: it is not YAML, lacks a part or has one too many.
    """
    try:
        return Contract.model_validate(yaml.load(header, _LOADER))  # noqa: S506  # a safe one, see above
    except (yaml.YAMLError, ValidationError) as error:
        raise ConfigurationError(
            f"The model's header does not hold: {error}", where=where, do="See docs/architecture.md, section 5."
        ) from None


@dataclass(frozen=True)
class SqlModel:
    """A model written in SQL."""

    name: str
    sql: str
    contract: Contract

    @classmethod
    def read(cls, path: Path, root: Path) -> SqlModel:
        """Read a model from `<root>/<stage>/**/<name>.sql`."""
        text = path.read_text(encoding="utf-8")
        found = _HEADER.match(text)
        if found is None:
            raise ConfigurationError(
                "The model has no header.",
                where=path.name,
                do="Begin the file with /* title: … */ (docs/architecture.md, section 5).",
            )
        stage = path.relative_to(root).parts[0]
        return cls(
            name=f"{stage}.{path.stem}",
            sql=text[found.end() :].strip().rstrip(";"),
            contract=read_contract(found["header"], path.name),
        )

    @property
    def depends(self) -> tuple[str, ...]:
        """Tables the query names, schema included, sorted."""
        return _tables_of(self.sql)

    @property
    def version(self) -> str:
        """Hash of the query and its contract."""
        return self._version

    @cached_property  # `Model` asks for a plain property, and a run for this some thousand times
    def _version(self) -> str:
        return hashlib.sha256((self.sql + self.contract.model_dump_json()).encode()).hexdigest()[:16]

    def build(self, con: duckdb.DuckDBPyConnection) -> int:
        """Build the table; see the module's docstring."""
        tail = self.contract.tail
        # in the order of time the engine passes over what is older than it was asked for
        order = f"\norder by {', '.join(dict.fromkeys([tail.by, *self.readers_order]))}" if tail else ""
        with self.answered(con, self.sql) as rows:
            made = f"select * from (\n{rows}\n){order}" if order else rows
            return build_checked(con, self.name, self.contract, f"create or replace table {self.name} as\n{made}")

    @property
    def readers_order(self) -> tuple[str, ...]:
        """What readers get stands in one order, whatever the number of threads; nobody asks for that before."""
        return tuple(self.contract.key) if self.name.startswith("published.") else ()

    @contextmanager
    def answered(self, con: duckdb.DuckDBPyConnection, sql: str) -> Generator[str]:
        """The rows of the model's query, or of the same over parts of its inputs, as a select for this connection.

        Another engine computes them meanwhile and gives a select of what it found.
        """
        del con
        yield sql


@lru_cache(maxsize=1024)
def _tables_of(sql: str) -> tuple[str, ...]:
    """Tables a query names with their schema, as DuckDB's own parser reads it; a CTE has no schema."""
    with _parser().cursor() as con:
        [(said,)] = con.execute("select json_serialize_sql(?)", [sql]).fetchall()
    parsed = json.loads(said)
    if parsed["error"]:
        raise ConfigurationError(
            f"The model's query cannot be read: {parsed['error_message']}",
            where=sql.splitlines()[0] if sql else "an empty query",
            do="Mend the query: a model is one select.",
        )
    found: set[str] = set()
    waiting: list[Any] = [parsed]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            part = cast("dict[str, Any]", node)
            if part.get("type") == "BASE_TABLE" and part["schema_name"]:
                found.add(f"{part['schema_name']}.{part['table_name']}")
            waiting.extend(part.values())
        elif isinstance(node, list):
            waiting.extend(cast("list[Any]", node))
    return tuple(sorted(found))


@cache
def _parser() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


def build_checked(con: duckdb.DuckDBPyConnection, name: str, contract: Contract, statement: str) -> int:
    """Run the statement that makes the table, count its broken promises, and let it stand only if there are none.

    Returns:
        The table's number of rows.

    Raises:
        CheckError: the promises that broke, each with its number of rows.
    """
    con.begin()
    try:
        con.execute(statement)
        refuse_broken(con, name, contract, where=name)
        _comment(con, name, contract)
        rows = con.execute(f"select count(*) from {name}").fetchall()[0][0]
    except BaseException:
        con.rollback()
        raise
    con.commit()
    return int(rows)


def refuse_broken(con: duckdb.DuckDBPyConnection, name: str, contract: Contract, *, where: str) -> None:
    """Count the broken promises of rows.

    Args:
        con: the writer's connection.
        name: the table that holds the rows: the model's own, or one of the rows that are to be put into it.
        contract: what is promised.
        where: the model's table, for the error.

    Raises:
        CheckError: a promise is broken.
    """
    broken = {text: n for text, n in violations(con, name, contract).items() if n}
    if broken:
        said = "; ".join(f"{text} ({n} rows)" for text, n in broken.items())
        raise CheckError(
            f"{where} broke its promise: {said}.",
            where=where,
            do="The last good table stands and nothing was published. Look at the model's query and its inputs.",
        )


def violations(con: duckdb.DuckDBPyConnection, name: str, contract: Contract) -> dict[str, int]:
    """Count the rows that break each promise of a table.

    Returns:
        Text of the promise -> number of rows that break it.
    """
    actual = columns_of(con, name)
    promised = list(contract.columns)
    if actual != promised:
        return {f"its columns are {', '.join(actual or ())}, its header says {', '.join(promised)}": 1}
    keys = ", ".join(f'"{column}"' for column in contract.key)
    counts = [
        f"count(distinct hash({keys}))",
        *(f"count(*) filter (({check}) is not true)" for check in contract.checks),
    ]
    rows, kinds, *broken = con.execute(f"select count(*), {', '.join(counts)} from {name}").fetchall()[0]
    # as many hashes as rows: no key stands twice, and nothing has to be grouped by the keys themselves
    repeated = _repeated(con, name, keys) if kinds < rows else 0
    said = [f"the key ({', '.join(contract.key)}) is unique", *contract.checks]
    return dict(zip(said, (int(n) for n in (repeated, *broken)), strict=True))


def _repeated(con: duckdb.DuckDBPyConnection, name: str, keys: str) -> int:
    """Rows that share their key with another."""
    twins = f"select count(*) as n from {name} group by {keys} having count(*) > 1"
    return int(con.execute(f"select coalesce(sum(n), 0) from ({twins})").fetchall()[0][0])


def columns_of(con: duckdb.DuckDBPyConnection, name: str) -> list[str] | None:
    """A table's columns; None where there is no such table.

    The lists of all tables and columns (`duckdb_columns()`) take milliseconds, and models ask often.
    """
    try:
        return [str(column[0]) for column in con.execute(f"from {name} limit 0").description or ()]
    except duckdb.CatalogException:
        return None


def _comment(con: duckdb.DuckDBPyConnection, name: str, contract: Contract) -> None:
    said = [
        f"comment on table {name} is {_quoted(f'{contract.title}. {contract.grain}. Missing: {contract.missing}')}",
        *(f'comment on column {name}."{column}" is {_quoted(text)}' for column, text in contract.columns.items()),
    ]
    con.execute("; ".join(said))


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def later_stage_reads(model: Model) -> list[str]:
    """Tables a model reads although they belong to a later stage than its own."""
    order = {stage: place for place, stage in enumerate(STAGES)}
    own = order[model.name.split(".")[0]]
    return [table for table in model.depends if order.get(table.split(".")[0], -1) > own]
