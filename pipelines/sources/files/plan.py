"""What a file's columns mean: the one form that native exports, canonical tables and mapping files are brought to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipelines.sources.files.values import TimeRule

if TYPE_CHECKING:
    from datetime import datetime

    import polars as pl

    from pipelines.sources.stream import Stream

Derive = Callable[["pl.DataFrame"], "dict[str, pl.Series]"]
"""From the file's rows to further text columns by canonical field: ids found in links, platforms put before them."""


@dataclass(frozen=True, kw_only=True)
class ImportOptions:
    """What the user says about the files.

    Args:
        now: the instant of the import, UTC.
        account: account that everything belongs to, `platform:native_id`; overrides what the files say.
        unit: unit of the accounts that the files name.
        observed_at: when the figures of exports without a reading time were read, UTC.
        timezone: zone of export times that name no offset; overrides the format's own.
        mapping: a mapping file for tables that are not recognised by themselves.
        observed_before: SHA-256 of a file imported before -> when its figures were taken to be read, UTC; so that the
            same bytes under another name or date give the same rows, and all of them are duplicates.
    """

    now: datetime
    account: str | None = None
    unit: str | None = None
    observed_at: datetime | None = None
    timezone: str | None = None
    mapping: str | None = None
    observed_before: Mapping[str, datetime] = field(default_factory=dict[str, "datetime"])


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How the rows of one kind of file become rows of canonical tables.

    Args:
        title: the format, for people.
        stream: what a row is about. With `metrics`: POSTS for an export of posts, else the snapshots it holds wide.
        fields: canonical field -> column.
        constants: canonical field -> value for every row.
        metrics: column -> native metric; the column holds one reading a row.
        derive: further fields.
        times: how instants are written.
        platform: where all posts of the file are, if the format says so.
        names_posts: the file names its posts, so that rows of `posts` and `accounts` come of it too.
        lifetime: column that must not hold a date, because its figures would then be of one day only.
        reads: columns that `derive` reads.
        has_zone_option: the format does not say its zone, so that the user may.
    """

    title: str
    stream: Stream
    fields: Mapping[str, str]
    constants: Mapping[str, str] = field(default_factory=dict[str, str])
    metrics: Mapping[str, str] = field(default_factory=dict[str, str])
    derive: Derive | None = None
    times: TimeRule = field(default_factory=TimeRule)
    platform: str | None = None
    names_posts: bool = False
    lifetime: str | None = None
    reads: tuple[str, ...] = ()
    has_zone_option: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that are read; all others are dropped."""
        lifetime = (self.lifetime,) if self.lifetime else ()
        return tuple(dict.fromkeys([*self.fields.values(), *self.reads, *lifetime, *self.metrics]))
