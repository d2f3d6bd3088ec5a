"""A platform's own whole beside our sum of the parts."""

from __future__ import annotations

import pytest

from tests.unit.quality.broken import failed


@pytest.mark.parametrize(
    ("lists", "off", "listed", "broken"),
    [
        (30, 3, 10, False), (29, 3, 10, True), (29, 2, 10, False), (29, -3, 10, True), (29, 5, 100, False),
        (29, 6, 100, True), (19, 9, 10, False),
    ],
)  # fmt: skip
def test_counters_that_are_far_from_their_lists_are_told(con, lists, off, listed, broken):
    con.execute(
        f"create table marts.fct_counter_check as select 'mastodon' as platform, true as is_complete, "
        f"timestamptz '2026-02-20' as checked_at, {listed} as listed, if(n < 3, {off}, 0) as difference "
        f"from range({lists}) as numbers(n)"
    )
    con.execute("insert into marts.fct_counter_check select 'mastodon', false, '2026-02-20', 5, null from range(50)")
    con.execute("insert into marts.fct_counter_check select 'mastodon', true, '2025-02-20', 5, 99 from range(50)")
    assert bool(failed(con, "totals", "marts.fct_counter_check")) is broken


@pytest.mark.parametrize(("posts", "told", "broken"), [(110, 100, False), (111, 100, True), (50, 5000, False)])
def test_more_posts_than_the_platform_knows_of_are_told(con, posts, told, broken):
    con.execute(
        f"create table marts.fct_account_daily as select 'x:1' as account_id, 'posts_published' as metric, "
        f"date '2026-02-28' as local_date, {told}.0 as value"
    )
    con.execute(
        "insert into marts.fct_account_daily values ('x:1', 'posts_published', '2026-02-01', 1), ('x:1', 'views', '2026-02-28', 1)"
    )
    con.execute(
        f"create table marts.dim_post as select 'x:1' as account_id, null::timestamptz as deleted_seen_at, "
        f"date '2026-02-28' as local_date from range({posts})"
    )
    con.execute("insert into marts.dim_post select 'x:1', '2026-02-28', '2026-02-01' from range(99)")  # gone
    con.execute("insert into marts.dim_post select 'x:1', null, '2026-03-01' from range(99)")  # after it was told
    con.execute("insert into marts.dim_post select 'x:2', null, '2026-02-01' from range(99)")  # of which nobody tells
    assert bool(failed(con, "totals", "marts.dim_post")) is broken


@pytest.mark.parametrize(
    ("days", "account", "posts", "broken"), [(14, 100, 132, False), (14, 100, 133, True), (13, 100, 900, False)]
)
def test_posts_with_more_views_than_their_account_are_told(con, days, account, posts, broken):
    con.execute(
        f"create table marts.fct_account_daily as select 'x:1' as account_id, 'views' as metric, 'measured' as state, "
        f"date '2026-02-28' - n::integer as local_date, {account}.0 as value from range({days}) as numbers(n)"
    )
    con.execute("insert into marts.fct_account_daily values ('x:1', 'views', 'measured', '2025-12-01', 0)")
    con.execute(
        f"create table marts.fct_post_daily as select account_id, 'views' as metric, true as is_counted, local_date, "
        f"{posts} / 2.0 as gain from marts.fct_account_daily, range(2)"
    )
    con.execute(
        "insert into marts.fct_post_daily select account_id, metric, false, local_date, 999 from marts.fct_post_daily"
    )
    assert bool(failed(con, "totals", "marts.fct_account_daily")) is broken
