"""Text from anywhere stays text: what moves a cursor, hides or turns is written out, and nothing else is."""

from __future__ import annotations

import sys
import unicodedata

from pipelines.plain_text import safe

SIGNS = [chr(code) for code in (*range(0x3100), *range(0x3100, sys.maxunicode + 1, 61))]
MOVES_OR_HIDES = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


def test_what_moves_hides_or_turns_is_written_out_and_every_other_sign_stays():
    for sign in SIGNS:
        shown = safe(f"å{sign}!")
        if unicodedata.category(sign) in MOVES_OR_HIDES:
            assert shown.startswith("å\\")
            assert sign not in shown
        else:
            assert shown == f"å{sign}!"


def test_what_is_to_be_kept_stays_and_nothing_else_with_it():
    assert safe("a\nb\u00a0c\x1b", keep="\n") == "a\nb\u00a0c\\x1b"
    assert safe("a\nb") == "a\\nb"
    assert safe("12\u202f345\u00a0\u2009kr") == "12\u202f345\u00a0\u2009kr"
