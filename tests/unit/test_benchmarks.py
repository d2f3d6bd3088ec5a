"""The frame of `make bench`: what it counts, and what it says of a target. No figure is judged here."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from benchmarks import pageserver, pulling
from benchmarks.measure import Measurement, launch, measure_processes
from benchmarks.registry import WORKS, Work, chosen
from benchmarks.table import as_markdown, is_met, ratio_of
from benchmarks.targets import TARGETS, Target

ROOT = Path(__file__).parents[2]

BUSY = "import time\nwhile time.process_time() < 0.3: pass"


def test_the_cpu_of_a_works_children_counts():
    spent = launch([sys.executable, "-c", f"import subprocess, sys; subprocess.run([sys.executable, '-c', {BUSY!r}])"])
    assert spent.cpu_s >= 0.3


def test_a_work_is_not_charged_with_the_memory_of_who_starts_it():
    held = bytearray(300 * 2**20)
    held[:: 2**12] = b"x" * len(held[:: 2**12])
    assert launch([sys.executable, "-S", "-c", "pass"]).peak_mb < 100
    assert launch([sys.executable, "-S", "-c", "x = b'x' * (200 << 20)"]).peak_mb > 200


def test_a_work_that_fails_says_what_it_said():
    with pytest.raises(RuntimeError, match="no such page"):
        launch([sys.executable, "-c", "raise SystemExit('no such page')"])


def test_a_work_may_leave_its_preparation_off_the_clock_and_tell_more(tmp_path):
    (tmp_path / "prepared.py").write_text(
        "from benchmarks.measure import on_the_clock, tell\n" + BUSY + "\n"
        "def work():\n    with on_the_clock():\n        pass\n    tell(bytes_per_row=7)\n",
        encoding="utf-8",
    )
    command = [sys.executable, "-m", "benchmarks.part", "prepared:work", "{}"]
    found = measure_processes("w", "", 1, lambda _: command, repetitions=2, env={"PYTHONPATH": f"{ROOT}:{tmp_path}"})
    assert len(found.cpu_s) == 2
    assert max(found.cpu_s) < 0.1
    assert found.figure("bytes_per_row") == 7


def test_a_target_is_held_against_what_it_names():
    ours, peer = Measurement("ours", "", 1, [1.0], [2.0], [300.0]), Measurement("peer", "", 1, [1.0], [30.0])
    found = {"ours": ours, "peer": peer}
    less = Target(work="w", ours="ours", peers=("peer",), against="peer", at_least=15)
    assert ratio_of(less, found) == 15
    assert is_met(less, found)
    assert not is_met(Target(work="w", ours="ours", against="peer", at_least=16), found)
    assert not is_met(Target(work="w", ours="peer", against="ours", at_most=14), found)
    assert is_met(Target(work="w", ours="ours", figure="peak_mb", at_most=400), found)
    assert is_met(less, {"ours": ours}) is None


def test_the_table_says_what_is_missed_and_why_and_judges_no_other_size():
    target = Target(work="w", ours="ours", figure="peak_mb", at_most=200, reason="because")
    found = [Measurement("ours", "much", 1, [1.0], [2.0], [300.0])]
    assert "| w | 300 MB |  |  |  | at most 200 MB | **missed** because |" in as_markdown(
        found, {}, [target], {}, is_full_size=True
    )
    assert "missed" not in as_markdown(found, {}, [target], {}, is_full_size=False)


def test_the_table_ends_with_what_the_run_took_by_the_clock():
    text = as_markdown([], {}, [], {"pull": 641.2, "load": 58.9}, is_full_size=True)
    assert text.splitlines()[-1] == "- took 11 min 40 s: pull 10 min 41 s, load 59 s"


def test_every_target_has_one_bound_and_something_to_hold_it_against():
    for target in TARGETS:
        assert (target.at_least is None) != (target.at_most is None), target
        assert target.at_least is None or target.against, target
        assert target.against in (None, target.floor, *target.peers), target


def test_a_scaled_size_never_vanishes_and_a_named_one_stays():
    assert Work("", {"pages": 1000, "few": 3}).scaled(0.001, {}) == {"pages": 10, "few": 3}
    assert Work("", {"pages": 1000}).scaled(0.5, {"pages": 7}) == {"pages": 7}


def test_a_run_does_every_work_but_those_apart_or_those_that_are_named():
    assert set(WORKS) - set(chosen(None)) == {"growth"}
    assert chosen(["growth", "load"]) == ["growth", "load"]


def test_a_run_prints_its_tables_and_keeps_the_figures(tmp_path):
    command = [sys.executable, "-m", "benchmarks", "--only", "load", "--scale", "0.001", "--repetitions", "1"]
    done = subprocess.run(
        [*command, "--json", str(tmp_path / "figures.json")], cwd=ROOT, check=True, capture_output=True, text=True
    )
    kept = json.loads((tmp_path / "figures.json").read_text(encoding="utf-8"))
    assert "| load | 10 landed pages of 100 posts |" in done.stdout
    assert [len(m["cpu_s"]) for m in kept["measurements"]] == [1]
    assert kept["machine"]["packages"]["duckdb"] in done.stdout
    assert all(target["met"] is None for target in kept["targets"])
    assert list(kept["seconds"]) == ["load"]


def test_every_work_is_a_function_that_exists_and_takes_its_sizes():
    for name, work in WORKS.items():
        module, _, function = work.function.partition(":")
        text = (ROOT / (module.replace(".", "/") + ".py")).read_text(encoding="utf-8")
        signature = text.partition(f"def {function}(")[2].partition("->")[0]
        assert all(f"{size}: int" in signature for size in (*work.sizes, "repetitions")), name


def test_the_pull_its_floors_and_the_server_agree_on_a_few_pages(tmp_path, monkeypatch):
    """Each process of it fails if a post is missing; the peers are left out, whether they are here or not."""
    monkeypatch.setattr(pulling, "PEERS_PYTHON", tmp_path / "none")
    found = {m.name: m for m in pulling.time_pull(tmp_path, pages=9, repetitions=1)}
    assert set(found) == {"pull", "download", "DuckDB scan of the pages"}
    assert all(m.rows == 900 and m.figure("cpu_s") and m.figure("peak_mb") for m in found.values())


def test_the_load_and_its_floor_agree_on_a_few_landed_posts(tmp_path):
    found = pulling.time_normalise(tmp_path, posts=300, repetitions=1)
    assert [one.rows for one in found] == [300, 300]


def test_the_page_server_counts_in_windows_and_says_so():
    with pulling.page_server(8, limit=2) as server:
        address = f"{server.address}/xrpc/app.bsky.feed.getAuthorFeed?actor={pageserver.did_of(0)}"
        answers = [httpx.get(address) for _ in range(3)]
        if answers[0].headers["ratelimit-reset"] == answers[2].headers["ratelimit-reset"]:  # no window began meanwhile
            assert [a.status_code for a in answers] == [200, 200, 429]
            assert [a.headers["ratelimit-remaining"] for a in answers] == ["1", "0", "0"]
            assert int(answers[2].headers["retry-after"]) <= pulling.WINDOW_S
        assert len(answers[0].json()["feed"]) == pageserver.PER_PAGE
    assert server.said["answered"] + server.said["refused"] == 3
