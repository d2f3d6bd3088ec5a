"""Fields that a platform sends and no allow-list has: their names, so that somebody may look whether one is wanted.

A pull opens a book; every stream notes there what it drops. Without a book nothing is noted.
"""

from __future__ import annotations

import re
from collections import defaultdict
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from pipelines.sources.setting_aside import fields_of, root_of

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    import msgspec

    from pipelines.sources.setting_aside import Kinds

MOST_NAMES = 100
"""Of a stream in one run: who sends more sends no fields, but data for names."""

_NAME = re.compile(r"[A-Za-z_$@][A-Za-z0-9_$@:-]{0,79}")


class Sightings:
    """The names seen by one run, by stream."""

    def __init__(self) -> None:
        self._seen: defaultdict[str, set[str]] = defaultdict(set)
        self._told: defaultdict[str, set[str]] = defaultdict(set)
        self._settled: defaultdict[str, set[str]] = defaultdict(set)  # seen, or allowed

    def note(
        self, table: str, record: type[msgspec.Struct], names: set[str], *, within: dict[str, Any] | None = None
    ) -> None:
        """Note of the names of objects those that their allow-list lacks.

        Args:
            table: the stream's raw table.
            record: its allow-list.
            names: those of one object, or of several.
            within: an object of which also those of allowed objects within are noted, as `likes.summary`.
        """
        seen = self._seen[table]
        fields = _fields_of(record)
        if within is None and names <= self._settled[table]:
            return
        strange = names - fields.keys() - seen
        if within is not None:
            strange |= set(_within(fields, within))
        found = sorted(name for name in strange - seen if all(map(_NAME.fullmatch, name.split("."))))
        seen.update(found[: MOST_NAMES - len(seen)])
        self._settled[table] = seen | fields.keys()

    def fresh(self, table: str) -> tuple[str, ...]:
        """The names that were seen since the last time somebody asked."""
        names = self._seen[table] - self._told[table]
        self._told[table] |= names
        return tuple(sorted(names))


@cache
def _fields_of(record: type[msgspec.Struct]) -> dict[str, Kinds]:
    return fields_of((root_of(record),))


def _within(fields: dict[str, Any], value: dict[str, Any]) -> Iterator[str]:
    for name, inner in value.items():
        for one in cast("list[Any]", inner if isinstance(inner, list) else [inner]):
            if isinstance(one, dict) and (known := fields_of(fields.get(name, ()), items=True)):
                yield from (f"{name}.{strange}" for strange in cast("dict[str, Any]", one).keys() - known.keys())
                yield from (f"{name}.{deeper}" for deeper in _within(known, cast("dict[str, Any]", one)))


_BOOK: ContextVar[Sightings | None] = ContextVar("sightings", default=None)


@contextmanager
def sighting() -> Generator[Sightings]:
    """Open a book for everything that is read meanwhile, in tasks as well."""
    book = Sightings()
    token = _BOOK.set(book)
    try:
        yield book
    finally:
        _BOOK.reset(token)


def current() -> Sightings | None:
    """The open book."""
    return _BOOK.get()
