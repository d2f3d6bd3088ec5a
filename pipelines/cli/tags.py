"""`syfte tags`: which posts nobody claims, how good the rules are, and what a classifier would suggest."""

from __future__ import annotations

from typing import Annotated

import typer

from pipelines.cli import formats
from pipelines.cli.session import Session
from pipelines.cli.speaking import note

app = typer.Typer(
    help="Look after the tags: list unmatched posts, sample and score a blind coding, suggest.",
    rich_markup_mode=None,
    add_completion=False,
)

_SHOWN = 120
"""Characters of a text in a table."""


@app.command("unmatched")
def unmatched(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, help="So many at most, the newest first.")] = 50,
    fmt: Annotated[formats.Format, typer.Option("--format", help="How to print them.")] = "table",
) -> None:
    """List posts that serve no goal.

    As of the last run. Tag them with `syfte tag`, or mend the rules in goals.yaml.
    """
    from pipelines import run  # noqa: PLC0415  # heavy

    found = run.unmatched(Session.of(context).project)
    rows = [
        (*row[:3], _shortened(row[3]) if fmt in ("table", "markdown") else row[3])
        for row in found.head(limit).iter_rows()
    ]
    formats.write(fmt, found.columns, rows)
    if found.height > limit:
        note(f"{found.height - limit} more; --limit {found.height} shows all.")


def _shortened(text: str | None) -> str | None:
    if text is None:
        return None
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else f"{line[: _SHOWN - 1]}…"
