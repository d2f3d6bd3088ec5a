"""R1: killed at any moment of pull, load, build, check and publish, nothing is lost, doubled or changed."""

from __future__ import annotations

import random
import shutil
import time
from collections import Counter
from pathlib import Path

import pytest

from pipelines.landing import Landing
from pipelines.warehouse.connection import open_writer
from tests.chaos.lives import Warm, warm_process
from tests.chaos.truth import WAREHOUSE, Difference, drafts, same_as_landed, same_figures, same_readings, set_aside
from tests.chaos.worlds import SmallWorld, small_world

pytestmark = [pytest.mark.chaos, pytest.mark.slow, pytest.mark.promise("R1")]

PHASES = ("pull", "load", "build", "check", "publish")
PIECES = {"pull": "pull", "load": "load", "build": "build everything", "check": "publish", "publish": "publish"}
OPEN_WITHIN_S = 2.0
TRIES = 4  # a life that was over before its kill came is followed by another, killed sooner


@pytest.fixture(scope="module")
def warm():
    with warm_process() as warm:
        yield warm


@pytest.fixture(scope="module")
def served():
    with small_world() as served:
        yield served


def lasting(warm: Warm, project: Path) -> dict[str, float]:
    """Run without harm; gives how long each phase took, seconds."""
    life = warm.finish("run", project)
    ends = [*list(life.phases.values())[1:], time.monotonic() - life.began]
    begun = life.phases.items()
    return {phase: life.over.get(phase, end) - start for (phase, start), end in zip(begun, ends, strict=True)}


def opening(project: Path, scratch: Path) -> float:
    """How long a copy of the warehouse that a kill left takes to open, its log replayed; seconds."""
    scratch.mkdir()
    for path in (project / "data").glob("warehouse.duckdb*"):
        if path.is_file():
            shutil.copy(path, scratch)
    if not (scratch / WAREHOUSE.name).exists():
        shutil.rmtree(scratch)
        return 0.0
    started = time.monotonic()
    with open_writer(scratch / WAREHOUSE.name) as con:
        con.execute("select count(*) from duckdb_tables()").fetchall()
        took = time.monotonic() - started
    shutil.rmtree(scratch)
    return took


def test_runs_killed_in_every_phase_lose_double_and_change_nothing(tmp_path, warm, served: SmallWorld, chaos, figure):
    kills, days = chaos.pick(short=20, full=200), chaos.pick(short=1, full=5)
    phases = chaos.pick(short=tuple(p for p in PHASES if p != "check"), full=PHASES)
    moments = random.Random(chaos.seed)
    calm, killed = tmp_path / "calm", tmp_path / "killed"
    hits: Counter[str] = Counter()
    slowest = 0.0
    for day in range(days):
        served.on_day(day, calm, killed)
        took = lasting(warm, calm)
        each = kills // days // len(phases)
        for phase in phases:
            # what a killed build had finished stays finished, so that each next one has less to do
            longest = took[phase] / (each if phase == "build" else 1.2)
            for kill in range(each):
                # a whole run, as `syfte run` makes it, or the one piece of it that is to be killed
                work = "run" if chaos.full and kill % 2 else PIECES[phase]
                for _ in range(TRIES):
                    life = warm.begin(work, killed)
                    hit = life.kill_in(phase, after_s=moments.uniform(0, longest))
                    assert hit is not None or life.code == 0, life.error
                    hits[hit or "too late"] += 1
                    if hit is not None:
                        break
                    longest /= 2
                slowest = max(slowest, opening(killed, tmp_path / "opened"))
            if phase in ("pull", "load", "build"):
                warm.finish(PIECES[phase], killed)  # what the next piece needs; what is published stays unfinished
        warm.finish("run", killed)
    assert sum(hits[phase] for phase in PHASES) >= 0.9 * kills, hits
    assert all(hits[phase] for phase in phases), hits
    found = Difference()
    for name, one in (
        ("raw against what landed", same_as_landed(killed, tmp_path / "anew.duckdb")),
        ("readings", same_readings(calm, killed)),
        ("warehouse", same_figures(calm, killed, published=False)),
        ("published", same_figures(calm, killed, published=True)),
    ):
        assert one.rows > 0, name
        found.add(name, one.rows, one.lost, one.foreign)
        assert one.tables == (), name
    for phase in (*PHASES, "too late"):
        figure(f"kills in {phase}" if phase != "too late" else "runs over before the kill", hits[phase])
    figure("rows compared", found.rows)
    figure("rows lost", found.lost)
    figure("rows doubled or changed", found.foreign)
    figure("slowest open, s", round(slowest, 2))
    assert slowest < OPEN_WITHIN_S
    assert (drafts(killed), set_aside(killed)) == ([], [])
    named = {entry.segment for _, entry in _entries(killed)}
    assert all((killed / "data/landing" / segment).exists() for segment in named)


def _entries(project: Path):
    landing = Landing(project / "data/landing")
    return [(manifest, entry) for manifest in landing.manifests() for entry, _ in landing.entries(manifest)]
