"""The world's clock: stands still, or runs, and can be set."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from pipelines.sandbox.calendar import instant, seconds

if TYPE_CHECKING:
    from datetime import datetime


class SandboxClock:
    """A clock that tells the simulated world's time.

    Args:
        start: the first instant it shows, aware.
        rate: world seconds per real second; 0 stands still.
    """

    def __init__(self, start: datetime, rate: float = 0.0) -> None:
        self._lock = threading.Lock()
        self.rate = rate
        self.set(start)

    def set(self, at: datetime) -> None:
        """Show another instant from now on."""
        with self._lock:
            self._start = float(seconds(at))
            self._set_at = time.monotonic()

    def now(self) -> int:
        """The world's instant, whole seconds UTC."""
        with self._lock:
            return int(self._start + self.rate * (time.monotonic() - self._set_at))

    def read(self) -> datetime:
        """The world's instant, aware, UTC."""
        return instant(self.now())
