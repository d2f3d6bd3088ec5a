"""What long work tells the person who waits: small facts, no text layout. The CLI draws them, Dagster logs them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Event:
    """One fact about work under way.

    Args:
        kind: `start`, `progress`, `done`, `skipped`, `warning` or `failed`.
        name: of the step: a stream, a model, a file.
        done: how much is done, in the step's own unit.
        total: out of how much; None where nobody knows.
        detail: one short sentence.
    """

    kind: str
    name: str
    done: int = 0
    total: int | None = None
    detail: str = ""


OnEvent = Callable[[Event], None]


def silent(_event: Event) -> None:
    """Tell nobody."""
