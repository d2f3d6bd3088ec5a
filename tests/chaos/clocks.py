"""A process with a clock and a zone of its own: pulls a project day by day, builds, publishes, and tells what stands.

Usage: python -m tests.chaos.clocks PROJECT [INSTANT ...]

With instants the project's clock and the sandbox's stand at each of them in turn; without any the host's clock counts,
and one pull is made. Prints as JSON: the published tables, the hours of the calendar's days, and warnings.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from pipelines.project import Project
from pipelines.run import pull_all, run_project
from pipelines.warehouse.connection import open_hardened, open_writer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines.events import Event

_VOLATILE = {"page_id", "run_id", "built_at", "run_at"}
"""Names of runs and of pages hold the host's clock and chance."""
_VOLATILE_OF = {"kpi_lineage": {"state"}}
_AS_OF = {"as_of", "as_of_old", "as_of_new"}


def at(project: Project, instant: str) -> None:
    """Set the project's clock and the sandbox's."""
    path = project.root / ".env"
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(r"(?m)^SYFTE_NOW=.*$", f"SYFTE_NOW='{instant}'", text), encoding="utf-8")
    found = re.search(r"BASE_URL='(http://127[^']*)'", text)
    assert found
    body = json.dumps({"now": instant}).encode()
    httpx.post(f"{found[1]}/_sandbox/clock", content=body).raise_for_status()


def published(project: Project, *, as_of: bool) -> dict[str, list[str]]:
    """Every published table, its rows as text and sorted."""
    found = {}
    left_out = _VOLATILE if as_of else _VOLATILE | _AS_OF
    with open_hardened(project.published_db) as con:
        columns = con.execute(
            "select table_name, list(column_name order by column_index) from duckdb_columns() "
            "where schema_name = 'published' group by all"
        ).fetchall()
        for table, names in columns:
            out = left_out | _VOLATILE_OF.get(table, set())
            kept = ", ".join(f'"{name}"' for name in names if name not in out)
            found[table] = sorted(map(str, con.execute(f"select {kept} from published.{table}").fetchall()))
    return found


def hours(project: Project) -> dict[str, float]:
    """The calendar's days that do not have 24 hours; `gaps` counts days that do not begin where the one before ends."""
    with open_writer(project.warehouse_path) as con:
        odd = con.execute(
            "select local_date::varchar, date_diff('minute', starts_at, ends_at) / 60 from seeds.calendar "
            "where date_diff('minute', starts_at, ends_at) <> 1440 and year(local_date) = 2025"
        ).fetchall()
        [(gaps,)] = con.execute(
            "select count(*) from (select starts_at <> lag(ends_at) over (order by local_date) as gap "
            "from seeds.calendar) where gap"
        ).fetchall()
    return dict(odd) | {"gaps": gaps}


def told(project: Project, instants: Sequence[str] = ()) -> dict[str, object]:
    """Pull and publish; what stands then."""
    warnings: list[Event] = []
    for instant in instants[:-1]:
        at(project, instant)
        pull_all(project).raise_for_errors()
    if instants:
        at(project, instants[-1])
    report = run_project(
        project, report=False, on_event=lambda event: warnings.append(event) if event.kind == "warning" else None
    )
    assert report.pull_error is None, report.pull_error
    return {
        "tables": published(project, as_of=bool(instants)),
        "hours": hours(project),
        "warnings": [f"{event.name}: {event.detail}" for event in warnings],
        "as_of": report.as_of.isoformat(),
    }


if __name__ == "__main__":
    print(json.dumps(told(Project(Path(sys.argv[1])), sys.argv[2:])))
