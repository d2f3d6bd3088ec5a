"""Reading an X account: its figures and its posts. Every object read costs money; nothing is read twice in a pull."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import msgspec

from pipelines.sources.endpoint import Endpoint
from pipelines.sources.paging import pages
from pipelines.sources.stream import Page, Rejected
from pipelines.sources.x.dialect import Posts, Problem, User, XDialect
from pipelines.sources.x.records import Post
from pipelines.sources.x.replies import Reader, conversations
from pipelines.sources.x.streams import ACCOUNTS, COMMENTS, OWN_POSTS, POSTS, SOURCE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from pipelines.settings import XSettings
    from pipelines.sources.base import Account, Clients, PullPlan
    from pipelines.sources.comments import Pseudonyms
    from pipelines.sources.http import HttpClient, Reply
    from pipelines.sources.stream import Stream

HOSTS = frozenset({"api.x.com", "api.twitter.com"})
PAGE_SIZE = 100
LISTED = 3_200
"""So many posts are listed at most."""
MAX_PAGES = 400
"""A crawl that gets here goes in circles."""
_FIELDS = {
    "tweet": (
        "tweet.fields",
        "id,text,created_at,lang,conversation_id,edit_history_tweet_ids,referenced_tweets,note_tweet,attachments,public_metrics",
    ),
    "post": (
        "post.fields",
        "id,text,created_at,lang,conversation_id,edit_history_post_ids,referenced_posts,note_post,attachments,public_metrics",
    ),
}


class X:
    """The source `x`."""

    name = SOURCE
    platform = "x"

    def __init__(self, settings: XSettings, pseudonyms: Pseudonyms | None = None) -> None:
        self._settings = settings
        self._pseudonyms = pseudonyms
        self._posts_stream = OWN_POSTS if settings.owned else POSTS

    @property
    def streams(self) -> tuple[Stream, ...]:
        """The declared ones, at the price that is charged here."""
        return (ACCOUNTS, self._posts_stream, COMMENTS)

    @property
    def endpoint(self) -> Endpoint:
        """API v2."""
        return Endpoint(
            source=SOURCE,
            base_url=self._settings.base_url,
            hosts=HOSTS,
            dialect=XDialect(),
            setting="SYFTE_X__BASE_URL",
            token_setting="SYFTE_X__TOKEN",  # noqa: S106  # the variable's name, not a token
        )

    def endpoints(self, accounts: Iterable[Account]) -> tuple[Endpoint, ...]:
        """One for all accounts."""
        del accounts
        return (self.endpoint,)

    async def probe(self, clients: Clients, account: Account) -> str:
        """Ask for the account."""
        await clients.at(self.endpoint).get(
            self._path(account),
            User,
            token=self._settings.token_for(account.native_id),
            cost=ACCOUNTS.cost,
            objects=1,
        )
        return f"knows account {account.native_id}"

    async def pull(self, clients: Clients, account: Account, plan: PullPlan) -> AsyncIterator[Page]:
        """Read one account; see `Source.pull`."""
        client = clients.at(self.endpoint)
        if plan.young_only_hours is None:
            yield await self._account(client, account)
        roots: dict[str, str] = {}
        pseudonyms = self._pseudonyms if plan.wants("comments") else None
        async for page in self._posts(client, account, plan):
            if pseudonyms is not None:
                roots |= conversations((msgspec.json.decode(row, type=Post) for row in page.rows), plan)
            yield page
        if pseudonyms is not None:
            async for page in Reader(client, self._settings, account, pseudonyms).read(roots, plan):
                yield page

    async def _account(self, client: HttpClient, account: Account) -> Page:
        reply = await client.get(
            self._path(account),
            User,
            token=self._settings.token_for(account.native_id),
            params={"user.fields": "id,name,username,created_at,public_metrics"},
            cost=ACCOUNTS.cost,
            objects=1,
        )
        kept, rejected = ACCOUNTS.read([reply.envelope.data])
        return Page(
            stream=ACCOUNTS,
            account_id=account.account_id,
            rows=kept,
            rejected=rejected,
            fetched_at=reply.answered_at,
            complete=True,
            api_version_asked=self._settings.api_version,
        )

    async def _posts(self, client: HttpClient, account: Account, plan: PullPlan) -> AsyncIterator[Page]:
        """Newest first. A page may be empty and still have a next one."""
        name, fields = _FIELDS[self._settings.vocabulary]
        params = {"max_results": str(PAGE_SIZE), name: fields, "start_time": f"{plan.posts_since:%Y-%m-%dT%H:%M:%SZ}"}
        cursor, number = plan.start_of(POSTS.name, anew=self._pseudonyms is not None and plan.wants("comments"))

        async def ask(place: str | None) -> Reply[Posts]:
            return await client.get(
                f"{self._path(account)}/tweets",
                Posts,
                token=self._settings.token_for(account.native_id),
                params=params | ({"pagination_token": place} if place else {}),
                cost=self._posts_stream.cost,
                objects=PAGE_SIZE,
            )

        is_whole = True
        async for reply, following in pages(ask, cursor, most=MAX_PAGES):
            kept, rejected = POSTS.read(reply.envelope.data or [])
            withheld = [_withheld(line, problem) for line, problem in enumerate(reply.envelope.errors or [], start=1)]
            is_whole = is_whole and not withheld  # a post that is held back now is not gone
            yield Page(
                stream=POSTS,
                account_id=account.account_id,
                rows=kept,
                rejected=rejected + withheld,
                fetched_at=reply.answered_at,
                number=number,
                next_cursor=following,
                # where the list ends after its longest, the account may not
                complete=following is None and is_whole and number * PAGE_SIZE < LISTED,
                window=(plan.posts_since, plan.now),
                api_version_asked=self._settings.api_version,
            )
            number += 1

    def _path(self, account: Account) -> str:
        return f"/{self._settings.api_version}/users/{quote(account.native_id, safe='')}"


def _withheld(line: int, problem: Problem) -> Rejected:
    """What X did not hand out with the rest of a page, and said so."""
    return Rejected(line=line, reason=f"held back by X: {problem.title or problem.kind or 'no reason given'}")
