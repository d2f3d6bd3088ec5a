"""From readings to days: what the tests of the counter models share."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from tests.spec.tables import build, calendar, load

if TYPE_CHECKING:
    import duckdb

CHAIN = (
    "marts.fct_post_snapshot",
    "marts.dim_post_series",
    "marts.fct_post_reading",
    "marts.fct_post_metric_interval",
    "marts.fct_post_daily",
    "marts.fct_post_unallocated",
    "marts.fct_post_counter",
    "marts.fct_post_value_at_age",
)
"""The models from readings to days, in the order they are built."""


def utc(local: str) -> str:
    """The instant of a Stockholm wall clock: `2025-03-10 08:00`."""
    instant = dt.datetime.fromisoformat(local).replace(tzinfo=ZoneInfo("Europe/Stockholm"))
    return str(instant.astimezone(dt.UTC))


def post(con: duckdb.DuckDBPyConnection, published: str | None, post_id: str = "x:1") -> None:
    """A post, published at a Stockholm wall clock."""
    load(
        con,
        "marts.dim_post",
        "post_id, account_id, platform, unit_id, published_at",
        f"post | account | platform | unit | published\n-\n{post_id} | x:9 | {post_id.split(':', maxsplit=1)[0]} | u1 | {utc(published) if published else ''}",
    )


def read(con: duckdb.DuckDBPyConnection, text: str, metric: str = "impression_count", post_id: str = "x:1") -> None:
    """Readings of a post: Stockholm wall clock, value, and where it matters status and when it became known."""
    for line in text.strip().splitlines():
        observed, value, *more = (cell.strip() for cell in line.split("|"))
        status = more[0] if more and more[0] else "ok"
        ingested = utc(more[1] if len(more) > 1 else observed)
        load(
            con,
            "staging.stg_x__post_readings",
            "post_id, native_metric, observed_at, ingested_at, status, value",
            f"-\n-\n{post_id} | {metric} | {utc(observed)} | {ingested} | {status} | {value}",
        )


def build_counters(con: duckdb.DuckDBPyConnection, first: str = "2025-01-01", last: str = "2025-04-30") -> None:
    """Build the chain over a calendar of Stockholm days."""
    con.execute("drop table if exists seeds.calendar")
    calendar(con, first, last)
    build(con, *CHAIN)


def read_account(con: duckdb.DuckDBPyConnection, text: str) -> None:
    """Follower readings of an account, as Stockholm wall clock and value; its days are built from them."""
    for line in text.strip().splitlines():
        observed, value = (cell.strip() for cell in line.split("|"))
        load(
            con,
            "staging.stg_x__account_readings",
            "account_id, native_metric, observed_at, ingested_at, value",
            f"-\n-\nx:9 | followers_count | {utc(observed)} | {utc(observed)} | {value}",
        )
    build(con, "marts.fct_account_figure", "marts.fct_account_daily")
