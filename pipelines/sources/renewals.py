"""How each platform's tokens renew: the declarations, side by side. A platform without a row has tokens that do not.

Facebook and Instagram on the Facebook host: an institution's system user has a token without end; a person's token is
exchanged for another 60 days while it lives, if the app's id and secret are set. Mastodon's tokens do not expire.
"""

from __future__ import annotations

from datetime import timedelta

from pipelines.sources.renewal import Renewal

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_WEEK = timedelta(days=7)

_BY_REFRESH_TOKEN = {"grant_type": "refresh_token", "refresh_token": "{refresh_token}"}
_BY_CLIENT = _BY_REFRESH_TOKEN | {"client_id": "{client_id}", "client_secret": "{client_secret}"}

_GRAPH = Renewal(
    kind="access token",
    url="https://graph.facebook.com/{api_version}/oauth/access_token",
    method="GET",
    params={
        "grant_type": "fb_exchange_token",
        "client_id": "{client_id}",
        "client_secret": "{client_secret}",
        "fb_exchange_token": "{access_token}",
    },
    lifetime=60 * _DAY,
    margin=_WEEK,
    min_age=_DAY,
    inspect="https://graph.facebook.com/{api_version}/debug_token",
)

RENEWALS: dict[str, Renewal] = {
    "facebook_pages": _GRAPH,
    "instagram": _GRAPH,
    "instagram_login": Renewal(
        kind="access token",
        url="https://graph.instagram.com/refresh_access_token",
        method="GET",
        params={"grant_type": "ig_refresh_token", "access_token": "{access_token}"},
        lifetime=60 * _DAY,
        margin=_WEEK,
        min_age=_DAY,
    ),
    "threads": Renewal(
        kind="access token",
        url="https://graph.threads.net/refresh_access_token",
        method="GET",
        params={"grant_type": "th_refresh_token", "access_token": "{access_token}"},
        lifetime=60 * _DAY,
        margin=_WEEK,
        min_age=_DAY,
    ),
    "x": Renewal(
        kind="user token",
        url="https://api.x.com/2/oauth2/token",
        params=_BY_REFRESH_TOKEN | {"client_id": "{client_id}"},
        basic=True,
        rotates=True,
        lifetime=2 * _HOUR,
    ),
    "youtube": Renewal(
        kind="access token",
        url="https://oauth2.googleapis.com/token",
        params=_BY_CLIENT,
        lifetime=_HOUR,
    ),
    "tiktok": Renewal(
        kind="access token",
        url="https://open.tiktokapis.com/v2/oauth/token/",
        params=_BY_REFRESH_TOKEN | {"client_key": "{client_id}", "client_secret": "{client_secret}"},
        rotates=True,
        lifetime=2 * _HOUR,
        refresh_lifetime=180 * _DAY,
    ),
    "linkedin": Renewal(
        kind="access token",
        url="https://www.linkedin.com/oauth/v2/accessToken",
        params=_BY_CLIENT,
        lifetime=60 * _DAY,
        refresh_lifetime=365 * _DAY,
        margin=_WEEK,
        min_age=_DAY,
    ),
    "bluesky": Renewal(
        kind="session",
        url="https://bsky.social/xrpc/com.atproto.server.refreshSession",
        bearer="{refresh_token}",
        rotates=True,
        lifetime=2 * _HOUR,
        refresh_lifetime=60 * _DAY,
        sign_in=Renewal(
            kind="session",
            url="https://bsky.social/xrpc/com.atproto.server.createSession",
            params={"identifier": "{account}", "password": "{access_token}"},
            as_json=True,
            lifetime=2 * _HOUR,
            refresh_lifetime=60 * _DAY,
        ),
    ),
}
