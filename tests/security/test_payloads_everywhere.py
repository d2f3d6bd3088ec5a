"""S2: one project that holds every hostile text in every place, and every way out of it: they stay texts."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import re
import unicodedata

import duckdb
import pytest
from markdown_it import MarkdownIt

from pipelines import run
from pipelines.cli import formats
from pipelines.cli.program import run_program
from pipelines.components.expectation_checks import expectation_checks, expectation_keys
from pipelines.quality import own_suites
from pipelines.sources.files.canonical import STREAMS
from pipelines.warehouse.build import load_models
from tests.security.hostile_project import WAYS, hostile_project, told
from tests.security.payloads import ALL, TERMINAL

pytestmark = pytest.mark.promise("S2")

NOW = "2026-02-01T09:00:00Z"
FORMULA = re.compile(r"^\s*[=+\-@\uff1d\uff0b\uff0d\uff20\t\r\0]")
NUMBER = re.compile(r"-?\d+(\.\d+)?(e[+-]?\d+)?")
LINK = re.compile(r"(?i)\b(?:https?|ftp|mailto|xmpp):|\bwww\.|\w@\w")
COMMANDS = (
    ("scorecard",), ("status",), ("status", "--accounts"), ("tags", "unmatched", "--limit", "100"), ("quality",),
    ("quality", "--all"), ("quarantine", "list"), ("revisions",),
)  # fmt: skip


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SYFTE_NOW", NOW)
        patch.setenv("NO_COLOR", "1")
        patch.setenv("COLUMNS", "200")
        yield hostile_project(tmp_path_factory.mktemp("hostile"))


class Terminal(io.StringIO):
    """What a person looks at."""

    def isatty(self):
        return True


def syfte(project, *arguments, out=None):
    """The command in this process: its code, what it printed, and what it told beside."""
    out, err = out if out is not None else io.StringIO(), Terminal()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run_program(["--project", str(project.root), *map(str, arguments)])
    assert "not foreseen" not in err.getvalue(), (arguments, err.getvalue())
    return code, out.getvalue(), err.getvalue()


def obeyed(text):
    """Characters that a terminal would obey, or that hide or turn text."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", text)  # rich's own bold and plain
    return {c for c in text if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp") and c != "\n"}


def formulas(text):
    """Cells that begin a formula for a spreadsheet, with commas or semicolons; numbers are none."""
    found = []
    for delimiter in (",", ";"):
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            parts = [part for cell in row for part in re.split(r"[;\n\r\t]", cell)]
            found += [part for part in parts if FORMULA.match(part) and not NUMBER.fullmatch(part)]
    return found


def markup(text):
    """Elements, links and pictures that Markdown makes of a text."""
    page = MarkdownIt("commonmark").enable("table").parse(text)
    tokens = [token for one in page for token in (one, *(one.children or ()))]
    live = [t.type for t in tokens if t.type in ("html_block", "html_inline", "link_open", "image")]
    return live + LINK.findall(text)


def test_every_text_stands_in_its_table_as_it_came_and_no_table_is_gone_or_new(hostile, figure):
    project, report = hostile
    assert not [file.path for file in report.files if file.skipped]
    with duckdb.connect(str(project.warehouse_path), read_only=True) as con:
        values = 0
        for table, columns in WAYS.items():
            for column in columns:
                query = f'select "{column}"::varchar from raw.files__{table}'
                stored = {text for (text,) in con.execute(query).fetchall()}
                wanted = {told(column, text) for text in ALL}
                if table == "post_snapshots":  # a metric's name is an identifier: refused, and kept as it came
                    query = "select content from raw.quarantine where stream = 'post_snapshots'"
                    stored = {json.loads(text)[column] for (text,) in con.execute(query).fetchall()}
                if table in ("tips", "survey_responses"):  # what is not shaped as it should be is left out there
                    assert stored <= wanted | {None, "other"}, (table, column, stored - wanted)
                    wanted &= stored
                assert wanted <= stored, (table, column, wanted - stored)
                values += len(wanted)
        tables = {
            f"{schema}.{name}"
            for schema, name in con.execute("select schema_name, table_name from duckdb_tables()").fetchall()
        }
        names = tables | {name for (name,) in con.execute("select column_name from duckdb_columns()").fetchall()}
    assert {model.name for model in load_models().values()} <= tables
    assert {stream.table for stream in STREAMS.values()} <= tables
    assert {name for name in names if not re.fullmatch(r"[A-Za-z0-9_.]+", name)} == set()
    figure("hostile texts", len(ALL))
    figure("columns they came in by", sum(map(len, WAYS.values())))
    figure("values identical", values)


def test_files_that_are_kept_have_plain_names(hostile, figure):
    project, _ = hostile
    kept = [path.relative_to(project.data) for path in project.data.rglob("*")]
    strange = {part for path in kept for part in path.parts if not re.fullmatch(r"[A-Za-z0-9_.-]+", part)}
    assert strange == set()
    figure("names of kept files", len(kept))


def test_every_published_table_says_the_same_in_parquet_csv_and_json_and_nothing_is_live(hostile, figure):
    project, _ = hostile
    cells = live = copies = 0
    with run.open_published(project) as con:
        tables = [name for (name,) in con.execute("select table_name from duckdb_tables()").fetchall()]
        rows = {name: con.execute(f"select * from published.{name} order by all").fetchall() for name in tables}
    for name, wanted in rows.items():
        if not wanted:
            continue
        question = f"select * from published.{name} order by all"
        _, text, _ = syfte(project, "sql", question, "--format", "json", out=Terminal())
        assert not obeyed(text), name
        assert [list(row.values()) for row in json.loads(text)] == [list(map(formats.plain_value, r)) for r in wanted]
        _, text, _ = syfte(project, "sql", question, "--format", "csv")
        live += len(formulas(text))
        assert len(list(csv.reader(io.StringIO(text, newline="")))) == len(wanted) + 1
        cells += 2 * len(wanted) * len(wanted[0])
        copy = project.published_dir / "parquet" / f"{name}.parquet"
        if copy.exists():
            with duckdb.connect() as con:
                query = "select * from read_parquet(?, hive_partitioning = false) order by all"
                assert con.execute(query, [str(copy)]).fetchall() == wanted
            copies += 1
    assert live == 0
    assert copies
    figure("published cells looked at", cells)
    figure("parquet copies identical", copies)
    figure("cells that begin a formula", live)


def test_no_command_prints_what_a_terminal_a_spreadsheet_or_a_page_would_obey(hostile, figure):
    project, _ = hostile
    _, listed, _ = syfte(project, "quarantine", "list", "--format", "json")
    rows = [("quarantine", "show", row["newest_id"]) for row in json.loads(listed)]
    with run.open_published(project) as con:
        kpis = [kpi for (kpi,) in con.execute("select distinct kpi_id from published.goal_scorecard").fetchall()]
    looks = hits = 0
    posts = ("sql", "select * from published.post")
    for command in (*COMMANDS, posts, *rows[:1], *(("explain", kpi) for kpi in sorted(kpis)[:2])):
        for shape in ("table", "csv", "json", "markdown"):
            if (command[0], shape) in {("explain", "csv"), ("sql", "markdown")}:
                continue
            code, text, beside = syfte(project, *command, "--format", shape, out=Terminal())
            assert code in (0, 10), (command, beside)
            assert not obeyed(text), (command, shape, obeyed(text))
            assert not obeyed(beside), (command, shape)
            if shape != "csv":  # there a line break is kept, inside a field
                assert not re.search(r"(?m)^ERROR fake", text + beside), (command, shape)
            found = formulas(text) if shape == "csv" else markup(text) if shape == "markdown" else []
            assert found == [], (command, shape, found[:3])
            if shape == "json":
                json.loads(text)
            looks += 1
            hits += len(found)
    figure("outputs of commands looked at", looks)
    figure("live texts in them", hits)


def test_a_coders_sheet_begins_no_formula_and_comes_back_with_the_ids_that_were_drawn(hostile, tmp_path, figure):
    project, _ = hostile
    sheet = tmp_path / "sheet.csv"
    drawn = run.draw_sample(project, sheet, n=1000)
    assert drawn.posts == len(ALL)
    text = sheet.read_text(encoding="utf-8-sig")
    assert formulas(text) == []
    filled = tmp_path / "a.csv"
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    with filled.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows({**row, "coder_a": drawn.goals[0]} for row in rows)
    found = run.score_sheets(project, [filled])
    assert found.half_coded == len(ALL)
    with duckdb.connect(str(project.warehouse_path), read_only=True) as con:
        coded = {post for (post,) in con.execute("select post_id from raw.files__goal_codings").fetchall()}
    assert coded == {told("post_id", text) for text in ALL}
    figure("cells of a coders' sheet", len(rows) * len(rows[0]))


def test_a_tag_and_an_error_about_a_hostile_id_are_one_line_and_move_no_cursor(hostile, tmp_path, monkeypatch, figure):
    project, _ = hostile
    looks = 0
    for text in TERMINAL:
        code, said, beside = syfte(project, "tag", told("post_id", text), "tips", out=Terminal())
        assert (code, obeyed(said), len(said.splitlines())) == (0, set(), 1), text
        strange = tmp_path / "strange.csv"
        with strange.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([["sample_id", "post_id", "coder_a"], ["s", f"y:{text}", "tips"]])
        code, said, beside = syfte(project, "tags", "score", strange, out=Terminal())
        assert (code, said) == (8, ""), beside
        assert not obeyed(beside)
        assert not re.search(r"(?m)^ERROR fake", beside), beside
        looks += 2
    figure("tags and errors looked at", looks)


def test_dagster_names_checks_by_plain_words_and_takes_a_sentence_for_text(hostile, monkeypatch, figure):
    project, _ = hostile
    suites = own_suites(project.expectations_dir)
    keys = expectation_keys(suites)
    assert len(keys) == sum(len(suite.expectations) for suite in suites)
    assert all(re.fullmatch(r"[A-Za-z0-9_]+", key.name) for key in keys)
    monkeypatch.setenv("SYFTE_PROJECT_DIR", str(project.root))
    checks = expectation_checks(load_models(), pool="warehouse")
    described = [spec.description or "" for spec in checks.check_specs if spec.key in keys]
    assert len(described) == len(keys)
    live = [one for text in described for one in markup(text)]
    assert live == []
    assert not [text for text in described if obeyed(text)]
    figure("descriptions in Dagster", len(described))
