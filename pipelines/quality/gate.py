"""The gate before publishing: what changed since it was last looked at is tested, and an error keeps readers' state.

Great Expectations takes seconds to import, so a suite is not tested again while every table it reads is as it was when
it last passed. A suite that looks at the clock is tested whenever the clock has moved.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from pipelines.errors import CheckError
from pipelines.events import Event, OnEvent, silent
from pipelines.quality.results import CheckResult, Standing, blocking, read_back, record, standings
from pipelines.quality.run import exists, run_suites
from pipelines.quality.suites import SUITES
from pipelines.warehouse.build import token_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from pathlib import Path

    import duckdb

    from pipelines.quality.expectations import Suite

_PASSED = "create table if not exists ops.passed_suite (suite varchar, state varchar)"


def gate(
    con: duckdb.DuckDBPyConnection,
    published: Path,
    *,
    run_at: datetime,
    suites: Sequence[Suite] = SUITES,
    everything: bool = False,
    on_event: OnEvent = silent,
) -> list[Standing]:
    """Test what has changed, and keep what was found; nothing is refused yet.

    Args:
        con: the writer's connection, nothing uncommitted.
        published: `data/published`, whose history keeps the results.
        run_at: the run's instant, UTC; kept with the results.
        suites: what to expect of which table.
        everything: test also what has not changed.
        on_event: told after each suite, and of each warning.

    Returns:
        How every expectation of a table that exists stands, tested now or before.

    Raises:
        StorageError: the results cannot be kept.
    """
    con.execute(_PASSED)
    read_back(con, published, until=run_at)
    there = [suite for suite in suites if exists(con, suite.table)]
    states = _states(con, there)
    passed = dict(con.execute("select suite, state from ops.passed_suite").fetchall())
    due = [suite for suite in there if everything or passed.get(suite.name) != states[suite.name]]
    results = run_suites(con, suites=due, on_event=on_event)
    record(con, published, results, run_at=run_at)
    _remember(con, due, states, results)
    for result in results:
        if result.success is not True and not blocking([result]):
            on_event(Event("warning", result.table, detail=said(result)))
    return standings(con, there)


def refuse(found: Iterable[Standing]) -> None:
    """Keep readers' state if something forbids publishing.

    Raises:
        CheckError: an expectation of severity `error` does not hold.
    """
    broken = blocking(standing.result for standing in found)
    if broken:
        more = f" (and {len(broken) - 5} more)" if len(broken) > 5 else ""
        raise CheckError(
            f"{len(broken)} expectations do not hold: {'; '.join(f'{r.table}: {said(r)}' for r in broken[:5])}{more}.",
            where="`syfte quality`",
            do="Nothing was published; readers keep the last good state. Look at the tables named, mend what\n"
            "         feeds them, and run again.",
        )


def said(result: CheckResult) -> str:
    """What came of an expectation, in a sentence; nothing of a row is in it."""
    if result.success is None:
        return f"“{result.expectation}” could not be tested ({result.detail})"
    return f"“{result.expectation}” does not hold" + (f" ({result.detail})" if result.detail else "")


def _states(con: duckdb.DuckDBPyConnection, suites: list[Suite]) -> dict[str, str]:
    """What changes when a suite does, or any table it reads."""
    tokens: dict[tuple[str, bool], str] = {}
    states: dict[str, str] = {}
    for suite in suites:
        clock = suite.looks_at_clock
        for table in suite.reads:
            if (table, clock) not in tokens:
                tokens[table, clock] = token_of(con, table, clock=clock) if exists(con, table) else "none"
        said = "\n".join([repr(suite), *(f"{table}={tokens[table, clock]}" for table in suite.reads)])
        states[suite.name] = hashlib.sha256(said.encode()).hexdigest()[:32]
    return states


def _remember(
    con: duckdb.DuckDBPyConnection, due: list[Suite], states: dict[str, str], results: list[CheckResult]
) -> None:
    """Write down which suites need not be tested again; what blocked or could not run does."""
    again = {(r.kind, r.table) for r in results if r.success is None} | {(r.kind, r.table) for r in blocking(results)}
    con.execute("delete from ops.passed_suite where list_contains(?, suite)", [[suite.name for suite in due]])
    for suite in due:
        if (suite.kind, suite.table) not in again:
            con.execute("insert into ops.passed_suite values (?, ?)", [suite.name, states[suite.name]])
