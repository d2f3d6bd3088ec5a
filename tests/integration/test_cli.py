"""`syfte` as a person runs it: exit codes, three-part errors, the published database by SQL."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from pipelines.cli.program import app, run_program
from pipelines.cli.sql import answer

ROOT = Path(__file__).parents[2]
SYFTE = [sys.executable, "-m", "pipelines.cli"]


def environment(**extra: str) -> dict[str, str]:
    ours = {name: value for name, value in os.environ.items() if not name.startswith("SYFTE_")}
    return {**ours, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", **extra}


def syfte(*arguments: object, cwd: Path, stdin: str = "", **extra: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*SYFTE, *map(str, arguments)], cwd=cwd, input=stdin, capture_output=True, text=True, encoding="utf-8",
        env=environment(**extra), timeout=120, check=False,
    )  # fmt: skip


@pytest.fixture
def project(tmp_path):
    (tmp_path / "goals.yaml").write_text((ROOT / "goals.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    return tmp_path


@pytest.fixture
def published(project):
    """A project whose readers' database holds two posts, one with a title that tries to escape."""
    path = project / "data" / "published" / "syfte.duckdb"
    path.parent.mkdir(parents=True)
    with duckdb.connect(path) as con:
        con.execute("create schema published")
        con.execute("create table published.post (post_id varchar, media_type varchar, views bigint)")
        con.execute("insert into published.post values ('x:1', '=1+1', 3), ('x:2', '\x1b[2J', null)")
        con.execute("comment on table published.post is 'Posts'")
        con.execute("comment on column published.post.views is 'shown times'")
    return project


def three_parts(text: str) -> list[str]:
    what, where, do = text.strip().splitlines()[-3:]
    assert where.startswith("  where: ")
    assert do.startswith("  do:    ")
    assert "Traceback" not in text
    return [what, where, do]


def test_a_query_answers_in_each_format(published):
    query = "select post_id, views from published.post order by 1"
    assert syfte("sql", query, "--format", "csv", cwd=published).stdout == "post_id,views\nx:1,3\nx:2,\n"
    assert json.loads(syfte("sql", query, "--format", "json", cwd=published).stdout) == [
        {"post_id": "x:1", "views": 3},
        {"post_id": "x:2", "views": None},
    ]
    table = syfte("sql", query, cwd=published).stdout.splitlines()
    assert table[0].split() == ["post_id", "views"]
    assert table[3].split() == ["x:2", "–"]


def test_a_query_may_come_by_stdin_and_dot_commands_answer_too(published):
    assert syfte("sql", "--format", "csv", cwd=published, stdin="select 1 as a").stdout == "a\n1\n"
    assert "published.post" in syfte("sql", ".tables", cwd=published).stdout
    assert "shown times" in syfte("sql", ".schema published.post", cwd=published).stdout
    assert ".quit" in syfte("sql", ".help", cwd=published).stdout


def test_csv_is_safe_in_a_spreadsheet_and_a_table_on_a_terminal(published):
    query = "select media_type from published.post order by post_id"
    assert syfte("sql", query, "--format", "csv", cwd=published).stdout.splitlines()[1] == "'=1+1"
    assert "\x1b" not in syfte("sql", query, cwd=published).stdout


@pytest.mark.parametrize(
    "query",
    [
        "selec 1",
        "select * from published.nothing",
        "create table t (a int)",
        "delete from published.post",
        "copy (select 1) to 'out.csv'",
        "select * from read_text('goals.yaml')",
        "select * from 'goals.yaml'",
        "attach 'other.duckdb'",
        "set enable_external_access = true",
        "install httpfs",
        ".nothing",
    ],
)
def test_what_the_published_database_refuses_is_a_usage_error_in_three_parts(published, capsys, query):
    assert run_program(["sql", query, "--project", str(published)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "where: the SQL given" in said.err
    assert "do:    " in said.err
    assert "Traceback" not in said.err
    assert not (published / "out.csv").exists()
    assert not (published / "other.duckdb").exists()


@pytest.mark.parametrize(
    "mistake",
    [
        (["chek"], 2, "Did you mean 'check'"),
        (["scorecard", "--format", "xml"], 2, "xml"),
        (["scorecard", "--as-of", "soon"], 2, "not a day"),
        (["status", "--project", "nowhere"], 2, "no such folder"),
        (["import"], 2, "PATH"),
        (["import", "a.csv", "--account", "42"], 2, "platform:id"),
        (["import", "a.csv", "--observed-at", "2025-01-01"], 2, "offset"),
        (["sql", "select 1"], 3, "Nothing has been published"),
        (["scorecard"], 3, "Nothing has been published"),
        (["import", "missing.csv"], 8, "missing.csv"),
    ],
)
def test_each_mistake_has_its_exit_code_and_three_parts(project, monkeypatch, capsys, mistake):
    arguments, code, said = mistake
    monkeypatch.chdir(project)
    assert run_program(arguments) == code
    err = capsys.readouterr().err
    assert said in err
    three_parts(err)


def test_broken_yaml_is_told_by_its_line_and_nothing_is_written(project, monkeypatch, capsys):
    monkeypatch.chdir(project)
    goals = project / "goals.yaml"
    goals.write_text(goals.read_text(encoding="utf-8").replace("version: 1", "version: ["), encoding="utf-8")
    assert run_program(["run"]) == 4
    assert "goals.yaml:" in three_parts(capsys.readouterr().err)[1]
    assert not (project / "data").exists()


def test_status_of_a_new_project_says_what_to_do_first(project):
    done = syfte("status", cwd=project)
    assert done.returncode == 0
    assert "syfte run" in done.stdout
    assert json.loads(syfte("status", "--format", "json", cwd=project).stdout)["streams"] == []


def test_a_project_is_found_from_below(published):
    below = published / "notes" / "2025"
    below.mkdir(parents=True)
    assert syfte("sql", "select 1 as a", "--format", "csv", cwd=below).stdout == "a\n1\n"


def test_init_makes_a_project_that_check_accepts_and_a_second_init_leaves_it_alone(tmp_path):
    made = syfte("init", tmp_path / "new", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    assert (tmp_path / "new" / "goals.yaml").exists()
    checked = syfte("check", "--project", tmp_path / "new", cwd=tmp_path)
    assert checked.returncode == 0, checked.stdout
    assert "4 goals, 13 KPIs" in checked.stdout
    again = syfte("init", tmp_path / "new", cwd=tmp_path)
    assert again.returncode == 4
    three_parts(again.stderr)


def test_check_has_the_exit_code_of_the_first_thing_wrong(tmp_path):
    done = syfte("check", cwd=tmp_path)
    assert done.returncode == 4
    assert "wrong" in done.stdout
    assert "syfte init" in done.stdout


def test_an_unforeseen_error_is_short_and_its_traceback_comes_with_verbose(monkeypatch, capsys):
    def break_down(*_arguments, **_options):
        raise ZeroDivisionError("1/0")

    monkeypatch.setattr("pipelines.project.Project.find", break_down)
    assert run_program(["check"]) == 1
    short = capsys.readouterr().err
    assert "ZeroDivisionError" in short
    assert "--verbose" in short
    assert "Traceback" not in short
    assert run_program(["check", "--verbose"]) == 1
    assert "Traceback" in capsys.readouterr().err


def test_an_interruption_is_130_without_a_traceback(monkeypatch, capsys):
    def interrupt(*_arguments, **_options):
        raise KeyboardInterrupt

    monkeypatch.setattr("pipelines.project.Project.find", interrupt)
    assert run_program(["check"]) == 130
    assert capsys.readouterr().err == "Interrupted.\n"


def test_ctrl_c_ends_a_real_process_with_130(published):
    process = subprocess.Popen(
        [*SYFTE, "sql", "from range(100000000)", "--format", "csv"], cwd=published, env=environment(),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout.readline() == "range\n"
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert err == "Interrupted.\n"


def test_a_query_that_is_interrupted_is_no_error_in_the_query(published):
    with duckdb.connect(published / "data" / "published" / "syfte.duckdb", read_only=True) as con:
        timer = threading.Timer(0.5, con.interrupt)
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            answer(con, "select sum(a.range * b.range) from range(1000000) a, range(1000000) b", "csv")
        timer.join()


def test_a_reader_that_leaves_early_gets_no_complaint(published):
    process = subprocess.Popen(
        [*SYFTE, "sql", "from range(3000000)", "--format", "csv"], cwd=published, env=environment(),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout.readline().strip() == b"range"
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(timeout=30) == 141


def test_swedish_words_survive_a_c_locale(published):
    done = syfte("sql", "select chr(229) as a", "--format", "csv", cwd=published, LC_ALL="C", PYTHONUTF8="0", LANG="C")
    assert done.stdout == "a\nå\n"


def test_no_color_leaves_no_escape_code(published):
    done = syfte("sql", "selec", cwd=published, NO_COLOR="1", FORCE_COLOR="1")
    assert done.returncode == 2
    assert "\x1b" not in done.stderr + done.stdout


def test_every_command_shows_its_help():
    runner = CliRunner()
    for name in ("check", "import", "sandbox"):
        result = runner.invoke(app, [name, "--help"])
        assert result.exit_code == 0
        assert "Usage" in result.output


def test_the_sandbox_prints_the_settings_that_reach_it_and_ends_on_ctrl_c(tmp_path):
    process = subprocess.Popen(
        [*SYFTE, "sandbox", "--port", "0", "--verbose"], cwd=tmp_path, env=environment(PYTHONUNBUFFERED="1"),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8",
    )  # fmt: skip
    ready = process.stderr.readline()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    address = ready.removeprefix("The platforms answer at ").split()[0].rstrip(".")
    assert f"SYFTE_X__BASE_URL='{address}'" in out
    assert process.returncode == 130, err
    assert "Traceback" not in err
