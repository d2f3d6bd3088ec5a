"""Tables as sheets of one Excel workbook: typed cells, and no text that becomes a formula, a link or a number."""

from __future__ import annotations

import datetime as dt
import importlib
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipelines.errors import ConfigurationError, UsageError
from pipelines.spreadsheets import sheet_cell

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

SHEET_ROWS = 1_048_575
"""Rows that a sheet holds below its heading."""

CELL_CHARACTERS = 32_767
"""UTF-16 code units that a cell holds."""

_EXACT = 2**53
"""A sheet's numbers are doubles: a whole number from here on may lose its last digits, and is written as text."""

_FIRST_DAY = dt.date(1900, 3, 1)
"""Days before it are text: Excel counts a 29 February 1900 that never was."""


@dataclass(frozen=True)
class Sheet:
    """One table.

    Args:
        name: at most 31 characters, of letters, digits and `_`.
        columns: their headings.
        rows: values of DuckDB's scalar types; None is an empty cell. Instants must bear a zone.
    """

    name: str
    columns: Sequence[str]
    rows: Iterable[Sequence[Any]]


def require_writer() -> Any:  # noqa: ANN401  # a module without types
    """The library that writes workbooks.

    Raises:
        ConfigurationError: the extra is not installed.
    """
    try:
        return importlib.import_module("xlsxwriter")
    except ImportError:
        raise ConfigurationError(
            "Excel workbooks need a package that is not installed.",
            where="--to xlsx",
            do="Install it with `pip install 'syfte[xlsx]'`, or take --to csv or parquet.",
        ) from None


def write_workbook(path: Path, sheets: Iterable[Sheet], *, created: dt.datetime) -> None:
    """Write a workbook, row by row; the same sheets give the same bytes.

    Dates are dates. Instants are dates with a time, in UTC, and are shown with that word. What is not finite is empty.

    Args:
        path: the file, ending `.xlsx` or not; it is written over.
        sheets: in their order; none has more than `SHEET_ROWS` rows.
        created: what the file says of when it was made; bears a zone.

    Raises:
        ConfigurationError: the extra is not installed.
        UsageError: a text is longer than a cell.
        OSError: the disk is full or cannot be written.
    """
    xlsxwriter = require_writer()
    file = path.open("wb")
    book = xlsxwriter.Workbook(file, {"constant_memory": True})
    with file:
        try:
            book.set_properties({"created": created.astimezone(dt.UTC).replace(tzinfo=None)})
            formats = {
                "bold": book.add_format({"bold": True}),
                "day": book.add_format({"num_format": "yyyy-mm-dd"}),
                "instant": book.add_format({"num_format": 'yyyy-mm-dd hh:mm:ss "UTC"'}),
            }
            for sheet in sheets:
                _write_sheet(book.add_worksheet(sheet.name), sheet, formats)
        finally:
            book.close()


def _write_sheet(page: Any, sheet: Sheet, formats: dict[str, Any]) -> None:  # noqa: ANN401  # a library without types
    page.freeze_panes(1, 0)
    for place, name in enumerate(sheet.columns):
        page.set_column(place, place, max(12, min(28, len(name) + 4)))
        page.write_string(0, place, sheet_cell(name), formats["bold"])
    number = 0
    for number, row in enumerate(sheet.rows, start=1):
        for place, value in enumerate(row):
            if value is not None:
                _write_cell(page, (number, place), value, formats, f"sheet {sheet.name}, {sheet.columns[place]}")
    page.autofilter(0, 0, number, len(sheet.columns) - 1)


def _write_cell(page: Any, at: tuple[int, int], value: Any, formats: dict[str, Any], where: str) -> None:  # noqa: ANN401  # a cell holds anything
    if isinstance(value, bool):
        page.write_boolean(*at, value)
    elif isinstance(value, dt.datetime):
        page.write_datetime(*at, value.astimezone(dt.UTC).replace(tzinfo=None), formats["instant"])
    elif isinstance(value, dt.date) and value >= _FIRST_DAY:
        page.write_datetime(*at, value, formats["day"])
    elif isinstance(value, (int, float)) and abs(value) < _EXACT:
        page.write_number(*at, value)
    elif not isinstance(value, float) or math.isfinite(value):
        page.write_string(*at, _fitting(sheet_cell(str(value)), where))


def _fitting(text: str, where: str) -> str:
    if len(text) > CELL_CHARACTERS // 2 and len(text.encode("utf-16-le", "surrogatepass")) // 2 > CELL_CHARACTERS:
        raise UsageError(
            f"A text is longer than the {CELL_CHARACTERS} characters that a cell of Excel holds.",
            where=where,
            do="Take --to csv or parquet, which cut nothing.",
        )
    return text
