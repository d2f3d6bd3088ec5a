"""What compares two warehouses sees a row that is missing, one that is there twice, and a digit."""

from __future__ import annotations

import duckdb
import pytest

from tests.spark.comparing import rows_that_differ


@pytest.mark.parametrize(
    ("other", "differ"),
    [
        ("values (2, 0.3::double), (1, null)", 0),  # in another order
        ("values (1::bigint, null), (2, 0.3::double)", 0),  # of another type
        ("values (1, null)", 1),
        ("values (1, null), (1, null), (2, 0.3::double)", 1),
        ("values (1, null), (2, 0.1::double + 0.2::double)", 2),
        ("values (1, 0), (2, 0.3::double)", 2),
    ],
)
def test_rows_that_only_one_of_two_tables_holds_are_counted(other, differ, tmp_path):
    with duckdb.connect(tmp_path / "other.duckdb") as con:
        con.execute(f"create table t as {other}")
    with duckdb.connect() as con:
        con.execute("create table t as values (1, null), (2, 0.3::double)")
        con.execute("create table same as values (1)")
        con.execute(f"attach '{tmp_path / 'other.duckdb'}' as second")
        con.execute("create table second.same as values (1)")
        con.execute("detach second")
        found = rows_that_differ(con, tmp_path / "other.duckdb", ["main.t", "main.same"])
    assert found == ({"main.t": differ} if differ else {})
