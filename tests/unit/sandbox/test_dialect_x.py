"""X's shapes, against the examples and rules of the documentation."""

from __future__ import annotations

from datetime import UTC, datetime

from pipelines.sandbox.calendar import seconds
from tests.unit.sandbox.asking import NOW, ask, refused, standing


def test_a_timeline_speaks_the_words_of_the_request(sandbox, bird):
    path = f"/2/users/{bird.native_id}/tweets"
    new = ask(sandbox, path, bird, max_results=5, **{"post.fields": "created_at,public_metrics"}).body["data"][0]
    old = ask(sandbox, path, bird, max_results=5, **{"tweet.fields": "created_at,public_metrics"}).body["data"][0]
    assert set(new["public_metrics"]) == {
        "repost_count", "reply_count", "like_count", "quote_count", "bookmark_count", "impression_count",
    }  # fmt: skip
    assert old["public_metrics"]["retweet_count"] == new["public_metrics"]["repost_count"]
    assert "edit_history_tweet_ids" in old
    assert "edit_history_post_ids" in new
    assert new["created_at"].endswith(".000Z")
    assert set(ask(sandbox, path, bird).body["data"][0]) == {"id", "text", "edit_history_post_ids"}


def x_crawl(sandbox, account, **query):
    pages, token = [], {}
    while True:
        body = ask(sandbox, f"/2/users/{account.native_id}/tweets", account, **query, **token).body
        pages.append(body)
        if "next_token" not in body["meta"]:
            return pages
        token = {"pagination_token": body["meta"]["next_token"]}


def test_a_timeline_has_an_empty_page_without_data_and_reposts_between_the_own_posts(sandbox, world, bird):
    fields = {"tweet.fields": "created_at,referenced_tweets"}
    pages = x_crawl(sandbox, bird, max_results=20, **fields)
    empty = [body for body in pages if body["meta"]["result_count"] == 0]
    assert empty
    assert all("data" not in body and "next_token" in body["meta"] for body in empty)
    rows = [row for body in pages for row in body.get("data", [])]
    own = [row["id"] for row in rows if "referenced_tweets" not in row]
    assert own == standing(world, bird)
    reposts = [row for row in rows if "referenced_tweets" in row]
    assert reposts
    assert all(row["text"].startswith("RT @") and row["referenced_tweets"][0]["type"] == "retweeted" for row in reposts)
    without = [
        row["id"]
        for body in x_crawl(sandbox, bird, max_results=100, exclude="retweets")
        for row in body.get("data", [])
    ]
    assert without == own
    assert [row["created_at"] for row in rows] == sorted((row["created_at"] for row in rows), reverse=True)


def test_x_bounds_its_pages_and_its_times(sandbox, bird):
    path = f"/2/users/{bird.native_id}/tweets"
    answer = refused(sandbox, path, bird, max_results=3)
    assert answer.body["errors"][0] == {
        "parameters": {"max_results": ["3"]},
        "message": "The `max_results` query parameter value [3] is not between 5 and 100",
    }
    rows = ask(sandbox, path, bird, start_time="2025-12-01T00:00:00Z", end_time="2025-12-20T00:00:00Z",
               **{"tweet.fields": "created_at"}).body["data"]  # fmt: skip
    assert all("2025-12-01" <= row["created_at"] < "2025-12-20" for row in rows)
    assert refused(sandbox, path, bird, start_time="yesterday").status == 400


def test_a_lookup_answers_what_is_there_and_names_what_is_not(sandbox, world, bird):
    one = standing(world, bird)[0]
    body = ask(sandbox, "/2/tweets", bird, ids=f"{one},199").body
    assert [row["id"] for row in body["data"]] == [one]
    assert body["errors"][0]["resource_id"] == "199"
    assert body["errors"][0]["type"].endswith("/resource-not-found")
    assert "data" not in ask(sandbox, "/2/tweets", bird, ids="199").body


def test_private_metrics_need_the_authors_own_token(sandbox, bird):
    path, query = f"/2/users/{bird.native_id}/tweets", {"tweet.fields": "non_public_metrics"}
    app = sandbox.served.tokens.x_app
    assert ask(sandbox, path, bird, **query).body["data"][0]["non_public_metrics"]["impression_count"] > 0
    assert refused(sandbox, path, token=app, **query).status == 403
    assert ask(sandbox, path, token=app).body["data"]
    assert refused(sandbox, "/2/users/me", token=app).body["type"].endswith("unsupported-authentication")


def test_x_refuses_anothers_token_and_an_unknown_one(sandbox, world, bird):
    other = next(a for a in world.accounts if a.platform == "x" and a != bird)
    assert refused(sandbox, f"/2/users/{bird.native_id}/tweets", other).status == 403
    assert refused(sandbox, f"/2/users/{bird.native_id}", token="nobody").body == {
        "title": "Unauthorized", "type": "about:blank", "status": 401, "detail": "Unauthorized",
    }  # fmt: skip


def test_the_quarter_of_an_hours_quota_runs_out_and_comes_back(sandbox, bird):
    path = f"/2/users/{bird.native_id}"
    app = sandbox.served.tokens.x_app
    first = ask(sandbox, path, token=app)
    assert first.headers["x-rate-limit-limit"] == "300"
    assert first.headers["x-rate-limit-remaining"] == "299"
    for _ in range(299):
        last = ask(sandbox, path, token=app)
    assert last.headers["x-rate-limit-remaining"] == "0"
    answer = refused(sandbox, path, token=app)
    assert answer.status == 429
    reset = int(answer.headers["x-rate-limit-reset"])
    assert 0 < reset - seconds(NOW) <= 900
    assert ask(sandbox, path, token=app, now=datetime.fromtimestamp(reset, UTC)).status == 200
