"""Sail: a Spark-Connect server without a JVM, on loopback, that is there within a second; gone afterwards."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.integration.projects import environment

REQUIRED = "REQUIRE_SPARK"
"""Set in CI: there a missing pysail is a failure and not a reason to skip."""

_LISTENS = re.compile(r"server on 127\.0\.0\.1:(\d+)")


def need() -> None:
    """Skip without the client and the server; fail where they must not be missing."""
    missing = [name for name in ("pysail", "pyspark", "sqlglot") if importlib.util.find_spec(name) is None]
    if missing:
        said = f"{', '.join(missing)} is not installed (extra dev)"
        if os.environ.get(REQUIRED):
            pytest.fail(f"{said}, and {REQUIRED} is set")
        pytest.skip(said)


@contextmanager
def running_sail(mode: str = "local", **settings: str):
    """Start it; yields its address, `sc://127.0.0.1:port`, and its process.

    Args:
        mode: `local`, or `kubernetes-cluster`: a driver and workers that exchange what they compute (`pods.py`).
        settings: further variables of its environment.
    """
    need()
    program = [sys.executable, "-m", "pysail", "spark", "server", "--ip", "127.0.0.1", "--port", "0"]
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "log")
        with log.open("wb") as out:
            told = environment(SAIL_MODE=mode, RUST_LOG="info", **settings)
            server = subprocess.Popen(program, stdout=out, stderr=subprocess.STDOUT, env=told)
        try:
            yield f"sc://127.0.0.1:{_port(server, log)}", server
        finally:
            server.kill()
            server.wait()


def _port(server: subprocess.Popen[bytes], log: Path) -> int:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.poll() is None:
        if found := _LISTENS.search(log.read_text(encoding="utf-8", errors="replace")):
            return int(found[1])
        time.sleep(0.05)
    pytest.fail(f"Sail did not start: {log.read_text(encoding='utf-8', errors='replace')[-500:]}")
