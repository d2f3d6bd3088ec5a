"""`syfte report`: the published tables as pages."""

from __future__ import annotations

import webbrowser
from pathlib import Path  # noqa: TC003  # typer reads the annotations
from typing import Annotated

import typer

from pipelines.cli.progress import narrated
from pipelines.cli.session import Session
from pipelines.cli.speaking import note


def report(
    context: typer.Context,
    to: Annotated[
        Path | None, typer.Option("--to", metavar="DIR", help="Write it to this folder. Default: data/published.")
    ] = None,
    public: Annotated[
        bool, typer.Option("--public", help="Only the edition that anybody may see; with --to, that one.")
    ] = False,
    pdf: Annotated[bool, typer.Option("--pdf", help="Also print the first page as PDF; needs Chromium.")] = False,
    show: Annotated[bool, typer.Option("--open", help="Then open it in the browser.")] = False,
) -> None:
    """Make the report: a site of pages in Swedish and English that any browser opens, without a server or network.

    Every run makes both editions, data/published/report for the institution and data/published/report-public for
    everybody. A reader sees the old one or the new one; it is made again only if something has changed.
    """
    from pipelines import run  # noqa: PLC0415  # heavy

    project = Session.of(context).project
    editions = ("report-public",) if public else ("report",) if to else run.EDITIONS
    with narrated() as on_event:
        made = run.report(project, editions=editions, to=to, pdf=pdf, on_event=on_event)
    for one in made:
        typer.echo(str(one.folder / "index.html"))
        for page in one.pdfs:
            typer.echo(str(page))
    if not any(one.is_new for one in made):
        note("Nothing has changed since it was made.")
    if show and not webbrowser.open((made[0].folder / "index.html").resolve().as_uri()):
        note("No browser could be started; open the path above in one.")
