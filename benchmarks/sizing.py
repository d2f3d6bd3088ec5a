"""`python -m benchmarks.sizing FIGURES.json`: write the tables of docs/scale.md from what `make bench` measured.

Growth is taken to be a fixed part and one that follows the readings, by least squares over the measured sizes; what
lies beyond the largest of them says so. What platforms allow is arithmetic over what the sources declare.
"""

from __future__ import annotations

import argparse
import json
import math
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.growth import AGES, COUNTERS, END, FIRST_RUN, NIGHT
from benchmarks.measure import Measurement
from pipelines.forecast import Habits, forecasts
from pipelines.run.budgeting import heaviest_period, judged
from pipelines.schedule import parse_schedule, usual_schedule
from pipelines.source_settings import XSettings
from pipelines.sources.registry import PLATFORM_SOURCES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pipelines.forecast import Forecast

PAGE = Path(__file__).parents[1] / "docs" / "scale.md"
BEGINS, ENDS = "<!-- {} begins: written by benchmarks/sizing.py -->", "<!-- {} ends -->"

CURVES = ("grows", "which is", "readings", "first run, CPU s", "peak MB", "night after, CPU s", "peak MB", "landing MB",
          "warehouse MB", "published MB")  # fmt: skip
SIZES = ("accounts", "posts a day each", "years", "readings", "disk GB", "memory GB", "first run, CPU hours",
         "a night, CPU hours", "longest pull, hours", "more than is allowed", "which is")  # fmt: skip
BUDGET = ("source", "allowance", "unit", "1 account", "10 accounts", "100 accounts", "limit", "accounts that fit")

INSTITUTIONS = ((5, 1, 1), (20, 1, 3), (100, 2, 3), (300, 3, 5), (1000, 3, 5))
"""Accounts, posts a day of each, years."""

_WINDOW_DAYS = 28


def main() -> None:
    """Read the figures and write the page."""
    arguments = argparse.ArgumentParser(prog="python -m benchmarks.sizing", description=__doc__)
    arguments.add_argument("figures", type=Path, help="what `python -m benchmarks --json` wrote")
    figures = json.loads(arguments.parse_args().figures.read_text(encoding="utf-8"))
    measured = [Measurement(**one) for one in figures["measurements"]]
    PAGE.write_text(rewritten(PAGE.read_text(encoding="utf-8"), blocks(measured, figures["machine"])), encoding="utf-8")


def blocks(measured: Sequence[Measurement], where: Mapping[str, object]) -> dict[str, str]:
    """Each table by its name.

    Raises:
        ValueError: fewer than two sizes were measured.
    """
    firsts = {m.name.partition(", ")[2]: m for m in measured if m.name.startswith(f"{FIRST_RUN}, ")}
    nights = {m.name.partition(", ")[2]: m for m in measured if m.name.startswith(f"{NIGHT}, ")}
    both = [(name, first, nights[name]) for name, first in firsts.items() if name in nights]
    if len(both) < 2:
        message = "growth needs two sizes or more: run `python -m benchmarks --only growth --json FILE`"
        raise ValueError(message)
    machine = f"{where['processor']}, {where['cores']} cores, Python {where['python']}"
    load = f", which had a load of {where['load_before']:.1f} when it began" if where.get("load_before") else ""
    return {
        "growth": f"{_table(CURVES, (_curve(*one) for one in both))}\n\nMeasured once each on {machine}{load}.",
        "sizing": _table(SIZES, _sizes(both)),
        "budget": _table(BUDGET, _budget()),
    }


def rewritten(page: str, tables: Mapping[str, str]) -> str:
    """The page with each table between its markers.

    Raises:
        ValueError: a marker is not there.
    """
    for name, table in tables.items():
        begin, end = BEGINS.format(name), ENDS.format(name)
        before, found, rest = page.partition(begin)
        _, ended, after = rest.partition(end)
        if not found or not ended:
            message = f"{PAGE.name} lacks the markers of {name!r}"
            raise ValueError(message)
        page = f"{before}{begin}\n{table}\n{end}{after}"
    return page


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [columns, ["---:" if place else "---" for place in range(len(columns))], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _curve(name: str, first: Measurement, night: Measurement) -> list[str]:
    sizes = [_amount(night.told[part][0], 0) for part in ("landing_mb", "warehouse_mb", "published_mb")]
    return [
        "the smallest" if name == "all x1" else name,
        first.size,
        f"{first.rows:,}",
        f"{first.cpu_s[0]:.0f}",
        f"{first.peak_mb[0]:,.0f}",
        f"{night.cpu_s[0]:.0f}",
        f"{night.peak_mb[0]:,.0f}",
        *sizes,
    ]


def _sizes(both: Sequence[tuple[str, Measurement, Measurement]]) -> Iterable[list[str]]:
    readings = [first.rows for _, first, _ in both]
    disk = _Line(
        readings, [sum(n.told[p][0] for p in ("landing_mb", "warehouse_mb", "published_mb")) for *_, n in both]
    )
    memory = _Line(readings, [max(*f.peak_mb, *n.peak_mb) for _, f, n in both])
    first = _Line(readings, [f.cpu_s[0] for _, f, _ in both])
    night = _Line(readings, [n.cpu_s[0] for *_, n in both])
    for accounts, posts, years in INSTITUTIONS:
        count = accounts * posts * 365 * years * len(AGES) * len(COUNTERS)
        beyond = count / max(readings)
        yield [
            *(f"{n:,}" for n in (accounts, posts, years, count)),
            f"{disk(count) / 1000:,.1f}",
            f"{memory(count) / 1000:,.1f}",
            _amount(first(count) / 3600, 2),
            _amount(night(count) / 3600, 2),
            *_allowed(accounts, posts),
            "within what was measured" if beyond <= 1 else f"extrapolated, {beyond:,.0f}x the largest measured",
        ]


def _allowed(accounts: int, posts: int) -> tuple[str, str]:
    """The longest that one pull of all accounts waits for windows, and whose day or month does not hold them."""
    waits: list[tuple[float, str]] = []
    beyond: list[str] = []
    for source in PLATFORM_SOURCES.values():
        for found in _forecast(source, 1, posts):
            limit, most = found.allowance.limit, accounts * heaviest_period(found)  # accounts do not touch each other
            if limit is None or most <= limit:
                continue
            if found.allowance.is_short:
                begins, ends = found.allowance.window(END)
                waits.append(((math.ceil(most / limit) - 1) * (ends - begins) / timedelta(hours=1), source))
            else:
                beyond.append(source)
    longest = "{:.1f} ({})".format(*max(waits)) if waits else "0"
    return longest, ", ".join(dict.fromkeys(beyond)) or "-"


def _amount(value: float, decimals: int) -> str:
    """A figure with so many decimals, and two digits of what is too small for them: little is not nothing."""
    return f"{value:.2g}" if value < 10 ** (1 - decimals) else f"{value:,.{decimals}f}"


class _Line:
    """A fixed part and one that follows the readings, neither below zero."""

    def __init__(self, readings: Sequence[int], values: Sequence[float]) -> None:
        slope, _ = np.polyfit(readings, values, 1)
        self._slope = max(float(slope), 0.0)
        self._fixed = max(float(np.mean(values) - self._slope * np.mean(readings)), 0.0)

    def __call__(self, readings: int) -> float:
        return self._fixed + self._slope * readings


def _budget() -> Iterable[list[str]]:
    for source in PLATFORM_SOURCES.values():
        for one, ten, hundred in zip(*(_forecast(source, accounts) for accounts in (1, 10, 100)), strict=True):
            allowance = one.allowance
            if not heaviest_period(hundred):
                continue  # asked only for comments, or with a token of the owner's
            taken = [heaviest_period(found) for found in (one, ten, hundred)]
            said = [f"{amount:,.2f}" if allowance.unit == "USD" else f"{amount:,.0f}" for amount in taken]
            per = allowance.period.replace("_", " ")
            yield [
                source,
                f"{allowance.name}, per {per}",
                allowance.unit,
                *said,
                "-" if allowance.limit is None else f"{allowance.limit:,.0f}",
                judged(hundred, None)
                if allowance.limit is None
                else f"{allowance.limit * 100 // max(taken[2], 1):,.0f}",
            ]


def _forecast(source: str, accounts: int, posts_per_day: float = 1) -> list[Forecast]:
    said = XSettings.model_fields["schedule"].default if source == "x" else None
    return forecasts(
        import_module(f"pipelines.sources.{source}.streams").STREAMS,
        parse_schedule(said) if said else usual_schedule(_WINDOW_DAYS),
        Habits(posts_per_day={str(number): posts_per_day for number in range(accounts)}),
        first_depth=timedelta(days=_WINDOW_DAYS),
    )


if __name__ == "__main__":
    main()
