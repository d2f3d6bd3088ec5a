"""A platform that speaks the Graph API: what all of them are read by, from declarations.

    class Threads(GraphSource):
        name, platform, streams, hosts = SOURCE, "threads", STREAMS, HOSTS
        account = Node(stream=ACCOUNTS, fields="id,username", status=METRIC_STATUS)
        posts = Listing(stream=POSTS, edge="threads", fields="id,text,timestamp", published="timestamp")
        insights = ObjectMetrics(stream=POST_INSIGHTS, common=("views", "likes"))
        series = (Series(stream=ACCOUNT_INSIGHTS, edge="threads_insights", metrics=("views",), days=30),)

What is peculiar to a platform overrides a method.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

import msgspec

from pipelines.sources.endpoint import Endpoint
from pipelines.sources.graph import HOSTS, GraphDialect
from pipelines.sources.graph_api import GraphApi, post_windows, quoted, unix
from pipelines.sources.graph_comments import Reader, Thread
from pipelines.sources.graph_metrics import Listing, Node, ObjectMetrics, PostMetrics, Series, read_series
from pipelines.sources.refused import RefusedMetrics

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping, Sequence

    from pipelines.source_settings import GraphSettings
    from pipelines.sources.base import Account, Clients, PullPlan
    from pipelines.sources.comments import Pseudonyms
    from pipelines.sources.graph import Feed
    from pipelines.sources.http import Reply
    from pipelines.sources.stream import Page, Stream

__all__ = ["GraphSource", "Listing", "Node", "ObjectMetrics", "Series", "Thread"]


class _Named(msgspec.Struct):
    username: str | None = None


class GraphSource:
    """One source on the Graph API.

    Args:
        settings: its section.
        pseudonyms: hashes the authors of comments; None if no comments are read.
    """

    name: ClassVar[str]
    platform: ClassVar[str]
    streams: ClassVar[tuple[Stream, ...]]
    hosts: ClassVar[frozenset[str]] = HOSTS
    account: ClassVar[Node]
    posts: ClassVar[Listing]
    insights: ClassVar[ObjectMetrics | None] = None
    series: ClassVar[tuple[Series, ...]] = ()
    trailing_days: ClassVar[int] = 29
    thread: ClassVar[Thread | None] = None

    def __init__(self, settings: GraphSettings, pseudonyms: Pseudonyms | None = None) -> None:
        self._settings = settings
        self._pseudonyms = pseudonyms

    @property
    def endpoint(self) -> Endpoint:
        """Where it answers."""
        return Endpoint(
            source=self.name,
            base_url=self._settings.base_url,
            hosts=self.hosts,
            dialect=GraphDialect(),
            setting=f"SYFTE_{self._settings.section}__BASE_URL",
            token_setting=f"SYFTE_{self._settings.section}__TOKEN",
        )

    def endpoints(self, accounts: Iterable[Account]) -> tuple[Endpoint, ...]:
        """One for all accounts."""
        del accounts
        return (self.endpoint,)

    async def probe(self, clients: Clients, account: Account) -> str:
        """Ask for the account's name."""
        reply = await self._api(clients, account).node(quoted(account.native_id), {"fields": self.account.probe})
        return f"answers as {self.account.noun} {reply.envelope.id}"

    async def pull(self, clients: Clients, account: Account, plan: PullPlan) -> AsyncIterator[Page]:
        """Read one account; see `Source.pull`."""
        api = self._api(clients, account)
        node = quoted(account.native_id)
        refused = RefusedMetrics(plan.refused, plan.now)
        handle = account.handle
        if plan.wants("account"):
            page = await self.account.read(api, node, refused)
            handle = next((msgspec.json.decode(row, type=_Named).username for row in page.rows), None) or handle
            yield page
        if plan.wants("posts"):
            reader = self._reader(api, replace(account, handle=handle), plan)
            async for page in self._posts(api, node, plan, refused, reader):
                yield page
        if plan.wants("stories"):
            async for page in self.stories(api, node, refused):
                yield page
        for page in self._told(api, refused, "post"):
            yield page
        if plan.wants("account_series"):
            span = plan.window or (plan.now - timedelta(days=self.trailing_days), plan.now)
            async for page in read_series(api, node, self.series, span, refused):
                yield page
        for page in self._told(api, refused, "account"):
            yield page

    async def stories(self, api: GraphApi, node: str, refused: RefusedMetrics) -> AsyncIterator[Page]:
        """What vanishes after a day; nothing, unless the platform has it."""
        del api, node, refused
        for page in ():
            yield page

    async def _posts(
        self, api: GraphApi, node: str, plan: PullPlan, refused: RefusedMetrics, reader: Reader | None
    ) -> AsyncIterator[Page]:
        """Posts page by page, each preceded by its metrics and comments: whoever resumes behind it finds them kept."""
        listing, stream = self.posts, self.posts.stream
        windows = post_windows(plan.posts_since, plan.now)
        cursor, number = plan.start_of(stream.name) if len(windows) == 1 else (None, 1)
        metrics = PostMetrics(api, self.insights, refused) if self.insights else None
        span: dict[str, str] = {}

        async def ask(place: Mapping[str, str]) -> Reply[Feed]:
            async def with_metrics(names: Sequence[str]) -> Reply[Feed]:
                nested = f",insights.metric({','.join(names)})" if names else ""
                return await api.list(f"{node}/{listing.edge}", {"fields": listing.fields + nested, **span, **place})

            if not listing.nested:
                return await with_metrics(())
            reply = await refused.ask("post", "", listing.nested, with_metrics, without=True)
            return reply or await with_metrics(())

        for window in windows:
            span = {"since": unix(window[0])}
            if window[1] != plan.now:  # the newest window stays open: a post may come while we read
                span["until"] = unix(window[1])
            async for reply, following in api.pages(ask, cursor):
                page = api.page(
                    stream,
                    reply,
                    reply.envelope.data or [],
                    number=number,
                    # A cursor leads on within its window only, so that a crawl of many windows begins anew.
                    next_cursor=following if len(windows) == 1 else None,
                    window=(plan.posts_since, plan.now),
                    complete=following is None and window == windows[-1],
                )
                if metrics and (measured := await metrics.page_of(page, reply)):
                    yield measured
                if reader and (said := await reader.page_of(page, reply, listing, plan)):
                    yield said
                yield page
                number += 1

    def _reader(self, api: GraphApi, account: Account, plan: PullPlan) -> Reader | None:
        """Who reads comments; None if nobody shall."""
        if self.thread is None or self._pseudonyms is None or not plan.wants("comments"):
            return None
        return Reader(api, self.thread, self._pseudonyms, account)

    def _told(self, api: GraphApi, refused: RefusedMetrics, scope: str) -> Iterable[Page]:
        rows = refused.rows(scope)
        return [api.page(self.account.status, api.last, rows)] if rows and api.last else []

    def _api(self, clients: Clients, account: Account) -> GraphApi:
        token = self._settings.token_for(account.native_id)
        return GraphApi(
            client=clients.at(self.endpoint), settings=self._settings, token=token, account_id=account.account_id
        )
