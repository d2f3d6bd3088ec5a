"""`syfte init`: a project directory to begin with."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003  # typer reads the annotations
from typing import Annotated

import typer

from pipelines.cli.speaking import note


def init(
    directory: Annotated[Path, typer.Argument(help="The new project's folder.")],
) -> None:
    """Make a project directory to begin with.

    Writes an example goals.yaml to edit, dagster.yaml, and .env for the tokens.
    """
    from pipelines import run  # noqa: PLC0415  # heavy

    for path in run.init_project(directory):
        typer.echo(str(path))
    note(f"Next: edit {directory / 'goals.yaml'}, then run `syfte check --project {directory}`.")
