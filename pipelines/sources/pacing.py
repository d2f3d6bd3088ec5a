"""What holds a token's requests back: how much the platform says is left, a throttle, a refusal.

Where the platform says how many requests are left and when its window ends (X, Mastodon, a Bluesky server), they are
used at full speed, and then the end is waited for: going slower would gain nothing. An end further off than a run may
sleep is another matter: from `SLOW_FROM` on, what is left is spread until it is near enough. Where the platform says a
share alone, or no end (Meta's rolling hour), there is no end to wait for, and we slow down from `SLOW_FROM`, too.

What is left is a word of the past: other requests are under way meanwhile, of this process and of others. So requests
are numbered, by the ledger where there is one. An answer that says that 7 are left lets them go up to a number: 7 more
than those that had certainly been counted. Whoever has a later one waits for news, as all do once the window is over;
where none is under way one goes alone, and its answer tells. So a window is used to its last request and hardly ever
passed: of processes side by side, each may be refused the one that went alone.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipelines.sources.metering import until_reset

if TYPE_CHECKING:
    from pipelines.errors import SyfteError
    from pipelines.sources.allowance import Reservation
    from pipelines.sources.outcomes import Quota

LONGEST_SLEEP_S = 120.0
"""Above this a pull is put off: a sleeping run holds a slot, and hides that it does nothing."""
SLOW_FROM = 0.75
"""Share of an allowance from which we slow down, where nobody says when it is whole again; from `Quota.stop_from` we
stop before the platform makes us."""
UNKNOWN_REGAIN_S = 3600.0
"""Meta's allowances are counted over a rolling hour."""


@dataclass
class TokenState:
    """Of one token, whatever it is used for."""

    refused: SyfteError | None = None


@dataclass(frozen=True)
class Ticket:
    """A request that may be sent.

    Args:
        held: what the ledger set aside for it; None if nobody counts.
        since: where the counting began: numbers of two countings say nothing of each other.
        number: the how many-th it is.
        before: how many had been answered when it was drawn, so that the platform has counted them.
    """

    held: Reservation | None
    since: float
    number: float
    before: float


@dataclass(frozen=True)
class _Room:
    since: float
    up_to: float
    until: float  # monotonic


@dataclass
class Pace:
    """Of one token's requests in one window of the platform's; seconds are of the monotonic clock.

    Args:
        token: shared by all windows of the token.
        not_before: nothing is sent before; `why` says what for.
        pause_s: before each request.
        was_throttled: whether the platform ever refused for the number of requests.
    """

    token: TokenState
    not_before: float = 0.0
    why: str = ""
    pause_s: float = 0.0
    was_throttled: bool = False
    _sent: int = 0
    _answered: int = 0
    _room: _Room | None = None
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def draw(self, held: Reservation | None) -> Ticket:
        """The number of the next request: the ledger's, who counts all processes, else our own."""
        if held is not None and held.number:
            return Ticket(held, held.since, held.number, held.number - held.under_way)
        return Ticket(held, 0.0, self._sent + 1, self._answered)

    def lets(self, ticket: Ticket, now: float) -> bool:
        """Whether a request may be sent now; if so, it counts as under way."""
        is_let = now >= self.not_before and (self._sent == self._answered or self._has_room(ticket, now))
        self._sent += is_let
        return is_let

    def _has_room(self, ticket: Ticket, now: float) -> bool:
        room = self._room
        return room is None or (now < room.until and ticket.since == room.since and ticket.number <= room.up_to)

    async def news(self) -> None:
        """Wait until a request under way has been answered; not at all if none is."""
        if self._sent > self._answered:
            await self._news.wait()

    def came_back(self) -> None:
        """A request that was let has an answer, or will have none."""
        self._answered += 1
        self._news.set()
        self._news.clear()  # those who wait by now go on, and nobody else

    def note(self, readings: list[Quota] | None, ticket: Ticket, now: float) -> None:
        """What the answer to a request says of the allowances; None if no answer came.

        What was said of a window holds until it ends, whatever else an answer says or leaves out.
        """
        if self._room is not None and now >= self._room.until:
            self._room = None
        if readings is None:
            return
        self.pause_s = 0.0
        for quota in readings:
            used, whole_in = quota.used_ratio or 0.0, until_reset(quota)
            if quota.left is not None and whole_in > 0:
                self._room = _Room(ticket.since, quota.left + ticket.before + 1, now + whole_in)
                if SLOW_FROM <= used < quota.stop_from and whole_in > LONGEST_SLEEP_S:
                    each = (whole_in - LONGEST_SLEEP_S) / (quota.left + 1)
                    self.pause_s = max(self.pause_s, each * max(self._sent - self._answered, 1))
            elif SLOW_FROM <= used < quota.stop_from:
                self.pause_s = max(self.pause_s, 0.25 + 5.0 * (used - SLOW_FROM) / (1.0 - SLOW_FROM))
            if used >= quota.stop_from:
                self.not_before = max(self.not_before, now + (quota.wait_s or whole_in or UNKNOWN_REGAIN_S))
                self.why = f"{quota.name} is used to {used:.0%}"
