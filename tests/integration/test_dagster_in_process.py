"""`materialize_build`: landed pages become tables and a readers' database, by the same assets as in Dagster."""

from __future__ import annotations

import logging
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import msgspec
import pytest

from pipelines.defs.in_process import materialize_build
from pipelines.errors import BusyError, CheckError
from pipelines.landing import Landing
from pipelines.project import Project
from pipelines.sources.stream import Page
from pipelines.sources.tips.streams import TIPS
from pipelines.warehouse.connection import open_hardened, open_writer
from pipelines.warehouse.model import Contract, SqlModel

if TYPE_CHECKING:
    from pipelines.events import Event

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 3, 2, 4, 15, tzinfo=UTC)


def model(
    name: str, sql: str, columns: list[str], *, key: list[str] | None = None, checks: list[str] | None = None
) -> SqlModel:
    contract = Contract(
        title=name,
        grain="one row per tip",
        key=key or columns[:1],
        missing="never",
        columns=dict.fromkeys(columns, "as named"),
        checks=checks or [],
    )
    return SqlModel(name=name, sql=sql, contract=contract)


def models(*, checks: list[str] | None = None) -> dict[str, SqlModel]:
    made = [
        model(
            "staging.stg_tip",
            "select tip_id, unit as unit_id from raw.tips__tips",
            ["tip_id", "unit_id"],
            checks=checks,
        ),
        model("published.tip", "select tip_id from staging.stg_tip", ["tip_id"]),
        model("published.goal_scorecard", "select goal_id from config.goals", ["goal_id"]),
        model("published.goal_verdict", "select goal_id from config.goals", ["goal_id"]),
    ]
    return {m.name: m for m in made}


def land(project: Project, *tip_ids: str, run: str = "20260302T041500Z-aaaaaa") -> None:
    objects = [{"tip_id": t, "received_hour": "2026-03-01T09:00:00Z", "unit": "nord"} for t in tip_ids]
    rows, rejected = TIPS.read([msgspec.json.encode(o) for o in objects])
    assert not rejected
    with Landing(project.landing_dir).writer(run) as writer:
        writer.add(Page(stream=TIPS, account_id="tips", rows=rows, fetched_at=NOW, complete=True))


@pytest.fixture
def project(tmp_path: Path) -> Project:
    shutil.copy(ROOT / "goals.yaml", tmp_path)
    return Project(tmp_path)


def published_tips(project: Project) -> list[tuple[str]]:
    with open_hardened(project.published_db) as con:
        return con.execute("select tip_id from published.tip order by 1").fetchall()


def test_landed_pages_become_tables_and_a_readers_database(project: Project, capfd: pytest.CaptureFixture[str]) -> None:
    land(project, "a", "b")
    events: list[Event] = []
    built = materialize_build(project, as_of=NOW, models=models(), on_event=events.append)
    assert [(b.name, b.rows) for b in built if "tip" in b.name] == [("staging.stg_tip", 2), ("published.tip", 2)]
    assert published_tips(project) == [("a",), ("b",)]
    told = [(e.kind, e.name, e.done, e.total) for e in events if "stg_tip" in e.name]
    assert [kind for kind, *_ in told] == ["start", "done"]
    assert {total for *_, total in told} == {4}
    assert max(e.done for e in events if e.total == 4) == 4
    assert capfd.readouterr() == ("", ""), "Dagster must not write into the command's output"


def test_a_second_run_builds_nothing_and_a_new_page_only_what_reads_it(project: Project) -> None:
    land(project, "a")
    materialize_build(project, as_of=NOW, models=models())
    assert not any(b.is_new for b in materialize_build(project, as_of=NOW, models=models()))
    land(project, "b", run="20260302T041600Z-bbbbbb")
    again = materialize_build(project, as_of=NOW, models=models())
    assert {b.name for b in again if b.is_new} == {"staging.stg_tip", "published.tip"}
    assert published_tips(project) == [("a",), ("b",)]
    assert all(b.is_new for b in materialize_build(project, as_of=NOW, models=models(), force=True))


def test_a_broken_promise_comes_out_as_itself_and_readers_keep_the_last_good_state(
    project: Project, capfd: pytest.CaptureFixture[str]
) -> None:
    land(project, "a")
    materialize_build(project, as_of=NOW, models=models())
    land(project, "b", run="20260302T041600Z-bbbbbb")
    with pytest.raises(CheckError, match=r"staging.stg_tip broke its promise: tip_id <> 'b' \(1 rows\)") as caught:
        materialize_build(project, as_of=NOW, models=models(checks=["tip_id <> 'b'"]))
    assert type(caught.value) is CheckError
    assert capfd.readouterr() == ("", ""), "no traceback of Dagster's beside the three-part error"
    assert published_tips(project) == [("a",)]
    with open_writer(project.warehouse_path, wait_s=0) as con:  # the lock is free although the error lives on
        assert con.execute("select count(*) from staging.stg_tip").fetchall() == [(1,)]


def test_dagsters_loggers_are_left_as_they_were(project: Project) -> None:
    before = logging.getLogger("dagster").level
    land(project, "a")
    materialize_build(project, as_of=NOW, models=models())
    assert logging.getLogger("dagster").level == before


def test_a_warehouse_that_another_connection_holds_is_busy(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    from pipelines.components.warehouse_run import WarehouseRun

    with open_writer(project.warehouse_path):
        pass
    holder = "import duckdb,sys,time; c=duckdb.connect(sys.argv[1]); print('held',flush=True); time.sleep(60)"
    import subprocess
    import sys

    process = subprocess.Popen([sys.executable, "-c", holder, str(project.warehouse_path)], stdout=subprocess.PIPE)
    try:
        assert process.stdout
        assert process.stdout.readline() == b"held\n"
        with WarehouseRun(project, now=lambda: NOW, wait_s=0) as run, pytest.raises(BusyError, match=str(process.pid)):
            _ = run.connection
    finally:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


def test_the_connection_is_opened_once_when_first_used_and_closed_with_the_run(project: Project) -> None:
    from pipelines.components.warehouse_run import WarehouseRun

    with WarehouseRun(project, now=lambda: NOW) as run:
        assert not project.warehouse_path.exists()
        held = run.connection
        assert run.connection is held
    with pytest.raises(duckdb.ConnectionException):
        held.execute("select 1")
