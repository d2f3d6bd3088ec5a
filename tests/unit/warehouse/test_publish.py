"""Publishing: readers always have a whole file, of one state or the next."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import duckdb
import pytest

from pipelines.errors import BusyError, StorageError
from pipelines.warehouse import checksums
from pipelines.warehouse.connection import open_hardened, open_writer, prepare
from pipelines.warehouse.publish import publish, take_published

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def con() -> duckdb.DuckDBPyConnection:
    with prepare(duckdb.connect()) as con:
        con.execute("create table config.run as select timestamptz '2026-01-05 06:00:00+00' as as_of")
        con.execute("create table published.goal_verdict as select 'tips' as goal_id, 'not_met' as verdict")
        con.execute(
            "create table published.goal_scorecard as "
            "select 'tips' as goal_id, null::double as value, 'missing' as state"
        )
        con.execute("comment on table published.goal_scorecard is 'What an owner''s goal came to'")
        con.execute("comment on column published.goal_scorecard.value is 'null: see state'")
        con.execute("create table marts.dim_post as select 'secret' as post_id")
        yield con


def test_readers_get_only_the_published_schema_with_its_comments(con, tmp_path):
    result = publish(con, tmp_path)
    assert result.tables == {"goal_scorecard": 1, "goal_verdict": 1}
    with open_hardened(result.database) as reader:
        assert reader.execute("select schema_name, table_name, comment from duckdb_tables() order by 2").fetchall() == [
            ("published", "goal_scorecard", "What an owner's goal came to"),
            ("published", "goal_verdict", None),
        ]
        assert reader.execute("select comment from duckdb_columns() where column_name = 'value'").fetchall() == [
            ("null: see state",)
        ]
    assert {p.name for p in (tmp_path / "parquet").iterdir()} == {
        "goal_scorecard.parquet",
        "goal_verdict.parquet",
        "SHA256SUMS",
    }


def test_the_checksums_beside_the_copies_are_those_that_sha256sum_checks(con, tmp_path):
    for _ in range(2):
        publish(con, tmp_path)
        subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=tmp_path / "parquet", check=True)
        assert len((tmp_path / "parquet/SHA256SUMS").read_text().splitlines()) == 2


def test_the_file_is_written_in_the_format_that_every_1_x_client_opens(con, tmp_path):
    path = publish(con, tmp_path).database
    with duckdb.connect() as other:
        other.execute(f"attach '{path}' as published_file (read_only)")
        [(tags,)] = other.execute(
            "select tags from duckdb_databases() where database_name = 'published_file'"
        ).fetchall()
    assert tags["storage_version"] == "v1.0.0+"


def spoil(directory):
    path = directory / "parquet/goal_verdict.parquet"
    path.write_bytes(path.read_bytes()[:-1] + b"#")


def swap_half(directory):
    """A publisher that has announced what comes, and swapped nothing in yet."""
    checksums.announce(directory / "parquet", {"goal_verdict.parquet": "0" * 64})


def put_back(directory):
    """The Parquet files of another publication, whole: a kill came before they were swapped in."""
    with duckdb.connect(directory / "syfte.duckdb") as readers:
        readers.execute("update published.build set goals_sha256 = 'other'")


@pytest.mark.promise("R5")
@pytest.mark.parametrize("change", [None, spoil, swap_half, put_back], ids=lambda one: one.__name__ if one else "whole")
def test_the_parquet_files_that_stand_are_taken_only_if_they_are_whole_and_of_what_readers_see(con, tmp_path, change):
    con.execute("create table published.build as select as_of, 'one' as goals_sha256 from config.run")
    directory, taken = tmp_path / "published", tmp_path / "taken"
    publish(con, directory)
    taken.mkdir()
    marked = directory / "parquet/goal_verdict.parquet"
    con.execute("copy published.goal_verdict to $1 (format parquet, compression snappy)", [str(marked)])
    checksums.settle(directory / "parquet", {p.name: checksums.digest(p) for p in marked.parent.glob("*.parquet")})
    if change is not None:
        change(directory)
    as_of, rows = take_published(directory, taken)
    assert (as_of, rows) == (datetime(2026, 1, 5, 6, tzinfo=UTC), {"build": 1, "goal_scorecard": 1, "goal_verdict": 1})
    codec = "select distinct compression from parquet_metadata(?)"
    found = con.execute(codec, [str(taken / marked.name)]).fetchall()
    assert found == ([("SNAPPY",)] if change is None else [("ZSTD",)]), "written anew where it may not be taken"
    with duckdb.connect(directory / "syfte.duckdb", read_only=True) as readers:
        for name in rows:
            found = readers.execute(f"from published.{name}").fetchall()
            assert readers.execute("from read_parquet(?)", [f"{taken}/{name}.parquet"]).fetchall() == found


def test_a_reader_keeps_its_state_while_the_next_one_is_swapped_in(con, tmp_path):
    path = publish(con, tmp_path).database
    with open_hardened(path) as before:
        con.execute("update published.goal_verdict set verdict = 'met'")
        publish(con, tmp_path)
        assert before.execute("select verdict from published.goal_verdict").fetchall() == [("not_met",)]
        # another process, because one process shares a file that it has open already
        code = (
            "import sys; from pathlib import Path; from pipelines.warehouse.connection import open_hardened;"
            "print(open_hardened(Path(sys.argv[1])).execute('select verdict from published.goal_verdict').fetchall())"
        )
        found = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[('met',)]"


def test_every_published_scorecard_stays_in_the_history(con, tmp_path):
    publish(con, tmp_path)
    con.execute("update config.run set as_of = '2026-01-06 06:00:00+00'")
    publish(con, tmp_path)
    names = sorted(p.name for p in (tmp_path / "history/goal_scorecard").glob("*.parquet"))
    assert names == ["20260105T060000000000Z.parquet", "20260106T060000000000Z.parquet"]


def test_nothing_half_written_stays_when_the_directory_cannot_be_written(con, tmp_path):
    (tmp_path / "parquet").write_text("in the way")
    with pytest.raises(StorageError) as caught:
        publish(con, tmp_path)
    assert caught.value.where == str(tmp_path)


@pytest.mark.parametrize(
    "query",
    [
        "select * from read_text('/etc/hostname')",
        "copy (select 1) to 'out.csv'",
        "attach 'other.duckdb'",
        "set enable_external_access = true",
        "create table published.mine as select 1",
        "install httpfs",
        "select * from 'goals.yaml'",
    ],
)
def test_an_analysts_connection_is_read_only_and_blind_to_files(con, tmp_path, query):
    path = publish(con, tmp_path).database
    with open_hardened(path) as reader, pytest.raises(duckdb.Error):
        reader.execute(query).fetchall()


def test_a_missing_publication_says_what_to_run(tmp_path):
    with pytest.raises(StorageError) as caught:
        open_hardened(tmp_path / "syfte.duckdb")
    assert "syfte run" in str(caught.value)


def test_a_damaged_database_says_how_to_get_it_back(tmp_path):
    path = tmp_path / "warehouse.duckdb"
    path.write_bytes(b"not a database" * 1000)
    with pytest.raises(StorageError, match="cannot be opened") as caught, open_writer(path):
        pass
    assert "syfte rebuild" in str(caught.value)


def test_a_second_writer_is_told_who_holds_the_warehouse(tmp_path: Path):
    path = tmp_path / "warehouse.duckdb"
    code = (
        "import sys; from pathlib import Path; from pipelines.warehouse.connection import open_writer\n"
        "with open_writer(Path(sys.argv[1])):\n    print('open', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline().strip() == "open"
        with pytest.raises(BusyError, match=f"process {holder.pid}"), open_writer(path, wait_s=0.2):
            pass
        holder.communicate("")
    with open_writer(path, wait_s=5):
        pass
