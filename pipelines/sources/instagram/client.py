"""Reading an Instagram account: its figures, its media with their lifetime metrics, its daily insights."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from pipelines.sources.comments import Said
from pipelines.sources.graph_comments import Thread, Under, graph_time
from pipelines.sources.graph_source import GraphSource, Listing, Node, ObjectMetrics, Series
from pipelines.sources.instagram.streams import (
    ACCOUNT_INSIGHTS,
    ACCOUNTS,
    COMMENTS,
    COMMON_METRICS,
    MEDIA,
    MEDIA_INSIGHTS,
    MEDIA_METRICS,
    METRIC_STATUS,
    SERIES_METRICS,
    SOURCE,
    STREAMS,
    TOTAL_METRICS,
)

if TYPE_CHECKING:
    from pipelines.sources.instagram import records

MEDIA_FIELDS = (
    "id,caption,media_type,media_product_type,permalink,shortcode,timestamp,is_shared_to_feed,like_count,comments_count"
)
ANSWER_FIELDS = "id,text,timestamp,username,from"
WINDOW_DAYS = 30
"""The platform's longest window. Each pull reads a day less again, because values lag by up to 48 hours:
one window then holds it, also when a day has 25 hours."""


class _One(msgspec.Struct):
    id: str | None = None


class _Comment(msgspec.Struct):
    id: str
    text: str = ""
    timestamp: str | None = None
    username: str | None = None
    from_: _One | None = msgspec.field(default=None, name="from")


def _said(comment: _Comment, under: Under) -> Said:
    author = comment.from_.id if comment.from_ else None
    return Said(
        id=comment.id,
        post_id=under.post_id,
        created_at=graph_time(comment.timestamp),
        is_ours=author == under.native_id or (comment.username is not None and comment.username == under.handle),
        text=comment.text,
        parent_id=under.parent_id,
        author_id=author or comment.username,
    )


def _is_quiet(media: records.Media) -> bool:
    return media.comments_count == 0


class Instagram(GraphSource):
    """The source `instagram`."""

    name = SOURCE
    platform = "instagram"
    streams = STREAMS
    account = Node(
        stream=ACCOUNTS,
        status=METRIC_STATUS,
        fields="id,username,name,website,followers_count,follows_count,media_count",
    )
    posts = Listing(stream=MEDIA, edge="media", fields=MEDIA_FIELDS, published="timestamp")
    insights = ObjectMetrics(
        stream=MEDIA_INSIGHTS, common=COMMON_METRICS, by_kind=MEDIA_METRICS, kind="media_product_type"
    )
    series = (
        Series(
            stream=ACCOUNT_INSIGHTS,
            metrics=SERIES_METRICS,
            days=WINDOW_DAYS,
            params={"period": "day", "metric_type": "time_series"},
        ),
        # A total covers its whole window, so that each day is asked for by itself.
        Series(
            stream=ACCOUNT_INSIGHTS,
            metrics=TOTAL_METRICS,
            days=1,
            params={"period": "day", "metric_type": "total_value"},
            is_total=True,
        ),
    )
    trailing_days = WINDOW_DAYS - 1
    thread = Thread(
        stream=COMMENTS,
        edge="comments",
        params={"fields": f"{ANSWER_FIELDS},replies{{{ANSWER_FIELDS}}}"},
        shape=_Comment,
        tell=_said,
        is_quiet=_is_quiet,
        below=("replies", ANSWER_FIELDS),
    )
