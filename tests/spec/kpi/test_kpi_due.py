"""What is due for a KPI before anything is read: posts and their metrics, days of a log, and cells unit by unit."""

from __future__ import annotations

import pytest

from tests.spec.kpi.chain import build_up_to, kpi
from tests.spec.tables import calendar, create, load, query, run_config


@pytest.fixture
def march(con):
    run_config(con, study_start="2025-03-01", study_end="2025-03-31", as_of="2025-04-10 06:00:00Z")
    calendar(con, "2025-02-01", "2025-04-11")
    return con


@pytest.fixture
def reach(march):
    """A ratio of four acts over reach, and a post on each side of the period's ends and on three platforms."""
    kpi(
        march,
        goal_id="insight",
        kpi_id="I1",
        kind="ratio_of_sums",
        interval="cluster_bootstrap_post",
        numerator=["likes", "reactions", "saves"],
        denominator=["reach"],
    )
    load(
        march,
        "marts.dim_post",
        "post_id, account_id, unit_id, platform, local_date",
        """
        post | account | unit | platform  | date
        -----+---------+------+-----------+-----------
        f0   | f:a     | a    | facebook  | 2025-02-28
        f1   | f:a     | a    | facebook  | 2025-03-01
        f2   | f:a     | a    | facebook  | 2025-03-31
        f3   | f:a     | a    | facebook  | 2025-04-01
        f4   | f:a     | a    | facebook  | 2025-03-02
        i1   | i:a     |      | instagram | 2025-03-10
        x1   | x:a     | a    | x         | 2025-03-10
        """,
    )
    for post, goal in {"f0": "insight", "f1": "insight", "f2": "insight", "f3": "insight", "f4": "tips"}.items():
        load(march, "marts.fct_post_goal", "post_id, goal_id", f"p|g\n-\n{post}|{goal}")
    for post in ("i1", "x1"):
        load(march, "marts.fct_post_goal", "post_id, goal_id", f"p|g\n-\n{post}|insight")
    return march


DUE = "select post_id, part, metric from kpi.kpi_engagement_due order by 1, 2, 3"


def test_a_post_of_the_goal_in_the_period_is_due_with_each_metric_that_its_platform_has_once(reach):
    build_up_to(reach, "kpi.kpi_engagement_due")
    # Likes and reactions are one metric; Facebook has no saves; X has no reach, so its posts are not due at all.
    assert query(reach, DUE) == [
        ("f1", "denominator", "reach_post"),
        ("f1", "numerator", "reactions"),
        ("f2", "denominator", "reach_post"),
        ("f2", "numerator", "reactions"),
        ("i1", "denominator", "reach_post"),
        ("i1", "numerator", "reactions"),
        ("i1", "numerator", "saves"),
    ]


def test_a_platform_that_the_kpi_does_not_name_is_not_due(reach):
    reach.execute("update config.kpis set platforms = ['instagram']")
    build_up_to(reach, "kpi.kpi_engagement_due")
    assert {row[0] for row in query(reach, DUE)} == {"i1"}


def test_a_reading_without_a_value_makes_no_definition_popular_and_hides_no_break(reach):
    # Both posts were asked for the older reach; f2 answered with nothing, and has the newer definition alone.
    load(
        reach,
        "marts.fct_post_snapshot",
        "post_id, platform, native_metric, metric, observed_at, ingested_at, status, value",
        """
        post | platform | native                       | metric     | observed             | ingested             | status | value
        -----+----------+------------------------------+------------+----------------------+----------------------+--------+------
        f1   | facebook | post_impressions_unique      | reach_post | 2025-03-31 06:00:00Z | 2025-03-31 06:00:00Z | ok     | 100
        f2   | facebook | post_impressions_unique      | reach_post | 2025-03-31 06:00:00Z | 2025-03-31 06:00:00Z | ok     |
        f2   | facebook | post_total_media_view_unique | reach_post | 2025-03-31 06:00:00Z | 2025-03-31 06:00:00Z | ok     | 900
        """,
    )
    found = "select post_id, denominator, is_other_definition from kpi.kpi_engagement_posts where platform = 'facebook' order by 1"
    build_up_to(reach, "kpi.kpi_engagement_posts")
    # One post each: the later name wins, and f1 has the other definition.
    assert query(reach, found) == [("f1", "", "true"), ("f2", "900", "false")]
    reach.execute("update marts.dim_post set local_date = '2025-03-02' where post_id = 'f3'")
    reach.execute(
        "insert into marts.fct_post_snapshot by name select 'f3' as post_id, * exclude (post_id) from marts.fct_post_snapshot where post_id = 'f1'"
    )
    build_up_to(reach, "kpi.kpi_engagement_posts")
    # Two posts against one: now f2 has the other definition, whatever it was asked for.
    assert query(reach, found) == [("f1", "100", "false"), ("f2", "", "true"), ("f3", "100", "false")]


def test_days_of_tips_are_read_as_the_export_says_and_days_of_questions_from_the_first_to_the_last(march):
    kpi(
        march,
        goal_id="tips",
        kpi_id="T2",
        kind="count_rate",
        numerator=["documented_tips"],
        denominator=["appeals"],
    )
    kpi(
        march,
        goal_id="accessibility",
        kpi_id="A2",
        kind="proportion",
        numerator=["answered_24h"],
        denominator=["questions_due_24h"],
    )
    kpi(march, goal_id="accessibility", kpi_id="A1", kind="share_census", metric="population_covered")
    march.execute(
        "create table marts.fct_tip_day as select local_date, local_date > '2025-03-02' as is_read from seeds.calendar"
    )
    load(
        march,
        "marts.fct_interaction",
        "interaction_id, asked_at",
        """
        id | asked
        ---+---------------------
        a  | 2025-03-03 23:30:00Z
        b  | 2025-03-08 10:00:00Z
        """,
    )
    build_up_to(march, "kpi.kpi_log_completeness")
    # Tips: 31 days but the first two. Questions: from 4 March (half past midnight in Stockholm) to 8 March.
    assert query(march, "select kpi_id, days_due, days_read from kpi.kpi_log_completeness order by 1") == [
        ("A2", "31", "5"),
        ("T2", "31", "29"),
    ]


def test_a_log_of_which_nothing_was_read_has_no_day_read_and_all_of_them_due(march):
    for name, above, below, kind in (
        ("T2", "documented_tips", "appeals", "count_rate"),
        ("A2", "answered_24h", "questions_due_24h", "proportion"),
    ):
        kpi(march, goal_id="g", kpi_id=name, kind=kind, numerator=[above], denominator=[below])
    create(march, "marts.fct_interaction")
    build_up_to(march, "kpi.kpi_log_completeness")
    assert query(march, "select kpi_id, days_due, days_read from kpi.kpi_log_completeness order by 1") == [
        ("A2", "31", "0"),
        ("T2", "31", "0"),
    ]


def test_the_cells_of_units_of_all_kpis_come_together_and_each_is_drawn_with_its_unit(march):
    for goal, name, kind, metric in (
        ("accessibility", "A1", "share_census", "population_covered"),
        ("insight", "I2", "share_census", "active_unit_weeks_with_post"),
        ("prevention", "P1", "mean_over_unit_months", "views_per_1000_inhabitants"),
    ):
        kpi(march, goal_id=goal, kpi_id=name, kind=kind, metric=metric)
    load(march, "marts.dim_unit_period", "unit_id, population", "u|p\n-\na|2000")
    load(march, "marts.dim_account", "account_id, platform, unit_id", "a|p|u\n-\nf:a|facebook|a")
    march.execute(
        "create table marts.fct_account_coverage as select 'f:a' as account_id, local_date, true as is_read from seeds.calendar"
    )
    load(
        march,
        "marts.dim_post",
        "post_id, account_id, platform, unit_id, local_date, published_at",
        "p|a|f|u|d|t\n-\np1|f:a|facebook|a|2025-03-26|2025-03-26 12:00:00Z",
    )
    load(march, "marts.fct_post_goal", "post_id, goal_id", "p|g\n-\np1|insight")
    build_up_to(march, "kpi.kpi_unit_cells", "kpi.kpi_cells")
    shape = "kpi_id, unit_id, cluster_id, period_start, period_end, numerator, denominator"
    # The one week that ends while the unit is active and within the period is that of the 24th.
    wanted = [
        ("A1", "a", "a", "2025-03-31", "2025-03-31", "2000", "2000"),
        ("I2", "a", "a", "2025-03-24", "2025-03-30", "1", "1"),
        ("P1", "a", "a", "2025-03-01", "2025-03-31", "0", "2"),
    ]
    last = "kpi_id <> 'A1' or period_start = '2025-03-31'"  # A1 has a cell each day
    assert query(march, f"select {shape} from kpi.kpi_unit_cells where {last} order by 1") == wanted
    assert query(march, f"select {shape} from kpi.kpi_cells where {last} order by 1") == wanted
    assert query(march, "select count(*) from kpi.kpi_cells where kpi_id = 'A1'") == [("31",)]
