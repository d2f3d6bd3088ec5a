"""A file as rows of text, each with its line: what every format is brought to before anyone asks what it means."""

from __future__ import annotations

import codecs
import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipelines.errors import InputError
from pipelines.sources.stream import Rejected

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import polars as pl

LINE = "\x1fline"
"""Column with the 1-based line a row starts on; a name no file can bring."""

KIND = "\x1fkind:"
"""Prefix of the columns that say which JSON type a value had (`text`, `number`, `bool`, `other`)."""

BROKEN = "\x00"
"""Stands where bytes could not be read as text; a row that holds it is refused."""

MAX_BYTES = 2**31 - 2
"""Larger files must be split: one column of text must fit in 32-bit offsets."""

_OURS = "\x1f"

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@dataclass(frozen=True, kw_only=True)
class Content:
    """The bytes of one file, read once.

    Args:
        name: the file's name as the user gave it.
        raw: its bytes.
        modified_at: its modification time, seconds since 1970.
    """

    name: str
    raw: bytes
    modified_at: float

    @property
    def sha256(self) -> str:
        """Digest of the bytes."""
        return hashlib.sha256(self.raw).hexdigest()


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """Rows of one file.

    Args:
        columns: the names in the file's header, or "1", "2", ... where it has none.
        frame: one text column per name (null = the file has nothing there), and `LINE`.
        rejected: records whose shape is broken: too few or too many columns, not JSON.
        rows_read: all records, the rejected and the empty ones too; the header is none.
    """

    columns: tuple[str, ...]
    frame: pl.DataFrame
    rows_read: int
    rejected: list[Rejected] = field(default_factory=list[Rejected])


def is_our_own(column: str) -> bool:
    """Whether a name begins like those that we add to a sheet."""
    return column.startswith(_OURS)


def refuse_names(columns: Iterable[str], where: str) -> None:
    """Refuse a file whose columns bear names that only we may give.

    Raises:
        InputError: one does.
    """
    if any(map(is_our_own, columns)):
        raise InputError(
            "The name of a column begins with the control character 1F.", where=where, do="Rename it, and import again."
        )


def read_content(path: Path, name: str) -> Content:
    """Read a file whole.

    Raises:
        InputError: it is missing, not readable, or larger than `MAX_BYTES`.
    """
    try:
        stat = path.stat()
        if stat.st_size > MAX_BYTES:
            raise InputError(
                f"The file is larger than {MAX_BYTES:,} bytes.", where=name, do="Split it, and import the parts."
            )
        return Content(name=name, raw=path.read_bytes(), modified_at=stat.st_mtime)
    except OSError as error:
        raise InputError(
            f"The file cannot be read: {error.strerror or error}.",
            where=name,
            do="Check the name and the permissions, then import again.",
        ) from None


def text_bytes(raw: bytes) -> bytes:
    r"""The file's text as UTF-8, whatever encoding it came in.

    UTF-8 with or without a byte order mark, UTF-16 and UTF-32 with one, UTF-16 without, else Windows-1252. A file that
    is UTF-8 but for some damaged bytes stays UTF-8, with `BROKEN` where the damage is. Line ends become `\n` where the
    file uses only `\r`.
    """
    data = _utf8(raw)
    if b"\r" in data and b"\n" not in data:
        data = data.replace(b"\r", b"\n")
    return data


def _utf8(raw: bytes) -> bytes:
    for bom, encoding in _BOMS:
        if raw.startswith(bom):
            return _decode(raw[len(bom) :], encoding)
    head = raw[:4096]
    if head.count(0) > len(head) // 4:
        return _decode(raw, "utf-16-le" if head[1:2] == b"\x00" else "utf-16-be")
    return _decode(raw, "utf-8")


def _decode(raw: bytes, encoding: str) -> bytes:
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError:
        text = _damaged(raw, encoding)
    else:
        if encoding == "utf-8":
            return raw
    return text.encode("utf-8", "replace")


def _damaged(raw: bytes, encoding: str) -> str:
    text = raw.decode(encoding, "replace")
    if encoding == "utf-8":
        damaged = text.count("\ufffd")
        whole = sum(1 for character in text if character > "\x7f") - damaged
        if damaged > whole:  # more bytes that UTF-8 does not know than letters that it does: another encoding
            return raw.decode("cp1252", "replace").replace("\ufffd", BROKEN)
    return text.replace("\ufffd", BROKEN)
