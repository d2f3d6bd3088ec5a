"""The gate: what changed is tested once, what is broken is not published, what could not be tested is said."""

from __future__ import annotations

from datetime import UTC, datetime

import duckdb
import pytest

from pipelines.errors import CheckError
from pipelines.quality.expectations import Suite, at_least, holds, unique
from pipelines.quality.gate import gate
from pipelines.warehouse.connection import prepare

NOW = datetime(2026, 3, 1, 5, tzinfo=UTC)
SUITE = Suite(
    table="marts.dim_post",
    expectations=(unique("post_id"), at_least("views", 10).warns("quiet"), holds("tags are listed", "len(tags) > 0")),
)


@pytest.fixture
def con():
    with prepare(duckdb.connect()) as con:
        con.execute("create table ops.built (model varchar, state varchar)")
        con.execute("create table marts.dim_post (post_id varchar, views bigint, tags varchar[])")
        con.execute("insert into marts.dim_post values ('a', 5, ['x'])")
        con.execute("insert into ops.built values ('marts.dim_post', 'first')")
        yield con


def events_of(con) -> list[tuple[str, str]]:
    told: list[tuple[str, str]] = []
    gate(con, run_at=NOW, suites=[SUITE], on_event=lambda event: told.append((event.kind, event.detail)))
    return told


def test_a_warning_is_told_and_does_not_stop_publishing(con):
    assert ("warning", "“views is at least 10” does not hold (quiet)") in events_of(con)


def test_an_unchanged_table_is_not_tested_again_and_its_results_are_remembered(con):
    events_of(con)
    assert events_of(con) == []
    results = gate(con, run_at=NOW, suites=[SUITE])
    assert [(r.expectation, r.success) for r in results] == [
        ("post_id is unique", True), ("views is at least 10", False), ("tags are listed", True),
    ]  # fmt: skip
    assert con.sql("select count(*) from ops.check_result").fetchall() == [(3,)]


def test_a_table_that_was_built_again_is_tested_again(con):
    events_of(con)
    con.execute("update ops.built set state = 'second'")
    assert events_of(con) != []


def test_an_error_stops_publishing_is_recorded_and_is_tested_again_the_next_time(con):
    con.execute("insert into marts.dim_post values ('a', 20, ['x'])")
    for _ in range(2):
        with pytest.raises(CheckError, match=r"marts\.dim_post: “post_id is unique” does not hold"):
            gate(con, run_at=NOW, suites=[SUITE])
    broken = con.sql("select count(*) from ops.check_result where not success and severity = 'error'").fetchall()
    assert broken == [(2,)]


def test_what_could_not_be_tested_is_neither_passed_nor_blocking(con):
    suite = Suite(table="marts.dim_post", expectations=(unique("nowhere"),))
    told: list[str] = []
    [result] = gate(con, run_at=NOW, suites=[suite], on_event=lambda event: told.append(event.detail))
    assert result.success is None
    assert any("could not be tested" in text for text in told)


def test_a_table_that_does_not_exist_has_nothing_to_be_checked(con):
    assert gate(con, run_at=NOW, suites=[Suite(table="marts.dim_none", expectations=(unique("x"),))]) == []
