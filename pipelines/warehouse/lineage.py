"""Which tables each KPI rests on, from the models themselves: nobody keeps a list that could be wrong.

A *measure* (kpi.kpi_registry) begins in the models below the estimates that bear its name, or whose text says it. It
rests on everything these read, down to the raw tables, and reaches readers over the models between them and the
scorecard.
"""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING

from pipelines.warehouse.model import SqlModel

if TYPE_CHECKING:
    from collections.abc import Mapping

    import duckdb

    from pipelines.warehouse.model import Model

END = "published.goal_scorecard"

_ESTIMATES = "kpi.kpi_estimates"
_OF_ALL = ("kpi.kpi_registry", "kpi.kpi_cells")
"""Shared by all measures: neither these nor what is made of the cells together is where one begins."""
_MEASURE = re.compile(r"then\s+'(\w+)'")
_BESIDE = ("kpi.kpi_completeness",)
"""Read for every measure, beside its value."""


def measures(models: Mapping[str, Model]) -> dict[str | None, list[str]]:
    """Measure -> the tables it rests on, in an order in which each comes after what it reads; None: not computed."""
    registry = models.get("kpi.kpi_registry")
    named = sorted(set(_MEASURE.findall(_text(registry)))) if registry else []
    found: dict[str | None, list[str]] = {None: _ordered(models, {END, "kpi.kpi_registry"} & set(models))}
    own = _below(models, {_ESTIMATES}) - set(_OF_ALL) - _above(models, {"kpi.kpi_cells"})
    for measure in named:
        roots = {name for name in own if name.startswith("kpi.") and _names(name, models[name], measure)}
        found[measure] = _ordered(models, _below(models, roots) | _between(models, roots))
    return found


def _text(model: Model) -> str:
    return model.sql if isinstance(model, SqlModel) else inspect.getsource(getattr(model, "function"))  # noqa: B009


def _names(name: str, model: Model, measure: str) -> bool:
    own = name in (f"kpi.kpi_{measure}_cells", f"kpi.kpi_{measure}_estimates")
    return own or re.search(rf"""['"]{measure}['"]""", _text(model)) is not None


def _below(models: Mapping[str, Model], roots: set[str]) -> set[str]:
    """The roots and everything they read, directly or not."""
    found: set[str] = set()
    waiting = sorted(roots)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(models[name].depends if name in models else ())
    return {name for name in found if not name.startswith("ops.")}


def _between(models: Mapping[str, Model], roots: set[str]) -> set[str]:
    """The models on the way from the roots to the scorecard."""
    if not roots or END not in models:
        return {END} & set(models)
    return (_above(models, roots) & _below(models, {END})) | ({END, *_BESIDE} & set(models))


def _above(models: Mapping[str, Model], roots: set[str]) -> set[str]:
    """The roots and everything that reads them, directly or not."""
    reached = set(roots)
    for name, model in models.items():  # in an order in which each comes after what it reads
        if reached.intersection(model.depends):
            reached.add(name)
    return reached


def _ordered(models: Mapping[str, Model], names: set[str]) -> list[str]:
    places = {name: place for place, name in enumerate(models)}
    return sorted(names, key=lambda name: (places.get(name, -1), name))


def write_lineage(con: duckdb.DuckDBPyConnection, models: Mapping[str, Model]) -> None:
    """Replace `ops.lineage`: one row per measure and table it rests on."""
    rows = [
        (measure, step, name, models[name].version if name in models else None, _reads(models, name, names))
        for measure, names in measures(models).items()
        for step, name in enumerate(names, start=1)
    ]
    con.execute(
        "create or replace table ops.lineage "
        "(measure varchar, step integer, table_name varchar, version varchar, reads varchar)"
    )
    if rows:
        marks = ", ".join(["(?, ?, ?, ?, ?)"] * len(rows))
        con.execute(f"insert into ops.lineage values {marks}", [value for row in rows for value in row])


def _reads(models: Mapping[str, Model], name: str, names: list[str]) -> str:
    return ",".join(read for read in models[name].depends if read in names) if name in models else ""
