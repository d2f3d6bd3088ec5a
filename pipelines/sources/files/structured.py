"""NDJSON and Parquet: rows that bring types of their own, made text without losing what the types said."""

from __future__ import annotations

import io
import json
import re
from typing import TYPE_CHECKING, Any

from pipelines.errors import InputError
from pipelines.sources import verbatim
from pipelines.sources.files.sheet import BROKEN, KIND, LINE, Sheet, is_our_own, refuse_names
from pipelines.sources.setting_aside import reason_of
from pipelines.sources.stream import Rejected

if TYPE_CHECKING:
    import polars as pl

_KEY = re.compile(rb'"\s*:')
"""Ends each name of an object; it may also stand in a text, never the other way round."""

_BLOCK = 50_000  # lines decoded at once; a block with a bad line is decoded line by line


def read_json_lines(data: bytes) -> Sheet:
    """Read one JSON object per line.

    Every value becomes text; beside each column stands one that says which JSON type the value had, so that `"12"` is
    not taken for a number nor `12` for a text. Lines that are not a JSON object, or name a field twice, are rejected.
    """
    import polars as pl  # noqa: PLC0415

    lines = data.split(b"\n")
    if lines and not lines[-1].strip():
        lines.pop()
    rows: list[dict[str, Any]] = []
    places: list[int] = []
    rejected: list[Rejected] = []
    for start in range(0, len(lines), _BLOCK):
        block = lines[start : start + _BLOCK]
        decoded = _decode_block(block)
        if decoded is None:
            _decode_lines(block, start, rows, places, rejected)
        else:
            rows.extend(decoded)
            places.extend(range(start + 1, start + len(block) + 1))
    columns = tuple(dict.fromkeys(key for row in rows for key in row))
    series: list[pl.Series] = [pl.Series(LINE, places, dtype=pl.Int64)]
    for column in columns:
        values = [row.get(column) for row in rows]
        series.append(pl.Series(KIND + column, [_kind(value) for value in values], dtype=pl.String))
        series.append(pl.Series(column, [_text(value) for value in values], dtype=pl.String))
    return Sheet(columns=columns, frame=pl.DataFrame(series), rows_read=len(lines), rejected=rejected)


def _decode_block(block: list[bytes]) -> list[dict[str, Any]] | None:
    import msgspec  # noqa: PLC0415

    try:
        rows = msgspec.json.Decoder(dict[str, Any]).decode_lines(b"\n".join(block))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    # an empty line is skipped silently
    is_plain = len(rows) == len(block) and not any(map(_flaw, rows, block))
    return rows if is_plain else None


def _flaw(row: dict[str, Any], line: bytes) -> str:
    """Why an object that the decoder took must be refused; empty if it need not."""
    if len(_KEY.findall(line)) > len(row) and isinstance(verbatim.glance(line)[0], verbatim.Twice):
        return "a field stands twice"
    return "a field's name holds a control character of ours" if any(map(is_our_own, row)) else ""


def _decode_lines(
    block: list[bytes], start: int, rows: list[dict[str, Any]], places: list[int], rejected: list[Rejected]
) -> None:
    import msgspec  # noqa: PLC0415

    decoder = msgspec.json.Decoder(dict[str, Any])
    for place, line in enumerate(block, start=start + 1):
        if not line.strip():
            rejected.append(Rejected(line=place, reason="an empty row"))
            continue
        try:
            row = decoder.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            rejected.append(Rejected(line=place, reason=f"not a JSON object: {reason_of(error)}"))
            continue
        if flaw := _flaw(row, line):
            rejected.append(Rejected(line=place, reason=flaw))
            continue
        rows.append(row)
        places.append(place)


def _kind(value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, str):
        return "text"
    return "number" if isinstance(value, int | float) else "other"


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value or None
    return json.dumps(value)


def read_parquet(raw: bytes, name: str) -> Sheet:
    """Read a Parquet file. `LINE` is the row's number.

    Raises:
        InputError: the file is cut off or damaged.
    """
    import polars as pl  # noqa: PLC0415

    try:
        frame = pl.read_parquet(io.BytesIO(raw), use_pyarrow=False)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise InputError(
            f"The file is not a readable Parquet file: {str(error).splitlines()[0]}",
            where=name,
            do="Write it again; it was cut off or damaged on its way.",
        ) from None
    columns = tuple(frame.columns)
    refuse_names(columns, name)
    texts = [as_text(frame[column]) for column in columns]
    lines = pl.int_range(1, frame.height + 1, eager=True, dtype=pl.Int64).alias(LINE)
    kinds = [
        pl.Series(KIND + series.name, ["other"] * frame.height)
        for series in (frame[column] for column in columns)
        if _is_no_scalar(series.dtype)
    ]
    return Sheet(columns=columns, frame=pl.DataFrame([lines, *kinds, *texts]), rows_read=frame.height)


def _is_no_scalar(dtype: pl.DataType) -> bool:
    import polars as pl  # noqa: PLC0415

    return dtype.is_nested() or isinstance(dtype, pl.Binary | pl.Object)


def as_text(series: pl.Series) -> pl.Series:
    """A typed column as text: instants as ISO 8601 in UTC (without a zone they are UTC), booleans as true and false."""
    import polars as pl  # noqa: PLC0415

    name, dtype = series.name, series.dtype
    if dtype == pl.String:
        return series.set(series == "", None).alias(name)
    if isinstance(dtype, pl.Datetime):
        stamps = series.cast(pl.Datetime("us", dtype.time_zone))
        if dtype.time_zone not in (None, "UTC"):
            stamps = stamps.dt.convert_time_zone("UTC")
        return stamps.dt.strftime("%Y-%m-%dT%H:%M:%S%.fZ").alias(name)
    if dtype.is_float():
        # 123.0 is how other tools write the id 123 once a neighbour is missing
        number = pl.col(name)
        is_whole = (number == number.floor()) & (number.abs() < 2**63)
        whole = number.cast(pl.Int64, strict=False).cast(pl.String)
        return series.to_frame().select(pl.when(is_whole).then(whole).otherwise(number.cast(pl.String)).alias(name))[
            name
        ]
    if _is_no_scalar(dtype):
        return pl.Series(name, [None if value is None else BROKEN for value in series], dtype=pl.String)
    return series.cast(pl.String).alias(name)
