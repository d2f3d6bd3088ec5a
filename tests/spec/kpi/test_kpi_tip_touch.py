"""The attribution ladder as tables: from facts to documented and touched tips, the lag law and the rungs' precision."""

from __future__ import annotations

import numpy as np
import pytest

from tests.spec.kpi.chain import build_up_to
from tests.spec.tables import build, calendar, create, load, query, run_config

MODELS = (
    "kpi.kpi_tip_lag",
    "kpi.kpi_tip_touch",
    "kpi.kpi_tip_touch_posts",
    "kpi.kpi_tip_touch_totals",
    "kpi.kpi_tip_precision",
)


def world(con, tips, *, posts=10, until="2025-05-31"):
    """A unit with a post every third day from 1 March at 12:00 UTC, and the tips given: `(id, received, columns)`."""
    run_config(con, study_start="2025-03-01", study_end="2025-03-31", baseline_start="2025-02-01",
               baseline_end="2025-02-28", as_of="2025-06-10 06:00:00Z")  # fmt: skip
    calendar(con, "2025-01-30", until)
    load(con, "marts.dim_unit", "unit_id, is_measured", "u|m\n-\na|true\nb|true")
    create(con, "marts.fct_tip_day")
    con.execute("""insert into marts.fct_tip_day select local_date, true from seeds.calendar
        where local_date between '2025-02-01' and '2025-05-31'""")
    create(con, "marts.dim_appeal_post")
    con.execute("""insert into marts.dim_appeal_post
        select 'p' || n, 'appeal a' || n // 2, 'a', case when n % 2 = 0 then 'facebook' else 'x' end,
            timestamptz '2025-03-01 12:00:00Z' + n * interval 3 day from range(?) as t (n)""", [posts])  # fmt: skip
    create(con, "marts.fct_post_counter")
    con.execute(
        "insert into marts.fct_post_counter (post_id, metric, is_counted, last_value) values ('p0', 'views', true, 300), ('p1', 'views', true, 100)"
    )
    create(con, "marts.fct_tips")
    for number, (received, columns) in enumerate(tips):
        row = {"tip_id": f"t{number:03}", "received_at": received, "unit_id": "a", **columns}
        row["is_documented"] = row.get("rung") in (1, 2)
        listed, marks = ", ".join(row), ", ".join("?" for _ in row)
        con.execute(
            f"insert into marts.fct_tips ({listed}, local_date) values ({marks}, cast(received_at as date))".replace(
                "cast(received_at as date)", f"cast('{received[:10]}' as date)"
            ),
            list(row.values()),
        )
    build_up_to(con, *MODELS)


def links(count, seed=4):
    """Tips on rung 1 whose lags follow the law of 10 hours and 1.1."""
    rng = np.random.default_rng(seed)
    for number in range(count):
        post = number % 6
        at = np.datetime64("2025-03-01T12:00") + np.timedelta64(post * 3 * 24, "h")
        lag = min(np.exp(rng.normal(np.log(10), 1.1)), 300)
        yield str(at + np.timedelta64(int(lag), "h")).replace("T", " ") + ":00Z", {"rung": 1, "post_id": f"p{post}"}


def test_with_too_few_links_there_is_no_law_and_a_platform_named_counts_for_nothing(con):
    world(con, [
        ("2025-03-01 15:00:00Z", {"rung": 1, "post_id": "p0"}),
        ("2025-03-05 15:00:00Z", {"rung": 2, "appeal_id": "a0"}),
        ("2025-03-05 15:00:00Z", {"rung": 3, "heard_via": "facebook"}),
        ("2025-03-05 15:00:00Z", {}),
        ("2025-02-05 15:00:00Z", {}),
    ])  # fmt: skip
    assert query(con, "select distinct value, reason from kpi.kpi_tip_lag") == [("", "small_n")]
    # The tip of the baseline is no tip of the study period.
    assert query(con, "select tip_id, rung, weight from kpi.kpi_tip_touch order by 1") == [
        ("t000", "1", "1"),
        ("t001", "2", "1"),
        ("t002", "", "0"),
        ("t003", "", "0"),
    ]
    # Without a law an appeal is shared by views alone: 300 and 100.
    assert query(con, "select tip_id, post_id, platform, weight from kpi.kpi_tip_touch_posts order by 1, 2") == [
        ("t000", "p0", "facebook", "1"),
        ("t001", "p0", "facebook", "0.75"),
        ("t001", "p1", "x", "0.25"),
    ]
    assert query(con, "select scope, unit_id, platform, documented, touched, low from kpi.kpi_tip_touch_totals") == [
        ("organisation", "", "", "2", "2", ""),
        ("platform", "", "facebook", "1.75", "1.75", ""),
        ("platform", "", "x", "0.25", "0.25", ""),
        ("unit", "a", "", "2", "2", ""),
        ("unit", "b", "", "0", "0", ""),
    ]


def test_with_a_law_all_four_rungs_count_and_documented_is_at_most_touched(con):
    tips = [*links(60), ("2025-03-02 09:00:00Z", {"rung": 2, "appeal_id": "a0"}),
            ("2025-03-02 09:00:00Z", {"rung": 3, "heard_via": "facebook"})]  # fmt: skip
    tips += [(f"2025-0{month}-{day:02} {hour:02}:00:00Z", {}) for month in (2, 3) for day in range(1, 29)
             for hour in (9, 15)]  # fmt: skip
    world(con, tips)
    [(median, sigma)] = query(
        con,
        "select (select value from kpi.kpi_tip_lag where measure = 'median_hours'), "
        "(select value from kpi.kpi_tip_lag where measure = 'sigma')",
    )
    assert float(median) == pytest.approx(10, rel=0.35)
    assert float(sigma) == pytest.approx(1.1, rel=0.25)
    assert query(con, "select rung, count(*), sum(weight) = count(*) from kpi.kpi_tip_touch where rung < 4 group by 1 order by 1") == [
        ("1", "60", "true"),
        ("2", "1", "true"),
        ("3", "1", "true"),
    ]  # fmt: skip
    [(documented, touched, low, high)] = query(
        con, "select documented, touched, low, high from kpi.kpi_tip_touch_totals where scope = 'organisation'"
    )
    assert float(documented) == 61
    assert 62 <= float(low) <= float(touched) <= float(high) < 62 + 56
    [(of_tips, of_posts)] = query(
        con, "select (select sum(weight) from kpi.kpi_tip_touch), (select sum(weight) from kpi.kpi_tip_touch_posts)"
    )
    assert float(of_tips) == pytest.approx(float(of_posts), abs=1e-4)
    assert float(of_tips) == pytest.approx(float(touched), abs=1e-4)


def test_the_same_facts_in_another_order_give_the_same_tables_to_the_last_digit(con):
    tips = [*links(60), *((f"2025-03-{day:02} 09:00:00Z", {}) for day in range(1, 29))]
    world(con, tips)
    found = {model: con.execute(f"from {model} order by all").fetchall() for model in MODELS}
    con.execute("create or replace table marts.fct_tips as from marts.fct_tips order by tip_id desc")
    con.execute("create or replace table marts.dim_appeal_post as from marts.dim_appeal_post order by post_id desc")
    build_up_to(con, *MODELS)
    assert {model: con.execute(f"from {model} order by all").fetchall() for model in MODELS} == found


def test_a_platform_named_while_no_appeal_was_out_there_says_how_often_it_is_named_in_vain(con):
    # Unit b never asked for anything; of its ten tips two name facebook. Unit a's one claim is as likely in vain.
    tips = [*links(40)]
    tips += [(f"2025-03-{day:02} 09:00:00Z", {"unit_id": "b", "heard_via": "facebook" if day < 3 else "press"})
             for day in range(1, 11)]  # fmt: skip
    tips += [("2025-03-05 09:00:00Z", {"rung": 3, "heard_via": "facebook"})]
    world(con, tips)
    found = query(con, "select rung, claims, quiet_tips, quiet_claims, reason from kpi.kpi_tip_precision order by 1")
    # On facebook and on x each, b has ten quiet tips. No case was named: nothing to be said of rung 2.
    assert found == [("2", "0", "0", "0", "small_n"), ("3", "1", "20", "2", "")]


def test_views_count_before_impressions_and_an_unseen_post_has_neither(con):
    load(con, "marts.dim_appeal_post", "post_id, appeal, platform", "-|-|-\n-\n1|a|x\n2|a|x\n3|a|x")
    load(con, "marts.fct_post_counter", "post_id, metric, is_counted, last_value", """
        post | metric      | counted | last
        -----+-------------+---------+-----
        1    | views       | true    | 70
        1    | impressions | true    | 90
        1    | views       | false   | 900
        2    | impressions | true    | 40
        2    | reactions   | true    | 4
    """)  # fmt: skip
    build_up_to(con, "kpi.kpi_appeal_views")
    assert query(con, "select post_id, views from kpi.kpi_appeal_views order by 1") == [
        ("1", "70"),
        ("2", "40"),
        ("3", ""),
    ]


def test_the_ladder_looks_at_every_day_between_the_periods_and_counts_an_unread_one_as_unread(con):
    run_config(con, study_start="2025-03-03", study_end="2025-03-04")
    calendar(con, "2025-02-25", "2025-03-09")
    load(con, "marts.fct_tip_day", "local_date, is_read", "-|-\n-\n2025-03-01|true\n2025-03-03|false\n2025-03-04|true")
    build_up_to(con, "kpi.kpi_tip_days")
    assert query(con, "select local_date, is_read, is_in_study from kpi.kpi_tip_days order by 1") == [
        ("2025-03-01", "true", "false"),
        ("2025-03-02", "false", "false"),
        ("2025-03-03", "false", "true"),
        ("2025-03-04", "true", "true"),
    ]


def test_the_lag_law_and_the_precision_are_published_and_a_rung_with_few_tips_is_hidden(con):
    load(con, "kpi.kpi_tip_lag", "measure varchar, value double, low double, high double, reason varchar", """
        measure      | value | low | high | reason
        -------------+-------+-----+------+-------
        median_hours | 9.65  | 9.2 | 10.1 |
    """)  # fmt: skip
    load(con, "kpi.kpi_tip_precision", "rung bigint, claims bigint, precision double, low double, high double, reason varchar", """
        rung | claims | precision | low  | high  | reason
        -----+--------+-----------+------+-------+--------
        2    | 922    | 0.915     | 0.89 | 0.93  |
        3    | 4      | 0.76      | 0.70 | 0.80  |
    """)  # fmt: skip
    build(con, "published.tips_lag", "published.tips_precision")
    assert query(con, "from published.tips_lag") == [("median_hours", "9.65", "9.2", "10.1", "")]
    assert query(con, "from published.tips_precision") == [
        ("2", "0.92", "0.89", "0.93", ""),
        ("3", "", "", "", "suppressed"),
    ]
