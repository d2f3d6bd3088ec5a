"""`syfte quality` as an operator and a stranger meet it: what stands, what breaks, what is kept, what Dagster shows."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import logging
import os
import shutil
import subprocess
import sys
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from pipelines.cli.program import run_program
from pipelines.components.expectation_checks import expectation_checks
from pipelines.components.warehouse_run import RESOURCE, WarehouseRun, warehouse_resource
from pipelines.project import Project
from pipelines.quality import SUITES, gate
from pipelines.run.preparing import present
from pipelines.warehouse.build import load_models
from pipelines.warehouse.connection import open_hardened, open_writer
from tests.integration import projects
from tests.integration.projects import plain_project, three_parts

HERE = Path(__file__).parent
NOW = {"SYFTE_NOW": "2026-03-01T05:15:00Z"}
LATER = {"SYFTE_NOW": "2026-03-02T05:15:00Z"}
OWN = """\
table: published.post
expectations:
  - says: no more posts than we ever wrote
    rows: {at_least: 0, at_most: 1}
    severity: error
    why: we wrote one
"""


def syfte(project: Path, *arguments: object, **settings: str) -> subprocess.CompletedProcess[str]:
    """The command in this process: what it imports is imported once."""
    out, err = io.StringIO(), io.StringIO()
    given = ["--project", str(project), *map(str, arguments)]
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        for name, value in settings.items():
            patch.setenv(name, value)
        code = run_program(given)
    return subprocess.CompletedProcess(given, code, out.getvalue(), err.getvalue())


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    project = plain_project(tmp_path_factory.mktemp("quality") / "project")
    assert syfte(project, "import", HERE / "canonical", **NOW).returncode == 0
    done = syfte(project, "run", "--no-pull", "--no-report", **NOW)
    assert done.returncode == 0, done.stderr
    return project


@pytest.fixture
def project(built, tmp_path) -> Path:
    return shutil.copytree(built, tmp_path / "project")


def listed(project: Path, *options: object, code: int = 0) -> list[dict[str, str]]:
    done = syfte(project, "quality", "--format", "csv", *options, **LATER)
    assert done.returncode == code, done.stderr
    return list(csv.DictReader(done.stdout.splitlines()))


def spoil(project: Path) -> None:
    """What no run makes: a post that stands twice among those that readers get."""
    with duckdb.connect(project / "data" / "warehouse.duckdb") as con:
        con.execute("insert into published.post from published.post limit 1")


def test_a_stranger_sees_every_expectation_and_each_was_tested(project):
    rows = listed(project)
    assert {(row["table"], row["expectation"]) for row in rows} >= {
        (suite.table, one.says) for suite in SUITES for one in suite.expectations
    }
    assert [row for row in rows if row["outcome"] not in ("holds", "does not hold")] == []
    assert [row for row in rows if row["severity"] == "error" and row["outcome"] != "holds"] == []
    told = syfte(project, "quality", "--failing", **LATER)
    assert f"{len(rows)} expectations" in told.stderr
    assert "Newest test: 2026-03-01 05:15 UTC." in told.stderr
    as_json = json.loads(syfte(project, "quality", "--format", "json", **LATER).stdout)
    assert [row["expectation"] for row in as_json] == [row["expectation"] for row in rows]
    assert syfte(project, "quality", "--format", "markdown", **LATER).stdout.startswith("| outcome | severity |")


def test_what_breaks_is_found_forbids_publishing_and_is_seen_by_who_asks(project):
    published = (project / "data/published/syfte.duckdb").read_bytes()
    spoil(project)
    assert all(row["outcome"] == "holds" for row in listed(project) if row["severity"] == "error"), "nobody looked yet"
    first = listed(project, "--run", code=10)[0]
    assert (first["outcome"], first["severity"], first["table"]) == ("does not hold", "error", "published.post")
    refused = syfte(project, "run", "--no-pull", "--no-report", **LATER)
    assert refused.returncode == 10
    assert "published.post: “post_id is unique” does not hold" in three_parts(refused.stderr)[0]
    assert (project / "data/published/syfte.duckdb").read_bytes() == published, "readers keep the last good state"
    failing = listed(project, "--failing", code=10)
    assert {row["since (UTC)"] for row in failing if row["severity"] == "error"} == {"2026-03-02T05:15:00Z"}
    assert listed(project, "--since", "2026-03-02", "--failing")[0]["tested (UTC)"] == "2026-03-02T05:15:00Z"
    history = listed(project, "--all")
    healed = syfte(project, "rebuild", SYFTE_NOW="2026-03-03T05:15:00Z")
    assert healed.returncode == 0, healed.stderr
    rows = listed(project)
    assert all(row["outcome"] == "holds" for row in rows if row["severity"] == "error")
    kept = {(row["tested (UTC)"], row["table"], row["expectation"]) for row in listed(project, "--all")}
    assert kept >= {(row["tested (UTC)"], row["table"], row["expectation"]) for row in history}
    with open_hardened(project / "data/published/syfte.duckdb") as con:
        [(tested,)] = con.execute("select count(distinct run_at) from published.check_result").fetchall()
    assert tested == 3


def test_a_run_in_which_nothing_is_new_builds_and_writes_nothing_and_does_not_load_the_library(project):
    published = project / "data/published"
    before = {path: path.stat().st_ino for path in (published / "syfte.duckdb", *published.glob("parquet/*"))}
    quiet = projects.syfte(project, "run", "--no-pull", "--no-report", PYTHONPROFILEIMPORTTIME="1", **NOW)
    assert quiet.returncode == 0
    told = [line.split() for line in quiet.stderr.splitlines() if line.startswith(("done ", "skipped "))]
    assert [name for kind, name, *_ in told if kind == "done" and "." in name] == [], "no model was built"
    assert ["skipped", "publish:", "nothing", "has", "changed"] in told
    assert {path: path.stat().st_ino for path in before} == before
    assert "great_expectations" not in quiet.stderr
    assert "pipelines.quality.gate" in quiet.stderr


def test_own_expectations_block_like_ours_and_a_mistake_in_them_stops_a_run_before_it_begins(project):
    (project / "expectations").mkdir()
    file = project / "expectations" / "posts.yaml"
    file.write_text(OWN.replace("rows:", "row:"), encoding="utf-8")
    for command in (("run", "--no-pull", "--no-report"), ("quality",)):
        wrong = syfte(project, *command, **LATER)
        assert wrong.returncode == 4
        assert "expectations/posts.yaml:4" in three_parts(wrong.stderr)[1] or "posts.yaml:" in wrong.stderr
    assert "posts.yaml:" in syfte(project, "check", **LATER).stdout
    file.write_text(OWN, encoding="utf-8")
    assert "1 own expectations of 1 tables" in syfte(project, "check", **LATER).stdout
    assert next(row for row in listed(project) if row["looks at"] == "own")["outcome"] == "not tested yet"
    refused = syfte(project, "run", "--no-pull", "--no-report", **LATER)
    assert refused.returncode == 10
    assert "“no more posts than we ever wrote” does not hold (we wrote one)" in refused.stderr
    assert listed(project, code=10)[0]["looks at"] == "own"


def test_text_in_every_column_and_in_rows_that_fail_is_in_no_result(project, capfd, caplog):
    """Every text of every table that a suite reads becomes a canary's: words are unknown, references break."""
    canary = "CANARY-kalle-testsson-såg-något"
    caplog.set_level(logging.DEBUG)
    events: list[str] = []
    with open_writer(project / "data" / "warehouse.duckdb") as con:
        columns = con.execute(
            "select schema_name || '.' || table_name, column_name from duckdb_columns() "
            "where data_type = 'VARCHAR' and schema_name in ('raw', 'config', 'staging', 'marts', 'kpi', 'published')"
        ).fetchall()
        read = {table for suite in SUITES for table in suite.reads}
        spoiled = [(t, c) for t, c in columns if t in read and (t, c) != ("config.run", "timezone")]
        for number, (table, column) in enumerate(spoiled):
            con.execute(f"update {table} set {column} = {column} || ' {canary} {number}' where rowid % 3 <> 0")
        # a cast that fails quotes the value it failed on
        con.execute("alter table marts.fct_tips alter column received_at type varchar using ($$" + canary + "$$)")
        con.execute("insert into marts.fct_tips by name select 't' as tip_id, $$" + canary + "$$ as received_at")
        found = gate(
            con, project / "data" / "published", run_at=present(Project(project)), everything=True,
            on_event=lambda event: events.append(repr(event)),
        )  # fmt: skip
        stored = con.execute("from ops.check_result").fetchall()
    assert len(spoiled) > 100
    assert sum(one.result.success is False for one in found) > 20
    assert any(one.result.success is None for one in found)
    printed = capfd.readouterr()
    kept = b"".join(path.read_bytes() for path in (project / "data/published/history/check_result").glob("*.parquet"))
    told = "\n".join(record.getMessage() for record in caplog.records)
    for text in (repr(found), repr(stored), *events, told, printed.out, printed.err, kept.decode("latin-1")):
        assert "CANARY" not in text
        assert "testsson" not in text
    assert os.environ["GX_ANALYTICS_ENABLED"] == "False"
    assert "posthog" not in sys.modules


def test_dagster_shows_what_failed_although_the_run_is_refused(project, monkeypatch):
    monkeypatch.setenv("SYFTE_PROJECT_DIR", str(project))
    monkeypatch.setenv("SYFTE_NOW", LATER["SYFTE_NOW"])
    spoil(project)
    found = Project(project)
    with duckdb.connect(found.warehouse_path) as con:
        con.execute("delete from ops.passed_suite")
    checks = expectation_checks(load_models(), pool="duckdb")
    run = warehouse_resource(lambda _: WarehouseRun(found, now=lambda: present(found)))
    with dg.DagsterInstance.ephemeral() as instance:
        result = dg.Definitions(
            asset_checks=[checks], resources={RESOURCE: run}
        ).resolve_implicit_global_asset_job_def()
        done = result.execute_in_process(instance=instance, raise_on_error=False)
        told = {(one.asset_key.to_user_string(), one.check_name): one for one in done.get_asset_check_evaluations()}
    assert not done.success
    assert len(told) == sum(len(suite.expectations) for suite in SUITES)
    broken = told["published/post", "ranges__post_id_is_unique"]
    assert (broken.passed, broken.severity) == (False, dg.AssetCheckSeverity.ERROR)
    assert broken.description == "What stands twice is counted twice."
    assert told["marts/dim_post", "ranges__post_id_is_unique"].passed
