"""Rows on their way from text to values: what cannot be read is marked with its reason, whole columns at a time."""

from __future__ import annotations

import datetime as dt
import types
import typing
from typing import TYPE_CHECKING, Any

import polars as pl

from pipelines.sources.files import values
from pipelines.sources.files.sheet import BROKEN, KIND, LINE
from pipelines.sources.stream import Rejected
from pipelines.sources.tip_labels import CODE, CODES, SYNONYMS

if TYPE_CHECKING:
    from pipelines.sources.files.plan import Plan
    from pipelines.sources.files.sheet import Sheet
    from pipelines.sources.files.values import TimeRule
    from pipelines.sources.stream import Record

MAX_ID = 512
MAX_TEXT = 100_000
_MAX_CONTENT = 2_000  # characters of a rejected row kept to recognise it by

_JSON_KINDS = {float: "number", int: "number", bool: "bool"}
_SIGNED = frozenset({"account_windows", "account_snapshots"})  # net figures, which may fall below zero


LABELLED = {"tips": SYNONYMS}
"""Streams whose optional labels must not cost a row, with other words for the labels we know."""


class Rows:
    """The rows of one sheet, with the reason of each that is refused; the first reason found stands."""

    def __init__(self, sheet: Sheet, plan: Plan) -> None:
        self.sheet = sheet
        self.plan = plan
        self.frame = sheet.frame
        self.derived: dict[str, pl.Series] = {}
        self.notes: list[str] = []
        self._reason = pl.Series("reason", [None], dtype=pl.String).new_from_index(0, self.frame.height)
        self._refuse_shapeless()
        if plan.derive:
            self.derived = plan.derive(self.frame)

    def reject(self, where: pl.Series, reason: str) -> None:
        """Refuse the rows where the mask is true."""
        new = where.fill_null(value=False) & self._reason.is_null()
        if new.any():
            self._reason = pl.select(pl.when(new).then(pl.lit(reason)).otherwise(self._reason)).to_series()

    @property
    def kept(self) -> pl.Series:
        """Mask of the rows that stand."""
        return self._reason.is_null()

    def text(self, field: str) -> pl.Series:
        """A canonical field as the file has it; all null where the file has no such column."""
        if field in self.derived:
            return self.derived[field]
        if field in self.plan.fields:
            return self.frame[self.plan.fields[field]]
        return pl.Series(field, [self.plan.constants.get(field)], dtype=pl.String).new_from_index(0, self.frame.height)

    def typed(self, field: str, kind: Any, times: TimeRule, *, needed: bool) -> pl.Series:  # noqa: ANN401
        """A canonical field as values of a record's type; rows where it cannot be read are refused."""
        column = self.text(field)
        base, choices = plain_type(kind)
        self._refuse_kind(field, base)
        says_nothing = choices or base is not str  # in free text, "NA" may be a word
        nothing = pl.select(values.is_nothing(pl.lit(column))).to_series() if says_nothing else column.is_null()
        if needed:
            self.reject(nothing, f"{field}: nothing there, and it is needed")
        given = pl.select(pl.when(~nothing).then(column)).to_series()
        result = _convert(given, base, times)
        self.reject(result.is_null() & ~nothing, f"{field}: {_CANNOT[base]}")
        if choices and self.plan.stream.name in LABELLED:
            result = self._labelled(field, result, choices)
        elif field in CODES and self.plan.stream.name in LABELLED:
            result = self._coded(field, result)
        elif choices:
            self.reject(~result.is_in(list(choices)), f"{field}: not one of {', '.join(choices)}")
        if base is str:
            limit = MAX_ID if field.endswith("_id") or field == "native_metric" else MAX_TEXT
            self.reject(result.str.len_chars() > limit, f"{field}: longer than {limit} characters")
        elif base in (float, int) and self.plan.stream.name not in _SIGNED:
            self.reject(result < 0, f"{field}: a number below zero")
        return result.alias(field)

    def _labelled(self, field: str, given: pl.Series, choices: tuple[str, ...]) -> pl.Series:
        """Known labels in one spelling; an unknown one is `other`, or nothing: a tip counts whatever its label says.

        The label itself is not kept: a tip's export could hold anything there.
        """
        plain = given.str.strip_chars().str.to_lowercase().str.replace_all(r"[\s-]+", "_").replace(LABELLED["tips"])
        unknown = ~plain.is_in(list(choices)) & plain.is_not_null()
        if not unknown.any():
            return plain
        instead = "other" if "other" in choices else None
        self.notes.append(f"{field} ({int(unknown.sum())} unknown labels taken as {instead or 'not given'})")
        return pl.select(pl.when(unknown).then(pl.lit(instead, dtype=pl.String)).otherwise(plain)).to_series()

    def _coded(self, field: str, given: pl.Series) -> pl.Series:
        """Codes; a text that is none is not kept, and costs no row."""
        plain = given.str.strip_chars()
        plain = pl.select(pl.when(plain != "").then(plain)).to_series()
        is_code = plain.str.contains(CODE)
        if not is_code.all():
            self.notes.append(f"{field} ({int((~is_code).sum())} that are no codes taken as not given)")
        return pl.select(pl.when(is_code).then(plain)).to_series()

    def figures(self) -> pl.DataFrame:
        """All columns of figures, one under the other; rows with a figure that cannot be read are refused.

        Returns:
            `row` (place in the sheet from 0), `native_metric`, `value`, `status`; all rows of the first metric first.
        """
        metrics = self.plan.metrics
        long = (
            self.frame.select(list(metrics))
            .with_row_index("row")
            .unpivot(index="row", variable_name="column", value_name="text")
            .with_columns(
                values.is_nothing(pl.col("text")).alias("nothing"),
                values.numbers(pl.col("text")).alias("value"),
                pl.when(values.is_not_offered(pl.col("text")))
                .then(pl.lit("not_offered"))
                .otherwise(pl.lit("ok"))
                .alias("status"),
            )
        )
        for column in metrics:
            if KIND + column in self.frame.columns:
                self.reject(self.frame[KIND + column] != "number", f"{column}: not a number")
        self._reject_figures(
            long, pl.col("value").is_null() & ~pl.col("nothing"), "not a number, or one beyond 63 bits"
        )
        if self.plan.stream.name not in _SIGNED:
            self._reject_figures(long, pl.col("value") < 0, "a number below zero")
        names = pl.col("column").replace_strict(list(metrics), list(metrics.values()), return_dtype=pl.String)
        return long.select("row", names.alias("native_metric"), "value", "status")

    def _reject_figures(self, long: pl.DataFrame, bad: pl.Expr, why: str) -> None:
        for (column,), figures in long.filter(bad).group_by("column", maintain_order=True):
            rows = pl.int_range(0, self.frame.height, eager=True).is_in(figures["row"].cast(pl.Int64).implode())
            self.reject(rows, f"{column}: {why}")

    def rejected(self) -> list[Rejected]:
        """All refused records of the sheet, in the order of the file."""
        frame = self.frame.filter(~self.kept)
        found = [*self.sheet.rejected]
        if frame.height:
            content = self._content(frame)
            found += [
                Rejected(line=line, reason=reason, content=text)
                for line, reason, text in zip(frame[LINE], self._reason.drop_nulls(), content, strict=True)
            ]
        return sorted(found, key=lambda row: row.line)

    def _content(self, frame: pl.DataFrame) -> list[str | None]:
        columns = self.plan.columns
        if self.plan.stream.sensitive or not columns:
            return [None] * frame.height
        whole = frame.select(pl.col(columns).str.replace_all(BROKEN, "\ufffd", literal=True))
        return whole.select(pl.struct(pl.all()).struct.json_encode().str.slice(0, _MAX_CONTENT)).to_series().to_list()

    def _refuse_shapeless(self) -> None:
        read = [column for column in self.plan.columns if column in self.frame.columns]
        given = [column for column in self.sheet.columns if column in self.frame.columns]
        if given:
            self.reject(self.frame.select(pl.all_horizontal(pl.col(given).is_null())).to_series(), "an empty row")
        if read:
            again = [pl.col(column).str.strip_chars() == column for column in read]
            self.reject(self.frame.select(pl.all_horizontal(again)).to_series(), "the header again")
        for column in read:
            broken = self.frame[column].str.contains(BROKEN, literal=True)
            self.reject(broken, f"{column}: the character NUL, or bytes that are no text")

    def _refuse_kind(self, field: str, base: type) -> None:
        column = KIND + self.plan.fields.get(field, "")
        if field not in self.derived and column in self.frame.columns:
            wanted = _JSON_KINDS.get(base, "text")
            self.reject(self.frame[column] != wanted, f"{field}: not a {wanted}")


_CANNOT: dict[type, str] = {
    str: "not a text",
    float: "not a number, or one beyond 63 bits",
    int: "not a whole number",
    bool: "neither true nor false",
    dt.datetime: "not a time that can be read",
    dt.date: "not a date as 2026-01-31",
}


def _convert(column: pl.Series, base: type, times: TimeRule) -> pl.Series:
    if base is dt.datetime:
        return values.instants(column, times)
    if base is dt.date:
        return values.dates(column)
    if base is float:
        return pl.select(values.numbers(pl.lit(column))).to_series()
    if base is int:
        number = values.numbers(pl.lit(column))
        whole = pl.when(number == number.floor()).then(number.cast(pl.Int64, strict=False))
        return pl.select(whole).to_series()
    return values.booleans(column) if base is bool else column


def plain_type(kind: Any) -> tuple[type, tuple[str, ...]]:  # noqa: ANN401
    """The Python type behind an annotation, and the words allowed where it is a Literal."""
    origin = typing.get_origin(kind)
    if origin in (typing.Union, types.UnionType):
        (kind,) = (member for member in typing.get_args(kind) if member is not type(None))
        origin = typing.get_origin(kind)
    if origin is typing.Literal:
        return str, typing.get_args(kind)
    return kind, ()


def record_types(record: type[Record]) -> dict[str, Any]:
    """Field -> annotation, in the record's order."""
    return typing.get_type_hints(record)


POLARS_TYPES: dict[type, pl.DataType | type[pl.DataType]] = {
    str: pl.String,
    float: pl.Float64,
    int: pl.Int64,
    bool: pl.Boolean,
    dt.datetime: values.UTC_INSTANT,
    dt.date: pl.Date,
}
