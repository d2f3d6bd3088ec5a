"""Who may read what: every account has its own token, and a system user has one for all Meta accounts."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipelines.sandbox.issuing import Issued
from pipelines.sandbox.units import PLATFORMS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipelines.sandbox.units import Account, Platform
    from pipelines.sandbox.world import World

_PREFIX: dict[Platform, str] = {
    "facebook": "EAAsandboxPage",
    "instagram": "EAAsandboxInsta",
    "x": "AAAAsandboxUser",
    "youtube": "ya29.sandbox",
    "mastodon": "mastodonSandbox",
    "bluesky": "sand-boxx-",
    "threads": "THAAsandbox",
    "tiktok": "act.sandbox",
    "linkedin": "AQVsandbox",
}


@dataclass(frozen=True, slots=True)
class Tokens:
    """The sandbox's tokens; invented, worth nothing, and yet never logged.

    Args:
        accounts: token of each account by platform and native id.
        system_user: reads all Pages and Instagram accounts.
        x_app: X's app-only bearer: reads what is public, not private metrics.
        tips: the intake's.
        youtube_key: an API key: reads what is public on YouTube.
        issued: those given out since the sandbox began.
    """

    accounts: Mapping[tuple[Platform, str], str]
    system_user: str = "EAAsandboxSystemUser0000"
    x_app: str = "AAAAsandboxAppOnlyBearer0000"
    tips: str = "tips-sandbox-token-0000"
    youtube_key: str = "AIzaSandboxKey0000"
    issued: Issued = field(default_factory=Issued, compare=False)

    @classmethod
    def of(cls, accounts: Sequence[Account]) -> Tokens:
        """Tokens for accounts; on Bluesky a token is an app password."""
        return cls(accounts={(a.platform, a.native_id): f"{_PREFIX[a.platform]}{_own_part(a)}" for a in accounts})

    @classmethod
    def of_world(cls, world: World) -> Tokens:
        """Tokens for all accounts of a world, those elsewhere too."""
        return cls.of([*world.accounts, *world.elsewhere.accounts])

    def owner(self, platform: Platform, token: str) -> str | None:
        """Native id of the account that a token belongs to; None if it is no account's, or has ended."""
        if self.issued.has_ended(token):
            return None
        if (found := self.issued.owner(platform, token)) is not None:
            return found
        return next((key[1] for key, value in self.accounts.items() if key[0] == platform and value == token), None)

    def of_source(self, platform: Platform) -> dict[str, str]:
        """Tokens of one platform by native id."""
        return {native_id: token for (one, native_id), token in self.accounts.items() if one == platform}

    def refresh_tokens(self, platform: Platform) -> dict[str, str]:
        """First refresh token of each account of a platform, by native id."""
        return {key[1]: self.issued.refresh_token(key) for key in self.accounts if key[0] == platform}


def _own_part(account: Account) -> str:
    if account.platform in PLATFORMS:
        return account.native_id
    digest = base64.b32encode(hashlib.sha256(account.account_id.encode()).digest()).decode().lower()
    return f"{digest[:4]}-{digest[4:8]}" if account.platform == "bluesky" else digest[:40]
