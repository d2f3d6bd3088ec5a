"""T3: on how much of the organisation's days it was present, by units and by inhabitants."""

from __future__ import annotations

from tests.spec.kpi.chain import build_up_to, kpi
from tests.spec.tables import calendar, load, query, run_config


def test_coverage_weighs_unit_days_alike_or_by_inhabitants_and_unread_days_widen_it(con):
    run_config(
        con, study_start="2025-03-03", study_end="2025-03-06", as_of="2025-03-25 06:00:00Z", active_within_days=1
    )
    calendar(con, "2025-03-01", "2025-03-26")
    load(con, "marts.dim_unit_period", "unit_id, population, valid_from", "u|p|f\n-\nbig|900|\nsmall|100|2025-03-05")
    load(con, "marts.dim_account", "account_id, platform, unit_id", "a|p|u\n-\nf:b|facebook|big\nf:s|facebook|small")
    con.execute(
        "create table marts.fct_account_coverage as select account_id, local_date, "
        "not (account_id = 'f:s' and local_date = '2025-03-06') as is_read from marts.dim_account cross join seeds.calendar"
    )
    load(
        con,
        "marts.dim_post",
        "post_id, account_id, platform, unit_id, local_date",
        "p|a|f|u|d\n-\np1|f:b|facebook|big|2025-03-03\np2|f:b|facebook|big|2025-03-04\np3|f:s|facebook|small|2025-03-05",
    )
    kpi(con, goal_id="tips", kpi_id="T3", kind="share_census", metric="coverage")
    build_up_to(con, "kpi.kpi_results", "kpi.kpi_scope_results")
    # big is active on 2 of 4 days, small on 1 of the 2 it holds; its last day was not read.
    found = "select variant, value, low, high, n, interval_kind, evidence_grade from kpi.kpi_results order by variant"
    assert query(con, found) == [
        ("population", "0.5", "0.5", "0.526316", "6", "bounds", "A"),  # 1 900, at most 2 000, of 3 800
        ("unit_days", "0.5", "0.5", "0.666667", "6", "bounds", "A"),  # 3, at most 4, of 6
    ]
    units = "select unit_id, value, high from kpi.kpi_scope_results where variant = 'unit_days' and unit_id is not null order by 1"
    assert query(con, units) == [("big", "0.5", "0.5"), ("small", "0.5", "1")]
