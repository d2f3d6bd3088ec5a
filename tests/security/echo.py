"""A server that gives back whatever it was given, in every place of an answer where a token could hide."""

from __future__ import annotations

import contextlib
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.security.planted import MARK


class Echo(BaseHTTPRequestHandler):
    """Gives back whatever it was given, in every place of an answer where a token could hide."""

    protocol_version = "HTTP/1.1"

    def _secret(self):
        names = ("authorization", "x-goog-api-key", "access-token")
        sent = [self.headers[name].split()[-1] for name in names if self.headers.get(name)]
        return next(iter(sent + re.findall(rf"[\w.-]*{MARK}[\w.-]*", self.body + self.path)), MARK)

    body = ""

    def do_POST(self):
        self.body = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
        self.do_GET()

    def do_GET(self):
        secret = self._secret()
        way = self.server.ways[len(self.server.asked) % len(self.server.ways)]
        self.server.asked.append(self.path)
        status, body, headers = way(secret)
        self.send_response_only(status, f"No {secret}")
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def answers():
    """Ways to say no, or nearly yes, that quote the token."""
    quoting = [
        lambda s: (400, f'{{"error": {{"message": "bad {s}", "code": 190, "type": "{s}"}}}}'),
        lambda s: (400, f'{{"error": {{"message": "bad {s}", "code": "{s}", "status": "{s}"}}}}'),
        lambda s: (400, f'{{"error": "{s}", "error_description": "{s}", "message": "{s}"}}'),
        lambda s: (401, f'{{"title": "{s}", "detail": "{s}", "type": "{s}", "status": 401}}'),
        lambda s: (403, f'{{"errors": [{{"message": "{s}", "title": "{s}"}}], "serviceErrorCode": 100}}'),
        lambda s: (404, f"<html><title>{s}</title>{s}</html>"),
        lambda s: (418, s),
        lambda s: (200, f"<html>{s}</html>"),
        lambda s: (200, f'{{"data": [{{"id": "{s}'),
        lambda s: (200, f'{{"data": [{{"id": "1", "access_token": "{s}"}}], "paging": {{"next": "http://h/?access_token={s}"}}}}'),
        lambda s: (200, f'["{s}"]'),
        lambda s: (500, f'{{"error": {{"message": "{s}", "code": 2}}}}'),
    ]  # fmt: skip
    for way in quoting:
        yield lambda s, way=way: (
            way(s)[0],
            way(s)[1].encode(),
            {"X-Token": s, "WWW-Authenticate": f'Bearer error="{s}"'},
        )
    yield lambda s: (302, b"", {"Location": f"http://localhost:9/?access_token={s}"})
    yield lambda s: (307, b"", {"Location": f"https://evil.example/{s}"})
    yield lambda s: (429, s.encode(), {"Retry-After": "700", "X-App-Usage": s, "x-rate-limit-reset": s})
    yield lambda s: (200, s.encode(), {"Content-Encoding": "gzip"})
    yield lambda s: (200, s.encode(), {"Date": s, "Content-Type": f"text/{s}"})


@contextlib.contextmanager
def echoing(*ways, tls=None):
    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        server.ways, server.asked = ways, []
        if tls:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
