"""P1: contacts per 1 000 inhabitants and active unit-month, and the bridge over a changed definition."""

from __future__ import annotations

import pytest

from tests.spec.kpi.chain import build_up_to, kpi
from tests.spec.tables import calendar, create, load, query, run_config

DAILY = "post_id, unit_id, platform, native_metric, metric, is_counted, local_date, gain, correction"


@pytest.fixture
def spring(con):
    """Two months, two units of 10 000 and 20 000 people."""
    run_config(con, study_start="2025-03-01", study_end="2025-04-30", as_of="2025-05-20 06:00:00Z")
    calendar(con, "2025-02-20", "2025-05-21")
    load(
        con,
        "marts.dim_unit_period",
        "unit_id, population",
        """
        unit | pop
        -----+------
        a    | 10000
        b    | 20000
        c    | 90000
        """,
    )
    load(
        con,
        "marts.dim_post",
        "post_id, platform, unit_id, published_at, local_date",
        """
        post | platform  | unit | published            | date
        -----+-----------+------+----------------------+-----------
        fa   | facebook  | a    | 2025-03-10 08:00:00Z | 2025-03-10
        xa   | x         | a    | 2025-03-31 21:30:00Z | 2025-03-31
        fb   | facebook  | b    | 2025-03-05 08:00:00Z | 2025-03-05
        fb2  | facebook  | b    | 2025-04-02 08:00:00Z | 2025-04-02
        """,
    )
    load(
        con,
        "marts.fct_post_goal",
        "post_id, goal_id",
        """
        post | goal
        -----+-----------
        fa   | prevention
        xa   | prevention
        fb   | prevention
        fb2  | insight
        """,
    )
    kpi(
        con,
        goal_id="prevention",
        kpi_id="P1",
        kind="mean_over_unit_months",
        metric="views_per_1000_inhabitants",
        interval="cluster_bootstrap_unit",
        series="bridged",
        is_primary=True,
        target_op=">=",
        target_value=30,
    )
    return con


def test_the_mean_is_over_active_unit_months_and_not_over_people(spring):
    load(
        spring,
        "marts.fct_post_daily",
        DAILY,
        """
        post | unit | platform | native           | metric      | counted | date       | gain | correction
        -----+------+----------+------------------+-------------+---------+------------+------+-----------
        fa   | a    | facebook | post_media_view  | views       | true    | 2025-03-10 | 500  | 0
        fa   | a    | facebook | post_media_view  | views       | true    | 2025-03-11 | 120  | -20
        fa   | a    | facebook | media_view       | views       | false   | 2025-03-10 | 999  | 0
        fa   | a    | facebook | post_media_view  | views       | true    | 2025-04-01 | 777  | 0
        xa   | a    | x        | impression_count | impressions | true    | 2025-03-31 | 100  | 0
        fb   | b    | facebook | post_media_view  | views       | true    | 2025-03-06 | 1000 | 0
        fb2  | b    | facebook | post_media_view  | views       | true    | 2025-04-03 | 5000 | 0
        """,
    )
    build_up_to(spring, "kpi.kpi_results")
    # Unit a published nothing in April, so its late views are of no active unit-month; c never published.
    # b's post of April serves another goal: an active month with no contacts for this one.
    assert query(
        spring,
        """
        select unit_id, period_start, numerator, denominator from kpi.kpi_views_per_inhabitants_cells order by 1, 2
        """,
    ) == [("a", "2025-03-01", "700", "10"), ("b", "2025-03-01", "1000", "20"), ("b", "2025-04-01", "0", "20")]
    # The mean of 70, 50 and 0.
    assert query(spring, "select value, n, interval_kind, is_bridged from kpi.kpi_results") == [
        ("40", "3", "cluster_bootstrap", "false")
    ]


def test_naming_platforms_leaves_the_others_out(spring):
    spring.execute("update config.kpis set platforms = ['facebook']")
    load(
        spring,
        "marts.fct_post_daily",
        DAILY,
        """
        post | unit | platform | native           | metric      | counted | date       | gain | correction
        -----+------+----------+------------------+-------------+---------+------------+------+-----------
        fa   | a    | facebook | post_media_view  | views       | true    | 2025-03-10 | 500  | 0
        xa   | a    | x        | impression_count | impressions | true    | 2025-03-31 | 100  | 0
        """,
    )
    build_up_to(spring, "kpi.kpi_views_per_inhabitants_cells")
    assert query(spring, "select sum(numerator) from kpi.kpi_views_per_inhabitants_cells") == [("500",)]


@pytest.mark.parametrize(("platforms", "contacts"), [(None, "600"), (["youtube"], "7000"), (["x", "youtube"], "7100")])
def test_youtubes_views_are_added_to_no_others_unless_the_goals_say_so(spring, platforms, contacts):
    spring.execute("update config.kpis set platforms = ?", [platforms])
    load(
        spring,
        "marts.fct_post_daily",
        DAILY,
        """
        post | unit | platform | native           | metric      | counted | date       | gain | correction
        -----+------+----------+------------------+-------------+---------+------------+------+-----------
        fa   | a    | facebook | post_media_view  | views       | true    | 2025-03-10 | 500  | 0
        xa   | a    | x        | impression_count | impressions | true    | 2025-03-31 | 100  | 0
        ya   | a    | youtube  | viewCount        | views       | true    | 2025-03-10 | 7000 | 0
        """,
    )
    load(spring, "marts.fct_post_goal", "post_id, goal_id", "-\n-\nya | prevention")
    build_up_to(spring, "kpi.kpi_views_per_inhabitants_cells")
    assert query(spring, "select sum(numerator) from kpi.kpi_views_per_inhabitants_cells") == [(contacts,)]


def test_completeness_counts_young_post_days_that_close_readings_cover(spring):
    load(
        spring,
        "marts.fct_post_metric_interval",
        "post_id, native_metric, metric, from_at, to_at, amount, treatment, is_imputed",
        """
        post | native          | metric | from                 | to                   | amount | treatment   | imputed
        -----+-----------------+--------+----------------------+----------------------+--------+-------------+--------
        fa   | post_media_view | views  | 2025-03-10 08:00:00Z | 2025-03-11 08:00:00Z | 5      | gain        | false
        fa   | post_media_view | views  | 2025-03-11 08:00:00Z | 2025-03-14 08:00:00Z | 5      | gain        | true
        fa   | post_media_view | views  | 2025-03-14 08:00:00Z | 2025-03-15 12:00:00Z | 0      | gain        | false
        fa   | reactions       | reactions | 2025-03-15 08:00:00Z | 2025-03-17 12:00:00Z | 1   | gain        | false
        fb   | post_media_view | views  | 2025-03-05 08:00:00Z | 2025-03-20 12:00:00Z | 9      | unallocated | false
        """,
    )
    spring.execute("update marts.dim_post set deleted_seen_at = '2025-03-07 12:00:00Z' where post_id = 'fb'")
    spring.execute("delete from marts.dim_post where post_id = 'xa'")
    build_up_to(spring, "kpi.kpi_views_completeness")
    # fa is due on 8 dates (10 March 09:00 to 17 March 09:00 in Stockholm), read on 10, 11, 14, 15;
    # fb on 3 dates until it was seen deleted, read on none.
    assert query(spring, "select days_due, days_read, completeness from kpi.kpi_views_completeness") == [
        ("11", "4", "0.363636")
    ]


SWITCH = """
    post | unit | platform | native           | metric      | counted | date       | gain | correction
    -----+------+----------+------------------+-------------+---------+------------+------+-----------
    fa   | a    | facebook | post_impressions | impressions | true    | 2025-03-10 | 400  | 0
    fa   | a    | facebook | post_impressions | impressions | true    | 2025-03-11 | 100  | 0
    fa   | a    | facebook | post_media_view  | views       | true    | 2025-03-11 | 130  | 0
"""


def overlap(con, *, posts, days, factor=1.3, uneven=0.0):
    """Readings that carry both metrics, of Facebook, `posts` posts on each of `days` days."""
    create(con, "marts.fct_post_snapshot")
    con.execute(
        """
        insert into marts.fct_post_snapshot by name
        select 'o' || p as post_id, 'facebook' as platform, metric, metric as native_metric, 'ok' as status,
            timestamptz '2025-03-01 12:00:00Z' + d * interval 1 day as observed_at,
            case metric when 'views' then 100.0 * $factor * (1 + $uneven * (p % 2)) else 100.0 end as value
        from range($posts) as p (p) cross join range($days) as d (d)
        cross join (values ('views'), ('impressions')) as m (metric)
        """,
        {"posts": posts, "days": days, "factor": factor, "uneven": uneven},
    )


def test_impressions_before_the_switch_are_bridged_by_what_was_measured_side_by_side(spring):
    load(spring, "marts.fct_post_daily", DAILY, SWITCH)
    overlap(spring, posts=30, days=28)
    build_up_to(spring, "kpi.kpi_results")
    assert query(spring, "select factor, posts, days, is_usable from kpi.kpi_bridges") == [("1.3", "30", "28", "true")]
    # 10 March 400 x 1.3, 11 March the views that were read: never both, never one for the other unmeasured.
    assert query(spring, "select local_date, views, is_bridged from kpi.kpi_view_gains_daily order by 1") == [
        ("2025-03-10", "520", "true"),
        ("2025-03-11", "130", "false"),
    ]
    [(reasons, is_bridged)] = query(spring, "select array_to_string(reasons, ','), is_bridged from kpi.kpi_results")
    assert "series_break" not in reasons
    assert is_bridged == "true"


@pytest.mark.parametrize(
    ("posts", "days", "uneven"),
    [(29, 28, 0.0), (30, 27, 0.0), (30, 28, 0.5), (0, 0, 0.0)],
    ids=["29 posts", "27 days", "half-width above 5 %", "no overlap"],
)
def test_without_a_good_overlap_the_series_breaks(spring, posts, days, uneven):
    load(spring, "marts.fct_post_daily", DAILY, SWITCH)
    overlap(spring, posts=posts, days=days, uneven=uneven)
    build_up_to(spring, "kpi.kpi_results")
    assert query(spring, "select local_date, views, is_broken from kpi.kpi_view_gains_daily order by 1") == [
        ("2025-03-10", "", "true"),
        ("2025-03-11", "130", "false"),
    ]
    [(verdict, reasons)] = query(spring, "select verdict, array_to_string(reasons, ',') from kpi.kpi_results")
    assert verdict == "insufficient_evidence"
    assert "series_break" in reasons


def test_a_bridge_that_goals_yaml_does_not_ask_for_is_a_break(spring):
    spring.execute("update config.kpis set series = 'native'")
    load(spring, "marts.fct_post_daily", DAILY, SWITCH)
    overlap(spring, posts=30, days=28)
    build_up_to(spring, "kpi.kpi_views_completeness")
    assert query(spring, "select is_bridged, has_break from kpi.kpi_views_completeness") == [("true", "true")]


def test_a_period_wholly_in_impressions_has_one_definition_and_no_break(spring):
    load(
        spring,
        "marts.fct_post_daily",
        DAILY,
        """
        post | unit | platform | native           | metric      | counted | date       | gain | correction
        -----+------+----------+------------------+-------------+---------+------------+------+-----------
        fa   | a    | facebook | post_impressions | impressions | true    | 2025-03-10 | 400  | 0
        """,
    )
    build_up_to(spring, "kpi.kpi_views_completeness")
    assert query(spring, "select views, is_bridged, is_broken from kpi.kpi_view_gains_daily") == [
        ("400", "false", "false")
    ]
    assert query(spring, "select is_bridged, has_break from kpi.kpi_views_completeness") == [("false", "false")]
