"""How tokens renew: one declaration per platform, one way to ask for all of them. No files, no settings.

A token endpoint is no ordinary address: what it answers is a secret, and a refresh token that rotates is dead as soon
as it was answered. So the answer is handed back whole, and whoever asked must have stored it before using it.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import hmac
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal

import httpx
import msgspec

from pipelines.errors import CredentialError, DeferredError, SourceError
from pipelines.sources import redaction
from pipelines.sources.endpoint import is_this_machine, network
from pipelines.sources.outcomes import server_clock

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

TRIES = 3
"""Asking again cannot burn a refresh token that the lost answer has not burnt already."""
TIMEOUT_S = 30.0
MAX_ANSWER_BYTES = 2**20


@dataclass(frozen=True, kw_only=True)
class Renewal:
    """How a platform's tokens renew.

    Args:
        kind: what the renewed token is, for people.
        url: where to ask, on one of the platform's own hosts; `{api_version}` stands for the one that is set.
        method: `GET` sends `params` as the query, `POST` as a form or as JSON.
        params: names and values; `{access_token}`, `{refresh_token}`, `{client_id}`, `{client_secret}` and `{account}`
            stand for what they say.
        bearer: what goes into the Authorization header instead, in the same words.
        basic: whether a client that has a secret sends id and secret as HTTP Basic.
        as_json: whether the body of a POST is JSON.
        rotates: whether the answer brings a new refresh token and ends the old one.
        lifetime: of the access token, where the answer does not say.
        refresh_lifetime: of the refresh token, where the answer does not say; None if it lasts until it is revoked.
        margin: renewed when less than this is left.
        min_age: the platform refuses to renew a younger one.
        sign_in: how to begin again from the configured secret when there is no session, or it has lapsed.
        inspect: where a token's expiry can be asked for, or None.
    """

    kind: str
    url: str
    method: Literal["GET", "POST"] = "POST"
    params: Mapping[str, str] = field(default_factory=dict[str, str])
    bearer: str | None = None
    basic: bool = False
    as_json: bool = False
    rotates: bool = False
    lifetime: timedelta = timedelta(hours=1)
    refresh_lifetime: timedelta | None = None
    margin: timedelta = timedelta(minutes=10)
    min_age: timedelta = timedelta(0)
    sign_in: Renewal | None = None
    inspect: str | None = None

    @property
    def needs(self) -> frozenset[str]:
        """What it cannot do without; an optional client secret is not among it."""
        text = " ".join([*self.params.values(), self.bearer or ""])
        return frozenset(name for name in _WORDS if f"{{{name}}}" in text)

    @property
    def is_short(self) -> bool:
        """Whether the token lives for hours: one of unknown age is then renewed at once."""
        return self.lifetime < timedelta(days=1)


_WORDS = ("access_token", "refresh_token", "client_id", "client_secret", "account")


@dataclass(frozen=True, kw_only=True, repr=False)
class Renewed:
    """What a platform answered. Secrets; `repr` shows none.

    Args:
        refresh_token: None if the answer brought none: the one asked with stays good.
        expires_at, refresh_expires_at: on the server's clock, UTC; None if nobody says.
    """

    access_token: str
    answered_at: datetime
    expires_at: datetime | None
    refresh_token: str | None = None
    refresh_expires_at: datetime | None = None


class RefusedRenewalError(CredentialError):
    """The platform does not take the token that should have brought a new one; a person must sign in again."""


class _Answer(msgspec.Struct):
    access_token: str | None = None
    access_jwt: str | None = msgspec.field(default=None, name="accessJwt")
    expires_in: float | None = None
    refresh_token: str | None = None
    refresh_jwt: str | None = msgspec.field(default=None, name="refreshJwt")
    refresh_expires_in: float | None = None
    refresh_token_expires_in: float | None = None


class _Error(msgspec.Struct):
    code: str | int | None = None


class _Refusal(msgspec.Struct):
    error: _Error | str | None = None


class _Told(msgspec.Struct):
    is_valid: bool | None = None
    expires_at: float | None = None
    data_access_expires_at: float | None = None
    type: str = ""


class _Inspection(msgspec.Struct):
    data: _Told | None = None


@dataclass(frozen=True, kw_only=True)
class Inspected:
    """What a platform says of a token.

    Args:
        kind: its own word for it, such as `PAGE` or `SYSTEM_USER`.
        expires_at: UTC; None if it never does.
    """

    kind: str
    expires_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Way:
    """The way to a token endpoint.

    Args:
        source: for error texts.
        base_url: where the source's data come from. This machine or a gateway is asked for tokens too.
        hosts: the platform's own hosts.
        api_version: part of Graph's addresses.
        transport: replaces the network in tests.
        proxy: address of the way out, or None.
        wall, sleep: clock and patience.
    """

    source: str
    base_url: str
    hosts: frozenset[str]
    api_version: str = ""
    transport: httpx.AsyncBaseTransport | None = None
    proxy: str | None = None
    wall: Callable[[], datetime] = lambda: datetime.now(UTC)
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    def to(self, url: str) -> httpx.URL:
        """The address to ask at: never the platform's when the data come from elsewhere, and the other way round."""
        asked, base = httpx.URL(url.replace("{api_version}", self.api_version)), httpx.URL(self.base_url)
        if base.host in self.hosts and not is_this_machine(base.host):
            return asked
        return asked.copy_with(scheme=base.scheme, host=base.host, port=base.port)


async def renew(renewal: Renewal, words: Mapping[str, str], way: Way) -> Renewed:
    """Ask for a new token.

    Args:
        renewal: how.
        words: values for `Renewal.params`; the secrets among them are never logged.
        way: where to.

    Returns:
        The answer, already known to the log filter. Store it before using it.

    Raises:
        RefusedRenewalError: the platform does not take what we have.
        DeferredError: it asks us to come later.
        SourceError: it is unreachable, or its answer is none.
    """
    where = f"{renewal.method} {way.to(renewal.url)}"
    response = await _ask(_request(renewal, words, way), way, where)
    answer = _decoded(response.content, where, way.source)
    now = server_clock(response.headers, way.wall())
    access = answer.access_token or answer.access_jwt
    if not access:
        raise SourceError(
            f"{way.source} answered a renewal without a token.", where=where, do="Run again; if it stays, report it."
        )
    refresh = answer.refresh_token or answer.refresh_jwt
    redaction.install(secret for secret in (access, refresh) if secret)
    refresh_lives = answer.refresh_expires_in or answer.refresh_token_expires_in
    return Renewed(
        access_token=access,
        answered_at=now,
        expires_at=_end(access, answer.expires_in, renewal.lifetime, now),
        refresh_token=refresh,
        refresh_expires_at=_end(refresh, refresh_lives, renewal.refresh_lifetime if refresh else None, now),
    )


async def inspect(url: str, token: str, way: Way, *, app_secret: str = "") -> Inspected | None:
    """Ask when a token expires (Graph's `debug_token`); None if the platform does not say.

    Args:
        url: where to ask.
        token: the one that is asked about, and asked with.
        way: where to.
        app_secret: signs the question, where an app demands it.

    Raises:
        RefusedRenewalError: the token is not valid.
        DeferredError: the platform asks us to come later.
        SourceError: it is unreachable.
    """
    target = way.to(url)
    params = {"input_token": token}
    if app_secret:
        params["appsecret_proof"] = hmac.new(app_secret.encode(), token.encode(), hashlib.sha256).hexdigest()
    request = httpx.Request("GET", target, params=params, headers={**_HEADERS, "Authorization": f"Bearer {token}"})
    response = await _ask(request, way, f"GET {target}")
    try:
        told = msgspec.json.decode(response.content, type=_Inspection).data
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    if told is None or told.is_valid is not True:
        return None
    ends = [end for end in (told.expires_at, told.data_access_expires_at) if end]
    return Inspected(kind=told.type, expires_at=_instant(min(ends)) if ends else None)


_HEADERS = {"User-Agent": "syfte (+https://github.com/syfte/syfte)", "Accept": "application/json"}


def _request(renewal: Renewal, words: Mapping[str, str], way: Way) -> httpx.Request:
    def filled(text: str) -> str:
        for name, value in words.items():
            text = text.replace(f"{{{name}}}", value)
        return text

    params = {name: filled(value) for name, value in renewal.params.items()}
    headers = dict(_HEADERS)
    if renewal.bearer is not None:
        headers["Authorization"] = f"Bearer {filled(renewal.bearer)}"
    elif renewal.basic and words.get("client_secret"):
        pair = f"{words['client_id']}:{words['client_secret']}".encode()
        headers["Authorization"] = f"Basic {base64.b64encode(pair).decode()}"
    url = way.to(renewal.url)
    if renewal.method == "GET":
        return httpx.Request("GET", url, params=params, headers=headers)
    if renewal.as_json:
        return httpx.Request("POST", url, json=params or None, headers=headers)
    return httpx.Request("POST", url, data=params, headers=headers)


async def _ask(request: httpx.Request, way: Way, where: str) -> httpx.Response:
    """One answer with status 200, read to its end. Addresses may hold tokens: no error of the HTTP library gets out."""
    problem = ""
    for attempt in range(TRIES):
        if attempt:
            await way.sleep(2.0**attempt)
        try:
            response = await _send(request, way)
        except (httpx.TransportError, httpx.DecodingError, TimeoutError, OSError) as error:
            problem = type(error).__name__
            continue
        if response.status_code == 429:
            raise _later(response, way, where)
        if response.status_code < 500:
            _raise_if_refused(response, way.source, where)
            return response
        problem = f"HTTP {response.status_code}"
    raise SourceError(
        f"{way.source} did not renew the token in {TRIES} tries ({problem}).",
        where=where,
        do="Look at the network and at the platform's status page; then run again.",
    )


async def _send(request: httpx.Request, way: Way) -> httpx.Response:
    transport = way.transport or network(request.url, 1, way.proxy)
    async with httpx.AsyncClient(
        transport=transport, timeout=TIMEOUT_S, follow_redirects=False, trust_env=False
    ) as client:
        return await client.send(request)


def _later(response: httpx.Response, way: Way, where: str) -> DeferredError:
    asked = response.headers.get("retry-after", "")
    seconds = float(asked) if asked.isascii() and asked.isdigit() and len(asked) < 8 else 900.0
    return DeferredError(
        f"{way.source} asks us to renew the token later (HTTP 429).", seconds=seconds, where=where, do="Run again then."
    )


_WRONG_APP = frozenset({"invalid_client", "unauthorized_client", "code 1", "code 101"})
"""Graph says "Error validating client secret" with code 1."""
_BUSY = frozenset({"code 2", "code 4", "code 17", "code 32", "code 613", "temporarily_unavailable"})
"""Graph's limits and stumbles come as HTTP 400, and OAuth has a word for them."""


def _raise_if_refused(response: httpx.Response, source: str, where: str) -> None:
    reason = _reason(response.content)
    if reason is None and response.status_code == 200:
        return
    reason = reason or f"HTTP {response.status_code}"
    if reason in _BUSY:
        raise DeferredError(
            f"{source} asks us to renew the token later ({reason}).", seconds=900, where=where, do="Run again then."
        )
    if reason in _WRONG_APP:
        do = "Check the client's id and secret in .env; the refresh token itself was not looked at."
    else:
        do = f"Sign in to {source} again, set the new token in .env, and try `syfte auth status`."
    raise RefusedRenewalError(f"{source} does not renew the token ({reason}).", where=where, do=do)


def _reason(body: bytes) -> str | None:
    """The platform's word for its no; None if there is none. Only a short plain word gets out: texts quote tokens."""
    try:
        found = msgspec.json.decode(body, type=_Refusal).error
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    if isinstance(found, _Error):
        return (
            None if found.code == "ok" else f"code {found.code}" if isinstance(found.code, int) else _word(found.code)
        )
    return None if found is None else _word(found)


def _word(found: object) -> str:
    # every documented code is letters alone (`invalid_grant`, `ExpiredToken`), and no token is
    is_plain = isinstance(found, str) and re.fullmatch(r"[A-Za-z][A-Za-z_]{0,39}", found)
    return str(found) if is_plain else "an error"


def _decoded(body: bytes, where: str, source: str) -> _Answer:
    if len(body) <= MAX_ANSWER_BYTES:
        try:
            return msgspec.json.decode(body, type=_Answer)
        except (msgspec.DecodeError, UnicodeDecodeError):
            pass  # what it holds may be a secret: nothing of it is told
    raise SourceError(f"{source} answered a renewal with something unreadable.", where=where, do="Run again.")


def _end(token: str | None, seconds: float | None, lifetime: timedelta | None, now: datetime) -> datetime | None:
    """When a token ends: as the answer says, as the token itself says, or as the documentation says."""
    if token is None:
        return None
    if seconds is not None and 0 < seconds < 10**10:
        return now + timedelta(seconds=seconds)
    return _own_end(token) or (now + lifetime if lifetime else None)


def _own_end(token: str) -> datetime | None:
    """The `exp` of a JSON web token."""
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        claims = msgspec.json.decode(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)), type=_Claims)
    except (msgspec.DecodeError, UnicodeDecodeError, binascii.Error, ValueError):
        return None
    return _instant(claims.exp) if claims.exp else None


class _Claims(msgspec.Struct):
    exp: float | None = None


def _instant(seconds: float) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if 0 < seconds < 10**11 else None
