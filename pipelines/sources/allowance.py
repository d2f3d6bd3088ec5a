"""What a platform lets us take: allowances as a source declares them, and what a request costs of them.

Declarations only. Who counts is the `Ledger`, which `HttpClient` is given; a source names the cost of what it asks.

    POSTS_WINDOW = Allowance(name="posts", period="quarter_hour", limit=900, header="x-rate-limit")
    CREDIT = Allowance(name="credit", period="month", unit="USD")
    POSTS = Stream(..., cost=(Cost(POSTS_WINDOW, per_request=1), Cost(CREDIT, per_object=0.005)))
    await client.get(path, Posts, token=token, cost=POSTS.cost, objects=100)
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal, Protocol
from zoneinfo import ZoneInfo

from pipelines.errors import DeferredError

if TYPE_CHECKING:
    from collections.abc import Sequence

Period = Literal["minute", "five_minutes", "quarter_hour", "hour", "day", "month"]
Unit = Literal["requests", "units", "USD"]

_SECONDS: dict[Period, int] = {"minute": 60, "five_minutes": 300, "quarter_hour": 900, "hour": 3600}


@dataclass(frozen=True, kw_only=True)
class Allowance:
    """How much a platform gives in a period.

    Args:
        name: unique within its source; shown by `syfte status` and `syfte plan --budget`.
        period: after which it is whole again. `day` and `month` begin at midnight in `zone`.
        limit: in `unit`; None where the platform does not publish it: then it is learned from the first refusal, from
            headers, or set by the institution (a budget in goals.yaml).
        unit: what is counted.
        zone: IANA name; YouTube's day is `America/Los_Angeles`.
        is_sliding: the platform counts the last so many seconds, and not from the full minute: what was taken in the
            window before counts for the part of it that is still in sight. For windows shorter than a day.
        per: `source`: one count for everything; `host`: one for each server, such as each Mastodon.
        header: name of the `Quota` by which the platform tells what is left of it in the answer to a request that
            costs it; None if no header does.
        reopens_after: how long after the period's end to stay away still, once it was used up.
        note: for people: whose figure this is, and what it depends on.
    """

    name: str
    period: Period
    limit: float | None = None
    unit: Unit = "requests"
    zone: str = "UTC"
    is_sliding: bool = False
    per: Literal["source", "host"] = "source"
    header: str | None = None
    reopens_after: timedelta = timedelta(0)
    note: str = ""

    @property
    def is_short(self) -> bool:
        """Shorter than a day: a pace, to be waited for, and not a stock."""
        return self.period in _SECONDS

    @property
    def is_told(self) -> bool:
        """A short window of which a header tells what is left."""
        return self.is_short and self.header is not None

    def window(self, now: datetime) -> tuple[datetime, datetime]:
        """The period that an instant falls in: UTC, half-open."""
        if self.period in _SECONDS:
            length = _SECONDS[self.period]
            start = datetime.fromtimestamp(now.timestamp() // length * length, UTC)
            return start, start + timedelta(seconds=length)
        local = now.astimezone(ZoneInfo(self.zone))
        first = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
        if self.period == "month":
            first = first.replace(day=1)
            later = (first + timedelta(days=32)).replace(day=1)
        else:
            later = first + timedelta(days=1)
        return first.astimezone(UTC), later.astimezone(UTC)


@dataclass(frozen=True)
class Cost:
    """What one request takes of an allowance.

    Args:
        per_request: for asking, whatever comes.
        per_object: for each object in the answer.
    """

    allowance: Allowance
    per_request: float = 0
    per_object: float = 0

    def of(self, objects: int) -> float:
        """What a request costs that brings so many objects."""
        return self.per_request + self.per_object * objects


Costs = tuple[Cost, ...]
"""What a request takes: often of several allowances at once, such as a window and money."""


@dataclass(frozen=True, kw_only=True)
class Reservation:
    """What was set aside for a request under way.

    Args:
        token: names it in the ledger.
        wait_s: above 0 nothing was set aside: ask again after so many seconds.
        why: what is waited for.
        number: how many requests everybody has taken of the window that the platform's header speaks of, this one
            included; 0 if no header does.
        under_way: of them, how many have not been answered, this one included.
        since: when that window began by our counting, unix seconds: from there they are counted.
    """

    token: int = 0
    wait_s: float = 0.0
    why: str = ""
    number: float = 0.0
    under_way: float = 0.0
    since: float = 0.0


class Ledger(Protocol):
    """Who counts, for all runs together."""

    def reserve(self, source: str, host: str, costs: Sequence[Cost], objects: int) -> Reservation:
        """Set aside what a request may cost at most, or say how long to wait for a short window.

        Raises:
            BudgetError: a day's or a month's allowance would be passed.
        """
        ...

    def settle(self, reservation: Reservation, objects: int | None) -> None:
        """Book what an answer cost; None where nobody knows what came, so that all that was set aside is booked."""
        ...

    def refuse(self, reservation: Reservation) -> None:
        """Book a request that the platform refused: it counts as a request, and no money is taken for it."""
        ...

    def release(self, reservation: Reservation) -> None:
        """Give back what was set aside for a request that was not sent."""
        ...

    def close(self, source: str, host: str, costs: Sequence[Cost], why: str) -> datetime | None:
        """Note the platform's word that a day's or month's allowance is used up: nobody asks before it is whole.

        Returns:
            When that is, UTC; None if the request costs no such allowance.
        """
        ...


class BudgetError(DeferredError):
    """An allowance would be passed: nothing more of this source until it is whole again."""

    def __reduce__(self) -> tuple[object, ...]:
        """Keep the kind between processes."""
        return (_rebuild, (self.what, self.seconds, self.where, self.do))


def _rebuild(what: str, seconds: float, where: str | None, do: str | None) -> BudgetError:
    return BudgetError(what, seconds=seconds, where=where, do=do)
