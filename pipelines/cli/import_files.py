"""`syfte import`: files and folders, with every row accounted for."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path  # noqa: TC003  # typer reads the annotations
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli import formats
from pipelines.cli.progress import narrated
from pipelines.cli.session import Session
from pipelines.cli.speaking import note
from pipelines.errors import UsageError

if TYPE_CHECKING:
    from pipelines.project import Project
    from pipelines.run import ImportReport
    from pipelines.sources.files.plan import ImportOptions

_REASONS_SHOWN = 20


def import_files(  # noqa: PLR0917  # typer passes them by name
    context: typer.Context,
    paths: Annotated[list[Path], typer.Argument(metavar="PATH", help="Files and folders.")],
    mapping: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A mapping file for tables that are not recognised.")
    ] = None,
    account: Annotated[
        str | None, typer.Option(metavar="PLATFORM:ID", help="The account that everything belongs to.")
    ] = None,
    unit: Annotated[str | None, typer.Option(metavar="ID", help="The unit of the accounts in the files.")] = None,
    observed_at: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="When the figures were read, where the files do not say: 2025-01-31T12:00Z."),
    ] = None,
    timezone: Annotated[
        str | None, typer.Option(metavar="ZONE", help="Zone of times without an offset, such as Europe/Stockholm.")
    ] = None,
) -> None:
    """Import exports and tables of any of the known forms.

    Native exports, canonical tables and mapped tables are recognised by their header, not by their name.

    Rows read = rows stored + exact duplicates + rows kept aside, for each file.
    """
    from pipelines import run  # noqa: PLC0415  # heavy

    project = Session.of(context).project
    options = _options(project, mapping=mapping, account=account, unit=unit, observed_at=observed_at, timezone=timezone)
    with narrated() as on_event:
        report = run.import_files(project, paths, options, on_event=on_event)
        shipping = run.ship_what_landed(project, on_event=on_event)
    _print(report)
    report.raise_for_errors()
    if shipping is not None:
        raise shipping


def _options(
    project: Project,
    *,
    mapping: Path | None,
    account: str | None,
    unit: str | None,
    observed_at: str | None,
    timezone: str | None,
) -> ImportOptions:
    from pipelines.run.preparing import present  # noqa: PLC0415  # heavy
    from pipelines.sources.files.plan import ImportOptions  # noqa: PLC0415

    if account is not None and not all(account.partition(":")):
        raise UsageError(
            "An account is given as platform:id.",
            where=f"--account {account}",
            do="Write, for example, --account x:42.",
        )
    return ImportOptions(
        now=present(project),
        mapping=str(mapping) if mapping is not None else None,
        account=account,
        unit=unit,
        observed_at=_instant(observed_at),
        timezone=timezone,
    )


def _instant(given: str | None) -> dt.datetime | None:
    if given is None:
        return None
    try:
        read = dt.datetime.fromisoformat(given)
    except ValueError:
        read = None
    if read is None or read.tzinfo is None:
        raise UsageError(
            "This is not an instant with an offset.",
            where=f"--observed-at {given}",
            do="Write it as 2025-01-31T12:00Z or 2025-01-31T13:00+01:00.",
        )
    return read.astimezone(dt.UTC)


def _print(report: ImportReport) -> None:
    formats.write_table(
        ["file", "format", "read", "stored", "duplicates", "kept aside"],
        [
            [
                file.path, file.format or "skipped", file.rows_read, file.rows_stored, file.rows_duplicate,
                file.rows_quarantined,
            ]
            for file in report.files
        ],
        sys.stdout,
        numbers=(2, 3, 4, 5),
    )  # fmt: skip
    for file in report.files:
        if file.skipped:
            note(f"skipped  {file.path}: {file.skipped}")
        if file.is_known:
            note(f"known    {file.path}: this very file was imported before; nothing changed")
        if file.dropped_columns:
            note(f"dropped  {file.path}: columns {', '.join(file.dropped_columns)}")
    for name, line, reason in report.quarantined[:_REASONS_SHOWN]:
        note(f"aside    {name}:{line}: {reason}")
    if len(report.quarantined) > _REASONS_SHOWN:
        note(f"aside    {len(report.quarantined) - _REASONS_SHOWN} more; see `syfte quarantine list --source files`")
    for stranger in report.strangers:
        note(f"unknown  tags name {stranger}; they are kept, and count once these are known")
    if any(file.rows_stored for file in report.files):
        note("Next: `syfte run`.")
