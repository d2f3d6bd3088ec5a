"""Refused rows read again after a fix: stored as of when they were read, once, and the same after a rebuild."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import duckdb
import polars as pl
import pytest

from pipelines.landing import Landing
from pipelines.run.quarantining import Choice, Replayed, read_again
from pipelines.sources.stream import Count, Page, Record, Rejected, Stream, Table
from pipelines.warehouse.connection import prepare
from pipelines.warehouse.load import load

READ = datetime(2026, 3, 1, 9, tzinfo=UTC)
NOW = READ + timedelta(days=30)
WINDOW = (READ - timedelta(days=28), READ)


class Post(Record):
    id: str
    likes: Count | None = None


class Wider(Record):
    id: str
    likes: int | None = None


POSTS = Stream(source="demo", name="posts", record=Post)
FIXED = replace(POSTS, record=Wider)
"""As a later version may read it: a count below zero is told and not refused."""
NOTES = Stream(source="files", name="notes", record=Post)


@pytest.fixture
def con():
    with prepare(duckdb.connect()) as con:
        yield con


@pytest.fixture
def landing(tmp_path):
    return Landing(tmp_path / "landing")


def crawl(landing, run_id, *objects, complete=True, stream=POSTS, at=READ):
    rows, rejected = stream.read([json.dumps(one).encode() for one in objects])
    with landing.writer(run_id) as writer:
        writer.add(
            Page(
                stream=stream, account_id="demo:1", rows=rows, rejected=rejected, fetched_at=at, window=WINDOW,
                complete=complete, number=2, next_cursor=None if complete else "c", api_version_answered="v9",
            )
        )  # fmt: skip


def stored(con):
    return con.sql(
        "select id, likes, account_id, observed_at, ingested_at, run_id from raw.demo__posts order by id, observed_at"
    ).fetchall()


def test_a_replay_named_before_its_crawl_by_a_clock_put_back_is_not_replayed_again(con, landing):
    crawl(landing, "99991231T235959000000Z-ffffff", {"id": "a", "likes": -1})
    read_again(con, landing, [FIXED], now=NOW)
    with prepare(duckdb.connect()) as again:
        assert read_again(again, landing, [FIXED], now=NOW) == []
        assert stored(again) == stored(con)


def law(con):
    return con.sql(
        "select count(*) from raw.pages where rows_read <> rows_stored + rows_duplicate + rows_quarantined"
    ).fetchall()[0][0]


def test_rows_that_fit_now_are_stored_as_of_the_moment_they_were_read(con, landing):
    crawl(landing, "r1", {"id": "a", "likes": 1}, {"id": "b", "likes": -1, "author": "x"}, {"id": 7})
    assert read_again(con, landing, [POSTS], now=NOW) == [Replayed("demo", "posts", 0, 2)]
    assert read_again(con, landing, [FIXED], now=NOW) == [Replayed("demo", "posts", 1, 1)]
    assert stored(con) == [("a", 1, "demo:1", READ, READ, "r1"), ("b", -1, "demo:1", READ, NOW, "r1")]
    [page] = con.sql(
        "select fetched_at, ingested_at, window_start, window_end, complete, number, api_version_answered, rows_read, "
        "rows_stored from raw.pages where rows_quarantined = 0"
    ).fetchall()
    assert page == (READ, NOW, *WINDOW, False, 2, "v9", 1, 1)
    marked = con.sql("select line, replayed_at, replayed_by is not null from raw.quarantine order by line").fetchall()
    assert marked == [(2, NOW, True), (3, None, False)]
    assert law(con) == 0


def test_a_replay_again_does_nothing_more_and_a_rebuild_gives_the_same_rows(con, landing):
    crawl(landing, "r1", {"id": "a", "likes": -1})
    crawl(landing, "r2", {"id": "a", "likes": -2}, at=READ + timedelta(days=1))
    read_again(con, landing, [FIXED], now=NOW)
    before = stored(con)
    assert [row[1] for row in before] == [-1, -2]
    assert read_again(con, landing, [FIXED], now=NOW + timedelta(days=1)) == []
    assert stored(con) == before
    columns = "page_id, place, reason, content, replayed_at, replayed_by"
    kept = con.sql(f"select {columns} from raw.quarantine order by all").fetchall()
    with prepare(duckdb.connect()) as again:
        load(again, landing, [FIXED])
        assert stored(again) == before
        assert again.sql(f"select {columns} from raw.quarantine order by all").fetchall() == kept


def test_a_dry_run_counts_and_stores_nothing(con, landing):
    crawl(landing, "r1", {"id": "a", "likes": -1})
    assert read_again(con, landing, [FIXED], now=NOW, dry_run=True) == [Replayed("demo", "posts", 1, 0)]
    assert stored(con) == []
    assert len(landing.manifests()) == 1


def test_only_the_chosen_rows_are_read_again(con, landing):
    crawl(landing, "r1", {"id": "a", "likes": -1}, {"id": "b", "likes": 2**64})
    for choice in (
        Choice(source="other"), Choice(stream="other"), Choice(reason="no such"), Choice(row_id="r1-000001.9")
    ):  # fmt: skip
        assert read_again(con, landing, [FIXED], choice, now=NOW) == [], choice
    chosen = Choice(source="demo", stream="posts", reason="EXPECTED `INT` >= 0", row_id="r1-000001.1")
    assert read_again(con, landing, [FIXED], chosen, now=NOW) == [Replayed("demo", "posts", 1, 0)]


def test_a_replay_neither_ends_nor_hides_a_crawl_that_was_cut_off(con, landing):
    run_id = Landing.new_run_id(datetime.now(UTC))
    crawl(landing, run_id, {"id": "a", "likes": -1}, complete=False)
    read_again(con, landing, [FIXED], now=NOW)
    assert landing.unfinished("demo", now=datetime.now(UTC)) == {("posts", "demo:1"): ("c", 3)}


def test_rows_known_later_are_not_known_earlier(con, landing):
    crawl(landing, "r1", {"id": "a", "likes": 1}, {"id": "b", "likes": -1})
    read_again(con, landing, [FIXED], now=NOW)
    with prepare(duckdb.connect()) as past:
        load(past, landing, [FIXED], known_until=NOW - timedelta(seconds=1))
        assert [row[0] for row in stored(past)] == ["a"]


def test_a_page_served_twice_with_the_same_refused_row_gives_it_once(con, landing):
    with landing.writer("r1") as writer:
        for number in (1, 2):
            rows, rejected = POSTS.read([b'{"id": "a", "likes": -1}'])
            writer.add(
                Page(stream=POSTS, account_id="demo:1", rows=rows, rejected=rejected, fetched_at=READ, number=number)
            )
    read_again(con, landing, [FIXED], now=NOW)
    assert len(stored(con)) == 1
    assert law(con) == 0
    assert con.sql("select sum(rows_duplicate) from raw.pages").fetchall() == [(1,)]
    assert con.sql("select count(*) from raw.quarantine where replayed_at is null").fetchall() == [(0,)]


def imported(landing, run_id, *, bad, sha="a" * 64):
    frame = pl.DataFrame(
        {"id": ["x"], "likes": [1], "line": [2], "ingested_at": [READ]},
        schema={"id": pl.String, "likes": pl.Int64, "line": pl.Int64, "ingested_at": pl.Datetime("us", "UTC")},
    )
    rejected = [Rejected(line=line, reason="likes: a number below zero", content="{}") for line in bad]
    with landing.writer(run_id) as writer:
        writer.add_tables(
            [
                Table(
                    stream=NOTES, frame=frame, file="notes.csv", sha256=sha, read_at=NOW, rejected=rejected,
                    rows_read=1 + len(bad),
                )
            ]
        )  # fmt: skip


def test_a_file_imported_again_settles_what_it_kept_aside_and_another_file_does_not(con, landing):
    imported(landing, "r1", bad=[3, 4])
    imported(landing, "r2", bad=[3], sha="b" * 64)
    waiting = "select page_id, line from raw.quarantine where replayed_at is null order by all"
    load(con, landing, [NOTES])
    assert len(con.sql(waiting).fetchall()) == 3
    imported(landing, "r3", bad=[4])
    load(con, landing, [NOTES])
    assert con.sql(waiting).fetchall() == [("r2-000001", 3), ("r3-000001", 4)]
    assert read_again(con, landing, [NOTES], now=NOW) == [], "rows of files come in by importing the file again"
