"""Reading, writing and removing objects below one address, in the few ways that keep promises.

`write` makes objects whose content their names tell, so that doing it again changes nothing; `create` makes one only if
nobody else has; `swap` puts one in the place of another, whole. Errors of libraries are told in our words alone: theirs
may hold addresses that are signed, or keys.
"""

from __future__ import annotations

import errno
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from pipelines.errors import ConfigurationError, CredentialError, SourceError, StorageError, SyfteError
from pipelines.landing.writer import write_durably

if TYPE_CHECKING:
    from collections.abc import Collection, Generator, Iterable, Mapping

    from pipelines.objects.location import Location

_FRESH = {"use_listings_cache": False, "skip_instance_cache": True}
_OF_LOCAL = {"auto_mkdir": True}
_S3 = ("s3", "s3a")
_PACKAGES = {**dict.fromkeys(_S3, "syfte[objects]"), "gs": "gcsfs", "gcs": "gcsfs", "abfs": "adlfs", "az": "adlfs"}
_OF_CREDENTIALS = ("NoCredentials", "PartialCredentials", "CredentialRetrieval", "TokenRetrieval", "ClientAuth")
_AT_ONCE = 8
_TOO_MANY = 1000
"""How many objects one request of S3 may remove."""


class Store:
    """The objects below one address.

    Args:
        location: the address, and what opens it.
    """

    def __init__(self, location: Location) -> None:
        self.url = location.url
        self._location = location

    def sizes(self, folder: str) -> dict[str, int]:
        """Name below the address -> bytes, of every object in a folder; none where there is no such folder.

        Raises:
            CredentialError, SourceError: the store refuses, or cannot be reached.
        """
        with self._told("listing", folder):
            try:
                found = cast("dict[str, dict[str, Any]]", self._fs.find(self._path(folder), detail=True))
            except FileNotFoundError:
                if self._protocol in _S3:
                    raise  # the bucket is what is not there; a folder without objects is an empty one
                return {}
            return {self._name(path): int(info["size"]) for path, info in found.items()}

    def read(self, names: Collection[str]) -> dict[str, bytes]:
        """Content of each object that is there.

        Raises:
            CredentialError, SourceError: the store refuses, or cannot be reached.
        """
        if not names:
            return {}
        with self._told("reading", next(iter(names))):
            found = cast("dict[str, Any]", self._fs.cat([self._path(name) for name in names], on_error="return"))
            for content in found.values():
                if isinstance(content, Exception) and not isinstance(content, FileNotFoundError):
                    raise content
        contents = {self._name(path): content for path, content in found.items()}
        return {name: bytes(content) for name, content in contents.items() if not isinstance(content, Exception)}

    def write(self, contents: Mapping[str, bytes]) -> int:
        """Make objects whose names tell their content, but for those that stand.

        Returns:
            How many were not there yet, or not whole.

        Raises:
            ConfigurationError: there is no such bucket.
            CredentialError, SourceError, StorageError: the store refuses, cannot be reached, or is full.
        """
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            sizes = dict(zip(contents, pool.map(self._size, contents), strict=True))
        missing = {name: content for name, content in contents.items() if sizes[name] != len(content)}
        if missing:
            with self._told("writing", next(iter(missing))):
                self._fs.pipe({self._path(name): content for name, content in missing.items()})
        return len(missing)

    def create(self, name: str, content: bytes) -> bool:
        """Make an object that must not be there yet.

        Returns:
            False where it is.

        Raises:
            as `write`.
        """
        with self._told("writing", name):
            try:
                self._fs.pipe_file(self._path(name), content, mode="create")
            except OSError:
                # refused because it is there; and it may be our own, whose answer was lost on the way and asked again
                there = self.read([name]).get(name)
                if there is None:
                    raise
                return there == content
        return True

    def swap(self, name: str, content: bytes) -> None:
        """Put an object in the place of the one of that name; readers see the one or the other, whole.

        Raises:
            as `write`.
        """
        with self._told("writing", name):
            if self._is_local:
                write_durably(Path(self._path(name)), content)  # the one store where a write is not a swap by itself
            else:
                self._fs.pipe_file(self._path(name), content)

    def remove(self, names: Iterable[str]) -> None:
        """Remove objects for good, their earlier versions too; those that are not there stay so.

        Raises:
            CredentialError, SourceError: the store refuses, or cannot be reached: they may still be there.
        """
        paths = [self._path(name) for name in names]
        for first in range(0, len(paths), _TOO_MANY):
            batch = paths[first : first + _TOO_MANY]
            with self._told("removing", self._name(batch[0])):
                if self._protocol in _S3:
                    self._remove_from_s3(batch)
                    continue
                for path in batch:
                    try:
                        self._fs.rm_file(path)
                    except FileNotFoundError:
                        continue

    def _remove_from_s3(self, paths: list[str]) -> None:
        """A bucket that keeps versions keeps what is removed, unless each version is."""
        bucket = paths[0].partition("/")[0]
        keys = [path.partition("/")[2] for path in paths]
        doomed = [{"Key": key} for key in keys]
        status = self._fs.call_s3("get_bucket_versioning", Bucket=bucket).get("Status")
        if status in ("Enabled", "Suspended"):
            doomed = [one for key in keys for one in self._versions(bucket, key)]
        for first in range(0, len(doomed), _TOO_MANY):
            said = {"Objects": doomed[first : first + _TOO_MANY], "Quiet": True}
            refused = self._fs.call_s3("delete_objects", Bucket=bucket, Delete=said).get("Errors", [])
            if refused:
                raise PermissionError(refused[0].get("Code", ""))

    def _versions(self, bucket: str, key: str) -> list[dict[str, str]]:
        found: list[dict[str, str]] = []
        asked: dict[str, str] = {}
        while True:
            page = self._fs.call_s3("list_object_versions", Bucket=bucket, Prefix=key, **asked)
            listed = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
            found += [{"Key": key, "VersionId": one["VersionId"]} for one in listed if one["Key"] == key]
            if not page.get("IsTruncated"):
                return found
            asked = {"KeyMarker": page["NextKeyMarker"], "VersionIdMarker": page["NextVersionIdMarker"]}

    def _size(self, name: str) -> int | None:
        with self._told("looking for", name):
            try:
                return int(self._fs.info(self._path(name))["size"])
            except FileNotFoundError:
                return None

    @property
    def _protocol(self) -> str:
        return self.url.partition("://")[0]

    @property
    def _is_local(self) -> bool:
        return self._protocol in ("file", "local")

    @cached_property
    def _opened(self) -> tuple[Any, str]:
        try:
            core = import_module("fsspec.core")
            options = {**_FRESH, **(_OF_LOCAL if self._is_local else {}), **self._location.options}
            fs, root = cast("tuple[Any, str]", core.url_to_fs(self.url, **options))
        except ImportError:
            raise ConfigurationError(
                f"Object storage at {self._protocol}:// needs a package that is not installed.",
                where=self.url,
                do=f"Run `pip install '{_PACKAGES.get(self._protocol, 'fsspec')}'`.",
            ) from None
        except ValueError:
            raise ConfigurationError(
                f"No filesystem of fsspec is called {self._protocol}.",
                where=self.url,
                do="Write an address such as s3://bucket/folder.",
            ) from None
        except Exception as error:  # noqa: BLE001  # each package's own, and its words may hold what opens it
            raise self._explained(error, "opening", "") from None
        return fs, root.rstrip("/")

    @property
    def _fs(self) -> Any:  # noqa: ANN401  # fsspec ships no types
        return self._opened[0]

    def _path(self, name: str) -> str:
        return f"{self._opened[1]}/{name}"

    def _name(self, path: str) -> str:
        return path.removeprefix(f"{self._opened[1]}/")

    @contextmanager
    def _told(self, doing: str, name: str) -> Generator[None]:
        try:
            yield
        except SyfteError:
            raise
        except Exception as error:  # noqa: BLE001  # each package's own, and its words may hold what opens it
            raise self._explained(error, doing, name) from None

    def _explained(self, error: Exception, doing: str, name: str) -> SyfteError:
        where = f"{self.url}/{name}" if name else self.url
        kind = type(error).__name__
        if isinstance(error, PermissionError) or kind.startswith(_OF_CREDENTIALS):
            return CredentialError(
                f"The object store refuses {doing} ({kind}).",
                where=where,
                do="Set credentials that may list, read, write and remove below this address, in "
                "SYFTE_STORAGE_OPTIONS or where the store's own library looks for them (docs/object-storage.md).",
            )
        if isinstance(error, FileNotFoundError):
            return ConfigurationError(
                "There is no such bucket.", where=self.url, do="Create it, or correct the address; Syfte makes none."
            )
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            return StorageError("The object store is full.", where=where, do="Free space, then run the command again.")
        return SourceError(
            f"The object store cannot be reached, or answers in a way we cannot read, when {doing} ({kind}).",
            where=where,
            do="Look whether it is up and the endpoint is right, then run the command again: it goes on where it was.",
        )
