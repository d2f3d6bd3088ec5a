"""Comments of any platform, from the one record they all give to typed rows."""

from __future__ import annotations

import pytest

from pipelines.sources.registry import SOURCES, api_streams
from pipelines.warehouse.raw import PAGES
from tests.spec.staging.raw_rows import land
from tests.spec.tables import build, query

MODEL = "staging.stg_landing__comments"
RAW = {stream.table: entry.platform for entry in SOURCES for stream in api_streams()
       if stream.source == entry.name and stream.role == "comments"}  # fmt: skip
ASKED = {"id": "7", "post_id": "9", "is_ours": False, "created_at": "2026-03-29T00:59:59+00:00", "kind": "question",
         "author": "a" * 32}  # fmt: skip
ANSWER = {"id": "8", "post_id": "9", "parent_id": "7", "is_ours": True, "created_at": "some day"}


@pytest.mark.parametrize("raw", sorted(RAW))
def test_a_comment_is_told_by_its_platform_and_an_unreadable_instant_is_none(con, raw):
    platform = RAW[raw]
    server = "@social.example" if platform == "mastodon" else ""
    land(con, raw, ASKED, ANSWER, ASKED, account_id=f"{platform}:1{server}")
    build(con, MODEL)
    columns = "comment_id, post_id, parent_id, platform, is_ours, commented_at, kind"
    question, post, answer = (f"{platform}:{number}{server}" for number in (7, 9, 8))
    assert query(con, f"select {columns} from {MODEL} order by 1") == [
        (question, post, "", platform, "false", "2026-03-29 00:59:59Z", "question"),
        (answer, post, question, platform, "true", "", ""),
    ]


def test_every_platform_lets_comments_be_read():
    assert set(RAW.values()) == {entry.platform for entry in SOURCES if entry.platform}


def test_only_a_listing_from_its_first_page_to_its_last_is_a_crawl(con):
    con.execute(PAGES)
    con.execute("""
        insert into raw.pages (page_id, run_id, source, stream, account_id, window_start, number, fetched_at, complete)
        values
            ('1', 'r1', 'instagram', 'media', 'instagram:7', '2026-03-01', 1, '2026-03-05 12:00:00Z', false),
            ('2', 'r1', 'instagram', 'media', 'instagram:7', '2026-03-01', 2, '2026-03-05 12:00:09Z', true),
            ('3', 'r2', 'x', 'posts', 'x:42', '2026-03-01', 1, '2026-03-05 12:00:00Z', false),
            ('4', 'r3', 'x', 'posts', 'x:42', '2026-03-01', 2, '2026-03-05 12:00:00Z', true),
            ('5', 'r3', 'x', 'accounts', 'x:42', '2026-03-01', 1, '2026-03-05 12:00:00Z', true),
            ('6', 'r4', 'x', 'posts', 'x:43', '2026-03-01', 1, '2026-03-05 12:00:00Z', true),
            ('7', 'r4', 'youtube', 'posts', 'youtube:c', '2026-03-01', 1, '2026-03-05 12:00:00Z', true)
    """)
    con.execute("update raw.pages set rows_quarantined = case page_id when '6' then 1 else 0 end")
    build(con, "staging.stg_landing__crawls")
    assert query(con, "select account_id, source, run_id, began_at from staging.stg_landing__crawls") == [
        ("instagram:7", "instagram", "r1", "2026-03-05 12:00:00Z"),
    ]
