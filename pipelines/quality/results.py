"""What a test found, and where it is kept: a file a run beside what is published, and `ops.check_result` of them.

A result cannot be made again from the landing, so the files are the truth and the table is read back from them: after
`syfte rebuild` too. They are written before anything is refused, so that a run that publishes nothing leaves them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.warehouse import checksums
from pipelines.warehouse.publish import history_file, keep_in_history, stamp

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from pathlib import Path

    import duckdb

    from pipelines.quality.expectations import Kind, Severity, Suite

KEPT_AS = "check_result"
"""The folder of the history."""

_COLUMNS = {
    "run_at": "timestamptz",
    "kind": "varchar",
    "table_name": "varchar",
    "expectation": "varchar",
    "severity": "varchar",
    "success": "boolean",
    "detail": "varchar",
}


_WITH_BEFORE = """(
    select * from results_now
    union all
    select * from ops.check_result as before
    where run_at = '{}' and not exists (
        select 1 from results_now as now
        where now.table_name = before.table_name and now.expectation = before.expectation
    )
)"""
"""What is found now, and what was found at the same instant of other expectations."""


@dataclass(frozen=True, kw_only=True)
class CheckResult:
    """What one expectation found. Holds nothing from the table's rows.

    Args:
        kind: of its suite.
        table: `schema.name`.
        expectation: its sentence.
        severity: of the expectation.
        success: True: it holds; False: it does not; None: it could not be tested.
        detail: why it matters, or the kind of error that kept it from being tested; empty if it holds.
    """

    kind: Kind
    table: str
    expectation: str
    severity: Severity
    success: bool | None
    detail: str = ""


def blocking(results: Iterable[CheckResult]) -> list[CheckResult]:
    """The results that forbid publishing: an expectation of severity `error` that does not hold."""
    return [r for r in results if r.severity == "error" and r.success is False]


def record(
    con: duckdb.DuckDBPyConnection, published: Path, results: Iterable[CheckResult], *, run_at: datetime
) -> None:
    """Keep results in the history and in `ops.check_result`.

    What was found at the same instant of the same expectation before is replaced: a run at a clock that stands still.

    Args:
        con: the writer's connection.
        published: `data/published`.
        results: what was found; `success` is null where the expectation could not be tested.
        run_at: when, UTC.

    Raises:
        StorageError: the file cannot be written.
    """
    rows = [(run_at, r.kind, r.table, r.expectation, r.severity, r.success, r.detail) for r in results]
    if not rows:
        return
    import polars as pl  # noqa: PLC0415  # 80 ms, also where nothing is tested

    kinds = {"timestamptz": pl.Datetime("us", "UTC"), "boolean": pl.Boolean()}
    schema = {name: kinds.get(kind, pl.String()) for name, kind in _COLUMNS.items()}
    found = pl.DataFrame(rows, schema=schema, orient="row")
    con.register("results_now", found)
    try:
        keep_in_history(
            con,
            published,
            KEPT_AS,
            _WITH_BEFORE.format(run_at.isoformat()),
            run_at,
        )
    finally:
        con.unregister("results_now")
    con.execute("delete from ops.check_result where run_at = ?", [run_at])
    _insert(con, [history_file(published, KEPT_AS, run_at)])


def read_back(con: duckdb.DuckDBPyConnection, published: Path, *, until: datetime) -> None:
    """Bring `ops.check_result` to what the history holds by an instant.

    Args:
        con: the writer's connection.
        published: `data/published`.
        until: later results are not known yet, UTC.
    """
    make_table(con)
    known = {stamp(row[0]) for row in con.execute("select distinct run_at from ops.check_result").fetchall()}
    kept = sorted((published / "history" / KEPT_AS).glob("*.parquet"))
    _insert(con, [path for path in kept if path.stem not in known and path.stem <= stamp(until)])


def make_table(con: duckdb.DuckDBPyConnection) -> None:
    """Make `ops.check_result`, empty, unless it is there as this version has it."""
    listed = ", ".join(f"{name} {kind}" for name, kind in _COLUMNS.items())
    found = "select column_name from duckdb_columns() where schema_name = 'ops' and table_name = 'check_result'"
    if [row[0] for row in con.execute(found).fetchall()] != list(_COLUMNS):
        con.execute("create schema if not exists ops")
        con.execute(f"create or replace table ops.check_result ({listed})")


def _insert(con: duckdb.DuckDBPyConnection, files: list[Path]) -> None:
    if files:
        checksums.require_whole(files)
        con.execute(
            "insert into ops.check_result by name select * from read_parquet(?, hive_partitioning = false)",
            [[str(path) for path in files]],
        )


_STANDING = """
    with tests as (
        select
            *,
            row_number() over series = 1 or success is distinct from lag(success) over series as is_change
        from ops.check_result
        window series as (partition by table_name, expectation order by run_at)
    )
    select
        table_name,
        expectation,
        arg_max(severity, run_at) as severity,
        arg_max(struct_pack(s := success), run_at).s as success,  -- arg_max alone passes over nulls
        arg_max(detail, run_at) as detail,
        max(run_at) as tested_at,
        max(run_at) filter (where is_change) as since
    from tests
    group by table_name, expectation
"""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How an expectation stands.

    Args:
        result: the newest; its success is None also where it was never tested, and its detail says so.
        tested_at: when that was, UTC; None: never.
        since: since when it is so without a break, UTC; None: never tested.
    """

    result: CheckResult
    tested_at: datetime | None = None
    since: datetime | None = None


def standings(con: duckdb.DuckDBPyConnection, suites: Iterable[Suite]) -> list[Standing]:
    """How every expectation of some suites stands, in the suites' order; what was given up long ago is left out.

    Args:
        con: a connection that has `ops.check_result`.
        suites: whose expectations.
    """
    found = {(row[0], row[1]): row[2:] for row in con.execute(_STANDING).fetchall()}
    listed: list[Standing] = []
    for suite in suites:
        for one in suite.expectations:
            known = found.get((suite.table, one.says))
            severity, success, detail = known[:3] if known else (one.severity, None, "not tested yet")
            result = CheckResult(
                kind=suite.kind, table=suite.table, expectation=one.says,
                severity=severity, success=success, detail=detail,
            )  # fmt: skip
            listed.append(
                Standing(result=result, tested_at=known[3], since=known[4]) if known else Standing(result=result)
            )
    return listed


def read_files(con: duckdb.DuckDBPyConnection, published: Path, *, after: datetime | None) -> None:
    """Add to `ops.check_result` what the history holds from an instant on; None for all of it.

    What the table has of that instant is replaced: it may have been tested again after it was published.
    """
    make_table(con)
    kept = sorted((published / "history" / KEPT_AS).glob("*.parquet"))
    if after is not None:
        con.execute("delete from ops.check_result where run_at >= ?", [after])
    _insert(con, [path for path in kept if after is None or path.stem >= stamp(after)])
