"""What may be kept of a Facebook Page: the allow-lists, nested where the platform nests.

Instants stay as the platform writes them (`2026-11-20T09:00:00+0000`). A missing key is None, never 0; the
one exception the platform forces, `shares` (absent when nobody shared), is the staging model's business.
"""

from __future__ import annotations

from pipelines.sources.graph_records import Insight  # noqa: TC001  # msgspec reads the annotations
from pipelines.sources.stream import Count, Record, Text


class Account(Record):
    """A Page's figures at the moment of reading."""

    id: Text
    name: Text | None = None
    username: Text | None = None
    link: Text | None = None
    fan_count: Count | None = None
    followers_count: Count | None = None
    talking_about_count: Count | None = None


class Shares(Record):
    """How often a post was shared; the whole object is absent when it never was."""

    count: Count | None = None


class Summary(Record):
    """The total of an edge, without its members."""

    total_count: Count | None = None


class Edge(Record):
    """Reactions or comments, as a total only: who they come from is never asked for."""

    summary: Summary | None = None


class Attachment(Record):
    """What kind of thing is attached."""

    media_type: Text | None = None
    type: Text | None = None


class Attachments(Record):
    """The attachments of a post."""

    data: list[Attachment] | None = None


class Insights(Record):
    """The metrics of one post."""

    data: list[Insight] | None = None


class Post(Record):
    """A post with its lifetime figures at the moment of reading."""

    id: Text
    message: Text | None = None
    story: Text | None = None
    created_time: Text | None = None
    updated_time: Text | None = None
    permalink_url: Text | None = None
    status_type: Text | None = None
    is_published: bool | None = None
    is_hidden: bool | None = None
    is_expired: bool | None = None
    parent_id: Text | None = None
    shares: Shares | None = None
    attachments: Attachments | None = None
    reactions: Edge | None = None
    comments: Edge | None = None
    insights: Insights | None = None
