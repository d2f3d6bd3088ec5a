"""R5: readers of the published file never wait, never fail, never see half of a publication or an older one again."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipelines.warehouse.connection import open_writer
from pipelines.warehouse.publish import DATABASE
from tests.chaos.publishing import look, publish_generation

ROOT = Path(__file__).resolve().parents[2]
PUBLICATIONS = 20


def begin(role: str, directory: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.chaos.publishing", role, str(directory)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


@pytest.mark.chaos
@pytest.mark.promise("R5")
def test_two_readers_see_every_publication_whole_and_none_twice(tmp_path):
    with open_writer(tmp_path / "warehouse.duckdb") as con:
        publish_generation(con, tmp_path / "published", 1)
        readers = [begin("read", tmp_path) for _ in range(2)]
        for generation in range(2, PUBLICATIONS + 2):
            publish_generation(con, tmp_path / "published", generation)
    (tmp_path / "stop").touch()
    for reader in readers:
        output, _ = reader.communicate(timeout=30)
        seen = json.loads(output)
        assert seen["errors"] == []
        assert (seen["torn"], seen["backwards"]) == (0, 0)
        assert seen["generations"] >= 3, "it looked while the writer published"


@pytest.mark.chaos
@pytest.mark.promise("R5")
def test_a_publisher_killed_at_any_moment_leaves_a_whole_file(tmp_path):
    moments = random.Random(20260301)
    last = 0
    for _ in range(8):
        with begin("write", tmp_path) as process:
            time.sleep(moments.uniform(0, 0.5))
            process.kill()
        if (tmp_path / "published" / DATABASE).exists():
            generation, whole = look(tmp_path / "published" / DATABASE)
            assert whole
            assert generation >= last
            last = generation
    assert last > 0, "some of them came to publish"
    with open_writer(tmp_path / "warehouse.duckdb") as con:
        publish_generation(con, tmp_path / "published", last + 1)
    assert look(tmp_path / "published" / DATABASE) == (last + 1, True)


@pytest.mark.chaos
@pytest.mark.promise("R5")
def test_drafts_of_killed_publishers_do_not_pile_up(tmp_path):
    published = tmp_path / "published"
    with open_writer(tmp_path / "warehouse.duckdb") as con:
        publish_generation(con, published, 1)
        (published / f".{DATABASE}.4194305.part").write_bytes(b"left by a process that was killed")
        publish_generation(con, published, 2)
    assert [p.name for p in published.rglob("*.part")] == []
