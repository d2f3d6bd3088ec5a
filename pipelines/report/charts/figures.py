"""Figures as words: in the language's manner, with as many digits as they bear, in the unit that the KPI is told in."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipelines.wording import Language

THIN, FIXED = "\u202f", "\u00a0"
"""A narrow space that ends no line, between thousands; a common one, before a unit."""

MINUS = "\u2212"

_PERCENT = frozenset({"share", "acts per account reached"})
"""Units that are told per hundred: shares, and acts per account, as engagement usually is."""

_HOUR, _DAY = 60.0, 24 * 60.0


def is_percent(unit: str) -> bool:
    """A value of this unit is told per hundred."""
    return unit in _PERCENT


def number(value: float, lang: Language, *, decimals: int) -> str:
    """A number with so many decimals: `1 234,5` or `1,234.5`."""
    text = f"{abs(value):,.{decimals}f}"
    if lang == "sv":
        text = text.replace(",", THIN).replace(".", ",")
    return MINUS + text if value < 0 and any(digit in "123456789" for digit in text) else text


def figure(value: float, unit: str, lang: Language) -> str:
    """A value in its unit, as exact as it is read: `79,8 %`, `2 h 10 min`, `198`, `0,0221`, `1,09`."""
    if is_percent(unit):
        percent = value * 100
        told = _trimmed(percent, 1, lang) if unit == "share" and abs(percent) >= 1 else _short(percent, lang)
        return told + (FIXED + "%" if lang == "sv" else "%")
    if unit == "minutes":
        return _duration(value, lang)
    if unit == "hours":
        return _short(value, lang) + FIXED + "h"
    if unit == "ratio":
        return number(value, lang, decimals=2)
    return _short(value, lang)


def span(low: float | None, high: float | None, unit: str, lang: Language) -> str:
    """Two ends of an interval: `78,2–81,3 %`; with a dash that ends no line. One that is open has one end: `≥ 2 h`."""
    if low is None or high is None:
        ends_at = [sign + FIXED + figure(end, unit, lang) for sign, end in (("≥", low), ("≤", high)) if end is not None]
        return "".join(ends_at)
    first, last = figure(low, unit, lang), figure(high, unit, lang)
    if first == last:
        return first
    for ending in (FIXED + "%", "%", FIXED + "h", FIXED + "min"):
        ends = [told.removesuffix(ending) for told in (first, last) if told.endswith(ending)]
        if len(ends) == 2 and not any(FIXED in end for end in ends):
            return f"{ends[0]}–{last}"
    return f"{first}–{last}"


def _short(value: float, lang: Language) -> str:
    """Three digits that matter, whole numbers from 1,000 on; zeros that say nothing are left out."""
    if value == 0 or not math.isfinite(value):
        return "0" if value == 0 else "∞"
    decimals = max(0, 2 - math.floor(math.log10(abs(value) * (1 + 1e-9))))
    return _trimmed(value, min(decimals, 6), lang)


def _trimmed(value: float, decimals: int, lang: Language) -> str:
    """A number without zeros at its end that say nothing."""
    text = number(value, lang, decimals=decimals)
    mark = "," if lang == "sv" else "."
    head, point, tail = text.rpartition(mark)
    return text if not decimals or not point else head + (mark + tail.rstrip("0")).rstrip(mark)


def _duration(minutes: float, lang: Language) -> str:
    """Minutes below an hour and a half, then hours and minutes, from two days on days."""
    days = "dygn" if lang == "sv" else "days"
    if minutes >= 2 * _DAY:
        return _short(minutes / _DAY, lang) + FIXED + days
    if minutes < 1.5 * _HOUR:
        return _short(round(minutes), lang) + FIXED + "min"
    hours, rest = divmod(round(minutes), 60)
    return f"{hours}{FIXED}h" + (f"{FIXED}{rest}{FIXED}min" if rest else "")
