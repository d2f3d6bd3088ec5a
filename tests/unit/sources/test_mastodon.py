from __future__ import annotations

import httpx
import pytest
from pydantic import SecretStr

from pipelines.errors import ConfigurationError, CredentialError, DeferredError, SourceError
from pipelines.settings import MastodonSettings
from pipelines.sources.base import Account
from pipelines.sources.comments import Pseudonyms
from pipelines.sources.http import GoneError
from pipelines.sources.mastodon.client import Mastodon
from pipelines.sources.mastodon.statuses import plain

KEY = Pseudonyms(SecretStr("k" * 32))
HERE = "109@social.example"
ACCOUNT = {"id": "109", "username": "polisen", "followers_count": 1210, "note": "<p>hemligt</p>"}


def source(**settings):
    return Mastodon(MastodonSettings(**({"counter_checks": 0} | settings)))


def status(native_id, day, by="109", **more):
    return {"id": str(native_id), "created_at": f"2026-11-{day:02d}T10:00:00.000Z", "content": "<p>Hej</p>",
            "visibility": "public", "account": {"id": by, "uri": f"https://there.example/{by}"},
            "replies_count": 0, **more}  # fmt: skip


def served(pages, contexts=None):
    def play(request):
        path = request.url.path
        if path == "/api/v2/instance":
            return {"version": "4.7.0"}
        if path.endswith("/context"):
            return contexts.get(path.split("/")[-2], (404, {"error": "Hittades inte"}))
        if not path.endswith("/statuses"):
            return ACCOUNT
        statuses, following = pages[request.url.params.get("max_id")]
        link = f'<https://evil.example/?limit=40&max_id={following}>; rel="next", <https://x/?min_id=9>; rel="prev"'
        headers = {"Date": "Fri, 20 Nov 2026 12:00:00 GMT"} | ({"Link": link} if following else {})
        return httpx.Response(200, json=statuses, headers=headers)

    return play


def test_the_account_is_read_at_home_and_the_next_page_too_whatever_its_address_says(platform, read, rows):
    wire = platform(served({None: ([status(5, 19)], "5"), "5": ([status(4, 18)], "4"), "4": ([], None)}))
    pages = read(source(), wire, native_id=HERE)
    assert rows(pages, "accounts") == [{"id": "109", "username": "polisen", "followers_count": 1210}]
    assert [row["id"] for row in rows(pages, "posts")] == ["5", "4"]
    assert {request.url.host for request in wire.asked} == {"social.example"}
    assert {page.api_version_answered for page in pages} == {"4.7.0"}
    assert [p.complete for p in pages if p.stream.name == "posts"] == [False, False, True]


def test_an_empty_page_ends_the_crawl_though_a_next_one_is_named(platform, read):
    wire = platform(served({None: ([status(5, 19)], "5"), "5": ([], "5")}))
    assert read(source(), wire, native_id=HERE)[-1].complete


def test_boosts_messages_and_others_posts_are_not_ours(platform, read, rows):
    boost = status(9, 19, reblog=status(1, 1, by="7"))
    message = status(8, 19, visibility="direct", content="<p>hemligt</p>")
    pages = read(source(), platform(served({None: ([boost, message, status(7, 19, by="7"), status(6, 19)], None)})),
                 native_id=HERE)  # fmt: skip
    assert [row["id"] for row in rows(pages, "posts")] == ["6"]
    assert "hemligt" not in repr(pages)


def test_counts_that_a_server_does_not_have_stay_away(platform, read, rows):
    bare = {"id": "01HGTS", "created_at": "2026-11-19T10:00:00Z", "account": {"id": "109"}}
    pages = read(source(), platform(served({None: ([bare], None)})), native_id=HERE)
    assert rows(pages, "posts") == [{"id": "01HGTS", "created_at": "2026-11-19T10:00:00Z"}]


def test_the_crawl_ends_at_the_window(platform, read, rows):
    wire = platform(served({None: ([status(5, 19), status(4, 2)], "4")}))
    pages = read(source(), wire, native_id=HERE, post_window_days=14)
    assert [row["id"] for row in rows(pages, "posts")] == ["5"]
    assert pages[-1].complete
    assert pages[-1].next_cursor is None


def test_each_token_goes_to_its_own_server(platform, read):
    wire = platform(served({None: ([], None)}))
    asked = source(tokens={HERE: SecretStr("sentinel-here"), "7@toots.example": SecretStr("sentinel-there")})
    for native_id in (HERE, "7@toots.example", "8@open.example"):
        read(asked, wire, native_id=native_id)
    sent = {(request.url.host, request.headers.get("authorization")) for request in wire.asked}
    assert sent == {("social.example", "Bearer sentinel-here"), ("toots.example", "Bearer sentinel-there"),
                    ("open.example", None)}  # fmt: skip


def accounts(*native_ids):
    return [Account(account_id=f"mastodon:{one}", platform="mastodon", native_id=one, unit_id="") for one in native_ids]


def test_one_token_for_two_servers_is_refused_before_anything_is_asked():
    shared = source(token=SecretStr("sentinel-shared"))
    assert len(shared.endpoints(accounts(HERE, "110@social.example"))) == 1
    with pytest.raises(ConfigurationError, match="2 servers"):
        shared.endpoints(accounts(HERE, "7@toots.example"))
    own = source(token=SecretStr("sentinel-shared"), tokens={"7@toots.example": SecretStr("sentinel-own")})
    assert len(own.endpoints(accounts(HERE, "7@toots.example"))) == 2


def test_an_account_that_names_no_server_is_told():
    with pytest.raises(ConfigurationError, match="does not say on which server"):
        source().endpoints(accounts("109"))


def test_questions_and_answers_are_read_without_text(platform, read, rows):
    question = status(11, 19, by="7", in_reply_to_id="5", content="<p>Var bor <b>hemlighet</b>?</p>")
    private = status(12, 19, by="8", in_reply_to_id="5", visibility="direct")
    answer = status(13, 19, in_reply_to_id="11")
    ours = status(14, 19, in_reply_to_id="5")
    under_ours = status(15, 19, by="7", in_reply_to_id="14")
    context = {"ancestors": [], "descendants": [question, private, answer, ours, under_ours]}
    wire = platform(served({None: ([status(5, 19, replies_count=3), status(4, 18)], None)}, {"5": context}))
    pages = read(Mastodon(MastodonSettings(counter_checks=0), KEY), wire, native_id=HERE)
    assert rows(pages, "comments") == [
        {"id": "11", "post_id": "5", "is_ours": False, "created_at": "2026-11-19T10:00:00+00:00",
         "author": KEY.of("mastodon", "https://there.example/7"), "kind": "question"},
        {"id": "13", "post_id": "5", "is_ours": True, "created_at": "2026-11-19T10:00:00+00:00", "parent_id": "11"},
    ]  # fmt: skip
    assert "hemlighet" not in repr(pages)
    assert sum(path.endswith("/context") for path in wire.paths) == 1


def test_a_post_that_went_in_between_has_no_answers(platform, read):
    wire = platform(served({None: ([status(5, 19, replies_count=3)], None)}, {}))
    assert read(Mastodon(MastodonSettings(counter_checks=0), KEY), wire, native_id=HERE)[-1].stream.name == "posts"


def test_a_limit_is_waited_for_until_an_iso_instant(platform, read):
    headers = {"X-RateLimit-Limit": "300", "X-RateLimit-Remaining": "0", "Date": "Fri, 20 Nov 2026 12:00:00 GMT",
               "X-RateLimit-Reset": "2026-11-20T12:10:00.123456Z"}  # fmt: skip
    wire = platform(lambda _r: httpx.Response(429, json={"error": "För många"}, headers=headers))
    with pytest.raises(DeferredError) as caught:
        read(source(), wire, native_id=HERE)
    assert caught.value.seconds == pytest.approx(601, abs=2)


def test_a_server_that_wants_a_token_says_so_once(platform, read):
    wire = platform(lambda _r: (401, {"error": "This method requires an authenticated user"}))
    with pytest.raises(CredentialError) as caught:
        read(source(), wire, native_id=HERE)
    assert "own server" in caught.value.do
    assert len(wire.asked) == 1


def test_an_account_that_has_gone_is_told(platform, read):
    wire = platform(lambda r: (410, {"error": "Gone"}) if "accounts" in r.url.path else {"version": "4.7.0"})
    with pytest.raises(GoneError):
        read(source(), wire, native_id=HERE)


def test_a_next_page_without_a_place_is_an_error(platform, read):
    page = httpx.Response(200, json=[status(5, 19)], headers={"Link": '<https://x/?page=2>; rel="next"'})
    wire = platform(lambda r: page if r.url.path.endswith("/statuses") else ACCOUNT)
    with pytest.raises(SourceError, match="not where"):
        read(source(), wire, native_id=HERE)


def test_html_is_read_as_people_see_it():
    assert plain("<p>a<br>b</p><p>1 &lt; 2 <a href='x'>https://<i>e.se</i></a></p>") == "a\nb\n1 < 2 https://e.se"
