"""A real Apache Superset on loopback, in an environment of its own, and its REST API; `make superset` installs it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PROGRAMS = ROOT / ".venv-superset/bin"
REQUIRED = "REQUIRE_SUPERSET"

_PATIENCE_S = 300
_SECRET = "lives-as-long-as-one-test-and-no-longer"
_SETTINGS = f"""
SECRET_KEY = "{_SECRET}"
SQLALCHEMY_DATABASE_URI = "sqlite:///{{home}}/superset.db"
WTF_CSRF_ENABLED = False
TALISMAN_ENABLED = False
"""


class Superset:
    """Its REST API, logged in.

    Args:
        url: where it listens.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._token = ""
        login = {"username": "admin", "password": _SECRET, "provider": "db", "refresh": False}
        self._token = self.call("POST", "/api/v1/security/login", login)["access_token"]

    def call(self, method: str, path: str, body: object = None) -> Any:
        """The answer's JSON.

        Raises:
            urllib.error.HTTPError: it refuses.
        """
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        data = None if body is None else json.dumps(body).encode()
        if data is not None:
            headers["Content-Type"] = "application/json"
        request = urllib.request.Request(self._url + path, data, headers, method=method)  # noqa: S310  # loopback
        with urllib.request.urlopen(request, timeout=120) as answer:  # noqa: S310
            return json.load(answer)

    def ask(self, database: int, query: str) -> list[dict[str, Any]]:
        """What SQL Lab answers."""
        told = {"database_id": database, "sql": query, "runAsync": False, "schema": "published", "queryLimit": 10000}
        return self.call("POST", "/api/v1/sqllab/execute/", told)["data"]


@contextmanager
def running_superset(home: Path):
    """Start one with an empty database of its own, and stop it whatever happens."""
    if not os.environ.get(REQUIRED):
        pytest.skip(f"a whole Superset takes minutes: `make superset` (sets {REQUIRED})")
    (home / "superset_config.py").write_text(_SETTINGS.format(home=home), encoding="utf-8")
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("SYFTE_", "PYTHON", "PG"))}
    environment = ours | {
        "SUPERSET_CONFIG_PATH": str(home / "superset_config.py"),
        "SUPERSET_HOME": str(home),
        "FLASK_APP": "superset.app",
    }

    def run(*words: str) -> None:
        done = subprocess.run(
            [PROGRAMS / "superset", *words], cwd=home, env=environment, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr[-2000:]

    run("db", "upgrade")
    run("fab", "create-admin", "--username", "admin", "--firstname", "A", "--lastname", "B",
        "--email", "admin@example.se", "--password", _SECRET)  # fmt: skip
    run("init")
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        port = asked.getsockname()[1]
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(
            [PROGRAMS / "gunicorn", "--bind", f"127.0.0.1:{port}", "--threads", "4", "--timeout", "120",
             "superset.app:create_app()"],
            cwd=home, env=environment, stdout=log, stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            _wait(f"http://127.0.0.1:{port}/health", process, home / "log")
            yield Superset(f"http://127.0.0.1:{port}")
        finally:
            process.terminate()
            process.wait(30)


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + _PATIENCE_S
    while process.poll() is None and time.monotonic() < until:
        try:
            with urllib.request.urlopen(url, timeout=5):  # noqa: S310  # loopback
                return
        except OSError:
            time.sleep(0.5)
    pytest.fail(f"Superset does not come up: {log.read_text(errors='replace')[-2000:]}")
