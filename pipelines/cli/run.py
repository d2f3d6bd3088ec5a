"""`syfte run`: pull, load, build, check, publish."""

from __future__ import annotations

from typing import Annotated

import typer

from pipelines.cli.progress import narrated
from pipelines.cli.session import Session
from pipelines.cli.speaking import note


def run(
    context: typer.Context,
    pull: Annotated[
        bool, typer.Option("--pull/--no-pull", help="Ask the platforms first, or build from what has landed.")
    ] = True,
    read_all: Annotated[
        bool, typer.Option("--all", help="Read everything in the window, also what the schedule says is not due yet.")
    ] = False,
    full: Annotated[bool, typer.Option("--full", help="Build every model, also those that are up to date.")] = False,
) -> None:
    """Pull, load, build, check, publish, and make the report.

    What readers see changes only if everything holds; a source that fails keeps no other from being published.
    """
    from pipelines import run as doing  # noqa: PLC0415  # heavy

    project = Session.of(context).project
    with narrated() as on_event:
        report = doing.run_project(project, on_event=on_event, pull=pull, read_all=read_all, full=full)
        doing.tell_news(project, on_event=on_event)
    typer.echo(str(report.published))
    note(f"Published, as of {report.as_of:%Y-%m-%d %H:%M} UTC. Next: `syfte scorecard`.")
    for made in report.reports[:1]:
        note(f"The report is {made.folder / 'index.html'}.")
    for error in (report.pull_error, report.push_error, report.ship_error, report.report_error):
        if error is not None:
            raise error
