"""T5, the capture rate: how many of the touched tips can be shown to be."""

from __future__ import annotations

import pytest

from tests.spec.kpi.chain import build_up_to, goals, kpi, models
from tests.spec.tables import calendar, create, load, query, run_config


def capture(con, *, has_law=True, rest=30):
    """Unit a: 12 of 20 touched tips are documented; unit b: 18 of 40. `rest` label-less tips at half a tip each."""
    run_config(con, study_start="2025-03-01", study_end="2025-03-31", as_of="2025-04-10 06:00:00Z")
    calendar(con, "2025-02-01", "2025-04-11")
    goals(con)
    kpi(con, goal_id="tips", kpi_id="T5", kind="ratio_of_sums", interval="cluster_bootstrap_unit",
        numerator=["documented_tips"], denominator=["touched_tips"])  # fmt: skip
    create(con, "marts.fct_tip_day")
    con.execute("insert into marts.fct_tip_day select local_date, true from seeds.calendar where local_date between '2025-03-01' and '2025-03-31'")  # fmt: skip
    build_up_to(con, "kpi.kpi_tip_lag", "kpi.kpi_tip_touch", "kpi.kpi_registry")
    reason = "null" if has_law else "'small_n'"
    value = "9.6" if has_law else "null"
    con.execute(f"update kpi.kpi_tip_lag set value = {value}, low = {value}, high = {value}, reason = {reason}")
    con.execute("""insert into kpi.kpi_tip_touch
        select 'a' || n, '2025-03-05', 'a', 'web_form', 1, 1.0 from range(12) as t (n)
        union all select 'b' || n, '2025-03-06', 'b', 'web_form', 2, 1.0 from range(18) as t (n)
        union all select 'c' || n, '2025-03-07', 'a', 'phone', 3, 1.0 from range(8) as t (n)
        union all select 'd' || n, '2025-03-08', 'b', 'phone', null, 0.0 from range(100) as t (n)""")  # fmt: skip
    con.execute("insert into kpi.kpi_tip_touch select 'e' || n, '2025-03-09', 'b', 'phone', 4, 0.5 from range(?) as t (n)", [rest])  # fmt: skip
    models()["kpi.kpi_capture_cells"].build(con)


def test_the_capture_rate_is_documented_over_touched_by_unit_and_day(con):
    capture(con)
    assert query(con, "select unit_id, period_start, cluster_id, numerator, denominator from kpi.kpi_capture_cells order by 1, 2") == [
        ("a", "2025-03-05", "a", "12", "12"),
        ("a", "2025-03-07", "a", "0", "8"),
        ("b", "2025-03-06", "b", "18", "18"),
        ("b", "2025-03-09", "b", "0", "15"),
    ]  # fmt: skip
    assert query(con, "select kpi_id, measure, is_sensitive from kpi.kpi_registry") == [("T5", "capture_rate", "true")]


def test_without_a_lag_law_nothing_is_known_of_the_capture_rate(con):
    capture(con, has_law=False)
    assert query(con, "from kpi.kpi_capture_cells") == []


ESTIMATE = (
    "goal_id, kpi_id, variant, unit_id, platform, grain, period_start, period_end, value, low, high, interval_kind, n, "
    "numerator, denominator, failing"
)


@pytest.mark.parametrize(("touched", "state"), [(35.0, "measured"), (33.5, "suppressed"), (30.0, "measured")])
def test_the_capture_rate_is_hidden_where_what_is_touched_and_not_documented_is_small(con, touched, state):
    capture(con)
    build_up_to(con, "kpi.kpi_estimates", "kpi.kpi_completeness")
    con.execute("delete from kpi.kpi_estimates")
    load(con, "kpi.kpi_estimates", ESTIMATE, f"""
        goal | kpi | v | u | p | grain | from       | to         | value          | low | high | kind              | n | above | below     | failing
        -----+-----+---+---+---+-------+------------+------------+----------------+-----+------+-------------------+---+-------+-----------+--------
        tips | T5  |   |   |   | study | 2025-03-01 | 2025-03-31 | {30 / touched} | 0.1 | 1    | cluster_bootstrap | 9 | 30    | {touched} | []
    """)  # fmt: skip
    models()["kpi.kpi_preconditions"].build(con)
    [(suppressed, grade)] = query(con, "select is_suppressed, evidence_grade from kpi.kpi_preconditions")
    assert (suppressed == "true") == (state == "suppressed")
    assert grade == "C"
