"""What each KPI is told for, unit by unit, platform by platform and period by period, and what it comes to there."""

from __future__ import annotations

import pytest

from tests.spec.kpi.chain import build_up_to, kpi, models
from tests.spec.tables import calendar, load, query, run_config


@pytest.fixture
def spring(con):
    """A study from Wednesday 19 February to 15 April, told on 10 April; one unit begins in April."""
    run_config(con, study_start="2025-02-19", study_end="2025-04-15", as_of="2025-04-10 06:00:00Z")
    calendar(con, "2025-02-01", "2025-04-20")
    load(
        con,
        "marts.dim_unit_period",
        "unit_id, population, valid_from",
        "u|p|f\n-\na|1000|\nb|3000|\nnew|500|2025-04-01",
    )
    load(
        con,
        "marts.dim_account",
        "account_id, platform, unit_id",
        "a|p|u\n-\nf:a|facebook|a\ni:a|instagram|a\nf:b|facebook|b\nx:b|x|b",
    )
    load(
        con,
        "marts.dim_post",
        "post_id, account_id, platform, unit_id, local_date, published_at",
        """
        post | account | platform  | unit | date       | published
        -----+---------+-----------+------+------------+---------------------
        fa   | f:a     | facebook  | a    | 2025-03-10 | 2025-03-10 08:00:00Z
        ia   | i:a     | instagram | a    | 2025-03-31 | 2025-03-31 08:00:00Z
        fb   | f:b     | facebook  | b    | 2025-03-12 | 2025-03-12 08:00:00Z
        """,
    )
    return con


def answered(con):
    load(
        con,
        "marts.fct_interaction",
        "interaction_id, post_id, asked_at, answered_at, kind",
        """
        id | post | asked                | answered             | kind
        ---+------+----------------------+----------------------+---------
        1  | fa   | 2025-03-10 10:00:00Z | 2025-03-10 11:00:00Z | question
        2  | fa   | 2025-03-10 12:00:00Z |                      | question
        3  | ia   | 2025-03-31 10:00:00Z | 2025-03-31 11:00:00Z | question
        4  | fb   | 2025-03-12 10:00:00Z | 2025-03-12 11:00:00Z | question
        5  | gone | 2025-04-01 10:00:00Z | 2025-04-01 11:00:00Z | question
        """,
    )
    kpi(
        con,
        goal_id="accessibility",
        kpi_id="A2",
        kind="proportion",
        numerator=["answered_24h"],
        denominator=["questions_due_24h"],
    )


def test_periods_are_those_that_are_over_and_lie_whole_inside_the_study(spring):
    answered(spring)
    build_up_to(spring, "kpi.kpi_periods")
    found = (
        "select period_start, period_end, counted_from, counted_to from kpi.kpi_periods where grain = '{}' order by 1"
    )
    # The study begins on a Wednesday, and the week of 7 April is not over on the 10th.
    assert [row[:2] for row in query(spring, found.format("week"))] == [
        ("2025-02-24", "2025-03-02"),
        ("2025-03-03", "2025-03-09"),
        ("2025-03-10", "2025-03-16"),
        ("2025-03-17", "2025-03-23"),
        ("2025-03-24", "2025-03-30"),
        ("2025-03-31", "2025-04-06"),
    ]
    # February and April are cut by the study's ends.
    assert query(spring, found.format("month")) == [("2025-03-01", "2025-03-31", "2025-03-01", "2025-03-31")]
    assert query(spring, found.format("study")) == [("2025-02-19", "2025-04-15", "2025-02-19", "2025-04-09")]
    days = query(spring, found.format("day"))
    assert (days[0][0], days[-1][0], len(days)) == ("2025-02-19", "2025-04-09", 50)


def test_a_kpi_is_told_for_the_organisation_each_unit_that_holds_and_each_platform(spring):
    answered(spring)
    build_up_to(spring, "kpi.kpi_scopes")
    told = "select unit_id, platform from kpi.kpi_scopes where grain = '{}' and period_start = '{}' order by all"
    platforms = [("", "facebook"), ("", "instagram"), ("", "x"), ("", "")]
    assert query(spring, told.format("month", "2025-03-01")) == [("a", ""), ("b", ""), *platforms]
    assert query(spring, told.format("study", "2025-02-19")) == [("a", ""), ("b", ""), ("new", ""), *platforms]
    # The week in which the new unit begins is the new unit's too.
    assert query(spring, told.format("week", "2025-03-31"))[:3] == [("a", ""), ("b", ""), ("new", "")]


def test_the_platforms_of_a_ratio_are_those_that_have_what_stands_below_the_line(spring):
    kpi(
        spring,
        goal_id="insight",
        kpi_id="I1",
        kind="ratio_of_sums",
        numerator=["likes"],
        denominator=["reach"],
        platforms=["facebook", "instagram", "x"],
    )
    build_up_to(spring, "kpi.kpi_scopes")
    assert query(spring, "select distinct platform from kpi.kpi_scopes where platform is not null order by 1") == [
        ("facebook",),
        ("instagram",),
    ]


def test_a_kpi_that_counts_tips_is_told_for_the_organisation_and_the_whole_period_only(spring):
    kpi(
        spring, goal_id="tips", kpi_id="T4", kind="proportion", numerator=["tips_useful"], denominator=["tips_assessed"]
    )
    spring.execute(
        "create table seeds.measures as select 'useful_tips' as measure, 'day month study' as grains, true as is_by_unit, true as is_by_platform, false as is_on_last_day"
    )
    build_up_to(spring, "kpi.kpi_scopes")
    assert query(spring, "select unit_id, platform, grain from kpi.kpi_scopes") == [("", "", "study")]


def test_each_scope_has_the_sums_of_its_own_cells(spring):
    answered(spring)
    build_up_to(spring, "kpi.kpi_estimates")
    found = query(
        spring,
        """
        select grain, period_start, unit_id, platform, value, low, high, n from kpi.kpi_estimates
        where grain <> 'day' order by all
        """,
    )
    half, whole = ("0.5", "0.0945312", "0.905469", "2"), ("1", "0.206549", "1", "1")
    assert found == [
        ("month", "2025-03-01", "a", "", "0.666667", "0.20766", "0.938508", "3"),
        ("month", "2025-03-01", "b", "", *whole),
        ("month", "2025-03-01", "", "facebook", "0.666667", "0.20766", "0.938508", "3"),
        ("month", "2025-03-01", "", "instagram", *whole),
        ("month", "2025-03-01", "", "", "0.75", "0.300642", "0.954413", "4"),
        ("study", "2025-02-19", "a", "", "0.666667", "0.20766", "0.938508", "3"),
        ("study", "2025-02-19", "b", "", *whole),
        ("study", "2025-02-19", "", "facebook", "0.666667", "0.20766", "0.938508", "3"),
        ("study", "2025-02-19", "", "instagram", *whole),
        # A question to a post that nobody knows is the organisation's.
        ("study", "2025-02-19", "", "", "0.8", "0.375535", "0.963776", "5"),
        ("week", "2025-03-10", "a", "", *half),
        ("week", "2025-03-10", "b", "", *whole),
        ("week", "2025-03-10", "", "facebook", "0.666667", "0.20766", "0.938508", "3"),
        ("week", "2025-03-10", "", "", "0.666667", "0.20766", "0.938508", "3"),
        ("week", "2025-03-31", "a", "", *whole),
        ("week", "2025-03-31", "", "instagram", *whole),
        ("week", "2025-03-31", "", "", "1", "0.34238", "1", "2"),
    ]
    days = "select period_start, value from kpi.kpi_estimates where grain = 'day' and unit_id is null and platform is null order by 1"
    assert query(spring, days) == [
        ("2025-03-10", "0.5"),
        ("2025-03-12", "1"),
        ("2025-03-31", "1"),
        ("2025-04-01", "1"),
    ]


def test_the_population_covered_in_a_period_is_that_of_its_last_day(spring):
    spring.execute(
        "create table marts.fct_account_coverage as "
        "select account_id, local_date, true as is_read from marts.dim_account cross join seeds.calendar"
    )
    kpi(spring, goal_id="accessibility", kpi_id="A1", kind="share_census", metric="population_covered")
    build_up_to(spring, "kpi.kpi_estimates")
    found = (
        "select period_start, value, low, high, n from kpi.kpi_estimates where grain = '{}' and unit_id {} order by 1"
    )
    # a is active from 10 March to 27 April (28 days from its last post of the 31st), b from 12 March to 8 April.
    assert [row[:2] for row in query(spring, found.format("week", "is null"))] == [
        ("2025-02-24", "0"),
        ("2025-03-03", "0"),
        ("2025-03-10", "1"),
        ("2025-03-17", "1"),
        ("2025-03-24", "1"),
        ("2025-03-31", "0.888889"),  # the new unit's 500 of 4 500
    ]
    assert query(spring, found.format("month", "is null")) == [("2025-03-01", "1", "1", "1", "2")]
    assert query(spring, found.format("study", "is null")) == [("2025-02-19", "0.222222", "0.222222", "0.222222", "3")]
    assert [row[1] for row in query(spring, found.format("study", "= 'b'"))] == ["0"]
    # b is silent from the 9th; were the last week of its window unread, nothing would be known of it.
    spring.execute(
        "update marts.fct_account_coverage set is_read = false where account_id = 'f:b' and local_date > '2025-04-01'"
    )
    build_up_to(spring, "kpi.kpi_estimates")
    assert query(spring, found.format("study", "= 'b'")) == []
    assert query(spring, found.format("study", "is null")) == [("2025-02-19", "0.222222", "0.222222", "0.888889", "3")]


def test_posts_count_in_the_week_they_were_published_with_the_weight_they_serve_the_goal(spring):
    kpi(spring, goal_id="insight", kpi_id="I1", kind="ratio_of_sums", numerator=["likes"], denominator=["reach"])
    load(
        spring,
        "marts.fct_post_goal",
        "post_id, goal_id, weight",
        "p|g|w\n-\nfa|insight|0.5\nia|insight|1\nfb|insight|1",
    )
    load(
        spring,
        "marts.fct_post_snapshot",
        "post_id, platform, native_metric, metric, observed_at, ingested_at, status, value",
        """
        post | platform  | native     | metric     | observed             | ingested             | status | value
        -----+-----------+------------+------------+----------------------+----------------------+--------+------
        fa   | facebook  | reactions  | reactions  | 2025-03-20 06:00:00Z | 2025-03-20 06:00:00Z | ok     | 10
        fa   | facebook  | reach      | reach_post | 2025-03-20 06:00:00Z | 2025-03-20 06:00:00Z | ok     | 100
        fb   | facebook  | reactions  | reactions  | 2025-03-20 06:00:00Z | 2025-03-20 06:00:00Z | ok     | 10
        fb   | facebook  | reach      | reach_post | 2025-03-20 06:00:00Z | 2025-03-20 06:00:00Z | ok     | 50
        ia   | instagram | like_count | reactions  | 2025-04-02 06:00:00Z | 2025-04-02 06:00:00Z | ok     | 3
        ia   | instagram | reach      | reach_post | 2025-04-02 06:00:00Z | 2025-04-02 06:00:00Z | ok     | 100
        """,
    )
    build_up_to(spring, "kpi.kpi_estimates")
    found = """
        select unit_id, platform, value, low, high, n, clusters, array_to_string(failing, ',') from kpi.kpi_estimates
        where grain = '{}' and period_start = '{}' order by all
    """
    # 5 of 50 and 10 of 50: half of the first post's acts, and half of its reach.
    assert query(spring, found.format("week", "2025-03-10")) == [
        ("a", "", "0.1", "", "", "1", "1", "small_n"),
        ("b", "", "0.2", "", "", "1", "1", "small_n"),
        ("", "facebook", "0.15", "0.1", "0.2", "2", "2", ""),
        ("", "", "0.15", "0.1", "0.2", "2", "2", ""),
    ]
    assert query(spring, found.format("study", "2025-02-19"))[-1][:3] == ("", "", "0.09")  # 18 of 200


def test_half_a_post_brings_half_its_contacts(spring):
    kpi(
        spring,
        goal_id="prevention",
        kpi_id="P1",
        kind="mean_over_unit_months",
        metric="views_per_1000_inhabitants",
        interval="cluster_bootstrap_unit",
    )
    load(spring, "marts.fct_post_goal", "post_id, goal_id, weight", "p|g|w\n-\nfa|prevention|0.5\nfb|prevention|1")
    load(
        spring,
        "marts.fct_post_daily",
        "post_id, unit_id, platform, native_metric, metric, is_counted, local_date, gain, correction",
        """
        post | unit | platform | native          | metric | counted | date       | gain | correction
        -----+------+----------+-----------------+--------+---------+------------+------+-----------
        fa   | a    | facebook | post_media_view | views  | true    | 2025-03-10 | 500  | 0
        fb   | b    | facebook | post_media_view | views  | true    | 2025-03-12 | 300  | 0
        """,
    )
    build_up_to(spring, "kpi.kpi_estimates")
    found = "select grain, unit_id, value, n, clusters from kpi.kpi_estimates order by all"
    assert query(spring, found) == [
        ("month", "a", "250", "1", "1"),
        ("month", "b", "100", "1", "1"),
        ("month", "", "175", "2", "2"),
        ("study", "a", "250", "1", "1"),
        ("study", "b", "100", "1", "1"),
        ("study", "", "175", "2", "2"),
    ]


def test_a_period_of_which_nothing_was_read_is_missing_and_still_has_its_row(spring):
    answered(spring)
    build_up_to(spring, "published.kpi_period", "published.kpi_daily")
    found = query(
        spring,
        """
        select unit_id, platform, value, state, reasons from published.kpi_period
        where grain = 'week' and period_start = '2025-03-31' order by all
        """,
    )
    # On 10 April the week of 31 March has settled: its three days are over.
    assert found == [
        ("a", "", "1", "measured", ""),
        ("b", "", "", "missing", "missing_data"),
        ("new", "", "", "missing", "missing_data"),
        ("", "facebook", "", "missing", "missing_data"),
        ("", "instagram", "1", "measured", ""),
        ("", "x", "", "missing", "missing_data"),
        ("", "", "1", "measured", ""),
    ]
    daily = "select local_date, value, n, state from published.kpi_daily where unit_id = 'a' and value is not null"
    assert query(spring, daily + " order by 1") == [
        ("2025-03-10", "0.5", "2", "measured"),
        ("2025-03-31", "1", "1", "measured"),
    ]
    assert query(spring, "select count(*), count(value) from published.kpi_daily where unit_id = 'a'") == [("50", "2")]


def test_a_unit_stands_on_the_scorecard_without_a_verdict(spring):
    answered(spring)
    spring.execute("update config.kpis set target_op = '>=', target_value = 0.3, min_n = 2")
    build_up_to(spring, "published.goal_scorecard")
    assert query(
        spring,
        """
        select unit_id, value, n, target_value, verdict, reasons, completeness is null, evidence_grade
        from published.goal_scorecard
        """,
    ) == [
        # The log of questions covers 23 of 50 days, and the study is not over.
        ("", "0.8", "5", "0.3", "insufficient_evidence", "missing_data,not_settled", "false", "A"),
        ("a", "0.666667", "3", "", "", "no_target,not_settled", "true", "A"),
        ("b", "1", "1", "", "", "no_target,not_settled,small_n", "true", "A"),
        ("new", "", "", "", "", "missing_data,no_target,not_settled", "true", "A"),
    ]


def test_a_period_settles_by_its_own_end(spring):
    run_config(spring, study_start="2025-02-19", study_end="2025-04-15", as_of="2025-04-09 06:00:00Z")
    answered(spring)
    build_up_to(spring, "published.kpi_period")
    found = "select distinct reasons from published.kpi_period where grain = 'week' and unit_id = 'a' and period_start = '{}'"
    assert query(spring, found.format("2025-03-31")) == [("not_settled",)]
    assert query(spring, found.format("2025-03-10")) == [("",)]


def test_what_is_built_on_tips_is_hidden_in_every_part(spring):
    kpi(spring, goal_id="tips", kpi_id="T1", kind="rate_ratio_causal")
    build_up_to(spring, "published.kpi_period")
    spring.execute(
        "insert into kpi.kpi_estimates by name select 'tips' as goal_id, 'T1' as kpi_id, 'a' as unit_id, 'study' as grain, "
        "date '2025-02-19' as period_start, date '2025-04-15' as period_end, 1.1 as value, [] as failing"
    )
    for name in ("kpi.kpi_preconditions", "kpi.kpi_scope_results", "published.kpi_period"):
        models()[name].build(spring)
    assert query(spring, "select unit_id, value, state from published.kpi_period order by 1") == [
        ("a", "", "suppressed"),
        ("", "", "missing"),
    ]


def test_units_stand_beside_the_limits_of_chance_and_not_in_a_row(spring):
    kpi(
        spring,
        goal_id="accessibility",
        kpi_id="A2",
        kind="proportion",
        numerator=["answered_24h"],
        denominator=["questions_due_24h"],
    )
    spring.execute(
        """
        create table marts.fct_interaction as
        select unit || i as interaction_id, post_id, 'question' as kind, timestamptz '2025-03-10 10:00:00Z' as asked_at,
            case when i < answered then timestamptz '2025-03-10 11:00:00Z' end as answered_at,
            cast(null as timestamptz) as watched_to
        from (values ('a', 'fa', 9, 10), ('b', 'fb', 10, 28)) as u (unit, post_id, answered, asked)
        cross join range(30) as r (i)
        where i < asked
        """
    )
    build_up_to(spring, "published.kpi_unit_funnel")
    found = query(
        spring,
        "select unit_id, value, n, centre, low_95, high_95, low_998, high_998, position, phi from published.kpi_unit_funnel",
    )
    # 19 of 38: the centre is 0.5. Unit a: 9 of 10; phi = (4^2 / 2.5 + 4^2 / 7) / 1 = 8.686 widens the limits 2 to 8
    # of 10 by its root, 2.947, beyond 0 and 1: these two units alone differ more than chance allows.
    assert found == [
        ("a", "0.9", "10", "0.5", "0", "1", "0", "1", "inside", "8.68571"),
        ("b", "0.357143", "28", "0.5", "0", "1", "0", "1", "inside", "8.68571"),
    ]
