"""Reading a LinkedIn page: its followers, its posts with their statistics, its days, comments without their text."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec

from pipelines.sources.endpoint import Endpoint
from pipelines.sources.linkedin.comments import comment_pages
from pipelines.sources.linkedin.dialect import LinkedInDialect, Size
from pipelines.sources.linkedin.restli import Api, daily, encoded, utc_days
from pipelines.sources.linkedin.statistics import post_statistics
from pipelines.sources.linkedin.streams import (
    ACCOUNTS,
    FOLLOWER_STATISTICS,
    PAGE_STATISTICS,
    POST_STATISTICS,
    POSTS,
    SHARE_STATISTICS,
    SOURCE,
    SPAN,
    STREAMS,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from pipelines.settings import LinkedInSettings
    from pipelines.sources.base import Account, Clients, PullPlan
    from pipelines.sources.comments import Pseudonyms
    from pipelines.sources.stream import Page, Stream

HOSTS = frozenset({"api.linkedin.com"})
TRAILING = timedelta(days=30)
"""How far back each pull reads the days again: one request, and late corrections come with it."""
_SERIES: tuple[tuple[Stream, str, str, timedelta], ...] = (
    (SHARE_STATISTICS, "organizationalEntityShareStatistics", "organizationalEntity", timedelta(0)),
    (FOLLOWER_STATISTICS, "organizationalEntityFollowerStatistics", "organizationalEntity", timedelta(days=2)),
    (PAGE_STATISTICS, "organizationPageStatistics", "organization", timedelta(0)),
)
"""Stream, finder, what it calls the page, and how long before now its last day must end."""


class LinkedIn:
    """The source `linkedin`."""

    name = SOURCE
    platform = "linkedin"
    streams = STREAMS

    def __init__(self, settings: LinkedInSettings, pseudonyms: Pseudonyms | None = None) -> None:
        self._settings = settings
        self._pseudonyms = pseudonyms

    @property
    def endpoint(self) -> Endpoint:
        """The versioned interface."""
        return Endpoint(
            source=SOURCE,
            base_url=self._settings.base_url,
            hosts=HOSTS,
            dialect=LinkedInDialect(),
            setting="SYFTE_LINKEDIN__BASE_URL",
            token_setting="SYFTE_LINKEDIN__TOKEN",  # noqa: S106  # the variable's name, not a token
            headers={"Linkedin-Version": self._settings.api_version, "X-Restli-Protocol-Version": "2.0.0"},
        )

    def endpoints(self, accounts: Iterable[Account]) -> tuple[Endpoint, ...]:
        """One for all accounts."""
        del accounts
        return (self.endpoint,)

    async def probe(self, clients: Clients, account: Account) -> str:
        """Ask for the followers."""
        reply = await self._api(clients, account).size(Size)
        return f"knows organization {account.native_id}, {reply.envelope.first_degree_size} followers"

    async def pull(self, clients: Clients, account: Account, plan: PullPlan) -> AsyncIterator[Page]:
        """Read one account; see `Source.pull`."""
        api = self._api(clients, account)
        if plan.young_only_hours is None:
            reply = await api.size(Size)
            yield api.page(ACCOUNTS, reply, [reply.body])
        young: list[str] = []
        async for page in _posts(api, plan, young):
            yield page
        if plan.young_only_hours is None:
            async for page in _series(api, plan):
                yield page
            if self._pseudonyms is not None:
                async for page in comment_pages(api, young, self._pseudonyms):
                    yield page

    def _api(self, clients: Clients, account: Account) -> Api:
        return Api(
            client=clients.at(self.endpoint),
            token=self._settings.token_for(account.native_id),
            account_id=account.account_id,
            urn=f"urn:li:organization:{account.native_id}",
            version=self._settings.api_version,
        )


class _Moments(msgspec.Struct, rename="camel"):
    """When a post came to be, in milliseconds."""

    id: str
    published_at: int | None = None
    created_at: int | None = None
    last_modified_at: int | None = None
    lifecycle_state: str | None = None

    @property
    def born_ms(self) -> int:
        return self.published_at or self.created_at or 0

    @property
    def touched_ms(self) -> int:
        return self.last_modified_at or self.born_ms


def _moments(element: msgspec.Raw | bytes) -> _Moments | None:
    try:
        return msgspec.json.decode(element, type=_Moments)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None  # the allow-list will say what is wrong with it


async def _posts(api: Api, plan: PullPlan, young: list[str]) -> AsyncIterator[Page]:
    """Posts, last changed first, each page behind its statistics; fills `young` with those to ask for comments.

    A draft that is published late is changed by that, so that this order misses none. Offsets mean nothing to a later
    run: a crawl that was cut off begins anew.
    """
    since_ms = plan.posts_since.timestamp() * 1000
    comments_ms = plan.comments_since.timestamp() * 1000

    def is_past(element: msgspec.Raw) -> bool:
        moments = _moments(element)
        return moments is not None and moments.touched_ms < since_ms

    number = 0
    query = f"author={encoded(api.urn)}&q=author&sortBy=LAST_MODIFIED"
    async for reply, fresh, ended in api.all("/rest/posts", query, is_thorough=True, is_past=is_past):
        number += 1
        window = (plan.posts_since, plan.now)
        page = api.page(POSTS, reply, fresh, number=number, window=window, complete=ended)
        # a draft has no statistics yet, and its nought would be taken for a measured one
        known = [one for row in page.rows if (one := _moments(row)) and one.lifecycle_state in {None, "PUBLISHED"}]
        young += [moments.id for moments in known if moments.born_ms >= comments_ms]
        born = {moments.id: moments.born_ms for moments in known}
        async for answer, rows in post_statistics(api, born, plan.now):
            yield api.page(POST_STATISTICS, answer, rows, number=number)
        yield page


async def _series(api: Api, plan: PullPlan) -> AsyncIterator[Page]:
    """Whole UTC days of each kind of statistics."""
    for stream, finder, name, delay in _SERIES:
        start, end = plan.window or (plan.now - TRAILING, plan.now)
        number = 0
        for window in utc_days(start, min(end, plan.now - delay), SPAN):
            query = f"{name}={encoded(api.urn)}&q={name}&timeIntervals={daily(window)}"
            async for reply, fresh, ended in api.all(f"/rest/{finder}", query):
                number += 1
                yield api.page(stream, reply, fresh, number=number, window=window, complete=ended)
