"""What a check found, and where it is kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    import duckdb

    from pipelines.quality.expectations import Severity

_TABLE = """
create table if not exists ops.check_result (
    run_at timestamptz, table_name varchar, expectation varchar, severity varchar, success boolean, detail varchar
)
"""


@dataclass(frozen=True, kw_only=True)
class CheckResult:
    """What one expectation found. Holds nothing from the table's rows.

    Args:
        table: `schema.name`.
        expectation: its sentence.
        severity: of the expectation.
        success: True: it holds; False: it does not; None: it could not be tested.
        detail: why it matters, or the kind of error that kept it from being tested; empty if it holds.
    """

    table: str
    expectation: str
    severity: Severity
    success: bool | None
    detail: str = ""


def blocking(results: Iterable[CheckResult]) -> list[CheckResult]:
    """The results that forbid publishing: an expectation of severity `error` that does not hold."""
    return [r for r in results if r.severity == "error" and r.success is False]


def record(con: duckdb.DuckDBPyConnection, results: Iterable[CheckResult], *, run_at: datetime) -> None:
    """Append results to `ops.check_result`.

    Args:
        con: the writer's connection.
        results: what was found; `success` is null where the expectation could not be tested.
        run_at: when, UTC.
    """
    con.execute("create schema if not exists ops")
    con.execute(_TABLE)
    rows = [[run_at, r.table, r.expectation, r.severity, r.success, r.detail] for r in results]
    if rows:
        con.executemany("insert into ops.check_result values (?, ?, ?, ?, ?, ?)", rows)


def latest(con: duckdb.DuckDBPyConnection, tables: Iterable[str]) -> list[CheckResult]:
    """The newest result of each expectation of some tables."""
    query = """
        select table_name, expectation, severity, success, detail
        from ops.check_result
        where list_contains(?, table_name)
        qualify row_number() over (partition by table_name, expectation order by run_at desc, rowid desc) = 1
        order by table_name, rowid
    """
    return [
        CheckResult(table=table, expectation=says, severity=severity, success=success, detail=detail)
        for table, says, severity, success, detail in con.execute(query, [list(tables)]).fetchall()
    ]
