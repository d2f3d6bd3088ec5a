"""A webhook on loopback that keeps what it is sent."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

SECRET = "T000/B000/a-secret-of-the-webhook"
"""The part of its address that is its key."""


@contextmanager
def webhook() -> Iterator[dict[str, Any]]:
    """Its `url`, the `bodies` and `paths` it was sent, and the `status` it answers with, which may be changed."""
    state: dict[str, Any] = {"status": 200, "bodies": [], "paths": []}

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            state["bodies"].append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            state["paths"].append(self.path)
            self.send_response(state["status"])
            self.send_header("Location", "http://127.0.0.1:9/elsewhere")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    state["url"] = f"http://127.0.0.1:{server.server_port}/services/{SECRET}"
    yield state
    server.shutdown()
    server.server_close()
