"""Metrics that a platform retires: since when, for whom, and what becomes of their figures."""

from __future__ import annotations

from tests.spec.staging.raw_rows import land
from tests.spec.tables import build, calendar, load, query

STATUS = "account_id, platform, scope, native_metric, media_type, asked_at, status, reason"
FOUND = """select native_metric, media_type, accounts, not_offered_since, last_asked_at, back_since, closed_on
    from marts.dim_metric_status order by 1, 2"""


def refused(name, **more):
    return {"native_metric": name, "scope": "post", "status": "not_offered", "reason": "code 100", **more}


def test_a_refusal_bears_the_time_of_asking_and_one_from_before_that_was_told_the_time_of_reading(con):
    land(con, "raw.instagram__metric_status",
         refused("reposts", media_product_type="FEED", asked_at="2026-03-01T05:00:00+00:00"),
         refused("saved"), account_id="instagram:1")  # fmt: skip
    for page in ("p2", "p3"):  # an hour later, without asking again
        land(con, "raw.instagram__metric_status", refused("reposts", media_product_type="FEED",
             asked_at="2026-03-01T05:00:00+00:00"), account_id="instagram:1", page_id=page)  # fmt: skip
    land(con, "raw.threads__metric_status", {**refused("views"), "status": "offered"}, account_id="threads:2")
    build(con, "staging.stg_landing__metric_status")
    assert query(
        con,
        """select account_id, platform, native_metric, media_type, asked_at, status
           from staging.stg_landing__metric_status order by all""",
    ) == [
        ("instagram:1", "instagram", "reposts", "feed", "2026-03-01 05:00:00Z", "not_offered"),
        ("instagram:1", "instagram", "saved", "", "2026-03-02 05:00:00Z", "not_offered"),
        ("threads:2", "threads", "views", "", "2026-03-02 05:00:00Z", "offered"),
    ]


def test_a_metric_is_closed_when_nobody_gets_it_and_open_again_when_it_is_back(con):
    load(con, "staging.stg_landing__metric_status", STATUS, """
        account    | platform | scope | metric          | kind | asked                | status      | reason
        -----------+----------+-------+-----------------+------+----------------------+-------------+-------
        facebook:1 | facebook | post  | post_clicks     |      | 2026-03-03 05:00:00Z | not_offered | first
        facebook:1 | facebook | post  | post_clicks     |      | 2026-03-04 05:00:00Z | not_offered | later
        facebook:2 | facebook | post  | post_clicks     |      | 2026-03-04 05:00:00Z | not_offered | first
        facebook:1 | facebook | post  | post_media_view |      | 2026-03-03 05:00:00Z | not_offered | first
        facebook:1 | facebook | post  | post_video_views|      | 2026-03-01 05:00:00Z | not_offered | first
        facebook:1 | facebook | post  | post_video_views|      | 2026-03-02 05:00:00Z | offered     | given again
        facebook:1 | facebook | post  | post_video_views|      | 2026-03-06 05:00:00Z | not_offered | once more
        facebook:1 | facebook | post  | post_video_views|      | 2026-03-08 05:00:00Z | offered     | given again
    """)  # fmt: skip
    con.execute("update staging.stg_landing__metric_status set media_type = coalesce(media_type, '')")
    load(con, "marts.fct_post_snapshot", "post_id, platform, native_metric, observed_at, status, value", """
        post | platform | metric          | observed             | status      | value
        -----+----------+-----------------+----------------------+-------------+------
        a    | facebook | post_clicks     | 2026-03-02 05:00:00Z | ok          | 7
        a    | facebook | post_clicks     | 2026-03-05 05:00:00Z | not_offered |
        b    | facebook | post_media_view | 2026-03-05 05:00:00Z | ok          | 9
    """)  # fmt: skip
    build(con, "marts.dim_metric_status")
    assert query(con, FOUND) == [
        ("post_clicks", "", "2", "2026-03-03 05:00:00Z", "2026-03-04 05:00:00Z", "", "2026-03-04"),
        # another account still gets it
        ("post_media_view", "", "1", "2026-03-03 05:00:00Z", "2026-03-03 05:00:00Z", "", ""),
        ("post_video_views", "", "0", "2026-03-06 05:00:00Z", "2026-03-08 05:00:00Z", "2026-03-08 05:00:00Z", ""),
    ]
    build(con, "published.metric_status", "published.metric_definition")
    assert query(
        con,
        """select native_metric, closed_on from published.metric_definition
           where closed_on is not null""",
    ) == [("post_clicks", "2026-03-04")]


def test_after_its_end_a_metric_is_neither_zero_nor_estimated(con):
    calendar(con, "2026-03-01", "2026-03-05")
    load(con, "staging.stg_facebook_pages__account_windows",
         "account_id, native_metric, window_start, window_end, observed_at, ingested_at, status, value", """
        account    | metric          | from                 | to                   | observed             | in                   | status      | value
        -----------+-----------------+----------------------+----------------------+----------------------+----------------------+-------------+------
        facebook:1 | page_media_view | 2026-03-01 08:00:00Z | 2026-03-02 08:00:00Z | 2026-03-03 05:00:00Z | 2026-03-03 05:00:00Z | ok          | 10
        facebook:1 | page_media_view | 2026-03-02 08:00:00Z | 2026-03-03 08:00:00Z | 2026-03-03 12:00:00Z | 2026-03-03 12:00:00Z | not_offered |
        facebook:1 | page_media_view | 2026-03-03 08:00:00Z | 2026-03-04 08:00:00Z | 2026-03-04 12:00:00Z | 2026-03-04 12:00:00Z | not_offered |
    """)  # fmt: skip
    build(con, "marts.fct_account_figure", "marts.fct_account_daily")
    assert query(con, "select local_date, value, state from marts.fct_account_daily order by 1") == [
        ("2026-03-01", "10", "measured"),
        ("2026-03-02", "", "not_offered"),
        ("2026-03-03", "", "not_offered"),
    ]
