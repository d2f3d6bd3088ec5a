"""Every dialect of the sandbox. Paths clash between platforms: the first dialect that speaks a request answers it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.sandbox import (
    bluesky,
    linkedin,
    logins,
    mastodon,
    meta,
    threads,
    tiktok,
    tiktok_business,
    tips,
    x,
    youtube,
)

if TYPE_CHECKING:
    from pipelines.sandbox.exchange import Ask, Dialect

DIALECTS: tuple[Dialect, ...] = (
    logins.DIALECT,  # before all whose paths it shares
    tips.DIALECT,
    x.DIALECT,
    mastodon.DIALECT,
    bluesky.DIALECT,
    threads.DIALECT,
    youtube.DIALECT,
    tiktok.DIALECT,
    tiktok_business.DIALECT,
    linkedin.DIALECT,
    meta.DIALECT,  # last of those with a version as the first part of the path: it speaks any
)


def dialect_of(ask: Ask) -> Dialect | None:
    """Whose request it is; None if no platform's."""
    return next((dialect for dialect in DIALECTS if dialect.speaks(ask)), None)
