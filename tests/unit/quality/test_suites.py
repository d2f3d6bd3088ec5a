"""Suites run by Great Expectations on the open connection: three states, and nothing of a row in any answer."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

import duckdb
import pytest

from pipelines.events import Event
from pipelines.quality import SUITES, CheckResult, Expectation, Suite, blocking, run_suites
from pipelines.quality.expectations import (
    at_least,
    between,
    holds,
    never_null,
    none_found,
    not_above,
    not_empty,
    one_of,
    unique,
)
from pipelines.quality.results import read_back, record
from tests.unit.quality.broken import failed

SECRET = "Jag såg Kalle Testsson vid bron"
RUN_AT = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


def outcome(con: duckdb.DuckDBPyConnection, table: str, *expectations: Expectation) -> dict[str, bool | None]:
    results = run_suites(con, suites=[Suite(kind="own", table=table, expectations=expectations)])
    return {r.expectation: r.success for r in results}


def test_each_kind_of_expectation_holds_on_good_rows_and_fails_on_one_bad_row(con):
    kinds = (
        never_null("id"), unique("id"), unique("id", "day"), at_least("low", 0), between("low", 0, 5),
        one_of("word", "yes", "no"), not_above("low", "high"), not_above("day", "seen_at"), not_empty(),
        holds("low is not four", "low is distinct from 4"),
    )  # fmt: skip
    columns = "id varchar, day timestamptz, seen_at timestamptz, low double, high double, word varchar"
    con.execute(f"create table marts.t ({columns})")
    con.execute(
        "insert into marts.t values "
        "('a', '2026-03-01 08:00Z', '2026-03-01 08:00Z', 0, 0, 'yes'), ('b', '2026-03-01 08:00Z', null, null, 1, null)"
    )
    assert set(outcome(con, "marts.t", *kinds).values()) == {True}
    bad = {
        "id is never null": "(null, '2026-03-01', '2026-03-02', 1, 2, 'yes')",
        "id is unique": "('a', '2026-03-02', '2026-03-03', 1, 2, 'yes')",
        "id, day are unique": "('a', '2026-03-01 08:00Z', '2026-03-03', 1, 2, 'yes')",
        "low is at least 0": "('c', '2026-03-01', '2026-03-02', -0.5, 2, 'yes')",
        "low is between 0 and 5": "('c', '2026-03-01', '2026-03-02', 5.5, 9, 'yes')",
        "word is a known word": "('c', '2026-03-01', '2026-03-02', 1, 2, 'perhaps')",
        "low is not above high": "('c', '2026-03-01', '2026-03-02', 3, 2, 'yes')",
        "day is not above seen_at": "('c', '2026-03-03', '2026-03-02', 1, 2, 'yes')",
        "low is not four": "('c', '2026-03-01', '2026-03-02', 4, 4, 'yes')",
    }
    for says, row in bad.items():
        con.execute(f"insert into marts.t values {row}")
        assert outcome(con, "marts.t", *kinds)[says] is False, says
        con.execute("delete from marts.t where rowid = (select max(rowid) from marts.t)")
    con.execute("delete from marts.t")
    assert outcome(con, "marts.t", *kinds)["there are rows"] is False


def test_what_could_not_run_is_neither_success_nor_failure(con):
    con.execute("create table marts.t as select 'a' as id, 1 as n")
    found = outcome(
        con,
        "marts.t",
        never_null("no_such_column"),
        never_null("id"),
        none_found("q", "select 1 as x from checked, marts.gone"),
    )
    assert found == {"no_such_column is never null": None, "id is never null": True, "q": None}


def test_no_text_of_a_row_is_in_any_result_event_or_log_line(con, tmp_path, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    con.execute("create table marts.t (post_id varchar, text varchar)")
    con.execute("insert into marts.t values (?, ?), (?, ?)", [SECRET, SECRET, SECRET, f"{SECRET}\n{SECRET}Error: x"])
    expectations = (
        unique("post_id"), one_of("text", "a"), at_least("text", 0),
        holds("text is a number", "cast(text as integer) > 0"),
        none_found("no text", "select cast(text as integer) from checked"),
    )  # fmt: skip
    events: list[Event] = []
    results = run_suites(
        con, suites=[Suite(kind="own", table="marts.t", expectations=expectations)], on_event=events.append
    )
    # of what the last finds only a constant is taken, so nothing is cast: it found rows, and did not crash
    assert [r.success for r in results] == [False, False, None, None, False]
    assert results[3].detail == "could not run: ConversionException"
    read_back(con, tmp_path, until=RUN_AT)
    record(con, tmp_path, results, run_at=RUN_AT)
    stored = con.execute("from ops.check_result").fetchall()
    assert len(stored) == 5
    files = b"".join(path.read_bytes() for path in tmp_path.rglob("*.parquet"))
    assert b"Testsson" not in files
    printed = capfd.readouterr()
    told = [record.getMessage() for record in caplog.records]
    for text in (repr(results), repr(events), repr(stored), printed.out, printed.err, "\n".join(told)):
        assert "Testsson" not in text


def test_only_a_failed_error_blocks_publishing():
    def result(severity, success):
        return CheckResult(kind="own", table="t", expectation="e", severity=severity, success=success)

    broken = result("error", False)
    assert blocking([result("warn", False), result("error", None), result("error", True), broken]) == [broken]


def test_a_table_that_does_not_exist_has_nothing_to_be_checked(con):
    assert run_suites(con) == []


def test_the_callers_transaction_and_time_zone_are_left_alone(con):
    con.execute("set TimeZone = 'Europe/Stockholm'")
    con.execute("create table marts.t as select 'a' as id")
    con.execute("begin")
    con.execute("insert into marts.t values ('a')")
    assert outcome(con, "marts.t", unique("id")) == {"id is unique": True}, "it sees what is committed"
    con.execute("rollback")
    assert con.execute("select current_setting('TimeZone'), count(*) from marts.t").fetchall() == [
        ("Europe/Stockholm", 1)
    ]


def test_every_expectation_has_a_sentence_of_its_own_and_a_name_dagster_accepts():
    names = [suite.name for suite in SUITES]
    assert len(set(names)) == len(names)
    for table in {suite.table for suite in SUITES}:
        told = [e for suite in SUITES for e in suite.expectations if suite.table == table]
        slugs = [e.slug for e in told]
        assert len(set(slugs)) == len(slugs), table
        assert all(slug.isidentifier() for slug in slugs), table
        assert [e.says for e in told if not e.why] == [], table


def test_no_query_of_a_suite_selects_a_column():
    queries = [query for suite in SUITES for query in suite.queries]
    assert len(queries) > 10
    assert all(query.startswith("with checked as (select * from {batch}), found as (") for query in queries)
    assert all(query.endswith(") select 1 as broken from found limit 1") for query in queries)


SCORECARD = """
    create or replace table published.goal_scorecard (
        goal_id varchar, kpi_id varchar, value double, low double, high double, verdict varchar,
        evidence_grade varchar, completeness double, n bigint, state varchar)
"""


@pytest.mark.parametrize(
    ("row", "broken"),
    [
        ("('g', 'A1', 0.7, 0.7, 0.7, 'met', 'A', 1.0, 21, 'measured')", set()),
        ("('g', 'A1', null, null, null, 'insufficient_evidence', null, 0.2, 0, 'missing')", set()),
        ("('g', 'P1', 198.2, 185.5, 208.6, 'met', 'A', 1.0, 148, 'measured')", set()),
        ("('g', 'A1', 1.2, 1.2, 1.2, 'met', 'A', 1.0, 21, 'measured')", {"shares are between 0 and 1"}),
        ("('g', 'A1', 0.9, 0.8, 1.01, 'met', 'A', 1.0, 21, 'measured')", {"shares are between 0 and 1"}),
        ("('g', 'P1', 2, 3, 4, 'met', 'A', 1.0, 21, 'measured')", {"low is not above value"}),
        ("('g', 'P1', 5, 3, 4, 'met', 'A', 1.0, 21, 'measured')", {"value is not above high"}),
        (
            "('g', 'P1', null, null, null, 'insufficient_evidence', 'A', 1.0, 0, 'measured')",
            {"a value that is null says why"},
        ),
        ("('g', 'P1', null, null, null, 'met', 'A', 1.0, 0, 'missing')", {"met and not met rest on a value"}),
        ("('g', 'P1', 1, 1, 1, 'met', 'A', 1.01, 1, 'measured')", {"completeness is between 0 and 1"}),
        ("('g', 'P1', 1, 1, 1, 'won', 'A', 1, 1, 'measured')", {"verdict is a known word"}),
        ("('g', 'P1', 1, 1, 1, 'met', 'A', 1, 1, 'zero')", {"state is a known word"}),
    ],
)
def test_the_scorecards_suite_knows_good_from_bad(con, row, broken):
    con.execute(
        "create table config.kpis as select * from "
        "(values ('g', 'A1', 'share_census'), ('g', 'P1', 'mean_over_unit_months')) as k(goal_id, kpi_id, kind)"
    )
    con.execute(SCORECARD)
    con.execute(f"insert into published.goal_scorecard values {row}")
    assert failed(con, "ranges", "published.goal_scorecard") == broken


def test_pages_that_lose_rows_are_found(con):
    con.execute(
        "create table raw.pages (page_id varchar, rows_read bigint, rows_stored bigint, rows_duplicate bigint, "
        "rows_quarantined bigint, counts_rows boolean)"
    )
    con.execute("insert into raw.pages values ('1', 100, 98, 1, 1, true), ('2', 10, 4, -4, 0, false)")
    assert failed(con, "ranges", "raw.pages") == set()
    con.execute("update raw.pages set rows_stored = 97 where page_id = '1'")
    assert failed(con, "ranges", "raw.pages") == {"rows read are rows stored, duplicate or quarantined"}


def test_readings_below_zero_and_figures_beside_a_failure_are_found(con):
    con.execute(
        "create table marts.fct_post_snapshot "
        "(post_id varchar, native_metric varchar, kind varchar, observed_at timestamptz, status varchar, value double)"
    )
    con.execute(
        "insert into marts.fct_post_snapshot values ('p', 'views', 'counter', '2026-03-01 09:00Z', 'ok', 3), "
        "('p', 'net', 'gauge', '2026-03-01', 'ok', -3), ('p', 'views', 'counter', '2026-03-01', 'error', null)"
    )
    assert failed(con, "ranges", "marts.fct_post_snapshot") == set()
    for row, says in {
        "('p', 'views', 'counter', '2026-03-01', 'ok', -1)": "counters and uniques are not negative",
        "('p', 'views', 'counter', '2026-03-01', 'not_found', 0)": "a reading that failed has no value",
    }.items():
        con.execute(f"insert into marts.fct_post_snapshot values {row}")
        assert failed(con, "ranges", "marts.fct_post_snapshot") == {says}
        con.execute(
            "delete from marts.fct_post_snapshot where rowid = (select max(rowid) from marts.fct_post_snapshot)"
        )


@pytest.mark.parametrize(
    ("table", "good", "bad"),
    [
        ("marts.dim_unit", "1, null, null", "0, null, null"),
        ("marts.dim_unit", "1, '2026-01-01', '2026-01-01'", "1, '2026-01-02', '2026-01-01'"),
        ("marts.fct_account_daily", "'followers', 0, '2004-02-04'", "'followers', -1, '2026-01-01'"),
        ("marts.fct_account_daily", "'net_followers', -1, '2026-01-01'", "'followers', 3, '2004-02-03'"),
        ("marts.fct_response_time", "0", "-1"),
        ("published.metric_bridge", "1.3", "13"),
    ],
)
def test_one_row_out_of_range_is_found(con, table, good, bad):
    columns = {
        "marts.dim_unit": "population bigint, valid_from date, valid_to date",
        "marts.fct_account_daily": "metric varchar, value double, local_date date",
        "marts.fct_response_time": "response_minutes double",
        "published.metric_bridge": "factor double",
    }
    con.execute(f"create table {table} ({columns[table]})")
    con.execute(f"insert into {table} values ({good})")
    assert failed(con, "ranges", table) == set()
    con.execute(f"insert into {table} values ({bad})")
    assert len(failed(con, "ranges", table)) == 1


def test_a_name_with_braces_and_colons_in_a_query_is_left_as_it_is(con):
    con.execute("create table marts.t as select '{a} :b' as word, timestamptz '2026-03-01 12:30:00Z' as at_time")
    kept = holds("the word is kept", "word = '{a} :b' and at_time = timestamptz '2026-03-01 12:30:00Z' and 1::int = 1")
    assert outcome(con, "marts.t", kept) == {"the word is kept": True}


def test_a_query_that_should_find_nothing_is_asked_once(con):
    con.execute("create table marts.t (id varchar); insert into marts.t values ('a'); create sequence asked")
    assert outcome(con, "marts.t", none_found("counts", "select 1 from checked where nextval('asked') < 0")) == {
        "counts": True
    }
    assert con.execute("select currval('asked')").fetchall() == [(1,)]


def test_rows_that_stand_twice_are_found_among_missing_values_and_words_of_sql(con):
    con.execute("""create table marts.t ("order" varchar, mixed date)""")
    expectation = unique("order", "mixed")
    insert = "insert into marts.t values"
    con.execute(
        f"{insert} ('a', '2026-03-01'), ('a', null), ('a', null), (null, '2026-03-01'), (null, null), (null, null)"
    )
    assert outcome(con, "marts.t", expectation) == {"order, mixed are unique": True}, "a row that lacks one is none"
    con.execute(f"{insert} ('a', '2026-03-01')")
    assert outcome(con, "marts.t", expectation) == {"order, mixed are unique": False}
