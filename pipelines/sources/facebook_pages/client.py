"""Reading a Facebook Page: its figures, its posts with everything on them, its daily insights."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from pipelines.sources.comments import Said
from pipelines.sources.facebook_pages.streams import (
    ACCOUNTS,
    COMMENTS,
    METRIC_STATUS,
    PAGE_INSIGHTS,
    PAGE_METRICS,
    POST_METRICS,
    POSTS,
    SOURCE,
    STREAMS,
)
from pipelines.sources.graph_comments import Thread, Under, graph_time
from pipelines.sources.graph_source import GraphSource, Listing, Node, Series

if TYPE_CHECKING:
    from pipelines.sources.facebook_pages import records

POST_FIELDS = (
    "id,message,story,created_time,updated_time,permalink_url,status_type,is_published,is_hidden,is_expired,parent_id,"
    "shares,attachments{media_type,type},reactions.limit(0).summary(total_count),comments.limit(0).summary(true)"
)
WINDOW_DAYS = 90
"""The platform's longest window. Each pull reads a day less again, because values are corrected late:
one window then holds it, also when a day has 25 hours."""


class _One(msgspec.Struct):
    id: str


class _Comment(msgspec.Struct):
    id: str
    message: str = ""
    created_time: str | None = None
    from_: _One | None = msgspec.field(default=None, name="from")
    parent: _One | None = None


def _said(comment: _Comment, under: Under) -> Said:
    author = comment.from_.id if comment.from_ else None  # people who have not agreed to it are not named
    return Said(
        id=comment.id,
        post_id=under.post_id,
        created_at=graph_time(comment.created_time),
        is_ours=author == under.native_id,
        text=comment.message,
        parent_id=comment.parent.id if comment.parent else None,
        author_id=author,
    )


def _is_quiet(post: records.Post) -> bool:
    return post.comments is not None and post.comments.summary is not None and post.comments.summary.total_count == 0


class FacebookPages(GraphSource):
    """The source `facebook_pages`."""

    name = SOURCE
    platform = "facebook"
    streams = STREAMS
    account = Node(
        stream=ACCOUNTS,
        status=METRIC_STATUS,
        fields="id,name,username,link,fan_count,followers_count,talking_about_count",
        probe="id,name",
        noun="Page",
    )
    posts = Listing(
        stream=POSTS, edge="published_posts", fields=POST_FIELDS, published="created_time", nested=POST_METRICS
    )
    series = (
        Series(
            stream=PAGE_INSIGHTS, metrics=PAGE_METRICS, days=WINDOW_DAYS, params={"period": "day"}, per_request=5
        ),
    )  # fmt: skip
    trailing_days = WINDOW_DAYS - 1
    thread = Thread(
        stream=COMMENTS,
        edge="comments",
        params={"filter": "stream", "order": "chronological", "fields": "id,message,created_time,from,parent{id}"},
        shape=_Comment,
        tell=_said,
        is_quiet=_is_quiet,
    )
