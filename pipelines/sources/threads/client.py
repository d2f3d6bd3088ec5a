"""Reading a Threads account: only what is peculiar to it, the rest is `graph_source`."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from pipelines.sources.comments import Said
from pipelines.sources.graph_comments import Thread, Under, graph_time
from pipelines.sources.graph_source import GraphSource, Listing, Node, ObjectMetrics, Series
from pipelines.sources.threads import streams as own

BEGAN = datetime.fromtimestamp(1712991600, UTC)
"""Nothing may be asked for of before."""
_INSIGHTS = "threads_insights"


class _One(msgspec.Struct):
    id: str | None = None


class _Reply(msgspec.Struct):
    id: str
    text: str = ""
    timestamp: str | None = None
    username: str | None = None
    is_reply_owned_by_me: bool = False
    replied_to: _One | None = None


def _said(reply: _Reply, under: Under) -> Said:
    parent = reply.replied_to.id if reply.replied_to else None
    return Said(
        id=reply.id,
        post_id=under.post_id,
        created_at=graph_time(reply.timestamp),
        is_ours=reply.is_reply_owned_by_me,
        text=reply.text,
        parent_id=None if parent == under.post_id else parent,
        author_id=reply.username,
    )


class Threads(GraphSource):
    """The source `threads`."""

    name, platform, streams = own.SOURCE, "threads", own.STREAMS
    hosts = frozenset({"graph.threads.net", "graph.threads.com"})
    account = Node(
        stream=own.ACCOUNTS, status=own.METRIC_STATUS, fields="id,username,name,is_verified",
        levels=("followers_count",), levels_edge=_INSIGHTS,
    )  # fmt: skip
    posts = Listing(
        stream=own.POSTS,
        edge="threads",
        fields="id,text,media_type,permalink,shortcode,timestamp,is_quote_post,has_replies,topic_tag",
        published="timestamp",
    )
    insights = ObjectMetrics(stream=own.POST_INSIGHTS, common=own.POST_METRICS, without=("media_type", "REPOST_FACADE"))
    series = (
        Series(stream=own.ACCOUNT_INSIGHTS, edge=_INSIGHTS, metrics=("views",), days=30, earliest=BEGAN),
        Series(
            stream=own.ACCOUNT_INSIGHTS, edge=_INSIGHTS, metrics=own.TOTAL_METRICS, days=1, earliest=BEGAN,
            is_total=True,
        ),
    )  # fmt: skip
    thread = Thread(
        stream=own.COMMENTS,
        edge="conversation",
        params={"fields": "id,text,timestamp,username,is_reply_owned_by_me,replied_to", "reverse": "false"},
        shape=_Reply,
        tell=_said,
        is_quiet=lambda post: post.has_replies is False or post.media_type == "REPOST_FACADE",
    )
