"""X, from the wire to typed rows, in both of its vocabularies."""

from __future__ import annotations

from tests.spec.staging.raw_rows import land
from tests.spec.tables import build, query

OLD = {
    "id": "11", "text": "Kort", "created_at": "2026-03-01T10:00:00.000Z", "edit_history_tweet_ids": ["11"],
    "public_metrics": {"retweet_count": 12, "reply_count": 4, "like_count": 51, "quote_count": 1, "bookmark_count": 2,
                       "impression_count": 8120},
}  # fmt: skip
NEW = {
    "id": "13", "text": "Rättad", "created_at": "2026-03-01T10:20:00.000Z", "edit_history_post_ids": ["11", "13"],
    "public_metrics": {"repost_count": 15, "like_count": 60},
}  # fmt: skip
REPOST = {**OLD, "id": "12", "edit_history_tweet_ids": ["12"], "referenced_tweets": [{"type": "retweeted", "id": "7"}]}
QUOTE = {**OLD, "id": "14", "edit_history_tweet_ids": ["14"], "referenced_posts": [{"type": "quoted", "id": "7"}],
         "note_tweet": {"text": "Lång"}}  # fmt: skip


def landed(con):
    land(con, "raw.x__posts", OLD, REPOST, QUOTE, account_id="x:42")
    land(con, "raw.x__posts", NEW, account_id="x:42", at="2026-03-03 05:00:00Z", run_id="r2", page_id="p2")


def test_an_edited_post_keeps_its_first_id_and_its_first_instant(con):
    landed(con)
    build(con, "staging.stg_x__posts", "marts.dim_post")
    assert query(
        con, "select post_id, observed_at, published_at, text from staging.stg_x__posts order by post_id, observed_at"
    ) == [
        ("x:11", "2026-03-02 05:00:00Z", "2026-03-01 10:00:00Z", "Kort"),
        ("x:11", "2026-03-03 05:00:00Z", "2026-03-01 10:20:00Z", "Rättad"),
        ("x:14", "2026-03-02 05:00:00Z", "2026-03-01 10:00:00Z", "Lång"),
    ]
    assert query(con, "select published_at, text from marts.dim_post where post_id = 'x:11'") == [
        ("2026-03-01 10:00:00Z", "Rättad")
    ]


def test_a_change_of_vocabulary_breaks_no_series_and_a_figure_left_out_is_null(con):
    landed(con)
    build(con, "staging.stg_x__post_readings")
    assert query(
        con,
        """
        select native_metric, value from staging.stg_x__post_readings
        where post_id = 'x:11' order by native_metric, observed_at
        """,
    ) == [
        ("bookmark_count", "2"), ("bookmark_count", ""),
        ("impression_count", "8120"), ("impression_count", ""),
        ("like_count", "51"), ("like_count", "60"),
        ("quote_count", "1"), ("quote_count", ""),
        ("reply_count", "4"), ("reply_count", ""),
        ("retweet_count", "12"), ("retweet_count", "15"),
    ]  # fmt: skip


def test_a_repost_carries_the_originals_figures_and_counts_nowhere(con):
    landed(con)
    build(con, "staging.stg_x__post_readings")
    assert query(con, "select distinct post_id from staging.stg_x__post_readings order by 1") == [("x:11",), ("x:14",)]


def test_an_accounts_figures_are_read_in_either_word(con):
    land(
        con,
        "raw.x__accounts",
        {"id": "42", "username": "polisen", "public_metrics": {"post_count": 9}},
        account_id="x:42",
    )
    build(con, "staging.stg_x__accounts", "staging.stg_x__account_readings")
    assert query(con, "select account_id, handle from staging.stg_x__accounts") == [("x:42", "polisen")]
    assert query(con, "select native_metric, value from staging.stg_x__account_readings where value is not null") == [
        ("tweet_count", "9")
    ]
