"""The refused metrics, kept between runs so that each is asked for only once a day."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from pipelines.landing.writer import write_durably
from pipelines.refusals import RefusalBook, Refused

if TYPE_CHECKING:
    from pathlib import Path

_NAME = "refused_metrics.json"


def read_refusals(data: Path) -> RefusalBook:
    """What earlier runs were refused; an unreadable file is as none: what is refused is found out again."""
    path = data / _NAME
    try:
        return RefusalBook(msgspec.json.decode(path.read_bytes(), type=list[Refused]) if path.exists() else ())
    except msgspec.DecodeError:
        return RefusalBook()


def keep_refusals(data: Path, book: RefusalBook) -> None:
    """Keep what is refused now."""
    if book.is_changed:
        kept = sorted(book, key=lambda one: (one.source, one.account_id, one.refusal.name))
        write_durably(data / _NAME, msgspec.json.encode(kept))
