"""What a figure means has changed under an unchanged name: told; growth, one viral post and few posts: not."""

from __future__ import annotations

import pytest

from tests.unit.quality.broken import failed

MOVED, ZEROS = "no metric moves by an order of magnitude", "no metric turns to zeros"


@pytest.mark.parametrize(
    ("old_posts", "new_posts", "value", "broken"),
    [
        (100, 30, "1000 + n", set()),
        (100, 30, "if(is_new, 11, 1) * (1000 + n)", {MOVED}),
        (100, 30, "if(is_new, 0.09, 1) * (1000 + n)", {MOVED}),
        (100, 30, "if(is_new, 5, 1) * (1000 + n)", set()),  # a good month
        (100, 30, "if(is_new and n = 3, 1000000, 1000 + n)", set()),  # one viral post
        (100, 19, "if(is_new, 100, 1) * (1000 + n)", set()),  # too few posts to say
        (59, 30, "if(is_new, 100, 1) * (1000 + n)", set()),
        (100, 30, "if(is_new, 0, 1000 + n)", {MOVED, ZEROS}),
        (100, 30, "if(is_new and n % 3 = 0, 0, 1000 + n)", {ZEROS}),
        (100, 30, "if(is_new and n % 5 = 0, 0, 1000 + n)", set()),  # a fifth is no quarter
        (100, 20, "if(n % 2 = 0 and (not is_new or n < 14), 0, 40)", set()),  # it always was so
        # spread over six orders of magnitude, the medians of so few are far apart by chance
        (60, 20, "pow(10, if(is_new, n % 7, (n + 2) % 7 - 1.4))", set()),
    ],
)
def test_new_posts_are_held_against_old_ones_at_one_age(con, old_posts, new_posts, value, broken):
    con.execute(
        f"""
        create table marts.dim_post as
        select n || if(is_new, 'new', 'old') as post_id, n::integer as n, is_new, 'x' as platform,
            timestamptz '2026-03-01' - if(is_new, n % 28, 28 + n % 180)::integer * interval 1 day as published_at
        from (values (true), (false)) as ages(is_new), range(if(is_new, {new_posts}, {old_posts})) as numbers(n)
        """
    )
    con.execute(
        f"create table marts.fct_post_value_at_age as "
        f"select post_id, 'views' as native_metric, ({value})::double as value from marts.dim_post union all select 'unknown', 'views', 1e9 union all select '0old', 'likes', null"
    )
    assert failed(con, "drift", "marts.fct_post_value_at_age") == broken


def readings(con, counts: tuple[int, int, int, int], bad: str) -> None:
    """Readings of the month before and of the last week, and how many of each are without a figure."""
    before, now, bad_before, bad_now = counts
    con.execute(
        f"""
        create or replace table marts.fct_post_snapshot as
        select 'x' as platform, 'views' as native_metric, timestamptz '2026-03-01 08:00Z' - age as observed_at,
            if(n < bad, null, 7) as value, if(n < bad, '{bad}', 'ok') as status
        from (values (interval 1 hour, {now}, {bad_now}), (interval 8 day, {before}, {bad_before}))
            as sets(age, readings, bad), range(readings) as numbers(n)
        """
    )


@pytest.mark.parametrize(
    ("counts", "broken"),
    [
        ((100, 100, 0, 25), False), ((100, 100, 0, 26), True), ((100, 100, 50, 75), False), ((100, 100, 50, 76), True),
        ((49, 100, 0, 100), False), ((100, 49, 0, 49), False), ((100, 100, 100, 0), False),
    ],
)  # fmt: skip
def test_a_metric_that_loses_its_figures_is_told_when_a_quarter_more_are_gone(con, counts, broken):
    readings(con, counts, "error")
    wanted = {"no metric loses its figures"} if broken else set()
    assert failed(con, "drift", "marts.fct_post_snapshot") == wanted
    readings(con, counts, "not_offered")
    wanted |= {"no metric stops being offered"} if broken else set()
    assert failed(con, "drift", "marts.fct_post_snapshot") == wanted


@pytest.mark.parametrize(
    ("value", "change", "day", "broken"),
    [
        (1000, 900, "2026-02-28", False), (1001, 901, "2026-02-28", True), (9, -91, "2026-02-28", True),
        (1001, 902, "2026-02-28", False),  # from 99: below a hundred anything may happen
        (5000, 4900, "2026-02-01", False),  # told a month ago
        (5000, None, "2026-02-28", False),
    ],
)  # fmt: skip
def test_a_level_that_jumps_tenfold_overnight_is_told(con, value, change, day, broken):
    con.execute(
        f"create table marts.fct_account_daily as select date '{day}' as local_date, {value}::double as value, "
        f"{'null' if change is None else change}::double as net_change"
    )
    assert bool(failed(con, "drift", "marts.fct_account_daily")) is broken
