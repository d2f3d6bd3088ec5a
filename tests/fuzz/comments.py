"""Comments of two platforms. The first byte of an input says whose; the rest is the comment as answered."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import msgspec
from pydantic import SecretStr

from pipelines.sources.bluesky import timeline
from pipelines.sources.comments import Comment, Pseudonyms, is_since, read_comments
from pipelines.sources.mastodon import statuses
from tests.fuzz.rows import strict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipelines.sources.comments import Said

PSEUDONYMS = Pseudonyms(SecretStr("0123456789abcdef0123456789abcdef"))
ALLOWED = set(Comment.__struct_fields__)
TOOT = (
    b'{"id":"7","created_at":"2026-03-01T09:00:00.000Z","account":{"id":"1","url":"https://a.example/@b"},'
    b'"visibility":"public","content":"<p>When?</p>","in_reply_to_id":"6"}'
)
POST = (
    b'{"uri":"at://did:plc:a/app.bsky.feed.post/1","author":{"did":"did:plc:a"},"indexedAt":"2026-03-01T09:00:00Z",'
    b'"record":{"createdAt":"2026-03-01T09:00:00Z","text":"When?","reply":{"parent":{"uri":"at://did:plc:b/c/1"}}}}'
)
WORDS = (b'"createdAt":', b'"created_at":', b"0001-01-01T00:00:00+14:00", b"9999-12-31T23:59:59-12:00", rb"\ud83d",
         b"\xff", b"[[[[", b"null", b"2026-W01-1", b"24:00", b"+23:59:59.999999")  # fmt: skip


def corpus() -> Iterator[bytes]:
    """A comment of each, one that we wrote, and each without an instant."""
    for place, comment in enumerate((TOOT, POST)):
        kind = bytes([place])
        yield kind + comment
        yield kind + comment.replace(b"did:plc:a", b"did:plc:us").replace(b'"id":"1"', b'"id":"us"')
        yield kind + comment.replace(b"2026-03-01", b"0001-01-01")
        yield kind + comment.replace(b"When?", rb"\ud83d")


def _toot(view: statuses.StatusView) -> Said:
    return statuses.said(view, root="5", own_id="us")


def _post(view: timeline.PostView) -> Said:
    return timeline.said(view, root="at://did:plc:us/c/1", did="did:plc:us", pseudonyms=PSEUDONYMS)


def check(data: bytes) -> None:
    """A comment becomes one row without its text and its author's id, or is set aside without content."""
    raw = msgspec.Raw(data[1:])
    if data[:1] and data[0] % 2:
        kept, rejected = read_comments([raw], timeline.PostView, _post, platform="bluesky", pseudonyms=PSEUDONYMS)
    else:
        kept, rejected = read_comments([raw], statuses.StatusView, _toot, platform="mastodon", pseudonyms=PSEUDONYMS)
    assert len(kept) + len(rejected) <= 1, "a comment stands twice"
    assert kept or rejected or b"visibility" in data, "a comment vanished that is public"
    assert all(one.reason and one.content is None and not one.is_replayable for one in rejected)
    for row in kept:
        _check(strict(row))
    is_since(data.decode("latin-1"), datetime.fromisoformat("2026-03-01T00:00:00Z"))


def _check(row: dict) -> None:
    assert set(row) <= ALLOWED, f"{set(row) - ALLOWED} are not allowed"
    assert datetime.fromisoformat(row["created_at"]).utcoffset() == timedelta(0)
    if row["is_ours"]:
        assert "author" not in row and "kind" not in row
    else:
        assert re.fullmatch(r"[0-9a-f]{32}", row["author"]), "an author who is no keyed hash"
        assert row["kind"] in {"question", "comment", "spam"}
