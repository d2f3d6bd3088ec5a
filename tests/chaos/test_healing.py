"""R3: a damaged warehouse is set aside whole, heals by itself, is told, and holds every row once, with its value."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime

import duckdb
import pytest

from pipelines.errors import BusyError, StorageError
from pipelines.incidents import Incidents
from pipelines.landing import Landing
from pipelines.project import Project
from pipelines.run.healing import WarehouseHold
from pipelines.warehouse.connection import A_FATAL_ERROR
from pipelines.warehouse.load import load
from tests.chaos.crawl import POSTS, answer, truth

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
PAGES = 60
IN_THE_FILE = 40  # the rest stands in the log only
EVERY_ROW = "select id, likes from raw.demo__posts order by page_id, id"


def land(project: Project, run: str, first: int, last: int) -> None:
    with Landing(project.landing_dir).writer(run) as writer:
        for number in range(first, last + 1):
            writer.add(answer(number, NOW))


def bring(project: Project):
    def work(con: duckdb.DuckDBPyConnection):
        load(con, Landing(project.landing_dir), [POSTS])
        return con.execute(EVERY_ROW).fetchall()

    return work


EXPECTED = [row for number in range(1, PAGES + 1) for row in sorted(truth(number))]


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """A project of which a third of the rows stands in the database's log, as a kill leaves it."""
    project = Project(tmp_path_factory.mktemp("sound"))
    land(project, "r1", 1, IN_THE_FILE)
    with WarehouseHold(project) as hold:
        hold.do(bring(project))
    land(project, "r2", IN_THE_FILE + 1, PAGES)
    with WarehouseHold(project) as hold:
        hold.connection.execute("set checkpoint_threshold = '1GB'")
        hold.do(bring(project))
        kept = project.root / "kept"
        kept.mkdir()
        for path in project.data.glob("warehouse.duckdb*"):
            shutil.copy(path, kept)
    for path in kept.iterdir():
        shutil.copy(path, project.data)
    shutil.rmtree(kept)
    assert (project.data / "warehouse.duckdb.wal").stat().st_size > 1000
    return project


@pytest.fixture
def project(sound, tmp_path):
    shutil.copytree(sound.root, tmp_path / "project")
    return Project(tmp_path / "project")


def flip(path, place: int, bit: int) -> None:
    content = bytearray(path.read_bytes())
    content[place] ^= 1 << bit
    path.write_bytes(content)


def bytes_of(folder) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in folder.iterdir() if not p.name.endswith(".lock")}


def files_of(project: Project):
    return project.warehouse_path, project.data / "warehouse.duckdb.wal"


@pytest.mark.chaos
@pytest.mark.promise("R3")
def test_whatever_byte_of_the_database_or_its_log_is_damaged_every_row_is_there_once(sound, tmp_path, chaos, figure):
    moments = random.Random(chaos.seed)
    sizes = {path.name: path.stat().st_size for path in files_of(sound)}
    seconds: list[float] = []
    healed = 0
    for trial in range(chaos.pick(short=24, full=400)):
        project = Project(tmp_path / str(trial))
        shutil.copytree(sound.root, project.root)
        path = files_of(project)[trial % 2]
        place = moments.randrange(sizes[path.name])
        if trial % 4 < 2:
            flip(path, place, moments.randrange(8))
        else:
            os.truncate(path, place)
        began = time.monotonic()
        with WarehouseHold(project) as hold:
            assert hold.do(bring(project)) == EXPECTED, f"{path.name}, byte {place}"
        told = Incidents(project.data).unseen()
        if told:
            healed += 1
            seconds.append(time.monotonic() - began)
            assert (project.root / str(told[0].folder) / path.name).exists()
        shutil.rmtree(project.root)
    figure("files damaged", trial + 1)
    figure("of which healed (the others lost or changed nothing that was needed)", healed)
    figure("rows lost, doubled or changed", 0)
    figure("seconds to heal 1,200 rows, at most", round(max(seconds), 2))
    assert healed > trial / 3


@pytest.mark.chaos
@pytest.mark.promise("R3")
def test_a_million_rows_are_loaded_anew_within_ten_minutes(tmp_path, chaos, figure):
    project = Project(tmp_path)
    rows, size = chaos.pick(short=20_000, full=1_000_000), 1000
    with Landing(project.landing_dir).writer("r1") as writer:
        for number in range(1, rows // size + 1):
            objects = [
                b'{"id":"p%d","likes":%d}' % (row, row % 1009) for row in range((number - 1) * size, number * size)
            ]
            kept, _ = POSTS.read(objects)
            writer.add(replace(answer(number, NOW), rows=kept, number=number))
    counted = "select count(*), sum(likes), count(distinct id) from raw.demo__posts"

    def count(con: duckdb.DuckDBPyConnection):
        load(con, Landing(project.landing_dir), [POSTS])
        return con.execute(counted).fetchall()

    with WarehouseHold(project) as hold:
        before = hold.do(count)
    assert before[0][0] == rows
    flip(project.warehouse_path, 5, 1)
    began = time.monotonic()
    with WarehouseHold(project) as hold:
        assert hold.do(count) == before
    seconds = time.monotonic() - began
    assert Incidents(project.data).unseen()
    figure(f"seconds to set aside a warehouse of {rows:,} rows and load it anew", round(seconds, 1))
    assert seconds < 600


@pytest.mark.promise("R3")
def test_a_damaged_log_is_set_aside_the_database_kept_and_the_landing_brings_the_rest(project):
    database, log = files_of(project)
    flip(log, 600, 3)
    before = {path.name: path.read_bytes() for path in (database, log)}
    with WarehouseHold(project) as hold:
        assert hold.connection.execute("select count(*) from raw.demo__posts").fetchall() == [(IN_THE_FILE * 20,)]
        assert hold.do(bring(project)) == EXPECTED
    [told] = Incidents(project.data).unseen()
    assert "log" in told.what
    assert bytes_of(project.root / str(told.folder)) == before


@pytest.mark.promise("R3")
def test_a_damaged_block_is_set_aside_with_all_its_file_and_the_warehouse_made_anew(project):
    database, _ = files_of(project)
    for place in range(13_000, database.stat().st_size, 3000):
        flip(database, place, 1)
    before = {path.name: path.read_bytes() for path in files_of(project)}
    with WarehouseHold(project) as hold:
        assert hold.do(bring(project)) == EXPECTED
    [told] = Incidents(project.data).unseen()
    assert "made anew" in told.done
    assert bytes_of(project.root / str(told.folder)) == before
    assert "Nothing that has landed is lost" in str(told.error)


def test_a_log_that_outlived_its_database_is_set_aside_and_not_thrown_away(project):
    database, log = files_of(project)
    content = log.read_bytes()
    database.unlink()
    with WarehouseHold(project) as hold:
        assert hold.do(bring(project)) == EXPECTED
    [told] = Incidents(project.data).unseen()
    assert bytes_of(project.root / str(told.folder)) == {log.name: content}


def test_a_database_that_is_gone_is_made_anew_without_alarm(project):
    for path in files_of(project):
        path.unlink()
    with WarehouseHold(project) as hold:
        assert hold.do(bring(project)) == EXPECTED
    assert Incidents(project.data).unseen() == []


def test_a_database_that_knows_pages_the_landing_does_not_is_no_prefix_of_it(project):
    _, log = files_of(project)
    flip(log, 600, 3)
    manifest = Landing(project.landing_dir).manifest_dir / "r1.jsonl"
    lines = manifest.read_bytes().splitlines(keepends=True)
    manifest.write_bytes(b"".join(lines[:-1]))
    with WarehouseHold(project) as hold:
        rows = hold.do(bring(project))
    assert rows == [row for row in EXPECTED if row not in truth(IN_THE_FILE)]
    assert "made anew" in Incidents(project.data).unseen()[0].done


def test_after_a_fatal_error_the_work_is_done_on_another_connection_and_a_sound_file_stays(project):
    used: list[int] = []

    def work(con: duckdb.DuckDBPyConnection) -> int:
        used.append(id(con))
        if len(used) == 1:
            raise duckdb.FatalException("FATAL Error: database has been invalidated because of a previous fatal error")
        return con.execute("select count(*) from raw.demo__posts").fetchall()[0][0]

    with WarehouseHold(project) as hold:
        first = hold.connection
        assert hold.do(work) == PAGES * 20
        assert hold.connection is not first
        with pytest.raises(duckdb.Error):
            first.execute("select 1")
    [told] = Incidents(project.data).unseen()
    assert A_FATAL_ERROR in told.what
    assert told.folder is None
    assert not (project.data / "set_aside").exists()


def test_an_error_of_the_work_itself_is_not_taken_for_damage(project):
    with WarehouseHold(project) as hold, pytest.raises(duckdb.ConversionException):
        hold.do(lambda con: con.execute("select 'x'::int").fetchall())
    assert Incidents(project.data).unseen() == []


def newer(path) -> None:
    """Write a version of the future into a database's header, with the checksum that belongs to it."""
    content = bytearray(path.read_bytes())
    content[12:20] = (9999).to_bytes(8, "little")
    checksum = 5381
    for place in range(8, 4096, 8):
        checksum ^= int.from_bytes(content[place : place + 8], "little") * 0xBF58476D1CE4E5B9 & (2**64 - 1)
    content[:8] = checksum.to_bytes(8, "little")
    path.write_bytes(content)


def as_nobody(path) -> None:
    path.chmod(0)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (newer, "newer version"),
        pytest.param(
            as_nobody, "Permission denied", marks=pytest.mark.skipif(os.geteuid() == 0, reason="root may all")
        ),
        (lambda path: (path.unlink(), path.mkdir()), "directory"),
    ],
    ids=["a newer version", "no permission", "a directory"],
)
def test_what_is_no_damage_is_told_and_left_where_it_is(project, make, said):
    database, _ = files_of(project)
    make(database)
    with WarehouseHold(project) as hold, pytest.raises(StorageError, match=said):
        hold.do(bring(project))
    assert not (project.data / "set_aside").exists()
    assert Incidents(project.data).unseen() == []
    assert database.exists()


def test_a_process_that_heals_shuts_out_the_others(project):
    code = (
        "import sys; from pathlib import Path\n"
        "from pipelines.project import Project; from pipelines.run.healing import WarehouseHold\n"
        "with WarehouseHold(Project(Path(sys.argv[1]))) as hold:\n"
        "    hold.connection; print('open', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(project.root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout.readline().strip() == "open"
        with WarehouseHold(project, wait_s=0.2) as hold, pytest.raises(BusyError, match=f"process {holder.pid}"):
            hold.connection  # noqa: B018  # it opens
        holder.communicate("")
    with WarehouseHold(project, wait_s=5) as hold:
        assert hold.do(bring(project)) == EXPECTED


def test_an_incident_is_told_until_it_is_seen_and_a_damaged_log_of_incidents_is_one_itself(tmp_path):
    log = Incidents(tmp_path)
    assert log.see() == []
    log.add("One.", where="there", done="Done.")
    log.add("Two.", where="there", done="Done.")
    assert [i.what for i in log.unseen()] == ["One.", "Two."]
    assert len(log.see()) == 2
    assert log.unseen() == []
    log.add("Three.", where="there", done="Done.")
    assert [i.what for i in log.unseen()] == ["Three."]
    flip(tmp_path / "incidents.jsonl", -30, 2)
    assert ["not what was written" in i.what for i in log.unseen()] == [True]
    log.see()
    assert log.unseen() == []
