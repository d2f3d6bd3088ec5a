"""What presence adds to tips: the cells, the adoption, and the estimate they become."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.spec.kpi.chain import build_up_to, goals, kpi
from tests.spec.tables import build, calendar, load, query, run_config

WEEKS = {"baseline_start": "2024-12-16", "baseline_end": "2024-12-31", "study_start": "2025-01-01"}


def units(con, text):
    load(con, "marts.dim_unit", "unit_id, is_measured", text)
    load(con, "marts.dim_unit_period", "unit_id, population", "u|p\n-\nnorth|1000\nsouth|500\ncountry|1500")


def test_a_week_that_a_period_ends_inside_is_two_rows_and_an_unread_day_leaves_no_count(con):
    run_config(con, **WEEKS, study_end="2025-01-19", as_of="2025-01-25 06:00:00Z")
    units(con, "unit | measured\n-\nnorth | true\nsouth | true\ncountry | false")
    days = [dt.date(2024, 12, 23) + dt.timedelta(days=n) for n in range(28)]
    text = "\n".join(f"{day} | {day != dt.date(2025, 1, 8)}" for day in days)
    load(con, "marts.fct_tip_day", "local_date, is_read", f"day|read\n-\n{text}")
    load(
        con,
        "marts.fct_tips",
        "tip_id, unit_id, local_date",
        """
        tip | unit  | day
        ----+-------+-----------
        a   | north | 2024-12-31
        b   | north | 2025-01-01
        c   | north | 2025-01-05
        d   | north | 2025-01-07
        e   |       | 2025-01-01
        """,
    )
    load(con, "marts.dim_account", "account_id, unit_id", "account|unit\n-\nx:1|south")
    load(con, "marts.fct_account_coverage", "account_id, local_date, is_read", "a|d|r\n-\nx:1|2025-01-02|false")
    build_up_to(con, "kpi.kpi_tips_unit_weeks")
    # 8 January was not read; south's account was not read on 2 January; the country is no measured unit
    assert query(
        con,
        """
        select unit_id, week_start, is_study, first_date, last_date, population, tips, is_activity_known
        from kpi.kpi_tips_unit_weeks order by unit_id, first_date
        """,
    ) == [
        ("north", "2024-12-23", "false", "2024-12-23", "2024-12-29", "1000", "0", "true"),
        ("north", "2024-12-30", "false", "2024-12-30", "2024-12-31", "1000", "1", "true"),
        ("north", "2024-12-30", "true", "2025-01-01", "2025-01-05", "1000", "2", "true"),
        ("north", "2025-01-06", "true", "2025-01-06", "2025-01-12", "1000", "", "true"),
        ("north", "2025-01-13", "true", "2025-01-13", "2025-01-19", "1000", "0", "true"),
        ("south", "2024-12-23", "false", "2024-12-23", "2024-12-29", "500", "0", "true"),
        ("south", "2024-12-30", "false", "2024-12-30", "2024-12-31", "500", "0", "true"),
        ("south", "2024-12-30", "true", "2025-01-01", "2025-01-05", "500", "0", "false"),
        ("south", "2025-01-06", "true", "2025-01-06", "2025-01-12", "500", "", "true"),
        ("south", "2025-01-13", "true", "2025-01-13", "2025-01-19", "500", "0", "true"),
    ]


def test_a_unit_that_did_not_exist_has_no_count_in_its_first_broken_week(con):
    run_config(con, **WEEKS, study_end="2025-01-19", as_of="2025-01-25 06:00:00Z")
    load(con, "marts.dim_unit", "unit_id, is_measured", "u|m\n-\nnew|true")
    load(con, "marts.dim_unit_period", "unit_id, population, valid_from", "u|p|v\n-\nnew|70|2025-01-08")
    days = "\n".join(f"{dt.date(2025, 1, 6) + dt.timedelta(days=n)} | true" for n in range(14))
    load(con, "marts.fct_tip_day", "local_date, is_read", f"day|read\n-\n{days}")
    build_up_to(con, "kpi.kpi_tips_unit_weeks")
    assert query(con, "select first_date, population, tips from kpi.kpi_tips_unit_weeks order by 1") == [
        ("2025-01-06", "70", ""),
        ("2025-01-13", "70", "0"),
    ]


def test_a_unit_begins_with_its_first_post_also_one_deleted_later(con):
    units(con, "unit | measured\n-\nnorth | true\nsouth | true\ncountry | false")
    load(
        con,
        "marts.dim_post",
        "post_id, unit_id, platform, local_date, ref_code, deleted_seen_at",
        """
        post | unit    | platform | day        | code | deleted
        -----+---------+----------+------------+------+---------------------
        a    | north   | x        | 2025-02-05 |      | 2025-02-06 06:00:00Z
        b    | north   | threads  | 2025-03-01 | k7   |
        c    | country | x        | 2024-01-01 |      |
        d    |         | x        | 2024-01-01 |      |
        """,
    )
    build(con, "kpi.kpi_tips_adoption")
    assert query(
        con, "select unit_id, began_with, first_date, week_start from kpi.kpi_tips_adoption order by 1, 2"
    ) == [
        ("north", "platform:threads", "2025-03-01", "2025-02-24"),
        ("north", "platform:x", "2025-02-05", "2025-02-03"),
        ("north", "post", "2025-02-05", "2025-02-03"),
        ("north", "short_link", "2025-03-01", "2025-02-24"),
    ]


def tipped(con, *, active: dict[str, str], effect: float, names: str = "abcdefgh") -> None:
    """Eight weeks of a baseline and eight of a study, 100 tips a unit and week, more after a unit's first post."""
    run_config(
        con,
        baseline_start="2024-11-04",
        baseline_end="2024-12-29",
        study_start="2024-12-30",
        study_end="2025-02-23",
        as_of="2025-03-10 06:00:00Z",
    )
    calendar(con, "2024-11-04", "2025-03-10")
    goals(con)
    kpi(con, goal_id="tips", kpi_id="T1", kind="rate_ratio_causal", is_primary=True, target_op=">=", target_value=1.2)
    load(
        con,
        "config.causal",
        "goal_id, kpi_id, donut_weeks, fallbacks, staggered_by",
        "g|k|d|f|s\n-\ntips|T1|1|[]|short_link",
    )
    con.execute("create schema if not exists marts")
    load(con, "marts.dim_unit", "unit_id, is_measured", "u|m\n-\n" + "\n".join(f"{n}|true" for n in names))
    load(con, "marts.dim_unit_period", "unit_id, population", "u|p\n-\n" + "\n".join(f"{n}|1000" for n in names))
    if active:
        rows = "\n".join(f"post-{unit}|{unit}|x|{day}" for unit, day in active.items())
        load(con, "marts.dim_post", "post_id, unit_id, platform, local_date", f"p|u|f|d\n-\n{rows}")
    load(con, "marts.fct_tip_day", "local_date, is_read", "d|r\n-\n")
    con.execute(
        "insert into marts.fct_tip_day select local_date, true from seeds.calendar where local_date <= '2025-02-23'"
    )
    load(con, "marts.fct_tips", "tip_id, unit_id, local_date", "t|u|d\n-\n")
    for place, unit in enumerate(names):
        begin = active.get(unit, "2999-01-01")
        con.execute(
            """
            insert into marts.fct_tips (tip_id, unit_id, local_date)
            select $unit || local_date || n, $unit, local_date
            from (select local_date, unnest(range(0, cast(round(
                (20 + $place % 2 * (dayofyear(local_date) % 3 - 1)) * case when local_date >= $begin then $effect
                else 1 end) as integer))) as n from marts.fct_tip_day)
            """,
            {"unit": unit, "place": place, "begin": begin, "effect": effect},
        )


def test_the_scorecard_holds_the_whole_organisation_and_the_effect_table_tells_the_gaps(con):
    tipped(con, active=dict.fromkeys("abcd", "2025-01-06"), effect=1.25)
    build_up_to(con, "published.goal_scorecard", "published.tips_effect")
    [(value, low, high, verdict, reasons, grade, completeness, n, kind)] = con.execute(
        """
        select value, low, high, verdict, reasons, evidence_grade, completeness, n, interval_kind
        from published.goal_scorecard where kpi_id = 'T1'
        """
    ).fetchall()
    effects = dict(con.execute("select measure, value from published.tips_effect").fetchall())
    # treated: 4 of 8 units in 6 of 8 weeks (one before, one is the donut)
    assert effects["rr_att"] == pytest.approx(1.25, abs=0.02)
    assert effects["coverage_weight"] == pytest.approx(4 * 6 / 64, abs=0.005)
    assert value == pytest.approx(1 + effects["coverage_weight"] * (effects["rr_att"] - 1), rel=1e-9)
    assert (verdict, reasons, grade, completeness, kind) == ("not_met", "", "B", 1.0, "jackknife")
    assert low < value < high
    assert n == effects["observed_tips"]
    assert effects["coverage_gap"] + effects["effect_gap"] == pytest.approx(1.2 - value)
    assert effects["coverage_gap_share"] == pytest.approx(effects["coverage_gap"] / (1.2 - value))
    assert effects["untreated_units_min"] == 4
    assert effects["untreated_population_share_min"] == 0.5
    assert query(con, "select distinct design, state, failing from published.tips_effect where value is not null") == [
        ("staggered_adoption", "measured", "")
    ]


def test_two_units_left_are_no_controls(con):
    tipped(con, active=dict.fromkeys("abcdef", "2025-01-06"), effect=1.25)
    build_up_to(con, "published.goal_scorecard")
    assert query(con, "select verdict, reasons, state from published.goal_scorecard where kpi_id = 'T1'") == [
        ("insufficient_evidence", "no_controls", "measured")
    ]


def test_everybody_active_leaves_no_value_and_says_why(con):
    tipped(con, active=dict.fromkeys("abcdefgh", "2025-01-06"), effect=1.25)
    build_up_to(con, "published.goal_scorecard", "kpi.kpi_causal_estimates")
    assert query(con, "select value, verdict, reasons, state from published.goal_scorecard where kpi_id = 'T1'") == [
        ("", "insufficient_evidence", "no_controls", "missing")
    ]


def test_nobody_active_is_no_adoption_and_not_a_ratio_of_one(con):
    tipped(con, active={}, effect=1.0)
    build_up_to(con, "published.goal_scorecard")
    assert query(con, "select value, verdict, reasons from published.goal_scorecard where kpi_id = 'T1'") == [
        ("", "insufficient_evidence", "no_adoption")
    ]


def test_without_a_read_day_nothing_is_estimated(con):
    tipped(con, active={"a": "2025-01-06"}, effect=1.0)
    con.execute("update marts.fct_tip_day set is_read = false")
    build_up_to(con, "published.goal_scorecard", "kpi.kpi_causal_effects")
    assert query(con, "select count(*) from kpi.kpi_causal_effects") == [("0",)]
    assert query(con, "select value, completeness, reasons from published.goal_scorecard where kpi_id = 'T1'") == [
        ("", "0", "missing_data")
    ]


def declared(con, **settings):
    listed = ", ".join(f"{name} = {value}" for name, value in settings.items())
    con.execute(f"update config.causal set {listed}")


def test_where_all_are_active_the_links_may_tell_when_they_were_declared(con):
    tipped(con, active=dict.fromkeys("abcdefgh", "2024-10-01"), effect=1.0)
    declared(con, fallbacks="['staggered_links']")
    con.execute(
        """
        insert into marts.dim_post (post_id, unit_id, platform, local_date, ref_code)
        select 'link' || unit_id, unit_id, 'x', date '2025-01-06', 'k' || unit_id
        from marts.dim_unit where unit_id in ('a', 'b', 'c', 'd')
        """
    )
    con.execute(
        """
        insert into marts.fct_tips (tip_id, unit_id, local_date)
        select tip_id || '+', unit_id, local_date from marts.fct_tips
        where unit_id in ('a', 'b', 'c', 'd') and local_date >= '2025-01-06' and hash(tip_id) % 4 = 0
        """
    )
    build_up_to(con, "published.tips_effect")
    assert query(con, "select distinct design, evidence_grade, failing from published.tips_effect") == [
        ("staggered_links", "B", "")
    ]
    [(ratio,)] = con.execute("select value from published.tips_effect where measure = 'rr_att'").fetchall()
    assert ratio == pytest.approx(1.25, abs=0.05)


def test_an_interrupted_series_stands_in_with_grade_c_and_so_without_a_verdict(con):
    tipped(con, active=dict.fromkeys("abcdefgh", "2024-01-01"), effect=1.0)
    run_config(
        con,
        baseline_start="2024-01-01",
        baseline_end="2024-12-29",
        study_start="2024-12-30",
        study_end="2025-12-28",
        as_of="2026-01-10 06:00:00Z",
    )
    con.execute("delete from seeds.calendar")
    calendar(con, "2024-01-01", "2026-01-10")
    con.execute("delete from marts.fct_tips")
    con.execute("delete from marts.fct_tip_day")
    con.execute(
        "insert into marts.fct_tip_day select local_date, true from seeds.calendar where local_date <= '2025-12-28'"
    )
    con.execute(
        """
        insert into marts.fct_tips (tip_id, unit_id, local_date)
        select unit_id || local_date || n, unit_id, local_date
        from (
            select unit_id, local_date, unnest(range(0, cast(round(
                (50 + dayofyear(local_date) * 7 % 11) * case when local_date >= '2025-03-03' then 1.2 else 1 end
            ) as integer))) as n
            from marts.fct_tip_day cross join marts.dim_unit
        )
        """
    )
    con.execute("update config.kpis set min_evidence = 'B'")
    declared(
        con,
        fallbacks="['randomised_posting', 'staggered_links', 'interrupted_time_series']",
        interruption_date="'2025-03-05'",
        interruption_impact="'level'",
        harmonics="0",
    )
    build_up_to(con, "published.goal_scorecard", "published.tips_effect")
    assert query(con, "select distinct design, evidence_grade from published.tips_effect") == [
        ("interrupted_time_series", "C")
    ]
    [(ratio,)] = con.execute("select value from published.tips_effect where measure = 'rr_att'").fetchall()
    assert ratio == pytest.approx(1.2, abs=0.005)
    assert query(con, "select verdict, reasons, evidence_grade from published.goal_scorecard where kpi_id = 'T1'") == [
        ("insufficient_evidence", "evidence_grade", "C")
    ]


def test_a_lot_over_the_whole_study_goes_before_every_other_stand_in(con):
    tipped(con, active=dict.fromkeys("abcdefgh", "2024-10-01"), effect=1.0)
    declared(con, fallbacks="['randomised_posting', 'interrupted_time_series']")
    # every unit posts in half of the eight weeks, two by two in turn
    load(con, "config.experiment_cells", "experiment_id, goal_id, design, unit_id, week_start, is_posting", "a\n-\n")
    con.execute(
        """
        insert into config.experiment_cells
        select 'spring', 'tips', 'switchback', unit_id, week, (ascii(unit_id) + datediff('week', date '2024-12-30', week)) % 2 = 0
        from marts.dim_unit
        cross join (select cast(unnest(generate_series(date '2024-12-30', date '2025-02-17', interval 7 day)) as date) as week)
        """
    )
    con.execute(
        """
        insert into marts.fct_tips (tip_id, unit_id, local_date)
        select tips.tip_id || '+', tips.unit_id, tips.local_date
        from marts.fct_tips as tips
        inner join config.experiment_cells as lots
            on tips.unit_id = lots.unit_id and date_trunc('week', tips.local_date) = lots.week_start and lots.is_posting
        where hash(tips.tip_id) % 4 = 0
        """
    )
    build_up_to(con, "published.tips_effect", "published.goal_scorecard")
    assert query(con, "select distinct design, evidence_grade from published.tips_effect") == [
        ("randomised_posting", "B")
    ]
    [(value, low, high, kind)] = con.execute(
        "select value, low, high, interval_kind from published.goal_scorecard where kpi_id = 'T1'"
    ).fetchall()
    assert value == pytest.approx(1.25, abs=0.05)
    assert low < 1.25 < high
    assert kind == "permutation"
