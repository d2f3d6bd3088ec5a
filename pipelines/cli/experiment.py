"""`syfte experiment`: draw by lot who posts when, and read the answer from the lot."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

import typer

from pipelines.cli.session import Session
from pipelines.cli.speaking import note
from pipelines.errors import UsageError

app = typer.Typer(
    help="Draw by lot who posts when, and analyse by the lot.", rich_markup_mode=None, add_completion=False
)


@app.command("plan")
def plan(  # noqa: PLR0917  # typer passes them by name
    context: typer.Context,
    experiment_id: Annotated[str, typer.Argument(metavar="ID", help="Name of the experiment.")],
    goal: Annotated[str, typer.Option(help="Goal of goals.yaml that it serves.")] = "tips",
    design: Annotated[
        Literal["ab", "switchback"],
        typer.Option(help="ab: half of the units post; switchback: every unit posts in half of the weeks."),
    ] = "switchback",
    start: Annotated[str, typer.Option(metavar="DATE", help="First day, a Monday to come: 2026-03-02.")] = "",
    weeks: Annotated[int, typer.Option(help="How many weeks.")] = 12,
    seed: Annotated[int, typer.Option(help="Seed of the lot; write down where it comes from.")] = 1,
    units: Annotated[list[str] | None, typer.Option(help="A unit's id; may be repeated. Default: all.")] = None,
) -> None:
    """Draw who posts in which weeks and write it to experiments/ID.yaml, before the first of them begins.

    Says the smallest effect the experiment can tell from chance. A lot is never drawn again.
    """
    from pipelines.run.experimenting import plan_experiment  # noqa: PLC0415  # heavy

    try:
        first = dt.date.fromisoformat(start)
    except ValueError:
        raise UsageError("This is not a day.", where=f"--start {start}", do="Write it as 2026-03-02.") from None
    found = plan_experiment(
        Session.of(context).project,
        experiment_id,
        goal=goal,
        design=design,
        start=first,
        weeks=weeks,
        seed=seed,
        units=units or (),
    )
    typer.echo(str(found.path))
    note(f"{found.posting} of {found.cells} unit-weeks post.")
    if found.detectable is None:
        note("No tips were read yet, so nobody can say what effect it can tell.")
    else:
        note(
            f"With some {found.tips:.0f} tips it can tell a rate ratio of {found.detectable:.3f} or more from chance, "
            "4 times of 5."
        )


@app.command("analyse")
def analyse(
    context: typer.Context,
    experiment_id: Annotated[str, typer.Argument(metavar="ID", help="Name of the experiment.")],
) -> None:
    """Print what an experiment came to: the rate ratio as the lot assigned it, whether or not it was followed."""
    from pipelines.run.experimenting import analyse_experiment  # noqa: PLC0415  # heavy

    told = analyse_experiment(Session.of(context).project, experiment_id)
    ratio, found = told.found.ratio, told.found
    if ratio.value is None:
        typer.echo("rate ratio: none; too few tips, or nothing read yet")
    else:
        ends = "" if ratio.low is None else f" [{ratio.low:.3f}; {ratio.high:.3f}]"
        typer.echo(f"rate ratio: {ratio.value:.3f}{ends}")
    if found.p is not None:
        typer.echo(f"p by drawing the lot again: {found.p:.4f}")
    if found.compliance is not None:
        typer.echo(f"unit-weeks that did as the lot said: {found.compliance:.0%}")
    typer.echo(f"weeks read: {told.weeks_read} of {told.weeks}")
