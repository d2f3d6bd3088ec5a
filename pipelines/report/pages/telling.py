"""Figures, dates and codes as the pages say them. Where there is no figure its reason is said, never a number."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from pipelines.plain_text import safe
from pipelines.report.charts.figures import figure, number, span
from pipelines.report.charts.scales import day_name
from pipelines.report.pages.blocks import Cell, Words
from pipelines.report.pages.words import named, say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipelines.wording import Language


def text(words: object) -> Cell:
    """Words from the tables, with what is invisible or would move text written out."""
    return Cell(safely(words))


def english(words: object) -> Cell:
    """Words from the catalogue and the checks, which are English whatever the page's language is."""
    return Cell(safely(words), lang="en")


def value(row: Mapping[str, Any], unit: str, lang: Language, *, key: str = "value") -> Cell:
    """A figure with its unit; two bounds where only they are known; the state's word where there is none."""
    state = row.get("state") or "measured"
    if row[key] is None and state == "bounded":
        return Cell(span(row["low"], row["high"], unit, lang), is_number=True)
    if row[key] is None or state in {"missing", "suppressed", "not_offered"}:
        return void(state, lang)
    return Cell(figure(row[key], unit, lang), is_number=True)


def void(state: str, lang: Language) -> Cell:
    """Why there is no figure. A row that claims to be measured and has none is said to be missing."""
    return Cell(named("state", "missing" if state == "measured" else state, lang), is_number=True, is_void=True)


def interval(row: Mapping[str, Any], unit: str, lang: Language) -> Cell:
    """The two ends of a figure's uncertainty."""
    if row.get("state") in {"missing", "suppressed"}:
        return void(str(row["state"]), lang)
    if row["low"] is None and row["high"] is None:
        return Cell(say("table.no_interval", lang), is_number=True, is_void=True)
    if row["low"] == row["high"]:
        return Cell(say("table.census", lang), is_number=True)
    return Cell(span(row["low"], row["high"], unit, lang), is_number=True)


def count(many: float | None, lang: Language, *, state: str = "missing") -> Cell:
    """A whole number."""
    return void(state, lang) if many is None else Cell(number(many, lang, decimals=0), is_number=True)


def day(when: date | datetime | None, lang: Language) -> Cell:
    """A date; of an instant its date in UTC."""
    if when is None:
        return Cell(say("table.unknown", lang), is_void=True)
    return Cell(day_name(_date(when), lang))


def instant(when: datetime | None, lang: Language) -> Cell:
    """An instant to the minute, UTC."""
    if when is None:
        return Cell(say("table.never", lang), is_void=True)
    at = when.astimezone(UTC)
    return Cell(f"{day_name(at.date(), lang)} {at:%H:%M} UTC")


def share(part: float, lang: Language) -> str:
    """A share as whole per cent, never rounded up to all or down to nothing."""
    percent = round(100 * part)
    if 0 < part < 1:
        percent = min(max(percent, 1), 99)
    return figure(percent / 100, "share", lang)


def safely(words: object) -> str:
    """Words from the tables for running text; nothing for none."""
    return "" if words is None else safe(str(words))


def plain(cell: Cell) -> str:
    """A cell's words within a sentence."""
    return plainly(cell.words)


def plainly(words: Words) -> str:
    """Words without what they lead to."""
    parts = words if isinstance(words, tuple) else (words,)
    return "".join(part if isinstance(part, str) else part.text for part in parts)


def _date(when: date | datetime) -> date:
    return when.astimezone(UTC).date() if isinstance(when, datetime) else when
