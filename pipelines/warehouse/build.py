"""Building models in the order of the data's way, and only those whose text or inputs have changed.

A model's *state* is a hash of its text and of its inputs' *tokens*. It is stored when the model is built; when it comes
out the same again there is nothing to do. A table's token says what it holds: of a raw table the pages loaded into it,
of people's configuration and of a model built in full its content, so that what comes out the same as before sets
nothing in motion; of an incremental model (`warehouse/increments.py`) the state its last change came from.
"""

from __future__ import annotations

import graphlib
import hashlib
import json
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.errors import ConfigurationError
from pipelines.events import Event, OnEvent, silent
from pipelines.warehouse.increments import ensure_tables, forget_steps, plan, raw_token, remember_step, take_step
from pipelines.warehouse.model import Model, SqlModel, columns_of, later_stage_reads
from pipelines.warehouse.regular_expressions import calls_ours, register
from pipelines.warehouse.tails import first_rows

if TYPE_CHECKING:
    from collections.abc import Mapping

    import duckdb

_BUILT_COLUMNS = {
    "model": "varchar",
    "state": "varchar",
    "token": "varchar",
    "inputs": "varchar",
    "version": "varchar",
    "incremental": "varchar",
    "tail": "varchar",
    "rows": "bigint",
    "seconds": "double",
    "touched": "bigint",
    "changed": "bigint",
    "deleted": "bigint",
    "inserted": "bigint",
    "built_at": "timestamptz",
}
"""`inputs` is JSON, input -> token; `touched` to `inserted` say what an increment did, null after a full build."""

_FROM_PEOPLE = ("config", "seeds")

CHECK_RESULTS = "ops.check_result"

FROM_THE_RUN = ("ops.build", "ops.lineage", "ops.previous_card", "ops.known_revision", "ops.change", "ops.erasure")
"""What the run itself wrote down for readers: as people's tables, it takes its state from its content."""


@dataclass(frozen=True)
class _Wanted:
    """What a table is to be brought to: its state, the inputs' tokens it comes from, and when the work on it began."""

    state: str
    inputs: dict[str, str]
    started: float


@dataclass(frozen=True)
class Built:
    """What building one model came to.

    Args:
        name: the table.
        rows: its number of rows.
        seconds: wall time it took; 0 when it was up to date.
        is_new: False when it was up to date.
        touched: how many keys an increment computed again; None for a full build.
    """

    name: str
    rows: int
    seconds: float
    is_new: bool
    touched: int | None = None


def sql_root() -> Path:
    """Where the SQL models are: beside the package in a checkout, inside it in a wheel."""
    package = Path(__file__).resolve().parent.parent
    packaged = package / "_sql"
    return packaged if packaged.is_dir() else package.parent / "sql"


def load_models(root: Path | None = None) -> dict[str, Model]:
    """Read all models, in an order in which each can be built.

    Raises:
        ConfigurationError: two models share a name, read in a circle, read a later stage, or read what is not there.
    """
    return dict(_own_models()) if root is None else _read_models(root)


@cache
def _own_models() -> dict[str, Model]:
    """The installed models: they do not change while a program runs, and a run asks for them four times."""
    return _read_models(sql_root())


def _read_models(root: Path) -> dict[str, Model]:
    from pipelines.warehouse.python_models import PYTHON_MODELS  # noqa: PLC0415  # pulls in polars and numpy

    models: dict[str, Model] = {}
    for model in (*(SqlModel.read(path, root) for path in sorted(root.rglob("*.sql"))), *PYTHON_MODELS):
        if model.name in models:
            raise ConfigurationError(f"Two models are called {model.name}.", where=str(root), do="Rename one.")
        models[model.name] = model
    for model in models.values():
        later = later_stage_reads(model)
        unknown = [d for d in model.depends if d.split(".")[0] not in ("raw", "ops", *_FROM_PEOPLE) and d not in models]
        if later or unknown:
            said = (
                f"reads a later stage: {', '.join(later)}"
                if later
                else f"reads what no model makes: {', '.join(unknown)}"
            )
            raise ConfigurationError(f"{model.name} {said}.", where=model.name, do="Mend the query.")
    graph = {name: [d for d in waits_for(model, models) if d in models] for name, model in models.items()}
    try:
        order = list(graphlib.TopologicalSorter(graph).static_order())
    except graphlib.CycleError as error:
        raise ConfigurationError(
            f"Models read each other in a circle: {' -> '.join(error.args[1])}.",
            where=str(root),
            do="Break the circle.",
        ) from None
    return {name: models[name] for name in order}


def waits_for(model: Model, models: Mapping[str, Model]) -> tuple[str, ...]:
    """Tables that must stand before a model's: what it reads.

    All below `published` if it tells of what was built, and all others if it tells how they were found.
    """
    if CHECK_RESULTS in model.depends:
        return (*model.depends, *(name for name, one in models.items() if CHECK_RESULTS not in one.depends))
    if "ops.built" not in model.depends:
        return model.depends
    return (*model.depends, *(name for name in models if not name.startswith("published.")))


def tells_of_checks(model: Model) -> bool:
    """Whether a model tells what the expectation suites found, and so is built after they were tested."""
    return CHECK_RESULTS in model.depends


def build(con: duckdb.DuckDBPyConnection, model: Model, *, force: bool = False) -> Built:
    """Build one model unless it is up to date: by an increment where its header allows and its inputs can be followed.

    Raises:
        CheckError: it broke a promise; the last good table stands.
    """
    _ensure_bookkeeping(con)
    inputs = {name: token_of(con, name, clock=_looks_at_clock(model)) for name in model.depends}
    said = "\n".join([model.version, *(f"{name}={token}" for name, token in inputs.items())])
    state = hashlib.sha256(said.encode()).hexdigest()[:32]
    stood = None if force else _standing(con, model)
    if stood is not None and stood["state"] == state:
        return Built(model.name, int(stood["rows"]), 0.0, is_new=False)
    wanted = _Wanted(state, inputs, time.monotonic())
    if isinstance(model, SqlModel) and any(map(calls_ours, (model.sql, *model.contract.checks))):
        register(con)
    if stood is not None and isinstance(model, SqlModel):
        done = _increment(con, model, stood, wanted)
        if done is not None:
            return done
    return _build_in_full(con, model, wanted)


def _standing(con: duckdb.DuckDBPyConnection, model: Model) -> dict[str, str] | None:
    """What is known of the table that stands; None where there is none or nothing is known."""
    columns = ("state", "token", "inputs", "version", "rows")
    found = con.execute(f"select {', '.join(columns)} from ops.built where model = ?", [model.name]).fetchall()
    return dict(zip(columns, found[0], strict=True)) if found and columns_of(con, model.name) else None


def _build_in_full(con: duckdb.DuckDBPyConnection, model: Model, wanted: _Wanted) -> Built:
    # a kill after this line leaves a table of which nothing is known: it is built in full again
    con.execute("delete from ops.built where model = ?", [model.name])
    rows = model.build(con)
    is_incremental = model.contract.incremental is not None
    token = wanted.state if is_incremental or model.name.startswith("published.") else _content(con, model.name)
    con.begin()
    if is_incremental:
        forget_steps(con, model.name)
    if isinstance(model, SqlModel):
        first_rows(con, model, since_step=False)
    seconds = time.monotonic() - wanted.started
    _write_down(con, model, wanted, token=token, rows=rows, seconds=seconds)
    con.commit()
    return Built(model.name, rows, seconds, is_new=True)


def _increment(
    con: duckdb.DuckDBPyConnection, model: SqlModel, stood: Mapping[str, str], wanted: _Wanted
) -> Built | None:
    """Bring the table up to date by what is new; None where that is not possible."""
    key = model.contract.incremental
    if key is None or stood["version"] != model.version:
        return None
    work = plan(con, json.loads(stood["inputs"]), wanted.inputs)
    if work is None:
        return None
    con.begin()
    try:
        alike = con.execute("select model, tail from ops.built where incremental = ?", [key]).fetchall()
        step = take_step(con, model, work, {name: by for name, by in alike if name in model.depends})
        if step is None:
            con.rollback()
            return None
        token = wanted.state if step.changed else stood["token"]
        if step.changed:
            remember_step(con, model.name, stood["token"], token)
        rows = int(con.execute(f"select count(*) from {model.name}").fetchall()[0][0])
        seconds = time.monotonic() - wanted.started
        con.execute("delete from ops.built where model = ?", [model.name])
        _write_down(con, model, wanted, token=token, rows=rows, seconds=seconds, **asdict(step))
    except BaseException:
        con.rollback()
        raise
    con.commit()
    return Built(model.name, rows, seconds, is_new=True, touched=step.touched)


def _write_down(con: duckdb.DuckDBPyConnection, model: Model, wanted: _Wanted, **known: str | float) -> None:
    row: dict[str, object] = {
        "model": model.name,
        "state": wanted.state,
        "inputs": json.dumps(wanted.inputs),
        "version": model.version,
        "incremental": model.contract.incremental,
        "tail": model.contract.tail and model.contract.tail.by,
        "built_at": datetime.now(UTC),
        **known,
    }
    marks = ", ".join("?" for _ in row)
    con.execute(f"insert into ops.built ({', '.join(row)}) values ({marks})", list(row.values()))


def build_all(
    con: duckdb.DuckDBPyConnection, models: Mapping[str, Model], *, force: bool = False, on_event: OnEvent = silent
) -> list[Built]:
    """Build all models in their order; the first broken promise stops it."""
    results: list[Built] = []
    for done, model in enumerate(models.values(), start=1):
        on_event(Event("start", model.name, done - 1, len(models)))
        result = build(con, model, force=force)
        results.append(result)
        detail = said_of(result)
        on_event(Event("done" if result.is_new else "skipped", model.name, done, len(models), detail))
    return results


def said_of(result: Built) -> str:
    """What came of a model, in a few words for whoever watches."""
    if not result.is_new:
        return "up to date"
    return f"{result.rows} rows" if result.touched is None else f"{result.rows} rows, posts looked at: {result.touched}"


def _ensure_bookkeeping(con: duckdb.DuckDBPyConnection) -> None:
    if columns_of(con, "ops.built") != list(_BUILT_COLUMNS):
        # none yet, or an earlier version's: then everything is built in full once
        listed = ", ".join(f"{name} {kind}" for name, kind in _BUILT_COLUMNS.items())
        con.execute(f"create or replace table ops.built ({listed})")
        ensure_tables(con)


def token_of(con: duckdb.DuckDBPyConnection, name: str, *, clock: bool) -> str:
    """What tells whether a table is as it was.

    Args:
        con: the writer's connection.
        name: the table, schema included.
        clock: whether the one who asks looks at the run's instant, which moves at every run.
    """
    stage, table = name.split(".")
    if stage == "raw":
        if "__" not in table:
            return str(con.execute("select count(*), max(page_id) from raw.pages").fetchall()[0])
        source, stream = table.split("__", 1)
        query = """
            select count(*), sum(rows_stored), max(page_id)
            from raw.pages where source = ? and stream = ? and rows_stored > 0
        """
        pages = con.execute(query, [source, stream]).fetchall()[0]
        return raw_token(int(con.execute(f"select count(*) from {name}").fetchall()[0][0]), str(pages))
    if name == "ops.built":
        query = """
            select md5(string_agg(model || token, '|' order by model))
            from ops.built where not starts_with(model, 'published.')
        """
        return str(con.execute(query).fetchall()[0][0])
    if stage in _FROM_PEOPLE or name in (*FROM_THE_RUN, CHECK_RESULTS):
        # the clock moves at every run; only who looks at it is out of date because of it
        return _content(con, name, without="as_of" if name == "config.run" and not clock else None)
    found = con.execute("select token from ops.built where model = ?", [name]).fetchall()
    return str(found[0][0]) if found else "not built"


def _content(con: duckdb.DuckDBPyConnection, name: str, *, without: str | None = None) -> str:
    """What a table holds, one of its columns left out, in whatever order."""
    columns = f"* exclude ({without})" if without else "*"
    count, mixed, added = con.execute(
        f"select count(*), bit_xor(hash(t)), sum(hash(t)) from (select {columns} from {name}) as t"
    ).fetchall()[0]
    return f"{count} rows {mixed} {added}"


def _looks_at_clock(model: Model) -> bool:
    return not isinstance(model, SqlModel) or "as_of" in model.sql
