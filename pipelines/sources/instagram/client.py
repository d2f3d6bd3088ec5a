"""Reading an Instagram account: its figures, its media with their lifetime metrics, its daily insights."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import msgspec

from pipelines.sources.comments import Said
from pipelines.sources.graph_api import quoted
from pipelines.sources.graph_comments import Thread, Under, graph_time
from pipelines.sources.graph_metrics import PostMetrics
from pipelines.sources.graph_source import GraphSource, Listing, Node, ObjectMetrics, Series
from pipelines.sources.http import GoneError, NotOfferedError
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
    STORIES,
    STORY_METRICS,
    STREAMS,
    TOTAL_METRICS,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from pipelines.sources.graph import Feed
    from pipelines.sources.graph_api import GraphApi
    from pipelines.sources.http import Reply
    from pipelines.sources.instagram import records
    from pipelines.sources.refused import RefusedMetrics
    from pipelines.sources.stream import Page

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


class _Story(msgspec.Struct, omit_defaults=True):
    id: str
    media_type: str | None = None
    media_product_type: str = "STORY"
    permalink: str | None = None
    timestamp: str | None = None


STORY_FIELDS = "id,media_type,media_product_type,permalink,timestamp"
_STORIES = ObjectMetrics(stream=STORIES, common=STORY_METRICS, kind="media_product_type")


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

    async def stories(self, api: GraphApi, node: str, refused: RefusedMetrics) -> AsyncIterator[Page]:
        """The stories that can still be seen, each with its metrics; how people left them is a request of its own."""
        metrics = PostMetrics(api, _STORIES, refused)

        async def ask(place: Mapping[str, str]) -> Reply[Feed]:
            return await api.list(f"{node}/stories", {"fields": STORY_FIELDS, **place})

        number = 1
        async for reply, following in api.pages(ask, None):
            listed, odd = _listed(reply.envelope.data or [])
            rows: list[bytes] = []
            for story, measured in zip(listed, await metrics.rows(listed), strict=True):
                row: dict[str, object] = msgspec.json.decode(measured)
                row.update(msgspec.to_builtins(story))
                if row["status"] == "ok":
                    row["data"] = [*cast("list[object]", row["data"]), *await _navigation(api, story.id, refused)]
                rows.append(msgspec.json.encode(row))
            yield api.page(STORIES, reply, [*rows, *odd], number=number, complete=following is None)
            number += 1


def _listed(objects: Sequence[msgspec.Raw]) -> tuple[list[_Story], list[bytes]]:
    """Stories, and what is none: the allow-list will say what is wrong with it."""
    listed: list[_Story] = []
    odd: list[bytes] = []
    for raw in objects:
        try:
            listed.append(msgspec.json.decode(raw, type=_Story))
        except (msgspec.DecodeError, UnicodeDecodeError):
            odd.append(bytes(raw))
    return listed, odd


async def _navigation(api: GraphApi, story_id: str, refused: RefusedMetrics) -> list[object]:
    """How people left a story; a breakdown in a request for other metrics would fail it whole."""

    async def request(names: Sequence[str]) -> Reply[Feed]:
        wish = {"metric": ",".join(names), "breakdown": "story_navigation_action_type"}
        return await api.list(f"{quoted(story_id)}/insights", wish)

    try:
        reply = await refused.ask("post", "STORY", ("navigation",), request)
    except (GoneError, NotOfferedError):
        return []
    return [msgspec.json.decode(raw) for raw in reply.envelope.data or []] if reply else []
