"""P4: visits to the advice page through own short links, per 1 000 accounts reached."""

from __future__ import annotations

import pytest

from tests.spec.kpi.chain import STUDY_DAYS, build_up_to, kpi
from tests.spec.tables import build, calendar, create, load, query, run_config


@pytest.fixture
def march(con):
    """Posts for prevention: link k1 in two posts, k2 in one, k3 also on X, k4 never read, k5 of another goal."""
    run_config(con, **STUDY_DAYS)
    calendar(con, "2025-02-20", "2025-04-11")
    create(con, "seeds.metrics")
    kpi(con, goal_id="prevention", kpi_id="P4", kind="ratio_of_sums", numerator=["advice_visits"],
        denominator=["reach"], interval="cluster_bootstrap_post")  # fmt: skip
    load(con, "marts.dim_post", "post_id, platform, account_id, unit_id, local_date, published_at, ref_code", """
        post | platform  | account     | unit | date       | published            | ref
        -----+-----------+-------------+------+------------+----------------------+----
        1    | facebook  | facebook:a  | a    | 2025-03-03 | 2025-03-03 08:00:00Z | k1
        2    | instagram | instagram:a | a    | 2025-03-04 | 2025-03-04 08:00:00Z | k1
        3    | facebook  | facebook:b  | b    | 2025-03-05 | 2025-03-05 08:00:00Z | k2
        4    | facebook  | facebook:b  | b    | 2025-03-05 | 2025-03-05 08:00:00Z | k3
        5    | x         | x:b         | b    | 2025-03-05 | 2025-03-05 08:00:00Z | k3
        6    | facebook  | facebook:b  | b    | 2025-03-06 | 2025-03-06 08:00:00Z | k4
        7    | facebook  | facebook:b  | b    | 2025-03-06 | 2025-03-06 08:00:00Z | k5
        8    | facebook  | facebook:b  | b    | 2025-03-06 | 2025-03-06 08:00:00Z |
        9    | facebook  | facebook:b  | b    | 2025-02-26 | 2025-02-26 08:00:00Z | k6
    """)  # fmt: skip
    load(con, "marts.fct_post_goal", "post_id, goal_id, weight", """
        post | goal       | weight
        -----+------------+-------
        1    | prevention | 1
        2    | prevention | 1
        3    | prevention | 0.5
        4    | prevention | 1
        5    | prevention | 1
        6    | prevention | 1
        7    | insight    | 1
        8    | prevention | 1
        9    | prevention | 1
    """)  # fmt: skip
    load(con, "marts.fct_post_reach", "post_id, definition_id, reach, read_at", """
        post | definition | reach | read
        -----+------------+-------+---------------------
        1    | old        | 900   | 2025-03-10 06:00:00Z
        1    | new        | 1000  | 2025-03-20 06:00:00Z
        2    | ig         | 3000  | 2025-03-20 06:00:00Z
        3    | new        | 2000  | 2025-03-20 06:00:00Z
        4    | new        | 500   | 2025-03-20 06:00:00Z
        7    | new        | 500   | 2025-03-20 06:00:00Z
        8    | new        | 500   | 2025-03-20 06:00:00Z
        9    | new        | 500   | 2025-03-20 06:00:00Z
    """)  # fmt: skip
    return con


def test_a_value_is_the_visits_over_the_reach_of_the_posts_that_carry_the_link(march):
    load(march, "marts.fct_link_visits_daily", "ref_code, local_date, visits", """
        ref | date       | visits
        ----+------------+-------
        k1  | 2025-03-03 | 20
        k1  | 2025-03-31 | 12
        k1  | 2025-04-01 | 99
        k1  | 2025-02-28 | 99
        k3  | 2025-03-05 | 7
        k5  | 2025-03-06 | 7
        zz  | 2025-03-07 | 0
    """)  # fmt: skip
    build_up_to(march, "kpi.kpi_estimates", "kpi.kpi_completeness")
    assert query(
        march,
        "select cluster_id, unit_id, platform, period_start, numerator, denominator from kpi.kpi_advice_visits_cells"
        " order by 1",
    ) == [
        ("k1", "a", "", "2025-03-03", "32", "4000"),
        ("k2", "b", "facebook", "2025-03-05", "0", "1000"),  # nobody followed it; half of the post serves the goal
    ]
    # 32 visits over 5 000 reached
    assert query(
        march, "select value, n from kpi.kpi_estimates where grain = 'study' and unit_id is null and platform is null"
    ) == [("6.4", "2")]
    # the log speaks of 5 of 31 days: the last row says 0
    assert query(march, "select round(completeness, 4) from kpi.kpi_completeness") == [("0.1613",)]


def test_without_a_log_there_is_no_value_and_not_zero(march):
    build_up_to(march, "kpi.kpi_advice_visits_cells")
    assert query(march, "select count(*) from kpi.kpi_advice_visits_cells") == [("0",)]


def test_the_newest_word_about_a_link_and_day_counts(con):
    load(con, "raw.files__link_visits", "ref_code, local_date, visits, ingested_at, page_id, row_hash", """
        ref | date       | visits | in                   | page | hash
        ----+------------+--------+----------------------+------+-----
        K1  | 2025-03-03 | 20     | 2025-03-04 06:00:00Z | p1   | 1
        k1  | 2025-03-03 | 22     | 2025-03-05 06:00:00Z | p2   | 2
        k2  | 2025-03-03 | 1      | 2025-03-05 06:00:00Z | p2   | 3
    """)  # fmt: skip
    build(con, "staging.stg_files__link_visits", "marts.fct_link_visits_daily")
    assert query(con, "select * from marts.fct_link_visits_daily order by 1") == [
        ("k1", "2025-03-03", "22"),
        ("k2", "2025-03-03", "1"),
    ]
