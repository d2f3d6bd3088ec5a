from __future__ import annotations

import json
from datetime import datetime

import msgspec
import pytest
from pydantic import SecretStr

from pipelines.sources.comments import Pseudonyms, Said, judged, read_comments

KEY = Pseudonyms(SecretStr("k" * 32))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Var kan jag märka min cykel", "question"),
        ("Tack! Gäller det även helger?", "question"),
        ("Hej, när öppnar ni", "question"),
        ("Vilken bra insats av er", "question"),
        ("Se https://example.se/?utm=1 för mer om detta", "comment"),
        ("Bra jobbat", "comment"),
        ("Varje dag samma sak", "comment"),
        ("https://example.com/win", "spam"),
        ("@polisen www.example.com !!!", "spam"),
        ("", "comment"),
    ],
)
def test_a_comment_is_judged_by_its_form(text, kind):
    assert judged(text) == kind


class Shape(msgspec.Struct):
    id: str
    text: str
    author: str
    at: str


def test_neither_text_nor_name_is_kept_and_a_broken_comment_is_set_aside_without_its_content():
    objects = [
        b'{"id": "1", "text": "Var bor hemlighet-A?", "author": "hemlighet-B", "at": "2026-03-29T03:30:00+02:00"}',
        b'{"id": 2, "text": "hemlighet-C", "author": "x", "at": ""}',
        b'{"id": "3", "text": "hemlighet-D", "author": "x", "at": "hemlighet-E"}',
        b'{"id": "4", "text": "hemlighet-F", "author": "x", "at": "9999-12-31T23:59:59-01:00"}',
    ]

    def tell(one):
        return Said(
            id=one.id, post_id="9", created_at=datetime.fromisoformat(one.at), is_ours=False, text=one.text,
            author_id=one.author,
        )  # fmt: skip

    kept, rejected = read_comments(map(msgspec.Raw, objects), Shape, tell, platform="x", pseudonyms=KEY)
    assert [json.loads(row) for row in kept] == [
        {
            "id": "1", "post_id": "9", "is_ours": False, "created_at": "2026-03-29T01:30:00+00:00", "kind": "question",
            "author": KEY.of("x", "hemlighet-B"),
        }
    ]  # fmt: skip
    assert [one.line for one in rejected] == [2, 3, 4]
    assert "hemlighet" not in repr((kept, rejected))


def test_an_author_is_another_one_on_another_platform_or_with_another_key():
    hashes = {KEY.of("x", "1"), KEY.of("threads", "1"), Pseudonyms(SecretStr("q" * 32)).of("x", "1")}
    assert len(hashes) == 3
    assert all(len(one) == 32 for one in hashes)
