"""The page's own nginx configuration before the real user interface: who has no login sees nothing."""

from __future__ import annotations

import base64
import json
import re
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.integration.projects import ROOT, environment, plain_project

PAGE = ROOT / "docs/reverse-proxy.md"


def free_port():
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return asked.getsockname()[1]


def listening(pids):
    """Addresses, as the kernel writes them, on which some processes listen."""
    owned = set()
    for pid in pids:
        for handle in Path(f"/proc/{pid}/fd").iterdir():
            if handle.is_symlink() and (found := re.fullmatch(r"socket:\[(\d+)\]", str(handle.readlink()))):
                owned.add(found[1])
    rows = [line.split() for name in ("tcp", "tcp6") for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:]]
    return {row[1].split(":")[0] for row in rows if row[3] == "0A" and row[9] in owned}


def ask(folder, port, *, login=None, query=None):
    """Status and body of an answer over TLS; the certificate is the test's own."""
    headers = {"Content-Type": "application/json"}
    if login:
        headers["Authorization"] = f"Basic {base64.b64encode(login.encode()).decode()}"
    path, data = ("/graphql", json.dumps({"query": query}).encode()) if query else ("/server_info", None)
    request = urllib.request.Request(f"https://127.0.0.1:{port}{path}", data=data, headers=headers)
    context = ssl.create_default_context(cafile=folder / "syfte.pem")
    try:
        with urllib.request.urlopen(request, timeout=30, context=context) as answer:  # noqa: S310  # loopback
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, ""
    except urllib.error.URLError as error:
        if not isinstance(error.reason, ConnectionError):
            raise
        return 0, ""  # it is not up yet


def configuration(folder, port, upstream):
    """The block of the page, its port, its files and its upstream replaced by the test's."""
    [block] = re.findall(r"```nginx\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    for old, new in (
        ("listen 443 ssl;", f"listen 127.0.0.1:{port} ssl;"),
        ("/etc/nginx/", f"{folder}/"),
        ("http://127.0.0.1:3000", f"http://127.0.0.1:{upstream}"),
    ):
        assert old in block
        block = block.replace(old, new)
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    text = f"pid {folder}/nginx.pid;\ndaemon off;\nmaster_process off;\nerror_log {folder}/error.log;\nevents {{}}\n"
    (folder / "nginx.conf").write_text(f"{text}http {{\naccess_log off;\n{temporary}{block}}}\n", encoding="utf-8")
    return folder / "nginx.conf"


@pytest.fixture
def served(tmp_path, chaos):
    if not chaos.full:
        pytest.skip("takes half a minute; `make chaos` runs it")
    nginx = chaos.needs("nginx")
    openssl = chaos.needs("openssl")
    hashed = subprocess.run([openssl, "passwd", "-apr1", "right"], check=True, capture_output=True, text=True).stdout
    (tmp_path / "syfte.htpasswd").write_text(f"anna:{hashed}", encoding="utf-8")
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
         "-addext", "subjectAltName=IP:127.0.0.1",
         "-keyout", tmp_path / "syfte.key", "-out", tmp_path / "syfte.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    project = plain_project(tmp_path / "project")
    (tmp_path / "home").mkdir()
    upstream, port = free_port(), free_port()
    env = environment(
        DAGSTER_HOME=str(tmp_path / "home"), SYFTE_PROJECT_DIR=str(project), DAGSTER_DISABLE_TELEMETRY="1"
    )
    interface = subprocess.Popen(
        [sys.executable, "-m", "dagster_webserver", "-m", "pipelines.definitions", "--read-only", "--host", "127.0.0.1",
         "--port", str(upstream)],
        env=env, cwd=project, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    proxy = subprocess.Popen(
        [nginx, "-p", tmp_path, "-c", configuration(tmp_path, port, upstream)], stderr=subprocess.DEVNULL
    )
    try:
        yield port, (interface, proxy)
    finally:
        for process in (proxy, interface):
            process.terminate()
            process.wait(30)


@pytest.mark.promise("S1")
@pytest.mark.slow
def test_without_a_login_nobody_gets_past_the_web_server_and_nothing_listens_off_loopback(served, tmp_path, figure):
    port, processes = served
    until = time.monotonic() + 120
    while ask(tmp_path, port, login="anna:right")[0] != 200:
        assert time.monotonic() < until
        assert all(process.poll() is None for process in processes)
        time.sleep(0.5)
    assert [
        ask(tmp_path, port)[0],
        ask(tmp_path, port, login="anna:wrong")[0],
        ask(tmp_path, port, query="{ version }")[0],
    ] == [401, 401, 401]
    status, body = ask(tmp_path, port, login="anna:right", query="{ version }")
    assert status == 200
    assert json.loads(body)["data"]["version"]
    addresses = listening([process.pid for process in processes])
    assert addresses == {"0100007F"}
    figure("addresses off loopback that answer", len(addresses - {"0100007F"}))
