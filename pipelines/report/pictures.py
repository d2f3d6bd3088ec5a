"""Pictures that were drawn before, kept in a file, so that a night draws those that are new.

A picture is known by a hash of what it was drawn from and of what drew it. The file holds the pictures of the report
that was made last and no others, and an erasure removes it. It is a cache: without it, or if it cannot be read,
everything is drawn.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import TYPE_CHECKING, cast

from pipelines.errors import StorageError
from pipelines.landing.writer import write_durably

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path


class _Kept:
    """The pictures of the report before, and those of the one that is being made."""

    def __init__(self, before: dict[str, str]) -> None:
        self.before = before
        self.now: dict[str, str] = {}


_KEPT: ContextVar[_Kept | None] = ContextVar("_KEPT", default=None)


@contextmanager
def kept_pictures(path: Path) -> Generator[None]:
    """Take from a file what was drawn before; at the end it holds what was asked for, if anything was.

    Args:
        path: the file, JSON; made if it is not there, removed if it cannot be written.
    """
    kept = _Kept(_read(path))
    mark = _KEPT.set(kept)
    try:
        yield
    finally:
        _KEPT.reset(mark)
    if kept.now and kept.now != kept.before:
        try:
            write_durably(path, json.dumps(kept.now).encode())
        except StorageError:
            with suppress(OSError):  # the report stands; old pictures must not outlive what they show
                path.unlink(missing_ok=True)


def picture(spec: str, drawer: str, draw: Callable[[str], str]) -> str:
    """A picture from the file, or drawn.

    Args:
        spec: what it is drawn from.
        drawer: what draws it, with its version.
        draw: draws it.
    """
    kept = _KEPT.get()
    if kept is None:
        return draw(spec)
    key = hashlib.sha256(f"{drawer}\0{spec}".encode()).hexdigest()
    if key not in kept.now:
        kept.now[key] = kept.before.get(key) or draw(spec)
    return kept.now[key]


def _read(path: Path) -> dict[str, str]:
    try:
        found: object = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    held = cast("dict[str, object]", found) if isinstance(found, dict) else {}
    return {key: value for key, value in held.items() if isinstance(value, str)}
