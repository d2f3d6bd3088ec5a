"""Files to import: delimited text and JSON lines, in any encoding. The first byte of an input says the file's name.

Parquet is left out: polars reads it in native code, which is not instrumented.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import polars as pl

from pipelines.errors import InputError
from pipelines.sources.files.canonical import STREAMS
from pipelines.sources.files.delimited import DELIMITERS
from pipelines.sources.files.mapping import Mapping
from pipelines.sources.files.plan import ImportOptions
from pipelines.sources.files.read import understand
from pipelines.sources.files.sheet import BROKEN, Content
from pipelines.sources.files.tables import build
from tests.chaos.poison import root, sound

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipelines.sources.stream import Table

OPTIONS = ImportOptions(now=datetime(2026, 3, 1, 12, tzinfo=UTC))
LEDGER = Mapping.model_validate(
    {
        "version": 1, "title": "Ledger", "match": {"header": ["when", "followers"]}, "stream": "account_snapshots",
        "time": {"zone": "Europe/Stockholm", "format": "%d.%m.%Y"}, "fields": {"observed_at": "when"},
        "constants": {"account_id": "x:1"}, "metrics": {"followers": "followers"},
    }
)  # fmt: skip
NAMES = ("a.csv", "b.ndjson", "mapped.csv")
WORDS = (
    *(name.encode() for name in {field for s in STREAMS.values() for field in s.record.__struct_fields__}),
    b'""', b"\r\n", b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b";", b"\t", b"2026-03-29T02:30:00", b"1e400", b"NaN", b"-1",
    b"9223372036854775808", b"0001-01-01T00:00:00+14:00", b"=1+1", b"\x1fline", rb"\ud83d", b"x:1", b"1 234,5",
)  # fmt: skip


def corpus() -> Iterator[bytes]:
    """A sound row of each canonical table, as JSON and delimited in turn; one table wide, one in UTF-16, one mapped."""
    for place, stream in enumerate(STREAMS.values()):
        row = {
            name: f"x:{value}" if name.endswith("_id") else value for name, value in sound(root(stream.record)).items()
        }
        yield b"\x01" + json.dumps(row).encode() + b"\n"
        delimiter = DELIMITERS[place % len(DELIMITERS)]
        yield b"\x00" + "\n".join([delimiter.join(row), delimiter.join(map(str, row.values())), ""]).encode()
    wide = "post_id,observed_at,views,likes\nx:1,2026-03-01T09:00:00Z,7,1\nx:1,2026-03-02T09:00:00Z,x,\n"
    yield b"\x00" + wide.encode()
    yield b"\x00" + wide.encode("utf-16")
    yield b"\x00" + wide.replace("x:1", '"x:\n1"').encode()
    yield b"\x02when,followers\n29.03.2026,7\n31.02.2026,8\n"


def check(data: bytes) -> None:
    """A file is unknown, refused by name, or each of its rows is a row of its table or set aside with a reason."""
    if data[1:5] == b"PAR1":
        return
    place = (data[:1] or b"\0")[0] % len(NAMES)
    content = Content(name=NAMES[place], raw=data[1:], modified_at=0.0)
    try:
        understood = understand(content, LEDGER if place == len(NAMES) - 1 else None)
        tables = build(content, *understood, OPTIONS) if understood else []
    except InputError as error:
        assert error.where and error.do
        return
    assert not understood or sum(table.counts_rows for table in tables) == 1
    for table in tables:
        _check(table)


def _check(table: Table) -> None:
    allowed = {*table.stream.record.__struct_fields__, "line", "ingested_at"}
    assert set(table.frame.columns) <= allowed, f"{set(table.frame.columns) - allowed} are not allowed"
    assert all(one.reason for one in table.rejected)
    if table.stream.sensitive:
        assert not any(one.content for one in table.rejected)
    if table.counts_rows:
        lines = {*table.frame["line"], *(one.line for one in table.rejected)}
        assert table.frame.height + len(table.rejected) == table.rows_read == len(lines), (
            "rows vanished, or stand twice"
        )
    for column in table.frame.iter_columns():
        if column.dtype == pl.String:
            assert not column.str.contains(BROKEN, literal=True).any(), f"{column.name} holds NUL"
        if column.dtype.is_float():
            assert column.is_finite().all(ignore_nulls=True), f"{column.name} holds what is no number"
