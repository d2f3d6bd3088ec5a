"""Models: their promises, their order, and what is built again when something changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import pytest

from pipelines.errors import CheckError, ConfigurationError
from pipelines.warehouse.build import build
from pipelines.warehouse.connection import prepare
from pipelines.warehouse.model import SqlModel, later_stage_reads

if TYPE_CHECKING:
    from pathlib import Path

HEADER = """/*
title: {title}
grain: one row per post
key: [post_id]
missing: views is null when it was not read
columns:
  post_id: the post
  views: contacts [count]
checks:
  - views is null or views >= 0
*/
"""


@pytest.fixture
def con() -> duckdb.DuckDBPyConnection:
    with prepare(duckdb.connect()) as con:
        con.execute("create table raw.pages (page_id varchar, source varchar, stream varchar, rows_stored bigint)")
        con.execute("create table raw.demo__posts (post_id varchar, views bigint)")
        con.execute("create table config.run (timezone varchar, as_of timestamptz)")
        con.execute("insert into config.run values ('UTC', '2026-01-01')")
        yield con


def model(
    tmp_path: Path, query: str, *, name: str = "stg_posts", stage: str = "staging", header: str = HEADER
) -> SqlModel:
    path = tmp_path / stage / f"{name}.sql"
    path.parent.mkdir(exist_ok=True)
    path.write_text(header.format(title="Posts") + query, encoding="utf-8")
    return SqlModel.read(path, tmp_path)


def stored(con: duckdb.DuckDBPyConnection, rows: list[tuple[str, int | None]], page: str) -> None:
    con.executemany("insert into raw.demo__posts values (?, ?)", rows)
    con.execute("insert into raw.pages values (?, 'demo', 'posts', ?)", [page, len(rows)])


def test_dependencies_come_from_the_query_and_not_from_its_ctes(tmp_path):
    query = (
        "with a as (select post_id, views from raw.demo__posts) select a.post_id, a.views from a cross join config.run "
        'where exists (select 1 from kpi."kpi_x" as config) union all by name from (from (values (1)) as t (post_id))'
    )
    assert model(tmp_path, query).depends == ("config.run", "kpi.kpi_x", "raw.demo__posts")


def test_a_query_that_cannot_be_read_is_told(tmp_path):
    with pytest.raises(ConfigurationError, match="cannot be read") as caught:
        _ = model(tmp_path, "selct 1 as post_id").depends
    assert caught.value.where == "selct 1 as post_id"


@pytest.mark.parametrize("call", ["regex_search(post_id, 'Å')", "REGEX_FIRST (post_id, 'Å') is not null"])
def test_a_connection_learns_our_functions_when_a_model_calls_one(con, tmp_path, call):
    stored(con, [("på", 1), ("pa", 2)], "p1")
    build(con, model(tmp_path, f"select post_id, views from raw.demo__posts where {call}"))
    assert con.execute("select post_id from staging.stg_posts").fetchall() == [("på",)]


def test_an_unchanged_model_is_not_built_again_and_a_new_page_builds_it(con, tmp_path):
    posts = model(tmp_path, "select post_id, views from raw.demo__posts")
    stored(con, [("a", 1)], "p1")
    assert build(con, posts).is_new
    assert not build(con, posts).is_new
    stored(con, [("b", None)], "p2")
    again = build(con, posts)
    assert (again.is_new, again.rows) == (True, 2)


def test_a_changed_query_is_built_again_and_what_reads_it_too(con, tmp_path):
    stored(con, [("a", 1)], "p1")
    reader = model(tmp_path, "select post_id, views from staging.stg_posts", name="dim_post", stage="marts")
    build(con, model(tmp_path, "select post_id, views from raw.demo__posts"))
    build(con, reader)
    build(con, model(tmp_path, "select post_id, views + 1 as views from raw.demo__posts"))
    assert build(con, reader).is_new
    assert con.sql("select views from marts.dim_post").fetchall() == [(2,)]


def test_only_who_looks_at_the_clock_is_out_of_date_because_of_it(con, tmp_path):
    still = model(
        tmp_path,
        "select post_id, views from raw.demo__posts cross join config.run where config.run.timezone is not null",
    )
    looks = model(
        tmp_path, "select post_id, views from raw.demo__posts inner join config.run on config.run.as_of is not null",
        name="kpi_posts", stage="kpi",
    )  # fmt: skip
    build(con, still)
    build(con, looks)
    con.execute("update config.run set as_of = '2026-01-02'")
    assert not build(con, still).is_new
    assert build(con, looks).is_new
    con.execute("update config.run set timezone = 'Europe/Stockholm'")
    assert build(con, still).is_new


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([("a", 1), ("a", 2)], "the key (post_id) is unique (2 rows)"),
        ([(None, 1), ("b", 1), (None, 2)], "the key (post_id) is unique (2 rows)"),
        ([("a", -1)], "views is null or views >= 0 (1 rows)"),
    ],
)
def test_a_broken_promise_leaves_the_last_good_table(con, tmp_path, rows, said):
    posts = model(tmp_path, "select post_id, views from raw.demo__posts")
    stored(con, [("good", 1)], "p1")
    build(con, posts)
    stored(con, rows, "p2")
    with pytest.raises(CheckError) as caught:
        build(con, posts)
    assert said in caught.value.what
    assert con.sql("select post_id from staging.stg_posts").fetchall() == [("good",)]
    with pytest.raises(CheckError):
        build(con, posts)


def test_a_null_cannot_slip_through_a_check(con, tmp_path):
    header = HEADER.replace("views is null or views >= 0", "views >= 0")
    stored(con, [("a", None)], "p1")
    with pytest.raises(CheckError):
        build(con, model(tmp_path, "select post_id, views from raw.demo__posts", header=header))


def test_a_column_the_header_does_not_know_is_a_broken_promise(con, tmp_path):
    with pytest.raises(CheckError, match="its columns are"):
        build(con, model(tmp_path, "select post_id, views, 1 as extra from raw.demo__posts"))


@pytest.mark.parametrize("rows", [[], [("a", 1)]])
def test_a_model_without_checks_keeps_its_key_unique_and_may_be_empty(con, tmp_path, rows):
    header = HEADER.replace("checks:\n  - views is null or views >= 0\n", "")
    for number, row in enumerate(rows):
        stored(con, [row], f"p{number}")
    posts = model(tmp_path, "select post_id, views from raw.demo__posts", header=header)
    assert build(con, posts).rows == len(rows)
    stored(con, [("b", 1), ("b", 1)], "again")
    with pytest.raises(CheckError, match="unique"):
        build(con, posts)


def test_the_headers_words_become_the_tables_comments(con, tmp_path):
    build(con, model(tmp_path, "select post_id, views from raw.demo__posts"))
    found = con.sql("select column_name, comment from duckdb_columns() where table_name = 'stg_posts'").fetchall()
    assert found == [("post_id", "the post"), ("views", "contacts [count]")]


def test_reading_a_later_stage_is_seen(tmp_path):
    early = model(tmp_path, "select post_id, views from marts.dim_post")
    assert later_stage_reads(early) == ["marts.dim_post"]


@pytest.mark.parametrize("header", ["", "/*\ntitle: x\n*/\n", HEADER.replace("key:", "keys:"), "/* : : */"])
def test_a_header_that_does_not_hold_is_an_error_with_its_file(tmp_path, header):
    with pytest.raises(ConfigurationError) as caught:
        model(tmp_path, "select 1", header=header)
    assert caught.value.where == "stg_posts.sql"
