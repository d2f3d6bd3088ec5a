"""The owner's reports: what each Pacific day brought a channel, over the Analytics API."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import msgspec

from pipelines.errors import SourceError
from pipelines.sources.refused import RefusedMetrics
from pipelines.sources.stream import Page
from pipelines.sources.youtube.dialect import Report
from pipelines.sources.youtube.streams import DAY_METRICS, DAYS, METRIC_STATUS, PACIFIC

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from datetime import date

    from pydantic import SecretStr

    from pipelines.sources.base import Account, PullPlan
    from pipelines.sources.http import HttpClient, Reply

WINDOW = timedelta(days=90)
"""What is read again at each pull: a request costs the same whatever it spans, and days are corrected late."""


async def days(client: HttpClient, token: SecretStr, account: Account, plan: PullPlan) -> AsyncIterator[Page]:
    """The days that are over, oldest first. The last two or three, and days without data, are left out."""
    zone = ZoneInfo(PACIFIC)
    start, end = plan.window or (plan.now - WINDOW, plan.now)
    first, last = start.astimezone(zone).date(), end.astimezone(zone).date() - timedelta(days=1)
    if last < first:
        return
    window = (_midnight(first, zone), _midnight(last + timedelta(days=1), zone))
    wish = {
        "ids": f"channel=={account.native_id}",
        "startDate": first.isoformat(),
        "endDate": last.isoformat(),
        "dimensions": "day",
        "sort": "day",
    }
    refused = RefusedMetrics(plan.refused, plan.now)

    async def ask(metrics: Sequence[str]) -> Reply[Report]:
        asked = wish | {"metrics": ",".join(metrics)}
        return await client.get("/v2/reports", Report, token=token, params=asked, cost=DAYS.cost)

    reply = await refused.ask("account", "", DAY_METRICS, ask)
    if reply is None:
        return
    told = ((DAYS, _rows(reply.envelope)), (METRIC_STATUS, refused.rows("account")))
    for stream, objects in told:
        kept, rejected = stream.read(objects)
        if stream is DAYS or kept:
            yield Page(
                stream=stream,
                account_id=account.account_id,
                rows=kept,
                rejected=rejected,
                fetched_at=reply.answered_at,
                complete=True,
                window=window,
                api_version_asked="v2",
            )


def _rows(report: Report) -> list[bytes]:
    """A table as objects, one a row.

    Raises:
        SourceError: the table does not say which day a row is.
    """
    names = [column.name for column in report.columnHeaders or []]
    if "day" not in names or any(len(row) != len(names) for row in report.rows or []):
        raise SourceError("A YouTube report has rows that its head does not fit.", do="Please report it.")
    return [msgspec.json.encode(dict(zip(names, row, strict=True))) for row in report.rows or []]


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
