"""Reading a Facebook Page: its figures, its posts with everything on them, its daily insights."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from pipelines.sources.endpoint import Endpoint
from pipelines.sources.facebook_pages.streams import ACCOUNTS, METRIC_STATUS, PAGE_INSIGHTS, POSTS, SOURCE, STREAMS
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
from pipelines.sources.http import InvalidMetricError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
    from datetime import datetime

    from pipelines.settings import FacebookPagesSettings
    from pipelines.sources.base import Account, Clients, PullPlan
    from pipelines.sources.comments import Pseudonyms
    from pipelines.sources.graph import Feed
    from pipelines.sources.http import Reply
    from pipelines.sources.stream import Page

ACCOUNT_FIELDS = "id,name,username,link,fan_count,followers_count,talking_about_count"
POST_FIELDS = (
    "id,message,story,created_time,updated_time,permalink_url,status_type,is_published,is_hidden,is_expired,parent_id,"
    "shares,attachments{media_type,type},reactions.limit(0).summary(total_count),comments.limit(0).summary(true)"
)
POST_METRICS = ("post_media_view", "post_total_media_view_unique", "post_clicks", "post_video_views")
PAGE_METRICS = (
    "page_media_view",
    "page_total_media_view_unique",
    "page_post_engagements",
    "page_total_actions",
    "page_views_total",
    "page_follows",
    "page_daily_follows",
    "page_daily_unfollows_unique",
    "page_video_views",
    "page_video_view_time",
)
METRICS_PER_REQUEST = 5
"""A refused name costs only its own small group."""
WINDOW_DAYS = 90
"""The platform's longest window. Each pull reads a day less again, because values are corrected late:
one window then holds it, also when a day has 25 hours."""


class FacebookPages:
    """The source `facebook_pages`."""

    name = SOURCE
    platform = "facebook"
    streams = STREAMS

    def __init__(self, settings: FacebookPagesSettings, pseudonyms: Pseudonyms | None = None) -> None:
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
            setting="SYFTE_FACEBOOK_PAGES__BASE_URL",
            token_setting="SYFTE_FACEBOOK_PAGES__TOKEN",  # noqa: S106  # the variable's name, not a token
        )

    def endpoints(self, accounts: Iterable[Account]) -> tuple[Endpoint, ...]:
        """One for all accounts."""
        del accounts
        return (self.endpoint,)

    async def probe(self, clients: Clients, account: Account) -> str:
        """Ask for the Page's name."""
        reply = await self._api(clients, account).node(quoted(account.native_id), {"fields": "id,name"})
        return f"answers as Page {reply.envelope.id}"

    async def pull(self, clients: Clients, account: Account, plan: PullPlan) -> AsyncIterator[Page]:
        """Read one Page; see `Source.pull`."""
        api = self._api(clients, account)
        node = quoted(account.native_id)
        if plan.young_only_hours is None:
            reply = await api.node(node, {"fields": ACCOUNT_FIELDS})
            yield api.page(ACCOUNTS, reply, [reply.body])
        async for page in _posts(api, node, plan):
            yield page
        if plan.young_only_hours is None:
            async for page in _insights(api, node, plan):
                yield page

    def _api(self, clients: Clients, account: Account) -> GraphApi:
        token = self._settings.token_for(account.native_id)
        return GraphApi(
            client=clients.at(self.endpoint), settings=self._settings, token=token, account_id=account.account_id
        )


class _PostsRequest:
    """The request for a page of posts, which forgets the metrics that are refused."""

    def __init__(self, api: GraphApi, node: str) -> None:
        self._api = api
        self._path = f"{node}/published_posts"
        self._metrics: Sequence[str] = POST_METRICS
        self.refused: dict[str, str] = {}
        self.span: dict[str, str] = {}

    async def __call__(self, place: Mapping[str, str]) -> Reply[Feed]:
        async def ask(metrics: Sequence[str]) -> Reply[Feed]:
            nested = f",insights.metric({','.join(metrics)})" if metrics else ""
            return await self._api.list(self._path, {"fields": POST_FIELDS + nested, **self.span, **place})

        try:
            return await ask(self._metrics)
        except InvalidMetricError:
            self._metrics = await offered(ask, self._metrics, self.refused)
            return await ask(self._metrics)


async def _posts(api: GraphApi, node: str, plan: PullPlan) -> AsyncIterator[Page]:
    ask = _PostsRequest(api, node)
    windows = post_windows(plan.posts_since, plan.now)
    cursor, number = plan.start_of(POSTS.name) if len(windows) == 1 else (None, 1)
    reply: Reply[Feed] | None = None
    for window in windows:
        ask.span = {"since": unix(window[0])}
        if window[1] != plan.now:  # the newest window stays open: a post may come while we read
            ask.span["until"] = unix(window[1])
        async for reply, following in api.pages(ask, cursor):
            yield api.page(
                POSTS,
                reply,
                reply.envelope.data or [],
                number=number,
                # A cursor leads on within its window only, so that a crawl of many windows begins anew.
                next_cursor=following if len(windows) == 1 else None,
                window=(plan.posts_since, plan.now),
                complete=following is None and window == windows[-1],
            )
            number += 1
    if reply and ask.refused:
        yield api.page(METRIC_STATUS, reply, refusals("post", ask.refused))


async def _insights(api: GraphApi, node: str, plan: PullPlan) -> AsyncIterator[Page]:
    """Day values by windows of our own: `next` and `previous` of insights are always there and never end."""
    start, end = plan.window or (plan.now - timedelta(days=WINDOW_DAYS - 1), plan.now)
    refused: dict[str, str] = {}
    reply: Reply[Feed] | None = None
    number = 0
    for window in pacific_windows(start, end, WINDOW_DAYS):
        for first in range(0, len(PAGE_METRICS), METRICS_PER_REQUEST):
            group = [metric for metric in PAGE_METRICS[first : first + METRICS_PER_REQUEST] if metric not in refused]

            async def ask(metrics: Sequence[str], window: tuple[datetime, datetime] = window) -> Reply[Feed]:
                span = {"since": unix(window[0]), "until": unix(window[1])}
                return await api.list(f"{node}/insights", {"metric": ",".join(metrics), "period": "day", **span})

            reply = await ask_offered(ask, group, refused)
            if reply is not None:
                number += 1
                yield api.page(PAGE_INSIGHTS, reply, reply.envelope.data or [], number=number, window=window)
    if refused:
        yield api.page(METRIC_STATUS, reply or await api.node(node, {"fields": "id"}), refusals("account", refused))
