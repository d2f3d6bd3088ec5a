"""The table of a chart: what is drawn, as numbers for the CSV and as texts for the page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl
from polars import selectors as cs

from pipelines.plain_text import safe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from polars._typing import PolarsDataType

NOTHING = "–"
"""What stands in a cell of the page that has nothing to say."""


def records(frame: pl.DataFrame) -> list[dict[str, Any]]:
    """The rows of a frame as they are drawn: a number that is none (NaN, infinity) is missing."""
    numbers_of = cs.float()
    return frame.with_columns(pl.when(numbers_of.is_finite()).then(numbers_of)).to_dicts()


@dataclass(frozen=True)
class Column:
    """A column of a chart's table.

    Args:
        heading: in the language.
        values: one a row; None where there is none.
        texts: the same as the page says them.
        dtype: of the values.
    """

    heading: str
    values: Sequence[object]
    texts: Sequence[str]
    dtype: PolarsDataType


def numbers(heading: str, values: Iterable[float | None], tell: Callable[[float], str]) -> Column:
    """A column of numbers."""
    given = list(values)
    return Column(heading, given, [NOTHING if value is None else tell(value) for value in given], pl.Float64)


def texts(heading: str, values: Iterable[str | None]) -> Column:
    """A column of words."""
    given = [safe(value) if value else None for value in values]
    return Column(heading, given, [value or NOTHING for value in given], pl.String)


def dates(heading: str, values: Iterable[Any], tell: Callable[[Any], str]) -> Column:
    """A column of dates."""
    given = list(values)
    return Column(heading, given, [tell(value) for value in given], pl.Date)


def tables(columns: Sequence[Column]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The table in values and in texts; a column of which nothing is known is left out of both."""
    told = [column for column in columns if any(value is not None for value in column.values)]
    return (
        pl.DataFrame({column.heading: pl.Series(column.values, dtype=column.dtype, strict=False) for column in told}),
        pl.DataFrame({column.heading: pl.Series(column.texts, dtype=pl.String) for column in told}),
    )
