"""Where a source lives, and whether a token may be sent there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import aiohttp
import httpx

from pipelines.errors import ConfigurationError
from pipelines.sources.redaction import REDACTION

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import SecretStr

    from pipelines.sources.outcomes import Dialect


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """Where a source lives.

    Args:
        source: its name.
        base_url: as configured.
        hosts: the platform's own hosts; loopback is always allowed. Empty: whatever the configuration says.
        dialect: how it says what it means.
        setting: the variable that holds the base address, for error texts.
        token_setting: the variable that holds the token, for error texts.
        auth_header, auth_prefix: how the token travels; never in an address.
        headers: sent with every request, such as the version asked for.
    """

    source: str
    base_url: str
    hosts: frozenset[str]
    dialect: Dialect
    setting: str
    token_setting: str
    auth_header: str = "Authorization"
    auth_prefix: str = "Bearer "
    headers: Mapping[str, str] = field(default_factory=dict[str, str], hash=False, compare=False)


_SECRET_NAMES = frozenset(
    {"access_token", "token", "id_token", "refresh_token", "input_token", "fb_exchange_token", "oauth_token"}
    | {"key", "api_key", "apikey", "secret", "client_secret", "app_secret", "password", "authorization", "bearer"}
)
"""Parameters that hold secrets wherever they are known; `page_token` and the like say where a list goes on."""


def holds_secret(url: httpx.URL, token: str | None) -> bool:
    """Whether an address holds a secret that this process knows, or a parameter that is named like one."""
    text = str(url)
    is_named = not _SECRET_NAMES.isdisjoint(name.lower() for name in url.params)
    return is_named or REDACTION.holds(text) or (token is not None and token in unquote(text))


def anywhere(token: SecretStr, endpoint: Endpoint, host: str) -> None:
    """Let a token go wherever the endpoint's own check allows; `tokens.hosts` is stricter."""
    del token, endpoint, host


def is_this_machine(host: str) -> bool:
    """Whether a host is loopback."""
    return host in ("127.0.0.1", "localhost", "::1")


def checked_base(endpoint: Endpoint, extra_hosts: frozenset[str]) -> httpx.URL:
    """The base address, if a token may be sent there.

    Raises:
        ConfigurationError: not TLS, not plain, or not a host of the platform.
    """
    try:
        url = httpx.URL(endpoint.base_url.rstrip("/"))
    except httpx.InvalidURL:
        raise ConfigurationError(
            f"The address of {endpoint.source} is none.", where=endpoint.setting, do="Correct the address."
        ) from None
    is_ours = is_this_machine(url.host)
    if url.scheme != "https" and not (is_ours and url.scheme == "http"):
        raise ConfigurationError(
            f"The address of {endpoint.source} must start with https:// (http:// only on this machine).",
            where=endpoint.setting,
            do="Correct the address.",
        )
    if url.userinfo or url.query or url.fragment or not url.host:
        raise ConfigurationError(
            f"The address of {endpoint.source} must be a plain one: no user, no query, no fragment.",
            where=endpoint.setting,
            do="Correct the address.",
        )
    allowed = endpoint.hosts | extra_hosts
    if not is_ours and endpoint.hosts and url.host not in allowed:
        raise ConfigurationError(
            f"{url.host} is not a host of {endpoint.source}: {', '.join(sorted(endpoint.hosts))}.",
            where=endpoint.setting,
            do="Correct the address, or name the host in SYFTE_HTTP__EXTRA_HOSTS if it is a gateway of yours.",
        )
    return url


class CookielessClient(httpx.AsyncClient):
    """A client without a cookie jar: a session cookie would tie accounts together that have their own tokens."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self._cookies = _NoCookies()


class _NoCookies(httpx.Cookies):
    """None, and none are looked for: reading an answer's as a browser would takes a tenth of a request's work."""

    def extract_cookies(self, response: httpx.Response) -> None:
        """Leave them."""


def network(base: httpx.URL, concurrency: int, proxy: str | None) -> httpx.AsyncBaseTransport:
    """The network: pooled connections, TLS verified, no cookies."""
    from httpx_aiohttp import AiohttpTransport, transport  # noqa: PLC0415  # 0.1 s, and tests bring their own

    stream: Any = transport.AiohttpResponseStream
    stream.CHUNK_SIZE = 1 << 17  # all that has come, at once: its own 16 kB are ten steps a page
    context = httpx.create_ssl_context() if base.scheme == "https" else False

    def session() -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(limit=concurrency, keepalive_timeout=15, ssl=context)
        return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())

    return AiohttpTransport(client=session, verify=context, proxy=httpx.Proxy(proxy) if proxy else None)
