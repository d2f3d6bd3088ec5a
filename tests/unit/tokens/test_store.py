from __future__ import annotations

import asyncio
import stat
import subprocess
import sys
import time

import keyring
import keyring.backend
import keyring.errors
import pytest

from pipelines.errors import ConfigurationError, DeferredError, StorageError
from pipelines.tokens.store import FileStore, file_name, locked, open_store
from tests.unit.tokens.conftest import Rotating, Source


class Ring(keyring.backend.KeyringBackend):
    """A keyring in memory."""

    priority = 1

    def __init__(self):
        super().__init__()
        self.held, self.is_locked = {}, False

    def get_password(self, service, username):
        if self.is_locked:
            raise keyring.errors.KeyringLocked
        return self.held.get((service, username))

    def set_password(self, service, username, password):
        if self.is_locked:
            raise keyring.errors.KeyringLocked
        self.held[service, username] = password


@pytest.fixture
def ring():
    before, found = keyring.get_keyring(), Ring()
    keyring.set_keyring(found)
    yield found
    keyring.set_keyring(before)


def test_a_stored_token_is_for_us_alone(tmp_path):
    store = FileStore(tmp_path / "data" / "tokens")
    store.write("x--default", b"{}")
    path = store.path_of("x--default")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert store.read("x--default") == b"{}"
    assert store.read("x--other") is None
    path.chmod(0o640)
    with pytest.raises(StorageError, match=r"Others may read a stored token \(mode 0640\)") as told:
        store.read("x--default")
    assert f"chmod 600 {path}" in told.value.do


def test_a_draft_that_a_kill_left_behind_is_no_obstacle_and_becomes_private(tmp_path):
    store = FileStore(tmp_path)
    draft = tmp_path / ".x--default.json.part"
    draft.write_bytes(b"half a tok")
    draft.chmod(0o644)
    store.write("x--default", b"whole")
    assert store.read("x--default") == b"whole"
    assert not draft.exists()


def test_no_two_names_share_a_file():
    names = [
        "x--default",
        "x--a/b",
        "x--a_b",
        "x--A",
        "bluesky--did:plc:abc",
        "mastodon--1@social.example",
        "x--../../a",
    ]
    assert len({file_name(name) for name in names}) == len(names)
    assert all("/" not in file_name(name) and ".." not in file_name(name) for name in names)


HOLDER = """
import asyncio, sys, pathlib
from pipelines.tokens.store import locked
async def hold():
    async with locked(pathlib.Path(sys.argv[1]), "x"):
        print("held", flush=True)
        sys.stdin.read()
asyncio.run(hold())
"""


def test_another_process_is_waited_for_and_a_killed_one_holds_nothing(tmp_path):
    async def take(wait_s):
        async with locked(tmp_path, "x", wait_s=wait_s):
            return time.monotonic()

    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout.readline() == "held\n"
        with pytest.raises(DeferredError, match="renewing this token for too long"):
            asyncio.run(take(0.2))
        other.kill()
    assert asyncio.run(take(5))


def test_with_a_keyring_no_token_is_on_disk(bench, ready, ring):
    section = {"enabled": True, "refresh_token": "RT-0", "client_id": "a", "client_secret": "b"}
    bench.sections, platform = {"tiktok": section}, Rotating()
    assert ready(bench.keeper(platform, token_store="keyring"), Source("tiktok")) == "AT-1"
    assert ready(bench.keeper(platform, token_store="keyring"), Source("tiktok")) == "AT-1"
    assert len(platform.asked) == 1
    assert "AT-1" not in str(bench.stored())
    [(service, name)] = ring.held
    assert (service, name) == (f"syfte {bench.folder.resolve()}/data/tokens", "tiktok--default")


def test_a_locked_keyring_says_so(tmp_path, ring):
    ring.is_locked = True
    store = open_store(tmp_path, "keyring")
    with pytest.raises(ConfigurationError, match="KeyringLocked"):
        store.read("x")
    with pytest.raises(StorageError, match="KeyringLocked"):
        store.write("x", b"secret")
