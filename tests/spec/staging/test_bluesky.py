"""Bluesky, from the wire to typed rows."""

from __future__ import annotations

from tests.spec.staging.raw_rows import land
from tests.spec.tables import build, query

DID = "did:plc:abcdefghijklmnopqrstuvwx"
AT = f"at://{DID}/app.bsky.feed.post/"
ACCOUNT = f"bluesky:{DID}"


def post(key, written, indexed="2026-03-01T10:00:00.812Z", **more):
    return {"uri": AT + key, "cid": "bafy" + key, "indexedAt": indexed,
            "record": {"text": f"Inlägg {key}", "createdAt": written, **more.pop("record", {})}, **more}  # fmt: skip


def test_a_post_stands_where_feeds_put_it_whatever_its_author_claims(con):
    land(
        con,
        "raw.bluesky__posts",
        post("3a", "2026-03-01T10:00:00.000Z"),
        post("3b", "2031-01-01T00:00:00.000Z"),  # from the future: it cannot be later than it was seen
        post("3c", "some day"),
        post("3d", "2026-02-01T08:00:00+02:00", record={"embed": {"$type": "app.bsky.embed.images#view"}}),
        account_id=ACCOUNT,
    )
    build(con, "staging.stg_bluesky__posts")
    assert query(
        con, "select post_id, published_at, media_type, permalink from staging.stg_bluesky__posts order by 1"
    ) == [
        (f"bluesky:{AT}3a", "2026-03-01 10:00:00Z", "text", f"https://bsky.app/profile/{DID}/post/3a"),
        (f"bluesky:{AT}3b", "2026-03-01 10:00:00.812000Z", "text", f"https://bsky.app/profile/{DID}/post/3b"),
        (f"bluesky:{AT}3c", "2026-03-01 10:00:00.812000Z", "text", f"https://bsky.app/profile/{DID}/post/3c"),
        (f"bluesky:{AT}3d", "2026-02-01 06:00:00Z", "images", f"https://bsky.app/profile/{DID}/post/3d"),
    ]


def test_a_counter_that_was_left_out_is_null_and_a_zero_is_zero(con):
    land(con, "raw.bluesky__posts", post("3a", "2026-03-01T10:00:00.000Z", likeCount=31, quoteCount=0),
         account_id=ACCOUNT)  # fmt: skip
    build(con, "staging.stg_bluesky__post_readings")
    assert query(con, "select native_metric, value from staging.stg_bluesky__post_readings order by 1") == [
        ("bookmarkCount", ""), ("likeCount", "31"), ("quoteCount", "0"), ("replyCount", ""), ("repostCount", ""),
    ]  # fmt: skip


def test_an_account_is_known_by_its_did_and_a_new_handle_is_only_an_attribute(con):
    for day, handle in ((2, "polisen.example"), (3, "polisen.nytt.example")):
        land(con, "raw.bluesky__accounts", {"did": DID, "handle": handle, "displayName": "Polisen", "postsCount": day},
             account_id=ACCOUNT, at=f"2026-03-0{day} 05:00:00Z", page_id=f"p{day}")  # fmt: skip
    build(con, "staging.stg_bluesky__accounts", "staging.stg_bluesky__account_readings")
    assert query(con, "select account_id, name, handle from staging.stg_bluesky__accounts order by observed_at") == [
        (ACCOUNT, "Polisen", "polisen.example"),
        (ACCOUNT, "Polisen", "polisen.nytt.example"),
    ]
    assert query(
        con,
        """
        select native_metric, value from staging.stg_bluesky__account_readings
        where observed_at = '2026-03-03 05:00:00Z' order by 1
        """,
    ) == [("followersCount", ""), ("followsCount", ""), ("postsCount", "3")]
