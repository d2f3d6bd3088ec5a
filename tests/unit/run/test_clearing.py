"""What else may hold something erased: a log that names it, a landing that a restore set aside, copies of databases."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from pipelines.landing import Landing
from pipelines.project import Project
from pipelines.run.clearing import clear_copies, clear_damage, clear_logs, own_files_naming
from pipelines.sources.facebook_pages.streams import POSTS
from pipelines.sources.stream import Page

NOW = datetime(2025, 11, 20, 5, 15, tzinfo=UTC)
ID = "101_555"

NAMED = ["101_555", "post 101_555.", "facebook:101_555", "facebook%3A101_555", '"\\n101_555"', "\x1b[31m101_555\x1b[0m",
         "\\u003a101_555", "beneath 101_555_77", "/101_555/"]  # fmt: skip
NOT_NAMED = ["1101_555", "101_5555", "a101_555", "101_555b", "took 4101_555 ms"]


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path / "project")


def log(project, text):
    path = project.data / "dagster" / "compute_logs" / "run" / "step.out"
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("text", NAMED)
def test_a_log_that_names_an_erased_id_goes(project, text):
    path = log(project, text)
    assert clear_logs(project, [ID]) == 1
    assert not path.exists()


@pytest.mark.parametrize("text", NOT_NAMED)
def test_a_log_that_holds_an_erased_id_only_within_a_longer_one_stays(project, text):
    path = log(project, text)
    assert clear_logs(project, [ID]) == 0
    assert path.exists()
    (project.root / "notes.txt").write_text(text, encoding="utf-8")
    assert own_files_naming(project, [ID]) == []


def test_of_what_a_restore_set_aside_only_copies_go_and_of_a_healed_warehouse_all(project):
    aside = project.data / "set_aside"
    kept = ["goals.yaml", "data/landing/manifest/a.jsonl", "data/landing/x/y/1.jsonl.zst", "data/archive_exports.jsonl",
            "data/published/history/goal_scorecard/a.parquet"]  # fmt: skip
    gone = ["data/warehouse.duckdb", "data/published/syfte.duckdb", "data/published/parquet/post.parquet",
            "data/landing/x/y/.2.jsonl.zst.9.part"]  # fmt: skip
    for name in (*(f"restored/{one}" for one in (*kept, *gone)), "healed/warehouse.duckdb"):
        (aside / name).parent.mkdir(parents=True, exist_ok=True)
        (aside / name).write_bytes(b"x")
    assert clear_copies(project) == len(gone) + 1
    left = {path.relative_to(aside / "restored").as_posix() for path in aside.rglob("*") if path.is_file()}
    assert left == set(kept)
    assert not (aside / "healed").exists()


@pytest.mark.parametrize(("folder", "said"), [("data/spark", ""), ("shared", "SYFTE_SPARK__FOLDER=shared\n")])
def test_what_a_killed_run_had_handed_over_to_spark_goes_and_others_files_stay(project, folder, said):
    handed = project.root / folder / "syfte-run-1" / "raw.x__posts-0.parquet"
    handed.parent.mkdir(parents=True)
    handed.touch()
    (project.root / folder / "notes.txt").touch()
    (project.root / ".env").write_text(said, encoding="utf-8")
    assert clear_copies(project) == 1
    assert [path.name for path in (project.root / folder).iterdir()] == ["notes.txt"]


def test_of_a_damaged_landing_set_aside_goes_what_cannot_be_read_and_nothing_else(tmp_path):
    landing = Landing(tmp_path / "landing")
    for number in (1, 2, 3):
        with landing.writer(f"20251120T00000{number}000000Z-aaaaaa") as writer:
            row = msgspec.json.encode({"id": f"1_{number}"})
            writer.add(Page(stream=POSTS, account_id="facebook:1", rows=[row], fetched_at=NOW, complete=True))
    first, second, third = landing.manifests()
    [torn], [orphan], [whole] = ([entry.segment for entry, _ in landing.entries(m)] for m in (first, second, third))
    (landing.root / torn).write_bytes(b"x")
    second.write_bytes(b"x" + second.read_bytes()[1:])
    assert clear_damage(landing) == {torn}
    assert landing.manifests() == [first, third]
    assert [(landing.root / name).exists() for name in (torn, orphan, whole)] == [False, False, True]
