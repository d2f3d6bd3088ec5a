# ruff: noqa: TC003  # pydantic reads the annotations when the program runs
"""When the institution is open: opening hours by weekday, the country's holidays, and days of their own."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Any, Literal, cast

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from pipelines.goals.fields import Many, Strict

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""In the order of `date.weekday()`."""

_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d|24:00")


def _opening(given: tuple[str, str]) -> tuple[str, str]:
    for time in given:
        if not _CLOCK.fullmatch(time):
            raise PydanticCustomError(
                "clock",
                "`{time}` is not a time of day.",
                {"time": time, "do": 'Write hours and minutes in quotes: ["08:00", "16:30"]; midnight is "24:00".'},
            )
    if given[0] >= given[1]:
        raise PydanticCustomError(
            "clock",
            "The hours end ({last}) before they begin ({first}).",
            {"first": given[0], "last": given[1], "do": "Write the opening first; hours cannot run past midnight."},
        )
    return given


def _country(code: str) -> str:
    import holidays  # noqa: PLC0415  # only where a country is named

    if code not in cast("dict[str, Any]", holidays.list_supported_countries(include_aliases=False)):
        raise PydanticCustomError(
            "country",
            "The holidays of `{code}` are not known.",
            {"code": code, "do": "Use a code of two capitals, such as `SE`, or list the days under `closed`."},
        )
    return code


Hours = Annotated[tuple[str, str], Field(strict=False), AfterValidator(_opening)]
"""Opening and closing, local, `["08:00", "16:30"]`; the closing minute no longer counts."""


class OpenDay(Strict):
    """A day with hours of its own, whatever its weekday says and whether or not it is a holiday."""

    date: dt.date
    hours: Hours


class Calendar(Strict):
    """When somebody is there to answer.

    Args:
        hours: by weekday; a weekday without hours is closed.
        country: whose public holidays, and days everybody takes off, are closed.
        closed: further days on which nobody is there.
        open: days with hours of their own; they go before everything else.
    """

    hours: Annotated[dict[Weekday, Hours], Field(min_length=1)]
    country: Annotated[str, AfterValidator(_country)] | None = None
    closed: Many[dt.date] = ()
    open: Many[OpenDay] = ()
