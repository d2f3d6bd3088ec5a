"""Exports: what is missing stays empty, no text becomes a formula, and a failure leaves the old files whole."""

from __future__ import annotations

import csv
import datetime as dt

import duckdb
import polars as pl
import pytest

from pipelines.errors import StorageError, UsageError
from pipelines.project import Project
from pipelines.run import exporting
from pipelines.run.exporting import export
from pipelines.warehouse.build import load_models
from pipelines.workbooks import SHEET_ROWS

SCHEMA = """
    create schema published;
    create table published.build (as_of timestamptz);
    create table published.post (post_id varchar, text varchar, published_at timestamptz, day date, likes bigint,
        ratio double, is_story boolean, state varchar);
    create table published.empty (a varchar, b date);
    comment on column published.post.likes is 'likes so far [may be summed]';
    insert into published.build values ('2026-01-05 05:15:00Z');
    insert into published.post values
        ('1', '=HYPERLINK("http://x")', '2026-01-01 23:30:00.5Z', '2026-01-02', 0, 0.5, true, 'measured'),
        ('2', 'a;=1+1', null, '1899-12-31', null, null, false, 'missing'),
        ('9007199254740993', '', '2026-06-30 22:00:00Z', null, 9007199254740993, 'inf'::double, null, 'measured'),
        (null, e'Åsa, \"vi\"\\n@bo', null, null, 7, 1e-7, null, 'measured');
"""


@pytest.fixture
def project(tmp_path):
    made = Project(tmp_path / "project")
    made.published_dir.mkdir(parents=True)
    with duckdb.connect(made.published_db) as con:
        con.execute("set TimeZone = 'UTC'")
        con.execute(SCHEMA)
    return made


at = dt.datetime.fromisoformat


def rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_csv_has_empty_fields_for_what_is_missing_zeros_for_zeros_and_no_formula(project, tmp_path):
    done = export(project, [], "csv", tmp_path / "out")
    assert {path.name: count for path, count in done.files.items()} == {"build.csv": 1, "empty.csv": 0, "post.csv": 4}
    assert rows(tmp_path / "out" / "post.csv") == [
        ["post_id", "text", "published_at", "day", "likes", "ratio", "is_story", "state"],
        ["1", "'=HYPERLINK(\"http://x\")", "2026-01-01T23:30:00.500Z", "2026-01-02", "0", "0.5", "true", "measured"],
        ["2", "a;'=1+1", "", "1899-12-31", "", "", "false", "missing"],
        ["9007199254740993", "", "2026-06-30T22:00:00Z", "", "9007199254740993", "", "", "measured"],
        ["", "Åsa, \"vi\"\n'@bo", "", "", "7", "1e-7", "", "measured"],
    ]  # fmt: skip
    assert b'9007199254740993,"",2026' in (tmp_path / "out" / "post.csv").read_bytes()
    assert (tmp_path / "out" / "empty.csv").read_text(encoding="utf-8") == "a,b\n"


def test_a_file_says_what_the_columns_mean(project, tmp_path):
    export(project, ["published.post"], "csv", tmp_path)
    told = rows(tmp_path / "columns.csv")
    assert ["post", "likes", "BIGINT", "likes so far [may be summed]"] in told
    assert {row[0] for row in told[1:]} == {"post"}


def test_parquet_holds_the_published_values_with_their_types(project, tmp_path):
    export(project, ["post"], "parquet", tmp_path)
    with duckdb.connect(project.published_db, read_only=True) as con:
        con.execute("set TimeZone = 'UTC'")
        published = con.sql("from published.post").pl()
    found = pl.read_parquet(tmp_path / "post.parquet")
    assert found.rows() == published.rows()
    assert found["text"][0] == '=HYPERLINK("http://x")'
    assert (found.schema["day"], found.schema["likes"]) == (pl.Date, pl.Int64)


def test_a_workbook_has_typed_cells_no_formula_and_no_value_where_none_is(project, tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    pytest.importorskip("xlsxwriter")
    done = export(project, [], "xlsx", tmp_path)
    assert done.files == {tmp_path / "syfte.xlsx": 5}
    book = openpyxl.load_workbook(tmp_path / "syfte.xlsx")
    assert book.sheetnames == ["columns", "build", "empty", "post"]
    sheet = book["post"]
    assert [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)] == [
        ["1", "'=HYPERLINK(\"http://x\")", at("2026-01-01T23:30:00.500"), at("2026-01-02"), 0, 0.5,
         True, "measured"],
        ["2", "a;'=1+1", None, "1899-12-31", None, None, False, "missing"],
        ["9007199254740993", "", at("2026-06-30T22:00"), None, "9007199254740993", None, None, "measured"],
        [None, "Åsa, \"vi\"\n'@bo", None, None, 7, 1e-7, None, "measured"],
    ]  # fmt: skip
    assert "f" not in {cell.data_type for page in book for row in page.iter_rows() for cell in row}
    assert sheet["C2"].number_format.endswith('"UTC"')
    assert sheet["D2"].number_format == "yyyy-mm-dd"


def test_the_same_publication_gives_the_same_workbook(project, tmp_path):
    pytest.importorskip("xlsxwriter")
    for name in "ab":
        export(project, [], "xlsx", tmp_path / name)
    assert (tmp_path / "a" / "syfte.xlsx").read_bytes() == (tmp_path / "b" / "syfte.xlsx").read_bytes()


def test_a_table_longer_than_a_sheet_is_left_out_and_told_or_refused_where_it_was_named(project, tmp_path, monkeypatch):
    pytest.importorskip("xlsxwriter")
    monkeypatch.setattr(exporting, "SHEET_ROWS", 3)
    assert export(project, [], "xlsx", tmp_path).left_out == {"post": 4}
    with pytest.raises(UsageError, match=r"published\.post, 4 rows"):
        export(project, ["post"], "xlsx", tmp_path)
    assert SHEET_ROWS == 2**20 - 1


def test_a_text_longer_than_a_cell_is_refused_and_the_old_workbook_stays(project, tmp_path):
    pytest.importorskip("xlsxwriter")
    export(project, [], "xlsx", tmp_path)
    before = (tmp_path / "syfte.xlsx").read_bytes()
    with duckdb.connect(project.published_db) as con:
        con.execute("update published.post set text = repeat('å', 32768) where likes = 7")
    with pytest.raises(UsageError, match="sheet post, text"):
        export(project, [], "xlsx", tmp_path)
    assert (tmp_path / "syfte.xlsx").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith(".part")] == []


def test_an_export_that_fails_half_way_leaves_every_file_as_it_was(project, tmp_path, monkeypatch):
    out = tmp_path / "out"
    export(project, [], "csv", out)
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    with duckdb.connect(project.published_db) as con:
        con.execute("update published.build set as_of = '2027-01-01'; update published.post set likes = 1")
    real, calls = exporting._sheet_safe, []

    def full(frame):
        calls.append(frame)
        if len(calls) == 3:
            raise OSError(28, "No space left on device")
        return real(frame)

    monkeypatch.setattr(exporting, "_sheet_safe", full)
    with pytest.raises(StorageError, match="No space left"):
        export(project, [], "csv", out)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


def test_an_unknown_table_and_a_folder_of_the_product_are_refused(project, tmp_path):
    with pytest.raises(UsageError, match="build, empty, post"):
        export(project, ["posts"], "csv", tmp_path)
    with pytest.raises(UsageError, match="belongs to the product"):
        export(project, [], "parquet", project.published_dir / "parquet")
    assert not (project.published_dir / "parquet").exists()


def test_every_published_table_has_a_name_that_a_sheet_may_bear():
    names = [name.removeprefix("published.") for name in load_models() if name.startswith("published.")]
    assert len(names) > 30
    assert [name for name in names if len(name) > 31 or name in ("columns", "history")] == []
