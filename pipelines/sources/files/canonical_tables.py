"""The canonical import: tables recognised by the columns that only they have."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec
import polars as pl

from pipelines.sources.files import canonical, values
from pipelines.sources.files.plan import Plan
from pipelines.sources.files.sheet import KIND

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines.sources.files.sheet import Sheet
    from pipelines.sources.stream import Stream

_LONG: tuple[tuple[Stream, frozenset[str]], ...] = (
    (canonical.SURVEY_RESPONSES, frozenset({"survey_id", "resp_id", "answer"})),
    (canonical.SURVEYS, frozenset({"survey_id", "conducted_from", "conducted_to", "question"})),
    (canonical.TIPS, frozenset({"tip_id", "received_at", "unit_id"})),
    (canonical.LINK_VISITS, frozenset({"ref_code", "local_date", "visits"})),
    (canonical.INTERACTIONS, frozenset({"interaction_id", "post_id", "asked_at"})),
    (canonical.ACCOUNT_WINDOWS, frozenset({"account_id", "native_metric", "window_start", "window_end"})),
    (canonical.POST_SNAPSHOTS, frozenset({"post_id", "observed_at", "native_metric"})),
    (canonical.ACCOUNT_SNAPSHOTS, frozenset({"account_id", "observed_at", "native_metric"})),
    (canonical.CODING_DRAWS, frozenset({"sample_id", "post_id", "frame_posts"})),
    (canonical.GOAL_CODINGS, frozenset({"sample_id", "post_id", "goal_id", "coder", "serves"})),
    (canonical.POST_TAGS, frozenset({"post_id", "goal_id", "decision"})),
    (canonical.POSTS, frozenset({"post_id", "account_id", "published_at"})),
)
_WIDE: tuple[tuple[Stream, frozenset[str]], ...] = (
    (canonical.POST_SNAPSHOTS, frozenset({"post_id", "observed_at"})),
    (canonical.ACCOUNT_SNAPSHOTS, frozenset({"account_id", "observed_at"})),
)
_LAST: tuple[tuple[Stream, frozenset[str]], ...] = (
    (canonical.ACCOUNTS, frozenset({"account_id", "platform"})),
    (canonical.UNITS, frozenset({"unit_id", "name"})),
)
_METRIC = re.compile(r"[a-z0-9][a-z0-9_]{0,99}")
_NO_METRIC = re.compile(r".*(_id|_at|_date)|line|row|index|platform|account|unit|phone|zip|year|month|day")


def recognise(header: Sequence[str]) -> tuple[Stream, bool] | None:
    """The table a header belongs to, and whether it holds its readings wide; None if it is no canonical table."""
    names = set(header)
    for tables, wide in ((_LONG, False), (_WIDE, True), (_LAST, False)):
        for stream, needed in tables:
            if needed <= names:
                return stream, wide
    return None


def plan_for(stream: Stream, sheet: Sheet, *, wide: bool) -> Plan | None:
    """How the sheet is read; None where a wide table has no column of figures."""
    fields = {f.name: f.name for f in msgspec.structs.fields(stream.record) if f.name in sheet.columns}
    if not wide:
        return Plan(title=f"canonical table {stream.name}", stream=stream, fields=fields)
    kept = {name: column for name, column in fields.items() if name not in ("native_metric", "value", "status")}
    metrics = {c: c for c in sheet.columns if c not in kept and _is_metric(c) and _holds_figures(sheet.frame, c)}
    if not metrics:
        return None
    return Plan(title=f"canonical table {stream.name}, wide", stream=stream, fields=kept, metrics=metrics)


def _is_metric(column: str) -> bool:
    return bool(_METRIC.fullmatch(column)) and not _NO_METRIC.fullmatch(column)


def _holds_figures(frame: pl.DataFrame, column: str) -> bool:
    """At least half of what stands in the column is a number: one bad figure must not hide a whole metric."""
    text = pl.col(column)
    figures = values.numbers(text).is_not_null()
    if KIND + column in frame.columns:
        figures = figures & (pl.col(KIND + column) == "number").fill_null(value=False)
    given = ~values.is_nothing(text)
    count, of_them = frame.select(given.sum().alias("given"), (given & figures).sum().alias("figures")).row(0)
    return frame.is_empty() or (count > 0 and of_them * 2 >= count)
