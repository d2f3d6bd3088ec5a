"""Displayed counters beside the lists they count: from the wire to the figure that readers get."""

from __future__ import annotations

from tests.spec.staging.raw_rows import land
from tests.spec.tables import build, query


def check(post, metric, displayed, listed, *, whole=True):
    return {"post_id": post, "native_metric": metric, "displayed": displayed, "listed": listed, "is_complete": whole}


def test_what_a_counter_lost_is_told_and_a_list_that_was_cut_off_accuses_nobody(con):
    land(
        con,
        "raw.bluesky__counter_checks",
        check("at://a/1", "likeCount", 31, 32),
        check("at://a/2", "likeCount", 10, 10),
        check("at://a/3", "likeCount", 9000, 2500, whole=False),
        check("at://a/1", "quoteCount", 3, 2, whole=False),
        account_id="bluesky:did:plc:a",
    )
    land(con, "raw.bluesky__counter_checks", check("at://a/1", "likeCount", 35, 33), account_id="bluesky:did:plc:a",
         at="2026-03-03 05:00:00Z", page_id="p2")  # fmt: skip
    land(con, "raw.mastodon__counter_checks", check("115", "reblogs_count", 0, 0),
         account_id="mastodon:109@social.example")  # fmt: skip
    build(
        con, "staging.stg_bluesky__counter_checks", "staging.stg_mastodon__counter_checks", "marts.fct_counter_check",
        "published.counter_check",
    )  # fmt: skip
    assert query(con, "select post_id, native_metric, difference from marts.fct_counter_check order by all") == [
        ("bluesky:at://a/1", "likeCount", "-1"),
        ("bluesky:at://a/1", "likeCount", "2"),
        ("bluesky:at://a/1", "quoteCount", ""),
        ("bluesky:at://a/2", "likeCount", "0"),
        ("bluesky:at://a/3", "likeCount", ""),
        ("mastodon:115@social.example", "reblogs_count", "0"),
    ]
    columns = "native_metric, checks, complete_checks, wrong_checks, wrong_ratio, displayed, listed, largest_difference"
    assert query(con, f"select {columns} from published.counter_check") == [
        ("likeCount", "4", "3", "2", "0.666667", "76", "75", "2"),
        ("quoteCount", "1", "0", "0", "", "", "", ""),
        ("reblogs_count", "1", "1", "0", "0", "0", "0", "0"),
    ]
