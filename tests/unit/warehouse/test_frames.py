"""Frames reach DuckDB whole and typed, as often as they are asked for, without PyArrow."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime

import duckdb
import polars as pl

from pipelines.warehouse.frames import Frame


def test_a_frame_is_read_again_and_again_with_its_types():
    frame = pl.DataFrame(
        [("Åsa", datetime(2025, 3, 30, 1, tzinfo=UTC), 2**40, None), (None, None, None, None)],
        schema={"name": pl.String, "at": pl.Datetime("us", "UTC"), "rows": pl.Int64, "none": pl.Boolean},
        orient="row",
    )
    with duckdb.connect() as con:
        con.execute("set timezone = 'UTC'")
        con.register("frame", Frame(frame))
        rows = con.execute("from frame").fetchall()
        assert rows == con.execute("from frame").fetchall()
        assert con.execute("select rows from frame where name = 'Åsa' and \"at\" is not null").fetchall() == [(2**40,)]
        assert [str(kind) for _, kind, *_ in con.execute("describe frame").fetchall()] == [
            "VARCHAR", "TIMESTAMP WITH TIME ZONE", "BIGINT", "BOOLEAN",
        ]  # fmt: skip
    assert rows[0][0] == "Åsa"
    assert rows[0][1].astimezone(UTC) == datetime(2025, 3, 30, 1, tzinfo=UTC)
    assert rows[1] == (None, None, None, None)


def test_a_writer_is_opened_without_numpy_and_a_frame_read_without_pyarrow(tmp_path):
    program = f"""
import pathlib, sys
from pipelines.warehouse.connection import open_writer
from pipelines.warehouse.load import load
from pipelines.warehouse.regular_expressions import register
with open_writer(pathlib.Path({str(tmp_path / "w.duckdb")!r})) as con:
    assert not {{"numpy", "polars"}} & set(sys.modules), "who only loads waits for them"
    import polars as pl
    from pipelines.warehouse.frames import Frame
    con.register("frame", Frame(pl.DataFrame({{"a": [1]}})))
    assert con.execute("from frame").fetchall() == [(1,)]
    assert "pyarrow" not in sys.modules, "who reads a frame waits for PyArrow"
    register(con)
    assert con.execute("select regex_first('Hej å', '(å)')").fetchall() == [("å",)]
"""
    subprocess.run([sys.executable, "-c", program], check=True)
