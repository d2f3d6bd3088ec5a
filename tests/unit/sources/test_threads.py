from __future__ import annotations

from datetime import UTC, datetime

from pydantic import SecretStr

from pipelines.settings import ThreadsSettings
from pipelines.sources.comments import Pseudonyms
from pipelines.sources.threads.client import Threads
from pipelines.sources.threads.streams import POST_METRICS, TOTAL_METRICS

KEY = Pseudonyms(SecretStr("a-key-of-32-characters-for-tests"))
ACCOUNT = {"id": "2001", "username": "polisenexempel", "is_verified": True, "threads_biography": "x"}
INVALID = (400, {"error": {"message": "(#100) The value must be a valid insights metric", "code": 100}})


def threads(pseudonyms=None):
    return Threads(ThreadsSettings(token=SecretStr("THAAsentinelTOKEN0123456789")), pseudonyms)


def post(n, **fields):
    return {"id": str(n), "media_type": "TEXT_POST", "text": "Hej", "timestamp": "2026-11-19T10:00:00+0000",
            "has_replies": False, "owner": {"id": "2001"}, **fields}  # fmt: skip


def reply(n, parent, **fields):
    return {"id": str(n), "text": "Hur gör man?", "timestamp": "2026-11-19T11:00:00+0000", "username": "someone",
            "is_reply_owned_by_me": False, "replied_to": {"id": str(parent)}, **fields}  # fmt: skip


def account_of(*posts, replies=(), refused=()):
    def play(request):
        path, params = request.url.path, request.url.params
        if path == "/v1.0/2001/threads":
            return {"data": list(posts)}
        if path.endswith("/conversation"):
            return {"data": list(replies)}
        names = params.get("metric", "").split(",")
        if set(refused) & set(names):
            return INVALID
        if path == "/v1.0/2001/threads_insights":
            return {"data": [figure(name, params) for name in names]}
        if path.endswith("/insights"):
            return {"data": [{"name": n, "period": "lifetime", "values": [{"value": 7}]} for n in names]}
        return ACCOUNT

    return play


def figure(name, params):
    if name == "followers_count":
        assert "since" not in params, "followers_count refuses a window"
        return {"name": name, "period": "day", "total_value": {"value": 3100}}
    if name == "views":
        return {"name": name, "period": "day", "values": [{"value": 210, "end_time": "2026-11-19T08:00:00+0000"}]}
    if name == "clicks":
        links = [{"value": 12, "link_url": "https://a.example"}, {"value": 3, "link_url": "https://b.example"}]
        return {"name": name, "period": "day", "link_total_values": links}
    return {"name": name, "period": "day", "total_value": {"value": 5}}


def test_the_account_bears_its_followers_and_nothing_else_is_kept(platform, read, rows):
    wire = platform(account_of(post(1)))
    pages = read(threads(), wire, native_id="2001")
    assert rows(pages, "accounts") == [
        {"id": "2001", "username": "polisenexempel", "is_verified": True, "followers_count": 3100}
    ]
    assert "owner" not in rows(pages, "posts")[0]
    (measured,) = rows(pages, "post_insights")
    assert [metric["name"] for metric in measured["data"]] == list(POST_METRICS)
    clicks = [row for row in rows(pages, "account_insights") if row["name"] == "clicks"]
    assert {tuple(link["value"] for link in row["link_total_values"]) for row in clicks} == {(12, 3)}
    assert b"link_url" not in b"".join(row for page in pages for row in page.rows)


def test_a_repost_is_listed_and_never_asked_for_insights_or_replies(platform, read, rows):
    wire = platform(account_of(post(1, has_replies=True), post(2, media_type="REPOST_FACADE", has_replies=True)))
    pages = read(threads(KEY), wire, native_id="2001")
    assert [row["id"] for row in rows(pages, "posts")] == ["1", "2"]
    assert [row["id"] for row in rows(pages, "post_insights")] == ["1"]
    assert not any(path.startswith("/v1.0/2/") for path in wire.paths)


def test_totals_are_asked_a_day_at_a_time_and_nothing_is_asked_of_before_the_platform_began(platform, read, rows):
    wire = platform(account_of())
    window = (datetime(2024, 4, 1, tzinfo=UTC), datetime(2024, 4, 16, 8, tzinfo=UTC))
    pages = read(threads(), wire, native_id="2001", window=window)
    asked = [query for query in wire.queries if "since" in query and "metric" in query]
    # 13 April 2024, 07:00 UTC, is midnight in California
    assert min(int(query["since"]) for query in asked) == 1712991600
    totals = [query for query in asked if query["metric"] == ",".join(TOTAL_METRICS)]
    assert len(totals) == 3
    assert {row["window_end"] for row in rows(pages, "account_insights") if row["name"] == "likes"} == {
        "2024-04-14T07:00:00+00:00", "2024-04-15T07:00:00+00:00", "2024-04-16T07:00:00+00:00",
    }  # fmt: skip


def test_a_refused_metric_of_the_account_is_told_and_the_rest_comes(platform, read, rows):
    pages = read(threads(), platform(account_of(post(1), refused={"followers_count"})), native_id="2001")
    assert "followers_count" not in rows(pages, "accounts")[0]
    (told,) = rows(pages, "metric_status")
    assert (told["native_metric"], told["scope"], told["status"]) == ("followers_count", "account", "not_offered")
    assert told["asked_at"] == "2026-11-20T12:00:00+00:00"


def test_replies_become_questions_and_answers_without_a_word_or_a_name(platform, read, rows):
    said = [
        reply(10, 1), reply(11, 10, is_reply_owned_by_me=True, username="polisenexempel", text="Så här."),
        reply(12, 11, text="Tack!"), reply(13, 1, timestamp="soon"),
    ]  # fmt: skip
    old = post(2, has_replies=True, timestamp="2026-10-25T10:00:00+0000")  # read, and too old for this
    wire = platform(account_of(post(1, has_replies=True), old, post(3), replies=said))
    pages = read(threads(KEY), wire, native_id="2001")
    found = rows(pages, "comments")
    assert [(row["id"], row.get("parent_id"), row["is_ours"], row.get("kind")) for row in found] == [
        ("10", None, False, "question"), ("11", "10", True, None), ("12", "11", False, "comment"),
    ]  # fmt: skip
    assert found[0]["author"] == found[2]["author"] != "someone"
    assert "author" not in found[1]
    (page,) = [page for page in pages if page.stream.name == "comments"]
    assert [(one.line, "instant" in one.reason, one.content) for one in page.rejected] == [(4, True, None)]
    assert sum(path.endswith("/conversation") for path in wire.paths) == 1
    kept = b"".join(page.rows)
    assert b"someone" not in kept
    assert b"Tack" not in kept
