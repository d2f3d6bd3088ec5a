from __future__ import annotations

import pytest
from pydantic import SecretStr

from pipelines.errors import CredentialError, SourceError
from pipelines.settings import XSettings
from pipelines.sources.base import Resume
from pipelines.sources.comments import Pseudonyms
from pipelines.sources.http import ExhaustedError, GoneError
from pipelines.sources.x.client import X

USER = {"data": {"id": "42", "username": "polisen", "location": "x", "public_metrics": {"followers_count": 90210}}}


def source(vocabulary="tweet"):
    return X(XSettings(enabled=True, vocabulary=vocabulary, token=SecretStr("AAAAsentinelBEARER012345")))


def post(n, **fields):
    return {"id": str(n), "text": "Larma 112.", "public_metrics": {"like_count": 51, "impression_count": 8120}} | fields


def page(*posts, token=None):
    meta = {"result_count": len(posts)} | ({"next_token": token} if token else {})
    return {"meta": meta} | ({"data": list(posts)} if posts else {})


def timeline(pages):
    def play(request):
        return pages[request.url.params.get("pagination_token")] if request.url.path.endswith("/tweets") else USER

    return play


def test_account_and_posts_are_read_and_nothing_else_is_kept(platform, read, rows):
    pages = read(source(), platform(timeline({None: page(post(1, geo={"place_id": "x"}))})), native_id="42")
    assert rows(pages, "accounts") == [
        {"id": "42", "username": "polisen", "public_metrics": {"followers_count": 90210}}
    ]
    assert rows(pages, "posts") == [post(1)]


@pytest.mark.parametrize(
    ("vocabulary", "old", "new"), [("tweet", "tweet.fields", "post.fields"), ("post", "post.fields", "tweet.fields")]
)
def test_one_vocabulary_is_sent_and_it_is_the_configured_one(platform, read, vocabulary, old, new):
    wire = platform(timeline({None: page()}))
    read(source(vocabulary), wire, native_id="42")
    assert old in wire.queries[1]
    assert new not in wire.queries[1]


def test_both_vocabularies_are_understood_in_the_answer(platform, read, rows):
    old = post(1, edit_history_tweet_ids=["1"], public_metrics={"retweet_count": 12})
    new = post(3, edit_history_post_ids=["2", "3"], public_metrics={"repost_count": 12})
    pages = read(source(), platform(timeline({None: page(old, new)})), native_id="42")
    assert rows(pages, "posts") == [old, new]


def test_reposts_keep_their_reference_so_that_they_can_be_told_apart(platform, read, rows):
    repost = post(1, referenced_tweets=[{"type": "retweeted", "id": "9"}])
    pages = read(source(), platform(timeline({None: page(repost)})), native_id="42")
    assert rows(pages, "posts")[0]["referenced_tweets"] == [{"type": "retweeted", "id": "9"}]


def test_an_empty_page_with_a_token_does_not_end_the_crawl(platform, read, rows):
    wire = platform(timeline({None: page(token="a"), "a": page(post(1), token="b"), "b": page()}))
    pages = [p for p in read(source(), wire, native_id="42") if p.stream.name == "posts"]
    assert [(p.number, p.next_cursor, p.complete) for p in pages] == [(1, "a", False), (2, "b", False), (3, None, True)]
    assert len(rows(pages, "posts")) == 1


def test_a_token_that_comes_twice_is_an_error(platform, read):
    wire = platform(timeline({None: page(post(1), token="a"), "a": page(post(2), token="a")}))
    with pytest.raises(SourceError, match="circles"):
        read(source(), wire, native_id="42")


def test_spent_credit_stops_at_once_and_says_what_to_do(platform, read):
    body = {"title": "CreditsDepleted", "detail": "...", "type": "https://api.twitter.com/2/problems/credits"}
    wire = platform(lambda _r: (402, body))
    with pytest.raises(ExhaustedError, match="credit is spent") as caught:
        read(source(), wire, native_id="42")
    assert len(wire.asked) == 1
    assert "console" in caught.value.do


@pytest.mark.parametrize("host", ["api.x.com", "api.twitter.com"])
def test_an_account_that_is_not_there_is_told_although_the_answer_is_200(platform, read, host):
    body = {"errors": [{"title": "Not Found Error", "type": f"https://{host}/2/problems/resource-not-found"}]}
    with pytest.raises(GoneError):
        read(source(), platform(lambda _r: body), native_id="42")


def test_an_unsupported_kind_of_token_is_a_credential_error(platform, read):
    body = {
        "title": "Unsupported Authentication",
        "type": "https://api.twitter.com/2/problems/unsupported",
        "status": 403,
    }
    wire = platform(lambda _r: (403, body))
    with pytest.raises(CredentialError):
        read(source(), wire, native_id="42")
    assert len(wire.asked) == 1


def test_partial_errors_beside_data_do_not_hide_the_data(platform, read, rows):
    body = page(post(1)) | {"errors": [{"type": "https://api.x.com/2/problems/resource-not-found"}]}
    assert len(rows(read(source(), platform(timeline({None: body})), native_id="42"), "posts")) == 1


def test_an_interrupted_crawl_goes_on_where_it_stopped(platform, read):
    wire = platform(timeline({"g": page(post(1))}))
    pages = read(source(), wire, native_id="42", resume={"posts": Resume(cursor="g", number=4)})
    assert [p.number for p in pages if p.stream.name == "posts"] == [4]


def test_402_stops_whatever_its_body_says(platform, read):
    wire = platform(lambda _r: (402, {}))
    with pytest.raises(ExhaustedError):
        read(source(), wire, native_id="42")
    assert len(wire.asked) == 1


def test_what_x_holds_back_beside_the_data_is_told_and_nothing_is_then_taken_for_gone(platform, read, rows):
    partial = page(post(3), token="a") | {"errors": [{"title": "Not Found Error", "type": ".../resource-not-found"}]}
    pages = read(source(), platform(timeline({None: partial, "a": page(post(1))})), native_id="42")
    posts = [one for one in pages if one.stream.name == "posts"]
    assert [row["id"] for row in rows(pages, "posts")] == ["3", "1"]
    assert [rejected.reason for rejected in posts[0].rejected] == ["held back by X: Not Found Error"]
    assert [one.complete for one in posts] == [False, False]


def replying(n, root, author="9", to=None):
    return {
        "id": str(n),
        "text": "När öppnar ni?",
        "author_id": author,
        "created_at": "2026-11-20T10:30:00.000Z",
        "conversation_id": root,
        "referenced_tweets": [{"type": "replied_to", "id": to or root}],
    }


def with_comments():
    return X(
        XSettings(enabled=True, token=SecretStr("AAAAsentinelBEARER012345"), comments=True),
        Pseudonyms(SecretStr("k" * 32)),
    )


def test_replies_are_read_by_conversation_and_neither_text_nor_author_is_kept(platform, read, rows):
    talked = post(20, conversation_id="20", created_at="2026-11-20T10:00:00.000Z")
    edited = post(22, conversation_id="21", edit_history_tweet_ids=["21", "22"])
    silent = post(30, conversation_id="30", public_metrics={"reply_count": 0})
    answer = post(40, conversation_id="8", referenced_tweets=[{"type": "replied_to", "id": "8"}])
    searched = [replying(20, "20", "42"), replying(51, "20"), replying(52, "20", "42", to="51"), replying(53, "21")]

    def play(request):
        if request.url.path.endswith("/search/recent"):
            return page(*searched[2:]) if "next_token" in request.url.params else page(*searched[:2], token="t")
        return page(talked, edited, silent, answer) if request.url.path.endswith("/tweets") else USER

    wire = platform(play)
    pages = read(with_comments(), wire, native_id="42")
    found = {row["id"]: row for row in rows(pages, "comments")}
    assert {n: (row["post_id"], row.get("parent_id"), row["is_ours"]) for n, row in found.items()} == {
        "51": ("20", None, False), "52": ("20", "51", True), "53": ("21", None, False),
    }  # fmt: skip
    assert found["51"]["kind"] == "question"
    assert found["51"]["author"] == found["53"]["author"] != "9"
    assert not any("text" in row or "author_id" in row for row in found.values())
    assert [one["query"] for one in wire.queries if "query" in one] == ["conversation_id:20 OR conversation_id:21"] * 2


def test_many_conversations_fit_into_queries_of_512_characters(platform, read):
    young = [post(1_999_000_000_000_000_000 + n, conversation_id=str(1_999_000_000_000_000_000 + n)) for n in range(30)]

    def play(request):
        if request.url.path.endswith("/search/recent"):
            return page()
        return page(*young) if request.url.path.endswith("/tweets") else USER

    wire = platform(play)
    read(with_comments(), wire, native_id="42")
    queries = [one["query"] for one in wire.queries if "query" in one]
    assert sum(query.count("conversation_id:") for query in queries) == 30
    assert max(map(len, queries)) <= 512


def test_no_replies_are_asked_for_unless_comments_are_on(platform, read):
    wire = platform(timeline({None: page(post(20, conversation_id="20"))}))
    read(source(), wire, native_id="42")
    assert not any("query" in one for one in wire.queries)
