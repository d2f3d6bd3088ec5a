"""What `syfte status` tells of the object store: how far it is, without asking it."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import duckdb
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from pipelines.cli.status import _shipped
from pipelines.errors import SourceError
from pipelines.landing import Landing
from pipelines.objects.known import Behind
from pipelines.project import Project
from pipelines.run.shipped import ShippedLanding, ShippedTables, shipped_landing, shipped_tables
from pipelines.run.shipping import fetch_landing, publish_to_objects, ship_landing
from pipelines.run.standing import StatusReport
from pipelines.warehouse.publish import publish
from tests.integration.projects import environment, plain_project
from tests.unit.objects.landings import contents, erase, land

RUNS = [f"20251120T0{number}0000000000Z-aaaaaa" for number in range(3)]
AS_OF = datetime(2026, 1, 5, 5, 15, tzinfo=UTC)


@pytest.fixture
def url(monkeypatch):
    for name in [name for name in os.environ if name.startswith("SYFTE_")]:
        monkeypatch.delenv(name)
    place = f"memory://{uuid4().hex}"
    monkeypatch.setenv("SYFTE_LANDING_URL", place)
    monkeypatch.setenv("SYFTE_PUBLISHED_URL", f"{place}/published")
    return place


@pytest.fixture
def project(tmp_path, url):
    return Project(plain_project(tmp_path / "here"))


def test_what_has_landed_since_is_counted_and_what_was_erased_since_is_told_without_asking_the_store(
    project, url, monkeypatch
):
    landing = Landing(project.landing_dir)
    land(landing, RUNS[0], "1_1", "1_2")
    assert shipped_landing(project, url).shipped_at is None
    ship_landing(project)
    for name in ("find", "info", "cat_file", "pipe_file", "rm_file"):
        monkeypatch.setattr(MemoryFileSystem, name, None)
    now = shipped_landing(project, url)
    assert (now.generation, now.behind.files, now.behind.size, now.behind.erased) == (1, 0, 0, False)
    assert timedelta(0) <= now.age < timedelta(minutes=1)
    before = set(contents(landing))
    land(landing, RUNS[1], "1_3")
    new = [content for path, content in contents(landing).items() if path not in before]
    behind = shipped_landing(project, url).behind
    assert (behind.files, behind.segments, behind.size) == (2, 1, sum(map(len, new)))
    erase(landing, "facebook:1_1")
    assert shipped_landing(project, url).behind.erased


def test_a_try_that_failed_is_told_until_one_succeeds_and_what_was_known_stays(project, url, monkeypatch):
    land(Landing(project.landing_dir), RUNS[0], "1_1")
    ship_landing(project)
    land(Landing(project.landing_dir), RUNS[1], "1_2")
    with monkeypatch.context() as patch:
        patch.setattr(MemoryFileSystem, "find", None)
        with pytest.raises(SourceError) as raised:
            ship_landing(project)
    now = shipped_landing(project, url)
    assert (now.failed.what, now.generation, now.behind.segments) == (raised.value.what, 1, 1)
    ship_landing(project)
    now = shipped_landing(project, url)
    assert (now.failed, now.generation, now.behind.segments) == (None, 2, 0)


def test_another_address_or_a_note_that_is_none_is_unknown_and_the_next_shipping_writes_it(project, url):
    land(Landing(project.landing_dir), RUNS[0], "1_1")
    ship_landing(project)
    assert shipped_landing(project, f"{url}-other").shipped_at is None
    (project.data / "shipped.json").write_bytes(b'{"landing": 3')
    assert shipped_landing(project, url).shipped_at is None
    ship_landing(project)
    assert shipped_landing(project, url).generation == 1


def test_what_the_store_has_and_this_machine_lost_is_told(project, url, tmp_path):
    land(Landing(project.landing_dir), RUNS[0], "1_1")
    ship_landing(project)
    elsewhere = Project(plain_project(tmp_path / "elsewhere"))
    fetch_landing(elsewhere)
    assert shipped_landing(elsewhere, url).behind.lacking == 0
    [manifest] = Landing(elsewhere.landing_dir).manifests()
    manifest.unlink()
    assert shipped_landing(elsewhere, url).behind.lacking == 1


def test_the_tables_there_are_behind_once_readers_here_see_later_figures(project, url, monkeypatch):
    place = f"{url}/published"
    assert shipped_tables(project, place, AS_OF).as_of is None
    with duckdb.connect() as con:
        con.execute("create schema config; create schema ops; create schema published")
        con.execute(f"create table config.run as select timestamptz '{AS_OF.isoformat()}' as as_of")
        for name in ("build", "goal_scorecard", "goal_verdict"):
            con.execute(f"create table published.{name} as from config.run")
        publish(con, project.published_dir)
    publish_to_objects(project, to=f"{url}/elsewhere")
    assert shipped_tables(project, place, AS_OF).as_of is None  # it was another place
    present = publish_to_objects(project).present
    now = shipped_tables(project, place, AS_OF)
    assert (now.as_of, now.folder, now.is_behind, now.failed) == (AS_OF, present.folder, False, None)
    assert shipped_tables(project, place, AS_OF + timedelta(days=1)).is_behind
    monkeypatch.setattr(MemoryFileSystem, "pipe_file", None)
    monkeypatch.setattr(MemoryFileSystem, "cat_file", None)
    with pytest.raises(SourceError):
        publish_to_objects(project)
    assert shipped_tables(project, place, AS_OF).failed is not None


def test_status_imports_nothing_of_object_storage_without_the_settings_and_asks_nothing_with_them(tmp_path):
    program = (
        "import sys; from pathlib import Path; from pipelines import run; from pipelines.project import Project\n"
        "report = run.status(Project(Path(sys.argv[1])))\n"
        "print(report.shipped_landing is not None, 'pipelines.run.shipped' in sys.modules, 'fsspec' in sys.modules)"
    )
    words = [sys.executable, "-c", program, str(plain_project(tmp_path / "project"))]
    for extra, said in (({}, "False False False"), ({"SYFTE_LANDING_URL": "s3://ingen/x"}, "True True False")):
        done = subprocess.run(words, env=environment(**extra), capture_output=True, text=True, check=True)
        assert done.stdout.strip() == said


def test_what_was_shipped_this_very_moment_is_told_as_shipped(tmp_path):
    now = timedelta(0)
    landing = ShippedLanding("s3://a/landing", AS_OF, AS_OF, now, 1, Behind(0, 0, 0, erased=False, lacking=0))
    tables = ShippedTables("s3://a/published", AS_OF, now, AS_OF, "folder", is_behind=False)
    report = StatusReport(
        None, tmp_path, [], [], [], [], [], [], [], shipped_landing=landing, shipped_tables=tables
    )  # fmt: skip
    [[_, of_landing], [_, of_tables]] = _shipped(report)
    assert "all that landed here" in of_landing
    assert "as of 2026-01-05 05:15 UTC" in of_tables
