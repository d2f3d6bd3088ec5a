from __future__ import annotations

import json

import httpx
import pytest
from pydantic import SecretStr

from pipelines.errors import CredentialError, DeferredError, SourceError
from pipelines.settings import TikTokSettings
from pipelines.sources.base import Resume
from pipelines.sources.comments import Pseudonyms
from pipelines.sources.tiktok.client import TikTok

NOW_S = 1795176000  # the fixture's now, 2026-11-20 12:00 UTC
DAY_S = 86_400
FINE = {"error": {"code": "ok", "message": "", "log_id": "2026"}}


def source(api="display", pseudonyms=None):
    return TikTok(TikTokSettings(enabled=True, api=api, token=SecretStr("act.sentinelTOKEN0123456789")), pseudonyms)


def video(n, age_days=1.0, **fields):
    return {"id": str(n), "create_time": NOW_S - round(age_days * DAY_S), "like_count": n, "view_count": 20} | fields


def user(**fields):
    return {"data": {"user": {"username": "polisen", "follower_count": 51200} | fields}} | FINE


def page(*videos, cursor=None, **more):
    place = {"cursor": cursor or 0, "has_more": cursor is not None}
    return {"data": {"videos": list(videos)} | place} | (more or FINE)


def display(pages):
    def play(request):
        if request.url.path == "/v2/user/info/":
            return user(union_id="SENTINEL", avatar_url="https://x")
        return pages[json.loads(request.content).get("cursor")]

    return play


def test_the_account_and_its_videos_are_read_and_no_cover_is_kept(platform, read, rows):
    wire = platform(
        display(
            {
                None: page(video(1, cover_image_url="https://x"), cursor=5),
                5: page(),
            }
        )
    )
    pages = read(source(), wire)
    assert rows(pages, "accounts") == [{"username": "polisen", "follower_count": 51200}]
    assert rows(pages, "posts") == [video(1)]
    assert "cover" not in str(wire.asked[1].url)
    assert wire.asked[1].method == "POST"
    assert json.loads(wire.asked[1].content) == {"max_count": 20}
    assert wire.asked[1].headers["authorization"] == "Bearer act.sentinelTOKEN0123456789"
    assert [p.complete for p in pages if p.stream.name == "posts"] == [False, True]


def test_an_empty_page_that_names_a_next_one_is_no_end_and_the_window_is(platform, read, rows):
    wire = platform(display({
        None: page(video(1), cursor=9), 9: page(cursor=8), 8: page(video(2, 27), video(3, 29), video(4, 40), cursor=7),
    }))  # fmt: skip
    assert [row["id"] for row in rows(read(source(), wire), "posts")] == ["1", "2"]
    assert len(wire.asked) == 4


def test_an_interrupted_crawl_goes_on_from_its_instant(platform, read, rows):
    wire = platform(display({77: page(video(2))}))
    found = read(source(), wire, resume={"posts": Resume(cursor="77", number=4)})
    assert [(p.number, p.complete) for p in found if p.stream.name == "posts"] == [(4, True)]


def test_a_video_without_id_or_with_milliseconds_is_put_aside_alone(platform, read, rows):
    broken = [video(""), video(2, create_time=NOW_S * 1000), video(3, like_count="12"), video(4)]
    pages = read(source(), platform(display({None: page(*broken)})))
    assert [row["id"] for row in rows(pages, "posts")] == ["4"]
    assert [rejected.line for p in pages for rejected in p.rejected] == [1, 2, 3]


@pytest.mark.parametrize(
    ("api", "status", "code", "error"),
    [
        ("display", 401, "access_token_invalid", CredentialError),
        ("display", 401, "scope_not_authorized", CredentialError),
        ("display", 429, "rate_limit_exceeded", DeferredError),
        ("display", 400, "invalid_params", SourceError),
        ("display", 200, "access_token_invalid", CredentialError),
        ("display", 500, "internal_error", SourceError),
        ("business", 200, 40105, CredentialError),
        ("business", 200, 40001, CredentialError),
        ("business", 200, 40100, DeferredError),
        ("business", 200, 40002, SourceError),
        ("business", 200, 50000, SourceError),
    ],
)
def test_a_no_is_understood_whatever_the_status(platform, read, api, status, code, error):  # noqa: PLR0917  # a table
    said = {"error": {"code": code, "message": "quoted"}} if api == "display" else {"code": code, "message": "quoted"}
    body = json.dumps({"data": {}} | said).encode()
    wire = platform(lambda _: httpx.Response(status, content=body, headers={"Retry-After": "600"}))
    with pytest.raises(error, match=str(code)) as raised:
        read(source(api), wire)
    assert "quoted" not in str(raised.value)
    assert len(wire.asked) == (6 if str(code) in {"internal_error", "50000"} else 1)


def business(**played):
    def play(request):
        path, query = request.url.path, dict(request.url.params)
        assert query["business_id"] == "101"
        for part, answer in played.items():
            if path == f"/open_api/v1.3/business/{part}/":
                found = answer(query) if callable(answer) else answer
                return {"code": 0, "message": "OK", "request_id": "r", "data": found}
        raise AssertionError(path)

    return play


def test_the_business_api_brings_reach_and_days_that_end_yesterday(platform, read, rows):
    one = {"item_id": "7", "create_time": str(NOW_S - DAY_S), "caption": "Hitta rätt", "likes": 9, "reach": 15,
           "average_time_watched": 9.4}  # fmt: skip
    day = {"date": "2026-11-18", "video_views": 10, "daily_lost_followers": None}

    def profile(query):
        about = {"username": "polisen", "followers_count": 5}
        return about | ({"metrics": [day | {"audience_activity": [{"hour": "1"}]}]} if "start_date" in query else {})

    listed = {"videos": [one | {"thumbnail_url": "https://x"}], "cursor": 1, "has_more": False}
    wire = platform(business(**{"get": profile, "video/list": listed}))
    pages = read(source("business"), wire)
    assert rows(pages, "accounts") == [{"username": "polisen", "followers_count": 5}]
    assert rows(pages, "posts") == [one]
    assert rows(pages, "account_days") == [{"date": "2026-11-18", "video_views": 10}]
    assert wire.asked[0].headers["access-token"] == "act.sentinelTOKEN0123456789"
    assert "authorization" not in wire.asked[0].headers
    assert "reach" in json.loads(wire.queries[1]["fields"])
    assert (wire.queries[2]["start_date"], wire.queries[2]["end_date"]) == ("2026-10-21", "2026-11-19")


def test_comments_and_replies_leave_their_text_and_names_behind(platform, read, rows):
    def comment(n, **more):
        about = {"unique_identifier": "SENTINEL", "username": "SENTINEL", "owner": False, "replies": 0}
        return {"comment_id": str(n), "create_time": NOW_S + n, "text": "Hur gör man?"} | about | more

    listed = {"videos": [{"item_id": "7", "create_time": str(NOW_S - DAY_S)}], "has_more": False}
    wire = platform(business(**{
        "get": {"username": "polisen"}, "video/list": listed,
        "comment/list": {"comments": [comment(1, replies=1), comment(2, text="Bra!")], "has_more": False},
        "comment/reply/list": lambda query: {
            "comments": [comment(3, owner=True, parent_comment_id=query["comment_id"])], "has_more": False,
        },
    }))  # fmt: skip
    pages = read(source("business", Pseudonyms(SecretStr("k" * 32))), wire)
    found = {row["id"]: row for row in rows(pages, "comments")}
    assert {key: (row.get("parent_id"), row["is_ours"], row.get("kind")) for key, row in found.items()} == {
        "1": (None, False, "question"), "2": (None, False, "comment"), "3": ("1", True, None),
    }  # fmt: skip
    assert "SENTINEL" not in json.dumps([*found.values()])
    assert sum("reply" in path for path in wire.paths) == 1
