"""Landing -> raw: exactly once, whatever happens in between."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import duckdb
import polars as pl
import pytest

from pipelines.errors import StorageError
from pipelines.landing import Landing
from pipelines.sources.stream import Count, Page, Record, Rejected, Stream, Table
from pipelines.warehouse import pages
from pipelines.warehouse.connection import prepare
from pipelines.warehouse.load import load

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


class Summary(Record):
    total_count: Count | None = None


class Post(Record):
    id: str
    likes: Summary | None = None
    value: int | dict[str, int] | None = None


class Reading(Record):
    post_id: str
    observed_at: datetime
    value: float | None = None
    day: date | None = None


POSTS = Stream(source="demo", name="posts", record=Post)
READINGS = Stream(source="files", name="readings", record=Reading)


def page(*objects: dict[str, object], stream: Stream = POSTS, number: int = 1, **more: object) -> Page:
    rows, rejected = stream.read([json.dumps(o).encode() for o in objects])
    return Page(stream=stream, account_id="demo:1", rows=rows, rejected=rejected, fetched_at=NOW, number=number, **more)


def table(
    rows: list[tuple[str, datetime, float | None]], *, rejected: list[Rejected] | None = None, sha: str = "a" * 64
) -> Table:
    frame = pl.DataFrame(
        {
            "post_id": [r[0] for r in rows],
            "observed_at": [r[1] for r in rows],
            "value": [r[2] for r in rows],
            "day": [None] * len(rows),
            "line": list(range(2, len(rows) + 2)),
            "ingested_at": [NOW] * len(rows),
        },
        schema={
            "post_id": pl.String,
            "observed_at": pl.Datetime("us", "UTC"),
            "value": pl.Float64,
            "day": pl.Date,
            "line": pl.Int64,
            "ingested_at": pl.Datetime("us", "UTC"),
        },
    )
    return Table(
        stream=READINGS,
        frame=frame,
        file="readings.csv",
        sha256=sha,
        read_at=NOW,
        rows_read=len(rows) + len(rejected or []),
        rejected=rejected or [],
    )


@pytest.fixture
def con() -> duckdb.DuckDBPyConnection:
    with prepare(duckdb.connect()) as con:
        yield con


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    return Landing(tmp_path / "landing")


def test_a_page_becomes_one_row_per_object_with_the_servers_clock(con, landing):
    with landing.writer("r1") as writer:
        writer.add(
            page(
                {"id": "a", "likes": {"total_count": 3}, "secret": "x"}, {"id": "b", "value": {"sv": 2}}, complete=True
            )
        )
    report = load(con, landing, [POSTS, READINGS])
    assert report.rows_stored == 2
    rows = con.sql(
        "select id, likes.total_count, value, account_id, observed_at from raw.demo__posts order by id"
    ).fetchall()
    assert rows == [("a", 3, None, "demo:1", NOW), ("b", None, '{"sv":2}', "demo:1", NOW)]


def test_what_is_not_allowed_never_reaches_the_disk(landing):
    with landing.writer("r1") as writer:
        writer.add(page({"id": "a", "author": "SENTINEL"}))
    import zstandard

    for path in landing.root.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            text = zstandard.decompress(content) if path.suffix == ".zst" else content
            assert b"SENTINEL" not in text


def test_a_number_that_its_column_does_not_hold_stops_the_load_and_is_no_null(con, landing):
    with landing.writer("r1") as writer:
        writer.add(page({"id": "a"}, number=2**31))
    with pytest.raises(duckdb.Error, match="2147483648"):
        load(con, landing, [POSTS])
    assert con.execute("select count(*) from raw.demo__posts").fetchall() == [(0,)]


def test_whoever_opens_the_warehouse_and_loads_waits_for_no_numpy_and_no_polars(landing, tmp_path):
    with landing.writer("r1") as writer:
        writer.add(page({"id": "a"}, complete=True))
    program = f"""
import pathlib, sys
from pipelines.landing import Landing
from pipelines.sources.stream import Record, Stream
from pipelines.warehouse.connection import open_writer
from pipelines.warehouse.load import load

class Post(Record):
    id: str

streams = [Stream(source="demo", name="posts", record=Post)]
with open_writer(pathlib.Path({str(tmp_path / "w.duckdb")!r})) as con:
    assert load(con, Landing(pathlib.Path({str(landing.root)!r})), streams).rows_stored == 1
    print(*({{"numpy", "polars", "pandas", "pyarrow"}} & set(sys.modules)))
"""
    assert subprocess.run([sys.executable, "-c", program], check=True, capture_output=True).stdout == b"\n"


def test_loading_again_adds_nothing(con, landing):
    with landing.writer("r1") as writer:
        writer.add(page({"id": "a"}))
    load(con, landing, [POSTS, READINGS])
    assert load(con, landing, [POSTS, READINGS]).rows_stored == 0
    assert con.sql("select count(*) from raw.demo__posts").fetchall() == [(1,)]


def test_pages_flushed_later_in_the_same_run_are_loaded_too(con, landing):
    with landing.writer("r1") as writer:
        writer.add(page({"id": "a"}))
        writer.flush()
        load(con, landing, [POSTS, READINGS])
        writer.add(page({"id": "b"}, number=2, complete=True))
    load(con, landing, [POSTS, READINGS])
    assert con.sql("select id from raw.demo__posts order by id").fetchall() == [("a",), ("b",)]
    assert con.sql("select number, complete from raw.pages order by number").fetchall() == [(1, False), (2, True)]


def test_a_page_served_twice_in_one_crawl_is_stored_once_and_counted(con, landing):
    with landing.writer("r1") as writer:
        writer.add(page({"id": "a"}, {"id": "b"}))
        writer.add(page({"id": "b"}, {"id": "c"}, number=2, complete=True))
    load(con, landing, [POSTS, READINGS])
    counts = con.sql(
        "select rows_read, rows_stored, rows_duplicate, rows_quarantined from raw.pages order by number"
    ).fetchall()
    assert counts == [(2, 2, 0, 0), (2, 1, 1, 0)]


def test_an_object_met_again_in_a_later_part_of_its_crawl_is_stored_once(con, landing, monkeypatch):
    """Every segment is a part of its own here; `b` has fields that are missing both times."""
    monkeypatch.setattr(pages, "PART_ROWS", 1)
    with landing.writer("run1") as writer:
        writer.add(page({"id": "a", "likes": {"total_count": 1}}, {"id": "b"}))
        writer.flush()
        writer.add(page({"id": "b"}, {"id": "a", "likes": {"total_count": 2}}, {"id": "b"}, number=2))
    assert load(con, landing, [POSTS]).rows_stored == 3
    stored = con.execute("select id, likes.total_count, page_id from raw.demo__posts order by all").fetchall()
    assert stored == [("a", 1, "run1-000001"), ("a", 2, "run1-000002"), ("b", None, "run1-000001")]
    counted = con.execute("select rows_read, rows_stored, rows_duplicate from raw.pages order by page_id").fetchall()
    assert counted == [(2, 2, 0), (3, 1, 2)]


def test_a_page_longer_than_duckdb_expects_is_loaded(con, landing):
    with landing.writer("run1") as writer:
        writer.add(page(*({"id": f"{number}" * 500_000} for number in range(10, 31))))
    assert load(con, landing, [POSTS]).rows_stored == 21


@pytest.mark.parametrize("is_damaged", [False, True])
def test_pages_are_read_by_one_thread_and_everything_else_by_as_many_as_before(con, landing, monkeypatch, is_damaged):
    con.execute("set threads = 3")
    seen, read = [], pages.read

    def look(*args):
        seen.append(con.execute("select current_setting('threads')").fetchall())
        read(*args)
        if is_damaged:
            con.execute("select error('a row that cannot be read')")

    monkeypatch.setattr(pages, "read", look)
    with landing.writer("run1") as writer:
        writer.add(page({"id": "a"}))
    with pytest.raises(duckdb.Error) if is_damaged else nullcontext():
        load(con, landing, [POSTS])
    assert seen == [[(1,)]]
    assert con.execute("select current_setting('threads')").fetchall() == [(3,)]


def test_the_same_object_of_another_account_is_no_duplicate_in_a_later_part(con, landing, monkeypatch):
    monkeypatch.setattr(pages, "PART_ROWS", 1)
    with landing.writer("run1") as writer:
        writer.add(page({"id": "a"}))
        writer.flush()
        writer.add(replace(page({"id": "a"}, {"id": "a"}), account_id="demo:2"))
    assert load(con, landing, [POSTS]).rows_stored == 2


def test_the_same_object_in_the_next_crawl_is_a_new_reading(con, landing):
    for run in ("r1", "r2"):
        with landing.writer(run) as writer:
            writer.add(page({"id": "a"}))
    assert load(con, landing, [POSTS, READINGS]).rows_stored == 2


def test_a_poison_row_is_kept_aside_alone(con, landing):
    with landing.writer("r1") as writer:
        writer.add(page({"id": "a"}, {"id": "b", "likes": {"total_count": "12"}}, {"id": "c"}))
    load(con, landing, [POSTS, READINGS])
    assert con.sql("select id from raw.demo__posts order by id").fetchall() == [("a",), ("c",)]
    [(line, reason, account)] = con.sql("select line, reason, account_id from raw.quarantine").fetchall()
    assert (line, account) == (2, "demo:1")
    assert "$.likes.total_count" in reason


def test_an_imported_row_is_stored_once_for_all_time(con, landing):
    rows = [("p", NOW, 1.0), ("p", NOW, 1.0), ("q", NOW, None)]
    for run, sha in (("r1", "a" * 64), ("r2", "b" * 64)):
        with landing.writer(run) as writer:
            writer.add_tables([table(rows, rejected=[Rejected(line=9, reason="bad time")], sha=sha)])
    load(con, landing, [POSTS, READINGS])
    assert con.sql("select post_id, value from raw.files__readings order by post_id").fetchall() == [
        ("p", 1.0),
        ("q", None),
    ]
    counts = con.sql(
        "select rows_read, rows_stored, rows_duplicate, rows_quarantined from raw.pages order by run_id"
    ).fetchall()
    assert counts == [(4, 2, 1, 1), (4, 0, 3, 1)]
    assert con.sql("select file, line, reason from raw.quarantine limit 1").fetchall() == [
        ("readings.csv", 9, "bad time")
    ]


def test_a_later_export_of_an_unchanged_post_is_a_new_row_because_its_reading_is_new(con, landing):
    class Name(Record):
        post_id: str

    names = Stream(source="files", name="names", record=Name)
    for run, sha, hour in (("r1", "a" * 64, 9), ("r2", "b" * 64, 10), ("r3", "c" * 64, 10)):
        readings = table([("p", NOW.replace(hour=hour), 1.0), ("p", NOW.replace(hour=hour, minute=1), 2.0)], sha=sha)
        frame = readings.frame.with_columns(line=pl.lit(2, pl.Int64))
        named = Table(
            stream=names, frame=frame.select("post_id", "line", "ingested_at").unique(), file=readings.file, sha256=sha,
            read_at=NOW, rows_read=1,
        )  # fmt: skip
        with landing.writer(run) as writer:
            writer.add_tables([named, replace(readings, frame=frame, counts_rows=False, rows_read=1)])
    load(con, landing, [POSTS, READINGS, names])
    counted = con.sql(
        "select rows_read, rows_stored, rows_duplicate from raw.pages where counts_rows order by run_id"
    ).fetchall()
    assert counted == [(1, 1, 0), (1, 1, 0), (1, 0, 1)]
    assert con.sql("select count(*) from raw.files__names").fetchall() == [(1,)]
    assert con.sql("select count(*) from raw.files__readings").fetchall() == [(4,)]


def test_a_damaged_segment_stops_the_load_and_nothing_of_its_run_is_stored(con, landing):
    with landing.writer("r1") as writer:
        writer.add(page({"id": "a"}))
        writer.flush()
        writer.add(page({"id": "b"}, number=2))
    segment = sorted(landing.root.glob("demo/posts/*"))[1]
    content = bytearray(segment.read_bytes())
    content[-3] ^= 1
    segment.write_bytes(content)
    with pytest.raises(StorageError, match="SHA-256"):
        load(con, landing, [POSTS, READINGS])
    assert con.sql("select count(*) from raw.demo__posts").fetchall() == [(0,)]
    assert con.sql("select count(*) from raw.pages").fetchall() == [(0,)]


def test_a_manifest_line_cut_off_by_a_kill_does_not_count(con, landing):
    with landing.writer("r1") as writer:
        writer.add(page({"id": "a"}))
    with (landing.manifest_dir / "r1.jsonl").open("ab") as file:
        file.write(b'{"page_id":"r1-0000')
    assert load(con, landing, [POSTS, READINGS]).rows_stored == 1


def test_a_changed_record_loads_its_pages_again_from_the_landing(con, landing):
    with landing.writer("r1") as writer:
        writer.add(page({"id": "a", "likes": {"total_count": 3}}))
        writer.add_tables([table([("p", NOW, 1.0)])])
    load(con, landing, [POSTS, READINGS])

    class Narrow(Record):
        id: str

    narrow = Stream(source="demo", name="posts", record=Narrow)
    load(con, landing, [narrow, READINGS])
    assert con.sql("select * exclude (ingested_at, run_id, page_id, row_hash) from raw.demo__posts").fetchall() == [
        ("demo:1", NOW, "a")
    ]
    assert con.sql("select count(*) from raw.pages").fetchall() == [(2,)]
    assert con.sql("select count(*) from raw.files__readings").fetchall() == [(1,)]


def test_a_warehouse_of_an_earlier_version_is_loaded_again_whole(con, landing):
    with landing.writer("r1") as writer:
        writer.add(page({"id": "a"}))
        writer.add_tables([table([("p", NOW, 1.0)])])
    load(con, landing, [POSTS, READINGS])
    con.execute("alter table raw.pages drop column counts_rows")
    assert load(con, landing, [POSTS, READINGS]).rows_stored == 2
    assert con.sql("select count(*) from raw.pages").fetchall() == [(2,)]
    assert con.sql("select count(*) from raw.demo__posts").fetchall() == [(1,)]


def test_a_replay_knows_only_what_was_known_then(con, landing):
    with landing.writer("r1") as writer:
        writer.add(page({"id": "a"}))
        writer.add_tables([table([("p", NOW, 1.0)])])
    report = load(con, landing, [POSTS, READINGS], known_until=datetime(2026, 2, 1, tzinfo=UTC))
    assert report.rows_stored == 0


def test_a_crawl_cut_off_an_hour_ago_is_taken_up_where_it_stopped(landing):
    run = Landing.new_run_id(NOW)
    with landing.writer(run) as writer:
        writer.add(page({"id": "a"}, next_cursor="abc"))
    assert landing.unfinished("demo", now=NOW) == {("posts", "demo:1"): ("abc", 2)}
    assert landing.unfinished("demo", now=NOW.replace(hour=12)) == {}
    assert landing.unfinished("other", now=NOW) == {}


@pytest.mark.promise("R13")
def test_a_crawl_of_a_run_from_before_the_clock_was_set_back_is_begun_anew(landing):
    # later runs bear earlier names: until the clock has caught up, its old cursor would hide that they ended
    run = Landing.new_run_id(NOW + timedelta(minutes=20))
    with landing.writer(run) as writer:
        writer.add(page({"id": "a"}, next_cursor="abc"))
    assert landing.unfinished("demo", now=NOW) == {}
    assert landing.unfinished("demo", now=NOW + timedelta(minutes=21)) == {("posts", "demo:1"): ("abc", 2)}


def test_files_that_no_manifest_names_are_swept(landing):
    with landing.writer("r1") as writer:
        writer.add(page({"id": "a"}))
    stray = landing.root / "demo/posts/r0-0001.jsonl.zst"
    stray.write_bytes(b"left by a kill")
    assert landing.sweep() == [stray]
    assert len(list(landing.root.glob("demo/posts/*"))) == 1
