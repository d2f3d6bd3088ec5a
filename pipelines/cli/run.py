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
    report: Annotated[
        bool, typer.Option("--report/--no-report", help="Make the report of what was published, or leave it as it was.")
    ] = True,
) -> None:
    """Pull, load, build, check, publish, and make the report.

    What readers see changes only if everything holds; a source that fails keeps no other from being published.
    """
    from pipelines import run as doing  # noqa: PLC0415  # heavy

    project = Session.of(context).project
    with narrated() as on_event:
        done = doing.run_project(project, on_event=on_event, pull=pull, read_all=read_all, full=full, report=report)
        doing.tell_news(project, on_event=on_event)
    typer.echo(str(done.published))
    note(f"Published, as of {done.as_of:%Y-%m-%d %H:%M} UTC. Next: `syfte scorecard`.")
    if not report:
        note("The report is as it was; `syfte report` makes it.")
    for made in done.reports[:1]:
        note(f"The report is {made.folder / 'index.html'}.")
    for error in (done.pull_error, done.push_error, done.ship_error, done.report_error):
        if error is not None:
            raise error
