"""What may be kept of an Instagram account: the allow-lists, nested where the platform nests.

Instants stay as the platform writes them (`2026-11-20T10:00:00+0000`). A missing key is None, never 0: `like_count` is
absent when the owner hides likes, and an empty list of insights means no data, not nothing.
"""

from __future__ import annotations

from typing import Literal

from pipelines.sources.graph_records import Insight  # noqa: TC001  # msgspec reads the annotations
from pipelines.sources.stream import Count, Record, Text


class Account(Record):
    """An account's figures at the moment of reading."""

    id: Text
    username: Text | None = None
    name: Text | None = None
    website: Text | None = None
    followers_count: Count | None = None
    follows_count: Count | None = None
    media_count: Count | None = None


class Media(Record):
    """A post, reel or album at the moment of reading."""

    id: Text
    caption: Text | None = None
    media_type: Text | None = None
    media_product_type: Text | None = None
    permalink: Text | None = None
    shortcode: Text | None = None
    timestamp: Text | None = None
    is_shared_to_feed: bool | None = None
    like_count: Count | None = None
    comments_count: Count | None = None


class Story(Record):
    """A story and its metrics at the moment of reading; it vanishes 24 hours after it was published.

    `status` is written by the connector: `not_offered` if fewer than five people have seen it.
    """

    id: Text
    status: Literal["ok", "not_offered", "not_found"]
    media_type: Text | None = None
    media_product_type: Text | None = None
    permalink: Text | None = None
    timestamp: Text | None = None
    data: list[Insight] | None = None
