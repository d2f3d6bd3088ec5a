"""What readers and charts are told about metrics: definitions, breaks, bridges, and what is not offered."""

from __future__ import annotations

import pytest

from tests.spec.kpi.chain import build_up_to
from tests.spec.tables import calendar, load, query


def test_a_reader_finds_every_definition_with_its_dates(con):
    build_up_to(con, "published.metric_definition")
    assert query(
        con,
        """select media_type, definition_id, valid_from, valid_to from published.metric_definition
           where platform = 'youtube' and native_metric = 'viewCount' and scope = 'post'""",
    ) == [
        ("other", "youtube.post.views.first_frame", "2026-08-24", ""),
        ("other", "youtube.post.views.threshold", "", "2026-08-23"),
        ("short", "youtube.post.views.first_frame", "2025-03-31", ""),
        ("short", "youtube.post.views.threshold", "", "2025-03-30"),
    ]
    assert query(con, "select count(distinct platform) from published.metric_definition") == [("10",)]


@pytest.mark.parametrize(
    ("posts", "factor"),
    [(30, "1.3"), (29, "")],  # 28 days and 30 posts, or there is no bridge
)
def test_a_break_has_its_date_and_a_bridge_only_where_one_was_measured(con, posts, factor):
    calendar(con, "2025-10-01", "2025-11-30")
    load(con, "marts.fct_post_snapshot", "post_id, platform, metric, observed_at, status, value", "-\n-\n")
    con.execute(
        """
        insert into marts.fct_post_snapshot (post_id, platform, metric, observed_at, status, value)
        select 'facebook:' || post, 'facebook', metric, timestamptz '2025-10-02 10:00:00Z' + to_days(cast(day as integer)),
            'ok', 1000 * (post + 1) * (day + 1) * case metric when 'views' then 1.3 else 1 end
        from range(?) as posts (post), range(28) as days (day), (values ('views'), ('impressions')) as metrics (metric)
        """,
        [posts],
    )
    build_up_to(con, "published.series_break", "published.metric_bridge")
    assert query(
        con,
        """select platform, scope, media_type, old_metric, metric, break_date, new_from, bridge_factor
           from published.series_break where scope = 'post' order by 1, 5, 3""",
    ) == [
        ("facebook", "post", "", "reach_post", "reach_post", "2026-06-16", "", ""),
        ("facebook", "post", "", "impressions", "views", "2025-11-16", "", factor),
        ("instagram", "post", "", "impressions", "views", "2025-04-22", "2025-01-21", ""),
        ("youtube", "post", "other", "views", "views", "2026-08-24", "2026-08-24", ""),
        ("youtube", "post", "short", "views", "views", "2025-03-31", "2025-03-31", ""),
    ]
    assert query(con, "select platform, factor, posts, days, is_usable from published.metric_bridge") == [
        ("facebook", "1.3", str(posts), "28", str(bool(factor)).lower())
    ]


def test_not_offered_is_said_and_differs_from_what_nobody_looked_up(con):
    build_up_to(con, "published.platform_metric")
    assert query(
        con,
        """select platform, state from published.platform_metric
           where scope = 'post' and metric = 'reach_post' order by 1""",
    ) == [
        ("bluesky", "not_offered"),
        ("facebook", "offered"),
        ("instagram", "offered"),
        ("linkedin", "offered"),
        ("mastodon", "not_offered"),
        ("threads", "not_offered"),
        ("tiktok", "offered"),
        ("x", "not_offered"),
        ("youtube", "not_offered"),
    ]
