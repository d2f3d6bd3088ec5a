"""All sources that are pulled. A new one is a line here; the modules are loaded only when a source is switched on."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from pipelines.errors import ConfigurationError

if TYPE_CHECKING:
    from pipelines.settings import Settings, SourceSettings
    from pipelines.sources.base import Source
    from pipelines.sources.comments import Pseudonyms
    from pipelines.sources.stream import Stream


@dataclass(frozen=True)
class Entry:
    """One source: `pipelines.sources.<name>` holds `streams.STREAMS`, and its reader in `client`.

    Args:
        name: of the source, of its folder and of its settings.
        reader: name of the class in `client`: made from the source's settings, and from `Pseudonyms` or None.
        platform: whose accounts it reads; None for a source without accounts.
    """

    name: str
    reader: str
    platform: str | None


SOURCES = (
    Entry("facebook_pages", "FacebookPages", "facebook"),
    Entry("instagram", "Instagram", "instagram"),
    Entry("x", "X", "x"),
    Entry("tiktok", "TikTok", "tiktok"),
    Entry("linkedin", "LinkedIn", "linkedin"),
    Entry("threads", "Threads", "threads"),
    Entry("mastodon", "Mastodon", "mastodon"),
    Entry("bluesky", "Bluesky", "bluesky"),
    Entry("youtube", "YouTube", "youtube"),
    Entry("tips", "Tips", None),
)

PLATFORM_SOURCES = {entry.platform: entry.name for entry in SOURCES if entry.platform}
"""Which source reads the accounts of a platform."""


def api_streams() -> tuple[Stream, ...]:
    """Every stream of every pulled source, switched on or not: all their raw tables exist."""
    found: list[Stream] = []
    for entry in SOURCES:
        found.extend(import_module(f"pipelines.sources.{entry.name}.streams").STREAMS)
    return tuple(found)


def configured_sources(settings: Settings) -> list[Source]:
    """The sources that are switched on.

    Raises:
        ConfigurationError: comments shall be read, but there is no key to hash their authors with.
    """
    found: list[Source] = []
    for entry in SOURCES:
        section = settings.section_of(entry.name)
        if section is not None:
            reader: Any = getattr(import_module(f"pipelines.sources.{entry.name}.client"), entry.reader)
            found.append(reader(section, _pseudonyms(settings, section)))
    return found


def _pseudonyms(settings: Settings, section: SourceSettings) -> Pseudonyms | None:
    """What authors are hashed with; None if no comments are read."""
    if not section.comments:
        return None
    if settings.pseudonym_key is None:
        raise ConfigurationError(
            "Comments cannot be read without a key that hashes their authors.",
            where=f"SYFTE_{section.section}__COMMENTS",
            do="Set SYFTE_PSEUDONYM_KEY to 32 random characters, kept outside of backups, or leave comments off.",
        )
    from pipelines.sources.comments import Pseudonyms  # noqa: PLC0415

    return Pseudonyms(settings.pseudonym_key)
