"""`syfte compare`: two publications or two periods side by side."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines.cli import formats
from pipelines.cli.progress import narrated
from pipelines.cli.session import Session
from pipelines.cli.speaking import safe
from pipelines.plain_text import markdown_safe
from pipelines.wording import Language, number, preferred_language, word

if TYPE_CHECKING:
    from pipelines.run import Comparison

_NOTE = "That two intervals overlap is no test of whether there is a difference."


def compare(
    context: typer.Context,
    first: Annotated[str, typer.Argument(metavar="A", help="A day, an instant, a publication's id, now; or a period.")],
    second: Annotated[str, typer.Argument(metavar="B", help="The same, to be compared with it.")],
    *,
    units: Annotated[bool, typer.Option("--units", help="Also a line per unit and platform in the table.")] = False,
    fmt: Annotated[formats.Format, typer.Option("--format", help="How to print it.")] = "table",
    lang: Annotated[Language | None, typer.Option(help="Language of verdicts and states in the table.")] = None,
) -> None:
    """Compare two publications, or two periods.

    Publications: 2026-01-31 (what stood at the end of that day), 2026-01-31T05:15:00Z, an id (20260131T051500000000Z),
    or now. Periods, as published now: weeks (2026-W05) or months (2026-01).

    Each KPI then and now, the difference, changed verdicts, and what changed in goals.yaml, models and definitions. A
    difference has an interval only where two intervals allow it, and is not computed across a break without a bridge.
    """
    from pipelines import run  # noqa: PLC0415  # heavy

    with narrated() as on_event:
        found = run.compare(Session.of(context).project, first, second, on_event=on_event)
    if fmt == "json":
        _as_json(found)
    elif fmt == "csv":
        formats.write(fmt, list(found.rows[0]), (list(row.values()) for row in found.rows))
    else:
        _as_text(found, lang or preferred_language(), fmt, units=units)


def _as_json(found: Comparison) -> None:
    import json  # noqa: PLC0415

    said = {
        "then": found.then.said,
        "now": found.now.said,
        "between": [dict(zip(("kind", "what", "then", "now"), change, strict=True)) for change in found.between],
        "rows": found.rows,
    }
    text = json.dumps(formats.plain_value(said), indent=2, ensure_ascii=False, allow_nan=False)
    sys.stdout.write(formats.json_safe(text) + "\n")


def _as_text(found: Comparison, lang: Language, fmt: formats.Format, *, units: bool) -> None:
    clean = markdown_safe if fmt == "markdown" else safe
    sys.stdout.write(f"then  {clean(found.then.said)}\n\nnow   {clean(found.now.said)}\n\n")
    if found.between:
        formats.write(fmt, ["changed", "what", "then", "now"], found.between)
        sys.stdout.write("\n")
    shown = [row for row in found.rows if units or (row["unit_id"] is None and row["platform"] is None)]
    names = ["goal", "KPI", "then", "now", "difference", word("verdict", lang), "remarks"]
    formats.write(fmt, names, [_cells(row, lang) for row in shown], numbers=(2, 3, 4))
    sys.stdout.write(f"\n{_NOTE}\n")


def _cells(row: dict[str, Any], lang: Language) -> list[str]:
    of = [row["kpi_id"], *(f"[{row[name]}]" for name in ("variant", "unit_id", "platform") if row[name])]
    verdicts = [row["verdict_then"], row["verdict_now"]]
    said = [formats.MISSING if verdict is None else word(verdict, lang) for verdict in verdicts]
    return [
        row["goal_id"],
        " ".join(of),
        _value([row[f"{name}_then"] for name in ("value", "low", "high")], row["state_then"], lang),
        _value([row[f"{name}_now"] for name in ("value", "low", "high")], row["state_now"], lang),
        _value([row[name] for name in ("difference", "difference_low", "difference_high")], None, lang, sign="+"),
        said[0] if verdicts[0] == verdicts[1] else " → ".join(said),
        row["remarks"].replace(",", ", "),
    ]


def _value(figures: list[float | None], state: str | None, lang: Language, *, sign: str = "") -> str:
    """A value with its ends, or its state where there is none."""
    value, *ends = figures
    if value is None and ends == [None, None]:
        return formats.MISSING if state in (None, "measured") else word(state, lang)
    said = formats.MISSING if value is None else (sign if value > 0 else "") + number(value, lang)
    if ends in ([None, None], [value, value]):
        return said
    return f"{said} [{'; '.join(formats.MISSING if end is None else number(end, lang) for end in ends)}]"
