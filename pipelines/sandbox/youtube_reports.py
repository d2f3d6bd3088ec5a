"""The Analytics API: tables of a channel's Pacific days, without the last ones."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from pipelines.sandbox.calendar import DAY, PACIFIC, midnight
from pipelines.sandbox.offers import SERIES
from pipelines.sandbox.youtube_no import forbidden, no, unsupported

if TYPE_CHECKING:
    from pipelines.sandbox.exchange import Ask, Served
    from pipelines.sandbox.units import Account

CUT_OFF = DAY
"""How long after its end a day comes. It is low for one day more, and then corrected."""
_MEAN = "averageViewDuration"


def answer(ask: Ask, served: Served, owner: str | None) -> dict[str, Any]:
    """A report of the channel that the token belongs to."""
    channel = ask.query.get("ids", "").removeprefix("channel==")
    if owner is None or channel not in ("MINE", owner):
        raise forbidden("Forbidden")
    account = served.world.elsewhere.accounts_by_native_id["youtube", owner]
    metrics = [name for name in ask.query.get("metrics", "").split(",") if name]
    known = {*SERIES["youtube"], _MEAN}
    for name in metrics:
        if name not in known:
            raise no(400, "badRequest", f"Unknown identifier ({name}) given in field parameters.metrics.")
    if ask.query.get("dimensions") != "day" or not metrics:
        raise unsupported(ask.now)
    days = _days(ask, account)
    heads = [{"name": "day", "columnType": "DIMENSION", "dataType": "STRING"}]
    heads += [{"name": name, "columnType": "METRIC", "dataType": "INTEGER"} for name in metrics]
    body: dict[str, Any] = {"kind": "youtubeAnalytics#resultTable", "columnHeaders": heads}
    if not days:
        return body
    columns = [figures(served, account, name, days, ask.now) for name in metrics]
    return body | {"rows": [[day.isoformat(), *row] for day, row in zip(days, zip(*columns, strict=True), strict=True)]}


def figures(served: Served, account: Account, metric: str, days: list[date], now: int) -> list[int]:
    """A figure of neighbouring days, as shown at an instant."""
    world = served.world.elsewhere
    edges = np.array([midnight(day, PACIFIC) for day in (*days, days[-1] + timedelta(days=1))], dtype=np.int64)
    if metric == _MEAN:
        views, minutes = (
            world.series(account.number, name, edges, now) for name in ("views", "estimatedMinutesWatched")
        )
        return [int(m) * 60 // int(v) if v else 0 for v, m in zip(views, minutes, strict=True)]
    return [int(value) for value in world.series(account.number, metric, edges, now)]


def _days(ask: Ask, account: Account) -> list[date]:
    """The days asked for that the platform tells of already."""
    try:
        first, last = (date.fromisoformat(ask.query.get(name, "")) for name in ("startDate", "endDate"))
    except ValueError:
        raise no(400, "invalid", "Invalid value for a date. It must be YYYY-MM-DD.") from None
    if last < first:
        raise no(400, "invalid", "Invalid value for endDate: it lies before startDate.")
    asked = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return [
        day
        for day in asked
        if midnight(day, PACIFIC) >= account.opened_at
        and midnight(day + timedelta(days=1), PACIFIC) + CUT_OFF <= ask.now
    ]
