"""`syfte quarantine`: rows that were refused: which and why, one of them in full, and reading them again."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli import formats
from pipelines.cli.session import Session
from pipelines.cli.speaking import note

if TYPE_CHECKING:
    from pipelines.run.quarantining import Choice

app = typer.Typer(
    help="Look after refused rows: list them and why, show one, read them again after a fix.",
    rich_markup_mode=None,
    add_completion=False,
)

_Source = Annotated[str | None, typer.Option(metavar="SOURCE", help="Only of this source.")]
_Stream = Annotated[str | None, typer.Option(metavar="STREAM", help="Only of this stream.")]
_Reason = Annotated[str | None, typer.Option(metavar="TEXT", help="Only where the reason holds this text.")]
_Format = Annotated[formats.Format, typer.Option("--format", help="How to print them.")]


@app.command("list")
def list_refused(
    context: typer.Context,
    *,
    source: _Source = None,
    stream: _Stream = None,
    reason: _Reason = None,
    replayed: Annotated[bool, typer.Option("--replayed", help="Also those that have all been read again.")] = False,
    fmt: _Format = "table",
) -> None:
    """List refused rows by source, stream and reason.

    How many wait, how many a replay can read, since when, and how to get them. A refused row costs no other row, and is
    in no figure. csv and json also have the id of the newest, for `syfte quarantine show`.
    """
    from pipelines import run  # noqa: PLC0415  # heavy

    found = run.quarantine(Session.of(context).project, _choice(source, stream, reason), settled=replayed)
    if fmt in ("csv", "json"):
        names = [field.name for field in dataclasses.fields(run.Refused)]
        formats.write(fmt, names, [dataclasses.astuple(group) for group in found])
        return
    if not found:
        note("No row is kept aside.")
        return
    names = ["source", "stream", "reason", "waiting", "replayable", "replayed", "since (UTC)", "newest", "what to do"]
    rows = [
        [
            g.source, g.stream, g.reason, g.waiting, g.replayable, g.replayed, f"{g.first_at:%Y-%m-%d %H:%M}",
            g.newest_id, g.do or None,
        ]
        for g in found
    ]  # fmt: skip
    formats.write(fmt, names, rows, numbers=(3, 4, 5))


@app.command("show")
def show(
    context: typer.Context,
    row: Annotated[str, typer.Argument(metavar="ID", help="As `syfte quarantine list` prints it.")],
    fmt: _Format = "table",
) -> None:
    """Show one refused row: why, where, and what is kept of it.

    That is its allow-listed part, as the platform sent it. Of comments, tips and surveys nothing is kept.
    """
    from pipelines import run  # noqa: PLC0415  # heavy

    found = run.quarantined_row(Session.of(context).project, row)
    said = dataclasses.asdict(found)
    if fmt in ("csv", "json"):
        formats.write(fmt, list(said), [list(said.values())])
    else:
        formats.write(fmt, ["", ""], [[name.replace("_", " "), value] for name, value in said.items()])


@app.command("replay")
def replay(
    context: typer.Context,
    *,
    source: _Source = None,
    stream: _Stream = None,
    reason: _Reason = None,
    row: Annotated[str | None, typer.Option("--id", metavar="ID", help="Only this row.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would fit.")] = False,
    fmt: _Format = "table",
) -> None:
    """Read refused rows again, and store those that fit now.

    After a newer Syfte knows what a platform sends. They are stored as of the moment they were read. Rows of files come
    in by importing the file again.
    """
    from pipelines import run  # noqa: PLC0415  # heavy

    chosen = _choice(source, stream, reason, row)
    done = run.replay_quarantine(Session.of(context).project, chosen, dry_run=dry_run)
    names = ["source", "stream", "would fit" if dry_run else "stored", "still refused"]
    if done or fmt in ("csv", "json"):
        formats.write(fmt, names, [dataclasses.astuple(result) for result in done], numbers=(2, 3))
    else:
        note("No row waits that a replay could read.")
    if not dry_run and any(result.fits for result in done):
        note("The numbers follow at the next run. Next: `syfte run --no-pull`.")


def _choice(source: str | None, stream: str | None, reason: str | None, row: str | None = None) -> Choice:
    from pipelines.run.quarantining import Choice  # noqa: PLC0415  # heavy

    return Choice(source=source, stream=stream, reason=reason, row_id=row)
