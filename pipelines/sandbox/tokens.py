"""Who may read what: every account has its own token, and a system user has one for all Meta accounts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipelines.sandbox.units import Account, Platform


@dataclass(frozen=True, slots=True)
class Tokens:
    """The sandbox's tokens; invented, worth nothing, and yet never logged.

    Args:
        accounts: token of each account by platform and native id.
        system_user: reads all Pages and Instagram accounts.
        x_app: X's app-only bearer: reads what is public, not private metrics.
        tips: the intake's.
    """

    accounts: Mapping[tuple[Platform, str], str]
    system_user: str = "EAAsandboxSystemUser0000"
    x_app: str = "AAAAsandboxAppOnlyBearer0000"
    tips: str = "tips-sandbox-token-0000"

    @classmethod
    def of(cls, accounts: Sequence[Account]) -> Tokens:
        """Tokens for a world's accounts."""
        prefix = {"facebook": "EAAsandboxPage", "instagram": "EAAsandboxInsta", "x": "AAAAsandboxUser"}
        return cls(accounts={(a.platform, a.native_id): f"{prefix[a.platform]}{a.native_id}" for a in accounts})

    def owner(self, platform: Platform, token: str) -> str | None:
        """Native id of the account that a token belongs to; None if it is no account's."""
        return next((key[1] for key, value in self.accounts.items() if key[0] == platform and value == token), None)

    def of_source(self, platform: Platform) -> dict[str, str]:
        """Tokens of one platform by native id."""
        return {native_id: token for (one, native_id), token in self.accounts.items() if one == platform}
