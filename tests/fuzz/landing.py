"""The landing's logs: manifests, publications, erasures. The first byte says: lines as they are, or sealed anew.

Sealed anew, because a checksum would keep every change from the decoder.
"""

from __future__ import annotations

import atexit
import hashlib
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from pipelines.errors import StorageError
from pipelines.landing.erasures import LOG as ERASURES
from pipelines.landing.erasures import Erasure, Erasures
from pipelines.landing.manifest import Entry, Landing, sealed_line
from pipelines.landing.publications import LOG, Publication, Publications

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(tempfile.mkdtemp())
MANIFEST = ROOT / "manifest" / "20260301T090000000000Z-abcdef.jsonl"
MANIFEST.parent.mkdir()
atexit.register(shutil.rmtree, ROOT, ignore_errors=True)
AT = datetime(2026, 3, 1, 9, tzinfo=UTC)
ENTRY = Entry(
    page_id="p", run_id="r", source="x", stream="posts", account_id="x:1", number=1, fetched_at=AT, ingested_at=AT,
    rows=2, rejected=1, complete=True, segment="x/posts/a.jsonl.zst", sha256="ab", format="jsonl.zst",
    rejected_segment="x/posts/b.jsonl.zst", rejected_sha256="cd", next_cursor="c", window_start=AT, replays=1,
)  # fmt: skip
PUBLICATION = Publication(as_of=AT, goals_sha256="ab", code_version="1", models_sha256="cd", loaded={"m": 7})
ERASURE = Erasure(
    erasure_id="e", state="done", at=AT, kind="post", scope="all", reason="request", decision="1", targets=("ab",)
)
WORDS = (*(f'"{name}":'.encode() for name in Entry.__struct_fields__), b"null", b"\n", b"\t", b"\xff", b"[[[[", b"-1",
         b"9999-12-31T23:59:59-14:00", b"{}", b"1e400", rb"\ud83d", b"9223372036854775808")  # fmt: skip


def corpus() -> Iterator[bytes]:
    """A line of each log, whole, cut and sealed anew."""
    for one in (ENTRY, PUBLICATION, ERASURE):
        line = sealed_line(msgspec.json.encode(one))
        yield b"\x00" + line + line
        yield b"\x00" + line + line[:-7]
        yield b"\x01" + msgspec.json.encode(one) + b"\n"


def check(data: bytes) -> None:
    """A log is read line by line as it was sealed, an exact prefix of it, or an error that names the file."""
    is_sealed, text = bool(data[:1]) and data[0] % 2 == 1, data[1:]
    if is_sealed:
        text = b"".join(map(sealed_line, text.split(b"\n")))
    _check_manifest(text)
    _check_log(ROOT / LOG, text, lambda: Publications(ROOT).all())
    _check_log(ROOT / ERASURES, text, lambda: Erasures(ROOT).all())


def _check_manifest(text: bytes) -> None:
    MANIFEST.write_bytes(text)
    place = 0
    try:
        for entry, end in Landing(ROOT).entries(MANIFEST):
            line = text[place:end]
            assert line.count(b"\n") == 1 and line.endswith(b"\n"), "an entry of half a line"
            assert msgspec.json.decode(line.rpartition(b"\t")[0], type=Entry) == entry
            place = end
    except StorageError as error:
        assert str(MANIFEST) in (error.where or "")
    else:
        assert b"\n" not in text[place:], "a whole line was left out"


def _check_log(path: Path, text: bytes, read: Callable[[], object]) -> None:
    path.write_bytes(text)
    try:
        read()
    except StorageError as error:
        assert str(path) in (error.where or "")
    else:
        lines = text.split(b"\n")[:-1]
        assert all(line.endswith(b"\t" + hashlib.sha256(line[:-17]).hexdigest()[:16].encode()) for line in lines)
    finally:
        path.unlink()
