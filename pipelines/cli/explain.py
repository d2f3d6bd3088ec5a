"""`syfte explain`: what a KPI's value and verdict rest on."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from pipelines.cli import formats
from pipelines.cli.progress import narrated
from pipelines.cli.scorecard import day
from pipelines.cli.session import Session
from pipelines.cli.speaking import safe
from pipelines.plain_text import markdown_safe
from pipelines.wording import Language, preferred_language, word

if TYPE_CHECKING:
    from pipelines.run import Explanation

_HOLDS = {True: "yes", False: "NO", None: formats.MISSING}


def explain(
    context: typer.Context,
    kpi: Annotated[str, typer.Argument(metavar="KPI", help="As in goals.yaml: T1.")],
    *,
    unit: Annotated[str | None, typer.Option(metavar="UNIT", help="Of one unit. Default: the organisation.")] = None,
    as_of: Annotated[
        str | None, typer.Option(metavar="DATE", help="As it stood at the end of that day, computed again.")
    ] = None,
    fmt: Annotated[Literal["table", "json", "markdown"], typer.Option("--format", help="How to print it.")] = "table",
    lang: Annotated[Language | None, typer.Option(help="Language of the label and the definition.")] = None,
) -> None:
    """Print what a KPI's value and verdict rest on.

    Its definition, formula, verdict, preconditions, what was left out, the tables it comes from, SQL that gives the
    figures behind it, and a hash of its data. Answers while a run writes.
    """
    from pipelines import run  # noqa: PLC0415  # heavy

    with narrated() as on_event:
        found = run.explain(Session.of(context).project, kpi, unit=unit, as_of=day(as_of), on_event=on_event)
    if fmt == "json":
        _as_json(found)
        return
    for one in found:
        _as_text(one, lang or preferred_language(), markdown=fmt == "markdown")


def _as_json(found: list[Explanation]) -> None:
    import dataclasses  # noqa: PLC0415
    import json  # noqa: PLC0415

    text = json.dumps([formats.plain_value(dataclasses.asdict(one)) for one in found], indent=2, ensure_ascii=False)
    sys.stdout.write(formats.json_safe(text) + "\n")


def _as_text(one: Explanation, lang: Language, *, markdown: bool) -> None:
    card, basis = one.card, one.basis
    variant = f" ({word(card['variant'], lang)})" if card["variant"] else ""
    unit = f" [{card['unit_id']}]" if card["unit_id"] else ""
    out = sys.stdout

    def heading(text: str) -> None:
        out.write(f"\n## {markdown_safe(text)}\n\n" if markdown else f"\n{safe(text)}\n")

    def line(text: Any) -> None:  # noqa: ANN401  # whatever a row holds
        out.write(f"{markdown_safe(str(text))}\n\n" if markdown else f"  {safe(str(text))}\n")

    heading(f"{card['kpi_id']} {card[f'label_{lang}']}{variant}{unit}")
    line(basis[f"definition_{lang}"] or formats.MISSING)
    line(
        f"goal {card['goal_id']}, {card['period_start']} to {card['period_end']}, as of {card['as_of']:%Y-%m-%d %H:%M}"
    )
    line(f"unit: {basis['unit'] or formats.MISSING}")
    heading("Formula")
    line(one.formula)
    heading("Verdict")
    line(one.verdict)
    for title, names, rows in _tables(one):
        heading(title)
        if not rows:
            line("none")
        elif markdown:
            formats.write_markdown(names, rows, out)
        else:
            formats.write_table(names, rows, out)
    heading("SQL")
    out.write(f"```sql\n{safe(one.query, keep=chr(10))}\n```\n" if markdown else f"{safe(one.query, keep=chr(10))}\n")
    heading("Data")
    line(f"{basis['data_rows']} {basis['data_of'] or 'rows'}, sha256 {basis['data_sha256'] or formats.MISSING}")
    line(f"goals.yaml {one.build['goals_sha256']}, Syfte {one.build['code_version']}")
    line(f"models {one.build['models_sha256']}")


def _tables(one: Explanation) -> list[tuple[str, list[str], list[list[Any]]]]:
    return [
        (
            "Preconditions",
            ["reason code", "holds", "figure"],
            [[p.code, _HOLDS[p.holds], p.figure] for p in one.preconditions],
        ),
        (
            "Left out",
            ["what", "how many"],
            [[e["what"], e["excluded"] if e["state"] == "measured" else e["state"]] for e in one.exclusions],
        ),
        (
            "Inputs",
            ["table", "rows", "state"],
            [[step["table_name"], step["rows"], (step["state"] or "")[:12]] for step in one.lineage],
        ),
    ]
