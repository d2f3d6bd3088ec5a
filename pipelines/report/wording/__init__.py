"""Every text of the report by its key, in the institution's languages; numbers and days in the language's manner.

The texts lie beside this file, `sv.toml` and `en.toml`, with the same keys. What a verdict, a reason or a state is
called is `pipelines.wording`'s to say, so that the report and the terminal call it the same.
"""

from __future__ import annotations

import tomllib
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from pipelines.report.charts.figures import FIXED, THIN, figure, number, span
from pipelines.wording import word

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

    from pipelines.wording import Language

_FOLDER = Path(__file__).parent

Words = dict[str, Any]


@cache
def texts(lang: Language) -> dict[str, str]:
    """All texts of a language: `section.name` -> text."""
    return dict(_flat(tomllib.loads((_FOLDER / f"{lang}.toml").read_text(encoding="utf-8"))))


def _flat(table: Words, before: str = "") -> Iterator[tuple[str, str]]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _flat(cast("Words", value), f"{before}{name}.")
        else:
            yield before + name, str(value)


class Wording:
    """A language: its texts, and how it writes numbers and days.

    Args:
        lang: sv or en.
    """

    def __init__(self, lang: Language) -> None:
        self.lang: Language = lang
        self._texts = texts(lang)

    def __call__(self, key: str, **values: object) -> str:
        """A text by its key, with values for what stands in braces.

        Raises:
            KeyError: there is no such text, or a value for it is missing.
        """
        return self._texts[key].format(**values) if values else self._texts[key]

    def of(self, row: Words, name: str) -> str:
        """A text that a table holds in both languages: `label` as `label_sv` and `label_en`; empty for none."""
        return str(row[f"{name}_{self.lang}"] or "")

    def word(self, code: str | None) -> str:
        """What a code of the published tables is called; an unknown one is shown as it is."""
        return word(code, self.lang) if code else ""

    def figure(self, value: float, unit: str | None) -> str:
        """A value in its unit, with the digits it bears: `79,8 %`."""
        return figure(value, unit or "", self.lang)

    def span(self, low: float | None, high: float | None, unit: str | None) -> str:
        """Two ends: `78,2–81,3 %`; one, where there is no other: `≥ 2 h`."""
        return span(low, high, unit or "", self.lang)

    def count(self, value: float) -> str:
        """A whole number: `62 468`."""
        return number(value, self.lang, decimals=0)

    def share(self, value: float) -> str:
        """A share as whole per cent, never rounded up to all or down to nothing: `97 %`."""
        percent = round(100 * value)
        if 0 < value < 1:
            percent = min(max(percent, 1), 99)
        return f"{percent}{FIXED}%" if self.lang == "sv" else f"{percent}%"

    def spelled(self, value: int) -> str:
        """A small number as a word within a sentence: `tre`."""
        return self._texts.get(f"number.{value}", self.count(value))

    def month(self, day: dt.date) -> str:
        """`mars 2025`."""
        return f"{self._texts[f'month.{day.month}']}{FIXED}{day.year}"

    def day(self, day: dt.date) -> str:
        """`5 januari 2026`."""
        return f"{day.day}{FIXED}{self._texts[f'month.{day.month}']}{FIXED}{day.year}"

    def days(self, first: dt.date, last: dt.date) -> str:
        """A period, as short as it can be said: `2025`, `januari–mars 2025`, `5 januari–3 mars 2025`."""
        is_whole = first.day == 1 and _next(last).day == 1
        if is_whole and first.year == last.year:
            if (first.month, last.month) == (1, 12):
                return str(first.year)
            if first.month == last.month:
                return self.month(first)
            return f"{self._texts[f'month.{first.month}']}–{self.month(last)}"
        return f"{self.day(first)}–{self.day(last)}"

    def instant(self, instant: dt.datetime, zone: ZoneInfo) -> str:
        """An instant on the organisation's clocks: `5 januari 2026 kl. 06.15`."""
        local = instant.astimezone(zone)
        return self("instant", day=self.day(local.date()), hour=f"{local:%H}", minute=f"{local:%M}")


def _next(day: dt.date) -> dt.date:
    return day + timedelta(days=1)


__all__ = ["FIXED", "THIN", "Wording", "texts"]
