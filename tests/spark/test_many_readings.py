"""Five million readings and the night after: DuckDB's rows, on Sail (in CI too) and a real Spark (by `make spark`)."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import duckdb
import pytest

from benchmarks.increments import with_what_they_read
from benchmarks.measure import call, launch
from tests.spark.cluster import HOME, running_cluster
from tests.spark.comparing import rows_that_differ
from tests.spark.many import AFTER, FIRST, built
from tests.spark.server import REQUIRED, running_sail

READINGS = int(os.environ.get("SPARK_READINGS", "5_001_600"))
"""A multiple of 9,600: forty nights, thirty days a post, eight counters."""

BLOCK = 96_000

pytestmark = pytest.mark.skipif(
    not os.environ.get(REQUIRED), reason=f"takes minutes; {REQUIRED} is not set: CI and `make spark` do so"
)
ON_A_CLUSTER = pytest.mark.skipif(not os.environ.get(HOME), reason=f"{HOME} is not set: `make spark` does so")


@pytest.fixture(scope="module")
def by_duckdb(tmp_path_factory):
    """The folder of the readings, that of what DuckDB makes of them, and what it took."""
    begun, folder = tmp_path_factory.mktemp("begun"), tmp_path_factory.mktemp("duckdb") / "built"
    launch(call("benchmarks.increments:begin", folder=str(begun), readings=READINGS))
    return begun, folder, built(begun, folder, readings=READINGS, remote=None)


@pytest.mark.parametrize("server", ["sail", pytest.param("cluster", marks=ON_A_CLUSTER)])
def test_millions_of_readings_and_the_night_after_give_duckdbs_rows(server, by_duckdb, tmp_path, capsys):
    begun, other, by_itself = by_duckdb
    folder = tmp_path / "built"
    with running_sail() if server == "sail" else running_cluster(tmp_path) as (remote, _):
        by_spark = built(begun, folder, readings=READINGS, remote=remote)
    said = [
        f"{name:8} {what:20} {one}"
        for name, took in (("DuckDB", by_itself), (server, by_spark))
        for what, one in zip((f"{READINGS:,} readings", "the night after"), took, strict=True)
    ]
    with capsys.disabled():
        sys.stdout.write("\n" + "\n".join(said) + "\n")
    names = list(with_what_they_read())
    for file in (FIRST, AFTER):
        assert _differences(folder / file, other / file, names) == {}, file
    assert by_spark[0].by_us.told["MB taken back"] > 0


def _differences(file: Path, other: Path, names: list[str]) -> dict[str, int]:
    with duckdb.connect(file, read_only=True) as con:
        assert con.execute("select count(*) from marts.fct_post_reading").fetchall()[0][0] >= READINGS
        return rows_that_differ(con, other, names)


def test_what_a_night_hands_over_follows_what_is_new_and_not_what_is_stored(tmp_path):
    handed: list[float] = []
    with running_sail() as (remote, _):
        for blocks in (3, 12):
            folder = tmp_path / str(blocks)
            launch(call("benchmarks.increments:begin", folder=str(folder), readings=BLOCK))
            launch(call("benchmarks.increments:build_all_of_it", folder=str(folder)))
            more = {"folder": str(folder), "readings": BLOCK, "held": BLOCK, "wanted": blocks * BLOCK}
            launch(call("benchmarks.increments:lengthen", **more))
            where = {"folder": str(folder), "readings": BLOCK, "night": 0, "remote": remote}
            handed.append(launch(call("tests.spark.many:build_models", **where)).told["MB handed over"])
    assert 0 < handed[1] < 1.2 * handed[0], handed
