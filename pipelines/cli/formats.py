"""Rows as a table, JSON, CSV or Markdown. Each is safe where it is read: terminals, spreadsheets, web pages."""

from __future__ import annotations

import datetime as dt
import json
import re
import sys
from itertools import chain
from typing import TYPE_CHECKING, Any, Literal, TextIO, cast

from pipelines.cli.speaking import print_table, safe
from pipelines.plain_text import markdown_safe
from pipelines.spreadsheets import formula_safe

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Format = Literal["table", "json", "csv", "markdown"]

MISSING = "–"
"""Shown where there is no value; a zero would be a lie."""

_TO_QUOTE = re.compile(r'[",;\r\n]|^\s|\s$')


def write_csv(names: Sequence[str], rows: Iterable[Sequence[Any]], out: TextIO) -> None:
    """CSV with a header: numbers stay numbers, no value is an empty field, lists and structs are JSON text."""
    screen = out.isatty()
    out.writelines(",".join(_csv_field(value, screen=screen) for value in row) + "\n" for row in chain([names], rows))


def _csv_field(value: Any, *, screen: bool) -> str:  # noqa: ANN401  # a cell holds anything
    plain = plain_value(value)
    if plain is None:
        return ""
    if isinstance(plain, (bool, list, dict)):
        plain = json.dumps(plain, ensure_ascii=False)
    if not isinstance(plain, str):
        return str(plain)
    text = plain if isinstance(value, dt.date) else formula_safe(plain)
    text = safe(text, keep="\n") if screen else text.encode("utf-8", "backslashreplace").decode()
    # The csv module leaves a lone carriage return unquoted, and an empty text looks like no value.
    return '"' + text.replace('"', '""') + '"' if not text or _TO_QUOTE.search(text) else text


def write_json(names: Sequence[str], rows: Iterable[Sequence[Any]], out: TextIO) -> None:
    """A list of objects, one a line; no value is null."""
    out.write("[")
    for number, row in enumerate(rows):
        said = {name: plain_value(value) for name, value in zip(names, row, strict=True)}
        text = json.dumps(said, ensure_ascii=False, allow_nan=False)
        out.write(("\n" if number == 0 else ",\n") + json_safe(text))
    out.write("\n]\n")


def json_safe(text: str) -> str:
    """JSON without raw characters that a terminal would obey; its own escapes say the same."""
    return (
        text
        if text.isascii() and "\x7f" not in text
        else "".join(c if safe(c, keep="\n") == c else json.dumps(c)[1:-1] for c in text)
    )


def write_table(
    names: Sequence[str], rows: Iterable[Sequence[Any]], out: TextIO, *, numbers: Iterable[int] = ()
) -> None:
    """A table for people; the columns in `numbers` stand to the right."""
    from rich.box import SIMPLE_HEAD  # noqa: PLC0415  # 60 ms
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    right = set(numbers)
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for place, name in enumerate(names):
        table.add_column(Text(safe(name)), justify="right" if place in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(safe(shown(value))) for value in row))
    print_table(table, out)


def write_markdown(names: Sequence[str], rows: Iterable[Sequence[Any]], out: TextIO) -> None:
    """A Markdown table; text cannot become markup."""
    out.write(f"| {' | '.join(markdown_safe(name) for name in names)} |\n")
    out.write("|" + " --- |" * len(names) + "\n")
    out.writelines(f"| {' | '.join(markdown_safe(shown(value)) for value in row)} |\n" for row in rows)


def shown(value: Any) -> str:  # noqa: ANN401  # a cell holds anything
    """A value as a person reads it."""
    if value is None:
        return MISSING
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.6g}" if abs(value) < 1e6 else f"{value:.0f}"
    plain = plain_value(value)
    return json.dumps(plain, ensure_ascii=False) if isinstance(plain, (list, dict)) else str(plain)


def plain_value(value: Any) -> Any:  # noqa: ANN401, PLR0911  # a cell holds anything; one return per type
    """A value as JSON knows it: instants as ISO 8601 in UTC, what is not finite as null, bytes as hex."""
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, float):
        return value if value - value == 0 else None
    if isinstance(value, dt.datetime):
        text = value.astimezone(dt.UTC).isoformat() if value.tzinfo else value.isoformat()
        return text.replace("+00:00", "Z")
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    if isinstance(value, (bytes, bytearray)):
        return value.hex()
    if isinstance(value, dict):
        return {str(key): plain_value(inner) for key, inner in cast("Mapping[object, object]", value).items()}
    if isinstance(value, (list, tuple)):
        return [plain_value(inner) for inner in cast("Sequence[object]", value)]
    return _number_or_text(value)


def _number_or_text(value: Any) -> Any:  # noqa: ANN401  # a cell holds anything
    from decimal import Decimal  # noqa: PLC0415

    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return str(value)


def write(fmt: Format, names: Sequence[str], rows: Iterable[Sequence[Any]], *, numbers: Iterable[int] = ()) -> None:
    """Rows on stdout in the format asked for."""
    if fmt == "table":
        write_table(names, rows, sys.stdout, numbers=numbers)
    else:
        {"json": write_json, "csv": write_csv, "markdown": write_markdown}[fmt](names, rows, sys.stdout)
