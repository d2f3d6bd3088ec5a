"""A Bluesky network on loopback: PostgreSQL, Redis, and the official servers in one Node process.

    python -m tests.live.network      starts one, says where it is, and stops it at Ctrl-C

Everything lies in one temporary directory and is gone afterwards. As root, PostgreSQL runs as
`nobody`: it refuses root.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.live.parts import HERE, MissingPartError, Parts, fetch

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE_S = 120
_POSTGRES = (
    "-c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off -c synchronous_commit=off "
    "-c full_page_writes=off"
)


@dataclass(frozen=True)
class Network:
    """A network that runs.

    Args:
        pds: where accounts live; it forwards reads to the AppView.
        appview: where everybody may read.
    """

    pds: str
    appview: str


@contextmanager
def running(parts: Parts) -> Iterator[Network]:
    """Start a network, and stop it whatever happens.

    Raises:
        MissingPartError: a server does not come up.
    """
    with ExitStack() as stack:
        scene = Path(tempfile.mkdtemp(prefix="syfte-live-"))
        stack.callback(shutil.rmtree, scene, ignore_errors=True)
        scene.chmod(0o711)
        database, cache, *ports = _free_ports(7)
        stack.enter_context(_postgres(parts, scene, database))
        stack.enter_context(_redis(parts, scene, cache))
        yield stack.enter_context(_servers(parts, scene, database, cache, ports))


@contextmanager
def _postgres(parts: Parts, scene: Path, port: int) -> Iterator[None]:
    initdb, control, psql = (parts.postgres(name) for name in ("initdb", "pg_ctl", "psql"))
    if not (initdb and control):
        raise MissingPartError("PostgreSQL is not there")
    data = scene / "postgres"
    data.mkdir(mode=0o700)
    as_nobody: tuple[object, ...] = ()
    if os.geteuid() == 0:
        shutil.chown(data, "nobody", "nogroup")
        as_nobody = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups")
    log = data / "log"

    def run(*command: object) -> None:
        _run(parts, *as_nobody, *command, cwd=data)

    run(initdb, "-D", data / "db", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
    run(control, "-D", data / "db", "-w", "-s", "-l", log, "-o", f"-p {port} {_POSTGRES}", "start")
    try:
        _run(parts, psql or "psql", "-h", "127.0.0.1", "-p", port, "-U", "postgres", "-qc", "create database atproto")
        yield
    finally:
        run(control, "-D", data / "db", "-m", "immediate", "-s", "stop")


@contextmanager
def _redis(parts: Parts, scene: Path, port: int) -> Iterator[None]:
    server = parts.redis()
    if not server:
        raise MissingPartError("Redis is not there")
    words = [server, "--bind", "127.0.0.1", "--port", port, "--save", "", "--appendonly", "no", "--dir", scene]
    with (scene / "redis.log").open("wb") as log, _process(parts, words, log=log, cwd=scene) as process:
        _wait(lambda: _answers(port), process, scene / "redis.log")
        yield


@contextmanager
def _servers(parts: Parts, scene: Path, database: int, cache: int, ports: list[int]) -> Iterator[Network]:
    ready, said = scene / "ready.json", scene / "node.log"
    for name in ("boot.mjs", "loopback.mjs", "package.json"):  # modules are looked for beside the script
        shutil.copy(HERE / name, scene)
    (scene / "node_modules").symlink_to(parts.modules)
    env = {
        "TMPDIR": str(scene),
        "NODE_ENV": "test",
        "LOG_ENABLED": "false",
        "DB_POSTGRES_URL": f"postgresql://postgres@127.0.0.1:{database}/atproto",
        "REDIS_HOST": f"127.0.0.1:{cache}",
        "PORTS": ",".join(str(port) for port in ports),
        "READY_FILE": str(ready),
    }
    words = [parts.node, "--import", "./loopback.mjs", "boot.mjs"]
    with said.open("wb") as log, _process(parts, words, log=log, cwd=scene, env=env) as process:
        _wait(ready.exists, process, said)
        where = json.loads(ready.read_text())
        yield Network(pds=where["pds"], appview=where["appview"])


@contextmanager
def _process(
    parts: Parts, words: list[object], *, log: object, cwd: Path, env: dict[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [str(word) for word in words], cwd=cwd, env=os.environ | parts.libraries | (env or {}),
        stdin=subprocess.PIPE, stdout=log, stderr=subprocess.STDOUT,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdin.close()


def _wait(is_ready, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + PATIENCE_S
    while not is_ready():
        if process.poll() is not None or time.monotonic() > until:
            raise MissingPartError(f"a server does not come up: {log.read_text(errors='replace')[-800:]}")
        time.sleep(0.1)


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _free_ports(number: int) -> list[int]:
    with ExitStack() as stack:
        held = [stack.enter_context(socket.socket()) for _ in range(number)]
        for one in held:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in held]


def _run(parts: Parts, *command: object, cwd: Path | None = None) -> None:
    words = [str(word) for word in command]
    done = subprocess.run(
        words, cwd=cwd, env=os.environ | parts.libraries, timeout=PATIENCE_S, text=True, check=False,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    if done.returncode:
        raise MissingPartError(f"`{Path(words[-1]).name}` of {words[0]} failed: {done.stdout.strip()[-800:]}")


if __name__ == "__main__":
    with running(fetch()) as network:
        print(f"AppView: {network.appview}\nPDS:     {network.pds}\nCtrl-C stops it.", flush=True)
        try:
            while True:
                time.sleep(3600)
        except KeyboardInterrupt:
            pass
