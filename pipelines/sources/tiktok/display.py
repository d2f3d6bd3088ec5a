"""TikTok's Display API v2: an account's own public videos with lifetime figures. No reach, no days, no comments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.sources.stream import Page
from pipelines.sources.tiktok import dialect
from pipelines.sources.tiktok.streams import ACCOUNTS, DISPLAY_LEVELS, DISPLAY_METRICS, POSTS
from pipelines.sources.tiktok.videos import PAGE_SIZE, video_pages

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from pydantic import SecretStr

    from pipelines.sources.base import Account, PullPlan
    from pipelines.sources.http import HttpClient, Reply

VERSION = "v2"
USER_FIELDS = ",".join(("display_name", "username", *DISPLAY_LEVELS))
VIDEO_FIELDS = ",".join(("id", "create_time", "title", "video_description", "duration", "share_url", *DISPLAY_METRICS))


class Display:
    """One account by the Display API; the token says whose it is."""

    def __init__(self, client: HttpClient, token: SecretStr, account: Account) -> None:
        self._client, self._token, self._account = client, token, account

    async def probe(self) -> str:
        """See `Source.probe`."""
        await self._user()
        return f"knows account {self._account.native_id}"

    async def pull(self, plan: PullPlan) -> AsyncIterator[Page]:
        """See `Source.pull`."""
        if plan.young_only_hours is None:
            reply = await self._user()
            kept, rejected = ACCOUNTS.read([reply.envelope.data.user] if reply.envelope.data else [])
            yield Page(
                stream=ACCOUNTS,
                account_id=self._account.account_id,
                rows=kept,
                rejected=rejected,
                fetched_at=reply.answered_at,
                complete=True,
                api_version_asked=VERSION,
            )
        async for page in video_pages(self._videos, self._account, plan, [], VERSION):
            yield page

    async def _user(self) -> Reply[dialect.UserInfo]:
        return await self._client.get(
            "/v2/user/info/",
            dialect.UserInfo,
            token=self._token,
            params={"fields": USER_FIELDS},
            cost=ACCOUNTS.cost,
        )

    async def _videos(self, cursor: str | None) -> Reply[dialect.Page]:
        return await self._client.post(
            "/v2/video/list/",
            dialect.Page,
            token=self._token,
            params={"fields": VIDEO_FIELDS},
            body={"max_count": PAGE_SIZE} | ({"cursor": int(cursor)} if cursor else {}),
            cost=POSTS.cost,
            objects=PAGE_SIZE,
        )
