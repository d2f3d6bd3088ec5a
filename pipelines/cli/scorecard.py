"""`syfte scorecard`: per goal, in the institution's own words, whether the purpose is served."""

from __future__ import annotations

import datetime as dt
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines.cli import formats
from pipelines.cli.progress import narrated
from pipelines.cli.session import Session
from pipelines.cli.speaking import console, print_table, safe
from pipelines.errors import UsageError
from pipelines.tips_wording import tips_sentences
from pipelines.wording import Language, number, preferred_language, word

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console, RenderableType

    from pipelines.project import Project
    from pipelines.run import Scorecard

Card = dict[str, Any]
"""One row of `published.goal_scorecard`."""

_COLUMNS = ("goal", "value", "target", "verdict", "reasons", "grade", "completeness")
_STYLES = {"met": "green", "not_met": "red", "insufficient_evidence": "yellow"}


def scorecard(
    context: typer.Context,
    as_of: Annotated[
        str | None, typer.Option(metavar="DATE", help="The scorecard as it stood at the end of that day: 2026-01-31.")
    ] = None,
    fmt: Annotated[formats.Format, typer.Option("--format", help="How to print it.")] = "table",
    lang: Annotated[
        Language | None, typer.Option(help="Language of the table. Default: Swedish in a Swedish locale.")
    ] = None,
    units: Annotated[bool, typer.Option("--units", help="Also one line per unit in the table.")] = False,
) -> None:
    """Print per goal whether its purpose is served.

    Each KPI stands with its value, interval, target, verdict, reasons, grade of evidence and completeness.

    json and csv have the columns of published.goal_scorecard; csv is safe to open in a spreadsheet.
    """
    print_scorecard(Session.of(context).project, as_of=day(as_of), fmt=fmt, lang=lang, units=units)


def print_scorecard(
    project: Project,
    *,
    as_of: dt.date | None = None,
    fmt: formats.Format = "table",
    lang: Language | None = None,
    units: bool = False,
) -> None:
    """Print a project's scorecard on stdout."""
    from pipelines import run  # noqa: PLC0415  # heavy

    with narrated() as on_event:
        found = run.scorecard(project, as_of=as_of, on_event=on_event)
    print_cards(found, fmt=fmt, lang=lang, units=units)


def print_cards(
    found: Scorecard, *, fmt: formats.Format = "table", lang: Language | None = None, units: bool = False
) -> None:
    """Print a scorecard on stdout."""
    frame = found.kpis
    if fmt in ("json", "csv"):
        formats.write(fmt, frame.columns, frame.iter_rows())
        return
    language = lang or preferred_language()
    cards = [card for card in frame.iter_rows(named=True) if units or card["unit_id"] is None]
    lines = list(_lines(cards, {row["goal_id"]: row for row in found.goals.to_dicts()}, language))
    names = [word(name, language) for name in _COLUMNS]
    if fmt == "markdown":
        formats.write_markdown(names, [cells for _, cells in lines], sys.stdout)
        return
    _print_table(names, lines, cards, language)
    _print_tips(found.tips_effect.to_dicts(), cards, language)


def _print_tips(effect: list[dict[str, Any]], cards: list[Card], lang: Language) -> None:
    """Below the table, what the gap of the tips goal is made of."""
    ids = {(row["goal_id"], row["kpi_id"]) for row in effect}
    card = next((c for c in cards if (c["goal_id"], c["kpi_id"]) in ids and c["unit_id"] is None), None)
    lines = tips_sentences(effect, card, lang)
    if lines:
        sys.stdout.write("\n" + "\n".join(safe(line) for line in lines) + "\n")


def day(given: str | None) -> dt.date | None:
    """A day as it is written on the command line.

    Raises:
        UsageError: it is no day.
    """
    if given is None:
        return None
    try:
        return dt.date.fromisoformat(given)
    except ValueError:
        raise UsageError(
            "This is not a day.", where=f"--as-of {given}", do="Write it as year-month-day: 2026-01-31."
        ) from None


def _lines(cards: list[Card], verdicts: dict[str, Card], lang: Language) -> Iterator[tuple[str | None, list[str]]]:
    """Each line with its verdict's code; a goal's own line comes before those of its KPIs."""
    told: set[str] = set()
    for card in cards:
        goal = verdicts.get(card["goal_id"])
        if goal is not None and card["goal_id"] not in told:
            reasons = ", ".join(_reasons(goal["reasons"], lang))
            verdict = goal["verdict"] or ""
            yield verdict, [goal[f"label_{lang}"], "", "", word(verdict, lang), reasons, "", ""]
            if goal.get("coded_posts"):  # a scorecard of an earlier version has no such column
                yield None, _rules(goal, lang)
        told.add(card["goal_id"])
        yield None, _cells(card, lang)


def _rules(goal: Card, lang: Language) -> list[str]:
    """How good the goal's rules are, by its newest blind sample."""
    shares = (goal["rules_precision"], goal["rules_recall"])
    said = " / ".join(formats.MISSING if share is None else number(share, lang) for share in shares)
    coded = f"{goal['coded_posts']} {word('coded_posts', lang)}"
    return [
        f"  {word('rules_score', lang)}",
        said,
        formats.MISSING,
        formats.MISSING,
        coded,
        formats.MISSING,
        formats.MISSING,
    ]


def _cells(card: Card, lang: Language) -> list[str]:
    label = f"  {card['kpi_id']}  {safe(card[f'label_{lang}'])}"
    if card.get("variant"):
        label += f" ({word(card['variant'], lang)}{_respondents(card)})"
    if card["unit_id"] is not None:
        label += f" [{card['unit_id']}]"
    reasons = _reasons(card["reasons"], lang)
    if card["state"] != "measured" and not _says_why(card["reasons"]):
        reasons.insert(0, word(card["state"], lang))
    target = card["target_value"]
    return [
        label,
        _value(card, lang),
        formats.MISSING if target is None else f"{card['target_op']} {number(target, lang)}",
        formats.MISSING if card["verdict"] is None else word(card["verdict"], lang),
        ", ".join(reasons),
        card["evidence_grade"] or formats.MISSING,
        formats.MISSING if card["completeness"] is None else f"{card['completeness']:.0%}",
    ]


def _respondents(card: Card) -> str:
    """A sample that chose itself speaks of nobody but its own members, so their number stands with it."""
    return f", n = {card['n']}" if card["variant"] in ("own_channel", "panel") and card.get("n") else ""


def _reasons(given: str | None, lang: Language) -> list[str]:
    """Reasons as published, `code, code` or `KPI:code, KPI:code`, in words."""
    said: list[str] = []
    for reason in filter(None, (part.strip() for part in (given or "").split(","))):
        kpi, colon, code = reason.rpartition(":")
        said.append(f"{kpi}{colon} {word(code, lang)}".strip())
    return said


def _says_why(given: str | None) -> bool:
    """Whether the reasons say why there is no value; a target that is missing or late does not."""
    return bool({*(given or "").split(",")} - {"", "no_target", "post_hoc_target"})


def _value(card: Card, lang: Language) -> str:
    value, low, high = card["value"], card["low"], card["high"]
    said = formats.MISSING if value is None else number(value, lang)
    if (low is None and high is None) or low == high == value:
        return said
    ends = (formats.MISSING if end is None else number(end, lang) for end in (low, high))
    return f"{said} [{'; '.join(ends)}]"


def _print_table(
    names: list[str], lines: list[tuple[str | None, list[str]]], cards: list[Card], lang: Language
) -> None:
    """One table for all goals, with each goal's verdict above its KPIs; narrow enough for a terminal of 80 columns."""
    from rich.console import Group  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    out = console(sys.stdout)
    rows = [[cells[0], _broken(cells[1], out), cells[2], _joined(*cells[3:5]), *cells[5:]] for _, cells in lines]
    heads = [*names[:4], *names[5:]]
    widths = _widths([heads, *(row for row, (verdict, _) in zip(rows, lines, strict=True) if verdict is None)], out)
    parts: list[RenderableType] = [_row(heads, widths, "dim")]
    for (verdict, cells), row in zip(lines, rows, strict=True):
        if verdict is None:
            parts.append(_row(row, widths, ""))
            continue
        said = Text.assemble((safe(cells[0]), "bold"), "  ", (safe(row[3]), _STYLES.get(verdict, "")))
        parts += [Text(), said]
    if cards:
        first = cards[0]
        as_of = f"{first['as_of'].astimezone(dt.UTC):%Y-%m-%d %H:%M} UTC"
        period = f"{word('period', lang)} {first['period_start']} – {first['period_end']}"
        sys.stdout.write(f"{period}. {word('as_of', lang)} {as_of}.\n\n")
    print_table(Group(*parts), sys.stdout)


def _row(cells: list[str], widths: list[int], style: str) -> RenderableType:
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    row = Table.grid(padding=(0, 2, 0, 0))
    for place, width in enumerate(widths):
        row.add_column(width=width, justify="right" if place in (1, 2, 5) else "left", overflow="fold")
    row.add_row(*(Text(safe(cell, keep="\u00a0\n"), style=style) for cell in cells))
    return row


def _widths(rows: list[list[str]], out: Console) -> list[int]:
    """Widths of the columns: what they hold, and for labels and verdicts what is left of the line."""
    held = [max(max(map(len, row[place].split("\n"))) for row in rows) for place in range(len(rows[0]))]
    left = out.width - sum(held[place] for place in (1, 2, 4, 5)) - 2 * len(held)
    if held[0] + held[3] > left:
        held[3] = max(12, min(held[3], left - 16, left // 2))
        held[0] = max(16, min(held[0], left - held[3]))
    return held


def _broken(value: str, out: Console) -> str:
    """A value with its interval below it where the line is short."""
    return value.replace(" [", "\n[") if out.width < 110 else value


def _joined(verdict: str, reasons: str) -> str:
    return f"{verdict}: {reasons}" if reasons else verdict
