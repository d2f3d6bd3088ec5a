"""CSV and its relatives: a record may span many lines; one of the wrong width is kept aside, not guessed at."""

from __future__ import annotations

import csv
import importlib
import io
from typing import TYPE_CHECKING, Any

from pipelines.errors import InputError
from pipelines.sources.files.sheet import LINE, Sheet, refuse_names
from pipelines.sources.stream import Rejected

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

DELIMITERS = (",", ";", "\t", "|")

_SENTINEL = "\x1fend"


def first_record(data: bytes, delimiter: str, *, quoted: bool = True) -> list[str]:
    """The fields of the file's first record, stripped; empty if there is none."""
    head = data[:1_000_000].decode("utf-8", "replace")
    try:
        quoting = csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE
        records = csv.reader(io.StringIO(head, newline=""), delimiter=delimiter, quoting=quoting)
        record: list[str] = next(records, list[str]())
    except csv.Error:
        return []
    return [name.strip() for name in record]


def read_delimited(
    data: bytes, *, name: str, delimiter: str, header: Sequence[str] | None, quoted: bool = True
) -> Sheet:
    """Read the records of a delimited file.

    Args:
        data: UTF-8 text.
        name: the file, for errors.
        delimiter: one character.
        header: the names of the first record, or None where the file has no header.
        quoted: whether `"` encloses fields; False takes it as a character like any other.

    Raises:
        InputError: two columns bear the same name, or the file ends inside a quoted field.
    """
    width = len(header) if header is not None else len(first_record(data, delimiter, quoted=quoted))
    names = tuple(header) if header is not None else tuple(str(place) for place in range(1, width + 1))
    _refuse_twins(names, name)
    refuse_names(names, name)
    skipped: list[tuple[int, int, int]] = []
    table = _parse(data, name, delimiter, width, skipped, quoted=quoted)
    return _sheet(table, names, skipped, has_header=header is not None)


def _refuse_twins(names: tuple[str, ...], name: str) -> None:
    twins = sorted({column for column in names if names.count(column) > 1 and column})
    if twins:
        raise InputError(
            f"Two columns bear the same name: {', '.join(twins)}.",
            where=f"{name}, line 1",
            do="Rename or remove one of them, and import again.",
        )


def _parse(
    data: bytes, name: str, delimiter: str, width: int, skipped: list[tuple[int, int, int]], *, quoted: bool
) -> Any:  # noqa: ANN401  # pyarrow has no types
    pa: Any = importlib.import_module("pyarrow")
    arrow_csv: Any = importlib.import_module("pyarrow.csv")

    def keep_aside(row: Any) -> str:  # noqa: ANN401
        skipped.append((row.number, row.actual_columns, row.text.count("\n")))
        return "skip"

    names = [str(place) for place in range(width)]
    end = (b"" if data.endswith(b"\n") else b"\n") + delimiter.join([_SENTINEL] * width).encode() + b"\n"
    content = data + end
    try:
        table = arrow_csv.read_csv(
            pa.BufferReader(content),
            read_options=arrow_csv.ReadOptions(use_threads=False, block_size=len(content) + 1, column_names=names),
            parse_options=arrow_csv.ParseOptions(
                delimiter=delimiter,
                quote_char='"' if quoted else False,
                newlines_in_values=quoted,
                ignore_empty_lines=False,
                invalid_row_handler=keep_aside,
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types={column: pa.large_string() for column in names}, strings_can_be_null=False
            ),
        )
    except ValueError as error:
        raise InputError(
            f"The file is not a readable table: {error}",
            where=name,
            do="Export it again; a file cut off or edited by hand often breaks in this way.",
        ) from None
    ends = bool(table.num_rows) and table.column(0)[table.num_rows - 1].as_py() == _SENTINEL
    if not ends:
        raise InputError(
            "The file ends inside a quoted text: a closing quotation mark is missing.",
            where=name,
            do="Export it again; the file was cut off, or a quotation mark was lost when it was edited.",
        )
    return table.slice(0, table.num_rows - 1)


def _sheet(table: Any, names: tuple[str, ...], skipped: list[tuple[int, int, int]], *, has_header: bool) -> Sheet:  # noqa: ANN401
    import polars as pl  # noqa: PLC0415

    arrow = pl.from_arrow(table)
    frame = arrow if isinstance(arrow, pl.DataFrame) else arrow.to_frame()
    # a name may be empty in a header; such a column is called by its place
    frame.columns = [name or f"column {place}" for place, name in enumerate(names, start=1)]
    lines, rejected_lines = _lines(frame, skipped)
    frame = frame.with_columns(
        pl.when(pl.all().str.strip_chars() == "").then(None).otherwise(pl.all()).name.keep()
    ).with_columns(lines)
    frame = frame.slice(1 if has_header else 0)
    rejected = [
        Rejected(line=line, reason=f"too {'few' if found < len(names) else 'many'} columns: {found} of {len(names)}")
        for line, (_, found, _) in zip(rejected_lines, skipped, strict=True)
    ]
    columns = tuple(column for column in frame.columns if column != LINE)
    return Sheet(columns=columns, frame=frame, rows_read=frame.height + len(rejected), rejected=rejected)


def _lines(frame: pl.DataFrame, skipped: list[tuple[int, int, int]]) -> tuple[pl.Series, list[int]]:
    """The line each record starts on: one more than the line ends before it, those inside its neighbours included."""
    import polars as pl  # noqa: PLC0415

    spans = frame.select(
        1 + pl.sum_horizontal(pl.all().str.count_matches("\n", literal=True)).cast(pl.Int64)
    ).to_series()
    if not skipped:
        return (spans.cum_sum().shift(1, fill_value=0) + 1).alias(LINE), []
    places = pl.int_range(1, len(spans) + len(skipped) + 1, eager=True, dtype=pl.Int64)
    aside = pl.Series([place for place, _, _ in skipped], dtype=pl.Int64)
    inner = pl.Series([1 + ends for _, _, ends in skipped], dtype=pl.Int64)
    kept = places.filter(~places.is_in(aside.implode()))
    records = pl.concat(
        [
            pl.DataFrame({"place": kept, "span": spans}).with_columns(kept=pl.lit(value=True)),
            pl.DataFrame({"place": aside, "span": inner}).with_columns(kept=pl.lit(value=False)),
        ]
    ).sort("place")
    records = records.with_columns((pl.col("span").cum_sum().shift(1, fill_value=0) + 1).alias(LINE))
    return records.filter("kept")[LINE], records.filter(~pl.col("kept"))[LINE].to_list()
