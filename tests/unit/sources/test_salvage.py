from __future__ import annotations

import json

import pytest

from pipelines.sources.facebook_pages.streams import ACCOUNTS, POSTS
from pipelines.sources.graph import Feed, Node
from pipelines.sources.salvage import salvage
from pipelines.sources.x.dialect import Posts, User

POISON = {
    "half a pair": rb'"cut \ud83d"',
    "half a pair within": rb'"cut \ud83d and on"',
    "not a number": b"NaN",
    "no utf-8, and half a pair": b'"\xff \\ud83d"',
}


@pytest.mark.parametrize("poison", POISON.values(), ids=POISON.keys())
def test_a_poisoned_object_is_put_aside_and_its_neighbours_are_kept(poison):
    body = b'{"data": [{"id": "1"}, {"id": "2", "message": %s}, {"id": "3"}], "paging": {"next": "x"}}' % poison
    feed = salvage(body, Feed)
    assert feed.paging.next == "x"
    kept, rejected = POSTS.read(feed.data)
    assert [json.loads(row)["id"] for row in kept] == ["1", "3"]
    assert [r.line for r in rejected] == [2]


@pytest.mark.parametrize("poison", POISON.values(), ids=POISON.keys())
def test_a_poisoned_single_object_is_put_aside(poison):
    body = b'{"id": "101", "name": %s}' % poison
    assert salvage(body, Node).id == "101"
    kept, rejected = ACCOUNTS.read([body])
    assert kept == []
    assert len(rejected) == 1
    user = salvage(b'{"data": {"id": "42", "name": %s}}' % poison, User)
    assert user.flaw() is None


def test_a_line_break_that_was_not_escaped_is_only_a_line_break():
    feed = salvage(b'{"data": [{"id": "1", "message": "two\nlines"}]}', Feed)
    kept, rejected = POSTS.read(feed.data)
    assert json.loads(kept[0])["message"] == "two\nlines"
    assert rejected == []


@pytest.mark.parametrize(
    "body",
    [b'{"data": [{"id": "1"}, {"id"', b"<html>", b"", b"[]", b'"x"', b"[" * 100_000, b'{"data": {"id": "1"}}'],
    ids=["cut", "html", "empty", "a list", "a text", "deep", "an object for a list"],
)
def test_an_answer_that_is_no_answer_stays_refused(body):
    assert salvage(body, Feed) is None


def test_a_name_in_the_outside_that_is_no_text_is_dropped():
    """Found by tests/fuzz: the strict reader does not look at names that nobody asks for."""
    body = b'{"data": [{"id": "1"}], "\xff": 1, "paging": {"next": "x"}}'
    feed = salvage(body, Feed)
    assert feed.paging.next == "x"
    assert [bytes(one) for one in feed.data] == [b'{"id":"1"}']


def test_poison_in_the_outside_is_dropped_and_what_it_meant_is_missed():
    body = rb'{"data": [], "meta": {"result_count": 0, "next_token": "\ud83d"}}'
    assert salvage(body, Posts).flaw() == "a page without meta"
