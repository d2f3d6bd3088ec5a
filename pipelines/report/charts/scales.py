"""Where scales have their marks: round numbers, months and weeks, and words that must not lie on one another."""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import TYPE_CHECKING

from pipelines.report.charts.figures import FIXED, figure, is_percent

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pipelines.wording import Language

_MONTHS = {
    "sv": ("jan", "feb", "mars", "april", "maj", "juni", "juli", "aug", "sep", "okt", "nov", "dec"),
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
}

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_MINUTES = (1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 180.0, 360.0, 720.0, 1440.0, 2880.0, 7200.0, 14400.0)

LETTER = 0.56
"""Mean width of a letter by its size; words are given somewhat more room than they take."""


def ticks(low: float, high: float, unit: str, *, at_most: int = 5) -> list[float]:
    """Round numbers from below `low` to above `high`; the first and the last make a good range.

    Shares are never marked beyond 0 and 1 unless the values are.
    """
    if high <= low:
        high = low + (abs(low) or 1.0)
    step = _step((high - low) / (at_most - 1), unit)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    marks = [round(index * step, 12) for index in range(first, last + 1)]
    beyond_all = is_percent(unit) and high <= 1 and step <= 1
    return [mark for mark in marks if mark <= 1] if beyond_all else marks


def _step(rough: float, unit: str) -> float:
    if unit == "minutes":
        return next((step for step in _MINUTES if step >= rough), math.ceil(rough / 14400) * 14400.0)
    power = 10.0 ** math.floor(math.log10(rough))
    return next((step * power for step in _STEPS if step * power >= rough * (1 - 1e-9)), 10 * power)


def value_range(values: Iterable[float | None], unit: str, *, zero: bool | None = None) -> list[float]:
    """Marks of a scale that shows all values; it begins at zero where that costs no more than half of it.

    Args:
        values: all that are drawn, the target included; missing ones are passed over.
        unit: of the values. A ratio is told around 1, which is shown; nothing is told of its zero.
        zero: begin at zero whatever it costs (True), wherever is best (None), or with the lowest value (False).
    """
    drawn = [value for value in values if value is not None and math.isfinite(value)]
    if not drawn:
        return [0.0, 1.0]
    low, high = min(drawn), max(drawn)
    if unit == "ratio":
        low, high = min(low, 1.0), max(high, 1.0)
    elif zero or (zero is None and 0 <= low <= high / 2):
        low = min(low, 0.0)
    return ticks(low, high, unit)


def day_number(day: date) -> int:
    """Days, as a horizontal scale counts them."""
    return day.toordinal()


def middle(start: date, end: date) -> float:
    """Where a period stands on a horizontal scale: in its middle."""
    return (start.toordinal() + end.toordinal() + 1) / 2


def month_name(day: date, lang: Language) -> str:
    """The month, shortened as the language does it."""
    return _MONTHS[lang][day.month - 1]


def day_name(day: date, lang: Language) -> str:
    """A date as it is said: `16 nov 2025`."""
    return f"{day.day}{FIXED}{month_name(day, lang)}{FIXED}{day.year}"


def period_name(start: date, end: date, lang: Language) -> str:
    """A period as it is said: a month by its name, a week by its number, anything else by its two days."""
    if start.day == 1 and (end + timedelta(days=1)).day == 1 and (start.year, start.month) == (end.year, end.month):
        return f"{month_name(start, lang)}{FIXED}{start.year}"
    if start.weekday() == 0 and (end - start).days == 6:
        year, week, _ = start.isocalendar()
        return f"{'v' if lang == 'sv' else 'wk'}{'.' if lang == 'sv' else ''}{FIXED}{week}{FIXED}{year}"
    return day_name(start, lang) if start == end else f"{day_name(start, lang)} – {day_name(end, lang)}"


def month_marks(first: date, last: date, lang: Language, *, room: float) -> list[tuple[int, int, str]]:
    """Months between two days, as many as there is room for: first day, day after the last, and name.

    Args:
        first: of the days shown.
        last: of the days shown.
        lang: of the names.
        room: pixels of the whole scale.
    """
    months: list[date] = [first.replace(day=1)]
    while (following := (months[-1] + timedelta(days=32)).replace(day=1)) <= last:
        months.append(following)
    every = next(step for step in (1, 2, 3, 6, 12, 24, 60) if room / max(len(months), 1) * step >= 34)
    named: list[tuple[int, int, str]] = []
    for month in months:
        if (month.month - 1) % every:
            continue
        after = (month + timedelta(days=32)).replace(day=1)
        named.append((month.toordinal(), after.toordinal(), month_name(month, lang) if every < 12 else str(month.year)))
    return named


def width_of(text: str, size: float) -> float:
    """About how many pixels a text takes, rather too many than too few."""
    return len(text) * size * LETTER


def apart(wanted: Sequence[float], distance: float, low: float, high: float) -> list[float]:
    """Places as near as can be to the wanted ones, each so far from the next, none beyond the ends if there is room."""
    order = sorted(range(len(wanted)), key=lambda index: wanted[index])
    placed = [0.0] * len(wanted)
    previous = -math.inf
    for index in order:
        previous = placed[index] = max(wanted[index], previous + distance, low)
    limit = high
    for index in reversed(order):
        limit = placed[index] = min(placed[index], limit)
        limit -= distance
    return placed


def tick_name(value: float, unit: str, lang: Language) -> str:
    """What stands at a mark of a scale."""
    return figure(value, unit, lang)
