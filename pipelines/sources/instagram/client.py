"""Reading an Instagram account: its figures, its media with their lifetime metrics, its daily insights."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec

from pipelines.sources.base import first_of
from pipelines.sources.endpoint import Endpoint
from pipelines.sources.graph import HOSTS, GraphDialect
from pipelines.sources.graph_api import (
    GraphApi,
    ask_offered,
    offered,
    pacific_windows,
    post_windows,
    quoted,
    refusals,
    unix,
)
from pipelines.sources.http import GoneError, InvalidMetricError, NotOfferedError
from pipelines.sources.instagram import records
from pipelines.sources.instagram.streams import (
    ACCOUNT_INSIGHTS,
    ACCOUNTS,
    MEDIA,
    MEDIA_INSIGHTS,
    METRIC_STATUS,
    SOURCE,
    STREAMS,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
    from datetime import datetime

    from pipelines.settings import InstagramSettings
    from pipelines.sources.base import Account, Clients, PullPlan
    from pipelines.sources.comments import Pseudonyms
    from pipelines.sources.graph import Feed
    from pipelines.sources.http import Reply
    from pipelines.sources.stream import Page

ACCOUNT_FIELDS = "id,username,name,website,followers_count,follows_count,media_count"
MEDIA_FIELDS = (
    "id,caption,media_type,media_product_type,permalink,shortcode,timestamp,is_shared_to_feed,like_count,comments_count"
)
_COMMON = ("views", "reach", "total_interactions", "likes", "comments", "saved", "shares")
MEDIA_METRICS: dict[str, tuple[str, ...]] = {
    "FEED": (*_COMMON, "reposts", "follows", "profile_visits"),
    "REELS": (*_COMMON, "reposts", "ig_reels_avg_watch_time", "ig_reels_video_view_total_time"),
}
"""Lifetime metrics by product type; a type that is not here is asked for what all have in common."""
SERIES_METRICS = ("reach", "follower_count")
TOTAL_METRICS = (
    "views",
    "accounts_engaged",
    "total_interactions",
    "likes",
    "comments",
    "saves",
    "shares",
    "replies",
    "reposts",
    "profile_links_taps",
)
WINDOW_DAYS = 30
"""The platform's longest window. Each pull reads a day less again, because values lag by up to 48 hours:
one window then holds it, also when a day has 25 hours."""


class Instagram:
    """The source `instagram`."""

    name = SOURCE
    platform = "instagram"
    streams = STREAMS

    def __init__(self, settings: InstagramSettings, pseudonyms: Pseudonyms | None = None) -> None:
        self._settings = settings
        self._pseudonyms = pseudonyms

    @property
    def endpoint(self) -> Endpoint:
        """The Graph API."""
        return Endpoint(
            source=SOURCE,
            base_url=self._settings.base_url,
            hosts=HOSTS,
            dialect=GraphDialect(),
            setting="SYFTE_INSTAGRAM__BASE_URL",
            token_setting="SYFTE_INSTAGRAM__TOKEN",  # noqa: S106  # the variable's name, not a token
        )

    def endpoints(self, accounts: Iterable[Account]) -> tuple[Endpoint, ...]:
        """One for all accounts."""
        del accounts
        return (self.endpoint,)

    async def probe(self, clients: Clients, account: Account) -> str:
        """Ask for the account's name."""
        reply = await self._api(clients, account).node(quoted(account.native_id), {"fields": "id,username"})
        return f"answers as account {reply.envelope.id}"

    async def pull(self, clients: Clients, account: Account, plan: PullPlan) -> AsyncIterator[Page]:
        """Read one account; see `Source.pull`."""
        api = self._api(clients, account)
        node = quoted(account.native_id)
        if plan.young_only_hours is None:
            reply = await api.node(node, {"fields": ACCOUNT_FIELDS})
            yield api.page(ACCOUNTS, reply, [reply.body])
        async for page in _media(api, node, plan):
            yield page
        if plan.young_only_hours is None:
            async for page in _insights(api, node, plan):
                yield page

    def _api(self, clients: Clients, account: Account) -> GraphApi:
        token = self._settings.token_for(account.native_id)
        return GraphApi(
            client=clients.at(self.endpoint), settings=self._settings, token=token, account_id=account.account_id
        )


async def _media(api: GraphApi, node: str, plan: PullPlan) -> AsyncIterator[Page]:
    """Media page by page, each preceded by its metrics: whoever resumes behind a page finds its metrics kept."""
    windows = post_windows(plan.posts_since, plan.now)
    cursor, number = plan.start_of(MEDIA.name) if len(windows) == 1 else (None, 1)
    metrics = _MediaMetrics(api)
    reply: Reply[Feed] | None = None
    span: dict[str, str] = {}

    async def ask(place: Mapping[str, str]) -> Reply[Feed]:
        return await api.list(f"{node}/media", {"fields": MEDIA_FIELDS, **span, **place})

    for window in windows:
        span = {"since": unix(window[0])}
        if window[1] != plan.now:  # the newest window stays open: a post may come while we read
            span["until"] = unix(window[1])
        async for reply, following in api.pages(ask, cursor):
            ended = following is None and window == windows[-1]
            page = api.page(
                MEDIA,
                reply,
                reply.envelope.data or [],
                number=number,
                # A cursor leads on within its window only, so that a crawl of many windows begins anew.
                next_cursor=following if len(windows) == 1 else None,
                window=(plan.posts_since, plan.now),
                complete=ended,
            )
            rows = await metrics.of(page)
            if rows:
                yield api.page(MEDIA_INSIGHTS, reply, rows, number=number, window=page.window, complete=ended)
            yield page
            number += 1
    for product_type, refused in metrics.refused.items():
        if reply and refused:
            yield api.page(METRIC_STATUS, reply, refusals("post", refused, media_product_type=product_type))


class _MediaMetrics:
    """Lifetime metrics of media, asked one by one: a nested request would fail whole for one bad name."""

    def __init__(self, api: GraphApi) -> None:
        self._api = api
        self._good: dict[str, Sequence[str]] = {}
        self._tried: set[str | None] = set()
        self.refused: dict[str, dict[str, str]] = {}

    async def of(self, page: Page) -> list[bytes]:
        """Rows of `media_insights` for a page of media, in its order."""
        media = [msgspec.json.decode(row, type=records.Media) for row in page.rows]
        rows: dict[int, bytes] = {}
        for place, one in enumerate(media):
            if one.media_product_type not in self._tried:  # the first of its type finds out what is refused
                self._tried.add(one.media_product_type)
                rows[place] = await self._of_one(one)
        rest = {place: one for place, one in enumerate(media) if place not in rows}
        try:
            async with asyncio.TaskGroup() as group:
                tasks = {place: group.create_task(self._of_one(one)) for place, one in rest.items()}
        except ExceptionGroup as failed:
            raise first_of(failed) from None
        rows |= {place: task.result() for place, task in tasks.items()}
        return [rows[place] for place in range(len(media))]

    async def _of_one(self, media: records.Media) -> bytes:
        kind = media.media_product_type or ""
        path = f"{quoted(media.id)}/insights"

        async def ask(metrics: Sequence[str]) -> Reply[Feed]:
            return await self._api.list(path, {"metric": ",".join(metrics)})

        metrics = self._good.get(kind, MEDIA_METRICS.get(kind, _COMMON))
        data: list[msgspec.Raw] = []
        status = "ok"
        try:
            if metrics:
                data = (await ask(metrics)).envelope.data or []
        except InvalidMetricError:
            self._good[kind] = good = await offered(ask, metrics, self.refused.setdefault(kind, {}))
            data = ((await ask(good)).envelope.data or []) if good else []
        except NotOfferedError:
            status = "not_offered"
        except GoneError:
            status = "not_found"
        row = {"id": media.id, "media_product_type": media.media_product_type, "status": status}
        return msgspec.json.encode(row | ({"data": data} if status == "ok" else {}))


async def _insights(api: GraphApi, node: str, plan: PullPlan) -> AsyncIterator[Page]:
    """Series by windows of 30 days; totals one Pacific day at a time, because a total covers its whole window."""
    start, end = plan.window or (plan.now - timedelta(days=WINDOW_DAYS - 1), plan.now)
    refused: dict[str, str] = {}
    last: Reply[Feed] | None = None
    number = 0
    jobs = [
        *(_Job("time_series", SERIES_METRICS, window) for window in pacific_windows(start, end, WINDOW_DAYS)),
        *(_Job("total_value", TOTAL_METRICS, window) for window in pacific_windows(start, end, 1)),
    ]
    for job in jobs:
        reply = await job.run(api, node, refused)
        if reply is None:
            continue
        last = reply
        number += 1
        rows = reply.envelope.data or []
        if job.metric_type == "total_value":
            rows = [_dated(row, job.window) for row in rows]
        yield api.page(ACCOUNT_INSIGHTS, reply, rows, number=number, window=job.window)
    if refused and last:
        yield api.page(METRIC_STATUS, last, refusals("account", refused))


@dataclass(frozen=True)
class _Job:
    metric_type: str
    metrics: tuple[str, ...]
    window: tuple[datetime, datetime]

    async def run(self, api: GraphApi, node: str, refused: dict[str, str]) -> Reply[Feed] | None:
        async def ask(names: Sequence[str]) -> Reply[Feed]:
            span = {"since": unix(self.window[0]), "until": unix(self.window[1])}
            wish = {"metric": ",".join(names), "period": "day", "metric_type": self.metric_type}
            return await api.list(f"{node}/insights", wish | span)

        return await ask_offered(ask, [name for name in self.metrics if name not in refused], refused)


def _dated(row: msgspec.Raw, window: tuple[datetime, datetime]) -> bytes:
    """A total with the window it was asked for, which the platform does not repeat."""
    try:
        fields = msgspec.json.decode(row, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return bytes(row)  # the allow-list will say what is wrong with it
    dates: dict[str, object] = {"window_start": window[0].isoformat(), "window_end": window[1].isoformat()}
    return msgspec.json.encode(fields | dates)
