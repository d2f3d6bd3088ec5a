"""What is kept of a refused object: its allowed fields as they came, and nothing else."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Literal

import msgspec
import pytest

from pipelines.sources.setting_aside import LONGEST_CONTENT
from pipelines.sources.stream import Count, Record, Stream, Text


class Said(Record):
    total: Count | None = None


class Person(Record):
    id: Text


class Post(Record, rename="camel"):
    id: Text
    like_count: Count | None = None
    message: Text | None = None
    kind: Literal["photo", "video"] | None = None
    sums: Said | None = None
    people: list[Person] | None = None
    by_day: dict[str, int] | None = None
    score: float | None = None


POSTS = Stream(source="demo", name="posts", record=Post)


def refused(text: str | bytes, stream: Stream = POSTS):
    """The one refused object."""
    kept, rejected = stream.read([text.encode() if isinstance(text, str) else text])
    assert kept == []
    [row] = rejected
    return row


def test_of_a_refused_object_only_allowed_fields_are_kept_at_every_depth():
    row = refused(
        '{"id": "1", "likeCount": "12", "author": "SENTINEL", "sums": {"total": 3, "name": "SENTINEL"},'
        ' "people": [{"id": "p", "email": "SENTINEL"}]}'
    )
    assert row.is_replayable
    assert json.loads(row.content) == {"id": "1", "likeCount": "12", "sums": {"total": 3}, "people": [{"id": "p"}]}


@pytest.mark.parametrize(
    "value", ['{"name": "SENTINEL"}', '[{"name": "SENTINEL"}]'], ids=["an object", "a list of objects"]
)
def test_an_object_where_a_value_should_stand_is_not_kept_and_the_row_cannot_be_replayed(value):
    row = refused(f'{{"id": "1", "message": {value}}}')
    assert "SENTINEL" not in row.content
    assert not row.is_replayable


def test_a_text_where_an_object_should_stand_is_not_kept_and_the_row_cannot_be_replayed():
    row = refused('{"id": "1", "sums": "SENTINEL"}')
    assert json.loads(row.content) == {"id": "1", "sums": None}
    assert not row.is_replayable


def test_numbers_are_kept_digit_by_digit():
    big = "9" * 40
    row = refused(f'{{"id": "1", "likeCount": {big}, "score": 1.10, "byDay": {{"a": 2.50}}}}')
    assert row.content == f'{{"id":"1","likeCount":{big},"score":1.10,"byDay":{{"a":2.50}}}}'
    assert row.is_replayable


def test_what_is_no_text_is_kept_as_escapes_that_any_store_takes():
    row = refused(b'{"id": "1\\u0000", "message": "\\ud83d \xff \xe2\x80\xae"}')
    assert row.content.isascii()
    assert row.content == '{"id":"1\\u0000","message":"\\ud83d \\udcff \\u202e"}'


def test_a_text_of_five_megabytes_is_kept_in_its_beginning():
    row = refused(json.dumps({"id": "1", "message": "x" * 5_000_000}))
    assert len(row.content) < 2_000
    assert not row.is_replayable
    many = refused(json.dumps({"id": 1, "people": [{"id": "y" * 90_000} for _ in range(20)]}))
    assert len(many.content) <= LONGEST_CONTENT
    assert not many.is_replayable


def test_a_text_somewhat_too_long_can_be_replayed_once_it_is_allowed():
    row = refused(json.dumps({"id": "1", "message": "x" * 150_000}))
    assert row.is_replayable


def test_no_reason_quotes_what_stood_there():
    for text in ('{"id": "1", "kind": "SENTINEL"}', '{"id": "1", "kind": "SENT\\n - at SENTINEL"}',
                 '{"id": "1", "likeCount": "SENTINEL"}', '{"id": "1", "byDay": {"SENTINEL": "x"}}',
                 '{"id": "1", "message": "SENTINEL \\ud83d"}', '{"SENTINEL": 1, "SENTINEL": 2, "id": 1}'):  # fmt: skip
        assert "SENTINEL" not in refused(text).reason, text


@pytest.mark.parametrize(
    "text",
    [
        '{"id": "1", "id": "2"}',
        '{"id": "1", "sums": {"total": 1, "total": 2}}',
        '{"id": "1", "people": [{"id": "a"}, {"id": "b", "id": "c"}]}',
        '{"id": "1", "byDay": {"a": 1, "a": 2}}',
    ],
)
def test_an_allowed_field_that_stands_twice_is_refused_and_never_replayed(text):
    row = refused(text)
    assert "twice" in row.reason
    assert not row.is_replayable


def test_a_field_that_nobody_reads_may_stand_twice():
    kept, rejected = POSTS.read([b'{"id": "1", "x": 1, "x": {"y": 1, "y": 2}}'])
    assert rejected == []
    assert json.loads(kept[0]) == {"id": "1"}


def test_of_a_sensitive_stream_nothing_is_kept():
    row = refused('{"id": 1, "message": "SENTINEL"}', replace(POSTS, sensitive=True))
    assert row.content is None
    assert not row.is_replayable


@pytest.mark.parametrize("text", ["17", "[]", '"x"', "", "{", '{"id": "1", "message": ' + "[" * 100_000])
def test_of_what_is_no_object_nothing_is_kept(text):
    row = refused(text)
    assert row.content is None


def test_deep_nesting_in_a_field_that_nobody_reads_costs_no_row_and_in_one_that_counts_only_its_own():
    deep = "[" * 100_000 + "]" * 100_000
    kept, rejected = POSTS.read([b'{"id": "1", "x": ' + deep.encode()[:800] + b"1" + b"]" * 800 + b"}"])
    assert (len(kept), rejected) == (1, [])
    assert not refused(f'{{"id": "1", "message": {deep}}}').is_replayable


def test_what_is_kept_reads_as_the_same_row_once_the_allow_list_fits():
    class Wider(Post, rename="camel"):
        like_count: int | str | None = None

    row = refused('{"id": "1", "likeCount": "12", "author": "SENTINEL", "message": "å"}')
    kept, rejected = replace(POSTS, record=Wider).read([row.content.encode()])
    assert rejected == []
    assert msgspec.json.decode(kept[0]) == {"id": "1", "likeCount": "12", "message": "å"}
