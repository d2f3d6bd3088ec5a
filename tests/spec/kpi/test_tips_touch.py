"""Documented, touched, incremental: what is published of the study period, and what is hidden."""

from __future__ import annotations

import pytest

from tests.spec.kpi.chain import build_up_to, models
from tests.spec.tables import build, load, query, run_config

TOTALS = "scope, unit_id, platform, documented double, touched double, low double, high double"


def totals(con, text, *, effect="2636, 2100, 3100", received=1000):
    """Totals by hand, an effect by hand, and enough tips of every unit."""
    run_config(con, study_start="2025-01-01", study_end="2025-12-31")
    load(con, "kpi.kpi_tip_touch_totals", "scope varchar, unit_id varchar, platform varchar, documented double, touched double, low double, high double", text)  # fmt: skip
    con.execute("create table kpi.kpi_appeal_views (post_id varchar, unit_id varchar)")
    con.execute("insert into kpi.kpi_appeal_views values ('1', 'a'), ('2', 'b'), ('3', 'c')")
    con.execute("create table kpi.kpi_tip_touch as select unit_id, n as tip_id from range(?) as t (n), (values ('a'), ('b'), ('c'), ('d')) as u (unit_id)", [received])  # fmt: skip
    con.execute("create or replace table kpi.kpi_tips_effect (measure varchar, value double, low double, high double)")
    con.execute(f"insert into kpi.kpi_tips_effect values ('incremental_tips', {effect}), ('rr_att', 1.1, 1.0, 1.2)")
    build_up_to(con, "kpi.kpi_tips_counted")
    models()["kpi.kpi_tip_touch_visible"].build(con)
    build(con, "published.tips_touch")


METHOD_5_3 = """
    scope        | unit | platform | documented | touched | low  | high
    -------------+------+----------+------------+---------+------+-----
    organisation |      |          | 2335       | 3884    | 3700 | 4050
    platform     |      | facebook | 1600.4     | 2700.2  | 2600 | 2800
    platform     |      | x        | 734.6      | 1183.8  | 1100 | 1250
    unit         | a    |          | 2000       | 3300.5  | 3200 | 3400
    unit         | b    |          | 335        | 583.5   | 500  | 650
"""


def test_the_three_numbers_of_the_method_stand_side_by_side(con):
    # METHOD 5.3: oracle documented 2 335, touched 3 884, incremental 2 636.
    totals(con, METHOD_5_3)
    assert query(
        con,
        """
        select unit_id, platform, documented, touched, touched_low, touched_high, incremental, incremental_low,
            incremental_high, incremental_state, remark
        from published.tips_touch
        """,
    ) == [
        ("", "", "2335", "3884", "3700", "4050", "2636", "2100", "3100", "measured", ""),
        ("", "facebook", "1600.4", "2700.2", "2600", "2800", "", "", "", "not_estimated", ""),
        ("", "x", "734.6", "1183.8", "1100", "1250", "", "", "", "not_estimated", ""),
        ("a", "", "2000", "3300.5", "3200", "3400", "", "", "", "not_estimated", ""),
        ("b", "", "335", "583.5", "500", "650", "", "", "", "not_estimated", ""),
    ]


@pytest.mark.parametrize(("high", "remark"), [("2334", "mostly_channel_shift"), ("2335", "")])
def test_more_documented_than_the_upper_bound_of_incremental_is_mostly_channel_shift(con, high, remark):
    totals(con, METHOD_5_3, effect=f"1500, 900, {high}")
    assert query(
        con, "select distinct remark from published.tips_touch where unit_id is null and platform is null"
    ) == [(remark,)]


def test_an_effect_that_cannot_be_estimated_is_missing_and_hides_nothing_else(con):
    totals(con, METHOD_5_3, effect="null, null, null")
    found = query(con, "select documented, incremental, incremental_state, remark from published.tips_touch limit 1")
    assert found == [("2335", "", "missing", "")]


def test_without_a_lag_law_touched_is_missing_and_not_the_documented_tips_again(con):
    totals(con, """
        scope        | unit | platform | documented | touched | low | high
        -------------+------+----------+------------+---------+-----+-----
        organisation |      |          | 40         | 40      |     |
        unit         | a    |          | 40         | 40      |     |
    """)  # fmt: skip
    found = query(con, "select documented, touched, touched_public, touched_state from published.tips_touch")
    assert found == [("40", "", "", "missing"), ("40", "", "", "missing")]


def test_a_small_unit_is_hidden_with_enough_others_and_touched_is_hidden_where_documented_is(con):
    totals(con, """
        scope        | unit | platform | documented | touched | low   | high
        -------------+------+----------+------------+---------+-------+------
        organisation |      |          | 116        | 190     | 170   | 210
        unit         | a    |          | 3          | 10      | 9     | 11
        unit         | b    |          | 13         | 30      | 28    | 32
        unit         | c    |          | 100        | 150     | 130   | 170
        unit         | d    |          | 0          | 0       | 0     | 0
    """)  # fmt: skip
    found = query(
        con,
        "select unit_id, documented, documented_state, touched, touched_state from published.tips_touch order by 1 nulls first",
    )
    # a has 3, and b alone hides it: 16 in all, at least twice five. d never asked, so its 0 tells nothing.
    assert found == [
        ("", "116", "measured", "190", "measured"),
        ("a", "", "suppressed", "", "suppressed"),
        ("b", "", "suppressed", "", "suppressed"),
        ("c", "100", "measured", "150", "measured"),
        ("d", "0", "measured", "0", "measured"),
    ]


def test_touched_is_hidden_where_what_it_adds_to_documented_would_be_small(con):
    totals(con, """
        scope        | unit | platform | documented | touched | low   | high
        -------------+------+----------+------------+---------+-------+------
        organisation |      |          | 300        | 400     | 380   | 420
        unit         | a    |          | 90         | 92.5    | 91    | 94
        unit         | b    |          | 90         | 110     | 100   | 120
        unit         | c    |          | 120        | 197.5   | 180   | 220
    """)  # fmt: skip
    found = query(con, "select unit_id, documented, touched_state from published.tips_touch order by 1 nulls first")
    assert found == [
        ("", "300", "measured"),
        ("a", "90", "suppressed"),
        ("b", "90", "suppressed"),
        ("c", "120", "measured"),
    ]


def test_a_small_organisation_shows_nothing(con):
    totals(con, """
        scope        | unit | platform | documented | touched | low | high
        -------------+------+----------+------------+---------+-----+-----
        organisation |      |          | 4          | 30      | 28  | 33
        platform     |      | x        | 4          | 30      | 28  | 33
        unit         | a    |          | 4          | 30      | 28  | 33
    """)  # fmt: skip
    assert query(
        con, "select distinct documented, touched, documented_state, touched_state from published.tips_touch"
    ) == [("", "", "suppressed", "suppressed")]


def test_public_figures_are_multiples_of_five_and_the_units_add_up_to_the_organisation(con):
    totals(con, METHOD_5_3)
    assert query(con, "select documented_public, touched_public from published.tips_touch") == [
        ("2335", "3885"),
        ("1600", "2700"),
        ("735", "1185"),
        ("2000", "3300"),
        ("335", "585"),
    ]
