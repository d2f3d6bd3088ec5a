"""`syfte export`: published tables as files."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003  # typer reads the annotations
from typing import Annotated, Literal

import typer

from pipelines.cli.session import Session
from pipelines.cli.speaking import note


def export(
    context: typer.Context,
    tables: Annotated[
        list[str] | None, typer.Argument(metavar="[TABLE]...", help="Published tables: post, kpi_period. Default: all.")
    ] = None,
    *,
    to: Annotated[Literal["csv", "parquet", "xlsx"], typer.Option("--to", help="Format.", show_default=False)],
    folder: Annotated[
        Path, typer.Option("--dir", metavar="DIR", help="Folder for the files; made if need be.", show_default=False)
    ],
) -> None:
    """Write published tables to files for spreadsheets and other programs.

    csv and parquet: a file per table. xlsx: one workbook, syfte.xlsx, with a sheet per table (extra xlsx). A file or
    sheet `columns` says what each column means.

    An empty cell is no value, never zero; the column state says why. No text becomes a formula in csv and xlsx.
    Instants are UTC.
    """
    from pipelines import run  # noqa: PLC0415  # heavy

    done = run.export(Session.of(context).project, tables or [], to, folder)
    for path, rows in done.files.items():
        typer.echo(str(path))
        note(f"{path.name}: {rows} rows")
    for name, rows in done.left_out.items():
        note(f"Left out: published.{name} has {rows} rows, more than a sheet holds. --to csv and parquet take it.")
