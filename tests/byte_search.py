"""Whether a text is anywhere in some files: in their bytes, in what those hold packed, however it is written.

A search that misses is worse than none, so `tests/security/test_byte_search.py` plants a text in every way there is.

Looked into: zstd, gzip, zlib, bzip2, xz, zip (and so xlsx and wheels), tar, Parquet, DuckDB with its log, SQLite with
its log, and each of these inside any other. What DuckDB has freed is seen where it lies uncompressed or in a
dictionary, not where it was cut into symbols (FSST): whether a file was written anew is seen by its free blocks.
"""

from __future__ import annotations

import base64
import bz2
import gzip
import html
import io
import json
import lzma
import shutil
import sqlite3
import tarfile
import tempfile
import urllib.parse
import zipfile
import zlib
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import zstandard

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DEEPEST = 6
"""Containers within containers; ours are two deep."""
_BROKEN = (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError, zstandard.ZstdError, zipfile.BadZipFile)


@dataclass
class ByteSearch:
    """Looks for some texts, and counts what it has looked through.

    Args:
        needles: texts of eight characters or more, so that each of their base64 forms is long enough to mean something.

    Attributes:
        hits: "where: which text, in which form", one for each place and form.
        files: how many were read.
        read: bytes as they lie.
        unpacked: further bytes that those held in packed form.
    """

    needles: tuple[str, ...]
    hits: list[str] = field(default_factory=list)
    files: int = 0
    read: int = 0
    unpacked: int = 0

    def __post_init__(self) -> None:
        if not self.needles or any(len(needle) < 8 for needle in self.needles):
            raise ValueError("a text to look for has eight characters or more")
        self._forms = [(form, f"{name} of {needle!r}") for needle in self.needles for form, name in forms(needle)]

    def tree(self, root: Path, *, skip: Callable[[Path], bool] = lambda _: False) -> ByteSearch:
        """Look through a file, or every file below a folder, and their names. Links are names, not files."""
        for path in sorted([root, *root.rglob("*")] if root.is_dir() else [root]):
            if skip(path):
                continue
            self._look(f"name of {path}", path.name.encode("utf-8", "surrogateescape"))
            if path.is_file() and not path.is_symlink():
                self.files += 1
                self._file(path)
        return self

    def data(self, where: str, data: str | bytes) -> ByteSearch:
        """Look through something that is no file: what a command printed."""
        raw = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
        self.read += len(raw)
        self._open(where, raw, 0)
        return self

    def _file(self, path: Path) -> None:
        raw = path.read_bytes()
        self.read += len(raw)
        # a database is more than its bytes: what its log holds is read by opening a copy of both
        if raw[8:12] == b"DUCK":
            self._look(str(path), raw)
            self._copied(path, ".wal", self._duckdb)
        elif raw.startswith(b"SQLite format 3\0"):
            self._look(str(path), raw)
            self._copied(path, "-wal", self._sqlite)
        else:
            self._open(str(path), raw, 0)

    def _copied(self, path: Path, log: str, look: Callable[[str, Path], None]) -> None:
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / "copy"
            shutil.copyfile(path, copy)
            beside = path.with_name(path.name + log)
            if beside.exists():
                shutil.copyfile(beside, copy.with_name(copy.name + log))
            look(str(path), copy)

    def _look(self, where: str, raw: bytes | memoryview) -> None:
        held = bytes(raw)
        self.hits += [f"{where}: {name}" for form, name in self._forms if form in held]

    def _open(self, where: str, raw: bytes, depth: int) -> None:
        self._look(where, raw)
        if depth >= DEEPEST:
            return
        if raw[:4] == b"PAR1" or raw[8:12] == b"DUCK" or raw.startswith(b"SQLite format 3\0"):
            with tempfile.TemporaryDirectory() as folder:
                copy = Path(folder) / "copy"
                copy.write_bytes(raw)
                look = self._parquet if raw[:4] == b"PAR1" else self._duckdb if raw[8:12] == b"DUCK" else self._sqlite
                look(where, copy)
            return
        for kind, inner in unpacked(raw):
            self.unpacked += len(inner)
            self._open(f"{where} ({kind})", inner, depth + 1)

    def _parquet(self, where: str, path: Path) -> None:
        with duckdb.connect() as con:
            self._columns(f"{where} (parquet)", con, "read_parquet(?)", [str(path)])

    def _duckdb(self, where: str, path: Path) -> None:
        with duckdb.connect(path) as con:
            for said in ("tables", "views", "columns", "functions"):
                self._columns(f"{where} ({said})", con, f"(from duckdb_{said}() where not internal)", [])
            held = con.sql("select schema_name, table_name from duckdb_tables() where not internal").fetchall()
            for schema, table in held:
                quoted = ".".join('"' + name.replace('"', '""') + '"' for name in (schema, table))
                self._columns(f"{where} ({schema}.{table})", con, quoted, [])

    def _columns(self, where: str, con: duckdb.DuckDBPyConnection, source: str, values: list[str]) -> None:
        """Every value of every column as text; binary ones as bytes."""
        given = values or None
        described = con.sql(f"describe select * from {source}", params=given).fetchall()
        quoted = {name: '"' + name.replace('"', '""') + '"' for name, *_ in described}
        texts = [name for name, kind, *_ in described if kind != "BLOB"]
        for name in quoted.keys() - texts:
            for (value,) in con.sql(f"select {quoted[name]} from {source}", params=given).fetchall():
                self._open(f"{where}.{name}", bytes(value or b""), 1)
        if not texts:
            return
        cast = ", ".join(f"cast({quoted[name]} as varchar)" for name in texts)
        for batch in con.sql(f"select {cast} from {source}", params=given).to_arrow_reader(100_000):
            for name, column in zip(texts, batch.columns, strict=True):
                for buffer in column.buffers()[2:]:
                    if buffer is not None:
                        self.unpacked += buffer.size
                        self._look(f"{where}.{name}", buffer.to_pybytes())

    def _sqlite(self, where: str, path: Path) -> None:
        with closing(sqlite3.connect(path)) as con:
            con.text_factory = bytes
            for (table,) in con.execute("select name from sqlite_master where type = 'table'").fetchall():
                quoted = '"' + table.decode().replace('"', '""') + '"'
                for row in con.execute(f"select * from {quoted}"):
                    for value in row:
                        if isinstance(value, bytes):
                            self.unpacked += len(value)
                            self._open(f"{where} ({table.decode()})", value, 1)


def forms(text: str) -> list[tuple[bytes, str]]:
    """The ways a text is written: as it is, escaped, encoded. Those that come out alike are one."""
    plain = text.encode()
    every: list[tuple[bytes, str]] = [(plain, "text")]
    every += [(text.encode(code), code) for code in ("utf-16-le", "utf-16-be", "utf-32-le")]
    with suppress(UnicodeEncodeError):
        every.append((text.encode("latin-1"), "latin-1"))
    said = json.dumps(text)[1:-1]
    every += [(said.encode(), "JSON"), (json.dumps(said)[1:-1].encode(), "JSON in JSON")]
    every += [(repr(text)[1:-1].encode(), "repr"), (ascii(text)[1:-1].encode(), "ascii")]
    every.append((repr(plain)[2:-1].encode(), "repr of bytes"))
    every += [(text.encode("unicode_escape"), "escaped"), (html.escape(text).encode(), "HTML")]
    every += [(quoted, f"percent-encoded {name}") for quoted, name in _quoted(text)]
    every += [(plain.hex().encode(), "hex"), (plain.hex().upper().encode(), "HEX"), (plain[::-1], "reversed")]
    every += [(form, f"base64 from byte {start}") for form, start in _base64(plain)]
    found: dict[bytes, str] = {}
    for form, name in every:
        found.setdefault(form, name)
    return list(found.items())


def _quoted(text: str) -> Iterator[tuple[bytes, str]]:
    for name, quoted in (
        ("wholly", urllib.parse.quote(text, safe="")),
        ("as a path", urllib.parse.quote(text)),
        ("as a form", urllib.parse.quote_plus(text)),
        ("in each byte", "".join(f"%{byte:02X}" for byte in text.encode())),
        ("twice", urllib.parse.quote(urllib.parse.quote(text, safe=""), safe="")),
    ):
        yield quoted.encode(), name
        yield _lower_hex(quoted).encode(), f"{name}, in small letters"


def _lower_hex(quoted: str) -> str:
    parts = quoted.split("%")
    return "%".join([parts[0], *(part[:2].lower() + part[2:] for part in parts[1:])])


def _base64(plain: bytes) -> Iterator[tuple[bytes, int]]:
    """What of it is the same whatever stands before and behind: it may begin at any of three places."""
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        for start in range(3):
            inner = plain[(3 - start) % 3 :]
            yield encode(inner[: len(inner) // 3 * 3]), start


def unpacked(raw: bytes) -> Iterator[tuple[str, bytes]]:
    """What packed bytes hold, by their first bytes; nothing where they are not what these say."""
    for name, starts, unpack in _PACKED:
        if raw.startswith(starts):
            try:
                yield from ((name, inner) for inner in unpack(raw))
            except _BROKEN:
                continue
    if raw[257:262] == b"ustar":
        with suppress(tarfile.TarError, *_BROKEN), tarfile.open(fileobj=io.BytesIO(raw)) as archive:
            for member in archive:
                if member.isfile() and (file := archive.extractfile(member)):
                    yield f"tar: {member.name}", file.read()


def _zip(raw: bytes) -> Iterator[bytes]:
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        for name in archive.namelist():
            yield name.encode()
            yield archive.read(name)


def _zstd(raw: bytes) -> Iterator[bytes]:
    yield zstandard.ZstdDecompressor().stream_reader(io.BytesIO(raw), read_across_frames=True).read()


_PACKED: tuple[tuple[str, tuple[bytes, ...], Callable[[bytes], Iterator[bytes]]], ...] = (
    ("zstd", (b"\x28\xb5\x2f\xfd",), _zstd),
    ("gzip", (b"\x1f\x8b",), lambda raw: iter([gzip.decompress(raw)])),
    (
        "zlib",
        (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda"),
        lambda raw: iter([zlib.decompressobj().decompress(raw)]),
    ),
    ("bzip2", (b"BZh",), lambda raw: iter([bz2.decompress(raw)])),
    ("xz", (b"\xfd7zXZ\x00",), lambda raw: iter([lzma.decompress(raw)])),
    ("zip", (b"PK\x03\x04",), _zip),
)
