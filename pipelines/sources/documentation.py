"""What each platform gives, as a page: docs/sources/README.md, made of the sources' declarations and the catalogue."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from pipelines.sources.registry import SOURCES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import timedelta
    from pathlib import Path

    from pipelines.sources.allowance import Cost
    from pipelines.sources.stream import Role, Stream

HEAD = """# Sources

For those who decide which platforms to connect. One page each says how to connect it, what it gives and what it cannot
give. The table is made of the sources' own declarations and of the metric catalogue
(`python -m pipelines.sources.documentation` writes it; a test keeps it true).

"""
TAIL = """
Besides: [files.md](files.md), exports and tables of any platform · [tips.md](tips.md), the institution's intake.
"""
COLUMNS = ("platform", "posts", "metrics per post", "account series", "comments", "reach", "history", "cost")
REACH = ("reach_post", "reach_window")
_PERIODS = {"five_minutes": "5 minutes", "quarter_hour": "15 minutes"}


def sources_markdown(streams: Iterable[Stream], seeds: Path) -> str:
    """The page.

    Args:
        streams: of all pulled sources.
        seeds: the folder that holds the catalogue, `metrics.csv` and `not_offered.csv`.
    """
    metrics, refused = _read(seeds / "metrics.csv"), _read(seeds / "not_offered.csv")
    every = list(streams)
    lines = [_row(COLUMNS), _row(["---"] * len(COLUMNS))]
    for entry in SOURCES:
        if entry.platform is None:
            continue
        own = [stream for stream in every if stream.source == entry.name]
        lines.append(
            _row(
                [
                    f"[{entry.platform}]({entry.name}.md)",
                    _paths(own, "posts", "stories"),
                    _metrics(metrics, own, entry.platform),
                    _paths(own, "account_series") or "none",
                    _paths(own, "comments") or "none",
                    _reach(metrics, refused, own, entry.platform),
                    _history(own),
                    _costs(own),
                ]
            )
        )
    return HEAD + "\n".join(lines) + "\n" + TAIL


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _paths(streams: Iterable[Stream], *roles: Role) -> str:
    return "<br>".join(f"`{one.path}`" + _late(one.lag) for one in streams if one.role in roles)


def _late(lag: timedelta) -> str:
    hours = round(lag.total_seconds() / 3600)
    return f" ({hours} h late)" if hours else ""


def _metrics(rows: Iterable[dict[str, str]], streams: Iterable[Stream], platform: str) -> str:
    """Canonical names of the figures that are pulled, not of all that the platform has."""
    pulled = {name for one in streams if one.role in ("posts", "post_metrics", "stories") for name in one.metrics}
    known = {
        row["native_metric"]: row["metric"] for row in rows if (row["platform"], row["scope"]) == (platform, "post")
    }
    return ", ".join(sorted({known[name] for name in pulled}))


def _reach(
    rows: Iterable[dict[str, str]], refused: Iterable[dict[str, str]], streams: Iterable[Stream], platform: str
) -> str:
    pulled = {name for one in streams for name in one.metrics}
    given = {
        row["scope"]
        for row in rows
        if row["platform"] == platform and row["metric"] in REACH and row["native_metric"] in pulled
    }
    if given:
        return " and ".join(f"per {scope}" for scope in ("post", "account") if scope in given)
    notes = {row["note"] for row in refused if row["platform"] == platform and row["metric"] in REACH}
    return "none" + (f": {'; '.join(sorted(notes)).lower()}" if notes else "")


def _history(streams: Iterable[Stream]) -> str:
    told = [f"{one.title}: {one.history}" for one in streams if one.history]
    return "<br>".join(told) or "not documented"


def _costs(streams: Iterable[Stream]) -> str:
    prices: dict[str, tuple[float, float, Cost]] = {}
    for cost in (cost for stream in streams for cost in stream.cost):
        name = cost.allowance.name
        seen = prices.get(name, (0.0, 0.0, cost))
        prices[name] = (max(seen[0], cost.per_request), max(seen[1], cost.per_object), cost)
    return "<br>".join(_price(*price) for price in prices.values()) or "free, no published limit"


def _price(per_request: float, per_object: float, cost: Cost) -> str:
    allowance = cost.allowance
    period = _PERIODS.get(allowance.period, allowance.period)
    unit = "" if allowance.unit == "requests" else f" {allowance.unit}"
    prices = ((per_request, "request"), (per_object, "object"))
    price = " and ".join(f"{amount:g}{unit} a {what}" for amount, what in prices if amount)
    limit = (
        f"{allowance.limit:,g} {allowance.unit} per {period}" if allowance.limit else f"no published limit per {period}"
    )
    return f"{allowance.name}: {price or 'nothing'}; {limit}"


if __name__ == "__main__":
    from pathlib import Path

    from pipelines.sources.registry import api_streams

    root = Path(__file__).parents[2]
    page = sources_markdown(api_streams(), root / "sql" / "seeds")
    (root / "docs" / "sources" / "README.md").write_text(page, encoding="utf-8")
