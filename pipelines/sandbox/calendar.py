"""The world's time: local days of Sweden as instants.

Instants are whole seconds since 1970 in UTC (`int64`); local days run from midnight to midnight in Europe/Stockholm.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any, cast
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

Seconds = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.float64]

ZONE = ZoneInfo("Europe/Stockholm")
PACIFIC = ZoneInfo("America/Los_Angeles")

BASELINE_START = date(2024, 1, 1)
STUDY_START = date(2025, 1, 1)
STUDY_END = date(2025, 12, 31)
"""The study's last day."""
WORLD_END = date(2026, 1, 15)
"""The first day on which nothing new happens: two weeks after the study, so that its end can settle."""

NEVER = np.iinfo(np.int64).max // 2
HOUR = 3600
DAY = 86400


def whole(values: npt.NDArray[Any]) -> list[int]:
    """An array's whole numbers as Python's own."""
    return cast("list[int]", values.tolist())


def midnight(day: date, zone: ZoneInfo = ZONE) -> int:
    """The instant at which a local day begins, in seconds."""
    return int(datetime.combine(day, time(), zone).timestamp())


def seconds(at: datetime) -> int:
    """An aware instant as whole seconds."""
    if at.tzinfo is None:
        msg = f"an instant without a time zone: {at!r}"
        raise ValueError(msg)
    return int(at.timestamp())


def instant(at: int) -> datetime:
    """Whole seconds as an aware instant, UTC."""
    return datetime.fromtimestamp(int(at), UTC)


def iso_z(at: int) -> str:
    """An instant as ISO 8601 in UTC, `2025-03-01T09:00:00Z`."""
    return instant(at).strftime("%Y-%m-%dT%H:%M:%SZ")


@cache
def local_days(first: date = BASELINE_START, end: date = WORLD_END) -> tuple[date, ...]:
    """The local days from `first` up to, not including, `end`."""
    return tuple(first + timedelta(days=n) for n in range((end - first).days))


@cache
def day_starts() -> Seconds:
    """Where each day of `local_days()` begins, and where the last one ends."""
    return np.array([midnight(day) for day in (*local_days(), WORLD_END)], dtype=np.int64)


def day_number(at: Seconds) -> npt.NDArray[np.int64]:
    """Place of each instant's local day in `local_days()`."""
    return np.searchsorted(day_starts(), at, side="right") - 1


def month_starts() -> Seconds:
    """The beginnings of the study year's twelve local months, and the end of the last."""
    months = [date(STUDY_START.year, month, 1) for month in range(1, 13)]
    return np.array([midnight(day) for day in (*months, date(STUDY_START.year + 1, 1, 1))], dtype=np.int64)
