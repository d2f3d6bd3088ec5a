"""Mapping files: the way in for any table that is not recognised by its header.

Read strictly: an unknown key, a missing column or a field the stream does not have is an error with its line.
"""

from __future__ import annotations

import importlib
import zoneinfo
from fnmatch import fnmatch
from typing import TYPE_CHECKING, Annotated, Any, Literal

import polars as pl
import pydantic
import yaml

from pipelines.errors import ConfigurationError
from pipelines.goals.document import refuse_impossible_values
from pipelines.sources.files import canonical, values
from pipelines.sources.files.delimited import DELIMITERS, first_record, read_delimited
from pipelines.sources.files.plan import Plan
from pipelines.sources.files.rows import record_types
from pipelines.sources.files.values import TimeRule

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from pipelines.sources.files.sheet import Sheet

_compose: Any = importlib.import_module("yaml").compose  # its signature has no types
_DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}
_PROBE = pl.Series([values.EARLIEST.replace(tzinfo=None, year=2024, month=12, day=31, hour=23, minute=59)])

Column = Annotated[str | int, pydantic.Field(description="a name of the header, or a place counted from 1")]
MetricName = Annotated[str, pydantic.StringConstraints(pattern=r"^[a-z0-9][a-z0-9_]{0,99}$")]


class _Strict(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="forbid", frozen=True, strict=True)


class _Match(_Strict):
    """Which files the mapping is for."""

    files: list[str] = ["*"]
    header: list[str] | None = None
    columns: pydantic.PositiveInt | None = None

    @pydantic.model_validator(mode="after")
    def _one_of_two(self) -> _Match:
        if (self.header is None) == (self.columns is None):
            raise ValueError("say either header (names that must be there) or columns (how many, without a header)")
        return self


class _Time(_Strict):
    """How instants are written."""

    zone: str = "UTC"
    format: str = "iso"

    @pydantic.field_validator("zone")
    @classmethod
    def _known_zone(cls, zone: str) -> str:
        if zone not in zoneinfo.available_timezones():
            raise ValueError("not a time zone; write a name such as Europe/Stockholm")
        return zone

    @pydantic.field_validator("format")
    @classmethod
    def _readable_format(cls, written: str) -> str:
        if written in ("iso", "publisher"):
            return written
        if not ("%Y" in written or "%y" in written or "%s" in written):
            raise ValueError("no year in it; write iso, or a format such as %Y-%m-%d %H:%M:%S")
        try:
            again = values.instants(
                _PROBE.dt.replace_time_zone("UTC").dt.strftime(written), TimeRule(formats=(written,))
            )
        except pl.exceptions.PolarsError:
            again = None
        if again is None or again.null_count():
            raise ValueError("not a time format that can be read; write iso, or one such as %Y-%m-%d %H:%M:%S")
        return written


class _Id(_Strict):
    """How a post's id is made."""

    columns: Annotated[list[Column], pydantic.Field(alias="from", min_length=1)]
    rule: Literal["value", "hash"] = "value"


class Mapping(_Strict):
    """One mapping file."""

    version: Literal[1]
    title: Annotated[str, pydantic.StringConstraints(min_length=1, max_length=100)]
    match: _Match
    stream: str
    delimiter: Literal["comma", "semicolon", "tab", "pipe"] | None = None
    quoted: bool = True
    platform: Annotated[str, pydantic.StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")] | None = None
    time: _Time = _Time()
    id: _Id | None = None
    fields: dict[str, Column] = {}
    constants: dict[str, str] = {}
    metrics: dict[MetricName, Column] = {}

    @pydantic.model_validator(mode="after")
    def _whole(self) -> Mapping:
        stream = canonical.STREAMS.get(self.stream)
        if stream is None:
            raise ValueError(f"stream: {self.stream} is none of {', '.join(canonical.STREAMS)}")
        self._check_metrics(stream.name)
        self._check_fields()
        return self

    def _check_metrics(self, stream: str) -> None:
        if self.metrics and stream not in ("posts", "post_snapshots", "account_snapshots"):
            raise ValueError(f"metrics: a row of {stream} has none")
        if self.id is not None and stream not in ("posts", "post_snapshots"):
            raise ValueError(f"id: only posts and post_snapshots have one made, not {stream}")
        if self.id is not None and self.platform is None:
            raise ValueError("platform: needed before an id that is made")

    def _check_fields(self) -> None:
        allowed = self._allowed()
        for name in [*self.fields, *self.constants]:
            if name not in allowed:
                raise ValueError(f"fields: {self.stream} has no {name}; it has {', '.join(sorted(allowed))}")
        twice = sorted(set(self.fields) & set(self.constants))
        if twice:
            raise ValueError(f"constants: {', '.join(twice)} is a column already")
        stream = canonical.STREAMS[self.stream]
        given = {*self.fields, *self.constants, *(["post_id"] if self.id else [])}
        needed = set(canonical.required(stream)) - ({"native_metric"} if self.metrics else set())
        missing = sorted(needed - given - ({"account_id"} if self.platform else set()))
        if missing:
            raise ValueError(f"fields: {', '.join(missing)} is needed for {self.stream}")
        for column in self._columns():
            self._check_column(column)

    def _check_column(self, column: Column) -> None:
        if self.match.header is None:
            if not isinstance(column, int) or not 1 <= column <= (self.match.columns or 0):
                raise ValueError(
                    f"column {column!r}: without a header, a column is a number from 1 to {self.match.columns}"
                )
        elif column not in self.match.header:
            raise ValueError(f"column {column!r}: not among the names of match.header")

    def _columns(self) -> list[Column]:
        return [*self.fields.values(), *self.metrics.values(), *(self.id.columns if self.id else [])]

    def _allowed(self) -> set[str]:
        allowed = set(record_types(canonical.STREAMS[self.stream].record))
        if self.metrics:
            allowed |= {"observed_at", "ingested_at"}
            allowed -= {"native_metric", "value", "status"}
        if self._names_posts:
            allowed |= {*record_types(canonical.Post), "handle"}
        return allowed

    @property
    def _names_posts(self) -> bool:
        """Whether rows of `posts` and `accounts` come of the file too: it says on which platform its posts are."""
        return (
            self.platform is not None and self.stream in ("posts", "post_snapshots") and bool(self.metrics or self.id)
        )

    def delimited(self, data: bytes, name: str) -> tuple[Sheet, Plan] | None:
        """The rows of a delimited file and their plan; None if the mapping is not for this file."""
        if not self._is_for(name):
            return None
        for delimiter in [_DELIMITERS[self.delimiter]] if self.delimiter else DELIMITERS:
            first = first_record(data, delimiter, quoted=self.quoted)
            plan = self.plan_for(first, name)
            if plan is not None:
                header = first if self.match.header is not None else None
                return read_delimited(data, name=name, delimiter=delimiter, header=header, quoted=self.quoted), plan
        return None

    def plan_for(self, columns: Sequence[str], name: str) -> Plan | None:
        """The plan for a file with these columns; None if the mapping is not for it."""
        if not self._is_for(name):
            return None
        if self.match.header is None:
            if len(columns) != self.match.columns:
                return None
        elif not set(self.match.header) <= set(columns):
            return None
        return Plan(
            title=self.title,
            stream=canonical.STREAMS[self.stream],
            fields={field: str(column) for field, column in self.fields.items()},
            constants=self.constants,
            metrics={str(column): metric for metric, column in self.metrics.items()},
            derive=self._derive() if self._names_posts else None,
            reads=tuple(str(column) for column in self.id.columns) if self.id else (),
            times=TimeRule(zone=self.time.zone, formats=(self.time.format,)),
            platform=self.platform,
            names_posts=self._names_posts,
        )

    def _is_for(self, name: str) -> bool:
        base = name.replace("\\", "/").rsplit("/", 1)[-1]
        return any(fnmatch(base, pattern) for pattern in self.match.files)

    def _derive(self) -> Callable[[pl.DataFrame], dict[str, pl.Series]]:
        def derive(frame: pl.DataFrame) -> dict[str, pl.Series]:
            derived: dict[str, pl.Series] = {}
            if self.id is not None:
                made = _made(frame, [str(column) for column in self.id.columns], self.id.rule)
                derived["post_id"] = _prefixed(self.platform or "", made)
            if "account_id" not in self.fields and "account_id" not in self.constants:
                unknown = pl.Series([f"{self.platform}:unknown"], dtype=pl.String)
                derived["account_id"] = unknown.new_from_index(0, frame.height)
            return derived

        return derive


def _made(frame: pl.DataFrame, columns: list[str], rule: str) -> pl.Series:
    parts = [frame[column].str.strip_chars() for column in columns]
    whole = frame.select(pl.all_horizontal(pl.col(columns).is_not_null()).alias("whole"))["whole"]
    made = values.hashed(parts) if rule == "hash" else pl.select(pl.concat_str(parts, separator=":")).to_series()
    return pl.select(pl.when(whole).then(made)).to_series()


def _prefixed(platform: str, ids: pl.Series) -> pl.Series:
    return pl.select(pl.concat_str(pl.lit(f"{platform}:"), ids)).to_series()


def read_mapping(path: Path) -> Mapping:
    """Read a mapping file.

    Raises:
        ConfigurationError: it is missing, no YAML, or says something that a mapping cannot say; with its line.
    """
    try:
        text = path.read_text(encoding="utf-8")
        node = _compose(text, Loader=yaml.SafeLoader)
        if node is not None:
            refuse_impossible_values(path, node)
        document: Any = yaml.safe_load(text)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"The mapping file cannot be read: {error}.", where=str(path), do="Check its name and its permissions."
        ) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        raise ConfigurationError(
            f"The mapping file is not YAML: {getattr(error, 'problem', error)}.",
            where=f"{path}{line}",
            do="Mend the line; docs/sources/files.md shows a whole mapping.",
        ) from None
    except RecursionError:
        raise ConfigurationError(
            "The mapping file is nested too deeply.", where=str(path), do="docs/sources/files.md shows a whole mapping."
        ) from None
    try:
        return Mapping.model_validate(document)
    except pydantic.ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        loc = first["loc"]
        told = first["msg"].removeprefix("Value error, ")
        if not loc and ": " in told and told.split(":")[0] in Mapping.model_fields:
            loc = (told.split(":")[0],)
        raise ConfigurationError(
            f"The mapping file is wrong at {'.'.join(map(str, loc)) or 'its top'}: {told}.",
            where=f"{path}, line {_line(node, loc)}",
            do="Mend the line; docs/sources/files.md lists every key.",
        ) from None


def _line(node: Any, loc: Sequence[str | int]) -> int:  # noqa: ANN401  # yaml has no types
    """The line of the deepest part of a place that the document has, 1-based."""
    line = node.start_mark.line + 1 if node is not None else 1
    for part in loc:
        below = None
        if isinstance(node, yaml.MappingNode):
            below = next(((key, value) for key, value in node.value if key.value == part), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            below = (node.value[part], node.value[part])
        if below is None:
            break
        line, node = below[0].start_mark.line + 1, below[1]
    return line
