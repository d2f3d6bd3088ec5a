"""The gate: what changed is tested once, what is broken is not published, what could not be tested is said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import duckdb
import pytest

from pipelines.errors import CheckError
from pipelines.quality.expectations import Suite, at_least, holds, none_found, unique
from pipelines.quality.gate import gate, refuse
from pipelines.quality.results import CheckResult, read_back, read_files, record, standings
from pipelines.warehouse.connection import prepare
from pipelines.warehouse.publish import history_file

NOW = datetime(2026, 3, 1, 5, tzinfo=UTC)
DAY = timedelta(days=1)
SUITE = Suite(
    kind="own",
    table="marts.dim_post",
    expectations=(unique("post_id"), at_least("views", 10).warns("quiet"), holds("tags are listed", "len(tags) > 0")),
)


@pytest.fixture
def con():
    with prepare(duckdb.connect()) as con:
        con.execute("create table ops.built (model varchar, token varchar)")
        con.execute("create table marts.dim_post (post_id varchar, views bigint, tags varchar[])")
        con.execute("insert into marts.dim_post values ('a', 5, ['x'])")
        con.execute("insert into ops.built values ('marts.dim_post', 'first')")
        yield con


@pytest.fixture
def published(tmp_path):
    return tmp_path / "published"


def events_of(con, published, *, run_at=NOW, suites=(SUITE,), everything=False) -> list[tuple[str, str]]:
    told: list[tuple[str, str]] = []
    gate(
        con, published, run_at=run_at, suites=suites, everything=everything,
        on_event=lambda event: told.append((event.kind, event.detail)),
    )  # fmt: skip
    return told


def stored(con) -> list[tuple]:
    return con.execute("select run_at, expectation, success from ops.check_result order by 1, 2").fetchall()


def test_a_warning_is_told_and_does_not_stop_publishing(con, published):
    assert ("warning", "“views is at least 10” does not hold (quiet)") in events_of(con, published)
    refuse(gate(con, published, run_at=NOW, suites=[SUITE]))


def test_an_unchanged_table_is_not_tested_again_and_its_results_are_remembered(con, published):
    events_of(con, published)
    assert events_of(con, published, run_at=NOW + DAY) == []
    found = gate(con, published, run_at=NOW + DAY, suites=[SUITE])
    assert [(s.result.expectation, s.result.success, s.tested_at) for s in found] == [
        ("post_id is unique", True, NOW), ("views is at least 10", False, NOW), ("tags are listed", True, NOW),
    ]  # fmt: skip
    assert con.sql("select count(*) from ops.check_result").fetchall() == [(3,)]
    assert events_of(con, published, run_at=NOW + DAY, everything=True) != []


def test_a_table_that_was_built_again_is_tested_again(con, published):
    events_of(con, published)
    con.execute("update ops.built set token = 'second'")
    assert events_of(con, published) != []


def test_a_suite_is_tested_again_when_a_table_changed_that_only_its_query_reads(con, published):
    con.execute("create table marts.dim_account as select 'x' as account_id")
    con.execute("insert into ops.built values ('marts.dim_account', 'first')")
    reads = Suite(
        kind="integrity",
        table="marts.dim_post",
        expectations=(none_found("known", "select 1 from checked anti join marts.dim_account using (post_id)"),),
    )
    events_of(con, published, suites=[reads])
    con.execute("update ops.built set token = 'second' where model = 'marts.dim_account'")
    assert events_of(con, published, suites=[reads]) != []


def test_what_looks_at_the_clock_is_tested_when_only_the_clock_has_moved(con, published):
    con.execute("create table config.run as select timestamptz '2026-03-01 05:00Z' as as_of")
    query = "select 1 from checked, config.run where as_of > timestamptz '2026-03-01 06:00Z'"
    clocked = Suite(kind="freshness", table="marts.dim_post", expectations=(none_found("early", query),))
    events_of(con, published, suites=[SUITE, clocked])
    con.execute("update config.run set as_of = timestamptz '2026-03-01 07:00Z'")
    assert [detail for kind, detail in events_of(con, published, suites=[SUITE, clocked]) if kind == "progress"] == [
        "1 tested, 1 do not hold, 0 could not run"
    ]


def test_an_error_stops_publishing_is_recorded_and_is_tested_again_the_next_time(con, published):
    con.execute("insert into marts.dim_post values ('a', 20, ['x'])")
    for day in (0, 1):
        found = gate(con, published, run_at=NOW + day * DAY, suites=[SUITE])
        with pytest.raises(CheckError, match=r"marts\.dim_post: “post_id is unique” does not hold"):
            refuse(found)
    broken = con.sql("select count(*) from ops.check_result where not success and severity = 'error'").fetchall()
    assert broken == [(2,)]


def test_what_could_not_be_tested_is_neither_passed_nor_blocking(con, published):
    suite = Suite(kind="own", table="marts.dim_post", expectations=(unique("nowhere"),))
    told = events_of(con, published, suites=[suite])
    assert any("could not be tested" in text for _, text in told)
    [standing] = gate(con, published, run_at=NOW, suites=[suite])
    assert standing.result.success is None
    refuse([standing])


def test_a_table_that_does_not_exist_has_nothing_to_be_checked(con, published):
    nowhere = Suite(kind="own", table="marts.dim_none", expectations=(unique("x"),))
    assert gate(con, published, run_at=NOW, suites=[nowhere]) == []


def test_results_outlive_the_warehouse_and_a_run_that_published_nothing(con, published):
    con.execute("insert into marts.dim_post values ('a', 20, ['x'])")
    events_of(con, published)
    con.execute("delete from marts.dim_post where views = 20")
    con.execute("update ops.built set token = 'second'")
    events_of(con, published, run_at=NOW + DAY)
    before = stored(con)
    assert len(before) == 6
    with prepare(duckdb.connect()) as rebuilt:
        read_back(rebuilt, published, until=NOW + DAY)
        assert stored(rebuilt) == before
        read_back(rebuilt, published, until=NOW + DAY)
        assert stored(rebuilt) == before, "what is known is not read twice"
    with prepare(duckdb.connect()) as earlier:
        read_back(earlier, published, until=NOW)
        assert stored(earlier) == before[:3], "a replay of a day knows nothing of the next"


def test_a_result_is_stored_with_its_three_states(con, published):
    results = [
        CheckResult(kind="own", table="marts.t", expectation="crashed", severity="error", success=None, detail="X"),
        CheckResult(kind="own", table="marts.t", expectation="fails", severity="warn", success=False, detail="why"),
        CheckResult(kind="own", table="marts.t", expectation="holds", severity="error", success=True),
    ]
    read_back(con, published, until=NOW)
    record(con, published, results, run_at=NOW)
    record(con, published, [], run_at=NOW + DAY)
    assert con.execute("from ops.check_result order by expectation").fetchall() == [
        (NOW, "own", "marts.t", "crashed", "error", None, "X"),
        (NOW, "own", "marts.t", "fails", "warn", False, "why"),
        (NOW, "own", "marts.t", "holds", "error", True, ""),
    ]


def test_a_second_look_at_the_same_instant_replaces_what_it_looked_at_and_nothing_else(con, published):
    events_of(con, published)
    con.execute("update marts.dim_post set views = 50")
    con.execute("update ops.built set token = 'second'")
    other = Suite(kind="ranges", table="marts.dim_post", expectations=(at_least("views", 10).warns("quiet"),))
    events_of(con, published, suites=[other])
    assert stored(con) == [
        (NOW, "post_id is unique", True), (NOW, "tags are listed", True), (NOW, "views is at least 10", True),
    ]  # fmt: skip
    assert len(list((published / "history" / "check_result").glob("*.parquet"))) == 1


def found(con, success: list[bool | None]) -> tuple:
    [standing] = standings(con, [Suite(kind="own", table="marts.t", expectations=(unique("id"),))])
    return standing.result.success, standing.tested_at, standing.since


@pytest.mark.parametrize(
    ("results", "since"),
    [
        ([True, True, True], 0), ([True, False, False], 1), ([False, True, False], 2), ([None, None], 0),
        ([False, None, None], 1), ([None, False], 1),
    ],
)  # fmt: skip
def test_since_when_it_is_so_is_the_first_of_the_last_unbroken_run(con, published, results, since):
    read_back(con, published, until=NOW)
    for day, success in enumerate(results):
        one = CheckResult(kind="own", table="marts.t", expectation="id is unique", severity="error", success=success)
        record(con, published, [one], run_at=NOW + day * DAY)
    assert found(con, results) == (results[-1], NOW + (len(results) - 1) * DAY, NOW + since * DAY)


def test_what_was_published_is_read_together_with_what_came_after(con, published):
    """A reader takes the published results, and of the history the files from the last of these instants on."""
    events_of(con, published)
    con.execute("insert into marts.dim_post values ('a', 20, ['x'])")
    con.execute("update ops.built set token = 'second'")
    events_of(con, published, run_at=NOW + DAY)
    whole = stored(con)
    history_file(published, "check_result", NOW - DAY).write_bytes(b"not read: it is older than what is published")
    with prepare(duckdb.connect()) as reader:
        read_back(reader, published, until=NOW - 2 * DAY)
        read_files(reader, published, after=NOW)
        assert stored(reader) == whole
