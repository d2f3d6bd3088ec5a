"""`syfte auth`: how the tokens stand, and renewing them. Never a token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli import formats
from pipelines.cli.session import Session
from pipelines.cli.speaking import complain, note

if TYPE_CHECKING:
    from datetime import datetime

app = typer.Typer(
    help="Look after the tokens: when each of them ends, and renewing them.",
    rich_markup_mode=None,
    add_completion=False,
)


@app.command("status")
def status(
    context: typer.Context,
    fmt: Annotated[formats.Format, typer.Option("--format", help="How to print it.")] = "table",
) -> None:
    """Print how every token stands.

    Its kind, where it comes from, when it ends, how many days are left, and what to do. Asks nobody: `syfte check`
    and every pull ask the platforms. A token itself is never shown.
    """
    from pipelines import run  # noqa: PLC0415  # heavy

    found = run.auth_status(Session.of(context).project)
    names = ["source", "account", "kind", "from", "state", "ends (UTC)", "days left", "renewed (UTC)", "what to do"]
    rows = [
        [
            one.source, one.account, one.kind, one.origin, one.state,
            f"{_utc(one.expires_at)}{' at the latest' if one.is_latest else ''}" if one.expires_at else None,
            one.days_left, _utc(one.renewed_at), one.do,
        ]
        for one in found
    ]  # fmt: skip
    formats.write(fmt, names, rows, numbers=(6,))
    waiting = sum(one.needs_action for one in found)
    if waiting:
        note(f"{waiting} of {len(found)} need somebody. docs/tokens.md says how each platform's tokens are issued.")


@app.command("refresh")
def refresh(
    context: typer.Context,
    source: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Only this source; may be given several times. Default: all configured."),
    ] = None,
) -> int:
    """Renew now every token that can be renewed.

    A pull does it by itself when the time has come; this is for trying it out, and after a new token was set.
    """
    from pipelines import run  # noqa: PLC0415  # heavy

    found = run.auth_refresh(Session.of(context).project, sources=source or None)
    formats.write(
        "table",
        ["source", "account", "outcome", "ends (UTC)"],
        [[one.source, one.account, one.outcome, _utc(one.expires_at)] for one in found],
    )
    errors = [one.error for one in found if one.error is not None]
    for error in errors:
        complain(error)
    return errors[0].exit_code if errors else 0


def _utc(instant: datetime | None) -> str | None:
    return f"{instant:%Y-%m-%d %H:%M}" if instant else None
