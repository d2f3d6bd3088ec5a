"""`syfte plan`: before the period starts, what each target can be told from."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from pipelines.cli import formats
from pipelines.cli.session import Session
from pipelines.errors import UsageError


def plan(
    context: typer.Context,
    power: Annotated[
        float, typer.Option(min=0.5, max=0.99, help="Probability with which a difference is to be told.")
    ] = 0.8,
    n: Annotated[
        list[str] | None,
        typer.Option("--n", metavar="KPI=N", help="Observations expected of a KPI; may be given several times."),
    ] = None,
    fmt: Annotated[formats.Format, typer.Option("--format", help="How to print it.")] = "table",
) -> None:
    """Print what each target can be told from, before the period starts.

    A true value between detectable_below and detectable_above will often end as insufficient evidence.

    Expects a period like the one published last; --n says otherwise.
    """
    from pipelines import run  # noqa: PLC0415  # heavy

    found = run.plan(Session.of(context).project, power=power, given=dict(_given(said) for said in n or ()))
    rows = [asdict(row) for row in found]
    names = [
        "goal_id", "kpi_id", "kind", "target_op", "target_value", "expected_n", "basis", "detectable_below",
        "detectable_above", "is_decidable",
    ]  # fmt: skip
    formats.write(fmt, names, ([row[name] for name in names] for row in rows), numbers=(4, 5, 7, 8))


def _given(said: str) -> tuple[str, int]:
    kpi, equals, number = said.partition("=")
    if not (kpi and equals and number.isdecimal() and int(number) > 0):
        raise UsageError("This is no KPI with its number.", where=f"--n {said}", do="Write it as A2=2800.")
    return kpi, int(number)
