"""Columns of text become instants, numbers and the like: whole columns at a time; what cannot be read becomes null.

The caller tells "nothing there" from "cannot be read" by comparing with the column it gave.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence

UTC_INSTANT = pl.Datetime("us", "UTC")

NOT_OFFERED = ("-", "--", "–", "—")
"""What platforms print where they do not offer a figure."""

NOTHING = ("NA", "N/A", "NULL", "null", "None")
"""What other tools write where there is no value. Never zero."""

EARLIEST = dt.datetime(1990, 1, 1, tzinfo=dt.UTC)
LATEST = dt.datetime(2200, 1, 1, tzinfo=dt.UTC)
"""Instants outside are slips of the pen or of a clock, and would stretch the calendar by centuries."""

_ISO = (
    r"^\s*(?P<date>\d{4}-\d{2}-\d{2})(?:[T ](?P<time>\d{2}:\d{2})(?P<second>:\d{2})?(?P<fraction>[.,]\d{1,9})?"
    r" ?(?P<zone>[Zz]|UTC|[+-]\d{2}:?\d{2})?)?\s*$"
)
_PUBLISHER = (
    r"^\s*(?P<month>\d{2})/(?P<day>\d{2})/(?P<year>\d{4}) (?P<hour>\d{1,2}):(?P<minute>\d{2})"
    r" (?P<half>AM|PM) (?:[A-Z]{2,5} )?(?P<zone>[+-]\d{4})\s*$"
)


@dataclass(frozen=True, kw_only=True)
class TimeRule:
    """How a file writes its instants.

    Args:
        zone: IANA name of the zone of times that name no offset. A time that the clocks pass twice in autumn is taken
            as the first; one that they skip in spring cannot be read.
        formats: tried in turn: `iso`, `publisher` (`01/31/2024 00:19 PM EST -0500`, where hour 00 PM is noon), or a
            strftime format.
    """

    zone: str = "UTC"
    formats: tuple[str, ...] = ("iso",)


def instants(column: pl.Series, rule: TimeRule) -> pl.Series:
    """Text -> instants in UTC."""
    result = pl.Series(column.name, [None], dtype=UTC_INSTANT).new_from_index(0, len(column))
    for written in rule.formats:
        open_ = result.is_null() & column.is_not_null()
        if not open_.any():
            break
        result = result.zip_with(~open_, _read(column, written, rule.zone))
    plausible = (result >= EARLIEST) & (result < LATEST)
    return pl.select(pl.when(plausible).then(result)).to_series().alias(column.name)


def _read(column: pl.Series, written: str, zone: str) -> pl.Series:
    if written == "iso":
        return _iso(column, zone)
    if written == "publisher":
        return _publisher(column)
    parsed = column.str.to_datetime(written, strict=False, time_unit="us", ambiguous="earliest")
    return _in_utc(parsed, zone)


def _in_utc(parsed: pl.Series, zone: str) -> pl.Series:
    dtype = parsed.dtype
    if isinstance(dtype, pl.Datetime) and dtype.time_zone is None:
        parsed = parsed.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
    return parsed.dt.convert_time_zone("UTC").cast(UTC_INSTANT)


def _iso(column: pl.Series, zone: str) -> pl.Series:
    quick = column.str.to_datetime("%Y-%m-%dT%H:%M:%SZ", strict=False, time_unit="us", time_zone="UTC")
    if quick.null_count() == column.null_count():
        return quick.cast(UTC_INSTANT)
    part = column.to_frame("text").select(pl.col("text").str.extract_groups(_ISO)).unnest("text")
    wall = part.select(
        (
            pl.col("date")
            + "T"
            + pl.col("time").fill_null("00:00")
            + pl.col("second").fill_null(":00")
            + pl.col("fraction").fill_null("").str.replace(",", ".", literal=True)
        )
        .str.to_datetime("%Y-%m-%dT%H:%M:%S%.f", strict=False, time_unit="us")
        .alias("wall")
    )["wall"]
    local = _in_utc(wall, zone)
    shifted = (wall - _offset(part["zone"])).dt.replace_time_zone("UTC").cast(UTC_INSTANT)
    return local.zip_with(part["zone"].is_null(), shifted)


def _offset(zone: pl.Series) -> pl.Series:
    frame = zone.to_frame("zone").select(
        pl.when(pl.col("zone").str.to_uppercase().is_in(["Z", "UTC"]))
        .then(pl.lit("+0000"))
        .otherwise(pl.col("zone").str.replace(":", "", literal=True))
        .alias("zone")
    )
    sign = pl.when(pl.col("zone").str.starts_with("-")).then(-1).otherwise(1)
    hours = pl.col("zone").str.slice(1, 2).cast(pl.Int64, strict=False)
    minutes = pl.col("zone").str.slice(3, 2).cast(pl.Int64, strict=False)
    possible = (hours <= 14) & (minutes < 60)
    return frame.select(pl.when(possible).then(pl.duration(minutes=sign * (hours * 60 + minutes))).alias("offset"))[
        "offset"
    ]


def _publisher(column: pl.Series) -> pl.Series:
    part = column.to_frame("text").select(pl.col("text").str.extract_groups(_PUBLISHER)).unnest("text")
    hour = pl.col("hour").cast(pl.Int64, strict=False)
    of_day = pl.when(hour <= 12).then(hour % 12 + pl.when(pl.col("half") == "PM").then(12).otherwise(0))
    wall = part.select(
        pl.concat_str(
            pl.col("year"), pl.lit("-"), pl.col("month"), pl.lit("-"), pl.col("day"), pl.lit("T"),
            of_day.cast(pl.String).str.zfill(2), pl.lit(":"), pl.col("minute"), pl.lit(":00"),
        )
        .str.to_datetime("%Y-%m-%dT%H:%M:%S", strict=False, time_unit="us")
        .alias("wall")
    )["wall"]  # fmt: skip
    return (wall - _offset(part["zone"])).dt.replace_time_zone("UTC").cast(UTC_INSTANT)


def dates(column: pl.Series) -> pl.Series:
    """Text `2026-03-01` -> dates; of an instant, the day that it names itself."""
    day = column.str.strip_chars().str.replace(r"^(\d{4}-\d{2}-\d{2})[T ]\d{2}:\d{2}\S*$", "$1")
    return day.str.to_date("%Y-%m-%d", strict=False)


def is_nothing(text: pl.Expr) -> pl.Expr:
    """Where the file has no value: empty, not offered, or another tool's word for null."""
    return text.is_null() | text.str.strip_chars().is_in([*NOT_OFFERED, *NOTHING])


def is_not_offered(text: pl.Expr) -> pl.Expr:
    """Where the platform says that it does not offer the figure."""
    return text.str.strip_chars().is_in(NOT_OFFERED).fill_null(value=False)


def numbers(text: pl.Expr) -> pl.Expr:
    """Text -> finite numbers that fit in 63 bits. A thousands separator is not guessed at."""
    parsed = text.str.strip_chars().cast(pl.Float64, strict=False)
    return pl.when(parsed.is_finite() & (parsed.abs() < 2.0**63)).then(parsed)


def booleans(column: pl.Series) -> pl.Series:
    """Text `true`, `yes`, `1`, `ja` and their opposites -> booleans."""
    word = column.str.strip_chars().str.to_lowercase()
    yes, no = word.is_in(["true", "yes", "1", "ja"]), word.is_in(["false", "no", "0", "nej"])
    return pl.select(pl.when(yes).then(True).when(no).then(False)).to_series().alias(column.name)


def hashed(columns: Sequence[pl.Series]) -> pl.Series:
    """A short stable name for what columns say: 24 hexadecimal digits of SHA-256. Equal values share the work."""
    import hashlib  # noqa: PLC0415

    joined = pl.DataFrame([column.alias(str(place)) for place, column in enumerate(columns)]).select(
        pl.concat_str(pl.all().fill_null(""), separator="\x1f").alias("joined")
    )["joined"]
    distinct = joined.unique()
    digests = [hashlib.sha256(value.encode()).hexdigest()[:24] for value in distinct]
    return joined.replace_strict(distinct, pl.Series(digests, dtype=pl.String), return_dtype=pl.String)
