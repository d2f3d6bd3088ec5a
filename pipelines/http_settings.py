"""How we talk to servers, as settings say."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr


def _checked_proxy(proxy: SecretStr) -> SecretStr:
    """Refuse what no client could use: its own error would print the address, and the password in it."""
    if not re.fullmatch(r"(?:https?|socks5h?)://\S+", proxy.get_secret_value()):
        raise ValueError("must start with http://, https:// or socks5://")
    return proxy


def _checked_host(host: str) -> str:
    """Refuse what is more than a name: an address may hold a password."""
    if not re.fullmatch(r"[A-Za-z0-9.-]+|[0-9A-Fa-f:]+", host):
        raise ValueError("must be names of hosts, without scheme, port, user or path")
    return host


class HttpSettings(BaseModel):
    """How we talk to all of them.

    Args:
        concurrency: requests under way at once, per source.
        proxy: address of the way out, if there must be one.
        extra_hosts: hosts that may receive tokens besides the platforms' own: an institution's gateway.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    concurrency: Annotated[int, Field(ge=1, le=64)] = 8
    proxy: Annotated[SecretStr, AfterValidator(_checked_proxy)] | None = None
    extra_hosts: frozenset[Annotated[str, AfterValidator(_checked_host)]] = frozenset()
