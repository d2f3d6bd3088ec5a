"""R1: killed at any moment of pulling and loading, nothing is lost, doubled or changed, and the next run goes on."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipelines.landing import Landing
from pipelines.warehouse.connection import open_writer
from pipelines.warehouse.load import load
from tests.chaos.crawl import PAGES, POSTS, truth

ROOT = Path(__file__).resolve().parents[2]
KILLS = 20
LONGEST_LIFE_S = 0.3  # a whole crawl takes some seconds, so a life ends anywhere in it
START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


def begin(directory: Path, now: datetime) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.chaos.crawl", str(directory), now.isoformat()]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


@pytest.mark.chaos
@pytest.mark.promise("R1")
@pytest.mark.slow
def test_twenty_kills_lose_double_and_change_nothing(tmp_path):
    moments = random.Random(20260301)
    killed = 0
    for attempt in range(KILLS):
        with begin(tmp_path, START + timedelta(seconds=10 * attempt)) as process:
            time.sleep(moments.uniform(0, LONGEST_LIFE_S))
            killed += process.poll() is None
            process.kill()
    assert killed >= KILLS // 2, "most of them were still at work"
    with begin(tmp_path, START + timedelta(seconds=10 * KILLS)) as process:
        assert process.wait(timeout=60) == 0
    landing = Landing(tmp_path / "landing")
    with open_writer(tmp_path / "warehouse.duckdb") as con:
        found = con.execute("select id, likes from raw.demo__posts").fetchall()
        pages = con.execute("select number, rows_read, rows_stored, complete from raw.pages order by all").fetchall()
        assert load(con, landing, [POSTS]).rows_stored == 0
    expected = [row for number in range(1, PAGES + 1) for row in truth(number)]
    assert sorted(found, key=repr) == sorted(expected, key=repr)
    assert pages == [(number, 20, 20, number == PAGES) for number in range(1, PAGES + 1)]
    landing.sweep()
    named = {entry.segment for manifest in landing.manifests() for entry, _ in landing.entries(manifest)}
    left = {p.relative_to(landing.root).as_posix() for p in landing.root.rglob("*.zst")}
    assert left == named
