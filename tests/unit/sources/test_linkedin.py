from __future__ import annotations

import json
from datetime import UTC, datetime
from urllib.parse import unquote

import pytest
from pydantic import SecretStr

from pipelines.errors import CredentialError, DeferredError, SourceError
from pipelines.settings import LinkedInSettings
from pipelines.sources.comments import Pseudonyms
from pipelines.sources.linkedin.client import LinkedIn

NOW_MS = 1795176000000  # the fixture's now, 2026-11-20 12:00 UTC
DAY_MS = 86_400_000


def source(pseudonyms=None):
    return LinkedIn(LinkedInSettings(token=SecretStr("AQVsentinelTOKEN0123456789")), pseudonyms)


def urn(n, kind="share"):
    return f"urn:li:{kind}:{n}"


def post(n, kind="share", age_days=1.0, **fields):
    at = NOW_MS - round(age_days * DAY_MS)
    return {"id": urn(n, kind), "author": "urn:li:organization:101", "commentary": "Vi söker.", "publishedAt": at,
            "createdAt": at, "lastModifiedAt": at, "lifecycleState": "PUBLISHED"} | fields  # fmt: skip


def elements(*found, start=0, count=100):
    return {"paging": {"start": start, "count": count, "links": []}, "elements": list(found)}


class Wire:
    """A page of LinkedIn, played: `posts` by offset, everything else empty unless told."""

    def __init__(self, posts=(), statistics=None, **more):
        self.posts, self.statistics, self.more = posts, statistics or {}, more

    def __call__(self, request):
        path, query = unquote(request.url.path), dict(request.url.params)
        self.before(path, query)
        start, count = int(query.get("start", 0)), int(query.get("count", 10))
        for part, played in self.more.items():
            if part in path:
                return played(query) if callable(played) else played
        if path.startswith("/rest/networkSizes/"):
            return {"firstDegreeSize": 15320}
        if path == "/rest/posts":
            return elements(*self.posts[start : start + count], start=start, count=count)
        if "shares" in query or "ugcPosts" in query:
            name = "share" if "shares" in query else "ugcPost"
            asked = query[name + "s"].removeprefix("List(").removesuffix(")").split(",")
            told = [u for u in asked if u in self.statistics]
            return elements(*({name: u, "totalShareStatistics": self.statistics[u]} for u in told), count=count)
        return elements(count=count)

    def before(self, path, query):
        """Called ahead of each answer."""


def test_followers_posts_and_their_statistics_are_read_and_nothing_else_is_kept(platform, read, rows):
    posts = [post(1, content={"media": {"id": "x"}}), post(2, "ugcPost")]
    wire = platform(Wire(posts, {urn(1): {"impressionCount": 9, "engagement": 0.5, "videoViews": 3}}))
    pages = read(source(), wire)
    assert rows(pages, "accounts") == [{"firstDegreeSize": 15320}]
    assert rows(pages, "posts") == [post(1), post(2, "ugcPost")]
    assert rows(pages, "post_statistics") == [
        {"id": urn(1), "status": "ok", "totalShareStatistics": {"impressionCount": 9, "engagement": 0.5}},
        {"id": urn(2, "ugcPost"), "status": "silent"},
    ]
    assert [p.complete for p in pages if p.stream.name == "posts"][-1]
    assert {request.headers["linkedin-version"] for request in wire.asked} == {"202607"}
    assert {request.headers["x-restli-protocol-version"] for request in wire.asked} == {"2.0.0"}


def test_a_draft_is_listed_but_has_no_statistics_that_could_be_taken_for_nought(platform, read, rows):
    pages = read(source(), platform(Wire([post(1), post(2, lifecycleState="DRAFT")])))
    assert [row["id"] for row in rows(pages, "posts")] == [urn(1), urn(2)]
    assert [row["id"] for row in rows(pages, "post_statistics")] == [urn(1)]


def test_structures_go_out_with_raw_brackets_and_encoded_urns(platform, read):
    wire = platform(Wire([post(1), post(2), post(3, "ugcPost")]))
    read(source(), wire)
    raw = [request.url.raw_path.decode() for request in wire.asked]
    asked = [path for path in raw if "shares=" in path or "ugcPosts=" in path]
    assert "&shares=List(urn%3Ali%3Ashare%3A1,urn%3Ali%3Ashare%3A2)&" in asked[0]
    assert "&ugcPosts=List(urn%3Ali%3AugcPost%3A3)&" in asked[1]
    assert not any("shares=" in path and "ugcPosts=" in path for path in raw)
    [days] = [path for path in raw if "ShareStatistics" in path and "timeIntervals" in path]
    start, end = (datetime(2026, *day, tzinfo=UTC).timestamp() * 1000 for day in ((10, 21), (11, 20)))
    assert f"timeIntervals=(timeRange:(start:{start:.0f},end:{end:.0f}),timeGranularityType:DAY)" in days
    [followers] = [path for path in raw if "FollowerStatistics" in path]
    assert f"end:{datetime(2026, 11, 18, tzinfo=UTC).timestamp() * 1000:.0f})" in followers


def test_a_post_that_comes_between_two_pages_or_goes_loses_none(platform, read, rows):
    wire = Wire([post(n, age_days=n / 100) for n in range(1, 251)])

    asked = []

    def shift(path, query):
        asked.extend([query] if path == "/rest/posts" else [])
        if path == "/rest/posts" and len(asked) == 2:
            wire.posts = [post(999, age_days=0), *wire.posts]
        elif path == "/rest/posts" and len(asked) == 3:
            wire.posts = wire.posts[5:]

    wire.before = shift
    found = [row["id"] for row in rows(read(source(), platform(wire)), "posts")]
    assert len(found) == len(set(found))
    assert {urn(n) for n in range(1, 251)} <= set(found)


def test_a_short_page_in_the_middle_is_no_end(platform, read, rows):
    def some(query):
        start = int(query["start"])
        own = [post(n) for n in range(1, 151) if start < n <= start + 100 and not 20 < n < 60]
        return elements(*own, start=start)

    found = rows(read(source(), platform(Wire(**{"/rest/posts": some}))), "posts")
    assert len(found) == 150 - 39


def test_the_window_ends_the_listing_by_the_last_change(platform, read, rows):
    edited = post(3, age_days=300, lastModifiedAt=NOW_MS - DAY_MS)
    wire = platform(Wire([post(1), edited, post(2, age_days=27), *(post(n, age_days=40) for n in range(10, 200))]))
    found = read(source(), wire)
    assert [row["id"] for row in rows(found, "posts")] == [urn(1), urn(3), urn(2)]
    assert sum(path == "/rest/posts" for path in wire.paths) == 1
    assert [row["status"] for row in rows(found, "post_statistics")] == ["silent"] * 3


def test_a_post_of_last_year_that_is_left_out_is_not_said_to_be_silent(platform, read, rows):
    old = post(1, age_days=366, lastModifiedAt=NOW_MS)
    assert rows(read(source(), platform(Wire([old]))), "post_statistics") == [{"id": urn(1), "status": "forgotten"}]


def test_a_full_page_of_statistics_does_not_make_the_others_silent(platform, read, rows):
    told = {urn(n): {"likeCount": n} for n in range(1, 26)}
    wire = Wire([post(n) for n in range(1, 26)], told)

    def ten(query):
        asked = query.get("shares", "").removeprefix("List(").removesuffix(")").split(",")
        found = [{"share": u, "totalShareStatistics": told[u]} for u in asked if u in told][:10]
        return elements(*found, count=10)

    wire.more = {"organizationalEntityShareStatistics": ten}
    found = rows(read(source(), platform(wire)), "post_statistics")
    assert {row["id"]: row["totalShareStatistics"] for row in found} == told


def test_statistics_that_cannot_be_read_make_nobody_silent(platform, read, rows):
    def broken(query):
        return elements({"share": 17}, {"share": urn(2), "totalShareStatistics": {"likeCount": "12"}})

    pages = read(source(), platform(Wire([post(1), post(2)], organizationalEntityShareStatistics=broken)))
    assert rows(pages, "post_statistics") == []
    assert [len(page.rejected) for page in pages if page.stream.name == "post_statistics"] == [2]


def test_a_day_with_more_likes_withdrawn_than_given_is_kept(platform, read, rows):
    day = {"timeRange": {"start": NOW_MS, "end": NOW_MS + DAY_MS}, "totalShareStatistics": {"likeCount": -3}}
    wire = Wire(organizationalEntityShareStatistics=lambda _: elements({"organizationalEntity": "x", **day}))
    assert rows(read(source(), platform(wire)), "share_statistics") == [day]


def test_comments_are_told_apart_and_leave_their_text_and_names_behind(platform, read, rows):
    def comment(n, actor, text, **more):
        created = {"actor": actor, "time": NOW_MS + n}
        return {"id": str(n), "actor": actor, "object": "urn:li:activity:7", "created": created,
                "commentUrn": f"urn:li:comment:(urn:li:activity:7,{n})", "message": {"text": text}} | more  # fmt: skip

    person, ours = "urn:li:person:SENTINEL", "urn:li:organization:101"
    first = comment(6, person, "Hur söker man?", commentsSummary={"totalFirstLevelComments": 1})
    quiet = comment(8, person, "Bra!", commentsSummary={"totalFirstLevelComments": 0})

    def play(path):
        return elements(comment(7, ours, "Via webben.")) if "urn:li:comment" in path else elements(first, quiet)

    wire = platform(lambda request: play(unquote(request.url.path)) if "socialActions" in request.url.path
                    else Wire([post(1), post(2, age_days=20)])(request))  # fmt: skip
    pages = read(source(Pseudonyms(SecretStr("k" * 32))), wire)
    found = {row["id"][-2]: row for row in rows(pages, "comments")}
    assert {key: (row["post_id"], row["is_ours"], row.get("kind")) for key, row in found.items()} == {
        "6": (urn(1), False, "question"), "7": (urn(1), True, None), "8": (urn(1), False, "comment"),
    }  # fmt: skip
    assert found["7"]["parent_id"] == found["6"]["id"]
    assert "SENTINEL" not in json.dumps([*found.values()])
    assert sum("socialActions" in path for path in wire.paths) == 2


@pytest.mark.parametrize(
    ("no", "error", "says"),
    [
        ((401, {"status": 401, "serviceErrorCode": 65601, "code": "REVOKED_ACCESS_TOKEN"}), CredentialError, "65601"),
        ((403, {"status": 403, "serviceErrorCode": 100, "code": "ACCESS_DENIED"}), CredentialError, "permission"),
        ((426, {"status": 426, "code": "NONEXISTENT_VERSION"}), SourceError, "switched off"),
        ((429, {"status": 429, "serviceErrorCode": 101, "code": "TOO_MANY_REQUESTS"}), DeferredError, "limit"),
    ],
)
def test_a_no_is_understood_and_asked_for_once(platform, read, no, error, says):
    wire = platform(lambda _: (no[0], no[1] | {"message": "quotes what was asked"}))
    with pytest.raises(error, match=says) as raised:
        read(source(), wire)
    assert len(wire.asked) == 1
    assert "quotes" not in str(raised.value)
    if error is DeferredError:  # until 00:05 UTC: nobody is told when, but everybody's day ends then
        assert raised.value.seconds == pytest.approx(12 * 3600 + 300, rel=0.11)
