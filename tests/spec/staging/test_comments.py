"""Comments of any platform, from the one record they all give to typed rows."""

from __future__ import annotations

import pytest

from pipelines.warehouse.raw import PAGES
from tests.spec.staging.raw_rows import land
from tests.spec.tables import build, query

PLATFORMS = {
    "staging.stg_facebook_pages__comments": "facebook",
    "staging.stg_instagram__comments": "instagram",
    "staging.stg_x__comments": "x",
    "staging.stg_linkedin__comments": "linkedin",
    "staging.stg_tiktok__comments": "tiktok",
    "staging.stg_threads__comments": "threads",
    "staging.stg_bluesky__comments": "bluesky",
    "staging.stg_youtube__comments": "youtube",
}
ASKED = {"id": "7", "post_id": "9", "is_ours": False, "created_at": "2026-03-29T00:59:59+00:00", "kind": "question",
         "author": "a" * 32}  # fmt: skip
ANSWER = {"id": "8", "post_id": "9", "parent_id": "7", "is_ours": True, "created_at": "some day"}


@pytest.mark.parametrize("model", sorted(PLATFORMS))
def test_a_comment_is_told_by_its_platform_and_an_unreadable_instant_is_none(con, model):
    platform = PLATFORMS[model]
    land(con, model.replace("staging.stg_", "raw."), ASKED, ANSWER, ASKED, account_id=f"{platform}:1")
    build(con, model)
    columns = "comment_id, post_id, parent_id, platform, is_ours, commented_at, kind"
    assert query(con, f"select {columns} from {model} order by 1") == [
        (f"{platform}:7", f"{platform}:9", "", platform, "false", "2026-03-29 00:59:59Z", "question"),
        (f"{platform}:8", f"{platform}:9", f"{platform}:7", platform, "true", "", ""),
    ]


def test_only_a_listing_from_its_first_page_to_its_last_is_a_crawl(con):
    con.execute(PAGES)
    con.execute("""
        insert into raw.pages (page_id, run_id, source, stream, account_id, window_start, number, fetched_at, complete)
        values
            ('1', 'r1', 'instagram', 'media', 'instagram:7', '2026-03-01', 1, '2026-03-05 12:00:00Z', false),
            ('2', 'r1', 'instagram', 'media', 'instagram:7', '2026-03-01', 2, '2026-03-05 12:00:09Z', true),
            ('3', 'r2', 'x', 'posts', 'x:42', '2026-03-01', 1, '2026-03-05 12:00:00Z', false),
            ('4', 'r3', 'x', 'posts', 'x:42', '2026-03-01', 2, '2026-03-05 12:00:00Z', true),
            ('5', 'r3', 'x', 'accounts', 'x:42', '2026-03-01', 1, '2026-03-05 12:00:00Z', true)
    """)
    build(con, "staging.stg_landing__crawls")
    assert query(con, "select account_id, source, run_id, began_at from staging.stg_landing__crawls") == [
        ("instagram:7", "instagram", "r1", "2026-03-05 12:00:00Z"),
    ]
