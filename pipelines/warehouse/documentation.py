"""Documentation written from the models' contracts, so that it cannot say anything else than the tables do."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

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
- The order of rows is no part of the contract: say `order by`.
- **A figure may be summed only over what its table says** (*May be summed*): over those columns of the key, with every
  other one held fixed, and without the rows in which NULL is a total. `additive_over_time` and `additive_over_posts`
  are the metric's own ([metrics.md](metrics.md)). Every other figure (ratios, medians, bounds, unique accounts, KPIs)
  is read and never summed. `data/published/semantic.json` says the same for machines
  ([dashboards/semantic.md](dashboards/semantic.md)).

## How counts of tips are suppressed
The threshold is `disclosure.min_cell` of goals.yaml (5 unless it says otherwise, never below 3).
1. A count from 1 to below the threshold is hidden; a 0 too, while the unit (or any, for the organisation) has published
   an appeal within the window of the active rule, because it would say that nobody answered it. The same holds for
   documented and touched tips, and for what is left when one of them is taken from another.
2. Where something is hidden, the smallest of its neighbours under the same total are hidden with it, until at least two
   are hidden and together they hold twice the threshold. Totals are: a period of its days, a day of its units, a day of
   its channels, a unit's day of its channels.
3. Below a hidden total everything is hidden. A day shows either units x channels, or the organisation's channels,
   whichever loses less; both only where nothing of them is hidden.
4. Hidden channels are listed only where together they hold so much that being listed says little.
5. Periods are fixed, and a count of a unit stands in one of them only: `tips` per day; `documented` and `touched` per
   day of the whole organisation, and of units over the study period (`published.tips_touch`). None is given per week
   or month, whose differences from days would be smaller counts.
6. KPIs of tips are hidden when they rest on such a count.
7. Figures `_public` are multiples of `disclosure.public_round_to`; parts add up to their total.

8. Totals of a study period that runs grow by whole months, never by a day: documented and touched tips
   (`published.tips_touch`, T2, T5, the lag law), assessed ones (T4) and all of them (T1, `published.tips_effect`).
   `counted_to` in `published.kpi_basis` and `published.tips_touch` says through which day; after it, `documented` of a
   day is suppressed and `touched` missing. A month waits while it is not over or not read (until the settle
   lag is over), while it adds less than the threshold, and, of all tips, while its hidden days would be few or small
   together. Rule 2 holds within the months that came in together. Units and platforms are closed until the period is
   over. The last months of a period that would add less than the threshold are left out for good, and `counted_to` says
   so; a period of which nothing was counted before is counted whole (docs/decisions/0013).
9. How many rows of tips were read is told nowhere: `rows_*` of `published.load_log`, `rows` of `published.kpi_lineage`
   and the numbers in `why` of `published.kpi_revision` leave them out.

What this does not do: rows that come late, for a day that is counted already, move the totals at once, also by little;
so do tips that are assessed late (T4), and a day that is read after the settle lag. Of all tips, the end of a period is
counted however few its hidden days are. Figures for the public should be published rarely and rounded.
"""


_METRICS_OPENING = """\
# Metrics

The catalogue, `sql/seeds/metrics.csv`: which native metric of a platform is which metric of ours, and what it may be
added over. A row is one definition; where a platform changes what a name means, there are two rows with dates, and no
line is drawn across the change. A native metric that is not here is kept with its values, and has no metric of ours.

- Names are compared in lower case, with every other character as `_`. Platform `*` holds where a platform has no row of
  its own for the name: the words of exports and of canonical tables.
- Known from: `documented` (the platform's own specification or pages), `reported` (others' programs and observations),
  `assumed`, or `export` (the word stands in an export file or a canonical table).
- A changed definition under an unchanged name is a break: what was gained in between belongs to no day and no period
  (`series_break` in `published.post_metric_unallocated`), and `published.series_break` lists them all.
- Kinds: `counter` only grows, `reversible` may fall, `unique` counts accounts and is never added, `gauge` is a level,
  `event` happens at an instant.
- Unlike things never share a name: views, impressions and reach are three metrics; so are organic, paid and total.

This page is written from the catalogue; a test fails when it is not up to date.
"""

_TABLES_OPENING = """\
# Tables inside the warehouse

For those who change the models, or who look for where a number comes from. Readers get [published.md](published.md)
only: these tables may change with any version. Each stands in `sql/<stage>/`, or in `pipelines/warehouse/estimates.py`.

This page is written from the models' headers; a test fails when it is not up to date.
"""

_OF = {("post", "short"): "post, Shorts", ("post", "other"): "post, other than Shorts"}

_STAGES = ("staging", "marts", "kpi")


def metrics_markdown(catalogue: Path) -> str:
    """The page docs/metrics.md: every native metric that is known, by platform.

    Args:
        catalogue: `sql/seeds/metrics.csv`.
    """
    with catalogue.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    lines = [_METRICS_OPENING]
    for platform in sorted({row["platform"] for row in rows}):
        lines += [
            f"## `{platform}`",
            "| native metric | of | metric | kind, unit | valid | added over posts, time | known from | what |",
        ]
        lines.append("|---|---|---|---|---|---|---|---|")
        lines += [_metric(row) for row in rows if row["platform"] == platform]
        lines.append("")
    return "\n".join(lines)


def _metric(row: dict[str, str]) -> str:
    valid = (
        " – ".join((row["valid_from"] or "…", row["valid_to"] or "…"))
        if row["valid_from"] or row["valid_to"]
        else "always"
    )
    added = ", ".join(
        {"true": "yes", "false": "no"}[row[name]] for name in ("additive_over_posts", "additive_over_time")
    )
    said = [
        f"`{row['native_metric']}`",
        _OF.get((row["scope"], row["media_type"]), row["scope"]),
        f"`{row['metric']}`",
        f"{row['kind']}, {row['unit']}",
        valid,
        added,
        row["certainty"],
    ]
    return f"| {' | '.join(said)} | {_cell(row['definition'])} |"


def tables_markdown(models: Iterable[Model]) -> str:
    """The page docs/tables.md: every model before the published ones, stage by stage."""
    known = sorted(models, key=lambda m: m.name)
    lines = [_TABLES_OPENING]
    for stage in _STAGES:
        lines.append(f"# {stage}\n")
        lines += [_table(model) for model in known if model.name.startswith(f"{stage}.")]
    return "\n".join(lines)


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
        *([f"- May be summed: {_sums(contract.sums)}"] if contract.sums else []),
        "",
        "| column | meaning |",
        "|---|---|",
        *(f"| `{name}` | {_cell(text)} |" for name, text in contract.columns.items()),
        "",
    ]
    return "\n".join(lines)


def _sums(sums: Mapping[str, Sequence[str]]) -> str:
    """Figures that are summed over the same, together."""
    together: dict[str, list[str]] = {}
    for measure, over in sums.items():
        together.setdefault(", ".join(f"`{one}`" for one in over).replace(" where ", "` where `"), []).append(measure)
    said = [f"{', '.join(f'`{name}`' for name in names)} over {over}" for over, names in together.items()]
    return "; ".join(said)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
