"""The gate before publishing: what changed since it was last looked at is tested, and an error keeps readers' state.

Great Expectations takes seconds to import, so a table that is as it was when it last passed is not tested again.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from pipelines.errors import CheckError
from pipelines.events import Event, OnEvent, silent
from pipelines.quality.results import CheckResult, blocking, latest, record
from pipelines.quality.run import run_suites
from pipelines.quality.suites import SUITES

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    import duckdb

    from pipelines.quality.expectations import Suite

_PASSED = "create table if not exists ops.passed (table_name varchar, state varchar)"


def gate(
    con: duckdb.DuckDBPyConnection, *, run_at: datetime, suites: Iterable[Suite] = SUITES, on_event: OnEvent = silent
) -> list[CheckResult]:
    """Test what is about to be published.

    Args:
        con: the writer's connection, nothing uncommitted.
        run_at: the run's instant, UTC; kept with the results.
        suites: what to expect of which table.
        on_event: told after each table, and of each warning.

    Returns:
        The newest result of every expectation, tested now or before.

    Raises:
        CheckError: an expectation of severity `error` does not hold. Results are recorded all the same.
    """
    con.execute(_PASSED)
    passed = dict(con.execute("select table_name, state from ops.passed").fetchall())
    states = {suite.table: state for suite in suites if (state := _state(con, suite)) is not None}
    due = [suite for suite in suites if suite.table in states and passed.get(suite.table) != states[suite.table]]
    results = run_suites(con, suites=due, on_event=on_event)
    record(con, results, run_at=run_at)
    broken = blocking(results)
    failed = {result.table for result in broken} | {r.table for r in results if r.success is None}
    con.execute("delete from ops.passed where list_contains(?, table_name)", [[suite.table for suite in due]])
    for suite in due:
        if suite.table not in failed:
            con.execute("insert into ops.passed values (?, ?)", [suite.table, states[suite.table]])
    for result in results:
        if result.success is not True and result not in broken:
            on_event(Event("warning", result.table, detail=_said(result)))
    if broken:
        raise CheckError(
            f"{len(broken)} expectations do not hold: {'; '.join(f'{r.table}: {_said(r)}' for r in broken[:5])}.",
            where="ops.check_result",
            do="Nothing was published; readers keep the last good state. Look at the tables named, mend what\n"
            "         feeds them, and run again.",
        )
    return latest(con, states)


def _said(result: CheckResult) -> str:
    state = "does not hold" if result.success is False else "could not be tested"
    return f"“{result.expectation}” {state}" + (f" ({result.detail})" if result.detail else "")


def _state(con: duckdb.DuckDBPyConnection, suite: Suite) -> str | None:
    """Changes when the table or the suite does; None where there is no such table."""
    if suite.table.startswith("raw."):
        found = con.execute("select count(*), max(page_id) from raw.pages").fetchall()
    else:
        found = con.execute("select state from ops.built where model = ?", [suite.table]).fetchall()
    return hashlib.sha256(f"{found} {suite!r}".encode()).hexdigest()[:32] if found else None
