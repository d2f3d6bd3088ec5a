"""Building models in the order of the data's way, and only those whose text or inputs have changed.

A model's *state* is a hash of its text and of its inputs' states. It is stored when the model is built; when it comes
out the same again there is nothing to do. Raw tables take their state from the pages loaded into them, tables of
people's configuration from their content.
"""

from __future__ import annotations

import graphlib
import hashlib
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.errors import ConfigurationError
from pipelines.events import Event, OnEvent, silent
from pipelines.warehouse.model import Model, SqlModel, later_stage_reads

if TYPE_CHECKING:
    from collections.abc import Mapping

    import duckdb

_BUILT = """
create table if not exists ops.built (
    model varchar, state varchar, rows bigint, seconds double, built_at timestamptz
)
"""

_FROM_PEOPLE = ("config", "seeds")


@dataclass(frozen=True)
class Built:
    """What building one model came to.

    Args:
        name: the table.
        rows: its number of rows.
        seconds: wall time it took; 0 when it was up to date.
        is_new: False when it was up to date.
    """

    name: str
    rows: int
    seconds: float
    is_new: bool


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
    from pipelines.warehouse.python_models import PYTHON_MODELS  # noqa: PLC0415  # pulls in polars and numpy

    root = root or sql_root()
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
    graph = {name: [d for d in model.depends if d in models] for name, model in models.items()}
    try:
        order = list(graphlib.TopologicalSorter(graph).static_order())
    except graphlib.CycleError as error:
        raise ConfigurationError(
            f"Models read each other in a circle: {' -> '.join(error.args[1])}.",
            where=str(root),
            do="Break the circle.",
        ) from None
    return {name: models[name] for name in order}


def build(con: duckdb.DuckDBPyConnection, model: Model, *, force: bool = False) -> Built:
    """Build one model unless it is up to date.

    Raises:
        CheckError: it broke a promise; the last good table stands.
    """
    con.execute(_BUILT)
    state = _wanted_state(con, model)
    if not force:
        found = con.execute("select rows from ops.built where model = ? and state = ?", [model.name, state]).fetchall()
        if found and _exists(con, model.name):
            return Built(model.name, int(found[0][0]), 0.0, is_new=False)
    started = time.monotonic()
    rows = model.build(con)
    seconds = time.monotonic() - started
    con.begin()
    con.execute("delete from ops.built where model = ?", [model.name])
    con.execute("insert into ops.built values (?, ?, ?, ?, now())", [model.name, state, rows, seconds])
    con.commit()
    return Built(model.name, rows, seconds, is_new=True)


def build_all(
    con: duckdb.DuckDBPyConnection, models: Mapping[str, Model], *, force: bool = False, on_event: OnEvent = silent
) -> list[Built]:
    """Build all models in their order; the first broken promise stops it."""
    results: list[Built] = []
    for done, model in enumerate(models.values(), start=1):
        on_event(Event("start", model.name, done - 1, len(models)))
        result = build(con, model, force=force)
        results.append(result)
        detail = f"{result.rows} rows" if result.is_new else "up to date"
        on_event(Event("done" if result.is_new else "skipped", model.name, done, len(models), detail))
    return results


def _exists(con: duckdb.DuckDBPyConnection, name: str) -> bool:
    schema, table = name.split(".")
    return bool(
        con.execute(
            "select 1 from duckdb_tables() where schema_name = ? and table_name = ?", [schema, table]
        ).fetchall()
    )


def _wanted_state(con: duckdb.DuckDBPyConnection, model: Model) -> str:
    states = [f"{name}={_input_state(con, name, model)}" for name in model.depends]
    return hashlib.sha256("\n".join([model.version, *states]).encode()).hexdigest()[:32]


def _input_state(con: duckdb.DuckDBPyConnection, name: str, reader: Model) -> str:
    stage, table = name.split(".")
    if stage == "raw":
        if "__" not in table:
            return str(con.execute("select count(*), max(page_id) from raw.pages").fetchall()[0])
        source, stream = table.split("__", 1)
        query = """
            select count(*), sum(rows_stored), max(page_id)
            from raw.pages where source = ? and stream = ? and rows_stored > 0
        """
        return str(con.execute(query, [source, stream]).fetchall()[0])
    if stage in _FROM_PEOPLE:
        # the clock moves at every run; only who looks at it is out of date because of it
        hidden = "exclude (as_of)" if name == "config.run" and not _looks_at_clock(reader) else ""
        query = f"select md5(string_agg(t::varchar, '|' order by t::varchar)) from (select * {hidden} from {name}) as t"
        return str(con.execute(query).fetchall()[0][0])
    found = con.execute("select state from ops.built where model = ?", [name]).fetchall()
    return str(found[0][0]) if found else "not built"


def _looks_at_clock(model: Model) -> bool:
    return not isinstance(model, SqlModel) or "as_of" in model.sql
