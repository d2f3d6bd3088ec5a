"""A file of the published history that is damaged stops no run: it is put back, or set aside and told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import duckdb
import polars as pl
import pytest

from pipelines.errors import StorageError, healed
from pipelines.events import silent
from pipelines.incidents import Incidents
from pipelines.project import Project
from pipelines.quality.results import _COLUMNS as RESULT
from pipelines.run.backing_up import backup
from pipelines.run.healing import with_warehouse
from pipelines.run.preparing import prepare
from pipelines.run.reading import _published_by
from pipelines.run.revising import CARD, REVISION
from pipelines.warehouse.publish import history_file
from tests.integration.projects import plain_project

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
DAYS = [NOW - timedelta(days=2), NOW - timedelta(days=1)]
KEPT = {
    "goal_scorecard": CARD,
    "kpi_revision": REVISION,
    "check_result": ", ".join(f"{name} {kind}" for name, kind in RESULT.items()),
}
DAMAGE = {
    "empty": lambda _content: b"",
    "cut": lambda content: content[: len(content) // 2],
    "without its end": lambda content: content[:-1],
    "another file": lambda _content: b"Not Found" * 40,
    "zeroed": lambda content: content[:4] + bytes(len(content) - 8) + content[-4:],
}


@pytest.fixture
def project(tmp_path):
    """A project with two days of history, of which each row says which day it is of."""
    found = Project(plain_project(tmp_path / "project"))
    with duckdb.connect() as con:
        con.execute("set TimeZone = 'UTC'")
        for table, columns in KEPT.items():
            con.execute(f"create table {table} ({columns})")
            instant = next(name for name in ("as_of", "as_of_new", "run_at") if f"{name} timestamptz" in columns)
            for day in DAYS:
                path = history_file(found.published_dir, table, day)
                path.parent.mkdir(parents=True, exist_ok=True)
                con.execute(f"insert into {table} ({instant}) values (?)", [day])
                con.execute(f"copy (from {table} where {instant} = '{day}') to '{path}' (format parquet)")
    return found


@pytest.fixture(autouse=True)
def nothing_healed_yet():
    before = list(healed)
    yield
    healed[:] = before


def known(project):
    """The instants that a run knows of, by what it reads from the history."""
    queries = {
        "goal_scorecard": "select as_of from ops.previous_card",
        "kpi_revision": "select as_of_new from ops.known_revision order by all",
        "check_result": "select run_at from ops.check_result order by all",
    }

    def read(con):
        prepare(con, project, as_of=NOW, on_event=silent)
        return {table: [row[0] for row in con.execute(query).fetchall()] for table, query in queries.items()}

    project.warehouse_path.unlink(missing_ok=True)  # which remembers the results of checks
    return with_warehouse(project, read)


WHOLE = {"goal_scorecard": DAYS[1:], "kpi_revision": DAYS, "check_result": DAYS}


def break_newest(project, *damages):
    """Damage the newest file of each table, each otherwise."""
    paths = [history_file(project.published_dir, table, DAYS[1]) for table in KEPT]
    for path, damage in zip(paths, damages, strict=True):
        path.write_bytes(DAMAGE[damage](path.read_bytes()))
    return paths


@pytest.mark.promise("R3")
@pytest.mark.parametrize("damages", [("cut", "zeroed", "empty"), ("another file", "without its end", "cut")])
def test_a_damaged_file_of_the_history_is_set_aside_and_told_and_the_run_goes_on(project, damages, figure):
    paths = break_newest(project, *damages)
    broken = {str(path): path.read_bytes() for path in paths}
    assert known(project) == dict.fromkeys(KEPT, DAYS[:1])
    told = Incidents(project.data).unseen()
    assert sorted(incident.where for incident in told) == sorted(map(str, paths))
    assert {type(error) for error in healed[-3:]} == {StorageError}
    for incident in told:
        [aside] = (project.root / incident.folder).iterdir()
        assert aside.read_bytes() == broken[incident.where]
    assert known(project) == dict.fromkeys(KEPT, DAYS[:1])
    assert len(Incidents(project.data).unseen()) == 3, "what was set aside is not met again"
    figure("damaged files of the history set aside", len(told))


def test_a_damaged_file_of_the_history_is_put_back_from_a_backup(project, tmp_path, monkeypatch):
    monkeypatch.setenv("SYFTE_BACKUP__PLACE", str(tmp_path / "kept"))
    assert known(project) == WHOLE
    before = [history_file(project.published_dir, table, DAYS[1]).read_bytes() for table in KEPT]
    backup(project)
    paths = break_newest(project, "cut", "empty", "zeroed")
    assert known(project) == WHOLE
    assert [path.read_bytes() for path in paths] == before
    assert all("put back" in incident.done for incident in Incidents(project.data).unseen())


def test_an_error_that_no_file_explains_is_not_hidden(project, monkeypatch):
    def refused(*_args, **_options):
        raise duckdb.BinderException("nothing to do with the history")

    monkeypatch.setattr("pipelines.run.preparing.write_past", refused)
    with pytest.raises(duckdb.BinderException):
        known(project)
    assert Incidents(project.data).unseen() == []


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_reader_who_meets_a_damaged_scorecard_is_told_what_to_move(project, damage):
    for table in ("goal_scorecard", "goal_verdict"):
        path = history_file(project.published_dir, table, DAYS[1])
        path.parent.mkdir(exist_ok=True)
        pl.DataFrame({"goal_id": ["A"]}).write_parquet(path)
        path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(StorageError, match="cannot be read"):
        _published_by(project, NOW)
