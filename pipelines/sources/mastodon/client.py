"""Reading a Mastodon account at its own server: other servers know only a part of what happened to its posts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from pipelines.errors import ConfigurationError
from pipelines.sources.comments import read_comments
from pipelines.sources.counter_checks import page_of, sampled
from pipelines.sources.endpoint import Endpoint
from pipelines.sources.http import GoneError
from pipelines.sources.mastodon.checks import check_counters
from pipelines.sources.mastodon.dialect import Context, Instance, MastodonDialect, One, Statuses, next_page
from pipelines.sources.mastodon.statuses import StatusView, branch, own_posts, said
from pipelines.sources.mastodon.streams import ACCOUNTS, ALLOWANCES, COMMENTS, COUNTER_CHECKS, POSTS, SOURCE, STREAMS
from pipelines.sources.paging import pages
from pipelines.sources.stream import Page

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from pydantic import SecretStr

    from pipelines.settings import MastodonSettings
    from pipelines.sources.base import Account, Clients, PullPlan
    from pipelines.sources.comments import Pseudonyms, Said
    from pipelines.sources.http import HttpClient, Reply

PAGE_SIZE = 40
_NATIVE_ID = re.compile(r"(?P<id>[^@/\s]+)@(?P<host>[A-Za-z0-9.-]+(?::[0-9]+)?)")


class Mastodon:
    """The source `mastodon`."""

    name = SOURCE
    platform = "mastodon"
    streams = STREAMS
    allowances = ALLOWANCES

    def __init__(self, settings: MastodonSettings, pseudonyms: Pseudonyms | None = None) -> None:
        self._settings = settings
        self._pseudonyms = pseudonyms

    def endpoints(self, accounts: Iterable[Account]) -> tuple[Endpoint, ...]:
        """One for each server.

        Raises:
            ConfigurationError: an account does not name its server, or one token would be sent to several.
        """
        known = list(accounts)
        found = {endpoint.base_url: endpoint for endpoint in map(self.endpoint_of, known)}
        sharing = {self.endpoint_of(one).base_url for one in known if one.native_id not in self._settings.tokens}
        if self._settings.token is not None and len(sharing) > 1:
            raise ConfigurationError(
                f"One Mastodon token would be sent to {len(sharing)} servers: {', '.join(sorted(sharing))}.",
                where="SYFTE_MASTODON__TOKEN",
                do="A token is good on the server that issued it: set SYFTE_MASTODON__TOKENS, one for each account.",
            )
        return tuple(found.values())

    def endpoint_of(self, account: Account) -> Endpoint:
        """The account's own server.

        Raises:
            ConfigurationError: its id does not name one.
        """
        named = _NATIVE_ID.fullmatch(account.native_id)
        if named is None:
            raise ConfigurationError(
                f"The Mastodon account {account.native_id} does not say on which server it lives.",
                where="accounts in goals.yaml",
                do="Write native_id as its number, @ and its server: 109@social.example.",
            )
        base_url = self._settings.base_url or f"https://{named['host'].lower()}"
        return Endpoint(
            source=SOURCE,
            base_url=base_url,
            hosts=frozenset(),
            dialect=MastodonDialect(),
            setting="SYFTE_MASTODON__BASE_URL",
            token_setting="SYFTE_MASTODON__TOKENS",  # noqa: S106  # the variable's name, not a token
        )

    async def probe(self, clients: Clients, account: Account) -> str:
        """Ask for the account."""
        await self._account(clients.at(self.endpoint_of(account)), account)
        return f"knows account {account.native_id}"

    async def pull(self, clients: Clients, account: Account, plan: PullPlan) -> AsyncIterator[Page]:
        """Read one account; see `Source.pull`."""
        client = clients.at(self.endpoint_of(account))
        version = None
        if plan.wants("account"):
            version = await self._version(client, account)
            reply = await self._account(client, account)
            kept, rejected = ACCOUNTS.read([reply.body])
            yield Page(
                stream=ACCOUNTS,
                account_id=account.account_id,
                rows=kept,
                rejected=rejected,
                fetched_at=reply.answered_at,
                complete=True,
                api_version_answered=version,
            )
        seen: list[StatusView] = []
        async for page in self._posts(client, account, plan, seen, version):
            yield page
        if self._pseudonyms is not None and plan.wants("comments"):
            recent = [post for post in seen if post.published_at >= plan.comments_since and post.replies_count != 0]
            async for page in self._comments(client, account, recent, self._pseudonyms):
                yield page
        chosen = sampled([post.id for post in seen], self._settings.counter_checks, plan.now.date())
        if chosen and plan.wants("other"):
            try:
                checks, read_at = await check_counters(client, self._token(account), chosen)
            except GoneError:
                return  # a server that has no batch of statuses
            yield page_of(COUNTER_CHECKS, account.account_id, checks, read_at)

    def _token(self, account: Account) -> SecretStr | None:
        has_token = self._settings.token is not None or account.native_id in self._settings.tokens
        return self._settings.token_for(account.native_id) if has_token else None

    async def _version(self, client: HttpClient, account: Account) -> str | None:
        """What software answers, in its own words; servers of another kind may not say."""
        try:
            reply = await client.get("/api/v2/instance", Instance, token=self._token(account), cost=ACCOUNTS.cost)
        except GoneError:
            return None
        return reply.envelope.version

    async def _account(self, client: HttpClient, account: Account) -> Reply[One]:
        path = f"/api/v1/accounts/{_quoted(own_id(account))}"
        return await client.get(path, One, token=self._token(account), cost=ACCOUNTS.cost)

    async def _posts(
        self, client: HttpClient, account: Account, plan: PullPlan, seen: list[StatusView], version: str | None
    ) -> AsyncIterator[Page]:
        """Newest first, until a page reaches beyond the window or is empty."""
        params = {"limit": str(PAGE_SIZE), "exclude_replies": "true", "exclude_reblogs": "true"}
        cursor, number = plan.start_of(POSTS.name, anew=self._pseudonyms is not None and plan.wants("comments"))

        async def ask(place: str | None) -> Reply[Statuses]:
            return await client.get(
                f"/api/v1/accounts/{_quoted(own_id(account))}/statuses",
                Statuses,
                token=self._token(account),
                params=params | ({"max_id": place} if place else {}),
                cost=POSTS.cost,
                objects=PAGE_SIZE,
            )

        async for reply, following in pages(ask, cursor, following=_following):
            own, read, is_past = own_posts(reply.envelope.data or [], own_id(account), plan.posts_since)
            kept, rejected = POSTS.read(own)
            seen.extend(read)
            is_last = is_past or following is None
            yield Page(
                stream=POSTS,
                account_id=account.account_id,
                rows=kept,
                rejected=rejected,
                fetched_at=reply.answered_at,
                number=number,
                next_cursor=None if is_last else following,
                complete=is_last,
                window=(plan.posts_since, plan.now),
                api_version_answered=version,
            )
            if is_last:
                return
            number += 1

    async def _comments(
        self, client: HttpClient, account: Account, posts: list[StatusView], pseudonyms: Pseudonyms
    ) -> AsyncIterator[Page]:
        """What stands below posts that have answers, a page each; a post that went in between has none."""
        for number, post in enumerate(posts, start=1):
            path = f"/api/v1/statuses/{_quoted(post.id)}/context"
            try:
                reply = await client.get(path, Context, token=self._token(account), cost=COMMENTS.cost)
            except GoneError:
                continue
            found = reply.envelope.descendants or []
            under = branch(found, post.id, own_id(account))

            def tell(view: StatusView, root: str = post.id, under: set[str] = under) -> Said | None:
                return said(view, root=root, own_id=own_id(account)) if view.id in under else None

            kept, rejected = read_comments(found, StatusView, tell, platform=self.platform, pseudonyms=pseudonyms)
            yield Page(
                stream=COMMENTS,
                account_id=account.account_id,
                rows=kept,
                rejected=rejected,
                fetched_at=reply.answered_at,
                number=number,
                complete=number == len(posts),
            )


def own_id(account: Account) -> str:
    """The account's id on its own server."""
    return account.native_id.partition("@")[0]


def _following(reply: Reply[Statuses]) -> str | None:
    return next_page(reply.headers) if reply.envelope.data else None


def _quoted(native_id: str) -> str:
    return quote(native_id, safe="")
