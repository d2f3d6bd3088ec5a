"""Python models promise, build and fail as SQL models do."""

from __future__ import annotations

import polars as pl
import pytest

from pipelines.errors import CheckError, ConfigurationError
from pipelines.warehouse.python_models import PYTHON_MODELS, PythonModel


def doubled(frames):
    """title: Numbers, doubled.

    grain: one row per number
    key: [number]
    missing: no number is missing
    columns:
      number: twice the input
    checks:
      - number < 10
    """
    return frames["raw.numbers"].select(pl.col("number") * 2)


MODEL = PythonModel("kpi.doubled", ("raw.numbers",), doubled)


def test_a_python_model_builds_its_table_with_its_contract_as_comments(con):
    con.execute("create table raw.numbers as select * from (values (1), (2)) as t (number)")
    assert MODEL.build(con) == 2
    assert con.execute("from kpi.doubled order by 1").fetchall() == [(2,), (4,)]
    assert con.execute("select comment from duckdb_columns() where table_name = 'doubled'").fetchall() == [
        ("twice the input",)
    ]


@pytest.mark.parametrize("rows", ["(5)", "(1), (1)"], ids=["a check", "the key"])
def test_a_broken_promise_leaves_the_old_table(con, rows):
    con.execute("create table raw.numbers as select * from (values (1)) as t (number)")
    MODEL.build(con)
    con.execute(f"create or replace table raw.numbers as select * from (values {rows}) as t (number)")
    with pytest.raises(CheckError, match=r"kpi\.doubled broke its promise"):
        MODEL.build(con)
    assert con.execute("from kpi.doubled").fetchall() == [(2,)]


def test_an_empty_input_gives_an_empty_table_with_typed_columns(con):
    con.execute("create table raw.numbers (number integer)")
    assert MODEL.build(con) == 0
    assert con.execute("describe kpi.doubled").fetchall()[0][:2] == ("number", "INTEGER")


def test_a_function_without_a_header_is_refused():
    with pytest.raises(ConfigurationError, match="no header"):
        _ = PythonModel("kpi.bare", (), lambda frames: frames["x"]).contract


@pytest.mark.parametrize("model", PYTHON_MODELS, ids=lambda m: m.name)
def test_every_python_model_reads_what_it_says_and_has_a_version(model):
    assert model.contract.grain.startswith("one row per ")
    assert model.depends == tuple(sorted(model.inputs))
    assert len(model.version) == 16
