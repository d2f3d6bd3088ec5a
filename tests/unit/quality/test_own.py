"""The institution's own suites: as strict as goals.yaml, told by file and line, and able to do no more than ours."""

from __future__ import annotations

import duckdb
import pytest

from pipelines.errors import ConfigurationError
from pipelines.quality.documentation import EXAMPLE
from pipelines.quality.own import find_own_problems, own_suites
from pipelines.quality.run import run_suites

FRAME = "table: marts.fct_tips\nexpectations:\n"
ONE = "  - says: tips have an id\n    severity: error\n    why: because\n"


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "expectations"
    folder.mkdir()
    return folder


def write(folder, text: str, name: str = "tips.yaml") -> None:
    (folder / name).write_text(text, encoding="utf-8")


def test_no_folder_and_an_empty_one_are_no_suites(folder):
    assert own_suites(folder) == own_suites(folder / "none") == ()


@pytest.mark.parametrize(
    ("test", "good", "bad"),
    [
        ("never_null: tip_id", "('a', 1, 2)", "(null, 1, 2)"),
        ("unique: tip_id", "('a', 1, 2), ('b', 1, 2)", "('a', 1, 2), ('a', 3, 4)"),
        ("unique: [tip_id, low]", "('a', 1, 2), ('a', 2, 2)", "('a', 1, 2), ('a', 1, 3)"),
        ("between: {column: low, low: 1, high: 5}", "('a', 1, 2), ('b', 5, 6), ('c', null, 2)", "('a', 5.5, 6)"),
        ("between: {column: low, low: 1.5}", "('a', 1000, 2)", "('a', 1, 2)"),
        ("one_of: {column: tip_id, values: [a, b]}", "('a', 1, 2), (null, 1, 2)", "('c', 1, 2)"),
        ("not_above: {lower: low, upper: high}", "('a', 2, 2), ('b', null, 1)", "('a', 3, 2)"),
        ("rows: {at_least: 1}", "('a', 1, 2)", None),
        ("rows: {at_least: 0, at_most: 1}", "('a', 1, 2)", "('a', 1, 2), ('b', 1, 2)"),
        ("condition: low < 3 -- a remark", "('a', 1, 2)", "('a', null, 2)"),
        ("condition: regex_search(tip_id, '\\bÅ')", "('få å', 1, 2)", "('få', 1, 2)"),
        ("condition: \"tip_id not in ('{x}', ':y', 'z')\"", "('a', 1, 2)", "(':y', 1, 2)"),
        (
            "none_found: select 1 from checked group by tip_id having count(*) > 1",
            "('a', 1, 2)",
            "('a', 1, 2), ('a', 1, 2)",
        ),
    ],
)
def test_each_kind_of_test_holds_on_good_rows_and_fails_on_a_bad_one(folder, test, good, bad):
    write(folder, f"{FRAME}{ONE}    {test}\n")
    with duckdb.connect() as con:
        con.execute("create schema marts")
        con.execute("create table marts.fct_tips (tip_id varchar, low double, high double)")
        for rows, holds in ((good, True), (bad, False)):
            con.execute("delete from marts.fct_tips")
            if rows:
                con.execute(f"insert into marts.fct_tips values {rows}")
            [result] = run_suites(con, suites=own_suites(folder))
            assert (result.success, result.kind, result.expectation) == (holds, "own", "tips have an id")
            assert result.detail == ("" if holds else "because")


def problems(folder) -> list[tuple[str, str, str]]:
    return [((e.where or "").rpartition("/")[2], e.what, e.do or "") for e in find_own_problems(folder)]


@pytest.mark.parametrize(
    ("text", "where", "what", "do"),
    [
        ("", "tips.yaml:1", "The file is empty.", "See docs/quality.md for an example."),
        ("- a\n", "tips.yaml:1", "must hold keys and values", "See docs/quality.md for an example."),
        ("table: [\n", "tips.yaml:2", "not valid YAML", "indent"),
        (f"{FRAME}{ONE}    never_null: a\ntables: x\n", "tips.yaml:7 (tables)", "`tables` is not a key", "Did you mean `table`?"),
        ("table: marts.fct_tips\n", "tips.yaml:1", "`expectations` is missing", "docs/quality.md"),
        ("table: marts.fct_tips\nexpectations: []\n", "tips.yaml:2 (expectations)", "too few items", "at least 1"),
        (FRAME.replace("marts.fct_tips", "fct_tips") + ONE + "    never_null: a\n", "tips.yaml:1 (table)",
         "`fct_tips` is no table of the warehouse.", "stage.name"),
        (FRAME.replace("marts.fct_tips", "ops.built") + ONE + "    never_null: a\n", "tips.yaml:1 (table)", "`ops.built` is no table", ""),
        (FRAME.replace("marts.fct_tips", "marts.x; drop table y") + ONE + "    never_null: a\n", "tips.yaml:1 (table)", "is no table", ""),
        (FRAME + ONE, "tips.yaml:3 (expectations > 1)", "The expectation has no test.", "exactly one of"),
        (f"{FRAME}{ONE}    never_null: a\n    unique: b\n", "tips.yaml:3 (expectations > 1)", "has 2 tests", "exactly one of"),
        (f"{FRAME}{ONE.replace('error', 'fatal')}    never_null: a\n", "tips.yaml:4 (expectations > 1 > severity)",
         "`severity` cannot be `fatal`.", "`warn`"),
        (f"{FRAME}  - says: x\n    severity: warn\n    never_null: a\n", "tips.yaml:3 (expectations > 1)", "`why` is missing", ""),
        (f'{FRAME}{ONE}    never_null: "a; drop"\n', "tips.yaml:6 (expectations > 1 > never_null)", "'a; drop'", ""),
        (f"{FRAME}{ONE}    condition: tip_id = now()\n", "tips.yaml:6 (expectations > 1 > condition)",
         "The SQL may not be run: the function `now`", "`checked`"),
        (f'{FRAME}{ONE}    condition: "true); drop table x; --"\n', "tips.yaml:6 (expectations > 1 > condition)", "may not be run", ""),
        (f"{FRAME}{ONE}    none_found: copy checked to 'x'\n", "tips.yaml:6 (expectations > 1 > none_found)", "may not be run", ""),
        (f"{FRAME}{ONE}    between: {{column: a}}\n", "tips.yaml:6 (expectations > 1 > between)", "The range has no end.", "`low`"),
        (f"{FRAME}{ONE}    rows: {{at_least: -1}}\n", "tips.yaml:6", "`at_least`", "docs/quality.md"),
        (f"{FRAME}{ONE}    never_null: a\n    never_null: b\n", "tips.yaml:7", "`never_null` is given twice", "Keep one"),
        (f"{FRAME}{ONE.replace('tips have an id', 'tip_id is unique')}    unique: tip_id\n", "tips.yaml:3",
         "is said of marts.fct_tips already, in Syfte's own suites", "other words"),
        (f"{FRAME}{ONE}    never_null: a\n{ONE}    never_null: b\n", "tips.yaml:7", "already, in ", "other words"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_file_line_and_what_to_do(folder, text, where, what, do):
    write(folder, text)
    found = problems(folder)
    assert len(found) == 1, found
    assert found[0][0].startswith(where), found
    assert what in found[0][1], found
    assert do in found[0][2], found
    with pytest.raises(ConfigurationError):
        own_suites(folder)


def test_all_mistakes_of_all_files_are_told_at_once_and_one_sentence_is_said_once(folder):
    write(folder, f"{FRAME}{ONE}    never_null: tip_id\n", "a.yaml")
    write(folder, f"{FRAME}{ONE}    unique: tip_id\n", "b.yaml")
    write(folder, f"{FRAME}{ONE}    nevr_null: tip_id\n", "c.yaml")
    assert [where.partition(":")[0] for where, *_ in problems(folder)] == ["b.yaml", "c.yaml"]
    with pytest.raises(ConfigurationError, match="expectations has 2 errors"):
        own_suites(folder)


def test_two_files_of_one_table_are_one_suite(folder):
    write(folder, f"{FRAME}{ONE}    never_null: tip_id\n", "a.yaml")
    write(folder, f"{FRAME}{ONE.replace('have an id', 'are single')}    unique: tip_id\n", "b.yaml")
    [suite] = own_suites(folder)
    assert [one.says for one in suite.expectations] == ["tips have an id", "tips are single"]


def test_the_example_of_the_page_is_a_suite_that_tells_good_from_bad(folder):
    write(folder, EXAMPLE)
    with duckdb.connect() as con:
        for schema in ("marts", "config"):
            con.execute(f"create schema {schema}")
        con.execute("create table marts.fct_tips (unit_id varchar, channel varchar, received_at timestamptz)")
        con.execute("create table marts.dim_unit as select 'nord' as unit_id union all select 'syd'")
        con.execute("create table marts.dim_post as select 'nord' as unit_id, date '2025-06-01' as local_date")
        con.execute(
            "create table config.run as select date '2025-01-01' as study_start, date '2025-12-31' as study_end"
        )
        con.execute("insert into marts.fct_tips values ('nord', 'phone', '2025-06-02')")
        assert [r.success for r in run_suites(con, suites=own_suites(folder))] == [True, True, True]
        con.execute("update marts.fct_tips set unit_id = 'syd', channel = 'fax', received_at = '2018-12-31'")
        assert [r.success for r in run_suites(con, suites=own_suites(folder))] == [False, False, False]
