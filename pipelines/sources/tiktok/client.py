"""Reading a TikTok account, by the Display API or by the Business API; off unless switched on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from pipelines.sources.endpoint import Endpoint
from pipelines.sources.tiktok.business import Business
from pipelines.sources.tiktok.dialect import TikTokDialect
from pipelines.sources.tiktok.display import Display
from pipelines.sources.tiktok.streams import SOURCE, STREAMS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from pipelines.settings import TikTokSettings
    from pipelines.sources.base import Account, Clients, PullPlan
    from pipelines.sources.comments import Pseudonyms
    from pipelines.sources.stream import Page


class Interface(Protocol):
    """One of TikTok's two."""

    async def probe(self) -> str:
        """One cheap question, and who answered."""
        ...

    def pull(self, plan: PullPlan) -> AsyncIterator[Page]:
        """All pages of the account."""
        ...


class TikTok:
    """The source `tiktok`."""

    name = SOURCE
    platform = "tiktok"
    streams = STREAMS

    def __init__(self, settings: TikTokSettings, pseudonyms: Pseudonyms | None = None) -> None:
        self._settings = settings
        self._pseudonyms = pseudonyms

    @property
    def endpoint(self) -> Endpoint:
        """That of the interface which is switched on: the token travels in different headers."""
        if self._settings.api == "business":
            return Endpoint(
                source=SOURCE,
                base_url=self._settings.business_url,
                hosts=frozenset({"business-api.tiktok.com"}),
                dialect=TikTokDialect(),
                setting="SYFTE_TIKTOK__BUSINESS_URL",
                token_setting="SYFTE_TIKTOK__TOKEN",  # noqa: S106  # the variable's name, not a token
                auth_header="Access-Token",
                auth_prefix="",
            )
        return Endpoint(
            source=SOURCE,
            base_url=self._settings.base_url,
            hosts=frozenset({"open.tiktokapis.com"}),
            dialect=TikTokDialect(),
            setting="SYFTE_TIKTOK__BASE_URL",
            token_setting="SYFTE_TIKTOK__TOKEN",  # noqa: S106  # the variable's name, not a token
        )

    def endpoints(self, accounts: Iterable[Account]) -> tuple[Endpoint, ...]:
        """One for all accounts."""
        del accounts
        return (self.endpoint,)

    async def probe(self, clients: Clients, account: Account) -> str:
        """Ask for the account."""
        return await self._interface(clients, account).probe()

    async def pull(self, clients: Clients, account: Account, plan: PullPlan) -> AsyncIterator[Page]:
        """Read one account; see `Source.pull`."""
        async for page in self._interface(clients, account).pull(plan):
            yield page

    def _interface(self, clients: Clients, account: Account) -> Interface:
        client, token = clients.at(self.endpoint), self._settings.token_for(account.native_id)
        if self._settings.api == "business":
            return Business(client, token, account, self._pseudonyms)
        return Display(client, token, account)
