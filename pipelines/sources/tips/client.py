"""Reading the institution's intake: `GET {base_url}/tips?from=&to=&limit=&cursor=`, by whole local days.

    {"data": [{"tip_id": "...", "received_hour": "2026-11-20T09:00:00Z", ...}], "next_cursor": null, "complete": true}

`from` is inclusive, `to` exclusive. Only the last page says `complete`; until it has come, no day counts as read.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import msgspec

from pipelines.errors import SourceError
from pipelines.sources.endpoint import Endpoint
from pipelines.sources.outcomes import OK, Answer, Kind, Outcome, Quota, judge_status
from pipelines.sources.stream import Page
from pipelines.sources.tips.streams import SOURCE, STREAMS, TIPS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from pipelines.settings import TipsSettings
    from pipelines.sources.base import Account, Clients, PullPlan
    from pipelines.sources.comments import Pseudonyms
    from pipelines.sources.http import HttpClient, Reply

PAGE_SIZE = 500
MAX_PAGES = 10_000
WINDOW_DAYS = 90
"""Read again at each pull: what became of a tip (`disposition`) is written weeks after it came."""


class Batch(msgspec.Struct):
    """One answer of the intake."""

    data: list[msgspec.Raw] | None = None
    next_cursor: str | None = None
    complete: bool | None = None

    def flaw(self) -> str | None:
        """An answer that neither goes on nor says that it is the end must not count as an end."""
        if self.data is None:
            return "an answer without data"
        if self.next_cursor is None and self.complete is not True:
            return "a last page that does not say it is complete"
        return None


class IntakeDialect:
    """Plain HTTP: the status says it all."""

    def judge(self, answer: Answer) -> Outcome:
        """Classify an answer."""
        outcome = judge_status(answer)
        return OK if outcome.kind is Kind.OK else outcome

    def quotas(self, source: str, answer: Answer) -> list[Quota]:
        """An intake has none."""
        del source, answer
        return []


class Tips:
    """The source `tips`."""

    name = SOURCE
    platform = None
    streams = STREAMS

    def __init__(self, settings: TipsSettings, _pseudonyms: Pseudonyms | None = None) -> None:
        self._settings = settings

    @property
    def endpoint(self) -> Endpoint:
        """The institution's own address."""
        return Endpoint(
            source=SOURCE,
            base_url=self._settings.base_url,
            hosts=frozenset(),
            dialect=IntakeDialect(),
            setting="SYFTE_TIPS__BASE_URL",
            token_setting="SYFTE_TIPS__TOKEN",  # noqa: S106  # the variable's name, not a token
        )

    def endpoints(self, accounts: Iterable[Account]) -> tuple[Endpoint, ...]:
        """The intake."""
        del accounts
        return (self.endpoint,)

    async def probe(self, clients: Clients, account: Account) -> str:
        """Ask for a single row of an old day."""
        await self._ask(clients.at(self.endpoint), account, (date(2000, 1, 1), date(2000, 1, 2)))
        return "answers"

    async def pull(self, clients: Clients, account: Account, plan: PullPlan) -> AsyncIterator[Page]:
        """Read whole local days; the current one is not over and never asked for."""
        if plan.young_only_hours is not None:
            return
        client = clients.at(self.endpoint)
        zone = ZoneInfo(plan.timezone)
        first, last = _days(plan, zone)
        if first >= last:
            return
        window = (_midnight(first, zone), _midnight(last, zone))
        cursor: str | None = None
        seen: set[str] = set()
        for number in range(1, MAX_PAGES + 1):
            reply = await self._ask(client, account, (first, last), cursor, PAGE_SIZE)
            cursor = reply.envelope.next_cursor
            kept, rejected = TIPS.read(reply.envelope.data or [])
            yield Page(
                stream=TIPS,
                account_id=account.account_id,
                rows=kept,
                rejected=rejected,
                fetched_at=reply.answered_at,
                number=number,
                complete=cursor is None,
                window=window,
            )
            if cursor is None:
                return
            if cursor in seen:
                raise SourceError("The intake's pages go in circles: a cursor came twice.", do="Ask its owner.")
            seen.add(cursor)
        raise SourceError(f"The intake's pages have no end after {MAX_PAGES}.", do="Ask its owner.")

    async def _ask(
        self, client: HttpClient, account: Account, days: tuple[date, date], cursor: str | None = None, limit: int = 1
    ) -> Reply[Batch]:
        params = {"from": days[0].isoformat(), "to": days[1].isoformat(), "limit": str(limit)}
        token = self._settings.token_for(account.native_id)
        return await client.get("/tips", Batch, token=token, params=params | ({"cursor": cursor} if cursor else {}))


def _days(plan: PullPlan, zone: ZoneInfo) -> tuple[date, date]:
    """First local day, and the first one no longer asked for: never today."""
    today = plan.now.astimezone(zone).date()
    if plan.window is None:
        return today - timedelta(days=WINDOW_DAYS), today
    return plan.window[0].astimezone(zone).date(), min(_ceiling(plan.window[1], zone), today)


def _ceiling(moment: datetime, zone: ZoneInfo) -> date:
    local = moment.astimezone(zone)
    return local.date() + timedelta(days=0 if local.time() == time() else 1)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
