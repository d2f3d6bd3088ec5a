"""How young what stands is, against the run's instant: a warehouse looked at in ten years is as fresh as it was."""

from __future__ import annotations

import pytest

from tests.unit.quality.broken import failed

LATE = "every source was read in the last two days"
ACCOUNT = "every account of goals.yaml was read in the last three days"
FUTURE = "nothing was read after the run began to count"


@pytest.fixture
def pages(con):
    con.execute(
        "create table config.accounts as select * from (values ('x:1', 'x', null::timestamptz), ('x:2', 'x', null)) "
        "as accounts(account_id, platform, closed_at)"
    )
    con.execute(
        "create table raw.pages as select * from (values "
        "('x', 'x:1', null::varchar, timestamptz '2026-02-27 09:00Z', 5), "
        "('x', 'x:2', null, timestamptz '2026-02-26 09:00Z', 5), "
        "('files', 'files', 'old.csv', timestamptz '2024-01-01', 5)) as pages(source, account_id, file, fetched_at, rows_stored)"
    )
    return con


@pytest.mark.parametrize(
    ("change", "broken"),
    [
        ("select 1", set()),
        ("update raw.pages set fetched_at = '2026-02-27 08:59:59Z' where account_id = 'x:1'", {LATE}),
        ("update raw.pages set fetched_at = '2026-02-26 08:59:59Z' where account_id = 'x:2'", {ACCOUNT}),
        ("delete from raw.pages where account_id = 'x:2'", {ACCOUNT}),
        ("insert into config.accounts values ('threads:1', 'threads', null)", set()),  # its platform is switched off
        ("update raw.pages set fetched_at = '2026-03-01 10:00:01Z' where account_id = 'x:1'", {FUTURE}),
        ("update raw.pages set file = 'export.csv'", set()),  # files are never late
    ],
)
def test_pages_are_as_young_as_the_run(pages, change, broken):
    pages.execute(change)
    assert failed(pages, "freshness", "raw.pages") == broken


def test_an_account_that_was_closed_need_not_be_read(pages):
    pages.execute("delete from raw.pages where account_id = 'x:2'")
    pages.execute("update config.accounts set closed_at = '2026-02-20' where account_id = 'x:2'")
    assert failed(pages, "freshness", "raw.pages") == set()


@pytest.mark.parametrize(
    ("newest", "last_due", "broken"),
    [("2026-02-26", "2026-12-31", False), ("2026-02-25", "2026-12-31", True), ("2026-02-25", "2026-02-28", False)],
)
def test_tips_that_stopped_coming_are_told_and_a_period_that_is_over_is_not(con, newest, last_due, broken):
    con.execute(
        "create table marts.fct_tip_day as select day::date as local_date, day <= ?::date as is_read "
        "from generate_series(timestamp '2026-01-01', ?::timestamp, interval 1 day) as days(day)",
        [newest, last_due],
    )
    assert bool(failed(con, "freshness", "marts.fct_tip_day")) is broken
    con.execute("update marts.fct_tip_day set is_read = false")
    assert failed(con, "freshness", "marts.fct_tip_day") == set(), "an institution without an intake"


@pytest.mark.parametrize("table", ["published.goal_scorecard", "published.goal_verdict", "published.build"])
def test_a_table_of_an_earlier_run_is_not_published_beside_newer_ones(con, table):
    con.execute(f"create table {table} as select as_of from config.run")
    assert failed(con, "freshness", table) == set()
    con.execute(f"insert into {table} select as_of - interval 1 day from config.run")
    assert failed(con, "freshness", table) == {"it stands for this run's instant"}


def test_the_log_of_what_was_read_ends_where_the_pages_end(pages):
    pages.execute("create table published.load_log as select fetched_at from raw.pages")
    assert failed(pages, "freshness", "published.load_log") == set()
    pages.execute("delete from published.load_log where fetched_at = timestamptz '2026-02-27 09:00Z'")
    assert failed(pages, "freshness", "published.load_log") == {"the newest page that was loaded is in it"}


@pytest.mark.parametrize(
    ("newest_day", "first_read", "last_read", "broken"),
    [
        ("2026-02-25", "2026-01-01", "2026-03-01", False),
        ("2026-02-24", "2026-01-01", "2026-03-01", True),
        ("2026-02-24", "2026-02-27", "2026-03-01", False),  # only just begun
        ("2026-02-24", "2026-01-01", "2026-02-25", False),  # not read: that is told of the pages
    ],
)
def test_days_that_do_not_follow_from_readings_are_told(con, newest_day, first_read, last_read, broken):
    con.execute("create table marts.dim_post as select 'x:1' as post_id, 'x' as platform")
    con.execute(
        f"create table published.post_metric_daily as select 'x:1' as post_id, date '{newest_day}' as local_date"
    )
    con.execute(
        "create table marts.fct_post_snapshot as select 'x' as platform, read_at::timestamptz as observed_at, 1 as value "
        f"from (values ('{first_read}'), ('{last_read}')) as readings(read_at)"
    )
    assert bool(failed(con, "freshness", "published.post_metric_daily")) is broken


def test_figures_of_accounts_reach_to_five_days_ago_where_the_platform_is_read(pages):
    pages.execute(
        "create table published.account_daily as select * from (values ('x:1', date '2026-02-24', 'measured'), "
        "('x:1', date '2026-02-28', 'missing'), ('youtube:1', date '2020-01-01', 'measured')) "
        "as days(account_id, local_date, state)"
    )
    assert failed(pages, "freshness", "published.account_daily") == set()
    pages.execute("update published.account_daily set local_date = '2026-02-23' where state = 'measured'")
    assert len(failed(pages, "freshness", "published.account_daily")) == 1


def test_no_kpi_has_a_day_to_come_by_the_organisations_clock(con):
    con.execute("update config.run set as_of = timestamptz '2026-03-01 23:30Z'")  # 2 March in Stockholm
    con.execute("create table published.kpi_daily as select date '2026-03-02' as local_date")
    assert failed(con, "freshness", "published.kpi_daily") == set()
    con.execute("update config.run set as_of = timestamptz '2026-03-01 22:30Z'")
    assert failed(con, "freshness", "published.kpi_daily") == {"no day lies after the run's instant"}


@pytest.mark.parametrize(
    ("table", "column"),
    [("fct_post_snapshot", "observed_at"), ("fct_tips", "received_at"), ("fct_response_time", "asked_at")],
)
def test_what_lies_after_the_run_cannot_have_happened(con, table, column):
    con.execute(f"create table marts.{table} as select timestamptz '2026-03-01 10:00+01' as {column}")
    assert failed(con, "freshness", f"marts.{table}") == set()
    con.execute(f"insert into marts.{table} values ('2026-03-01 10:00:01+01')")
    assert len(failed(con, "freshness", f"marts.{table}")) == 1
