"""What was due was read, and what was not read stays unknown: a gap is NULL and never 0."""

from __future__ import annotations

import pytest

from tests.unit.quality.broken import failed

SHARE, WEEK = "of the last 28 days as many were read as a verdict needs", "no account is unread for a week"


@pytest.mark.parametrize(
    ("unread", "broken"),
    [
        ("false", set()),
        ("days_ago > 28 or days_ago = 0", set()),  # today is not over
        ("account_id = 'x:1' and days_ago <= 5", set()),  # 5 of 56
        ("account_id = 'x:1' and days_ago between 2 and 7", {SHARE}),  # 6 of 56
        ("account_id = 'x:1' and days_ago <= 7", {SHARE, WEEK}),
        ("account_id like 'files:%'", set()),  # came with a file: nobody reads it by the day
        ("account_id like 'x:old%'", set()),  # no longer in goals.yaml
    ],
)
def test_days_of_accounts_are_read_as_expected(con, unread, broken):
    con.execute("create table config.accounts as select * from (values ('x:1'), ('x:2'), ('files:1')) as a(account_id)")
    con.execute(
        "create table raw.pages as select * from (values ('x:1', null), ('x:2', null), ('x:old', null), ('files:1', 'a.csv')) "
        "as pages(account_id, file)"
    )
    con.execute(
        f"create table marts.fct_account_coverage as select account_id, date '2026-03-01' - days_ago::integer as local_date, "
        f"not ({unread}) as is_read from raw.pages, range(40) as days(days_ago)"
    )
    assert failed(con, "completeness", "marts.fct_account_coverage") == broken


@pytest.mark.parametrize(("unread", "broken"), [(5, False), (6, True), (59, False)])
def test_days_of_the_study_whose_tips_are_missing_are_told_where_there_is_an_intake(con, unread, broken):
    # 1 January to 28 February are 59 days; those to come, and the year before, are none of them
    con.execute(
        f"create table marts.fct_tip_day as select day::date as local_date, "
        f"day::date between date '2026-01-01' + {unread} and date '2026-02-28' as is_read "
        "from generate_series(timestamp '2025-06-01', timestamp '2026-12-31', interval 1 day) as days(day)"
    )
    assert bool(failed(con, "completeness", "marts.fct_tip_day")) is broken


def test_a_tip_on_a_day_that_was_cut_off_is_told(con):
    con.execute(
        "create table marts.fct_tip_day as select * from (values (date '2026-02-01', true), (date '2026-02-02', false)) "
        "as days(local_date, is_read)"
    )
    con.execute("create table marts.fct_tips as select date '2026-02-01' as local_date union all select '2024-01-01'")
    assert failed(con, "completeness", "marts.fct_tips") == set()
    con.execute("insert into marts.fct_tips values ('2026-02-02')")
    assert len(failed(con, "completeness", "marts.fct_tips")) == 1


@pytest.mark.promise("R16")
def test_a_day_on_which_nobody_looked_has_no_figure_not_even_a_zero(con, figure):
    con.execute(
        "create table marts.fct_post_unallocated as select * from (values "
        "('p', 'likes', 'gap', timestamptz '2026-02-01 22:30Z', timestamptz '2026-02-12 10:00Z'), "
        "('p', 'likes', 'series_break', timestamptz '2026-01-01', timestamptz '2026-01-20')) "
        "as kept(post_id, native_metric, reason, from_at, to_at)"
    )
    con.execute(
        "create table marts.fct_post_daily (post_id varchar, native_metric varchar, local_date date, gain double)"
    )
    for day in ("2026-02-01", "2026-02-12", "2026-01-10"):  # its ends were looked at, and a break is no gap
        con.execute(f"insert into marts.fct_post_daily values ('p', 'likes', '{day}', 5)")
    con.execute(
        "insert into marts.fct_post_daily values ('q', 'likes', '2026-02-05', 5), ('p', 'views', '2026-02-05', 5)"
    )
    assert failed(con, "completeness", "marts.fct_post_daily") == set()
    found = 0
    for day in range(2, 12):
        con.execute(f"insert into marts.fct_post_daily values ('p', 'likes', '2026-02-{day:02}', 0)")
        found += len(failed(con, "completeness", "marts.fct_post_daily"))
        con.execute("delete from marts.fct_post_daily where gain = 0")
    assert found == 10
    figure("zeros put into a gap, found by the suite before publishing", f"{found} of 10")


@pytest.mark.promise("R16")
@pytest.mark.parametrize(
    ("table", "columns"),
    [
        ("published.tips_daily", "date '2026-02-02' as local_date, null::bigint as tips"),
        ("published.kpi_daily", "date '2026-02-02' as local_date, null::bigint as value, 'tips' as kpi_id"),
    ],
)
def test_a_day_whose_tips_were_not_read_has_no_number(con, table, columns):
    con.execute("create table marts.fct_tip_day as select date '2026-02-02' as local_date, false as is_read")
    con.execute(f"create table {table} as select {columns}")
    con.execute(f"insert into {table} select {columns.replace('null', '4').replace('02-02', '02-01')}")
    assert failed(con, "completeness", table) == set()
    con.execute(f"insert into {table} select {columns.replace('null', '0')}")
    assert len(failed(con, "completeness", table)) == 1


@pytest.mark.parametrize(
    ("verdict", "completeness", "reasons", "broken"),
    [
        ("met", "0.9", "", 0), ("met", "0.89", "missing_data", 1), ("not_met", "null", "", 1),
        ("insufficient_evidence", "0.5", "missing_data,small_n", 0), ("insufficient_evidence", "0.5", "small_n", 1),
        ("insufficient_evidence", "null", "not_computed", 0), (None, "0.5", "no_target", 0),
    ],
)  # fmt: skip
def test_a_verdict_agrees_with_how_complete_its_data_is(con, verdict, completeness, reasons, broken):
    con.execute(
        f"create table published.goal_scorecard as select {completeness}::double as completeness, "
        f"$1::varchar as verdict, $2::varchar as reasons", [verdict, reasons],
    )  # fmt: skip
    assert len(failed(con, "completeness", "published.goal_scorecard")) == broken


@pytest.mark.parametrize(
    ("cards", "broken"),
    [
        ("('A1', true, null, null, 'met'), ('A2', false, null, null, 'not_met')", False),
        ("('A1', true, null, null, 'met'), ('A2', true, null, null, 'insufficient_evidence')", True),
        ("('A1', true, null, null, null)", True),
        ("('S1', true, 'panel', null, 'met'), ('S1', true, 'own', null, 'insufficient_evidence')", False),
        ("('A1', true, null, null, 'met'), ('A1', true, null, 'nord', null)", False),
    ],
)
def test_a_goal_is_met_only_where_its_primary_kpis_are(con, cards, broken):
    con.execute(
        "create table published.goal_verdict as select 'g' as goal_id, 'met' as verdict union all select 'h', 'not_met'"
    )
    con.execute(
        f"create table published.goal_scorecard as select 'g' as goal_id, * "
        f"from (values {cards}) as cards(kpi_id, is_primary, variant, unit_id, verdict)"
    )
    assert bool(failed(con, "completeness", "published.goal_verdict")) is broken
