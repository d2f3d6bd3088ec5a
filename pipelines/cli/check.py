"""`syfte check`: is everything in place that a run depends on?"""

from __future__ import annotations

import sys

import typer  # noqa: TC002  # typer reads the annotations

from pipelines.cli.session import Session
from pipelines.cli.speaking import note, print_table, safe

_MARKS = {True: ("ok", "green"), False: ("wrong", "bold red"), None: ("–", "dim")}


def check(context: typer.Context) -> int:
    """Look at configuration, tokens, reachability and disk.

    Prints what is found, and what to do about what is wrong. The exit code is that of the first thing wrong.
    """
    from rich.box import SIMPLE_HEAD  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    from pipelines import run  # noqa: PLC0415  # heavy

    rows = run.check_project(Session.of(context).project)
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for name in ("what", "", "found", "where"):
        table.add_column(name, overflow="fold")
    for row in rows:
        mark, style = ("soon", "bold yellow") if row.is_warning else _MARKS[row.ok]
        found = safe(row.detail) + (f"\n{safe(row.do)}" if row.do else "")
        table.add_row(Text(safe(row.what)), Text(mark, style=style), Text(found), Text(safe(row.where)))
    print_table(table, sys.stdout)
    wrong = [row for row in rows if row.ok is False]
    soon = sum(row.is_warning for row in rows)
    well = f"All is well; {soon} will need somebody soon." if soon else "All is well."
    note(f"{len(wrong)} of {len(rows)} are wrong." if wrong else well)
    return wrong[0].exit_code or 1 if wrong else 0
