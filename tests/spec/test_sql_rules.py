"""What holds for every SQL model, whoever wrote it: its way, its dialect, its manners, and that a test speaks of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp

from pipelines.warehouse.build import load_models
from pipelines.warehouse.model import SqlModel, later_stage_reads
from tests.spec.tables import DECLARED, SQL, build, query

FILES = {f"{path.relative_to(SQL).parts[0]}.{path.stem}": path for path in sorted(SQL.rglob("*.sql"))}
EVERY_MODEL = pytest.mark.parametrize("name", FILES)
LONGEST = 120


def parsed(name: str) -> exp.Expression:
    return sqlglot.parse_one(SqlModel.read(FILES[name], SQL).sql, read="duckdb")


@EVERY_MODEL
def test_a_model_reads_no_later_stage(name):
    assert later_stage_reads(SqlModel.read(FILES[name], SQL)) == []


def test_a_model_that_reads_a_later_stage_is_caught():
    contract = SqlModel.read(FILES["marts.dim_unit"], SQL).contract
    model = SqlModel(name="staging.stg_x__posts", sql="select 1 from marts.dim_post", contract=contract)
    assert later_stage_reads(model) == ["marts.dim_post"]


CARRIED = {"regex_search", "regex_first", "epoch_us", "hash"}
"""Functions that sqlglot does not know: two are our own in every engine, one `to_spark` says in Spark's words, and a hash
is each engine's own, good for finding what may be the same."""


@EVERY_MODEL
def test_a_model_can_be_carried_to_spark(name):
    [said] = sqlglot.transpile(
        SqlModel.read(FILES[name], SQL).sql, read="duckdb", write="spark", unsupported_level=sqlglot.ErrorLevel.RAISE
    )
    assert sqlglot.parse_one(said, read="spark").find(exp.Select) is not None
    functions = {node.name.lower() for node in parsed(name).find_all(exp.Anonymous)}
    assert functions <= CARRIED, "functions that sqlglot does not know are not carried over"


@EVERY_MODEL
def test_a_model_uses_nothing_that_differs_between_engines(name):
    tree = parsed(name)
    forbidden = (exp.PercentileCont, exp.GenerateSeries, exp.CurrentDate, exp.CurrentTimestamp, exp.Rand)
    assert [node.sql() for node in tree.find_all(*forbidden)] == []
    assert not re.search(
        r"\b(now|today|quantile_cont|generate_series|random)\s*\(", SqlModel.read(FILES[name], SQL).sql
    )


@EVERY_MODEL
def test_a_model_fits_on_a_screen_and_a_half(name):
    assert FILES[name].read_text(encoding="utf-8").count("\n") <= LONGEST


def models_in_tests() -> set[str]:
    """Models that a spec test names, and below kpi/ those that a named one reads: they are tested through it."""
    here = Path(__file__)
    tests = [p for p in here.parent.rglob("*.py") if p not in (here, here.with_name("tables.py"))]
    text = "\n".join(path.read_text(encoding="utf-8") for path in tests)
    named = {name for name in FILES if re.search(rf"\b{re.escape(name)}\b", text)}
    every = load_models(SQL)
    waiting = [name for name in named if name.split(".")[0] in ("kpi", "published")]
    while waiting:
        for read in every[waiting.pop()].depends:
            if read.startswith("kpi.") and read not in named:
                named.add(read)
                waiting.append(read)
    return named


def test_every_model_is_in_a_spec_test():
    assert set(FILES) - models_in_tests() == set()


@pytest.mark.parametrize("name", [n for n in FILES if n.split(".")[0] in ("staging", "marts")])
def test_a_model_over_empty_tables_stands_and_has_the_columns_the_others_count_on(con, name):
    build(con, name)
    con.execute(f"create table ops.declared ({DECLARED[name]})")
    declared = query(con, "describe ops.declared")
    assert sorted(row[:2] for row in query(con, f"describe {name}")) == sorted(row[:2] for row in declared)


def test_the_stages_of_one_entity_have_their_columns_in_one_order(con):
    for entity in ("posts", "post_readings", "account_readings", "account_windows", "tips"):
        names = [n for n in FILES if n.startswith("staging.") and n.endswith(f"__{entity}")]
        for name in names:
            build(con, name)
        orders = {tuple(row[:2] for row in query(con, f"describe {name}")) for name in names}
        assert len(orders) == 1, entity
