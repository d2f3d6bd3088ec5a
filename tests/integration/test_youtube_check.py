"""docs/checks/youtube_deltas.py: an independent computation agrees with what was published of the real readings."""

from __future__ import annotations

import subprocess
import sys

import pytest

from pipelines.project import Project
from pipelines.run import import_files, run_project
from pipelines.run.preparing import present
from pipelines.sources.files.plan import ImportOptions
from tests.integration.projects import ROOT, plain_project

READINGS = ROOT.parent / "shared" / "data" / "youtube_snapshots" / "readings.tsv"
MAPPING = ROOT / "docs" / "examples" / "youtube_readings.mapping.yaml"
CHECK = ROOT / "docs" / "checks" / "youtube_deltas.py"

pytestmark = [
    pytest.mark.skipif(not READINGS.exists(), reason="the real readings (../shared/data) are not here"),
    pytest.mark.slow,
]


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    project = Project(plain_project(tmp_path_factory.mktemp("readings")))
    import_files(project, [READINGS], ImportOptions(now=present(project), mapping=str(MAPPING)))
    run_project(project, pull=False, report=False)
    return project.published_dir / "parquet"


def checked(readings, published):
    return subprocess.run(
        [sys.executable, CHECK, readings, published],
        capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip


def test_every_counter_of_every_video_is_conserved_and_equal_to_the_day(published):
    done = checked(READINGS, published)
    lines = [line.split(" | ") for line in done.stdout.splitlines()[2:]]
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(lines) == 18
    assert {tuple(line[-2:]) for line in lines} == {("yes", "yes |")}
    assert any(float(line[4]) < 0 for line in lines), "corrections are signed"


def test_the_check_sees_a_reading_that_was_published_otherwise(published, tmp_path):
    lines = READINGS.read_text(encoding="utf-8").splitlines()
    fields = lines[40].split("\t")
    fields[2] = str(int(fields[2]) + 1_000_000)
    changed = tmp_path / "readings.tsv"
    changed.write_text("\n".join([*lines[:40], "\t".join(fields), *lines[41:]]) + "\n", encoding="utf-8")
    done = checked(changed, published)
    assert done.returncode == 1, done.stderr
    assert done.stdout.count("| no: ") == 1


def test_the_check_imports_nothing_of_the_product():
    assert "pipelines" not in CHECK.read_text(encoding="utf-8")
