"""Every parser of what others wrote, tried by a fuzzer that follows the code it reaches (see `process.py`)."""

from __future__ import annotations

import time

import pytest

from tests.fuzz.environment import fuzz

SHORT = {
    "answers": 3_000,
    "comments": 6_000,
    "documents": 250,
    "files": 300,
    "landing": 1_000,
    "queries": 1_500,
    "rows": 3_000,
}
"""Harness -> inputs of the short form, about a second of each."""


@pytest.mark.promise("R12")
@pytest.mark.parametrize("harness", SHORT)
def test_whatever_a_parser_is_given_it_keeps_its_law(harness, chaos, figure, tmp_path, request):
    seconds = request.config.getoption("--fuzz-seconds") or chaos.pick(short=0, full=60)
    started = time.monotonic()
    share = max(1, round(seconds / len(SHORT))) if seconds else 0
    run = fuzz(harness, tmp_path, seed=chaos.seed, runs=-1 if share else SHORT[harness], seconds=share)
    assert run.crash == "", run.crash
    figure("harnesses", 1)
    figure("fuzzed inputs", run.executions)
    figure("crashes", int(bool(run.crash)))
    figure("fuzzing seconds", round(time.monotonic() - started))
