"""What may be kept of a Threads account: the allow-lists."""

from __future__ import annotations

from pipelines.sources.stream import Count, Record, Text


class Account(Record):
    """An account at the moment of reading; `followers_count` is written by the connector, from a request of its own."""

    id: Text
    username: Text | None = None
    name: Text | None = None
    is_verified: bool | None = None
    followers_count: Count | None = None


class Post(Record):
    """A post at the moment of reading. `media_type` REPOST_FACADE is another's post, passed on."""

    id: Text
    text: Text | None = None
    media_type: Text | None = None
    permalink: Text | None = None
    shortcode: Text | None = None
    timestamp: Text | None = None
    is_quote_post: bool | None = None
    has_replies: bool | None = None
    topic_tag: Text | None = None
