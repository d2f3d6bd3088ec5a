"""`syfte rebuild`: the warehouse once more, from the landing."""

from __future__ import annotations

import typer

from pipelines.cli.progress import narrated
from pipelines.cli.session import Session
from pipelines.cli.speaking import note


def rebuild(context: typer.Context) -> None:
    """Make the warehouse again from what has landed.

    The old file is set aside, not thrown away.
    """
    from pipelines import run  # noqa: PLC0415  # heavy

    with narrated() as on_event:
        report = run.rebuild(Session.of(context).project, on_event=on_event)
    typer.echo(str(report.published))
    for path in report.set_aside:
        note(f"The old file is now {path}; remove it when all is well.")
