"""What Sail asks of Kubernetes, answered on loopback: a pod is a process of this machine.

Sail's `local-cluster` keeps its workers in one process with the server, so that none of them can be killed. In its
`kubernetes-cluster` mode each is a process of its own, and the server asks for two things only: a pod for a worker,
and the end of its pods.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from tests.integration.projects import environment
from tests.spark.server import running_sail

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = {
    "SAIL_CLUSTER__WORKER_INITIAL_COUNT": "2",
    "SAIL_CLUSTER__WORKER_HEARTBEAT_INTERVAL_SECS": "1",
    "SAIL_CLUSTER__WORKER_HEARTBEAT_TIMEOUT_SECS": "4",
    "SAIL_EXECUTION__DEFAULT_PARALLELISM": "2",
}
"""A worker is missed after four seconds: by itself it would be after two minutes."""

HERE = {"SAIL_CLUSTER__WORKER_LISTEN_HOST": "127.0.0.1", "SAIL_CLUSTER__WORKER_EXTERNAL_HOST": "127.0.0.1"}
"""What is a pod's own in its description."""


class Kubernetes(ThreadingHTTPServer):
    """Starts and ends pods, and keeps their processes in the order of their start.

    Args:
        folder: for the pods' logs and for the file by which one finds us.
    """

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.folder = folder
        self.pods: list[subprocess.Popen[bytes]] = []

    @property
    def config(self) -> Path:
        """The file for `KUBECONFIG`."""
        path = self.folder / "kubeconfig"
        url = f"http://127.0.0.1:{self.server_address[1]}"
        content = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "here", "cluster": {"server": url}}],
            "users": [{"name": "me", "user": {}}],
            "contexts": [{"name": "here", "context": {"cluster": "here", "user": "me"}}],
            "current-context": "here",
        }
        path.write_text(json.dumps(content), encoding="utf-8")
        return path

    def start(self, pod: dict[str, object]) -> None:
        """Start the one program of a pod."""
        [container] = pod["spec"]["containers"]
        told = {one["name"]: one["value"] for one in container["env"] if "value" in one}
        program = [sys.executable, "-m", "pysail", *container["args"]]
        with (self.folder / f"pod{len(self.pods)}.log").open("wb") as log:
            self.pods.append(
                subprocess.Popen(program, stdout=log, stderr=subprocess.STDOUT, env=environment(**told | HERE))
            )

    def end(self) -> None:
        """End all pods."""
        for pod in self.pods:
            pod.kill()
            pod.wait()


class _Answers(BaseHTTPRequestHandler):
    server: Kubernetes

    def do_POST(self) -> None:  # the name is the library's
        pod = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.start(pod)
        self._say(201, pod)

    def do_DELETE(self) -> None:  # as above
        self.rfile.read(int(self.headers["content-length"] or 0))
        self.server.end()
        self._say(200, {"apiVersion": "v1", "kind": "Status", "metadata": {}, "status": "Success"})

    def _say(self, code: int, content: object) -> None:
        body = json.dumps(content).encode()
        self.send_response(code)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing on the test's output."""


@contextmanager
def running_pods(folder: Path):
    """Start Sail with two workers, each a pod; yields its address and the processes of all workers, dead ones too.

    Args:
        folder: for logs.
    """
    with Kubernetes(folder) as here:
        threading.Thread(target=here.serve_forever, daemon=True).start()
        try:
            with running_sail("kubernetes-cluster", KUBECONFIG=str(here.config), **SETTINGS) as (remote, _):
                yield remote, here.pods
        finally:
            here.shutdown()
            here.end()
