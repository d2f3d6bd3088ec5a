"""An institution's own export of tips: JSON pages over HTTP, behind a bearer token.

`GET /tips/v1/tips?from=YYYY-MM-DD&to=YYYY-MM-DD&limit=&cursor=`: local dates of Sweden, half-open.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from pipelines.sandbox.calendar import HOUR, ZONE, instant, iso_z, midnight
from pipelines.sandbox.exchange import Answer, CursorError, Dialect, RefusalError, cut
from pipelines.sandbox.tipping import CHANNELS, DISPOSITIONS, HEARD
from pipelines.sandbox.units import UNITS

if TYPE_CHECKING:
    from pipelines.sandbox.exchange import Ask, Served

PATH = "/tips/v1/tips"
MAX_LIMIT, DEFAULT_LIMIT, PAGE_CAP = 5000, 500, 2000


def speaks(ask: Ask) -> bool:
    """Whether a request is the intake's."""
    return ask.path.startswith("/tips/")


def refuse(code: str, message: str, status: int) -> RefusalError:
    """The intake's error object."""
    return RefusalError(Answer(body={"error": {"code": code, "message": message}}, status=status))


def answer(ask: Ask, served: Served) -> Answer:
    """Answer a request to the intake."""
    if ask.headers.get("authorization", "") != f"Bearer {served.tokens.tips}":
        raise refuse("unauthorised", "The token is missing or not valid.", 401)
    if ask.path.rstrip("/") != PATH:
        raise refuse("not_found", "There is only /tips/v1/tips.", 404)
    first, end = _date_of(ask, "from"), _date_of(ask, "to")
    if first >= end:
        raise refuse("bad_request", "`from` must lie before `to`.", 400)
    tips = served.world.tips
    low, high = np.searchsorted(tips.received, [midnight(first), midnight(end)])
    # An hour is handed out when it is over.
    high = min(int(high), int(np.searchsorted(tips.received, ask.now - HOUR, side="right")))
    # The feed runs forwards in time; positions count down, as in every feed here.
    places = list(range(int(high) - int(low), 0, -1))
    try:
        sized = replace(served, page_cap=PAGE_CAP)
        part = cut(places, limit=_limit_of(ask), cursor=ask.query.get("cursor"), served=sized, faults=ask.faults)
    except CursorError as error:
        raise refuse("bad_cursor", "The cursor is not one of ours.", 400) from error
    is_over = end <= instant(ask.now).astimezone(ZONE).date()
    return Answer(
        body={
            "data": [_row(served, int(high) - place) for place in part.numbers],
            "next_cursor": part.after if part.has_next else None,
            "complete": is_over and not part.has_next,
        }
    )


def _date_of(ask: Ask, name: str) -> date:
    try:
        return date.fromisoformat(ask.query.get(name, ""))
    except ValueError as error:
        raise refuse("bad_request", f"`{name}` must be a date, YYYY-MM-DD.", 400) from error


def _limit_of(ask: Ask) -> int:
    text = ask.query.get("limit", str(DEFAULT_LIMIT))
    if not re.fullmatch(r"[0-9]{1,6}", text) or not 1 <= int(text) <= MAX_LIMIT:
        raise refuse("bad_request", f"`limit` must lie between 1 and {MAX_LIMIT}.", 400)
    return int(text)


def _row(served: Served, number: int) -> dict[str, Any]:
    tips, posts = served.world.tips, served.world.posts
    ref_post, appeal = int(tips.ref_post[number]), int(tips.appeal[number])
    heard = int(tips.heard_via[number])
    row: dict[str, Any] = {
        "tip_id": tips.tip_ids[number],
        "received_hour": iso_z(int(tips.received[number])),
        "unit": UNITS[tips.unit[number]].unit_id,
        "channel": CHANNELS[tips.channel[number]],
        "ref_code": posts.ref_codes[ref_post] if ref_post >= 0 else None,
        "appeal_id": posts.appeal_ids[appeal] if appeal >= 0 else None,
        "heard_via": HEARD[heard] if heard >= 0 else None,
        "disposition": DISPOSITIONS[tips.disposition[number]],
    }
    if served.tips_extra_fields:
        row |= {
            "free_text": f"CANARY-FRITEXT-{row['tip_id']} 070-000 00 00",
            "informant": f"CANARY-NAMN-{row['tip_id']}",
        }
    return row


DIALECT = Dialect(name="tips", speaks=speaks, start=lambda: answer)
