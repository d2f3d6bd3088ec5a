"""Atheris in a folder of its own, and a harness run with it in a process of its own.

It is in no lock of ours: it has wheels for Linux on x86_64 only, and building it needs a certain compiler. It has no
dependencies, so that its folder before our interpreter's packages is all it needs: what is fuzzed is what is installed.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
LOCK = HERE / "requirements.lock"
HOME = ROOT / ".venv-fuzz"

_EXECUTIONS = re.compile(r"^stat::number_of_executed_units: (\d+)", re.MULTILINE)
_SLOWEST_S = 10
"""Seconds that one input of 4 kB may take; longer is a finding."""


@dataclass(frozen=True)
class Run:
    """What became of one harness.

    Args:
        executions: inputs tried.
        crash: the finding as it was told, with the file that holds its input; empty if there is none.
        corpus: inputs that reach different code, those it began with included.
    """

    executions: int
    crash: str
    corpus: int


def atheris() -> Path:
    """The folder that holds it, installed from its hashed lock; without it the test is skipped, or fails in CI."""
    stamp = HOME / ".installed"
    tag = f"{sys.implementation.cache_tag} {hashlib.sha256(LOCK.read_bytes()).hexdigest()}"
    if stamp.exists() and stamp.read_text() == tag:
        return HOME
    done = subprocess.run(
        [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--python", sys.executable, "--target", HOME,
         "--only-binary", ":all:", "--require-hashes", "-r", LOCK],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        reason = f"atheris cannot be installed: {done.stderr.strip()[-300:]}"
        if os.environ.get("REQUIRE_CHAOS"):
            pytest.fail(reason)
        pytest.skip(reason)
    stamp.write_text(tag)
    return HOME


def fuzz(harness: str, folder: Path, *, seed: int, runs: int = -1, seconds: int = 0) -> Run:
    """Run a harness until it finds something, or has tried enough.

    Args:
        harness: a module of this folder.
        folder: for its corpus, and for the input that breaks something.
        seed: of the mutations.
        runs: inputs to try; -1 for no bound.
        seconds: to try for; 0 for no bound.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("SYFTE_", "PYTHON"))}
    limits = [f"-runs={runs}", f"-max_total_time={seconds}", f"-timeout={_SLOWEST_S}", "-max_len=4096"]
    corpus = folder / "corpus"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "tests.fuzz.process", harness, folder, f"-seed={seed % 2**32 or 1}",
         "-print_final_stats=1", f"-artifact_prefix={folder}/", *limits, corpus],
        cwd=ROOT, env={**environment, "PYTHONPATH": f"{ROOT}{os.pathsep}{atheris()}"},
        capture_output=True, check=False, timeout=(seconds or 600) + 120,
    )  # fmt: skip
    said = (done.stdout + done.stderr).decode("utf-8", "replace")
    counted = _EXECUTIONS.search(said)
    crash = "" if done.returncode == 0 and counted else said[-6000:]
    return Run(int(counted[1]) if counted else 0, crash, len(list(corpus.iterdir())))
