"""The last word of each platform on its allowance, kept between runs so that `syfte status` can show it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from pipelines.landing.writer import write_durably
from pipelines.sources.outcomes import Quota

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def read_quotas(data: Path) -> list[Quota]:
    """Readings kept so far; none if no platform has said anything."""
    path = data / "quotas.json"
    try:
        return msgspec.json.decode(path.read_bytes(), type=list[Quota]) if path.exists() else []
    except (msgspec.DecodeError, UnicodeDecodeError):
        return []  # readings of the moment: the next pull brings new ones


def keep_quotas(data: Path, readings: Iterable[Quota]) -> None:
    """Keep the newest reading of each allowance."""
    newest = {(reading.source, reading.name): reading for reading in (*read_quotas(data), *readings)}
    write_durably(data / "quotas.json", msgspec.json.encode(sorted(newest.values(), key=lambda q: (q.source, q.name))))
