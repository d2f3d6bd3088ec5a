"""Official SDKs in environments of their own, and a way to run a script there.

They conflict with each other and with us, so each set is installed from its hashed lock (`tests/sdks/<set>/`) into
`.venv-sdks/<set>`, once. A script gets one JSON object on its standard input and prints one on its standard output.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sqlite3
import subprocess
import sys
import venv
from pathlib import Path

import pytest

HERE = Path(__file__).parent
HOME = HERE.parents[1] / ".venv-sdks"
REQUIRED = "REQUIRE_SDKS"
"""Set in CI: there an SDK that cannot be installed is a failure and not a reason to skip."""


def run_in(sdks: str, script: str, **given: object) -> dict:
    """Run `tests/sdks/<sdks>/<script>` in its own environment.

    Args:
        sdks: name of the set, a folder beside this file.
        script: file name of the script in it.
        given: what the script reads, as JSON.

    Returns:
        What it printed.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("SYFTE_", "PYTHON"))}
    done = subprocess.run(
        [_interpreter(sdks), HERE / sdks / script],
        input=json.dumps(given), capture_output=True, text=True, timeout=120, check=False, env=environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(done.stdout)


def _interpreter(sdks: str) -> Path:
    HOME.mkdir(exist_ok=True)
    with contextlib.closing(sqlite3.connect(HOME / "one_at_a_time", timeout=600, isolation_level=None)) as held:
        held.execute("begin exclusive")  # let go when the process ends, however it does
        return _installed(sdks)


def _installed(sdks: str) -> Path:
    lock = HERE / sdks / "requirements.lock"
    home = HOME / sdks
    python = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp = home / ".lock"
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return python
    venv.create(home, clear=True, with_pip=False)
    installed = subprocess.run(
        [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--python", python, "--require-hashes", "-r", lock],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if installed.returncode != 0:
        reason = f"the SDKs of {sdks} cannot be installed: {installed.stderr.strip()[-300:]}"
        if os.environ.get(REQUIRED):
            pytest.fail(reason)
        pytest.skip(reason)
    stamp.write_text(wanted)
    return python
