"""What came in stands in the marts and is what readers get: a row lost, doubled or changed on the way is found."""

from __future__ import annotations

import pytest

from pipelines.quality.suites.reconciliation import SOURCES
from pipelines.warehouse.build import load_models
from tests.unit.quality.broken import failed


@pytest.fixture
def staged(con):
    """Two readings of one instant (the newest word counts), one that failed, on two platforms; the mart made of them."""
    for source in SOURCES:
        con.execute(
            f"create table staging.stg_{source}__post_readings (post_id varchar, native_metric varchar, "
            "observed_at timestamptz, ingested_at timestamptz, status varchar, value double)"
        )
        con.execute(f"create table staging.stg_{source}__posts (post_id varchar)")
    con.execute(
        "insert into staging.stg_x__post_readings values "
        "('x:1', 'likes', '2026-02-01', '2026-02-01', 'ok', 5), ('x:1', 'likes', '2026-02-01', '2026-02-02', 'ok', 6), "
        "('x:1', 'likes', '2026-02-01', '2026-02-03', 'error', null), ('x:1', 'likes', '2026-02-02', '2026-02-02', 'ok', 7)"
    )
    con.execute(
        "insert into staging.stg_files__post_readings values ('X:1', 'likes', '2026-02-03', '2026-02-03', 'ok', 9)"
    )
    con.execute("insert into staging.stg_bluesky__post_readings values ('bluesky:at://1', 'likes', '2026-02-01', "
                "'2026-02-01', 'not_found', null)")  # fmt: skip
    con.execute("insert into staging.stg_x__posts values ('x:1'), ('x:1'), ('x:2')")
    con.execute(
        "create table marts.dim_post as select post_id, 'x' as platform from (values ('x:1'), ('x:2')) as p(post_id)"
    )
    con.execute(
        "create table marts.fct_post_snapshot as select * from (values "
        "('x:1', 'likes', timestamptz '2026-02-01', 6.0), ('x:1', 'likes', '2026-02-02', 7), ('X:1', 'likes', '2026-02-03', 9), "
        "('bluesky:at://1', 'likes', '2026-02-01', null)) as readings(post_id, native_metric, observed_at, value)"
    )
    return con


@pytest.mark.parametrize(
    ("change", "holds"),
    [
        ("select 1", True),
        ("delete from marts.fct_post_snapshot where value is null", False),
        ("delete from marts.fct_post_snapshot where value = 7", False),
        ("insert into marts.fct_post_snapshot select * from marts.fct_post_snapshot where value = 7", False),
        ("update marts.fct_post_snapshot set value = 5 where value = 6", False),  # the older word
        ("update marts.fct_post_snapshot set value = 0 where value is null", True),  # totals are blind to that
        ("update marts.fct_post_snapshot set value = value + 0.0000001 where value = 9", True),
        ("update staging.stg_x__post_readings set post_id = 'y:1'", False),
    ],
)
def test_readings_are_conserved_by_platform_and_metric(staged, change, holds):
    staged.execute(change)
    assert (failed(staged, "reconciliation", "marts.fct_post_snapshot") == set()) is holds


def test_a_post_that_got_lost_is_found_whatever_its_platform(staged):
    assert failed(staged, "reconciliation", "marts.dim_post") == set()
    staged.execute("insert into staging.stg_youtube__posts values ('youtube:1')")
    assert failed(staged, "reconciliation", "marts.dim_post") == {"posts are those of staging"}


def test_the_suites_read_every_source_that_the_marts_read():
    models = load_models()
    for mart, entity in (("marts.fct_post_snapshot", "post_readings"), ("marts.dim_post", "posts")):
        assert {f"staging.stg_{source}__{entity}" for source in SOURCES} == {
            table for table in models[mart].depends if table.startswith("staging.") and table.endswith(f"__{entity}")
        }
    assert {t for t in models["marts.fct_tips"].depends if t.startswith("staging.")} == {
        "staging.stg_tips__tips", "staging.stg_files__tips",
    }  # fmt: skip


def test_tips_in_are_tips_out_and_one_that_came_twice_is_one(con):
    for source in ("tips", "files"):
        con.execute(f"create table staging.stg_{source}__tips as select 't1' as tip_id")
    con.execute("create table marts.fct_tips as select 't1' as tip_id")
    assert failed(con, "reconciliation", "marts.fct_tips") == set()
    con.execute("insert into staging.stg_files__tips values ('t2')")
    assert failed(con, "reconciliation", "marts.fct_tips") == {"tips are those of staging"}


DAYS = "days and their totals are those of the mart"
LAW = "what was gained and what belongs to no day add up to the counters"


@pytest.fixture
def published(con):
    """A counter of 100 that lost 30 to a reset: 80 on days, -10 taken back, 60 of no day."""
    con.execute(
        "create table marts.fct_post_daily as select * from (values ('x:1', 'likes', true, 80.0, -10.0), "
        "('x:1', 'other', false, 5.0, 0.0)) as days(post_id, metric, is_counted, gain, correction)"
    )
    con.execute(
        "create table published.post_metric_daily as select metric, gain, correction from marts.fct_post_daily where is_counted"
    )
    con.execute("create table published.post_metric_unallocated as select 'likes' as metric, 60.0 as amount")
    con.execute(
        "create table marts.fct_post_counter as select * from (values ('likes', true, 100.0, 30.0), ('other', false, 5.0, null)) "
        "as counters(metric, is_counted, last_value, reset_loss)"
    )
    return con


@pytest.mark.parametrize(
    ("change", "broken"),
    [
        ("select 1", set()),
        ("update published.post_metric_daily set gain = 81", {DAYS, LAW}),
        ("insert into published.post_metric_daily values ('likes', 0, 0)", {DAYS}),
        ("delete from published.post_metric_daily", {DAYS, LAW}),
        ("insert into published.post_metric_daily values ('new', 3, 0)", {DAYS, LAW}),
        ("delete from published.post_metric_unallocated", {LAW}),
        ("update marts.fct_post_counter set reset_loss = null", {LAW}),
    ],
)
def test_the_law_of_counters_holds_for_what_readers_get(published, change, broken):
    published.execute(change)
    assert failed(published, "reconciliation", "published.post_metric_daily") == broken


@pytest.mark.parametrize("change", ["value = 8", "value = null", "native_metric = 'y'"])
def test_newest_readings_are_those_of_the_mart(con, change):
    con.execute(
        "create table marts.fct_post_snapshot as select * from (values ('p', 'x', 'ok', 7.0, timestamptz '2026-02-02'), "
        "('p', 'x', 'ok', 9, '2026-02-01'), ('p', 'x', 'error', null, '2026-02-03'), ('q', 'x', 'not_offered', null, "
        "'2026-02-03')) as r(post_id, native_metric, status, value, observed_at)"
    )
    con.execute("alter table marts.fct_post_snapshot add column ingested_at timestamptz default '2026-02-04'")
    con.execute(
        "create table published.post_metric_latest as select * from (values ('p', 'x', 7.0), ('q', 'x', null)) "
        "as latest(post_id, native_metric, value)"
    )
    assert failed(con, "reconciliation", "published.post_metric_latest") == set()
    con.execute(f"update published.post_metric_latest set {change} where post_id = 'p'")
    assert len(failed(con, "reconciliation", "published.post_metric_latest")) == 1


@pytest.mark.parametrize(
    ("table", "mart", "rows", "change"),
    [
        ("published.post", "marts.dim_post", "select 'x' as platform", "insert into published.post values ('x')"),
        (
            "published.account_daily", "marts.fct_account_daily",
            "select 'views' as native_metric, 'missing' as state, null::double as value",
            "update published.account_daily set state = 'measured'",
        ),
        (
            "published.account_daily", "marts.fct_account_daily",
            "select 'views' as native_metric, 'measured' as state, 3.0 as value",
            "update published.account_daily set value = 4",
        ),
    ],
)  # fmt: skip
def test_what_is_published_is_what_the_mart_holds(con, table, mart, rows, change):
    con.execute(f"create table {mart} as {rows}")
    con.execute(f"create table {table} as {rows}")
    assert failed(con, "reconciliation", table) == set()
    con.execute(change)
    assert len(failed(con, "reconciliation", table)) == 1


def test_a_day_of_tips_is_told_as_it_is_or_not_at_all(con):
    con.execute("create table marts.fct_tips as select date '2026-02-01' as local_date from range(7)")
    con.execute(
        "create table published.tips_daily as select * from (values (null::varchar, date '2026-02-01', null::varchar, "
        "7, 'measured'), ('nord', '2026-02-01', null, null, 'suppressed'), (null, '2026-02-02', null, 0, 'measured'), "
        "(null, '2026-02-03', null, null, 'missing')) as days(unit_id, local_date, channel, tips, state)"
    )
    assert failed(con, "reconciliation", "published.tips_daily") == set()
    for wrong in (
        "update published.tips_daily set tips = 5 where tips = 7",
        "update published.tips_daily set tips = 1 where tips = 0",
    ):
        con.execute("begin")
        con.execute(wrong)
        con.execute("commit")
        assert len(failed(con, "reconciliation", "published.tips_daily")) == 1
        con.execute("update published.tips_daily set tips = 7 where tips = 5")


@pytest.mark.parametrize("change", ["value = 2", "verdict = 'met'", "state = 'missing'", "variant = 'panel'"])
def test_a_card_says_what_was_computed_and_a_units_card_is_none_of_it(con, change):
    columns = "'g' as goal_id, 'A1' as kpi_id, null::varchar as variant, 1.0 as value, 'not_met' as verdict, 'measured' as state"
    con.execute(f"create table kpi.kpi_results as select {columns}")
    con.execute(f"create table published.goal_scorecard as select {columns}, null::varchar as unit_id")
    con.execute(f"insert into published.goal_scorecard select {columns.replace('1.0', '9.0')}, 'nord'")
    assert failed(con, "reconciliation", "published.goal_scorecard") == set()
    con.execute(f"update published.goal_scorecard set {change} where unit_id is null")
    assert len(failed(con, "reconciliation", "published.goal_scorecard")) == 1
