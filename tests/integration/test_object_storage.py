"""The landing and the published tables on a real S3 wire: shipped, killed, fetched, poisoned, erased, refused."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import polars as pl
import pytest

from pipelines.landing import Landing
from pipelines.objects.fetching import fetch
from pipelines.objects.location import Location
from pipelines.objects.shipping import ship
from pipelines.objects.store import Store
from pipelines.project import Project
from pipelines.warehouse.publish import publish
from pipelines.warehouse.soundness import differences
from tests.integration.objects import BUCKET, KEY, SECRET, running_objects
from tests.integration.projects import environment, plain_project, syfte, three_parts
from tests.unit.objects.landings import contents, erase, land

CANONICAL = Path(__file__).with_name("canonical")

DOWN = json.dumps({"key": KEY, "secret": SECRET, "client_kwargs": {"endpoint_url": "http://127.0.0.1:9"},
                   "config_kwargs": {"retries": {"max_attempts": 1}}})  # fmt: skip

_DYING = """
import json, os, signal, sys
from pathlib import Path
import s3fs
from fsspec.asyn import sync_wrapper
from pipelines.landing import Landing
from pipelines.objects.location import Location
from pipelines.objects.shipping import ship
from pipelines.objects.store import Store

root, url, options, limit = sys.argv[1:]
call, done = s3fs.S3FileSystem._call_s3, 0

async def dying(self, method, *rest, **more):
    global done
    done += method in ("put_object", "delete_objects")
    if done > int(limit):
        os.kill(os.getpid(), signal.SIGKILL)
    return await call(self, method, *rest, **more)

s3fs.S3FileSystem._call_s3 = dying
s3fs.S3FileSystem.call_s3 = sync_wrapper(dying)
ship(Landing(Path(root)), Store(Location(url, json.loads(options))))
"""


@pytest.fixture(scope="module")
def server():
    with running_objects() as running:
        yield running


@pytest.fixture(scope="module")
def shipped(server, tmp_path_factory, chaos):
    """A project whose landing and published tables were shipped; in the full form an imported one, built for real."""
    project = Project(plain_project(tmp_path_factory.mktemp("objects") / "project"))
    settings = server.settings("first")
    if chaos.full:
        assert syfte(project.root, "import", CANONICAL).returncode == 0
        assert syfte(project.root, "run", "--no-pull").returncode == 0
    else:
        for number in range(3):
            land(Landing(project.landing_dir), f"20251120T0{number}0000000000Z-aaaaaa", f"1_{number}", "1_9")
        publish_a_little(project)
    for words in (("landing", "ship"), ("publish",)):
        done = syfte(project.root, *words, **settings)
        assert done.returncode == 0, done.stderr
        assert SECRET not in done.stdout + done.stderr
    return project, settings


def publish_a_little(project):
    """Two published tables: what a build would cost is spared."""
    with duckdb.connect() as con:
        con.execute("create schema config; create schema ops; create schema published")
        con.execute("create table config.run as select timestamptz '2026-01-05 05:15:00+00' as as_of")
        con.execute("create table published.build as from config.run")
        for name in ("goal_scorecard", "goal_verdict"):
            con.execute(f"create table published.{name} as select range as value, 'åäö' as said from range(1000)")
        publish(con, project.published_dir)
    (project.published_dir / "semantic.json").write_text("{}", encoding="utf-8")


def store_of(settings, name="SYFTE_LANDING_URL"):
    return Store(Location(settings[name], json.loads(settings["SYFTE_STORAGE_OPTIONS"])))


@pytest.mark.promise("R1")
def test_a_machine_with_an_empty_disk_gets_the_same_landing_and_the_same_tables(shipped, tmp_path, chaos, figure):
    project, settings = shipped
    shutil.copy(project.goals_path, tmp_path / "goals.yaml")
    fetched = syfte(tmp_path, "landing", "fetch", **settings)
    assert fetched.returncode == 0, fetched.stderr
    elsewhere = Project(tmp_path)
    assert contents(Landing(elsewhere.landing_dir)) == contents(Landing(project.landing_dir))
    if chaos.full:  # a whole build more
        with duckdb.connect(project.published_db, read_only=True) as con:
            [(as_of,)] = con.execute("select as_of from published.build").fetchall()
        rebuilt = syfte(tmp_path, "rebuild", SYFTE_NOW=as_of.isoformat())
        assert rebuilt.returncode == 0, rebuilt.stderr
        with duckdb.connect(elsewhere.warehouse_path, read_only=True) as con:
            compared = differences(con, project.published_dir / "parquet")
        assert {name: rows for name, rows in compared.items() if rows} == {}
        figure("tables made again from the store", len(compared))


def test_readers_with_polars_and_duckdb_see_one_whole_publication_row_by_row(server, shipped):
    project, settings = shipped
    place = settings["SYFTE_PUBLISHED_URL"]
    fs = server.filesystem()
    now = json.loads(fs.cat_file(f"{place}/publication.json"))
    local = {path.stem: path for path in (project.published_dir / "parquet").glob("*.parquet")}
    assert set(now["tables"]) == set(local)
    with duckdb.connect() as con:
        con.register_filesystem(fs)
        for name, said in now["tables"].items():
            here, there = local[name].as_posix(), f"{place}/{said['file']}"
            query = "select count(*) from (from read_parquet(?) except all from read_parquet(?))"
            assert con.execute(query, [here, there]).fetchall() == [(0,)], name
            assert con.execute("select count(*) from read_parquet(?)", [there]).fetchall() == [(said["rows"],)]
    options = {"aws_access_key_id": KEY, "aws_secret_access_key": SECRET, "aws_region": "eu-north-1",
               "aws_endpoint_url": server.endpoint, "aws_allow_http": "true"}  # fmt: skip
    read = pl.read_parquet(f"{place}/{now['tables']['goal_scorecard']['file']}", storage_options=options)
    assert read.equals(pl.read_parquet(local["goal_scorecard"]))
    assert fs.exists(f"{place}/{now['folder']}/semantic.json")


@pytest.mark.promise("R1")
def test_killed_between_uploads_the_next_time_ends_it_and_a_fetch_sees_one_whole_landing(
    server, tmp_path, chaos, figure
):
    landing = Landing(tmp_path / "here" / "landing")
    settings = server.settings("kills")
    store = store_of(settings)
    land(landing, "20251120T010000000000Z-aaaaaa", "1_1", "1_2")
    ship(landing, store)
    before = contents(landing)
    land(landing, "20251120T020000000000Z-aaaaaa", "1_3")
    erase(landing, "facebook:1_1")
    words = [sys.executable, "-c", _DYING, str(landing.root), store.url, settings["SYFTE_STORAGE_OPTIONS"]]
    kills = 0
    for limit in chaos.pick(short=(2, 4), full=(0, 1, 2, 3, 4, 5, 0, 1, 1, 1)):
        done = subprocess.run([*words, str(limit)], env=environment(), check=False, capture_output=True, text=True)
        assert done.returncode in (0, -9), done.stderr
        kills += done.returncode == -9
        there = Landing(tmp_path / f"there-{kills}-{limit}" / "landing")
        fetch(there, store)
        assert contents(there) in (before, contents(landing))
    assert kills >= 2
    ship(landing, store)
    fetch(last := Landing(tmp_path / "last" / "landing"), store)
    assert contents(last) == contents(landing)
    figure("kills between uploads", kills)


@pytest.mark.promise("P2")
def test_of_what_was_erased_no_version_is_left_in_a_bucket_that_keeps_versions(server, tmp_path):
    landing = Landing(tmp_path / "landing")
    store = store_of(server.settings("versions"))
    land(landing, "20251120T010000000000Z-aaaaaa", "1_1", "1_2")
    ship(landing, store)
    [name] = list(store.sizes("facebook_pages"))
    erase(landing, "facebook:1_1")
    ship(landing, store)
    [left] = list(store.sizes("facebook_pages"))
    assert left != name
    key = f"versions/landing/{name}"
    listed = server.filesystem().call_s3("list_object_versions", Bucket=BUCKET, Prefix=key)
    assert not listed.get("Versions")
    assert not listed.get("DeleteMarkers")


@pytest.mark.promise("R3")
def test_a_poison_object_is_an_error_that_names_it_and_ship_check_mends_it(server, tmp_path):
    landing = Landing(tmp_path / "project" / "data" / "landing")
    plain_project(tmp_path / "project")
    plain_project(tmp_path / "elsewhere")
    settings = server.settings("poison")
    land(landing, "20251120T010000000000Z-aaaaaa", "1_1")
    store = store_of(settings)
    ship(landing, store)
    [name] = store.sizes("facebook_pages")
    server.filesystem().pipe_file(f"{store.url}/{name}", b"poison")
    refused = syfte(tmp_path / "elsewhere", "landing", "fetch", **settings)
    assert refused.returncode == 3
    assert name in three_parts(refused.stderr)[1]
    assert "syfte landing ship --check" in refused.stderr
    assert ship(landing, store, check=True).mended == 1
    fetch(elsewhere := Landing(tmp_path / "elsewhere" / "data" / "landing"), store)
    assert contents(elsewhere) == contents(landing)


def test_what_was_imported_is_shipped_at_once_and_a_store_that_cannot_be_written_is_told(tmp_path):
    project, store = Project(plain_project(tmp_path / "project")), tmp_path / "store"
    done = syfte(project.root, "import", CANONICAL, SYFTE_LANDING_URL=f"file://{store}")
    assert done.returncode == 0, done.stderr
    assert fetch(elsewhere := Landing(tmp_path / "elsewhere"), Store(Location(f"file://{store}"))) is not None
    assert contents(elsewhere) == contents(Landing(project.landing_dir))
    told = syfte(project.root, "status", SYFTE_LANDING_URL=f"file://{store}")
    assert "state 1 of " in told.stdout
    assert "all that landed here" in told.stdout
    segment = next(path for path in store.rglob("*.parquet"))
    segment.write_bytes(segment.read_bytes()[:-1])
    told = syfte(project.root, "verify", SYFTE_LANDING_URL=f"file://{store}")
    assert told.returncode == 3, told.stderr
    assert segment.name in told.stdout
    assert "syfte landing ship --check" in three_parts(told.stderr)[2]
    store.joinpath("not-a-folder").write_text("", encoding="utf-8")
    told = syfte(project.root, "import", CANONICAL, SYFTE_LANDING_URL=f"file://{store}/not-a-folder")
    assert told.returncode == 6, told.stderr
    assert "cannot be reached" in told.stderr
    told = syfte(project.root, "status", SYFTE_LANDING_URL=f"file://{store}/not-a-folder")
    assert told.returncode == 0, told.stderr
    assert "WARNING: the last try" in told.stdout


@pytest.mark.parametrize(("change", "code", "says"), [
    ({"SYFTE_LANDING_URL": "s3://ingen-sadan/x"}, 4, "There is no such bucket."),
    ({"SYFTE_LANDING_URL": "gs://hink/x"}, 4, "needs a package that is not installed"),
    ({"SYFTE_LANDING_URL": "nada://hink/x"}, 4, "No filesystem of fsspec"),
    ({"SYFTE_STORAGE_OPTIONS": DOWN}, 6, "cannot be reached"),
    ({"SYFTE_LANDING_URL": ""}, 4, "Nothing says where the landing is to be shipped to."),
])  # fmt: skip
def test_what_cannot_be_shipped_to_is_told_with_what_to_do(server, shipped, change, code, says):
    project, settings = shipped
    from pipelines.errors import SyfteError
    from pipelines.run.shipping import ship_landing

    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("SYFTE_")]:
            patch.delenv(name)
        for name, value in {**settings, **change}.items():
            patch.setenv(name, value)
        with pytest.raises(SyfteError) as raised:
            ship_landing(project)
    assert (raised.value.exit_code, raised.value.do is not None) == (code, True)
    assert says in raised.value.what
    assert SECRET not in str(raised.value)
