"""Reading a YouTube channel: its figures, its videos with everything on them, the days of its owner's reports."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from pipelines.errors import CredentialError
from pipelines.sources.endpoint import Endpoint
from pipelines.sources.http import GoneError
from pipelines.sources.youtube.conversation import comments
from pipelines.sources.youtube.data_api import PAGE_SIZE, DataApi, counted
from pipelines.sources.youtube.dialect import GoogleDialect
from pipelines.sources.youtube.records import Upload, Video
from pipelines.sources.youtube.reports import days
from pipelines.sources.youtube.streams import ACCOUNTS, ALLOWANCES, POSTS, SOURCE, STREAMS, VIDEOS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from pydantic import SecretStr

    from pipelines.settings import YouTubeSettings
    from pipelines.sources.base import Account, Clients, PullPlan
    from pipelines.sources.comments import Pseudonyms
    from pipelines.sources.http import Reply
    from pipelines.sources.stream import Page
    from pipelines.sources.youtube.dialect import Items

HOSTS = frozenset({"youtube.googleapis.com", "www.googleapis.com"})
ANALYTICS_HOSTS = frozenset({"youtubeanalytics.googleapis.com"})


class YouTube:
    """The source `youtube`."""

    name = SOURCE
    platform = "youtube"
    streams = STREAMS
    allowances = ALLOWANCES

    def __init__(self, settings: YouTubeSettings, pseudonyms: Pseudonyms | None = None) -> None:
        self._settings = settings
        self._pseudonyms = pseudonyms

    @property
    def endpoint(self) -> Endpoint:
        """The Data API; by key where there is one, because comments by token need a right to write."""
        has_key = self._settings.api_key is not None
        return Endpoint(
            source=SOURCE,
            base_url=self._settings.base_url,
            hosts=HOSTS,
            dialect=GoogleDialect(),
            setting="SYFTE_YOUTUBE__BASE_URL",
            token_setting="SYFTE_YOUTUBE__API_KEY" if has_key else "SYFTE_YOUTUBE__TOKEN",
            auth_header="X-Goog-Api-Key" if has_key else "Authorization",
            auth_prefix="" if has_key else "Bearer ",
        )

    @property
    def analytics(self) -> Endpoint:
        """The Analytics API; by the owner's token only."""
        return Endpoint(
            source=SOURCE,
            base_url=self._settings.analytics_url,
            hosts=ANALYTICS_HOSTS,
            dialect=GoogleDialect(),
            setting="SYFTE_YOUTUBE__ANALYTICS_URL",
            token_setting="SYFTE_YOUTUBE__TOKEN",  # noqa: S106  # the variable's name, not a token
        )

    def endpoints(self, accounts: Iterable[Account]) -> tuple[Endpoint, ...]:
        """Both, for all accounts."""
        del accounts
        return (self.endpoint, self.analytics)

    async def probe(self, clients: Clients, account: Account) -> str:
        """Ask for the channel."""
        await self._api(clients, account).channel()
        told = "with its days" if self._owner_token(account) else "its days are not read: that needs an OAuth token"
        return f"knows channel {account.native_id}; {told}"

    async def pull(self, clients: Clients, account: Account, plan: PullPlan) -> AsyncIterator[Page]:
        """Read one channel; see `Source.pull`."""
        crawl = self._api(clients, account)
        channel = await crawl.channel()
        if plan.wants("account"):
            yield crawl.api.page(ACCOUNTS, channel.reply, [counted(channel.object)])
        pseudonyms = self._pseudonyms if plan.wants("comments") else None
        async for page in crawl.uploads(channel, plan, pseudonyms):
            yield page
        token = self._owner_token(account)
        if plan.wants("account_series") and token is not None:
            async for page in days(clients.at(self.analytics), token, account, plan):
                yield page

    def _api(self, clients: Clients, account: Account) -> _Crawl:
        api = DataApi(
            client=clients.at(self.endpoint),
            secret=self._settings.api_key or self._settings.token_for(account.native_id),
            account_id=account.account_id,
            batches=self._settings.stats == "batch",
        )
        return _Crawl(api=api, native_id=account.native_id)

    def _owner_token(self, account: Account) -> SecretStr | None:
        try:
            return self._settings.token_for(account.native_id)
        except CredentialError:
            return None  # a key alone reads all that is public


class _Related(msgspec.Struct):
    uploads: str = ""


class _Contents(msgspec.Struct):
    relatedPlaylists: _Related = msgspec.field(default_factory=_Related)  # noqa: N815  # the platform's word


class _Statistics(msgspec.Struct):
    videoCount: str | int | None = None  # noqa: N815  # the platform's word


class _Told(msgspec.Struct):
    contentDetails: _Contents = msgspec.field(default_factory=_Contents)  # noqa: N815  # the platform's word
    statistics: _Statistics = msgspec.field(default_factory=_Statistics)


@dataclass(frozen=True, kw_only=True)
class _Channel:
    reply: Reply[Items]
    object: msgspec.Raw
    uploads: str
    is_empty: bool


@dataclass(frozen=True, kw_only=True)
class _Crawl:
    api: DataApi
    native_id: str

    async def channel(self) -> _Channel:
        """The channel and where its uploads are listed.

        Raises:
            GoneError: there is none.
        """
        reply = await self.api.list(
            "channels", ACCOUNTS.cost, part="snippet,contentDetails,statistics", id=self.native_id
        )
        if not reply.envelope.items:
            raise GoneError(
                f"There is no YouTube channel {self.native_id}.",
                where="goals.yaml, accounts",
                do="Use the channel's id, which begins with UC, and not its handle.",
            )
        item = reply.envelope.items[0]
        try:
            told = msgspec.json.decode(item, type=_Told)
        except (msgspec.DecodeError, UnicodeDecodeError):
            told = _Told()
        # a channel's uploads are listed under its own id with another beginning
        uploads = told.contentDetails.relatedPlaylists.uploads or "UU" + self.native_id[2:]
        is_empty = str(told.statistics.videoCount) == "0"
        return _Channel(reply=reply, object=item, uploads=uploads, is_empty=is_empty)

    async def uploads(self, channel: _Channel, plan: PullPlan, pseudonyms: Pseudonyms | None) -> AsyncIterator[Page]:
        """Uploads page by page, each preceded by what is on its videos: whoever resumes behind a page finds that kept.

        The list is newest first and knows no times: the first page that holds nothing young enough is the last.
        """
        window = (plan.posts_since, plan.now)
        if channel.is_empty:  # such a channel has no list of uploads at all
            yield self.api.page(POSTS, channel.reply, [], window=window)
            return
        cursor, number = plan.start_of(POSTS.name)
        wish = {"part": "snippet,contentDetails", "playlistId": channel.uploads, "maxResults": str(PAGE_SIZE)}
        async for reply, following in self.api.pages("playlistItems", POSTS.cost, cursor, **wish):
            page = self.api.page(POSTS, reply, reply.envelope.items or [], number=number, window=window)
            young = [upload for upload in map(_read, page.rows) if upload.is_since(plan.posts_since)]
            ended = following is None or (bool(page.rows) and not young)
            if young:
                answered, figures = await self.api.videos([upload.id for upload in young])
                videos = self.api.page(VIDEOS, answered, figures, number=number, window=window)
                yield videos
                if pseudonyms is not None:
                    open_ids = _with_comments(videos)
                    talked = [one.id for one in young if one.id in open_ids and one.is_since(plan.comments_since)]
                    async for said in comments(self.api, self.native_id, talked, plan, pseudonyms):
                        yield said
            rows = [upload.row for upload in young]
            yield replace(page, rows=rows, next_cursor=None if ended else following, complete=ended)
            number += 1
            if ended:
                return


@dataclass(frozen=True)
class _Upload:
    row: bytes
    id: str
    published: datetime | None

    def is_since(self, moment: datetime) -> bool:
        """Whether it is young enough, or of unknown age: a private video tells no instant."""
        return self.published is None or self.published >= moment


def _read(row: bytes) -> _Upload:
    details = msgspec.json.decode(row, type=Upload).contentDetails
    try:
        published = datetime.fromisoformat(details.videoPublishedAt or "").astimezone(UTC)
    except ValueError:
        published = None
    return _Upload(row, details.videoId, published)


def _with_comments(page: Page) -> set[str]:
    """Videos whose comments are not switched off: the platform says so by leaving out their number, not all figures."""
    videos = (msgspec.json.decode(row, type=Video) for row in page.rows)
    return {one.id for one in videos if one.statistics is None or one.statistics.commentCount is not None}
