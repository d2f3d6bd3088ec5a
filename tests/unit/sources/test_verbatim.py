"""A glance at an object: whether a name may stand twice in it, however it is written."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.sources.verbatim import glance

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.sampled_from('a:"\\\\u003é\\n')),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(":ab", max_size=2), inner, max_size=4),
    max_leaves=12,
)


@given(VALUES.map(lambda value: {"x": value}), st.booleans(), st.sampled_from([None, 2]))
def test_sound_json_is_what_it_says_and_no_doubt(value, ascii_only, indent):
    text = json.dumps(value, ensure_ascii=ascii_only, indent=indent).encode()
    assert glance(text) == (value, False)


@given(VALUES, VALUES, st.booleans(), st.sampled_from(["", " ", "\n"]))
def test_a_name_that_stands_twice_is_always_noticed(one, other, ascii_only, gap):
    parts = [json.dumps(value, ensure_ascii=ascii_only) for value in (one, other)]
    text = f'{{"k":[{{"a"{gap}:{gap}{parts[0]},"b":1,"a"{gap}:{parts[1]}}}]}}'
    assert glance(text.encode())[1]


@pytest.mark.parametrize("colon", ["\\u003a", "\\u003A"])
def test_a_colon_written_as_a_number_does_not_stand_for_a_name_that_was_lost(colon):
    assert glance(f'{{"a":1,"a":"{colon}"}}'.encode())[1]
    assert glance(f'{{"{colon}":1}}'.encode()) == ({":": 1}, False)


@pytest.mark.parametrize("text", [b'{"a":1e400}', b'{"a":NaN}', b'{"a":"\\ud800"}', b'{"a":"\xff"}', b"{}"])
def test_what_one_decoder_does_not_take_another_does(text):
    assert set(glance(text)[0]) <= {"a"}


def test_what_is_no_json_is_an_error():
    with pytest.raises(ValueError, match="Expecting"):
        glance(b"<html>")
