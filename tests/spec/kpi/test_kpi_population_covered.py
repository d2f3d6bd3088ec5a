"""A1 and its daily series, and I2: who is active, who may be, and what is not known."""

from __future__ import annotations

import pytest

from tests.spec.kpi.chain import build_up_to, kpi
from tests.spec.tables import calendar, load, query, run_config


@pytest.fixture
def march(con):
    """A study of two weeks with a window of three days; three units, one of them split off on the 5th."""
    run_config(
        con, study_start="2025-03-03", study_end="2025-03-16", as_of="2025-03-25 06:00:00Z", active_within_days=3
    )
    calendar(con, "2025-02-20", "2025-03-26")
    load(
        con,
        "marts.dim_unit_period",
        "unit_id, population, valid_from, parent_unit_id",
        """
        unit | pop  | from       | parent
        -----+------+------------+-------
        big  | 600  |            | all
        mid  | 300  |            | all
        new  | 100  | 2025-03-05 | all
        all  | 1000 |            |
        """,
    )
    load(
        con,
        "marts.dim_account",
        "account_id, platform, unit_id",
        """
        account | platform  | unit
        --------+-----------+-----
        f:big   | facebook  | big
        i:big   | instagram | big
        f:mid   | facebook  | mid
        """,
    )
    con.execute(
        """
        create table marts.fct_account_coverage as
        select account_id, local_date,
            -- mid was not read on the 6th; nobody was read on the 12th
            not (account_id = 'f:mid' and local_date = '2025-03-06') and local_date <> '2025-03-12' as is_read
        from marts.dim_account cross join seeds.calendar
        """
    )
    load(
        con,
        "marts.dim_post",
        "post_id, account_id, platform, unit_id, local_date, deleted_seen_at",
        """
        post | account | platform | unit | date       | deleted
        -----+---------+----------+------+------------+---------------------
        p1   | f:big   | facebook | big  | 2025-03-01 |
        p2   | f:mid   | facebook | mid  | 2025-03-04 | 2025-03-04 12:00:00Z
        p3   | f:big   | facebook | big  | 2025-03-14 |
        p4   | f:big   | facebook | big  | 2025-03-16 |
        p5   | f:mid   | facebook | mid  | 2025-03-17 |
        """,
    )
    kpi(
        con,
        goal_id="accessibility",
        kpi_id="A1",
        kind="share_census",
        metric="population_covered",
        is_primary=True,
        target_op=">=",
        target_value=0.6,
        min_evidence="A",
    )
    kpi(con, goal_id="insight", kpi_id="I2", kind="share_census", metric="active_unit_weeks_with_post", position=2)
    return con


def test_the_daily_series_widens_where_a_unit_may_have_posted_and_is_null_where_nobody_was_read(march):
    build_up_to(march, "kpi.kpi_population_covered_daily")
    found = query(
        march, "select local_date, value, low, high, n, state from kpi.kpi_population_covered_daily order by 1"
    )
    third = ("0.333333", "0.333333", "0.333333")
    assert found == [
        ("2025-03-03", "0.666667", "0.666667", "0.666667", "2", "measured"),  # p1 is two days old
        ("2025-03-04", *third, "2", "measured"),  # p1 too old; p2, deleted within the day, counts
        ("2025-03-05", "0.3", "0.3", "0.3", "3", "measured"),  # the new unit's people count from here
        ("2025-03-06", "0.3", "0.3", "0.3", "3", "measured"),  # mid was not read, but p2 proves it active
        ("2025-03-07", "0", "0", "0.3", "3", "measured"),  # now only the unread 6th could save mid
        ("2025-03-08", "0", "0", "0.3", "3", "measured"),
        ("2025-03-09", "0", "0", "0", "3", "measured"),  # the 6th has left the window
        ("2025-03-10", "0", "0", "0", "3", "measured"),
        ("2025-03-11", "0", "0", "0", "3", "measured"),
        ("2025-03-12", "", "", "", "3", "missing"),
        ("2025-03-13", "0", "0", "0.9", "3", "measured"),  # new has no account, so it is known to be silent
        ("2025-03-14", "0.6", "0.6", "0.9", "3", "measured"),
        ("2025-03-15", "0.6", "0.6", "0.6", "3", "measured"),
        ("2025-03-16", "0.6", "0.6", "0.6", "3", "measured"),
    ]


def test_posts_prove_a_unit_active_also_on_a_last_day_that_nobody_read(march):
    march.execute("update marts.fct_account_coverage set is_read = false where local_date = '2025-03-16'")
    build_up_to(march, "kpi.kpi_results")
    daily = "select value, low, high, state from kpi.kpi_population_covered_daily where local_date = '2025-03-16'"
    assert query(march, daily) == [("", "0.6", "0.9", "missing")]
    assert query(march, "select value, low, high from kpi.kpi_results where kpi_id = 'A1'") == [("0.6", "0.6", "0.9")]


def test_the_period_is_judged_on_its_last_day(march):
    build_up_to(march, "kpi.kpi_results")
    assert query(
        march,
        "select value, low, high, n, interval_kind, completeness, verdict, evidence_grade from kpi.kpi_results where kpi_id = 'A1'",
    ) == [
        # 3 accounts x 14 days were due; 1 + 3 were not read: 38 / 42
        ("0.6", "0.6", "0.6", "3", "census", "0.904762", "met", "A")
    ]


def test_days_to_come_have_no_row_and_the_running_day_waits(march):
    run_config(
        march, study_start="2025-03-03", study_end="2025-03-16", as_of="2025-03-10 12:00:00Z", active_within_days=3
    )
    build_up_to(march, "kpi.kpi_daily", "kpi.kpi_results")
    assert query(march, "select max(local_date) from kpi.kpi_daily") == [("2025-03-09",)]
    assert query(march, "select value, array_to_string(reasons, ',') from kpi.kpi_results where kpi_id = 'A1'") == [
        ("0", "not_settled")
    ]


def test_an_organisation_without_populations_has_no_share_rather_than_none(march):
    march.execute("update marts.dim_unit_period set population = null")
    build_up_to(march, "kpi.kpi_population_covered_daily", "kpi.kpi_results")
    assert query(march, "select distinct value, state from kpi.kpi_population_covered_daily") == [("", "missing")]
    assert query(march, "select state, verdict from kpi.kpi_results where kpi_id = 'A1'") == [
        ("missing", "insufficient_evidence")
    ]


def test_active_weeks_count_weeks_with_a_post_for_the_goal(march):
    load(
        march,
        "marts.fct_post_goal",
        "post_id, goal_id",
        """
        post | goal
        -----+--------
        p2   | insight
        p3   | prevention
        p4   | insight
        p4   | prevention
        """,
    )
    # One week's Sunday is the 9th, the other's the 16th; only big is active then, on the 16th.
    build_up_to(march, "kpi.kpi_results")
    cells = "select unit_id, period_start, period_end, numerator, numerator_high from kpi.kpi_active_weeks_cells"
    assert query(march, cells) == [("big", "2025-03-10", "2025-03-16", "1", "1")]
    march.execute("delete from marts.fct_post_goal where post_id = 'p4' and goal_id = 'insight'")
    build_up_to(march, "kpi.kpi_results")
    # The unread 12th may have had one.
    assert query(march, cells) == [("big", "2025-03-10", "2025-03-16", "0", "1")]
    # Nothing is certain of the only week there is: between 0 and 1 is no finding.
    assert query(march, "select value, low, high, state from kpi.kpi_results where kpi_id = 'I2'") == [
        ("", "", "", "missing")
    ]


def test_a_merger_and_a_new_census_in_mid_period_count_from_their_day(con):
    """Two authorities become one on the 5th; on the 7th the third one's population is restated."""
    run_config(con, study_start="2025-03-03", study_end="2025-03-08", as_of="2025-03-25 06:00:00Z")
    calendar(con, "2025-02-01", "2025-03-26")
    load(
        con,
        "marts.dim_unit_period",
        "unit_id, population, valid_from, valid_to, parent_unit_id",
        """
        unit  | pop | from       | to         | parent
        ------+-----+------------+------------+-------
        north | 100 |            | 2025-03-04 |
        south | 300 |            | 2025-03-04 |
        whole | 400 | 2025-03-05 |            |
        west  | 100 |            | 2025-03-06 |
        west  | 600 | 2025-03-07 |            |
        """,
    )
    load(
        con,
        "marts.dim_account",
        "account_id, platform, unit_id",
        "a|p|u\n-\nf:north|facebook|north\nf:whole|facebook|whole\nf:west|facebook|west",
    )
    con.execute(
        "create table marts.fct_account_coverage as "
        "select account_id, local_date, true as is_read from marts.dim_account cross join seeds.calendar"
    )
    load(
        con,
        "marts.dim_post",
        "post_id, account_id, platform, unit_id, local_date",
        "p|a|f|u|d\n-\np1|f:north|facebook|north|2025-03-01\np2|f:whole|facebook|whole|2025-03-06",
    )
    kpi(con, goal_id="accessibility", kpi_id="A1", kind="share_census", metric="population_covered")
    build_up_to(con, "kpi.kpi_population_covered_daily", "kpi.kpi_unit_months", "kpi.kpi_results")
    assert query(con, "select local_date, value, n from kpi.kpi_population_covered_daily order by 1") == [
        ("2025-03-03", "0.2", "3"),  # north's 100 of 500
        ("2025-03-04", "0.2", "3"),
        ("2025-03-05", "0", "2"),  # the new authority has not posted yet; north and south are gone, not silent
        ("2025-03-06", "0.8", "2"),  # 400 of 500
        ("2025-03-07", "0.4", "2"),  # 400 of 1 000
        ("2025-03-08", "0.4", "2"),
    ]
    assert query(con, "select value from kpi.kpi_results") == [("0.4",)]
    # The month is the unit's that holds on its last counted day, with the inhabitants of that day.
    assert query(con, "select unit_id, population, posts from kpi.kpi_unit_months") == [("whole", "400", "1")]


def test_a_unit_is_measured_on_the_days_on_which_no_other_belongs_to_it(con):
    run_config(con, study_start="2025-03-03", study_end="2025-03-04", as_of="2025-03-25 06:00:00Z")
    calendar(con, "2025-03-01", "2025-03-26")
    load(
        con,
        "marts.dim_unit_period",
        "unit_id, population, valid_from, parent_unit_id",
        "u|p|f|o\n-\nwhole|500||\npart|200|2025-03-04|whole",
    )
    build_up_to(con, "kpi.kpi_unit_days")
    assert query(con, "from kpi.kpi_unit_days order by 2") == [
        ("whole", "2025-03-03", "500"),
        ("part", "2025-03-04", "200"),
    ]
