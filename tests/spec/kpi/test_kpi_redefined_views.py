"""P1 over a day on which a platform began to count views otherwise: a break, unless all contacts lie on one side."""

from __future__ import annotations

import pytest

from tests.spec.kpi.chain import build_up_to, kpi
from tests.spec.tables import calendar, create, load, query, run_config


@pytest.mark.parametrize(
    ("platform", "media_type", "days", "is_broken"),
    [
        ("youtube", "video", ("2026-08-23", "2026-08-24"), "true"),
        ("youtube", "video", ("2026-08-24", "2026-08-25"), "false"),
        ("youtube", "video", ("2026-08-22", "2026-08-23"), "false"),
        ("youtube", "short", ("2026-08-23", "2026-08-24"), "false"),  # Shorts changed in 2025
        ("facebook", "video", ("2026-08-23", "2026-08-24"), "false"),
    ],
)
def test_contacts_on_both_sides_of_a_changed_view_are_a_break(con, platform, media_type, days, is_broken):
    run_config(con, study_start="2026-08-01", study_end="2026-08-31", as_of="2026-09-10 06:00:00Z")
    calendar(con, "2026-07-20", "2026-09-11")
    create(con, "seeds.metrics")
    kpi(
        con,
        goal_id="prevention",
        kpi_id="P1",
        kind="mean_over_unit_months",
        metric="views_per_1000_inhabitants",
        platforms=[platform],
    )
    for post_id, day in zip("12", days, strict=True):
        load(con, "marts.dim_post", "post_id, platform, unit_id, media_type, local_date, published_at",
             f"-\n-\n{post_id} | {platform} | a | {media_type} | {day} | {day} 06:00:00Z")  # fmt: skip
        load(con, "marts.fct_post_goal", "post_id, goal_id, weight", f"-\n-\n{post_id} | prevention | 1")
        load(con, "marts.fct_post_daily",
             "post_id, unit_id, platform, native_metric, metric, is_counted, local_date, gain, correction",
             f"-\n-\n{post_id} | a | {platform} | viewCount | views | true | {day} | 10 | 0")  # fmt: skip
    build_up_to(con, "kpi.kpi_completeness", "kpi.kpi_views_redefined")
    assert query(con, "select has_break from kpi.kpi_completeness") == [(is_broken,)]
