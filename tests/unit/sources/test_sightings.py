"""Fields that a platform sends and nothing reads: their names are told once, their content never."""

from __future__ import annotations

import json

import pytest

from pipelines.sources.sightings import MOST_NAMES, sighting
from pipelines.sources.stream import Record, Stream


class Sums(Record):
    total: int | None = None


class Post(Record):
    id: str
    sums: Sums | None = None
    parts: list[Sums] | None = None


POSTS = Stream(source="demo", name="posts", record=Post)


def read(*objects, separators=(", ", ": ")):
    return POSTS.read([json.dumps(one, separators=separators).encode() for one in objects])


@pytest.mark.parametrize("separators", [(", ", ": "), (",", ":")], ids=["one by one", "a page at once"])
def test_a_new_field_is_named_once_and_its_row_is_kept(separators):
    with sighting() as book:
        objects = {"id": "1", "mood": "SENTINEL"}, {"id": "2", "mood": "x", "weather": 1}
        kept, rejected = read(*objects, separators=separators)
        assert book.fresh("raw.demo__posts") == ("mood", "weather")
        read({"id": "3", "mood": "x"}, separators=separators)
        assert book.fresh("raw.demo__posts") == ()
    assert (len(kept), rejected) == (2, [])


def test_a_new_field_within_an_object_that_is_read_is_named_with_its_place():
    with sighting() as book:
        read({"id": "1", "sums": {"total": 1, "best": 2}, "parts": [{"total": 1}, {"worst": 2}], "other": {"deep": 1}})
        assert book.fresh("raw.demo__posts") == ("other", "parts.worst", "sums.best")


def test_names_that_are_no_names_and_more_than_a_hundred_are_not_noted():
    with sighting() as book:
        read({"id": "1", "Anna Andersson": 1, "x" * 200: 1, "\x1b[2J": 1, "=1+1": 1})
        assert book.fresh("raw.demo__posts") == ()
        read({"id": "1", **{f"name{place}": 1 for place in range(500)}})
        assert len(book.fresh("raw.demo__posts")) == MOST_NAMES


def test_without_a_book_nothing_is_noted_and_a_book_ends_with_its_pull():
    with sighting() as book:
        pass
    read({"id": "1", "mood": 1})
    assert book.fresh("raw.demo__posts") == ()
