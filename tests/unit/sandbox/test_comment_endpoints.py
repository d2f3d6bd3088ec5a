"""Comments of the first three platforms as their APIs list them, and Instagram's stories."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pipelines.sandbox import SandboxClock
from pipelines.sandbox.calendar import DAY, HOUR, NEVER, instant, seconds
from pipelines.sandbox.exchange import Ask, RefusalError
from pipelines.sandbox.server import make_sandbox
from pipelines.sandbox.stories import FEWEST_VIEWERS, METRICS, stories_of, story_metrics

NOW = seconds(datetime(2025, 11, 20, 12, tzinfo=UTC))


@pytest.fixture(scope="module")
def sandbox(small):
    return make_sandbox(small, clock=SandboxClock(instant(NOW)), empty_pages=False, page_cap=3)


def ask(sandbox, account, path, now=NOW, **query):
    token = sandbox.served.tokens.accounts[(account.platform, account.native_id)]
    headers = {"authorization": f"Bearer {token}"}
    query = {name: str(value) for name, value in query.items()}
    return sandbox.answer(Ask(path=path, query=query, headers=headers, base="http://127.0.0.1:1", now=now)).body


def talked_about(small, platform, now=NOW):
    """The post of a platform with the most to read, among those that stand."""
    posts = [
        n for n in range(small.post_count)
        if small.author(n).platform == platform and small.posts.counters.deleted_at[n] >= NEVER
        and now - 7 * DAY < small.posts.published[n] < now
    ]  # fmt: skip
    return max(posts, key=lambda n: len(small.comments_of(n, now)))


def all_pages(sandbox, account, path, **query):
    rows, cursor = [], {}
    while True:
        body = ask(sandbox, account, path, **query, **cursor)
        rows += body.get("data", [])
        following = body["meta"].get("next_token") if "meta" in body else body.get("paging", {}).get("next")
        if not following:
            return rows
        cursor = {"next_token": following} if "meta" in body else {"after": body["paging"]["cursors"]["after"]}


def test_facebook_lists_a_posts_comments_in_both_orders_and_some_without_a_name(small, sandbox):
    post = talked_about(small, "facebook")
    account, said = small.author(post), small.comments_of(post, NOW)
    path = f"/v26.0/{small.posts.native_ids[post]}/comments"
    fields = "id,message,created_time,from,parent"
    rows = all_pages(sandbox, account, path, filter="stream", fields=fields)
    assert [row["id"] for row in rows] == [comment.native_id for comment in said]
    assert [row.get("parent", {}).get("id") for row in rows] == [comment.parent_id for comment in said]
    back = all_pages(sandbox, account, path, filter="stream", order="reverse_chronological")
    assert back[::-1] == [{k: row[k] for k in ("created_time", "from", "message", "id") if k in row} for row in rows]
    since = said[len(said) // 2].created_at
    late = all_pages(sandbox, account, path, filter="stream", since=since)
    assert len(late) == sum(comment.created_at >= since for comment in said)


def test_facebook_does_not_always_say_who_wrote(small, sandbox):
    nameless = 0
    for post in range(small.post_count):
        if small.author(post).platform == "facebook" and small.posts.counters.deleted_at[post] >= NEVER:
            said = small.comments_of(post, NOW)
            if said:
                path = f"/v26.0/{small.posts.native_ids[post]}/comments"
                rows = all_pages(sandbox, small.author(post), path, filter="stream")
                nameless += sum("from" not in row for row in rows)
                ours = [row for row, comment in zip(rows, said, strict=True) if comment.is_ours]
                assert all(row["from"]["id"] == small.author(post).native_id for row in ours)
        if nameless > 3:
            return
    raise AssertionError(nameless)


def test_instagram_keeps_two_levels_and_gives_a_comments_replies(small, sandbox):
    post = talked_about(small, "instagram")
    account, said = small.author(post), small.comments_of(post, NOW)
    fields = "id,text,timestamp,username,from,parent_id,replies{id,username,parent_id}"
    rows = all_pages(sandbox, account, f"/v26.0/{small.posts.native_ids[post]}/comments", fields=fields)
    assert len(rows) + sum(len(row.get("replies", {"data": []})["data"]) for row in rows) == len(said)
    with_replies = next(row for row in rows if "replies" in row)
    listed = ask(sandbox, account, f"/v26.0/{with_replies['id']}/replies", fields="id,username,parent_id")["data"]
    assert listed == with_replies["replies"]["data"]
    assert {row["parent_id"] for row in listed} == {with_replies["id"]}
    assert ask(sandbox, account, f"/v26.0/{rows[0]['id']}", fields="id,text")["text"] == rows[0]["text"]
    gone = next(c for n in range(small.post_count) for c in small.conversation.ever(n)
                if c.deleted_at < NEVER and small.author(n).platform == "instagram")  # fmt: skip
    with pytest.raises(RefusalError) as caught:
        ask(sandbox, small.author(gone.post), f"/v26.0/{gone.native_id}", now=gone.deleted_at)
    assert caught.value.answer.body["error"]["error_subcode"] == 33


@pytest.mark.parametrize(("fields", "referenced"), [("tweet.fields", "referenced_tweets"),
                                                    ("post.fields", "referenced_posts")])  # fmt: skip
def test_x_finds_a_conversations_replies_for_seven_days(small, sandbox, fields, referenced):
    post = talked_about(small, "x")
    account, said = small.author(post), small.comments_of(post, NOW)
    root = small.posts.native_ids[post]
    query = f"(conversation_id:{root} OR conversation_id:1) is:reply"
    wanted = {fields: f"author_id,created_at,conversation_id,{referenced}"}
    rows = all_pages(sandbox, account, "/2/tweets/search/recent", query=query, max_results=10, **wanted)
    assert [row["id"] for row in rows] == sorted((c.native_id for c in said), key=int, reverse=True)
    refers = {row["id"]: row[referenced][0] for row in rows}
    assert {c.native_id: {"type": "replied_to", "id": c.parent_id or root} for c in said} == refers
    assert {row["author_id"] for row in rows} == {c.author_id for c in said}
    late = ask(sandbox, account, "/2/tweets/search/recent", now=NOW + 30 * DAY, query=query)
    assert late == {"meta": {"result_count": 0}}


def test_x_lists_mentions_with_who_wrote_them_and_refuses_a_query_it_cannot_read(small, sandbox):
    account = small.author(talked_about(small, "x"))
    body = ask(sandbox, account, f"/2/users/{account.native_id}/mentions", max_results=5, expansions="author_id",
               **{"tweet.fields": "author_id,in_reply_to_user_id"})  # fmt: skip
    assert {row["in_reply_to_user_id"] for row in body["data"]} == {account.native_id}
    assert {user["id"] for user in body["includes"]["users"]} == {row["author_id"] for row in body["data"]}
    assert account.native_id not in {row["author_id"] for row in body["data"]}
    for query in ("polisen", "", "conversation_id:1 from:x"):
        with pytest.raises(RefusalError) as caught:
            ask(sandbox, account, "/2/tweets/search/recent", query=query)
        assert caught.value.answer.status == 400


def tellers(small, now=NOW):
    return [(account, story) for account in small.accounts for story in stories_of(account, now)]


def test_stories_are_seen_for_a_day_and_gone_with_their_figures(small, sandbox):
    account, story = next((a, s) for a, s in tellers(small) if s.final_views > 100)
    rows = ask(sandbox, account, f"/v26.0/{account.native_id}/stories", fields="id,media_product_type,timestamp")[
        "data"
    ]
    assert rows[0]["id"] == story.native_id
    assert rows[0]["media_product_type"] == "STORY"
    body = ask(sandbox, account, f"/v26.0/{story.native_id}/insights", metric=",".join(METRICS))
    shown = {one["name"]: one["values"][0]["value"] for one in body["data"]}
    assert shown == story_metrics(story, NOW)
    assert shown["views"] > 0 == shown["replies"]
    with pytest.raises(RefusalError) as caught:
        ask(sandbox, account, f"/v26.0/{story.native_id}/insights", now=story.published + DAY, metric="views")
    assert caught.value.answer.body["error"]["error_subcode"] == 33
    assert ask(sandbox, account, f"/v26.0/{account.native_id}/stories", now=story.published + 2 * DAY - HOUR) != rows


def test_how_people_left_a_story_is_told_by_a_breakdown(small, sandbox):
    account, story = next((a, s) for a, s in tellers(small) if s.final_views > 100)
    path, by = f"/v26.0/{story.native_id}/insights", "story_navigation_action_type"
    body = ask(sandbox, account, path, metric="navigation", breakdown=by)
    total = body["data"][0]["total_value"]
    results = total["breakdowns"][0]["results"]
    assert sum(part["value"] for part in results) == total["value"] == story_metrics(story, NOW)["navigation"]


def test_a_story_with_hardly_a_viewer_shows_no_figures(small, sandbox):
    days = (NOW + day * DAY for day in range(-40, 1))
    account, story, now = next((a, s, at) for at in days for a, s in tellers(small, at)
                               if s.final_views < FEWEST_VIEWERS)  # fmt: skip
    with pytest.raises(RefusalError) as caught:
        ask(sandbox, account, f"/v26.0/{story.native_id}/insights", now=now, metric="views")
    assert caught.value.answer.body["error"]["code"] == 10


def test_an_account_has_stories_only_while_its_unit_is_active(small):
    tellers_units = {account.unit_id for day in range(0, 300, 7) for account, _ in tellers(small, NOW - day * DAY)}
    assert tellers_units <= {account.unit_id for account in small.accounts if account.platform == "instagram"}
    assert "vastra_gotaland" not in tellers_units
