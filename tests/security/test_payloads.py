"""S2: hostile texts through imports into the tables, and out by every format: they stay texts."""

from __future__ import annotations

import csv
import html.parser
import io
import json
import re
import unicodedata

import duckdb
import polars as pl
import pytest

from pipelines.cli import formats
from pipelines.cli.speaking import safe
from pipelines.project import Project
from pipelines.run.importing import import_files
from pipelines.spreadsheets import formula_safe
from tests.integration.projects import plain_project
from tests.security.payloads import ALL, SPREADSHEET

pytestmark = pytest.mark.promise("S2")

BEGINS_A_FORMULA = re.compile(r"^\s*[=+\-@\uff1d\uff0b\uff0d\uff20\t\r\0]")


class Screen(io.StringIO):
    def isatty(self):
        return True


def cells(text):
    """Every cell that a spreadsheet would make of a CSV, with commas and with semicolons."""
    for delimiter in (",", ";"):
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            for cell in row:
                yield from re.split(r"[;\n\r\t]", cell)


def test_no_cell_of_a_csv_begins_a_formula_and_numbers_stay_numbers(figure):
    out = io.StringIO()
    formats.write_csv(["text", "=name", "n"], [(text, text, -5) for text in ALL], out)
    header, *rows = csv.reader(io.StringIO(out.getvalue(), newline=""))
    assert {row[2] for row in rows} == {"-5"}
    dangerous = [cell for cell in cells(out.getvalue()) if BEGINS_A_FORMULA.match(cell) and cell != "-5"]
    assert dangerous == []
    assert header[1] == "'=name"
    figure("hostile texts", len(ALL))


def test_a_sheet_for_coders_begins_no_formula():
    for text in SPREADSHEET:
        said = formula_safe(text)
        assert not BEGINS_A_FORMULA.match(said), text


class Elements(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, _attributes):
        self.found.append(tag)

    def handle_comment(self, _text):
        self.found.append("comment")


def test_markdown_has_no_element_link_or_picture_and_one_line_a_row():
    out = io.StringIO()
    formats.write_markdown(["text", "<b>"], [(text, text) for text in ALL], out)
    parser = Elements()
    parser.feed(out.getvalue())
    assert parser.found == []
    assert not re.search(r"(?<!\\)\]\(", out.getvalue())
    lines = out.getvalue().splitlines()
    assert len(lines) == 2 + len(ALL)
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in lines} == {3}
    assert "{{" not in out.getvalue()


def test_json_says_the_text_again_and_obeys_no_terminal():
    out = io.StringIO()
    formats.write_json(["text"], [(text,) for text in ALL], out)
    assert [row["text"] for row in json.loads(out.getvalue())] == list(ALL)
    assert not set(out.getvalue()) & set("\x1b\u202e\u200b\x07\r")


def test_a_terminal_sees_no_control_character():
    for write in (formats.write_table, formats.write_csv, formats.write_json, formats.write_markdown):
        out = Screen()
        write(["text"], [(safe(text) if write is formats.write_table else text,) for text in ALL], out)
        shown = re.sub(r"\x1b\[[0-9;]*m", "", out.getvalue()) if write is formats.write_table else out.getvalue()
        bad = {c for c in shown if unicodedata.category(c) in ("Cc", "Cf", "Cs") and c != "\n"}
        assert not bad, (write.__name__, bad)


def test_hostile_texts_in_posts_handles_files_and_columns_change_no_table(tmp_path, figure):
    project = Project(plain_project(tmp_path / "p x'; drop table posts; --"))
    texts = [text for text in ALL if "\0" not in text]
    rows = {
        "post_id": [f"x:{place}" for place in range(len(texts))],
        "account_id": ["x:1"] * len(texts),
        "published_at": ["2026-02-01T09:00:00Z"] * len(texts),
        "text": texts,
        "permalink": texts,
        'x"; drop table raw.pages; --': texts,
        "=1+1": texts,
    }
    folder = tmp_path / "in"
    folder.mkdir()
    path = folder / "=1+1'; drop table posts; -- \u202e.parquet"
    pl.DataFrame(rows).write_parquet(path)
    report = import_files(project, [path])
    [file] = report.files
    assert (file.rows_read, file.rows_stored) == (len(texts), len(texts))
    with duckdb.connect(str(project.warehouse_path), read_only=True) as con:
        stored = con.sql("select text from raw.files__posts order by cast(substr(post_id, 3) as int)").fetchall()
        assert [text for (text,) in stored] == texts
        assert con.sql("select file from raw.pages where counts_rows").fetchall() == [(str(path),)]
        names = {name for (name,) in con.sql("select column_name from duckdb_columns()").fetchall()}
        assert not names & {"=1+1", 'x"; drop table raw.pages; --'}
    landed = {part for kept in project.landing_dir.rglob("*") for part in kept.relative_to(project.landing_dir).parts}
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]+", name) for name in landed)
    figure("hostile texts imported", len(texts))
