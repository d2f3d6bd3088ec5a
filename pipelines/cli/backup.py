"""`syfte backup`, `restore` and `verify`: copies elsewhere, back again, and whether all is what was written."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003  # typer reads the annotations
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli import formats
from pipelines.cli.progress import narrated
from pipelines.cli.session import Session
from pipelines.cli.speaking import note

if TYPE_CHECKING:
    from pipelines.run import RestoreReport


def backup(
    context: typer.Context,
    to: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Where; default: SYFTE_BACKUP__PLACE, else `backups/` in the project."),
    ] = None,
) -> None:
    """Copy what cannot be made again to another place.

    What landed, what was published, and what people wrote; each file once, whatever the number of backups. No token,
    key or .env is ever in it. Backups older than SYFTE_BACKUP__KEEP_DAYS are removed.
    """
    from pipelines import run  # noqa: PLC0415  # heavy

    with narrated() as on_event:
        report = run.backup(Session.of(context).project, to=to, on_event=on_event)
    typer.echo(f"{report.place / 'indexes' / report.index.name}.json")
    size = sum(kept.size for kept in report.index.files)
    note(
        f"{len(report.index.files)} files, {size / 1e6:.1f} MB; {report.fresh} of them new, "
        f"{report.fresh_bytes / 1e6:.1f} MB. {report.pruned} old backups removed. `syfte verify --restore` tries it."
    )


def restore(
    context: typer.Context,
    to: Annotated[
        Path | None, typer.Option(metavar="DIR", help="A new directory; default: in place, what stands is set aside.")
    ] = None,
    place: Annotated[
        Path | None, typer.Option("--from", metavar="DIR", help="Where the backups lie; default: as for `backup`.")
    ] = None,
    name: Annotated[
        str | None, typer.Option("--backup", metavar="NAME", help="Which one; default: the newest.")
    ] = None,
) -> None:
    """Put a backup back, build what was published last, publish it, and compare.

    The backup is read and checked before anything is touched, and nothing is overwritten. Tokens and .env are in no
    backup: in place they stay, elsewhere they must be set anew.
    """
    from pipelines import run  # noqa: PLC0415  # heavy

    project = Session.of(context).project
    with narrated() as on_event:
        report = run.restore(project, place=place, to=to, name=name, on_event=on_event)
    typer.echo(str(report.root))
    if report.set_aside is not None:
        note(f"What stood there is in {report.set_aside}; remove it when all is well.")
    _tell(report)


def verify(
    context: typer.Context,
    fmt: Annotated[formats.Format, typer.Option("--format", help="How to print it.")] = "table",
    restored: Annotated[
        bool, typer.Option("--restore", help="Restore the newest backup on trial instead, and compare what it gives.")
    ] = False,
    place: Annotated[
        Path | None, typer.Option("--from", metavar="DIR", help="With --restore: where the backups lie.")
    ] = None,
    check: Annotated[
        bool,
        typer.Option("--check", help="Read every object in the object store too; otherwise names and sizes tell."),
    ] = False,
) -> None:
    """Read everything that is kept, and say what is not what was written.

    What landed by its checksums, what was published, the warehouse row by row against the landing, the newest backup,
    and whether the object stores that are set have every object they name.
    """
    from pipelines import run  # noqa: PLC0415  # heavy

    project = Session.of(context).project
    if restored:
        with narrated() as on_event:
            report = run.restore_on_trial(project, place=place, on_event=on_event)
        _tell(report)
        return
    with narrated() as on_event:
        found = run.verify(project, check=check, on_event=on_event)
    rows = [[one.part, one.files, problem] for one in found for problem in one.problems or ("as it was written",)]
    formats.write(fmt, ["part", "read", "found"], rows, numbers=(1,))
    run.raise_for_problems(found)


def _tell(report: RestoreReport) -> None:
    report.raise_for_differences()
    if report.as_of is None:
        note(f"Restored in {report.seconds:.0f} s. Nothing had been published, so there was nothing to compare.")
        return
    note(
        f"{len(report.compared)} published tables, built from the backup in {report.seconds:.0f} s, are byte for byte "
        f"what was published as of {report.as_of:%Y-%m-%d %H:%M} UTC."
    )
