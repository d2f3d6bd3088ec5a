from __future__ import annotations

import pytest

from pipelines.sandbox.fields import Field, FieldsError, parse_fields


def test_modifiers_and_braces_nest_as_graph_writes_them():
    fields = parse_fields(
        "id,reactions.type(LIKE).limit(0).summary(total_count).as(likes),"
        "insights.metric(a,b){name,values},attachments{media_type,media{image{src}}}"
    )
    assert fields == (
        Field("id"),
        Field("reactions", {"type": "LIKE", "limit": "0", "summary": "total_count", "as": "likes"}),
        Field("insights", {"metric": "a,b"}, (Field("name"), Field("values"))),
        Field("attachments", {}, (Field("media_type"), Field("media", {}, (Field("image", {}, (Field("src"),)),)))),
    )
    assert fields[1].key == "likes"
    assert fields[2].listed("metric") == ["a", "b"]


@pytest.mark.parametrize("text", ["id,", ""])
def test_a_trailing_comma_and_nothing_at_all_are_read(text):
    assert parse_fields(text) == ((Field("id"),) if text else ())


@pytest.mark.parametrize("text", ["id}", "children{id", "a..b", "reactions.limit(0", "id;name", "{id}"])
def test_an_unreadable_expression_is_refused(text):
    with pytest.raises(FieldsError):
        parse_fields(text)
