"""What a project needs to read a sandbox: units, accounts, addresses and tokens."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal

from pipelines.sandbox.calendar import iso_z
from pipelines.sandbox.logins import CLIENT_ID, CLIENT_SECRET
from pipelines.sandbox.tokens import Tokens
from pipelines.sandbox.units import COUNTRY, ELSEWHERE, PLATFORMS, UNITS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipelines.sandbox.units import Platform
    from pipelines.sandbox.world import World

SECTIONS: dict[Platform, str] = {platform: platform.upper() for platform in (*PLATFORMS, *ELSEWHERE)}
SECTIONS["facebook"] = "FACEBOOK_PAGES"
"""The common part of each platform's variables' names."""
ADDRESSES: dict[Platform, tuple[str, ...]] = {
    "youtube": ("BASE_URL", "ANALYTICS_URL"),
    "bluesky": ("BASE_URL", "LOGIN_URL"),
    "tiktok": ("BASE_URL", "BUSINESS_URL"),
}
"""Where a platform answers at more than one address."""
OFF_BY_DEFAULT: tuple[Platform, ...] = ("x", "tiktok")
RENEWED: tuple[Platform, ...] = ("x", "youtube", "tiktok", "linkedin")
"""Whose access tokens are renewed with a refresh token."""
PSEUDONYM_KEY = "sandbox-pseudonym-key-0000000000000000"


def project_config(
    world: World,
    url: str,
    platforms: Iterable[Platform] | Literal["all"] = PLATFORMS,
    *,
    comments: bool = False,
    renewing: bool = False,
) -> dict[str, Any]:
    """Everything a demo writes into goals.yaml and .env, as plain types.

    Args:
        world: the world that is served.
        url: the sandbox's address.
        platforms: those to read; "all" is all nine.
        comments: whether comments are read too.
        renewing: whether tokens are to be renewed, where the platform has it: refresh tokens instead of access tokens.

    Returns:
        `units` (id, name, population, parent), `accounts` (platform, native_id, unit, handle, opened_at),
        `urls` and `tokens` per source (by platform: native id to token; `tips`, `system_user` and `x_app`: one token
        each), `case_key`, the key with which the intake hashes case numbers (HMAC-SHA-256, first 16 hexadecimal
        digits), and `environment`: name of each variable that points a source here, and its value.
    """
    chosen = (*PLATFORMS, *ELSEWHERE) if platforms == "all" else tuple(platforms)
    tokens = Tokens.of_world(world)
    total = sum(unit.population for unit in UNITS)
    country: dict[str, Any] = {"id": COUNTRY.unit_id, "name": COUNTRY.name, "population": total, "parent": None}
    return {
        "units": [country]
        + [{"id": u.unit_id, "name": u.name, "population": u.population, "parent": u.parent} for u in UNITS],
        "accounts": [
            {
                "platform": a.platform, "native_id": a.native_id, "unit": a.unit_id, "handle": a.handle,
                "opened_at": iso_z(a.opened_at),
            }
            for a in (*world.accounts, *world.elsewhere.accounts)
            if a.platform in chosen
        ],
        "urls": dict.fromkeys((*chosen, "tips"), url),
        "tokens": {platform: tokens.of_source(platform) for platform in chosen}
        | {"tips": tokens.tips, "system_user": tokens.system_user, "x_app": tokens.x_app},
        "case_key": world.case_key.decode(),
        "environment": _environment(tokens, url, chosen, comments=comments)
        | (_renewing(tokens, chosen) if renewing else {}),
    }  # fmt: skip


def _environment(tokens: Tokens, url: str, platforms: tuple[Platform, ...], *, comments: bool) -> dict[str, str]:
    said: dict[str, str] = {}
    for platform in platforms:
        section = f"SYFTE_{SECTIONS[platform]}__"
        if platform in OFF_BY_DEFAULT:
            said[f"{section}ENABLED"] = "true"
        said |= {f"{section}{name}": url for name in ADDRESSES.get(platform, ("BASE_URL",))}
        said[f"{section}TOKENS"] = json.dumps(tokens.of_source(platform))
        if comments:
            said[f"{section}COMMENTS"] = "true"
    if "youtube" in platforms:
        said["SYFTE_YOUTUBE__API_KEY"] = tokens.youtube_key
    if comments:
        said["SYFTE_PSEUDONYM_KEY"] = PSEUDONYM_KEY
    return said | {"SYFTE_TIPS__BASE_URL": f"{url}/tips/v1", "SYFTE_TIPS__TOKEN": tokens.tips}


def _renewing(tokens: Tokens, platforms: tuple[Platform, ...]) -> dict[str, str]:
    """What tokens are renewed with; the access tokens stay unset."""
    said: dict[str, str] = {}
    for platform in platforms:
        section = f"SYFTE_{SECTIONS[platform]}__"
        if platform in RENEWED:
            said[f"{section}TOKENS"] = ""
            said[f"{section}REFRESH_TOKENS"] = json.dumps(tokens.refresh_tokens(platform))
            said |= {f"{section}CLIENT_ID": CLIENT_ID, f"{section}CLIENT_SECRET": CLIENT_SECRET}
    return said
