"""The calendar of goals.yaml as instants: on which days the institution is open, from when to when."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, cast

from pipelines.goals.calendar import WEEKDAYS

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from pipelines.goals.calendar import Calendar

_CATEGORIES = ("public", "de_facto")
"""Holidays by law, and days off by custom, such as Midsummer Eve. Half days are for `open` to say."""


def open_days(
    calendar: Calendar | None, zone: ZoneInfo, first: date, last: date
) -> list[tuple[date, datetime, datetime]]:
    """Every day with hours, from `first` to `last`, both included.

    Returns:
        Local date, opening and closing in UTC; an hour that the clocks skip or repeat is counted as it passes.
    """
    if calendar is None:
        return []
    off = {*calendar.closed, *_holidays(calendar.country, first, last)}
    own = {day.date: day.hours for day in calendar.open}
    rows: list[tuple[date, datetime, datetime]] = []
    for offset in range((last - first).days + 1):
        day = first + timedelta(days=offset)
        hours = own.get(day) or (None if day in off else calendar.hours.get(WEEKDAYS[day.weekday()]))
        if hours is not None:
            rows.append((day, _instant(day, hours[0], zone), _instant(day, hours[1], zone)))
    return rows


def _holidays(country: str | None, first: date, last: date) -> set[date]:
    if country is None:
        return set()
    import holidays  # noqa: PLC0415  # only where a country is named

    known = cast("Any", holidays.country_holidays(country)).supported_categories
    wanted = tuple(category for category in _CATEGORIES if category in known)
    return set(holidays.country_holidays(country, years=range(first.year, last.year + 1), categories=wanted))


def _instant(day: date, clock: str, zone: ZoneInfo) -> datetime:
    if clock == "24:00":
        return datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)
    return datetime.combine(day, time.fromisoformat(clock), zone).astimezone(UTC)
