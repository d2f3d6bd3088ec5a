"""Documentation written from the models' contracts, so that it cannot say anything else than the tables do."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipelines.warehouse.model import Model

_OPENING = """\
# Published tables

The contract with everyone who reads `data/published/syfte.duckdb` (schema `published`), the Parquet files beside it, or
`syfte sql`. Columns are not removed and do not change their meaning within a major version; new ones may come.
This page is written from the headers of `sql/published/*.sql`; a test fails when it is not up to date.

## What holds for every table
- **Missing is never zero.** A NULL value has its `state`: `measured`, `missing` (not read, or not computed yet),
  `not_offered` (the platform does not give it), `suppressed` (a small count of tips). `not_settled` appears among the
  `reasons` of a verdict, beside a provisional value.
- Instants (`_at`, `as_of`) are UTC. Days (`local_date`, `period_*`) are days of the organisation's time zone.
- `unit_id` NULL is the whole organisation; `channel` NULL is all channels; `platform` NULL is all platforms.
- Lists are text joined by commas, so that a CSV of a table loses nothing.

## How counts of tips are suppressed
The threshold is `disclosure.min_cell` of goals.yaml (5 unless it says otherwise, never below 3).
1. A count from 1 to below the threshold is hidden; a 0 too, while the unit (or any, for the organisation) has published
   an appeal within the window of the active rule, because it would say that nobody answered it. The same holds for
   documented tips, and for the tips that are left when the documented ones are taken away.
2. Where something is hidden, the smallest of its neighbours under the same total are hidden with it, until at least two
   are hidden and together they hold twice the threshold. Totals are: a period of its days, a day of its units, a day of
   its channels, a unit's day of its channels.
3. Below a hidden total everything is hidden. A day shows either units x channels, or the organisation's channels,
   whichever loses less; both only where nothing of them is hidden.
4. Hidden channels are listed only where together they hold so much that being listed says little.
5. T2 and T4 are hidden when they rest on such a count.

What this does not do: it looks at one publication at a time. Whoever keeps every night's copy can compare them; figures
for the public should be published rarely and rounded.
"""


def published_markdown(models: Iterable[Model]) -> str:
    """The page docs/published.md: every published table and column, as their contracts say.

    Args:
        models: any models; those of the stage published are described, sorted by name.
    """
    published = sorted((m for m in models if m.name.startswith("published.")), key=lambda m: m.name)
    return "\n".join([_OPENING, *(_table(model) for model in published)])


def _table(model: Model) -> str:
    contract = model.contract
    lines = [
        f"## `{model.name}`",
        f"{_cell(contract.title)}: {contract.grain}.",
        "",
        f"- Key: {', '.join(f'`{column}`' for column in contract.key)}",
        f"- Missing: {contract.missing}",
        "",
        "| column | meaning |",
        "|---|---|",
        *(f"| `{name}` | {_cell(text)} |" for name, text in contract.columns.items()),
        "",
    ]
    return "\n".join(lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
