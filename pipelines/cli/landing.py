"""`syfte landing`: what has landed, in the institution's object store and back on a machine."""

from __future__ import annotations

from typing import Annotated

import typer

from pipelines.cli.progress import narrated
from pipelines.cli.session import Session
from pipelines.cli.speaking import note

app = typer.Typer(
    help="Ship what has landed to an object store, or fetch it from there.",
    rich_markup_mode=None,
    add_completion=False,
)


@app.command("ship")
def ship(
    context: typer.Context,
    check: Annotated[
        bool,
        typer.Option("--check", help="Read every object there, and write those anew that are not what was shipped."),
    ] = False,
) -> None:
    """Make the landing at SYFTE_LANDING_URL equal to the one here.

    Only what is new is sent; what was erased here is removed there. With the setting every pull, import, run, rebuild,
    erasure and purge does it. Killed at any moment, the store holds the state before or the one after.
    """
    from pipelines import run  # noqa: PLC0415  # heavy

    with narrated() as on_event:
        done = run.ship_landing(Session.of(context).project, check=check, on_event=on_event)
    typer.echo(done.url)
    mended = f" {done.mended} objects were not what was shipped and are written anew." if check else ""
    note(f"State {done.generation}: {done.written} objects written, {done.removed} removed.{mended}")


@app.command("fetch")
def fetch(context: typer.Context) -> None:
    """Bring here what the landing at SYFTE_LANDING_URL has and this one lacks.

    An empty disk gets all of it; then `syfte rebuild` makes the same tables again. Nothing here is overwritten, each
    file is held against its SHA-256 before it is written, and what was killed goes on where it was.
    """
    from pipelines import run  # noqa: PLC0415  # heavy

    project = Session.of(context).project
    with narrated() as on_event:
        fetched = run.fetch_landing(project, on_event=on_event)
    typer.echo(str(project.landing_dir))
    note(f"State {fetched.generation}: {fetched.files} files, {fetched.size / 1e6:.1f} MB. Next: `syfte rebuild`.")
