"""What a project needs to read a sandbox: units, accounts, addresses and tokens."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pipelines.sandbox.calendar import iso_z
from pipelines.sandbox.tokens import Tokens
from pipelines.sandbox.units import COUNTRY, UNITS

if TYPE_CHECKING:
    from pipelines.sandbox.world import World


def project_config(world: World, url: str) -> dict[str, Any]:
    """Everything a demo writes into goals.yaml and .env, as plain types.

    Args:
        world: the world that is served.
        url: the sandbox's address.

    Returns:
        `units` (id, name, population, parent), `accounts` (platform, native_id, unit, handle, opened_at),
        `urls` and `tokens` per source (`facebook` and `instagram` and `x`: native id to token; `tips`, `system_user`
        and `x_app`: one token each), `case_key`, the key with which the intake hashes case numbers (HMAC-SHA-256,
        first 16 hexadecimal digits), and `environment`: name of each variable that points a source here, and its value.
    """
    tokens = Tokens.of(world.accounts)
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
            for a in world.accounts
        ],
        "urls": {"facebook": url, "instagram": url, "x": url, "tips": url},
        "tokens": {
            "facebook": tokens.of_source("facebook"),
            "instagram": tokens.of_source("instagram"),
            "x": tokens.of_source("x"),
            "tips": tokens.tips,
            "system_user": tokens.system_user,
            "x_app": tokens.x_app,
        },
        "case_key": world.case_key.decode(),
        "environment": {
            "SYFTE_FACEBOOK_PAGES__BASE_URL": url,
            "SYFTE_FACEBOOK_PAGES__TOKENS": json.dumps(tokens.of_source("facebook")),
            "SYFTE_INSTAGRAM__BASE_URL": url,
            "SYFTE_INSTAGRAM__TOKENS": json.dumps(tokens.of_source("instagram")),
            "SYFTE_X__ENABLED": "true",
            "SYFTE_X__BASE_URL": url,
            "SYFTE_X__TOKENS": json.dumps(tokens.of_source("x")),
            "SYFTE_TIPS__BASE_URL": f"{url}/tips/v1",
            "SYFTE_TIPS__TOKEN": tokens.tips,
        },
    }  # fmt: skip
