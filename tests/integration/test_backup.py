"""R15: a backup gives the same KPIs byte for byte; it holds no secret; what is damaged is told, or put back from it."""

from __future__ import annotations

import errno
import hashlib
import json
import shutil
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import duckdb
import pytest
from msgspec import structs

from pipelines import run
from pipelines.backups import BackupPlace, last_made
from pipelines.budget import SqliteLedger
from pipelines.errors import BusyError, StorageError, UsageError
from pipelines.incidents import Incidents
from pipelines.landing import Landing
from pipelines.landing.manifest import DamagedFileError, check_line, sealed_line
from pipelines.project import Project
from pipelines.run.healing import WarehouseHold
from pipelines.warehouse.soundness import why_unsound
from tests.integration.projects import plain_project, syfte, three_parts

POSTS = """post_id,account_id,published_at,text,permalink
x:1,x:9,2025-03-01T10:00:00Z,Vittnen till olyckan sökes,https://x.com/1
x:2,x:9,2025-03-02T10:00:00Z,Glad påsk,https://x.com/2
"""
NOW = "2026-02-01T09:00:00Z"
SENTINEL = "tok-5e6c1f3a9d"


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """A project that was run and backed up once; each test has a copy, its backups in `backups/`."""
    folder = tmp_path_factory.mktemp("ran")
    (folder / "posts.csv").write_text(POSTS, encoding="utf-8")
    found = Project(plain_project(folder / "p"))
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("SYFTE_NOW", NOW)
        run.import_files(found, [folder / "posts.csv"])
        run.run_project(found, pull=False, report=False)
    for path in (found.root / ".env", found.data / "tokens" / "x.json", found.root / "secrets" / "SYFTE_X__TOKEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"SYFTE_X__TOKEN={SENTINEL}\n" if path.name == ".env" else SENTINEL, encoding="utf-8")
        path.chmod(0o600)
    (found.root / "secrets" / "SYFTE_X__TOKEN").unlink()
    with SqliteLedger(found.data / "budget.sqlite", today=lambda: datetime.now(UTC)):
        pass
    run.backup(found)
    return found


@pytest.fixture
def project(ran, tmp_path, monkeypatch):
    monkeypatch.setenv("SYFTE_NOW", NOW)
    return Project(shutil.copytree(ran.root, tmp_path / "p"))


def published(project: Project) -> dict[str, str]:
    """Each published table in canonical order, as a hash."""
    with run.open_published(project) as con:
        names = [row[0] for row in con.execute("select table_name from duckdb_tables() order by 1").fetchall()]
        lines = {
            name: con.execute(f"select t::varchar from published.{name} t order by 1").fetchall() for name in names
        }
    return {name: hashlib.sha256(repr(rows).encode()).hexdigest() for name, rows in lines.items()}


@pytest.mark.slow
@pytest.mark.promise("R15")
def test_what_was_destroyed_comes_back_with_the_same_kpis_byte_for_byte(project, tmp_path, figure):
    before = published(project)
    shutil.rmtree(project.data)
    project.goals_path.write_text("broken: [", encoding="utf-8")
    report = run.restore(project)
    assert published(project) == before
    assert len(report.compared) > 30
    assert set(report.compared.values()) == {0}
    assert (report.set_aside / "goals.yaml").read_text(encoding="utf-8") == "broken: ["
    figure("published tables equal after a restore", len(report.compared))
    figure("rows that differ", sum(report.compared.values()))
    figure("seconds from nothing to published (RTO, small project)", round(report.seconds, 1))
    assert not run.run_project(project, pull=False, report=False).built[0].is_new  # the next run goes on from there
    assert published(project) == before


@pytest.mark.promise("R15")
@pytest.mark.promise("S1")
def test_no_token_and_no_setting_is_in_any_byte_of_a_backup(project, figure):
    files = [path for path in (project.root / "backups").rglob("*") if path.is_file()]
    assert len(files) > 30
    assert not [path for path in files if SENTINEL.encode() in path.read_bytes()]
    names = {kept.path for kept in BackupPlace(project.root / "backups").newest().files}
    assert not [name for name in names if ".env" in name or "token" in name or "secret" in name]
    assert {"goals.yaml", "data/landing/publications.jsonl", "data/budget.sqlite"} <= names
    figure("files of a backup searched for a token", len(files))


@pytest.mark.promise("R15")
def test_a_second_backup_keeps_only_what_is_new_and_a_restore_elsewhere_touches_nothing_here(project, tmp_path):
    run.tag_post(project, "x:2", "insight", "include")
    second = run.backup(project)
    landed = {kept.path for kept in second.index.files if kept.path.startswith("data/landing/files/post_tags")}
    assert len(landed) == 1
    assert second.fresh <= 3  # the page, its manifest, and the ledger of allowances if it was written
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").touch()
    with pytest.raises(UsageError, match="not empty"):
        run.restore(project, to=tmp_path / "full")
    before = {path: path.stat().st_mtime_ns for path in project.data.rglob("*") if path.is_file()}
    report = run.restore(project, to=tmp_path / "new", name=BackupPlace(project.root / "backups").names()[0])
    assert set(report.compared.values()) == {0}
    assert {path: path.stat().st_mtime_ns for path in project.data.rglob("*") if path.is_file()} == before
    assert not (tmp_path / "new" / "data" / "landing" / "files" / "post_tags").exists()


@pytest.mark.promise("R15")
def test_a_backup_with_a_damaged_object_is_refused_before_anything_is_touched(project):
    place = BackupPlace(project.root / "backups")
    kept = next(k for k in place.newest().files if k.path.endswith(".parquet"))
    place.object_path(kept.sha256).write_bytes(b"other")
    before = published(project)
    with pytest.raises(StorageError, match="damaged"):
        run.restore(project)
    assert published(project) == before
    assert not (project.data / "set_aside").exists()


@pytest.mark.promise("R3")
def test_a_damaged_landed_file_is_put_back_from_a_backup_and_told(project):
    segment = next(project.landing_dir.glob("files/posts/*.parquet"))
    content = segment.read_bytes()
    segment.write_bytes(content[:-9] + b"damaged!!")
    manifest = next((project.landing_dir / "manifest").glob("*.jsonl"))
    lines = manifest.read_bytes()
    manifest.write_bytes(lines.replace(b'"files"', b'"filez"', 1))
    found = run.verify(project)
    assert [one.part for one in found if one.problems][:1] == ["landing"]
    project.warehouse_path.unlink()
    run.tag_post(project, "x:2", "insight", "include")
    assert segment.read_bytes() == content
    assert manifest.read_bytes() == lines
    told = Incidents(project.data).unseen()
    assert {incident.where for incident in told} == {str(segment), str(manifest)}
    assert not [one for one in run.verify(project) if one.problems]


@pytest.mark.promise("R3")
def test_a_damaged_landed_file_that_no_backup_has_is_an_error_that_names_it(project):
    shutil.rmtree(project.root / "backups")
    segment = next(project.landing_dir.glob("files/posts/*.parquet"))
    segment.write_bytes(b"damaged")
    project.warehouse_path.unlink()
    told = syfte(project.root, "run", "--no-pull", "--no-report", SYFTE_NOW=NOW)
    assert told.returncode == 3
    what, where, do = three_parts(told.stderr)
    assert "SHA-256" in what
    assert str(segment) in where
    assert "backup" in do
    assert segment.read_bytes() == b"damaged"


def test_no_backup_goes_while_the_landing_is_damaged(project):
    place = BackupPlace(project.root / "backups")
    newest = place.newest()
    for days in (60, 50):
        place.add(structs.replace(newest, made_at=newest.made_at - timedelta(days=days)))
    segment = next(project.landing_dir.glob("files/posts/*.parquet"))
    content = segment.read_bytes()
    kept = next(one for one in newest.files if one.path.endswith(segment.name))
    segment.write_bytes(b"damaged")
    place.object_path(kept.sha256).unlink()  # else what is here is not looked at
    with pytest.raises(StorageError, match="1 landed files are not what was written"):
        run.backup(project)
    assert len(place.names()) == 4
    segment.write_bytes(content)
    assert run.backup(project).pruned == 2


@pytest.mark.promise("R3")
def test_a_damaged_manifest_costs_a_warehouse_that_met_a_fatal_error_nothing(project):
    manifest = next((project.landing_dir / "manifest").glob("*.jsonl"))
    lines = manifest.read_bytes()
    manifest.write_bytes(lines.replace(b'"files"', b'"filez"', 1))
    before = project.warehouse_path.read_bytes()
    assert why_unsound_error(project).path == manifest
    with WarehouseHold(project) as hold:
        hold.do(partial(fails_once, []))
    assert manifest.read_bytes() == lines
    assert project.warehouse_path.read_bytes() == before
    assert [incident.where for incident in Incidents(project.data).unseen()] == [str(manifest)]
    assert not list((project.data / "set_aside").rglob("warehouse.duckdb"))


def why_unsound_error(project):
    with pytest.raises(DamagedFileError) as raised:
        why_unsound(project.warehouse_path, Landing(project.landing_dir))
    return raised.value


def fails_once(told, _con):
    """Work that meets what DuckDB says after an error of the disk."""
    if not told:
        told.append(True)
        raise duckdb.FatalException("FATAL Error: database has been invalidated because of a previous fatal error.")


@pytest.mark.promise("R3")
def test_a_line_of_a_newer_version_is_no_damage_and_nothing_is_moved(project):
    manifest = next((project.landing_dir / "manifest").glob("*.jsonl"))
    newer = sealed_line(check_line(manifest.read_bytes(), manifest).replace(b'"format":"parquet"', b'"format":"arrow"'))
    manifest.write_bytes(newer)
    project.warehouse_path.unlink()
    with pytest.raises(StorageError, match="what this version of Syfte does not know") as raised:
        run.tag_post(project, "x:2", "insight", "include")
    assert str(manifest) in raised.value.where
    assert manifest.read_bytes() == newer
    assert not Incidents(project.data).unseen()


@pytest.mark.promise("R3")
@pytest.mark.parametrize("name", ["manifest/*.jsonl", "files/posts/*.parquet"])
def test_a_landed_file_that_may_not_be_read_is_no_damage_and_nothing_is_moved(project, name, monkeypatch):
    path = next(project.landing_dir.glob(name))
    project.warehouse_path.unlink()
    real = Path.open

    def refused(self, *args, **kwargs):  # whoever runs the tests may be root, whom no mode stops
        if self == path:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return real(self, *args, **kwargs)

    monkeypatch.setattr(Path, "open", refused)
    with pytest.raises(StorageError, match="cannot be read: Permission denied") as raised:
        run.tag_post(project, "x:2", "insight", "include")
    assert raised.value.where == str(path)
    assert path.exists()
    assert not Incidents(project.data).unseen()


@pytest.mark.promise("P2")
def test_a_restore_that_was_killed_and_is_run_again_brings_back_nothing_that_was_erased(project, monkeypatch):
    before = shutil.copytree(project.root / "backups", project.root / "before")
    run.erase(project, "post", ["x:2"], reason="request", decision="4/2026")

    def killed(*_args, **_kwargs):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("pipelines.run.restoring.write_durably", killed)
        with pytest.raises(KeyboardInterrupt):
            run.restore(project, place=before)
    assert not (project.landing_dir / "erasures.jsonl").exists()
    run.restore(project, place=before)
    with run.open_published(project) as con:
        assert con.execute("select list(post_id) from published.post").fetchone() == (["x:1"],)


def test_no_restore_moves_the_landing_from_under_a_pull_and_no_pull_writes_into_a_restore(project, monkeypatch):
    landing = Landing(project.landing_dir)
    before = {path: path.read_bytes() for path in project.landing_dir.rglob("*") if path.is_file()}
    with landing.writer("run"):
        told = syfte(project.root, "restore", SYFTE_NOW=NOW)
        assert (told.returncode, three_parts(told.stderr)[0]) == (11, "A pull or an import is under way.")
    assert {path: path.read_bytes() for path in project.landing_dir.rglob("*") if path.is_file()} == before
    assert not (project.data / "set_aside").exists()
    monkeypatch.setattr("pipelines.landing.manifest._SWEPT_S", 0.0)
    with landing.held(alone=True), pytest.raises(BusyError, match="being restored"), landing.writer("run"):
        pass


@pytest.mark.slow
@pytest.mark.promise("R3")
def test_a_run_over_a_damaged_warehouse_publishes_the_same_ends_with_3_and_status_tells_it_until_it_is_seen(project):
    before = published(project)
    content = bytearray(project.warehouse_path.read_bytes())
    for place in range(12_288 + 50, len(content), 40_000):
        content[place] ^= 4
    project.warehouse_path.write_bytes(content)
    told = syfte(project.root, "run", "--no-pull", "--no-report", SYFTE_NOW=NOW)
    assert told.returncode == 3, told.stderr
    what, where, do = three_parts(told.stderr)
    assert "damaged" in what
    assert str(project.warehouse_path) in where
    assert "syfte status --seen" in do
    after = published(project)
    assert {n: h for n, h in after.items() if n != "check_result"} == {
        n: h for n, h in before.items() if n != "check_result"
    }
    [incident] = json.loads(syfte(project.root, "status", "--format", "json").stdout)["incidents"]
    assert (project.root / incident["folder"] / "warehouse.duckdb").read_bytes() == bytes(content)
    assert "DAMAGED" in syfte(project.root, "status").stdout
    assert "DAMAGED" not in syfte(project.root, "status", "--seen").stdout


def test_status_warns_of_a_backup_that_is_late_where_a_place_is_set(project, monkeypatch):
    assert run.status(project).backup is None
    monkeypatch.setenv("SYFTE_BACKUP__PLACE", str(project.root / "backups"))
    standing = run.status(project).backup
    assert not standing.is_late
    assert standing.made_at == last_made(project.root / "backups")
    monkeypatch.setattr("pipelines.run.backing_up.LATE", timedelta(0))
    assert run.status(project).backup.is_late
    monkeypatch.setenv("SYFTE_BACKUP__PLACE", str(project.root / "nowhere"))
    assert run.status(project).backup.is_late
