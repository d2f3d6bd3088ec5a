"""`syfte tags`: which posts nobody claims, how good the rules are, and what a classifier would suggest."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003  # typer reads the annotations
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


@app.command("sample")
def sample(
    context: typer.Context,
    out: Annotated[Path, typer.Option(metavar="FILE", help="The sheet to write, CSV.")],
    n: Annotated[int, typer.Option("--n", min=1, help="So many posts.")] = 200,
    seed: Annotated[int, typer.Option(help="The same seed draws the same posts.")] = 1,
) -> None:
    """Draw posts for two people to code, blind.

    A simple random sample of the study period's posts; the sheet does not say what the rules say. Give each coder a
    copy: they write into their own column which goals each post serves, or none, without seeing each other's.
    """
    from pipelines import run  # noqa: PLC0415  # heavy

    drawn = run.draw_sample(Session.of(context).project, out, n=n, seed=seed)
    typer.echo(str(out))
    first, last = drawn.period
    note(f"Sample {drawn.sample_id}: {drawn.posts} of {drawn.frame_posts} posts of {first} to {last}.")
    note(f"In coder_a and coder_b goes one or more of {', '.join(drawn.goals)}, or none.")
    note("Next: give each coder a copy, then `syfte tags score` with both files.")


@app.command("score")
def score(
    context: typer.Context,
    sheets: Annotated[list[Path], typer.Argument(metavar="FILE", help="The coders' sheets.")],
) -> None:
    """Score the rules by what two people said.

    Where the coders differ, the column adjudicated says what they agreed on; if it is empty, the post counts against
    the rules. Results stand in published.goal_coding and on the scorecard after the next run.
    """
    from pipelines import run  # noqa: PLC0415  # heavy

    found = run.score_sheets(Session.of(context).project, sheets)
    typer.echo(f"{found.coded} posts coded by both, {found.half_coded} by one only")
    note("Next: `syfte run --no-pull`, then `syfte scorecard`.")


@app.command("suggest")
def suggest(
    context: typer.Context,
    out: Annotated[Path, typer.Option(metavar="FILE", help="The sheet to write, CSV.")],
    min_probability: Annotated[
        float, typer.Option("--min-probability", min=0, max=1, help="Leave out what is less likely.")
    ] = 0.5,
) -> None:
    """Suggest goals for posts, for a person to confirm.

    A classifier learns from manual tags and coded samples. Write include or exclude into the column decision, delete
    the other rows, and import the sheet: only then does anything count. Needs `pip install 'syfte[suggest]'`.
    """
    from pipelines import run  # noqa: PLC0415  # heavy

    found = run.suggest(Session.of(context).project, out, min_probability=min_probability)
    typer.echo(str(out))
    note(f"{found.rows} suggestions for {', '.join(found.learnt)}.")
    for goal, (serving, other) in found.too_few.items():
        note(f"not learnt  {goal}: {serving} different texts that serve it and {other} that do not are too few")
    note("Next: write include or exclude beside the suggestions, and `syfte import` the sheet.")


def _shortened(text: str | None) -> str | None:
    if text is None:
        return None
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else f"{line[: _SHOWN - 1]}…"
