from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from pipelines.errors import CredentialError, SourceError
from pipelines.settings import FacebookPagesSettings
from pipelines.sources.base import Resume
from pipelines.sources.comments import Pseudonyms
from pipelines.sources.facebook_pages.client import PAGE_METRICS, FacebookPages

TOKEN = "EAAsentinelTOKEN0123456789"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
ACCOUNT = {"id": "101", "name": "Polisen Exempelstad", "fan_count": 20110, "followers_count": 24500, "email": "a@b.se"}


def facebook(**settings):
    return FacebookPages(FacebookPagesSettings(token=SecretStr(TOKEN), **settings))


def post(n, **fields):
    return {
        "id": f"101_{n}",
        "message": "Har du sett något? Ring 114 14.",
        "created_time": "2026-11-19T09:00:00+0000",
        "reactions": {"data": [{"id": "555", "name": "A Person"}], "summary": {"total_count": 120}},
        "comments": {"data": [], "summary": {"order": "ranked", "total_count": 9}},
        "insights": {"data": [{"name": "post_media_view", "period": "lifetime", "values": [{"value": 5120}]}]},
        **fields,
    }


def feed(*posts, after=None):
    paging = {"cursors": {"before": "b", "after": after or "last"}}
    if after:
        paging["next"] = f"https://graph.facebook.com/v26.0/101/published_posts?access_token={TOKEN}&after={after}"
    return {"data": list(posts), "paging": paging}


def insights(request):
    names = request.url.params["metric"].split(",")
    values = [{"value": 10, "end_time": "2026-11-19T08:00:00+0000"}]
    always_there = {"next": "https://graph.facebook.com/v26.0/101/insights?since=1"}
    return {"data": [{"name": name, "period": "day", "values": values} for name in names], "paging": always_there}


def page_of(pages_by_cursor):
    """A Page whose posts are `{cursor: feed}`."""

    def play(request):
        if request.url.path.endswith("/published_posts"):
            return pages_by_cursor[request.url.params.get("after")]
        return insights(request) if request.url.path.endswith("/insights") else ACCOUNT

    return play


INVALID = (400, {"error": {"message": "(#100) The value must be a valid insights metric", "code": 100}})


def test_account_posts_and_day_values_are_read_and_nothing_else_is_kept(platform, read, rows):
    wire = platform(page_of({None: feed(post(1))}))
    pages = read(facebook(), wire)
    assert rows(pages, "accounts") == [{k: v for k, v in ACCOUNT.items() if k != "email"}]
    (one,) = rows(pages, "posts")
    assert one["reactions"] == {"summary": {"total_count": 120}}
    assert one["insights"]["data"][0]["values"] == [{"value": 5120}]
    assert {row["name"] for row in rows(pages, "page_insights")} == set(PAGE_METRICS)
    kept = b"".join(row for page in pages for row in page.rows)
    assert b"A Person" not in kept
    assert TOKEN.encode() not in kept
    assert all(TOKEN not in (page.next_cursor or "") for page in pages)


def test_a_page_bears_the_servers_time_and_the_version_that_answered(platform, read):
    answered = datetime(2026, 11, 20, 14, 30, tzinfo=UTC)
    pages = read(facebook(), platform(page_of({None: feed(post(1))}), answered))
    assert {page.fetched_at for page in pages} == {answered}
    assert {(page.api_version_asked, page.api_version_answered) for page in pages} == {("v26.0", "v26.0")}
    assert {page.account_id for page in pages} == {"facebook:101"}


def test_an_empty_page_with_a_next_one_does_not_end_the_crawl(platform, read, rows):
    wire = platform(page_of({None: feed(post(1), after="two"), "two": feed(after="three"), "three": feed(post(2))}))
    pages = [page for page in read(facebook(), wire) if page.stream.name == "posts"]
    assert [row["id"] for row in rows(pages, "posts")] == ["101_1", "101_2"]
    assert [(page.number, page.next_cursor, page.complete) for page in pages] == [
        (1, "two", False),
        (2, "three", False),
        (3, None, True),
    ]


def test_the_after_cursor_of_the_last_page_is_not_followed(platform, read):
    wire = platform(page_of({None: feed(post(1))}))
    read(facebook(), wire)
    assert sum(path.endswith("published_posts") for path in wire.paths) == 1


def test_a_cursor_that_comes_twice_is_an_error_and_not_an_endless_crawl(platform, read):
    wire = platform(page_of({None: feed(post(1), after="two"), "two": feed(post(2), after="two")}))
    pages = []
    with pytest.raises(SourceError, match="circles"):
        read(facebook(), wire, into=pages)
    assert not any(page.complete for page in pages if page.stream.name == "posts")


def test_a_next_page_without_a_cursor_is_an_error_and_not_an_end(platform, read):
    broken = {"data": [post(1)], "paging": {"next": "https://graph.facebook.com/v26.0/x"}}
    with pytest.raises(SourceError, match="no cursor"):
        read(facebook(), platform(page_of({None: broken})))


def test_a_heavy_page_is_asked_for_with_half_the_posts_until_it_answers(platform, read, rows):
    def play(request):
        if request.url.path.endswith("/published_posts") and int(request.url.params["limit"]) > 25:
            message = "Please reduce the amount of data you're asking for, then retry your request"
            return 500, {"error": {"message": message, "code": 1}}
        return page_of({None: feed(post(1), after="two"), "two": feed(post(2))})(request)

    wire = platform(play)
    pages = read(facebook(), wire)
    assert [q["limit"] for q in wire.queries if "limit" in q] == ["100", "50", "25", "25"]
    assert len(rows(pages, "posts")) == 2


@pytest.mark.parametrize("bad", [{"post_clicks"}, {"post_media_view", "post_video_views"}])
def test_a_refused_post_metric_sinks_neither_the_posts_nor_the_other_metrics(platform, read, rows, bad):
    def play(request):
        fields = request.url.params.get("fields", "")
        if any(name in fields for name in bad):
            return INVALID
        return page_of({None: feed(post(1), after="two"), "two": feed(post(2))})(request)

    wire = platform(play)
    pages = read(facebook(), wire)
    assert len(rows(pages, "posts")) == 2
    told = rows(pages, "metric_status")
    assert {row["native_metric"] for row in told} == bad
    assert {(row["scope"], row["status"]) for row in told} == {("post", "not_offered")}
    last = [query["fields"] for query in wire.queries if query.get("after") == "two"]
    assert len(last) == 1  # what was refused on the first page is not asked for on the second
    assert "post_total_media_view_unique" in last[0]


def test_posts_come_even_if_every_metric_is_refused(platform, read, rows):
    def play(request):
        refused = "insights.metric" in request.url.params.get("fields", "")
        return INVALID if refused else page_of({None: feed(post(1))})(request)

    pages = read(facebook(), platform(play))
    assert len(rows(pages, "posts")) == 1
    assert len(rows(pages, "metric_status")) == 4


def test_a_refused_page_metric_is_told_once_and_the_others_come(platform, read, rows):
    def play(request):
        if "page_views_total" in request.url.params.get("metric", ""):
            return INVALID
        return page_of({None: feed()})(request)

    pages = read(facebook(), platform(play), window=(NOW - timedelta(days=200), NOW))
    names = {row["name"] for row in rows(pages, "page_insights")}
    assert names == set(PAGE_METRICS) - {"page_views_total"}
    assert [row["native_metric"] for row in rows(pages, "metric_status")] == ["page_views_total"]


def test_day_values_are_asked_for_in_whole_pacific_days_and_at_most_90_at_a_time(platform, read):
    wire = platform(page_of({None: feed()}))
    start, end = datetime(2026, 6, 1, 12, tzinfo=UTC), datetime(2026, 11, 20, 12, tzinfo=UTC)
    pages = read(facebook(), wire, window=(start, end))
    windows = sorted({page.window for page in pages if page.stream.name == "page_insights"})
    assert windows[0][0] == datetime(2026, 6, 1, 7, tzinfo=UTC)  # midnight in California, summer time
    assert windows[-1][1] == datetime(2026, 11, 20, 8, tzinfo=UTC)  # winter time
    assert windows[0][1] == windows[1][0]
    assert all(b - a <= timedelta(days=90, hours=1) for a, b in windows)
    asked = {(q["since"], q["until"]) for q in wire.queries if "until" in q}
    assert asked == {(str(int(a.timestamp())), str(int(b.timestamp()))) for a, b in windows}


def test_next_of_insights_is_never_followed(platform, read):
    wire = platform(page_of({None: feed()}))
    read(facebook(), wire)
    assert sum(path.endswith("/insights") for path in wire.paths) == 2  # ten metrics, five a request, one window


def test_a_poisoned_post_is_put_aside_alone(platform, read, rows):
    bad = post(2, reactions={"summary": {"total_count": "12"}})
    pages = read(facebook(), platform(page_of({None: feed(post(1), bad, post(3))})))
    assert [row["id"] for row in rows(pages, "posts")] == ["101_1", "101_3"]
    (page,) = [page for page in pages if page.stream.name == "posts"]
    assert [(r.line, "total_count" in r.reason) for r in page.rejected] == [(2, True)]


def test_a_young_pull_reads_young_posts_and_nothing_else(platform, read):
    wire = platform(page_of({None: feed(post(1))}))
    pages = read(facebook(), wire, young_only_hours=24)
    assert {page.stream.name for page in pages} == {"posts"}
    assert wire.queries[0]["since"] == str(int((NOW - timedelta(hours=24)).timestamp()))


def test_an_interrupted_crawl_goes_on_where_it_stopped(platform, read):
    wire = platform(page_of({"seven": feed(post(9))}))
    pages = read(facebook(), wire, resume={"posts": Resume(cursor="seven", number=7)})
    assert [(p.number, p.complete) for p in pages if p.stream.name == "posts"] == [(7, True)]


def test_a_long_window_of_posts_is_asked_for_in_pieces_and_ends_with_the_last(platform, read):
    wire = platform(page_of({None: feed(post(1))}))
    pages = [page for page in read(facebook(), wire, post_window_days=200) if page.stream.name == "posts"]
    spans = [(q["since"], q.get("until")) for q in wire.queries if q.get("fields", "").startswith("id,message")]
    assert len(spans) == 3
    assert [until for _, until in spans] == [None, spans[0][0], spans[1][0]]
    assert [page.complete for page in pages] == [False, False, True]
    assert {page.next_cursor for page in pages} == {None}


def test_the_token_is_in_the_header_only_and_the_proof_signs_it(platform, read):
    wire = platform(page_of({None: feed()}))
    read(facebook(app_secret=SecretStr("app-secret-000")), wire)
    proof = hmac.new(b"app-secret-000", TOKEN.encode(), hashlib.sha256).hexdigest()
    assert {request.headers["authorization"] for request in wire.asked} == {f"Bearer {TOKEN}"}
    assert {query["appsecret_proof"] for query in wire.queries} == {proof}
    assert not any(TOKEN in str(request.url) for request in wire.asked)


def test_an_account_without_a_token_is_told_which_variable_to_set(platform, read):
    source = FacebookPages(FacebookPagesSettings(tokens={"999": SecretStr(TOKEN)}))
    wire = platform(page_of({}))
    with pytest.raises(CredentialError, match="SYFTE_FACEBOOK_PAGES__TOKENS"):
        read(source, wire)
    assert wire.asked == []


def test_an_identifier_cannot_leave_its_place_in_the_path(platform, read):
    wire = platform(page_of({None: feed()}))
    read(facebook(), wire, native_id="../me?x=1#")
    assert wire.asked[0].url.raw_path.split(b"?")[0] == b"/v26.0/..%2Fme%3Fx%3D1%23"


def test_a_day_that_is_not_over_in_california_is_not_asked_for(platform, read):
    wire = platform(page_of({None: feed()}))
    night = datetime(2026, 11, 20, 3, tzinfo=UTC)  # 19 November, 19:00 in California
    pages = read(facebook(), wire, window=(night - timedelta(days=2), night))
    windows = {page.window for page in pages if page.stream.name == "page_insights"}
    assert windows == {(datetime(2026, 11, 17, 8, tzinfo=UTC), datetime(2026, 11, 19, 8, tzinfo=UTC))}


def test_comments_tell_who_is_ours_and_a_person_may_be_absent(platform, read, rows):
    said = [
        {"id": "9001_77", "message": "Var kan jag tipsa?", "created_time": "2026-11-19T09:12:04+0000"},
        {"id": "9001_78", "message": "Här.", "created_time": "2026-11-19T09:40:00+0000",
         "from": {"name": "Polisen", "id": "101"}, "parent": {"id": "9001_77"}},
        {"id": "9001_79", "message": "Tack", "created_time": "2026-11-19T10:40:00+0000",
         "from": {"name": "A Person", "id": "555"}},
    ]  # fmt: skip

    def play(request):
        if request.url.path.endswith("/comments"):
            assert request.url.params["filter"] == "stream"
            return {"data": said}
        none = post(2, comments={"summary": {"total_count": 0}})
        return page_of({None: feed(post(1), none, post(3, created_time="2026-11-01T09:00:00+0000"))})(request)

    wire = platform(play)
    source = FacebookPages(FacebookPagesSettings(token=SecretStr(TOKEN)), Pseudonyms(SecretStr("k" * 32)))
    pages = read(source, wire)
    found = rows(pages, "comments")
    assert [(row["id"], row.get("parent_id"), row["is_ours"], row.get("kind")) for row in found] == [
        ("9001_77", None, False, "question"), ("9001_78", "9001_77", True, None), ("9001_79", None, False, "comment"),
    ]  # fmt: skip
    assert ["author" in row for row in found] == [False, False, True]
    # not the post that nobody has commented on, nor the one of 19 days ago
    assert [path for path in wire.paths if path.endswith("/comments")] == ["/v26.0/101_1/comments"]
    assert b"Person" not in b"".join(row for page in pages for row in page.rows)
    assert not any(page.stream.name == "comments" for page in read(facebook(), platform(play)))
    assert not any(p.stream.name == "comments" for p in read(source, platform(play), young_only_hours=48))
