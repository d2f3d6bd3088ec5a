"""`syfte revisions`: published figures that changed, old and new, and why."""

from __future__ import annotations

from typing import Annotated

import typer

from pipelines.cli import formats
from pipelines.cli.scorecard import day
from pipelines.cli.session import Session

_QUERY = """
    select * from published.kpi_revision
    where ($1 is null or kpi_id = $1) and ($2 is null or as_of_new >= $2)
    order by as_of_new, goal_id, kpi_id, variant, unit_id, period_start
"""

_SHOWN = ("kpi_id", "as_of_old", "as_of_new", "value_old", "value_new", "verdict_old", "verdict_new", "why")


def revisions(
    context: typer.Context,
    *,
    kpi: Annotated[str | None, typer.Option(metavar="KPI", help="Only of this KPI.")] = None,
    since: Annotated[
        str | None, typer.Option(metavar="DATE", help="Only those made on that day (UTC) or later.")
    ] = None,
    fmt: Annotated[formats.Format, typer.Option("--format", help="How to print them.")] = "table",
) -> None:
    """Print published figures that changed, and why.

    One row per figure and publication that changed it: before, after, and the grounds, from facts: what changed in
    goals.yaml, which rows were new or late, whether the models changed, or only the clock. json and csv have the
    columns of published.kpi_revision.
    """
    from pipelines import run  # noqa: PLC0415  # heavy

    with run.open_published(Session.of(context).project) as con:
        found = con.execute(_QUERY, [kpi, day(since)])
        names = [str(column[0]) for column in found.description or []]
        rows = found.fetchall()
    if fmt in ("table", "markdown"):
        places = [names.index(name) for name in _SHOWN]
        names, rows = list(_SHOWN), [tuple(row[place] for place in places) for row in rows]
    formats.write(fmt, names, rows)
