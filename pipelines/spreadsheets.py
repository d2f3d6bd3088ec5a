"""Texts in files that spreadsheets open: none of them becomes a formula."""

from __future__ import annotations

import re

_FORMULA = re.compile(r"(^|[;\t\r\n])(?=\s*[=+\-@＝＋－＠\t\r\0])")


def formula_safe(text: str) -> str:
    """Text that no spreadsheet takes for a formula: an apostrophe before what would begin one.

    Also after `;` and line breaks, where a spreadsheet with Swedish settings begins a new cell.
    """
    return _FORMULA.sub(r"\1'", text.replace("\0", ""))


def sheet_cell(text: str) -> str:
    """A text for a sheet that people fill in: no formula, and no lone carriage return, which would end its row."""
    return formula_safe(text.replace("\r\n", "\n").replace("\r", "\n"))
