"""What a killed run landed and never named goes at the next pull, and only while nobody writes."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

import pytest

from pipelines.errors import ConfigurationError
from pipelines.landing import Landing
from pipelines.project import Project
from pipelines.run.healing import WarehouseHold
from pipelines.run.importing import import_files
from pipelines.run.pulling import pull_all, sweep_segments
from tests.integration.projects import plain_project

POSTS = "post_id,account_id,published_at,text,permalink\nx:1,x:9,2025-03-01T10:00:00Z,Glad påsk,https://x.com/1\n"
NOW = datetime(2026, 2, 1, 9, tzinfo=UTC)


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.setenv("SYFTE_NOW", NOW.isoformat())
    found = Project(plain_project(tmp_path / "p"))
    (tmp_path / "posts.csv").write_text(POSTS, encoding="utf-8")
    import_files(found, [tmp_path / "posts.csv"])
    return found


@pytest.fixture
def orphan(project):
    """A segment whose run was killed before its manifest line."""
    path = project.landing_dir / "x" / "posts" / "20260201T080000000000Z-abcdef-0001.jsonl.zst"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"segment")
    return path


def pull(project):
    with suppress(ConfigurationError):  # no source is set up here
        pull_all(project)


@pytest.mark.promise("R1")
def test_a_segment_that_no_manifest_names_goes_at_the_next_pull_and_those_that_are_named_stay(project, orphan):
    landed = {path for path in project.landing_dir.rglob("*") if path.is_file()} - {orphan}
    pull(project)
    assert not orphan.exists()
    assert {path for path in project.landing_dir.rglob("*") if path.is_file()} >= landed
    assert any(path.suffix == ".parquet" for path in landed)


@pytest.mark.promise("R1")
def test_nothing_is_swept_beside_a_run_that_writes_the_landing_or_one_that_erases(project, orphan):
    with Landing(project.landing_dir).writer("run"):
        assert sweep_segments(project) == []
    with WarehouseHold(project) as hold:
        hold.take()
        assert sweep_segments(project) == []
    assert sweep_segments(project) == [orphan]


@pytest.mark.promise("R1")
def test_nothing_is_swept_while_a_manifest_is_damaged(project, orphan):
    manifest = next((project.landing_dir / "manifest").glob("*.jsonl"))
    manifest.write_bytes(manifest.read_bytes().replace(b'"files"', b'"filez"', 1))
    assert sweep_segments(project) == []
    assert orphan.exists()
