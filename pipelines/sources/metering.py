"""What a client's requests take of the allowances, and what the answers say of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pipelines.errors import DeferredError
from pipelines.sources.outcomes import Kind

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from pipelines.sources.allowance import Costs, Ledger, Reservation
    from pipelines.sources.outcomes import Envelope, Outcome, Quota


class Meter:
    """One client's way to the ledger.

    Args:
        source: whose allowances.
        host: of the server that is asked, for allowances that each server counts by itself.
        ledger: who counts; None counts nothing.
        patience_s: the longest wait for room in an allowance; a longer one puts the pull off.
    """

    def __init__(
        self,
        source: str,
        host: str,
        ledger: Ledger | None,
        *,
        sleep: Callable[[float], Awaitable[None]],
        patience_s: float,
    ) -> None:
        self._source = source
        self._host = host
        self._ledger = ledger
        self._sleep = sleep
        self._patience_s = patience_s

    async def reserve(self, costs: Costs, objects: int, where: str) -> Reservation | None:
        """Set a request's cost aside, waiting for short windows; None if nobody counts.

        Raises:
            BudgetError: an allowance of the day or the month would be passed.
            DeferredError: there is room only later than we wait.
        """
        if self._ledger is None or not costs:
            return None
        waited = 0.0
        while True:
            held = self._ledger.reserve(self._source, self._host, costs, objects)
            if held.wait_s == 0:
                return held
            if waited + held.wait_s > self._patience_s:
                raise DeferredError(
                    f"{self._source} must not be asked for {held.wait_s:.0f} s ({held.why}).",
                    seconds=held.wait_s,
                    where=where,
                    do="Run again after that. What was read so far is kept, and the next run goes on from there.",
                )
            await self._sleep(held.wait_s)
            waited += held.wait_s

    def book(self, held: Reservation | None, outcome: Outcome, envelope: Envelope | None) -> None:
        """Book what became of a request: its objects, its refusal, or all of it where nobody knows."""
        if held is None or self._ledger is None:
            return
        if outcome.kind is Kind.OK and envelope is not None:
            self._ledger.settle(held, objects_of(envelope))
        elif outcome.is_answered and outcome.kind is not Kind.BAD_PAYLOAD:
            self._ledger.refuse(held)
        else:
            self._ledger.settle(held, None)

    def release(self, held: Reservation | None) -> None:
        """Give back what was set aside for a request that is not sent after all."""
        if held is not None and self._ledger is not None:
            self._ledger.release(held)

    def used_up(self, outcome: Outcome, costs: Costs, now: datetime) -> Outcome:
        """The outcome with the wait until a used-up day or month is over; nobody asks before, in any run."""
        stocks = [cost.allowance for cost in costs if not cost.allowance.is_short]
        if not outcome.is_used_up or not stocks:
            return outcome
        until = max(
            allowance.window(now - allowance.reopens_after)[1] + allowance.reopens_after for allowance in stocks
        )
        if self._ledger is not None:
            until = self._ledger.close(self._source, self._host, costs, outcome.reason) or until
        return replace(outcome, wait_s=max((until - now).total_seconds(), 1.0))


def named(quota: Quota, costs: Costs) -> Quota:
    """The reading under the name of the allowance it speaks of, where the request says which that is."""
    for cost in costs:
        if cost.allowance.header == quota.name:
            return replace(quota, name=cost.allowance.name)
    return quota


def objects_of(envelope: Envelope) -> int | None:
    """How many objects an answer brought; None if its envelope does not tell."""
    count: Callable[[], int] | None = getattr(envelope, "objects", None)
    return count() if count is not None else None


def window_of(costs: Costs) -> str:
    """Name of the window that a request falls in, where the platform counts its endpoints one by one; else empty."""
    return next((cost.allowance.name for cost in costs if cost.allowance.is_told), "")


def until_reset(quota: Quota) -> float:
    """Seconds until the allowance is whole again, a second after the platform says; 0 if it does not say."""
    return max((quota.resets_at - quota.observed_at).total_seconds() + 1.0, 0.0) if quota.resets_at else 0.0
