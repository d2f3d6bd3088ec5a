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
from tests.chaos.publishing import look, look_at_copies, publish_generation

ROOT = Path(__file__).resolve().parents[2]


def begin(role: str, directory: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.chaos.publishing", role, str(directory)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


@pytest.mark.chaos
@pytest.mark.promise("R5")
def test_readers_of_either_kind_see_every_publication_whole_and_none_twice(tmp_path, chaos, figure):
    lasting_s = chaos.pick(short=2.0, full=60.0)
    with open_writer(tmp_path / "warehouse.duckdb") as con:
        publish_generation(con, tmp_path / "published", 1)
        roles = chaos.pick(short=("read", "copies"), full=("read", "copies") * 3)
        readers = [begin(role, tmp_path) for role in roles]
        end, generation = time.monotonic() + lasting_s, 1
        while time.monotonic() < end:
            generation += 1
            publish_generation(con, tmp_path / "published", generation)
    (tmp_path / "stop").touch()
    for reader in readers:
        output, _ = reader.communicate(timeout=60)
        seen = json.loads(output)
        assert seen["errors"] == []
        assert (seen["torn"], seen["backwards"]) == (0, 0)
        assert seen["generations"] >= 2, "it looked while the writer published"
        figure("files opened by readers", seen["opened"])
        figure("torn or backwards", seen["torn"] + seen["backwards"])
        figure("errors of readers", len(seen["errors"]))
    figure("publications", generation)
    figure("seconds of reading", lasting_s)


@pytest.mark.chaos
@pytest.mark.promise("R5")
def test_a_publisher_killed_at_any_moment_leaves_a_whole_file(tmp_path, chaos, figure):
    moments = random.Random(chaos.seed)
    kills, last = chaos.pick(short=3, full=25), 0
    for _ in range(kills):
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
    assert look_at_copies(tmp_path / "published") == (last + 1, True)
    figure("kills while publishing", kills)


KPI_ROWS = """
    create table published.kpi_daily as
    select 'T' || i % 20 as kpi_id, 'unit' || i % 21 as unit_id, date '2020-01-01' + (i // 420)::integer as local_date,
        random() as value, random() as low, random() as high, if(i % 50 = 0, 'missing', 'shown') as state
    from range(?) as rows (i)
"""


@pytest.mark.chaos
@pytest.mark.promise("R5")
def test_a_publication_takes_under_a_second_in_95_of_100_cases(tmp_path, chaos, figure):
    rows, times = chaos.pick(short=100_000, full=1_000_000), chaos.pick(short=3, full=40)
    took: list[float] = []
    with open_writer(tmp_path / "warehouse.duckdb") as con:
        con.execute(KPI_ROWS, [rows])
        for generation in range(1, times + 1):
            started = time.monotonic()
            publish_generation(con, tmp_path / "published", generation)
            took.append(time.monotonic() - started)
    p95 = sorted(took)[int(0.95 * (times - 1) + 0.5)]
    figure(f"slowest 20th of publications of {rows} KPI rows, s", round(p95, 3))
    if chaos.full:
        assert p95 < 1.0
    else:
        assert max(took) < 5.0, "a tenth of the rows, on a machine that does other things too"


@pytest.mark.chaos
@pytest.mark.promise("R5")
def test_drafts_of_killed_publishers_do_not_pile_up(tmp_path):
    published = tmp_path / "published"
    with open_writer(tmp_path / "warehouse.duckdb") as con:
        publish_generation(con, published, 1)
        (published / f".{DATABASE}.4194305.part").write_bytes(b"left by a process that was killed")
        publish_generation(con, published, 2)
    assert [p.name for p in published.rglob("*.part")] == []
