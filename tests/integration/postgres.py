"""A PostgreSQL on loopback, from Debian's package, that asks for passwords; gone afterwards."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest

REQUIRED = "REQUIRE_POSTGRES"
"""Set in CI: there a missing PostgreSQL is a failure and not a reason to skip."""

OWNER, SECRET = "syfte_owner", "kanelbulle-med-pärlsocker%/@:"
ADMIN_SECRET = "administratörens-hemlighet"

_SERVER = "-c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off -c full_page_writes=off"


@dataclass(frozen=True)
class Server:
    """A server that runs.

    Args:
        port: on 127.0.0.1.
    """

    port: int

    def url(self, database: str = "postgres", user: str = OWNER) -> str:
        """An address without a password."""
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}"

    def secret_url(self, database: str) -> str:
        """An address with the password in it."""
        return self.url(database).replace(OWNER, f"{OWNER}:{quote(SECRET, safe='')}")

    def connect(self, database: str, user: str = OWNER, password: str = SECRET) -> psycopg.Connection:
        return psycopg.connect(self.url(database, user), password=password, autocommit=True)

    def admin(self, database: str = "postgres") -> psycopg.Connection:
        return self.connect(database, "postgres", ADMIN_SECRET)

    def new_database(self, name: str) -> str:
        """An empty database that belongs to OWNER."""
        with self.admin() as con:
            con.execute(f"drop database if exists {name} with (force)")
            con.execute(f"create database {name} owner {OWNER}")
        return name


def program(name: str) -> Path:
    """One of PostgreSQL's programs of the newest version there is."""
    on_path = shutil.which(name)
    found = [
        *sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True),
        *([Path(on_path)] if on_path else []),
    ]
    if found:
        return found[0]
    if os.environ.get(REQUIRED):
        pytest.fail(f"{name} is not installed (Debian: postgresql), and {REQUIRED} is set")
    pytest.skip(f"{name} is not installed (Debian: postgresql)")


@contextmanager
def running_postgres():
    """Start one, and stop it whatever happens. As root it runs as `nobody`: it refuses root."""
    initdb, control = program("initdb"), program("pg_ctl")
    home = Path(tempfile.mkdtemp(prefix="syfte-postgres-"))
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        port = asked.getsockname()[1]
    (home / "secret").write_text(ADMIN_SECRET, encoding="utf-8")
    as_nobody = []
    if os.geteuid() == 0:
        for path in (home, home / "secret"):
            shutil.chown(path, "nobody", "nogroup")
        as_nobody = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]

    def run(*command):
        subprocess.run([*as_nobody, *map(str, command)], cwd=home, check=True, stdout=subprocess.DEVNULL)

    try:
        run(initdb, "-D", home / "db", "-U", "postgres", "-A", "scram-sha-256", f"--pwfile={home / 'secret'}",
            "-E", "UTF8", "--locale=C", "-N")  # fmt: skip
        run(control, "-D", home / "db", "-w", "-s", "-l", home / "log", "-o", f"-p {port} {_SERVER}", "start")
        try:
            server = Server(port)
            with server.admin() as con:
                con.execute(f"create role {OWNER} login password '{SECRET}'")
                con.execute("create role dashboards login password 'läsarnas-hemlighet'")
                con.execute("create role guest login password 'gästens-hemlighet'")
            yield server
        finally:
            run(control, "-D", home / "db", "-m", "immediate", "-s", "stop")
    finally:
        shutil.rmtree(home, ignore_errors=True)
