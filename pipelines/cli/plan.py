"""`syfte plan`: before the period starts, what each target can be told from."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli import formats
from pipelines.cli.session import Session
from pipelines.cli.speaking import note
from pipelines.errors import UsageError

if TYPE_CHECKING:
    from pipelines.run import BudgetRow


def plan(
    context: typer.Context,
    *,
    power: Annotated[
        float, typer.Option(min=0.5, max=0.99, help="Probability with which a difference is to be told.")
    ] = 0.8,
    n: Annotated[
        list[str] | None,
        typer.Option("--n", metavar="KPI=N", help="Observations expected of a KPI; may be given several times."),
    ] = None,
    budget: Annotated[
        bool, typer.Option("--budget", help="Print instead what reading the platforms will cost a day and a month.")
    ] = False,
    posts_per_day: Annotated[
        float, typer.Option(min=0, help="With --budget: of an account of which nothing has landed yet.")
    ] = 2.0,
    comments_per_post: Annotated[
        float, typer.Option(min=0, help="With --budget: comments that a reading of a post brings, where they are read.")
    ] = 10.0,
    runs_per_day: Annotated[
        int | None,
        typer.Option(min=1, max=48, help="With --budget: full runs a day. Default: Dagster's schedules, hourly."),
    ] = None,
    fmt: Annotated[formats.Format, typer.Option("--format", help="How to print it.")] = "table",
) -> None:
    """Print what each target can be told from, before the period starts.

    With --budget: what the configuration will take of the platforms' allowances (docs/budgets.md).

    A true value between detectable_below and detectable_above will often end as insufficient evidence.

    Expects a period like the one published last; --n says otherwise.
    """
    from pipelines import run  # noqa: PLC0415  # heavy

    if budget:
        rows = run.plan_budget(
            Session.of(context).project,
            default_posts_per_day=posts_per_day,
            comments_per_post=comments_per_post,
            runs_per_day=runs_per_day,
        )
        _write_budget(rows, fmt, posts_per_day)
        return
    found = run.plan(Session.of(context).project, power=power, given=dict(_given(said) for said in n or ()))
    rows = [asdict(row) for row in found]
    names = [
        "goal_id", "kpi_id", "kind", "target_op", "target_value", "expected_n", "basis", "detectable_below",
        "detectable_above", "is_decidable",
    ]  # fmt: skip
    formats.write(fmt, names, ([row[name] for name in names] for row in rows), numbers=(4, 5, 7, 8))


def _write_budget(rows: list[BudgetRow], fmt: formats.Format, default: float) -> None:
    names = [
        "source", "allowance", "unit", "period", "accounts", "observed", "posts_per_day", "first_pull", "per_day",
        "per_month", "per_period", "limit", "judgement", "advice",
    ]  # fmt: skip
    formats.write(fmt, names, ([getattr(row, name) for name in names] for row in rows), numbers=tuple(range(4, 12)))
    if not rows:
        note("Nothing is read, so nothing is taken: no source is switched on.")
    if any(row.observed < row.accounts for row in rows):
        note(f"Accounts of which nothing has landed are taken to post {default:g} times a day (--posts-per-day).")
    for row in rows:
        if row.judgement == "too much":
            note(f"{row.source}: {row.per_period:,g} {row.unit} a {row.period}, {row.limit:,g} allowed: {row.advice}.")


def _given(said: str) -> tuple[str, int]:
    kpi, equals, number = said.partition("=")
    if not (kpi and equals and number.isdecimal() and int(number) > 0):
        raise UsageError("This is no KPI with its number.", where=f"--n {said}", do="Write it as A2=2800.")
    return kpi, int(number)
