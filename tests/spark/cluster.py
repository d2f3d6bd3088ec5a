"""A real Spark on loopback: a master, two workers with a core each, and the Connect server; gone afterwards."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

HOME = "SPARK_HOME"
"""Set by `make spark`: where Spark is unpacked. Without it the tests of the cluster are skipped."""

_START_S = 300.0


@contextmanager
def running_cluster(folder: Path):
    """Start it; yields the address of Connect and the process of each worker, whose executors share its group.

    Args:
        folder: for logs and for what workers unpack.
    """
    if not os.environ.get(HOME):
        pytest.skip(f"{HOME} is not set: `make spark` does so")
    if shutil.which("java") is None:
        pytest.fail("there is no Java: install Debian's openjdk-17-jre-headless, or another of 17 or 21")
    master, connect = _free_port(), _free_port()
    url = f"spark://127.0.0.1:{master}"
    said = {
        "spark.connect.grpc.binding.address": "127.0.0.1",
        "spark.connect.grpc.binding.port": connect,
        "spark.driver.host": "127.0.0.1",
        "spark.driver.memory": "1g",
        "spark.executor.memory": "900m",
        "spark.sql.shuffle.partitions": 2,
        "spark.ui.enabled": "false",
    }
    service = ["--class", "org.apache.spark.sql.connect.service.SparkConnectServer", "--master", url]
    settings = [part for name, value in said.items() for part in ("--conf", f"{name}={value}")]
    started: list[subprocess.Popen[bytes]] = []
    try:
        main = "org.apache.spark.deploy.master.Master"
        started.append(_java(folder, "spark-class", main, "--host", "127.0.0.1", "--port", master, "--webui-port", 0))
        _wait_for(master)
        worker = (
            "org.apache.spark.deploy.worker.Worker",
            "--host",
            "127.0.0.1",
            "--webui-port",
            0,
            "-c",
            1,
            "-m",
            "1g",
        )
        workers = [_java(folder, "spark-class", *worker, "-d", folder / f"work{n}", url) for n in (1, 2)]
        started.extend(workers)
        started.append(_java(folder, "spark-submit", *service, *settings, "spark-internal"))
        _wait_for(connect)
        yield f"sc://127.0.0.1:{connect}", workers
    finally:
        for process in reversed(started):
            kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    """End a part of the cluster and all that it started, at once."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _java(folder: Path, program: str, *arguments: object) -> subprocess.Popen[bytes]:
    home = Path(os.environ[HOME])
    with (folder / f"{program}-{time.monotonic_ns()}.log").open("wb") as log:
        return subprocess.Popen(
            [str(home / "bin" / program), *map(str, arguments)],
            stdout=log,
            stderr=subprocess.STDOUT,
            env={**os.environ, "SPARK_LOCAL_IP": "127.0.0.1"},
            start_new_session=True,
        )


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline:
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    pytest.fail(f"nothing listens on port {port} after {_START_S:.0f} s")
