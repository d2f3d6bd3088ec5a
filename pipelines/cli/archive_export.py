"""`syfte archive-export`: what is about to go, for the institution's archive."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003  # typer reads the annotations
from typing import Annotated

import typer

from pipelines.cli.session import Session
from pipelines.cli.speaking import note


def archive_export(
    context: typer.Context,
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help="A new folder.", show_default=False)],
    post: Annotated[
        list[str] | None, typer.Option("--post", metavar="ID", help="A post that is to be erased; may be repeated.")
    ] = None,
    account: Annotated[
        list[str] | None, typer.Option("--account", metavar="ID", help="An account that is to be erased.")
    ] = None,
    ahead: Annotated[
        int, typer.Option("--ahead", metavar="DAYS", min=0, help="What falls due within so many days, too.")
    ] = 35,
) -> None:
    """Write what is about to be disposed of to a folder, in open formats with checksums.

    Without --post and --account that is what its age disposes of. The folder is a BagIt bag: JSON lines, their columns,
    SHA-512 sums. Official documents are erased only after such an export, or by a decision that none is needed.
    """
    from pipelines import run  # noqa: PLC0415  # heavy

    done = run.archive_export(
        Session.of(context).project, to, posts=tuple(post or ()), accounts=tuple(account or ()), days=ahead
    )
    typer.echo(str(done.folder))
    for name, rows in done.rows.items():
        note(f"{name}: {rows} rows")
    note("Hand the folder to the archive; `syfte erase` and `syfte purge` go on from here.")
