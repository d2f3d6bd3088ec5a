"""Asking the published tables: each question is a file of `queries/`, and its answer a frame."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import duckdb

from pipelines.errors import StorageError
from pipelines.report.site import Publication

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

    from pipelines.report.site import Ask

QUERIES = Path(__file__).with_name("queries")


@cache
def question(name: str) -> str:
    """The text of a question."""
    return (QUERIES / f"{name}.sql").read_text(encoding="utf-8")


def asking(con: duckdb.DuckDBPyConnection, *, public: bool) -> Ask:
    """How the pages of a variant ask.

    Args:
        con: the readers' database, open.
        public: what the queries find in the variable `public`.

    Returns:
        It asks each question once and gives the same frame again; variables must be hashable.

    Raises:
        StorageError: when asked: the publication is of an earlier version and lacks what a query reads.
    """
    answers: dict[tuple[str, tuple[tuple[str, object], ...]], pl.DataFrame] = {}

    def ask(query: str, **variables: object) -> pl.DataFrame:
        asked = (query, tuple(sorted(variables.items())))
        if asked not in answers:  # the pages of the other language ask the same
            answers[asked] = answered(query, variables)
        return answers[asked]

    def answered(query: str, variables: Mapping[str, object]) -> pl.DataFrame:
        for key, value in {**variables, "public": public}.items():
            con.execute(f"set variable {key} = ?", [value])
        try:
            return con.sql(question(query)).pl()
        except (duckdb.CatalogException, duckdb.BinderException) as error:
            raise StorageError(
                f"The publication lacks what the report reads: {str(error).splitlines()[0]}",
                where=f"the readers' database, query {query}",
                do="Run `syfte run`: this version publishes it.",
            ) from None

    return ask


def publication(ask: Ask) -> Publication:
    """What stands on every page."""
    [row] = ask("publication").to_dicts()
    return Publication(
        organisation={"label_sv": row["organisation_sv"], "label_en": row["organisation_en"]},
        period=(row["period_start"], row["period_end"]),
        as_of=row["as_of"],
        zone=ZoneInfo(row["timezone"]),
        code_version=row["code_version"],
        goals=tuple(ask("goals").to_dicts()),
    )
