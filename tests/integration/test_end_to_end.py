"""The main job as an operator meets it: pulls, errors, kills, and an analyst who asks while a run writes."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import duckdb
import pytest

from pipelines.sandbox import SandboxClock, World, project_config, running_sandbox
from pipelines.warehouse.connection import open_hardened
from tests.integration.projects import SYFTE, environment, plain_project, sandbox_project, syfte, three_parts

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2025, 11, 20, 5, 15, tzinfo=UTC)


@pytest.fixture(scope="module")
def world() -> World:
    return World(seed=3, scale=0.1)


@pytest.fixture(scope="module")
def sandbox(world):
    with running_sandbox(world, clock=SandboxClock(NOW)) as sandbox:
        yield sandbox


@pytest.fixture
def project(tmp_path, world, sandbox) -> Path:
    return sandbox_project(tmp_path / "project", project_config(world, sandbox.url), NOW)


@dataclass(frozen=True)
class Ran:
    """A project after its first run: read by all, written by none."""

    project: Path
    lasted: float
    readings: list[tuple[object, ...]]


@pytest.fixture(scope="module")
def calm(tmp_path_factory, world, sandbox) -> Ran:
    project = sandbox_project(tmp_path_factory.mktemp("calm"), project_config(world, sandbox.url), NOW)
    started = time.monotonic()
    done = syfte(project, "run")
    assert done.returncode == 0, done.stderr
    return Ran(project, time.monotonic() - started, readings(project))


@pytest.fixture
def after_a_run(calm, tmp_path) -> Path:
    return shutil.copytree(calm.project, tmp_path / "after")


def readings(project: Path) -> list[tuple[object, ...]]:
    """Everything that was read of posts, without the names of runs."""
    with duckdb.connect(project / "data" / "warehouse.duckdb", read_only=True) as con:
        return con.execute(
            "select post_id, native_metric, observed_at, status, value from marts.fct_post_snapshot order by all"
        ).fetchall()


def test_a_pull_brings_every_young_post_with_the_worlds_own_numbers(calm, world):
    since = NOW - timedelta(days=28)
    truth = {
        post.post_id: world.post_metrics(number, NOW)
        for number in range(world.post_count)
        if since < (post := world.post(number)).published_at <= NOW - timedelta(minutes=1)
        and post.account.platform == "facebook"
        and (post.deleted_at is None or post.deleted_at > NOW)
    }
    with open_hardened(calm.project / "data" / "published" / "syfte.duckdb") as con:
        found = dict(
            con.execute(
                "select post_id, value from published.post_metric_latest where native_metric = 'post_media_view'"
            ).fetchall()
        )
    assert found == {post_id: metrics["post_media_view"] for post_id, metrics in truth.items()}
    assert found


def test_a_second_run_asks_for_nothing_that_is_not_due_and_doubles_nothing_when_told_to_read_all(
    after_a_run, sandbox, calm
):
    before = len(sandbox.requests)
    idle = syfte(after_a_run, "pull")
    assert (idle.returncode, idle.stderr.count("nothing is due before")) == (0, idle.stderr.count("skipped  "))
    assert {request.path.split("/")[1] for request in sandbox.requests[before:]} == {"tips"}
    before = len(sandbox.requests)
    assert syfte(after_a_run, "run", "--no-report", "--all").returncode == 0
    assert len({request.path.split("/")[1] for request in sandbox.requests[before:]}) > 1
    assert readings(after_a_run) == calm.readings, "the world's clock stood still: the same instant is the same reading"


def published(project: Path, table: str) -> list[tuple[object, ...]]:
    with open_hardened(project / "data" / "published" / "syfte.duckdb") as con:
        return con.execute(f"select * from published.{table} order by all").fetchall()


def test_an_analyst_is_answered_every_time_while_a_run_writes(after_a_run):
    project = after_a_run
    with subprocess.Popen(
        [*SYFTE, "--project", str(project), "run", "--full", "--no-report"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment(),
    ) as writer:  # fmt: skip
        answers = 0
        while writer.poll() is None:
            asked = syfte(project, "sql", "select * from published.goal_scorecard", "--format", "json")
            assert asked.returncode == 0, asked.stderr
            assert json.loads(asked.stdout)
            answers += 1
    assert writer.returncode == 0
    assert answers >= 3


def test_a_refused_token_is_told_and_the_others_are_published(project):
    path = project / ".env"
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text(
        "\n".join(
            "SYFTE_X__TOKENS='{}'\nSYFTE_X__TOKEN=wrong-SENTINEL" if line.startswith("SYFTE_X__TOKENS") else line
            for line in lines
        ),
        encoding="utf-8",
    )
    done = syfte(project, "run", "--no-report")
    assert done.returncode == 5
    what, _, _ = three_parts(done.stderr)
    assert "x" in what.lower()
    with open_hardened(project / "data" / "published" / "syfte.duckdb") as con:
        platforms = {row[0] for row in con.execute("select distinct platform from published.post").fetchall()}
    assert platforms == {"facebook", "instagram"}
    for kept in (p for p in (project / "data").rglob("*") if p.is_file()):
        assert b"SENTINEL" not in kept.read_bytes(), kept
    assert "SENTINEL" not in done.stderr + done.stdout


def test_an_unreachable_host_is_told_and_nothing_is_lost(after_a_run, calm, world):
    config = project_config(world, "http://127.0.0.1:9")
    sandbox_project(after_a_run, config, NOW + timedelta(days=1))
    done = syfte(after_a_run, "run", "--no-report")
    assert done.returncode == 6
    three_parts(done.stderr)
    assert readings(after_a_run) == calm.readings


def test_broken_goals_stop_before_anything_is_asked_or_written(project, sandbox):
    path = project / "goals.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("timezone:", "timezoen:"), encoding="utf-8")
    before = len(sandbox.requests)
    done = syfte(project, "run", "--no-report")
    assert done.returncode == 4
    assert "goals.yaml:" in done.stderr
    assert "timezone" in done.stderr
    assert not (project / "data").exists()
    assert len(sandbox.requests) == before


@pytest.fixture
def plain(tmp_path) -> Path:
    return plain_project(tmp_path / "plain")


def test_a_missing_file_is_told_and_nothing_is_stored(plain, tmp_path):
    done = syfte(plain, "import", tmp_path / "nowhere.csv")
    assert done.returncode == 8
    three_parts(done.stderr)
    assert not list((plain / "data").rglob("*.parquet"))


def test_a_file_whose_every_row_is_refused_is_told_and_only_the_reasons_are_kept(plain, tmp_path):
    path = tmp_path / "tips.csv"
    path.write_text("tip_id,received_at,unit_id\nt1,yesterday,nord\nt2,,nord\n", encoding="utf-8")
    done = syfte(plain, "import", path)
    assert done.returncode == 9
    what, where, _ = three_parts(done.stderr)
    assert "2 rows" in what
    assert "tips.csv" in where
    with duckdb.connect(plain / "data" / "warehouse.duckdb", read_only=True) as con:
        assert con.execute("select count(*) from raw.files__tips").fetchall() == [(0,)]
        assert con.execute("select line, content from raw.quarantine order by line").fetchall() == [
            (2, None),
            (3, None),
        ]


def test_a_damaged_warehouse_heals_from_the_landing_and_is_told_once(plain, tmp_path):
    path = tmp_path / "tips.csv"
    path.write_text("tip_id,received_at,unit_id\nt1,2025-03-01T09:00:00Z,nord\n", encoding="utf-8")
    assert syfte(plain, "import", path).returncode == 0
    assert syfte(plain, "run", "--no-report").returncode == 0
    warehouse = plain / "data" / "warehouse.duckdb"
    with warehouse.open("r+b") as file:
        file.write(b"\0" * 4096)
    done = syfte(plain, "run", "--no-report")
    assert done.returncode == 3
    _, _, do = three_parts(done.stderr)
    assert "syfte status --seen" in do
    assert syfte(plain, "run", "--no-report").returncode == 0, "it healed"
    with contextlib.closing(duckdb.connect(warehouse, read_only=True)) as con:
        assert con.execute("select tip_id from raw.files__tips").fetchall() == [("t1",)]
    assert len(list((plain / "data" / "set_aside").rglob("warehouse.duckdb"))) == 1


def test_a_run_without_a_report_publishes_leaves_the_report_as_it_was_and_says_so(plain):
    page = plain / "data" / "published" / "report" / "index.html"
    page.parent.mkdir(parents=True)
    page.write_text("of an earlier run", encoding="utf-8")
    done = syfte(plain, "run", "--no-report")
    assert done.returncode == 0, done.stderr
    assert (plain / "data" / "published" / "syfte.duckdb").is_file()
    assert page.read_text(encoding="utf-8") == "of an earlier run"
    assert not (plain / "data" / "published" / "report-public").exists()
    assert "The report is as it was" in done.stderr


def test_the_scorecard_of_a_day_before_anything_was_published_is_computed_from_what_was_known_then(plain, tmp_path):
    folder = tmp_path / "canonical"
    folder.mkdir()
    (folder / "surveys.csv").write_text(
        "survey_id,conducted_from,conducted_to,sample_type,question\n"
        "s,2025-02-01,2025-02-20,probability_sample,Ska den finnas?\n",
        encoding="utf-8",
    )
    (folder / "survey_responses.csv").write_text(
        "survey_id,resp_id,answer\n" + "".join(f"s,r{n},{'yes' if n < 80 else 'no'}\n" for n in range(100)),
        encoding="utf-8",
    )
    assert syfte(plain, "import", folder, SYFTE_NOW="2025-03-01T12:00:00Z").returncode == 0
    assert syfte(plain, "run", "--no-report", SYFTE_NOW="2026-01-10T12:00:00Z").returncode == 0

    def support(*more: str) -> float | None:
        done = syfte(plain, "scorecard", "--format", "json", *more)
        assert done.returncode == 0, done.stderr
        [row] = [r for r in json.loads(done.stdout) if r["kpi_id"] == "S1" and r["variant"] == "probability_sample"]
        return row["value"]

    assert support() == pytest.approx(0.80)
    assert support("--as-of", "2026-01-10") == pytest.approx(0.80)
    assert support("--as-of", "2025-03-02") == pytest.approx(0.80)
    too_early = syfte(plain, "scorecard", "--as-of", "2025-02-20")
    assert too_early.returncode == 2
    assert "2025-02-20" in three_parts(too_early.stderr)[1]
