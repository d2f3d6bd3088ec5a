"""Where renewed tokens are kept: files that only we may read, or the system's keyring.

A refresh token that rotates exists once. So a write either stands whole and durable or changes nothing, and of two runs
that want to renew the same token one waits for the other.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import time
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import TYPE_CHECKING, Protocol

from pipelines.errors import ConfigurationError, DeferredError, StorageError
from pipelines.locks import is_taken_by_us

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator
    from pathlib import Path

WAIT_S = 90.0
"""Longer than a renewal with all its tries takes."""
_OTHERS = 0o077


class Store(Protocol):
    """Secrets by name."""

    place: str

    def read(self, name: str) -> bytes | None:
        """What is kept under a name; None if nothing is.

        Raises:
            StorageError: it cannot be read, or others may read it.
        """
        ...

    def write(self, name: str, content: bytes) -> None:
        """Keep it, durably: after a return it survives a power cut, before it the old content stands.

        Raises:
            StorageError: it cannot be written.
        """
        ...


def open_store(folder: Path, kind: str) -> Store:
    """The store of a project.

    Args:
        folder: where files, and all locks, are.
        kind: `files` or `keyring`.

    Raises:
        ConfigurationError: the keyring is not installed, or there is none on this machine.
    """
    return KeyringStore(f"syfte {folder.resolve()}") if kind == "keyring" else FileStore(folder)


class FileStore:
    """One file a name, mode 0600, in a folder of mode 0700."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.place = str(folder)

    def read(self, name: str) -> bytes | None:
        """See `Store.read`."""
        path = self.path_of(name)
        try:
            with path.open("rb") as file:
                mode = os.fstat(file.fileno()).st_mode
                if os.name == "posix" and mode & _OTHERS:
                    raise StorageError(
                        f"Others may read a stored token (mode {mode & 0o777:04o}).",
                        where=str(path),
                        do=f"Run `chmod 600 {path}`; if others were at this machine, issue the token anew.",
                    )
                return file.read()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StorageError(f"A stored token cannot be read ({error.strerror}).", where=str(path)) from None

    def write(self, name: str, content: bytes) -> None:
        """See `Store.write`."""
        path = self.path_of(name)
        draft = path.with_name(f".{path.name}.part")
        try:
            make_private(path.parent)
            handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0), 0o600)
            with os.fdopen(handle, "wb") as file:
                if os.name == "posix":
                    os.fchmod(handle, 0o600)  # a draft that a kill left behind keeps its mode
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
            _sync(path.parent)
        except OSError as error:
            with suppress(OSError):
                draft.unlink(missing_ok=True)
            raise StorageError(
                f"A renewed token cannot be stored ({error.strerror}).",
                where=str(path),
                do="Free space, or give the user that runs syfte the right to write there; then run again.",
            ) from None

    def path_of(self, name: str) -> Path:
        """The file of a name."""
        return self._folder / f"{file_name(name)}.json"


class KeyringStore:
    """The system's keyring: Secret Service, macOS Keychain, Windows Credential Manager."""

    def __init__(self, service: str) -> None:
        self._service = service
        self.place = f"keyring, service {service!r}"

    def read(self, name: str) -> bytes | None:
        """See `Store.read`."""
        found = keyring_secret(self._service, name)
        return None if found is None else found.encode()

    def write(self, name: str, content: bytes) -> None:
        """See `Store.write`."""
        import keyring  # noqa: PLC0415  # an extra
        from keyring.errors import KeyringError  # noqa: PLC0415

        try:
            keyring.set_password(self._service, name, content.decode())
        except KeyringError as error:
            raise StorageError(
                f"The keyring does not take a renewed token ({type(error).__name__}).",
                where=f"{self.place}, {name}",
                do="Unlock it, or set SYFTE_TOKEN_STORE=files; then run again.",
            ) from None


def keyring_secret(service: str, name: str) -> str | None:
    """A secret of the system's keyring; None if it has none of that name.

    Raises:
        ConfigurationError: the keyring is not installed, locked, or there is none on this machine.
    """
    where = f"keyring, service {service!r}, {name}"
    try:
        import keyring  # noqa: PLC0415  # an extra, and slow to start
        from keyring.errors import KeyringError  # noqa: PLC0415
    except ImportError:
        raise ConfigurationError(
            "The settings speak of a keyring, but the package for it is not installed.",
            where=where,
            do="Install it: `pip install 'syfte[keyring]'`.",
        ) from None
    try:
        return keyring.get_password(service, name)
    except KeyringError as error:
        raise ConfigurationError(
            f"The keyring gives nothing ({type(error).__name__}).",
            where=where,
            do="Unlock it, or keep the secret in a file of mode 0600 (docs/settings.md).",
        ) from None


def file_name(name: str) -> str:
    """A name that every file system takes, and that no two names share."""
    plain = re.sub(r"[^A-Za-z0-9_-]", "_", name)[:60]
    return plain if plain == name else f"{plain}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def make_private(folder: Path) -> None:
    """Make a folder that only we may enter."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


@asynccontextmanager
async def locked(folder: Path, name: str, *, wait_s: float = WAIT_S) -> AsyncGenerator[None]:
    """Hold a name alone, among all processes of this machine. A killed process holds nothing.

    Raises:
        DeferredError: another run holds it for longer than `wait_s`.
        StorageError: the lock cannot be made.
    """
    path, handle = _lock_file(folder, name)
    try:
        deadline = time.monotonic() + wait_s
        while not is_taken_by_us(handle):
            if time.monotonic() >= deadline:
                raise _too_long(path)
            await asyncio.sleep(0.05)
        yield
    finally:
        os.close(handle)  # which lets go of the lock


@contextmanager
def held(folder: Path, name: str, *, wait_s: float = WAIT_S) -> Generator[None]:
    """The same for what takes a moment and asks nobody."""
    path, handle = _lock_file(folder, name)
    try:
        deadline = time.monotonic() + wait_s
        while not is_taken_by_us(handle):
            if time.monotonic() >= deadline:
                raise _too_long(path)
            time.sleep(0.01)
        yield
    finally:
        os.close(handle)


def _lock_file(folder: Path, name: str) -> tuple[Path, int]:
    path = folder / f"{file_name(name)}.lock"
    try:
        make_private(folder)
        return path, os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StorageError(
            f"A token cannot be locked ({error.strerror}).",
            where=str(path),
            do="Give the user that runs syfte the right to write there.",
        ) from None


def _too_long(path: Path) -> DeferredError:
    return DeferredError(
        "Another run has been renewing this token for too long.",
        seconds=60,
        where=str(path),
        do="Wait until that run is over, or stop it; then run again.",
    )


def _sync(folder: Path) -> None:
    """Make the names in a folder durable."""
    if os.name != "posix":
        return  # Windows has no way to open a directory, and orders renames itself
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
