"""`syfte pull`: ask the platforms, land what they answer."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from pipelines.cli import formats
from pipelines.cli.progress import narrated
from pipelines.cli.session import Session
from pipelines.cli.speaking import note


def pull(
    context: typer.Context,
    source: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Only this source; may be given several times. Default: all configured."),
    ] = None,
    young: Annotated[bool, typer.Option("--young", help="Only posts that are due more often than daily.")] = False,
    read_all: Annotated[
        bool, typer.Option("--all", help="Everything in the window, also what the schedule says is not due yet.")
    ] = False,
) -> None:
    """Ask the platforms for what is due and keep what they answer.

    Young posts are due often, old ones rarely (docs/budgets.md). Opens no database; `syfte run` loads and builds.
    """
    from pipelines import run  # noqa: PLC0415  # heavy

    project = Session.of(context).project
    with narrated() as on_event:
        report = run.pull_all(
            project,
            sources=source or None,
            young_only=young,
            read_all=read_all,
            on_event=on_event,
        )
        shipping = run.ship_what_landed(project, on_event=on_event)
    formats.write_table(
        ["source", "stream", "account", "pages", "rows", "kept aside", "complete"],
        [
            [r.source, r.stream, r.account_id, r.pages, r.rows, r.rejected, "yes" if r.complete else "no"]
            for r in report.results
        ],
        sys.stdout,
        numbers=(3, 4, 5),
    )
    for account_id, reason in report.skipped.items():
        note(f"skipped  {account_id}: {reason}")
    if not report.results and not report.skipped:
        note("There is nothing to pull: no account is configured. Add `accounts:` to goals.yaml and tokens to .env.")
    report.raise_for_errors()
    if shipping is not None:
        raise shipping
