"""A local server that speaks S3 (moto), in a process of its own."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.request import urlopen

import fsspec

if TYPE_CHECKING:
    from collections.abc import Generator

KEY = "AKIA-en-nyckel"
SECRET = "en-hemlighet-som-ingen-ser"
BUCKET = "myndigheten"


class ObjectServer:
    """The server, and what opens it."""

    def __init__(self, port: int) -> None:
        self.endpoint = f"http://127.0.0.1:{port}"
        self.options = {
            "key": KEY,
            "secret": SECRET,
            "client_kwargs": {"endpoint_url": self.endpoint, "region_name": "eu-north-1"},
        }

    def settings(self, folder: str) -> dict[str, str]:
        """Settings of a project that ships there."""
        return {
            "SYFTE_STORAGE_OPTIONS": json.dumps(self.options),
            "SYFTE_LANDING_URL": f"s3://{BUCKET}/{folder}/landing",
            "SYFTE_PUBLISHED_URL": f"s3://{BUCKET}/{folder}/published",
        }

    def filesystem(self):
        """For a look past the product."""
        return fsspec.filesystem("s3", **self.options, use_listings_cache=False, skip_instance_cache=True)


@contextmanager
def running_objects() -> Generator[ObjectServer]:
    """Start the server, with a bucket that keeps versions, and stop it afterwards."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
    words = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment) as process:
        try:
            server = ObjectServer(port)
            _await(server.endpoint)
            fs = server.filesystem()
            fs.call_s3("create_bucket", Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-north-1"})
            fs.make_bucket_versioned(BUCKET)
            yield server
        finally:
            process.kill()


def _await(endpoint: str) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            urlopen(f"{endpoint}/moto-api/data.json", timeout=5).close()  # noqa: S310  # loopback
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return
