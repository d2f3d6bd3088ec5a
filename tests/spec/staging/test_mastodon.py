"""Mastodon, from the wire to typed rows."""

from __future__ import annotations

from tests.spec.staging.raw_rows import land
from tests.spec.tables import build, query

HERE, THERE = "mastodon:109@social.example", "mastodon:7@toots.example"


def status(native_id, content="<p>Hej</p>", **more):
    return {"id": native_id, "created_at": "2026-03-01T10:00:00.000Z", "content": content,
            "url": f"https://social.example/@polisen/{native_id}", **more}  # fmt: skip


def test_the_same_number_on_two_servers_is_two_posts(con):
    land(con, "raw.mastodon__posts", status("115", favourites_count=22), account_id=HERE)
    land(con, "raw.mastodon__posts", status("115", favourites_count=3), account_id=THERE, page_id="p2")
    build(con, "staging.stg_mastodon__posts", "staging.stg_mastodon__post_readings")
    assert query(con, "select post_id, account_id from staging.stg_mastodon__posts order by 1") == [
        ("mastodon:115@social.example", HERE),
        ("mastodon:115@toots.example", THERE),
    ]
    assert query(
        con,
        """
        select post_id, value from staging.stg_mastodon__post_readings
        where native_metric = 'favourites_count' order by 1
        """,
    ) == [("mastodon:115@social.example", "22"), ("mastodon:115@toots.example", "3")]


def test_markup_is_taken_out_and_a_link_keeps_its_whole_address(con):
    link = (
        '<p>Läs <a href="https://ex.se/t/xy12z"><span class="invisible">https://</span><span class="ellipsis">ex.se'
        '/t/</span><span class="invisible">xy12z</span></a><br>1 &lt; 2 &amp;amp; &#39;så&#39;</p><p>Slut</p>'
    )
    land(con, "raw.mastodon__posts", status("1", link), status("2", "<p>Dold</p>", spoiler_text="Varning"),
         status("3", "", media_attachments=[{"type": "image"}]), account_id=HERE)  # fmt: skip
    build(con, "staging.stg_mastodon__posts")
    assert query(con, "select text, media_type from staging.stg_mastodon__posts order by post_id") == [
        ("Läs https://ex.se/t/xy12z\n1 < 2 &amp; 'så'\nSlut", "text"),
        ("Varning\nDold", "text"),
        ("", "image"),
    ]


def test_a_server_without_quotes_gives_none_and_not_zero(con):
    land(con, "raw.mastodon__posts", status("1", replies_count=0, reblogs_count=11), account_id=HERE)
    build(con, "staging.stg_mastodon__post_readings")
    assert query(con, "select native_metric, value from staging.stg_mastodon__post_readings order by 1") == [
        ("favourites_count", ""), ("quotes_count", ""), ("reblogs_count", "11"), ("replies_count", "0"),
    ]  # fmt: skip


def test_an_accounts_handle_names_its_server(con):
    land(con, "raw.mastodon__accounts", {"id": "109", "username": "polisen", "display_name": "Polisen",
         "followers_count": 1210}, account_id=HERE)  # fmt: skip
    build(con, "staging.stg_mastodon__accounts", "staging.stg_mastodon__account_readings")
    assert query(con, "select name, handle from staging.stg_mastodon__accounts") == [
        ("Polisen", "polisen@social.example")
    ]
    assert query(con, "select native_metric, value from staging.stg_mastodon__account_readings order by 1") == [
        ("followers_count", "1210"), ("following_count", ""), ("statuses_count", ""),
    ]  # fmt: skip


def test_comments_carry_their_server_too(con):
    comment = {"id": "8", "post_id": "115", "parent_id": "7", "is_ours": True, "created_at": "2026-03-01T11:00:00Z"}
    land(con, "raw.mastodon__comments", comment, account_id=HERE)
    build(con, "staging.stg_landing__comments")
    assert query(con, "select comment_id, post_id, parent_id from staging.stg_landing__comments") == [
        ("mastodon:8@social.example", "mastodon:115@social.example", "mastodon:7@social.example")
    ]
