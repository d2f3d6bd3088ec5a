"""All sources that are pulled. A new one is a line here; the modules are loaded only when a source is switched on."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipelines.settings import Settings
    from pipelines.sources.base import Source
    from pipelines.sources.stream import Stream

PLATFORM_SOURCES = {"facebook": "facebook_pages", "instagram": "instagram", "x": "x"}
"""Which source reads the accounts of a platform."""


def api_streams() -> tuple[Stream, ...]:
    """Every stream of every pulled source, switched on or not: all their raw tables exist."""
    from pipelines.sources.facebook_pages import streams as facebook_pages  # noqa: PLC0415
    from pipelines.sources.instagram import streams as instagram  # noqa: PLC0415
    from pipelines.sources.tips import streams as tips  # noqa: PLC0415
    from pipelines.sources.x import streams as x  # noqa: PLC0415

    return (*facebook_pages.STREAMS, *instagram.STREAMS, *x.STREAMS, *tips.STREAMS)


def configured_sources(settings: Settings) -> list[Source]:
    """The sources that are switched on."""
    found: list[Source] = []
    if settings.facebook_pages is not None:
        from pipelines.sources.facebook_pages.client import FacebookPages  # noqa: PLC0415

        found.append(FacebookPages(settings.facebook_pages))
    if settings.instagram is not None:
        from pipelines.sources.instagram.client import Instagram  # noqa: PLC0415

        found.append(Instagram(settings.instagram))
    if settings.x is not None and settings.x.enabled:
        from pipelines.sources.x.client import X  # noqa: PLC0415

        found.append(X(settings.x))
    if settings.tips is not None:
        from pipelines.sources.tips.client import Tips  # noqa: PLC0415

        found.append(Tips(settings.tips))
    return found
