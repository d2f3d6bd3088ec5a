"""A suite of ours on a small table: what of it does not hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.quality import SUITES, run_suites

if TYPE_CHECKING:
    import duckdb

    from pipelines.quality.expectations import Kind


def failed(con: duckdb.DuckDBPyConnection, kind: Kind, table: str) -> set[str]:
    """The sentences of the suite that do not hold; every one of them could be tested."""
    results = run_suites(con, suites=[suite for suite in SUITES if (suite.kind, suite.table) == (kind, table)])
    assert results, f"there is no suite {kind} of {table}"
    assert [r.expectation for r in results if r.success is None] == []
    return {r.expectation for r in results if not r.success}
