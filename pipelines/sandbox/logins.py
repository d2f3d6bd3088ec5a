"""Where tokens are renewed, in each platform's own form. A refresh token that rotates works once."""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING, Any

from pipelines.sandbox.exchange import Answer, Ask, Dialect, RefusalError, Served
from pipelines.sandbox.graph import refuse

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipelines.sandbox.issuing import Holder
    from pipelines.sandbox.units import Platform

CLIENT_ID, CLIENT_SECRET = "sandbox-client", "sandbox-client-secret-0000"  # invented, worth nothing
HOUR, DAY = 3600, 86400
LONG = 60 * DAY


def answer(ask: Ask, served: Served) -> Answer:
    """Answer a request to a token endpoint.

    Raises:
        RefusalError: what was sent brings no new token.
    """
    method, give = ("GET", _exchange) if _EXCHANGE.fullmatch(ask.path) else _ENDPOINTS[ask.path]
    if ask.method != method:
        raise _oauth("invalid_request", "wrong method")
    return Answer(body=give(ask, served), headers={"Cache-Control": "no-store"})


def _oauth(error: str, description: str) -> RefusalError:
    return RefusalError(Answer(body={"error": error, "error_description": description}, status=400))


def _by_refresh_token(ask: Ask, served: Served, platform: Platform, client: str) -> Holder:
    """Whose refresh token was sent; by now it has been used.

    Raises:
        RefusalError: it is not the one that works, or the app is not known.
    """
    form = ask.form()
    if form.get("grant_type") != "refresh_token":
        raise _oauth("unsupported_grant_type", "grant_type must be refresh_token")
    if _client(ask, form, client) != CLIENT_ID:
        raise _oauth("invalid_client", "unknown client")
    issued = served.tokens.issued
    holders = [key for key in served.tokens.accounts if key[0] == platform]
    holder = next((one for one in holders if issued.refresh_token(one) == form.get("refresh_token")), None)
    if holder is not None and "refresh_token_used" in ask.faults:
        issued.rotate(holder)  # somebody else was quicker
        holder = None
    if holder is None:
        raise _oauth("invalid_grant", "Refresh token is invalid or expired.")
    return holder


def _client(ask: Ask, form: dict[str, str], name: str) -> str | None:
    """The app's id, with its secret right; X's apps may have none, or send both as HTTP Basic."""
    basic = ask.headers.get("authorization", "")
    if basic.startswith("Basic "):
        said, _, secret = base64.b64decode(basic.removeprefix("Basic ")).decode().partition(":")
        return said if secret == CLIENT_SECRET else None
    if "client_secret" in form and form["client_secret"] != CLIENT_SECRET:
        return None
    return form.get(name)


def _x(ask: Ask, served: Served) -> dict[str, Any]:
    holder = _by_refresh_token(ask, served, "x", "client_id")
    issued = served.tokens.issued
    return {
        "token_type": "bearer", "expires_in": 2 * HOUR, "access_token": issued.give(holder, 2 * HOUR),
        "scope": "tweet.read users.read offline.access", "refresh_token": issued.rotate(holder),
    }  # fmt: skip


def _tiktok(ask: Ask, served: Served) -> dict[str, Any]:
    holder = _by_refresh_token(ask, served, "tiktok", "client_key")
    issued = served.tokens.issued
    return {
        "open_id": holder[1], "scope": "user.info.basic,user.info.profile,user.info.stats,video.list",
        "access_token": issued.give(holder, 2 * HOUR), "expires_in": 2 * HOUR,
        "refresh_token": issued.rotate(holder), "refresh_expires_in": 180 * DAY, "token_type": "Bearer",
    }  # fmt: skip


def _linkedin(ask: Ask, served: Served) -> dict[str, Any]:
    """The refresh token stays, and so does its end."""
    holder = _by_refresh_token(ask, served, "linkedin", "client_id")
    issued = served.tokens.issued
    return {
        "access_token": issued.give(holder, LONG), "expires_in": LONG, "refresh_token": issued.refresh_token(holder),
        "refresh_token_expires_in": 300 * DAY, "scope": "r_organization_social,rw_organization_admin",
    }  # fmt: skip


def _google(ask: Ask, served: Served) -> dict[str, Any]:
    holder = _by_refresh_token(ask, served, "youtube", "client_id")
    given = served.tokens.issued.give(holder, HOUR - 1)
    scope = "https://www.googleapis.com/auth/youtube.readonly https://www.googleapis.com/auth/yt-analytics.readonly"
    return {"access_token": given, "expires_in": HOUR - 1, "scope": scope, "token_type": "Bearer"}


def _long_lived(ask: Ask, served: Served) -> dict[str, Any]:
    """Threads and Instagram Login: a living token of at least a day for another one."""
    grant, token = ask.query.get("grant_type", ""), ask.query.get("access_token", "")
    platform: Platform | None = {"th_refresh_token": "threads", "ig_refresh_token": "instagram"}.get(grant)  # pyright: ignore[reportAssignmentType]  # literals of Platform
    owner = served.tokens.owner(platform, token) if platform else None
    if platform is None or owner is None:
        raise refuse("Error validating access token: Session has expired.", 190, error_subcode=463)
    age = served.tokens.issued.age(token)
    if age is not None and age < DAY:
        raise refuse("(#100) The token must be at least 24 hours old to be refreshed.", 100)
    given = served.tokens.issued.give((platform, owner), LONG)
    return {"access_token": given, "token_type": "bearer", "expires_in": LONG}


def _exchange(ask: Ask, served: Served) -> dict[str, Any]:
    """Meta: a person's living token for another sixty days; the app is known by its id and secret."""
    query = ask.query
    if (query.get("client_id"), query.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
        raise refuse("Error validating client secret.", 1)
    owner = served.tokens.owner("facebook", query.get("fb_exchange_token", ""))
    if query.get("grant_type") != "fb_exchange_token" or owner is None:
        raise refuse("Error validating access token: Session has expired.", 190, error_subcode=463)
    given = served.tokens.issued.give(("facebook", owner), LONG)
    return {"access_token": given, "token_type": "bearer", "expires_in": LONG}


def _create_session(ask: Ask, served: Served) -> dict[str, Any]:
    try:
        said: dict[str, Any] = json.loads(ask.body)
    except ValueError:
        said = {}
    owner = served.tokens.owner("bluesky", str(said.get("password", "")))
    if owner is None or said.get("identifier") not in (owner, _handle(served, owner)):
        message = "Invalid identifier or password"
        raise RefusalError(Answer(body={"error": "AuthenticationRequired", "message": message}, status=401))
    return _session(served, ("bluesky", owner))


def _refresh_session(ask: Ask, served: Served) -> dict[str, Any]:
    issued = served.tokens.issued
    holders = [key for key in served.tokens.accounts if key[0] == "bluesky"]
    holder = next((one for one in holders if issued.refresh_token(one) == ask.bearer()), None)
    if holder is not None and "refresh_token_used" in ask.faults:
        issued.rotate(holder)
        holder = None
    if holder is None:
        body = {"error": "ExpiredToken", "message": "Token has been revoked"}
        raise RefusalError(Answer(body=body, status=400))
    return _session(served, holder)


def _session(served: Served, holder: Holder) -> dict[str, Any]:
    """Access for two hours."""
    issued = served.tokens.issued
    return {
        "accessJwt": issued.give(holder, 2 * HOUR), "refreshJwt": issued.rotate(holder), "did": holder[1],
        "handle": _handle(served, holder[1]), "active": True,
    }  # fmt: skip


def _handle(served: Served, did: str) -> str:
    return served.world.elsewhere.accounts_by_native_id["bluesky", did].handle


_EXCHANGE = re.compile(r"/v[0-9]+\.[0-9]+/oauth/access_token")
_ENDPOINTS: dict[str, tuple[str, Callable[[Ask, Served], dict[str, Any]]]] = {
    "/2/oauth2/token": ("POST", _x),
    "/v2/oauth/token/": ("POST", _tiktok),
    "/oauth/v2/accessToken": ("POST", _linkedin),
    "/token": ("POST", _google),
    "/refresh_access_token": ("GET", _long_lived),
    "/xrpc/com.atproto.server.createSession": ("POST", _create_session),
    "/xrpc/com.atproto.server.refreshSession": ("POST", _refresh_session),
}


def speaks(ask: Ask) -> bool:
    """Whether a request is for a token."""
    return ask.path in _ENDPOINTS or _EXCHANGE.fullmatch(ask.path) is not None


DIALECT = Dialect(
    name="logins",
    speaks=speaks,
    start=lambda: answer,
    methods=frozenset({"GET", "POST"}),
    shapes={"refresh_token_used": "somebody else has just used the refresh token: `invalid_grant`, and so ever after"},
)
