"""What is set for each source: where it answers, and the secrets it is read with. `settings.py` reads them."""

from __future__ import annotations

import re
from typing import Annotated, ClassVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PrivateAttr, SecretStr

from pipelines.errors import CredentialError
from pipelines.schedule import parse_schedule
from pipelines.secret_files import from_keyring

PREFIX = "SYFTE_"


def _checked_token(token: SecretStr) -> SecretStr:
    """Strip, and refuse what no token holds: a line break in a header makes HTTP libraries print the whole header."""
    text = from_keyring(token.get_secret_value().strip())
    if not text:
        raise ValueError("is empty; leave the variable out instead")
    if not re.fullmatch(r"[\x21-\x7e]+", text):
        raise ValueError("holds a space, a line break or a letter that no token has")
    return SecretStr(text)


Token = Annotated[SecretStr, AfterValidator(_checked_token)]


def _checked_address(text: str) -> str:
    """Refuse an address that holds more than a place: what stands in one is printed by proxies, logs and errors."""
    try:
        found = urlsplit(text)
    except ValueError:
        raise ValueError("is no address") from None
    if "@" in found.netloc or found.query or found.fragment:
        raise ValueError("must be a plain address: no user, no password, no query, no fragment")
    return text


Address = Annotated[str, AfterValidator(_checked_address)]


def _checked_schedule(text: str) -> str:
    parse_schedule(text)
    return text


ScheduleText = Annotated[str, AfterValidator(_checked_schedule)]

DEFAULT = "default"
"""Key of the token that accounts without one of their own share."""


class SourceSettings(BaseModel):
    """One source.

    Args:
        base_url: where it answers.
        token: the default token.
        tokens: native account id to a token of its own.
        schedule: how often its posts are read again, by their age; None takes the common schedule.
        comments: whether comments are read, as far as response times need them; needs `pseudonym_key`.
        section: the common part of its variables' names.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    base_url: Address
    token: Token | None = None
    tokens: dict[str, Token] = Field(default_factory=dict[str, Token])
    comments: bool = False
    schedule: ScheduleText | None = None

    section: ClassVar[str]
    needs_session: ClassVar[bool] = False
    """Whether `token` is what one signs in with, and never sent with a request itself."""

    _held: dict[str, SecretStr] = PrivateAttr(default_factory=dict[str, SecretStr])

    def token_for(self, native_id: str) -> SecretStr:
        """The account's own token, else the default one; the newest, where tokens are renewed.

        Raises:
            CredentialError: there is neither.
        """
        shared = self._held.get(DEFAULT)
        configured = (None, shared) if self.needs_session else (self.tokens.get(native_id), shared or self.token)
        token = next((one for one in (self._held.get(native_id), *configured) if one is not None), None)
        if token is None:
            raise CredentialError(
                f"There is no token for account {native_id}.",
                where=f"{PREFIX}{self.section}__TOKEN or {PREFIX}{self.section}__TOKENS",
                do="Issue a token with reading rights only and set one of the two in .env.",
            )
        return token

    @property
    def renewal(self) -> str:
        """Which row of `sources.renewals` says how its tokens renew."""
        return self.section.lower()

    @property
    def login(self) -> str:
        """The address that stands for the platform's login; of most it is the one that data come from."""
        return self.base_url

    def hold(self, key: str, token: SecretStr) -> None:
        """Use a renewed token from now on; `tokens.keeper` calls it when the token is safely stored."""
        self._held[key] = token

    def key_of(self, native_id: str) -> str:
        """Whose token an account is read with: its own, or the one that accounts share."""
        return native_id if native_id in self.tokens else DEFAULT

    def words_for(self, key: str) -> dict[str, str]:
        """The configured secrets of a key, in the words of `sources.renewal`."""
        return _revealed(access_token=self.tokens.get(key, self.token))


def _revealed(**secrets: SecretStr | str | None) -> dict[str, str]:
    return {
        name: secret.get_secret_value() if isinstance(secret, SecretStr) else secret
        for name, secret in secrets.items()
        if secret
    }


class RenewingSettings(SourceSettings):
    """A source whose access tokens live for hours or weeks, and are renewed with a refresh token.

    Args:
        client_id: of the institution's app at the platform; no secret.
        client_secret: its secret, where the app has one.
        refresh_token, refresh_tokens: as `token` and `tokens`.
    """

    client_id: str | None = None
    client_secret: Token | None = None
    refresh_token: Token | None = None
    refresh_tokens: dict[str, Token] = Field(default_factory=dict[str, Token])

    def key_of(self, native_id: str) -> str:
        """See `SourceSettings.key_of`."""
        return native_id if native_id in self.tokens or native_id in self.refresh_tokens else DEFAULT

    def words_for(self, key: str) -> dict[str, str]:
        """See `SourceSettings.words_for`. An account's own refresh token goes with no other's access token."""
        is_own = key in self.tokens or key in self.refresh_tokens
        access = self.tokens.get(key) if is_own else self.token
        refresh = self.refresh_tokens.get(key) if is_own else self.refresh_token
        return _revealed(
            access_token=access, refresh_token=refresh, client_id=self.client_id, client_secret=self.client_secret
        )


class GraphSettings(SourceSettings):
    """A source on Meta's Graph API.

    Args:
        api_version: asked for; the version that answered is kept with every page.
        app_id: of the institution's app; with its secret a person's token is exchanged before it ends.
        app_secret: if set, every request is signed with it (`appsecret_proof`).
    """

    base_url: Address = "https://graph.facebook.com"
    api_version: Annotated[str, Field(pattern=r"^v[0-9]+\.[0-9]+$")] = "v26.0"
    app_id: str | None = None
    app_secret: Token | None = None

    def words_for(self, key: str) -> dict[str, str]:
        """See `SourceSettings.words_for`."""
        app = _revealed(client_id=self.app_id, client_secret=self.app_secret)
        return super().words_for(key) | app | {"api_version": self.api_version}


class FacebookPagesSettings(GraphSettings):
    """Facebook Pages."""

    section: ClassVar[str] = "FACEBOOK_PAGES"


class InstagramSettings(GraphSettings):
    """Instagram professional accounts, by the Facebook host."""

    section: ClassVar[str] = "INSTAGRAM"

    @property
    def renewal(self) -> str:
        """By the Instagram host, a token is another one."""
        return "instagram_login" if "//graph.instagram.com" in self.base_url else "instagram"


class XSettings(RenewingSettings):
    """X.

    Args:
        enabled: X's terms restrict use by public bodies: switched on only after a legal check.
        owned: the app belongs to the accounts that are read, for whose posts X charges a fifth.
        api_version: part of the path.
        vocabulary: the words to ask in; both are understood in the answer.
    """

    base_url: Address = "https://api.x.com"
    enabled: bool = False
    owned: bool = False
    schedule: ScheduleText | None = "24h:1h,7d:1d,30d:6d"
    api_version: Annotated[str, Field(pattern=r"^[0-9]+$")] = "2"
    vocabulary: Annotated[str, Field(pattern=r"^(tweet|post)$")] = "tweet"

    section: ClassVar[str] = "X"


class YouTubeSettings(RenewingSettings):
    """YouTube: the Data API with an API key or an OAuth token, the Analytics API with an OAuth token only.

    Args:
        api_key: for what is public; tokens are for what is the owner's.
        analytics_url: where the Analytics API answers.
        stats: `batch` asks `videos:batchGetStats`, which has a bucket of its own; `list` asks `videos.list` alone.
    """

    base_url: Address = "https://youtube.googleapis.com"
    analytics_url: Address = "https://youtubeanalytics.googleapis.com"
    api_key: Token | None = None
    stats: Annotated[str, Field(pattern=r"^(batch|list)$")] = "batch"

    section: ClassVar[str] = "YOUTUBE"


class MastodonSettings(SourceSettings):
    """Mastodon: every account lives on a server of its own, which its id names (`109@social.example`).

    Args:
        base_url: empty asks each account's own server; an address (a gateway, the sandbox) is asked for all.
        counter_checks: posts per account whose counters are compared with their lists at each full reading; 0: none.
    """

    base_url: Address = ""
    counter_checks: Annotated[int, Field(ge=0, le=20)] = 3

    section: ClassVar[str] = "MASTODON"


class BlueskySettings(SourceSettings):
    """Bluesky: what is public is read from the AppView without a token.

    Args:
        login_url: the server that accounts log in to, for what only they may see.
        tokens: did to an app password; never the account's own password.
        counter_checks: as for Mastodon.
    """

    base_url: Address = "https://public.api.bsky.app"
    login_url: Address = "https://bsky.social"
    counter_checks: Annotated[int, Field(ge=0, le=20)] = 3

    section: ClassVar[str] = "BLUESKY"
    needs_session: ClassVar[bool] = True

    @property
    def login(self) -> str:
        """See `SourceSettings.login`."""
        return self.login_url


class ThreadsSettings(GraphSettings):
    """Threads."""

    base_url: Address = "https://graph.threads.net"
    api_version: Annotated[str, Field(pattern=r"^v[0-9]+\.[0-9]+$")] = "v1.0"

    section: ClassVar[str] = "THREADS"


class TikTokSettings(RenewingSettings):
    """TikTok. Many public bodies may not use it: switched on only by a decision.

    Args:
        api: `display` (own public videos) or `business` (reach, comments and daily figures; partner approval).
        business_url: where the Business API answers.
    """

    base_url: Address = "https://open.tiktokapis.com"
    business_url: Address = "https://business-api.tiktok.com"
    enabled: bool = False
    api: Annotated[str, Field(pattern=r"^(display|business)$")] = "display"

    section: ClassVar[str] = "TIKTOK"

    @property
    def renewal(self) -> str:
        """The Business API's tokens are renewed by another product, which is not read."""
        return "tiktok" if self.api == "display" else "tiktok_business"


class LinkedInSettings(RenewingSettings):
    """LinkedIn.

    Args:
        api_version: sent as `Linkedin-Version`.
    """

    base_url: Address = "https://api.linkedin.com"
    api_version: Annotated[str, Field(pattern=r"^20[0-9]{4}$")] = "202607"

    section: ClassVar[str] = "LINKEDIN"


class TipsSettings(SourceSettings):
    """The institution's own intake; `base_url` has no default, because there is none."""

    section: ClassVar[str] = "TIPS"
