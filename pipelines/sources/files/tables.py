"""From a sheet and a plan to canonical tables."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from pipelines.errors import InputError
from pipelines.sources.files import canonical
from pipelines.sources.files.rows import POLARS_TYPES, Rows, plain_type, record_types
from pipelines.sources.files.sheet import LINE
from pipelines.sources.files.values import UTC_INSTANT, is_not_offered
from pipelines.sources.stream import Table

if TYPE_CHECKING:
    from pipelines.sources.files.plan import ImportOptions, Plan
    from pipelines.sources.files.sheet import Content, Sheet
    from pipelines.sources.stream import Record, Stream

MAX_ANSWER = 100
"""Characters of the longest category of a survey: what is longer is free text."""


def build(content: Content, sheet: Sheet, plan: Plan, options: ImportOptions) -> list[Table]:
    """Read the rows of a sheet.

    Returns:
        The tables; the first one counts the rows. Of a file that holds readings wide, the first table holds the
        readings of its first metric, one a row, and the second those of all the others.

    Raises:
        InputError: the account given in the options is of another platform than the file.
    """
    if options.timezone and plan.has_zone_option:
        _check_zone(options.timezone)
        plan = replace(plan, times=replace(plan.times, zone=options.timezone))
    rows = Rows(sheet, plan)
    reader = _Reader(content, rows, options)
    if plan.metrics:
        return reader.figures()
    return reader.plain()


def _check_zone(zone: str) -> None:
    if zone not in zoneinfo.available_timezones():
        raise InputError(
            f"{zone} is no time zone.", where="the option --timezone", do="Write a name such as Europe/Stockholm."
        )


class _Reader:
    def __init__(self, content: Content, rows: Rows, options: ImportOptions) -> None:
        self.content = content
        self.rows = rows
        self.plan = rows.plan
        self.options = options
        self.dropped = tuple(c for c in rows.sheet.columns if c not in self.plan.columns)

    def plain(self) -> list[Table]:
        """One row of the file is one row of the stream."""
        stream = self.plan.stream
        columns = self._columns(stream, canonical.required(stream))
        if stream is canonical.POST_SNAPSHOTS:
            columns["status"] = self._status(columns["status"])
        self._refuse_contradictions(columns)
        if stream is canonical.TIPS:
            # a tip's minute could tell who gave it; the hour is all that is ever needed
            columns["received_at"] = columns["received_at"].dt.truncate("1h")
        if stream is canonical.SURVEY_RESPONSES:
            columns["answer"] = self._category(columns["answer"])
        if stream is canonical.POST_TAGS:
            weight = columns["weight"]
            self.rows.reject((weight <= 0) | (weight > 1), "weight: not above 0 and at most 1")
            columns["tagged_at"] = _filled(columns["tagged_at"], self.options.now)
        tables = [self._table(stream, columns, counts=True)]
        if stream is canonical.POSTS and self.plan.names_posts:
            tables.append(self._accounts(columns))
        return tables

    def _category(self, given: pl.Series) -> pl.Series:
        """Answers as categories; what somebody wrote in their own words is one answer of another kind, and not kept."""
        is_prose = given.str.len_chars() > MAX_ANSWER
        if is_prose.any():
            self.rows.notes.append(f"answer ({int(is_prose.sum())} longer than {MAX_ANSWER} characters taken as other)")
        return pl.select(pl.when(is_prose).then(pl.lit("other")).otherwise(given)).to_series()

    def _refuse_contradictions(self, columns: dict[str, pl.Series]) -> None:
        """Rows whose own times cannot all be true: a zone or a column was mistaken, and no guess would mend it."""
        if self.plan.stream is canonical.SURVEYS:
            before = columns["conducted_to"] < columns["conducted_from"]
            self.rows.reject(before, "conducted_to: before conducted_from")
        elif self.plan.stream is canonical.INTERACTIONS:
            self.rows.reject(columns["answered_at"] < columns["asked_at"], "answered_at: before asked_at")
            for name in ("asked_at", "answered_at"):
                self.rows.reject(columns[name] > self.options.now, f"{name}: in the future")

    def figures(self) -> list[Table]:
        """One row of the file is one post (or account) at one moment, with a column per metric."""
        plan = self.plan
        of_accounts = plan.stream is canonical.ACCOUNT_SNAPSHOTS
        snapshots = canonical.ACCOUNT_SNAPSHOTS if of_accounts else canonical.POST_SNAPSHOTS
        about = self._about(plan.stream)
        figures = self.rows.figures()
        if plan.lifetime:
            dated = self.rows.frame[plan.lifetime].str.contains(r"\d")
            self.rows.reject(dated, f"{plan.lifetime}: the figures are of one day; export them as Lifetime")
        about["observed_at"] = self._observed_at(about)
        long = self._long(snapshots, about, figures)
        is_first = pl.col("native_metric") == next(iter(plan.metrics.values()))
        tables = [self._wrap(snapshots, long.filter(is_first), counts=True)]
        if len(plan.metrics) > 1:
            others = long.filter(~is_first).sort("line", maintain_order=True)
            tables.append(self._wrap(snapshots, others, counts=False))
        if plan.names_posts:
            posts = self._frame(canonical.POSTS, about)
            facts = [column for column in posts.columns if column != "line"]
            posts = posts.unique(facts, keep="first", maintain_order=True)  # many readings name one post
            tables.append(self._wrap(canonical.POSTS, posts, counts=False))
            tables.append(self._accounts(about))
        return tables

    def _about(self, stream: Stream) -> dict[str, pl.Series]:
        """What the row is about: fields of the post or the account, and when it was read."""
        needed = set(canonical.required(stream)) - {"native_metric"}
        about = self._columns(stream, tuple(needed))
        if self.plan.names_posts and stream is not canonical.POSTS:
            about = {**self._columns(canonical.POSTS, ("post_id", "account_id")), **about}
        if "observed_at" not in about:
            about["observed_at"] = self._field("observed_at", dt.datetime, needed=False)
        if "ingested_at" not in about:
            about["ingested_at"] = self._field("ingested_at", dt.datetime | None, needed=False)
        if stream is canonical.POSTS:
            about["post_id"] = _apart(about["post_id"], about["published_at"])
        return about

    def _columns(self, stream: Stream, needed: tuple[str, ...]) -> dict[str, pl.Series]:
        return {
            name: self._field(name, kind, needed=name in needed) for name, kind in record_types(stream.record).items()
        }

    def _field(self, name: str, kind: object, *, needed: bool) -> pl.Series:
        if name == "account_id" and self.plan.names_posts and self.options.account:
            return pl.Series(name, [self._account()], dtype=pl.String).new_from_index(0, self.rows.frame.height)
        return self.rows.typed(name, kind, self.plan.times, needed=needed)

    def _account(self) -> str:
        account, platform = self.options.account or "", self.plan.platform
        given, colon, _ = account.partition(":")
        if not colon and platform:
            return f"{platform}:{account}"
        if platform and given != platform:
            raise InputError(
                f"The account {account} is not of the platform the file is of, {platform}.",
                where=self.content.name,
                do=f"Import the file by itself, with an account that begins with {platform}:, or none.",
            )
        return account

    def _status(self, status: pl.Series) -> pl.Series:
        printed = is_not_offered(pl.lit(self.rows.text("value")))
        otherwise = pl.when(printed).then(pl.lit("not_offered")).otherwise(pl.lit("ok"))
        return pl.select(pl.when(status.is_not_null()).then(status).otherwise(otherwise).alias("status")).to_series()

    def _observed_at(self, about: dict[str, pl.Series]) -> pl.Series:
        """When the row was read.

        As it says itself, else as the user says, else as at the file's first import, else the file's time, else now.
        """
        given = about["observed_at"]
        instant = self.options.observed_at or self.options.observed_before.get(self.content.sha256)
        if instant is None:
            modified = dt.datetime.fromtimestamp(self.content.modified_at, tz=dt.UTC)
            newest = about["published_at"].filter(self.rows.kept).max() if "published_at" in about else None
            is_after = newest is None or (isinstance(newest, dt.datetime) and modified > newest)
            instant = modified if is_after and modified <= self.options.now else self.options.now
        return _filled(given, instant)

    def _long(self, stream: Stream, about: dict[str, pl.Series], figures: pl.DataFrame) -> pl.DataFrame:
        """One row per row of the file and metric: what the row is about, beside each of its figures."""
        figures = figures.filter(self.rows.kept.gather(figures["row"]))
        facts = [name for name in _schema(stream.record) if name in about and name not in figures.columns]
        whole = pl.DataFrame([self.rows.frame[LINE].alias("line"), *(about[name].alias(name) for name in facts)])
        long = pl.concat([whole[figures["row"]], figures.drop("row")], how="horizontal")
        columns = ["line", *(name for name in _schema(stream.record))]
        return self._dated(long).select(columns if "ingested_at" in columns else [*columns, "ingested_at"])

    def _accounts(self, about: dict[str, pl.Series]) -> Table:
        """The accounts a file names, one row each: provisional where it names only a handle."""
        height = self.rows.frame.height
        nothing = pl.Series([None], dtype=pl.String).new_from_index(0, height)
        handle = nothing if self.options.account else self.rows.text("handle")
        unit = pl.Series([self.options.unit], dtype=pl.String).new_from_index(0, height)
        columns = {
            "account_id": about["account_id"],
            "platform": about["account_id"].str.extract(r"^([^:]+):", 1),
            "unit_id": unit,
            "handle": handle,
        }
        frame = self._frame(canonical.ACCOUNTS, columns)
        return self._wrap(
            canonical.ACCOUNTS, frame.unique("account_id", keep="first", maintain_order=True), counts=False
        )

    def _table(self, stream: Stream, columns: dict[str, pl.Series], *, counts: bool) -> Table:
        return self._wrap(stream, self._frame(stream, columns), counts=counts)

    def _frame(self, stream: Stream, columns: dict[str, pl.Series]) -> pl.DataFrame:
        height = self.rows.frame.height
        series = [self.rows.frame[LINE].alias("line")]
        for name, dtype in _schema(stream.record).items():
            column = columns.get(name)
            if column is None:
                column = pl.Series([None], dtype=dtype).new_from_index(0, height)
            series.append(column.cast(dtype).alias(name))
        return self._dated(pl.DataFrame(series).filter(self.rows.kept))

    def _dated(self, frame: pl.DataFrame) -> pl.DataFrame:
        """With `ingested_at`, which is now where the file does not say it."""
        now = pl.lit(self.options.now).cast(UTC_INSTANT)
        if "ingested_at" not in frame.columns:
            return frame.with_columns(now.alias("ingested_at"))
        return frame.with_columns(pl.col("ingested_at").fill_null(now))

    def _wrap(self, stream: Stream, frame: pl.DataFrame, *, counts: bool) -> Table:
        return Table(
            stream=stream,
            frame=frame,
            file=self.content.name,
            sha256=self.content.sha256,
            read_at=self.options.now,
            rows_read=self.rows.sheet.rows_read,
            rejected=self.rows.rejected() if counts else [],
            dropped_columns=(*self.dropped, *self.rows.notes) if counts else self.dropped,
            counts_rows=counts,
            window=_window(stream, frame),
        )


_PERIODS = {
    "account_windows": ("window_start", "window_end", dt.timedelta(0)),
    "interactions": ("asked_at", "asked_at", dt.timedelta(microseconds=1)),
    "tips": ("received_at", "received_at", dt.timedelta(hours=1)),
}
"""Period streams: the columns their window is seen in, and how long their last instant lasts."""


def _window(stream: Stream, frame: pl.DataFrame) -> tuple[dt.datetime | None, dt.datetime | None]:
    """From the first event in the file to the end of the last; nothing is said about the days around them."""
    if stream.name not in _PERIODS or frame.is_empty():
        return None, None
    start, end, lasts = _PERIODS[stream.name]
    first, last = frame[start].min(), frame[end].max()
    if isinstance(first, dt.datetime) and isinstance(last, dt.datetime):
        return first, last + lasts
    return None, None


def _filled(given: pl.Series, instant: dt.datetime) -> pl.Series:
    return given.to_frame("at").select(pl.col("at").fill_null(pl.lit(instant).cast(UTC_INSTANT)))["at"]


def _schema(record: type[Record]) -> dict[str, pl.DataType | type[pl.DataType]]:
    return {name: POLARS_TYPES[plain_type(kind)[0]] for name, kind in record_types(record).items()}


def _apart(post_id: pl.Series, published_at: pl.Series) -> pl.Series:
    """Posts of one id and different times of publication are different posts: the later ones bear their time."""
    frame = pl.DataFrame({"id": post_id, "at": published_at})
    first = pl.col("at").min().over("id")
    stamped = pl.concat_str(pl.col("id"), pl.lit("@"), pl.col("at").dt.strftime("%Y%m%dT%H%M%SZ"))
    return frame.select(pl.when(pl.col("at") != first).then(stamped).otherwise(pl.col("id")).alias("post_id"))[
        "post_id"
    ]
