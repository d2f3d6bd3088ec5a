"""The test's side of `tests.chaos.warm`: lives that are begun, watched, killed, and asked what became of them."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.projects import ONE_THREAD, environment

if TYPE_CHECKING:
    from collections.abc import Generator

ROOT = Path(__file__).resolve().parents[2]
LONGEST_S = 120.0


@dataclass
class Life:
    """One child's life.

    Args:
        pid: also its process group's.
        phases: each phase that it told of, and when, seconds after the beginning.
        over: when a phase was over, if before the next began.
        code: exit code, or minus the signal; None while it lives.
        error: kind, what, where and do of the error it ended with.
    """

    channel: socket.socket
    pid: int
    began: float = field(default_factory=time.monotonic)
    phases: dict[str, float] = field(default_factory=dict)
    over: dict[str, float] = field(default_factory=dict)
    code: int | None = None
    error: tuple[str, str, str | None, str | None] | None = None

    def hear(self, *, until: float | None = None) -> bool:
        """Take one message; False if none came by then (a moment of the monotonic clock)."""
        self.channel.settimeout(LONGEST_S if until is None else max(until - time.monotonic(), 1e-4))
        try:
            said = json.loads(self.channel.recv(65536))
        except TimeoutError:
            if until is None:
                raise
            return False
        if "phase" in said:
            self.phases.setdefault(said["phase"], time.monotonic() - self.began)
        elif "over" in said:
            self.over[said["over"]] = time.monotonic() - self.began
        elif "error" in said:
            self.error = tuple(said["error"])
        elif "ended" in said:
            self.code = said["ended"]
        return True

    def go(self) -> None:
        """Let a life that waits begin its work."""
        self.channel.send(b".")
        self.began = time.monotonic()

    def go_under(self, strace: str, *options: str, log: Path) -> int:
        """Let a life that waits do its work under strace, to its end; gives the exit code."""
        command = [strace, "-f", "-y", "-o", str(log), *options, "-p", str(self.pid)]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as tracer:
            assert tracer.stderr is not None
            said = tracer.stderr.readline()
            if "attached" not in said:
                self.kill()
                self.end()
                pytest.skip(f"strace may not attach here: {said.strip()}")
            self.go()
            code = self.end()
            tracer.stderr.read()
        return code

    def kill(self) -> None:
        """SIGKILL to the whole process group."""
        os.killpg(self.pid, signal.SIGKILL)

    def end(self) -> int:
        """Wait for the end; gives the exit code."""
        while self.code is None:
            self.hear()
        return self.code

    def kill_in(self, phase: str, *, after_s: float) -> str | None:
        """Kill it that long after a phase began; gives the phase it was killed in, None if it had ended before."""
        while self.code is None and phase not in self.phases:
            self.hear()
        moment = self.began + self.phases.get(phase, 0.0) + after_s
        while self.code is None and time.monotonic() < moment and self.hear(until=moment):
            pass
        if self.code is None:
            self.kill()
        if self.end() != -signal.SIGKILL:
            return None
        return max(self.phases, key=self.phases.__getitem__)


class Warm:
    """The process with everything imported."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel

    def begin(self, work: str, project: Path, *, waits: bool = False, one_cpu: bool = False) -> Life:
        """Begin a life."""
        asked = {"work": work, "project": str(project), "waits": waits, "one_cpu": one_cpu}
        self._channel.send(json.dumps(asked).encode())
        self._channel.settimeout(LONGEST_S)
        begun: dict[str, Any] = json.loads(self._channel.recv(65536))
        return Life(self._channel, begun["begun"])

    def finish(self, work: str, project: Path, *, one_cpu: bool = False) -> Life:
        """A whole life without harm."""
        life = self.begin(work, project, one_cpu=one_cpu)
        assert life.end() == 0, life.error
        return life


@contextmanager
def warm_process() -> Generator[Warm]:
    """Start the process; it ends with the block."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    command = [sys.executable, "-m", "tests.chaos.warm", str(theirs.fileno())]
    with (
        ours,
        subprocess.Popen(command, cwd=ROOT, env=environment(**ONE_THREAD), pass_fds=[theirs.fileno()]) as process,
    ):
        theirs.close()
        ours.settimeout(LONGEST_S)
        try:
            assert json.loads(ours.recv(65536)) == {"ready": True}
            yield Warm(ours)
        finally:
            ours.shutdown(socket.SHUT_RDWR)
            process.wait(timeout=30)
