"""Whether a name may stand twice, told from an object's length: never missed, and nearly always told."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.run.preparing import all_streams
from pipelines.sources.names import names_of
from pipelines.sources.stream import Record, Stream, Text


class Person(Record):
    id: Text


class Place(Record):
    name: Text | None = None
    owner: Person | None = None


class Post(Record):
    id: Text
    place: Place | None = None
    people: list[Person | None] | None = None
    tags: list[Text] | None = None


class Counted(Record):
    by_day: dict[str, int]


PERSON = '{"id":"p","mail":{"a":[1,{"b":":"}]}}'
WHOLE = f'{{"id":"1","place":{{"name":"å","owner":{PERSON}}},"people":[{PERSON},null],"tags":["x"],"more":[{{}}]}}'
VALUES = st.recursive(
    st.none() | st.integers() | st.text(st.sampled_from('a:"\\å')),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab", max_size=2), inner, max_size=4),
)


def test_an_object_written_tightly_is_cleared_and_gives_its_names():
    assert names_of(Post, [WHOLE.encode()]) == {"id", "place", "people", "tags", "more"}
    assert names_of(Post, [b'{"id":"1","place":null,"people":[]}', b'{"x":1}']) == {"id", "place", "people", "x"}


@given(VALUES, VALUES, st.sampled_from(["id", "\\u0069d"]))
def test_a_name_that_stands_twice_is_never_cleared_at_any_depth_that_is_read(one, other, name):
    texts = [json.dumps(value, separators=(",", ":"), ensure_ascii=False) for value in (one, other)]
    twice = f'{{"id":{texts[0]},"a":1,"{name}":{texts[1]}}}'
    for text in (twice, f'{{"place":{{"owner":{twice}}}}}', f'{{"people":[{PERSON},{twice}]}}'):
        assert names_of(Post, [text.encode()]) is None
        assert names_of(Post, [WHOLE.encode(), text.encode(), WHOLE.encode()]) is None


@given(st.lists(st.dictionaries(st.sampled_from(["id", "åä", "x", '"', "\x07"]), VALUES, max_size=4), max_size=4))
def test_objects_are_cleared_together_where_each_of_them_is(objects):
    texts = [json.dumps(one, separators=(",", ":"), ensure_ascii=False).encode() for one in objects]
    alone = [names_of(Record, [text]) for text in texts]
    together = names_of(Record, texts)
    assert (together is not None) == (bool(texts) and None not in alone)
    assert together is None or together == set().union(*objects)


@pytest.mark.parametrize(
    ("record", "text"),
    [(Post, '{"id": "1"}'), (Post, '{"\\u0069d":"1"}'), (Post, "{}"), (Post, "[]"), (Counted, '{"by_day":{"a":1}}')],
    ids=["blanks", "escapes", "empty", "no object", "any names"],
)
def test_what_its_length_cannot_tell_is_left_to_a_closer_look(record, text):
    assert names_of(record, [text.encode()]) is None
    assert names_of(record, [b'{"x":1}', text.encode()]) is None


def test_a_row_with_a_name_twice_is_refused_whatever_its_place_on_the_page():
    stream = Stream(source="demo", name="posts", record=Post)
    twice = WHOLE.replace('"owner":{"id":"p"', '"owner":{"id":"p","id":"q"').encode()
    kept, rejected = stream.read([WHOLE.encode(), twice, WHOLE.encode(), twice])
    assert len(kept) == 2
    assert [(row.line, "`id` stands twice" in row.reason) for row in rejected] == [(2, True), (4, True)]


def test_what_is_refused_stands_in_the_order_of_the_page_whatever_it_is_refused_for():
    stream = Stream(source="demo", name="posts", record=Post)
    twice, nul, wrong = b'{"id":"1","id":"2"}', b'{"id":"\\u0000"}', b'{"id":1}'
    kept, rejected = stream.read([twice, WHOLE.encode(), wrong, nul, WHOLE.encode(), twice, nul])
    assert [row.line for row in rejected] == [1, 3, 4, 6, 7]
    assert [row.reason[:8] for row in rejected] == ["`id` sta", "Expected", "a text h", "`id` sta", "a text h"]
    assert len(kept) == 2


def test_every_allow_list_can_be_asked():
    for stream in all_streams():
        assert names_of(stream.record, [b'{"x":1,"x":2}']) is None


def test_posts_are_cleared_by_their_length_where_no_figure_of_them_has_a_free_name():
    looked_into = {s.source for s in all_streams() if s.name == "posts" and names_of(s.record, [b'{"x":1}']) is None}
    assert looked_into == {"facebook_pages"}  # reactions, by whatever kinds there will be
