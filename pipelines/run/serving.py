"""`syfte serve`: Dagster's user interface and daemon for one project, with nothing to remember."""

from __future__ import annotations

import ipaddress
import os
import socket
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.errors import BusyError, UsageError
from pipelines.locks import is_taken_by_us
from pipelines.run.initialise import template

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.project import Project


@dataclass(frozen=True)
class Service:
    """What is ready to be started.

    Args:
        command: program and arguments.
        environment: of the new process.
        folder: where it runs: dagster.yaml names places relative to it.
        ended: ids of the orphaned runs that were ended.
        made: the dagster.yaml that was written because there was none.
    """

    command: list[str]
    environment: dict[str, str]
    folder: Path
    ended: list[str]
    made: Path | None

    def become(self) -> None:
        """Turn this process into the service: signals and the hold on the project go with it. Never returns."""
        os.chdir(self.folder)
        os.execve(self.command[0], self.command, self.environment)  # noqa: S606  # no shell, and our own program


def prepare_service(project: Project, *, host: str, port: int, without_login: bool = False) -> Service:
    """Make a project ready for Dagster, and end the runs that a dead host left behind.

    Args:
        project: whose schedules are to run.
        host: the address of the user interface.
        port: its port.
        without_login: let others reach it, though it asks nobody who he is.

    Raises:
        UsageError: the host can be reached from elsewhere, and nobody said that this is meant; or the port is taken.
        BusyError: the project is served already.
    """
    if not without_login and not _is_loopback(host):
        raise UsageError(
            "Others could reach the user interface there, and it has no login: whoever opens it can start runs.",
            where=f"--host {host}",
            do="Keep 127.0.0.1 and put a web server with a login before it (docs/orchestration.md); or add\n"
            "         --without-login, if the network itself lets in nobody else.",
        )
    made = _require_instance_file(project.root)
    _hold(project.data / "dagster")
    _require_free(host, port)
    environment = {
        **os.environ,
        "DAGSTER_HOME": str(project.root),
        "DAGSTER_DISABLE_TELEMETRY": "1",
        "SYFTE_PROJECT_DIR": str(project.root),
        "PYTHONWARNINGS": "ignore",  # Dagster's about Dagster: the one who serves can do nothing about them
    }
    dagster = [sys.executable, "-m", "dagster", "dev", "--log-level", "warning", "-m", "pipelines.definitions"]
    command = [*dagster, "--host", host, "--port", str(port)]
    return Service(command, environment, project.root, _end_orphans(project.root), made)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _require_instance_file(root: Path) -> Path | None:
    path = root / "dagster.yaml"
    if path.exists():
        return None
    path.write_text(template("dagster.yaml"), encoding="utf-8")
    return path


def _hold(folder: Path) -> None:
    """Keep others from serving the project too; the hold lasts as long as this process, whatever it becomes."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "serve.lock"
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    if not is_taken_by_us(handle):
        os.close(handle)
        raise BusyError(
            "This project is being served already.",
            where=str(path),
            do="Open the address that the other `syfte serve` printed, or stop it first.",
        )
    os.set_inheritable(handle, True)


def _require_free(host: str, port: int) -> None:
    """Dagster would take another port than the one that people, or a web server before it, were told."""
    try:
        with socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET):
            pass
    except OSError as error:
        raise UsageError(
            f"The port cannot be used: {error.strerror}.",
            where=f"--host {host} --port {port}",
            do="Choose another, or stop what answers there: it may be what is left of a `syfte serve` that was killed.",
        ) from None


def _end_orphans(root: Path) -> list[str]:
    import dagster as dg  # noqa: PLC0415  # over a second

    from pipelines.defs.orphans import end_orphans  # noqa: PLC0415

    before = os.getcwd()  # noqa: PTH109  # only to come back
    os.chdir(root)
    try:
        with dg.DagsterInstance.from_config(str(root)) as instance:
            return end_orphans(instance)
    finally:
        os.chdir(before)
