"""`syfte purge`: what is older than its class is kept goes."""

from __future__ import annotations

from typing import Annotated

import typer

from pipelines.cli.progress import narrated
from pipelines.cli.session import Session
from pipelines.cli.speaking import note


def purge(
    context: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would go.")] = False,
) -> None:
    """Take out what is older than its class of data is kept, and end what a killed erasure left.

    The schedule `retention` does the same every day. How long each class is kept, and what goals.yaml may change:
    docs/privacy/retention.md. Official documents go only by the decision that goals.yaml names.
    """
    from pipelines import run  # noqa: PLC0415  # heavy

    with narrated() as on_event:
        found = run.purge(Session.of(context).project, is_trial=dry_run, on_event=on_event)
    for one in found:
        typer.echo(f"{one.name}\t{one.count}")
        if one.kept_because:
            note(f"{one.name} stays: {one.kept_because}")
