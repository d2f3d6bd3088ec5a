"""Reading a Bluesky account: its figures, its posts, and what was answered to them.

What is public is asked of the AppView, without a token. With an app password, everything is asked of the server that
the account logs in to, which passes it on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.errors import ConfigurationError
from pipelines.sources.bluesky.checks import check_counters
from pipelines.sources.bluesky.dialect import BlueskyDialect, Feed, Profile, Thread
from pipelines.sources.bluesky.streams import ACCOUNTS, ALLOWANCES, COMMENTS, COUNTER_CHECKS, POSTS, SOURCE, STREAMS
from pipelines.sources.bluesky.timeline import PostView, below, branch, own_posts, said
from pipelines.sources.comments import read_comments
from pipelines.sources.counter_checks import page_of, sampled
from pipelines.sources.endpoint import Endpoint
from pipelines.sources.http import GoneError
from pipelines.sources.paging import pages
from pipelines.sources.stream import Page

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from pydantic import SecretStr

    from pipelines.settings import BlueskySettings
    from pipelines.sources.base import Account, Clients, PullPlan
    from pipelines.sources.bluesky.records import Post
    from pipelines.sources.comments import Pseudonyms, Said
    from pipelines.sources.http import HttpClient, Reply

HOSTS = frozenset({"public.api.bsky.app", "api.bsky.app"})
PAGE_SIZE = 100
THREAD_DEPTH = 20
"""Answers to answers; the platform cuts a branch off below."""


class Bluesky:
    """The source `bluesky`."""

    name = SOURCE
    platform = "bluesky"
    streams = STREAMS
    allowances = ALLOWANCES

    def __init__(self, settings: BlueskySettings, pseudonyms: Pseudonyms | None = None) -> None:
        self._settings = settings
        self._pseudonyms = pseudonyms

    def endpoints(self, accounts: Iterable[Account]) -> tuple[Endpoint, ...]:
        """The AppView, the login server, or both."""
        found = {endpoint.base_url: endpoint for endpoint in map(self.endpoint_of, accounts)}
        return tuple(found.values())

    def endpoint_of(self, account: Account) -> Endpoint:
        """Where an account is read: by its login server if it has an app password, else by the AppView.

        Raises:
            ConfigurationError: its id is no did.
        """
        if not account.native_id.startswith("did:"):
            raise ConfigurationError(
                f"The Bluesky account {account.native_id} is not named by its did.",
                where="accounts in goals.yaml",
                do="Write native_id as did:plc:…; a handle may change hands.",
            )
        has_login = self._has_login(account)
        return Endpoint(
            source=SOURCE,
            base_url=self._settings.login_url if has_login else self._settings.base_url,
            hosts=frozenset() if has_login else HOSTS,  # anybody may run a login server
            dialect=BlueskyDialect(),
            setting="SYFTE_BLUESKY__LOGIN_URL" if has_login else "SYFTE_BLUESKY__BASE_URL",
            token_setting="SYFTE_BLUESKY__TOKENS",  # noqa: S106  # the variable's name, not a token
        )

    async def probe(self, clients: Clients, account: Account) -> str:
        """Ask for the account."""
        reply = await self._profile(clients.at(self.endpoint_of(account)), account)
        return f"knows account {reply.envelope.did}"

    async def pull(self, clients: Clients, account: Account, plan: PullPlan) -> AsyncIterator[Page]:
        """Read one account; see `Source.pull`."""
        client = clients.at(self.endpoint_of(account))
        if plan.wants("account"):
            reply = await self._profile(client, account)
            kept, rejected = ACCOUNTS.read([reply.body])
            yield Page(
                stream=ACCOUNTS,
                account_id=account.account_id,
                rows=kept,
                rejected=rejected,
                fetched_at=reply.answered_at,
                complete=True,
            )
        recent: list[Post] = []
        listed: list[str] = []
        async for page in self._posts(client, account, plan, recent, listed):
            yield page
        if self._pseudonyms is not None and plan.wants("comments"):
            async for page in self._comments(client, account, recent, self._pseudonyms):
                yield page
        chosen = sampled(listed, self._settings.counter_checks, plan.now.date())
        if chosen and plan.wants("other"):
            checks, read_at = await check_counters(client, self._token(account), chosen)
            yield page_of(COUNTER_CHECKS, account.account_id, checks, read_at)

    def _has_login(self, account: Account) -> bool:
        return self._settings.token is not None or account.native_id in self._settings.tokens

    def _token(self, account: Account) -> SecretStr | None:
        return self._settings.token_for(account.native_id) if self._has_login(account) else None

    async def _profile(self, client: HttpClient, account: Account) -> Reply[Profile]:
        return await client.get(
            "/xrpc/app.bsky.actor.getProfile",
            Profile,
            token=self._token(account),
            params={"actor": account.native_id},
            cost=ACCOUNTS.cost,
        )

    async def _posts(
        self, client: HttpClient, account: Account, plan: PullPlan, recent: list[Post], listed: list[str]
    ) -> AsyncIterator[Page]:
        """Newest first, until a page reaches beyond the window. A page without posts may have a next one.

        `recent` is given the posts young enough to be asked for their comments, `listed` the uris of all.
        """
        params = {
            "actor": account.native_id,
            "limit": str(PAGE_SIZE),
            "filter": "posts_and_author_threads",
            "includePins": "false",
        }
        reads_comments = self._pseudonyms is not None and plan.wants("comments")
        cursor, number = plan.start_of(POSTS.name, anew=reads_comments)

        async def ask(place: str | None) -> Reply[Feed]:
            return await client.get(
                "/xrpc/app.bsky.feed.getAuthorFeed",
                Feed,
                token=self._token(account),
                params=params | ({"cursor": place} if place else {}),
                cost=POSTS.cost,
                objects=PAGE_SIZE,
            )

        async for reply, following in pages(ask, cursor):
            found = own_posts(POSTS, reply.envelope.feed or [], account.native_id, plan.posts_since)
            if reads_comments:
                recent.extend(post for post, at in found.posts if at is None or at >= plan.comments_since)
            listed.extend(post.uri for post, _ in found.posts)
            is_last = found.is_past or following is None
            yield Page(
                stream=POSTS,
                account_id=account.account_id,
                rows=found.rows,
                rejected=found.rejected,
                fetched_at=reply.answered_at,
                number=number,
                next_cursor=None if is_last else following,
                complete=is_last,
                window=(plan.posts_since, plan.now),
            )
            if is_last:
                return
            number += 1

    async def _comments(
        self, client: HttpClient, account: Account, posts: list[Post], pseudonyms: Pseudonyms
    ) -> AsyncIterator[Page]:
        """The threads below posts that have answers, a page each; a post that went in between has none."""
        asked = [post for post in posts if post.replyCount is None or post.replyCount > 0]
        for number, post in enumerate(asked, start=1):
            try:
                reply = await client.get(
                    "/xrpc/app.bsky.feed.getPostThread",
                    Thread,
                    token=self._token(account),
                    params={"uri": post.uri, "depth": str(THREAD_DEPTH), "parentHeight": "0"},
                    cost=COMMENTS.cost,
                )
            except GoneError:
                continue
            found = list(below(reply.envelope.thread))
            under = branch(found, post.uri, account.native_id)

            def tell(view: PostView, root: str = post.uri, under: set[str] = under) -> Said | None:
                if view.uri not in under:
                    return None
                return said(view, root=root, did=account.native_id, pseudonyms=pseudonyms)

            kept, rejected = read_comments(found, PostView, tell, platform=self.platform, pseudonyms=pseudonyms)
            yield Page(
                stream=COMMENTS,
                account_id=account.account_id,
                rows=kept,
                rejected=rejected,
                fetched_at=reply.answered_at,
                number=number,
                complete=number == len(asked),
            )
