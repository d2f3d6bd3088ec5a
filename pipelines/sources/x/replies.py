"""Replies to young posts on X, found by the conversations they stand in. Each one read costs money."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from pipelines.sources.comments import Said, is_since, read_comments
from pipelines.sources.paging import pages
from pipelines.sources.stream import Page
from pipelines.sources.x.dialect import Posts
from pipelines.sources.x.records import Post, Reference  # noqa: TC001  # msgspec reads the annotations
from pipelines.sources.x.streams import COMMENTS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping

    from pipelines.settings import XSettings
    from pipelines.sources.base import Account, PullPlan
    from pipelines.sources.comments import Pseudonyms
    from pipelines.sources.http import HttpClient, Reply

PAGE_SIZE = 100
MAX_PAGES = 100
SEARCHED = timedelta(days=7)
"""How far back the recent search looks: of older replies X tells nothing."""
AT_ONCE = 12
"""Conversations in one query: it may have 512 characters."""
_FIELDS = {
    "tweet": ("tweet.fields", "id,text,author_id,created_at,conversation_id,referenced_tweets"),
    "post": ("post.fields", "id,text,author_id,created_at,conversation_id,referenced_posts"),
}


class _Reply(msgspec.Struct):
    id: str
    text: str
    created_at: str
    conversation_id: str
    author_id: str | None = None
    referenced_tweets: list[Reference] | None = None
    referenced_posts: list[Reference] | None = None

    def parent_id(self) -> str | None:
        """The post it replies to."""
        refers = self.referenced_posts or self.referenced_tweets or []
        return next((one.id for one in refers if one.type == "replied_to"), None)


def conversations(posts: Iterable[Post], plan: PullPlan) -> dict[str, str]:
    """The conversations to be read: their id to that of the account's post they began with.

    Reposts and answers to others begin none, quotes do; a post that nobody answered has none.

    Args:
        posts: as read.
        plan: how old a post may be whose comments are read.
    """
    found: dict[str, str] = {}
    for post in posts:
        refers = post.referenced_posts or post.referenced_tweets or []
        if any(one.type != "quoted" for one in refers) or not post.conversation_id:
            continue
        if is_since(post.created_at, plan.comments_since) and (
            post.public_metrics is None or post.public_metrics.reply_count != 0
        ):
            history = post.edit_history_post_ids or post.edit_history_tweet_ids or [post.id]
            found[post.conversation_id] = history[0]
    return found


class Reader:
    """Reads the replies to one account's posts.

    Args:
        client: asks.
        settings: token, version and vocabulary.
        account: ours.
        pseudonyms: hashes who wrote.
    """

    def __init__(self, client: HttpClient, settings: XSettings, account: Account, pseudonyms: Pseudonyms) -> None:
        self._client, self._settings, self._account, self._pseudonyms = client, settings, account, pseudonyms

    async def read(self, roots: Mapping[str, str], plan: PullPlan) -> AsyncIterator[Page]:
        """All replies of the last seven days in some conversations, a few conversations at a time."""
        ids = sorted(roots)
        number = 1
        for first in range(0, len(ids), AT_ONCE):
            chosen = ids[first : first + AT_ONCE]
            is_last = first + AT_ONCE >= len(ids)
            query = " OR ".join(f"conversation_id:{one}" for one in chosen)
            async for reply, following in pages(lambda place, asked=query: self._ask(asked, place), most=MAX_PAGES):
                kept, rejected = read_comments(
                    reply.envelope.data or [],
                    _Reply,
                    lambda one: self._tell(one, roots),
                    platform=self._account.platform,
                    pseudonyms=self._pseudonyms,
                )
                yield Page(
                    stream=COMMENTS,
                    account_id=self._account.account_id,
                    rows=kept,
                    rejected=rejected,
                    fetched_at=reply.answered_at,
                    number=number,
                    complete=following is None and is_last,
                    window=(plan.now - SEARCHED, plan.now),
                    api_version_asked=self._settings.api_version,
                )
                number += 1

    async def _ask(self, query: str, place: str | None) -> Reply[Posts]:
        name, fields = _FIELDS[self._settings.vocabulary]
        params = {"query": query, "max_results": str(PAGE_SIZE), name: fields}
        return await self._client.get(
            f"/{self._settings.api_version}/tweets/search/recent",
            Posts,
            token=self._settings.token_for(self._account.native_id),
            params=params | ({"next_token": place} if place else {}),
            cost=COMMENTS.cost,
            objects=PAGE_SIZE,
        )

    def _tell(self, one: _Reply, roots: Mapping[str, str]) -> Said | None:
        if one.conversation_id not in roots or one.id in {one.conversation_id, roots[one.conversation_id]}:
            return None  # the post itself
        if one.author_id is None:
            raise ValueError("a reply without its author")  # else an answer of ours would be a citizen's comment
        parent = one.parent_id()
        return Said(
            id=one.id,
            post_id=roots[one.conversation_id],
            created_at=datetime.fromisoformat(one.created_at),
            is_ours=one.author_id == self._account.native_id,
            text=one.text,
            parent_id=None if parent in {one.conversation_id, roots[one.conversation_id]} else parent,
            author_id=one.author_id,
        )
