"""A project that is really served, processes and all, to be killed and started again."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from tests.integration.projects import SYFTE, environment

if TYPE_CHECKING:
    from collections.abc import Callable

_BACKFILL = """
mutation ($keys: [String!]!) {
  launchPartitionBackfill(backfillParams: {assetSelection: [{path: ["landing", "tips"]}], partitionNames: $keys}) {
    __typename
    ... on LaunchBackfillSuccess { backfillId }
    ... on PythonError { message }
  }
}"""
_STATE = """
query ($id: String!) { partitionBackfillOrError(backfillId: $id) { ... on PartitionBackfill { status } } }"""


def wait_until(holds: Callable[[], object], seconds: float, what: str) -> float:
    """Seconds it took; an error names what never came."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < seconds, f"not within {seconds:.0f} s: {what}"
        time.sleep(0.1)
    return time.monotonic() - began


class Deployment:
    """`syfte serve` in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._served: subprocess.Popen[bytes] | None = None
        with socket.socket() as asked:
            asked.bind(("127.0.0.1", 0))
            self.port = asked.getsockname()[1]

    def start(self) -> float:
        """Serve; returns how many seconds it took until questions are answered."""
        with (self.folder / "serve.log").open("a") as log:
            self._served = subprocess.Popen(
                [*SYFTE, "--project", str(self.folder), "serve", "--port", str(self.port)],
                env=environment(), stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        return wait_until(self._answers, 120, f"an answer of the service\n{self.log()}")

    def is_serving(self) -> bool:
        """Whether the process that was started is still there."""
        return self._served is not None and self._served.poll() is None

    def _answers(self) -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/server_info", timeout=5).status_code == 200
        except httpx.TransportError:
            return False

    def log(self) -> str:
        return (self.folder / "serve.log").read_text(encoding="utf-8")[-2000:]

    def ask(self, query: str, **variables: object) -> dict:
        """Ask Dagster's GraphQL."""
        answer = httpx.post(
            f"http://127.0.0.1:{self.port}/graphql", json={"query": query, "variables": variables}, timeout=60
        ).json()
        assert "errors" not in answer, answer
        return answer["data"]

    def backfill(self, keys: list[str]) -> str:
        """Begin to read days of tips again; its id."""
        return self.ask(_BACKFILL, keys=keys)["launchPartitionBackfill"]["backfillId"]

    def backfill_state(self, backfill: str) -> str:
        return self.ask(_STATE, id=backfill)["partitionBackfillOrError"]["status"]

    def processes(self) -> dict[int, str]:
        """Everything that works for this folder: number and command."""
        mark = f"SYFTE_PROJECT_DIR={self.folder}\0".encode()
        found = {}
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                if mark in (entry / "environ").read_bytes():
                    found[int(entry.name)] = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:  # it has ended meanwhile
                continue
        return found

    def kill(self, *words: str) -> int:
        """Kill -9 every process whose command holds one of the words, all of them without a word; how many."""
        struck = [pid for pid, command in self.processes().items() if not words or any(w in command for w in words)]
        for pid in struck:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        if self._served is not None and not words:
            self._served.wait(10)
        return len(struck)
