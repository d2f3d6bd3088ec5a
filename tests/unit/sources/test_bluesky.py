from __future__ import annotations

import json
from datetime import UTC, datetime

import httpx
import pytest
from pydantic import SecretStr

from pipelines.errors import ConfigurationError, CredentialError, DeferredError, SourceError
from pipelines.settings import BlueskySettings
from pipelines.sources.base import Account, Resume
from pipelines.sources.bluesky.client import Bluesky
from pipelines.sources.comments import Pseudonyms
from pipelines.sources.http import GoneError

US, THEM = "did:plc:usaaaaaaaaaaaaaaaaaaaaaa", "did:plc:themaaaaaaaaaaaaaaaaaaaa"
PROFILE = {"did": US, "handle": "polisen.example", "followersCount": 8120, "description": "hemligt"}
KEY = Pseudonyms(SecretStr("k" * 32))


def source(**settings):
    return Bluesky(BlueskySettings(**({"counter_checks": 0} | settings)))


def post(key, day, by=US, reply=None, indexed=None, **more):
    written = {"$type": "app.bsky.feed.post", "text": f"text {key}", "createdAt": f"2026-11-{day:02d}T10:00:00.000Z"}
    if reply:
        written["reply"] = {"root": {"uri": reply[0]}, "parent": {"uri": reply[1]}}
    return {"uri": uri(key, by), "cid": f"bafy{key}", "author": {"did": by, "handle": "hemligt.example"},
            "record": written, "indexedAt": indexed or written["createdAt"], "likeCount": 3, "replyCount": 0,
            **more}  # fmt: skip


def uri(key, by=US):
    return f"at://{by}/app.bsky.feed.post/{key}"


def served(feeds, threads=None):
    def play(request):
        method, params = request.url.path.removeprefix("/xrpc/"), request.url.params
        if method == "app.bsky.actor.getProfile":
            return PROFILE
        if method == "app.bsky.feed.getAuthorFeed":
            return feeds[params.get("cursor")]
        return threads.get(params["uri"], (400, {"error": "NotFound", "message": "Post not found"}))

    return play


def feed(*posts, cursor=None):
    items = [item if "post" in item else {"post": item} for item in posts]
    return {"feed": items} | ({"cursor": cursor} if cursor else {})


def test_what_is_public_is_read_without_a_token_and_nothing_else_is_kept(platform, read, rows):
    wire = platform(served({None: feed(post("a", 19))}))
    pages = read(source(), wire, native_id=US)
    assert rows(pages, "accounts") == [{"did": US, "handle": "polisen.example", "followersCount": 8120}]
    [kept] = rows(pages, "posts")
    assert kept["record"] == {"text": "text a", "createdAt": "2026-11-19T10:00:00.000Z"}
    assert "author" not in kept
    assert {request.url.host for request in wire.asked} == {"public.api.bsky.app"}
    assert not any("authorization" in request.headers for request in wire.asked)


def test_an_app_password_is_sent_to_the_login_server_only(platform, read):
    wire = platform(served({None: feed()}))
    asked = source(tokens={US: SecretStr("sentinel-app-password")}, login_url="https://pds.polisen.example")
    asked._settings.hold(US, SecretStr("sentinel-session")) if hasattr(asked._settings, "hold") else None
    read(asked, wire, native_id=US)
    assert {request.url.host for request in wire.asked} == {"pds.polisen.example"}
    assert all(request.headers["authorization"].startswith("Bearer sentinel") for request in wire.asked)


def test_reposts_and_pins_are_not_posts_of_ours(platform, read, rows):
    repost = {"post": post("b", 19, by=THEM), "reason": {"$type": "app.bsky.feed.defs#reasonRepost"}}
    own_repost = {"post": post("c", 12), "reason": {"$type": "app.bsky.feed.defs#reasonRepost"}}
    pin = {"post": post("a", 1), "reason": {"$type": "app.bsky.feed.defs#reasonPin"}}
    pages = read(source(), platform(served({None: feed(pin, repost, own_repost, post("d", 15))})), native_id=US)
    assert [row["uri"] for row in rows(pages, "posts")] == [uri("d")]


def test_the_crawl_ends_where_feeds_are_older_than_the_window_whatever_createdat_claims(platform, read, rows):
    future = post("a", 30, indexed="2026-11-19T10:00:00.000Z")
    backdated = post("c", 1, indexed="2026-11-18T10:00:00.000Z")
    wire = platform(served({None: feed(future, cursor="1"), "1": feed(cursor="2"),
                            "2": feed(post("b", 18), backdated, cursor="3")}))  # fmt: skip
    pages = [p for p in read(source(), wire, native_id=US, post_window_days=14) if p.stream.name == "posts"]
    assert [row["uri"] for row in rows(pages, "posts")] == [uri("a"), uri("b")]
    assert [(p.number, p.next_cursor, p.complete) for p in pages] == [(1, "1", False), (2, "2", False), (3, None, True)]
    assert pages[0].window == (datetime(2026, 11, 6, 12, tzinfo=UTC), datetime(2026, 11, 20, 12, tzinfo=UTC))


def test_an_interrupted_crawl_goes_on_where_it_stopped_and_a_circle_is_an_error(platform, read):
    wire = platform(served({"7": feed(post("a", 19), cursor="7")}))
    with pytest.raises(SourceError, match="circles"):
        read(source(), wire, native_id=US, resume={"posts": Resume(cursor="7", number=4)})


def test_a_poisoned_post_is_set_aside_and_the_others_land(platform, read, rows):
    poisoned = post("b", 18) | {"likeCount": "3"}
    pages = read(source(), platform(served({None: feed(post("a", 19), poisoned)})), native_id=US)
    assert [row["uri"] for row in rows(pages, "posts")] == [uri("a")]
    assert [one.reason for page in pages for one in page.rejected] == [
        "Expected `int | null`, got `str` - at `$.likeCount`"
    ]


def test_a_post_that_our_decoder_refuses_is_set_aside_with_what_it_says_and_a_repost_is_nobodys(platform, read, rows):
    half, repost = (
        post("b", 18),
        {"post": post("c", 17, by=THEM), "reason": {"$type": "app.bsky.feed.defs#reasonRepost"}},
    )
    repost["post"]["cid"] = half["cid"] = "half"
    body = json.dumps(feed(post("a", 19), repost, half)).replace('"half"', r'"\ud83d"').encode()
    pages = read(source(), platform(served({None: httpx.Response(200, content=body)})), native_id=US)
    assert [row["uri"] for row in rows(pages, "posts")] == [uri("a")]
    [aside] = [one for page in pages for one in page.rejected]
    assert aside.line == 3
    assert json.loads(aside.content)["uri"] == uri("b")


def told(pages):
    return [(one.line, one.content and json.loads(one.content)["uri"]) for page in pages for one in page.rejected]


@pytest.mark.parametrize("flaw", [{}, {"likeCount": "3"}, {"cid": "half"}], ids=["sound", "refused", "poisoned"])
@pytest.mark.parametrize("author", [{"author": {"did": THEM}}, {"author": {"did": None}}, {"author": 7}, {}], ids=str)
def test_of_anothers_post_nothing_is_kept_whether_it_fits_or_not(platform, read, rows, author, flaw):
    theirs = {key: value for key, value in post("b", 18, by=THEM).items() if key != "author"} | author | flaw
    body = json.dumps(feed(theirs, post("a", 15))).replace('"half"', r'"\ud83d"').encode()
    pages = read(source(), platform(served({None: httpx.Response(200, content=body)})), native_id=US)
    assert [row["uri"] for row in rows(pages, "posts")] == [uri("a")]
    assert told(pages) == []


@pytest.mark.parametrize("address", ["at://them.example/app.bsky.feed.post/b", "https://bsky.app/b", "", 7, None])
@pytest.mark.parametrize("author", [US, THEM, 7, None])
def test_where_the_uri_does_not_say_whose_a_post_is_its_author_does_and_else_nothing_of_it_is_kept(
    platform, read, rows, author, address
):
    odd = post("b", 1, replyCount=1) | {"uri": address, "author": {"did": author}}
    wire = platform(served({None: feed(odd, cursor="1"), "1": feed(post("a", 19))}))
    pages = read(Bluesky(BlueskySettings(counter_checks=0), KEY), wire, native_id=US, comment_days=30)
    assert not [request for request in wire.asked if "Thread" in request.url.path]
    assert [row["uri"] for row in rows(pages, "posts")] == [uri("a")]
    kept = {US: [1], THEM: []}.get(author, [1])
    assert [one.line for page in pages for one in page.rejected] == kept
    assert all((one.content is not None) == (author == US) for page in pages for one in page.rejected)


def test_where_uri_and_author_differ_nothing_is_kept_and_it_is_told(platform, read):
    differ = post("b", 18, by=THEM) | {"author": {"did": US}}
    assert told(read(source(), platform(served({None: feed(differ)})), native_id=US)) == [(1, None)]


@pytest.mark.parametrize("author", [{"did": None}, {"did": 7}, {"did": THEM}, [], None])
def test_a_refused_post_in_our_own_repository_is_set_aside_whatever_its_author_says(platform, read, author):
    refused = post("b", 18) | {"likeCount": "3", "author": author}
    repost = {"post": post("c", 17, by=THEM), "reason": {"$type": "app.bsky.feed.defs#reasonRepost"}}
    pages = read(source(), platform(served({None: feed(repost, post("a", 19), refused)})), native_id=US)
    assert told(pages) == [(3, uri("b"))]


def test_the_crawl_ends_at_posts_that_are_too_old_also_where_none_of_them_fits(platform, read):
    feeds = {None: feed(post("a", 19) | {"likeCount": "3"}, cursor="1"),
             "1": feed(post("b", 2) | {"likeCount": "3"}, cursor="2"), "2": feed(post("c", 1))}  # fmt: skip
    wire = platform(served(feeds))
    pages = read(source(), wire, native_id=US, post_window_days=14)
    assert [request.url.params.get("cursor") for request in wire.asked if "Feed" in request.url.path] == [None, "1"]
    assert told(pages) == [(1, uri("a"))]


@pytest.mark.parametrize("sign", ["x", r"\ud83d"], ids=["sound", "poisoned elsewhere"])
@pytest.mark.parametrize(
    "odd", [None, 7, 10**400, 0.5, True, "post", ["post"], {}, {"post": None}, {"post": 1}], ids=str
)
def test_what_is_no_item_is_set_aside_and_the_others_land(platform, read, rows, odd, sign):
    body = {"feed": [{"post": post("a", 19)}, odd, {"post": post("b", 18)}], "more": "sign"}
    answer = httpx.Response(200, content=json.dumps(body).replace('"sign"', f'"{sign}"').encode())
    pages = read(source(), platform(served({None: answer})), native_id=US)
    assert [row["uri"] for row in rows(pages, "posts")] == [uri("a"), uri("b")]
    assert [one.line for page in pages for one in page.rejected] == [2]


def test_a_cursor_that_cannot_be_read_is_an_error_and_not_the_end(platform, read):
    body = json.dumps(feed(post("a", 19), cursor="huge")).replace('"huge"', "1e999").encode()
    with pytest.raises(SourceError, match="unexpected content"):
        read(source(), platform(served({None: httpx.Response(200, content=body)})), native_id=US)


def test_questions_and_answers_are_read_without_text_and_only_where_there_are_some(platform, read, rows):
    question = post("q", 19, by=THEM, reply=(uri("a"), uri("a")), replyCount=1)
    question["record"]["text"] = "Var bor hemlighet?"
    answer = post("r", 19, reply=(uri("a"), uri("q", THEM)))
    own = {"post": post("b", 19, reply=(uri("a"), uri("a"))), "replies": [
        {"post": post("s", 19, by=THEM, reply=(uri("a"), uri("b")))}]}  # fmt: skip
    thread = {"thread": {"post": post("a", 19), "replies": [
        {"post": question, "replies": [{"post": answer}]}, own,
        {"$type": "app.bsky.feed.defs#notFoundPost", "uri": "at://x", "notFound": True}]}}  # fmt: skip
    posts = [post("a", 19, replyCount=3), post("b", 19, replyCount=1), post("c", 18), post("d", 2, replyCount=9)]
    posts += [post(key, 19, replyCount=n) | {"likeCount": "3"} for key, n in (("e", 1), ("f", 0))]  # set aside
    wire = platform(served({None: feed(*posts)}, {uri("a"): thread}))
    pages = read(Bluesky(BlueskySettings(counter_checks=0), KEY), wire, native_id=US, comment_days=7)
    found = {row["id"]: row for row in rows(pages, "comments")}
    asked_as = uri("q", THEM).replace(THEM, KEY.of("bluesky", THEM))  # the asker's did would undo the hash beside it
    assert set(found) == {asked_as, uri("r")}
    assert found[asked_as] == {
        "id": asked_as, "post_id": uri("a"), "is_ours": False, "created_at": "2026-11-19T10:00:00+00:00",
        "author": KEY.of("bluesky", THEM), "kind": "question",
    }  # fmt: skip
    assert found[uri("r")]["parent_id"] == asked_as
    assert found[uri("r")]["is_ours"]
    assert "hemlighet" not in repr(pages)
    assert THEM not in repr([page for page in pages if page.stream.name == "comments"])
    asked = [request.url.params["uri"] for request in wire.asked if "getPostThread" in request.url.path]
    assert asked == [uri("a"), uri("b"), uri("e")]


@pytest.mark.parametrize("name", ["ExpiredToken", "InvalidToken", "AuthMissing"])
def test_a_refused_session_is_a_credential_error_although_it_comes_as_400(platform, read, name):
    wire = platform(lambda _r: (400, {"error": name, "message": "Token has expired"}))
    with pytest.raises(CredentialError, match=name):
        read(source(), wire, native_id=US)
    assert len(wire.asked) == 1


def test_an_account_that_is_not_there_is_told(platform, read):
    wire = platform(lambda _r: (400, {"error": "InvalidRequest", "message": "Profile not found"}))
    with pytest.raises(GoneError):
        read(source(), wire, native_id=US)


def test_a_limit_is_waited_for_until_the_server_says(platform, read):
    reset = int(datetime(2026, 11, 20, 12, 10, tzinfo=UTC).timestamp())
    headers = {"RateLimit-Limit": "3000", "RateLimit-Remaining": "0", "RateLimit-Reset": str(reset),
               "Date": "Fri, 20 Nov 2026 12:00:00 GMT"}  # fmt: skip
    wire = platform(lambda _r: httpx.Response(429, json={"error": "RateLimitExceeded"}, headers=headers))
    with pytest.raises(DeferredError) as caught:
        read(source(), wire, native_id=US)
    assert caught.value.seconds == pytest.approx(600, abs=2)
    assert len(wire.asked) == 1


def test_accounts_with_and_without_a_password_are_two_places():
    accounts = [
        Account(account_id=f"bluesky:{did}", platform="bluesky", native_id=did, unit_id="") for did in (US, THEM)
    ]
    asked = source(tokens={US: SecretStr("sentinel-app-password")})
    assert [place.base_url for place in asked.endpoints(accounts)] == [
        "https://bsky.social",
        "https://public.api.bsky.app",
    ]


def test_an_account_named_by_its_handle_is_refused_before_anything_is_asked():
    handle = Account(account_id="bluesky:a.example", platform="bluesky", native_id="a.example", unit_id="u")
    with pytest.raises(ConfigurationError, match="did"):
        source().endpoints([handle])
