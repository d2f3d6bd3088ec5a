"""What readers have already is not written again, and what was damaged is."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import duckdb
import pytest

from pipelines.warehouse.connection import open_hardened, prepare
from pipelines.warehouse.publish import DATABASE, publish

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TABLES = ("goal_scorecard", "goal_verdict")


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with prepare(duckdb.connect()) as con:
        con.execute("create table config.run as select timestamptz '2026-01-05 06:00:00+00' as as_of")
        con.execute("create table ops.built (model varchar, token varchar)")
        for table in TABLES:
            con.execute(f"create table published.{table} as select 'tips' as goal_id, 1 as value")
            con.execute(f"insert into ops.built values ('published.{table}', 'first')")
        yield con


def build(con: duckdb.DuckDBPyConnection, table: str, value: int) -> None:
    con.execute(f"update published.{table} set value = {value}")
    con.execute("update ops.built set token = ? where model = ?", [f"built {value}", f"published.{table}"])


def inodes(folder: Path) -> dict[str, int]:
    """A file that is written again is another inode. The old ones are kept, so that no number is used twice."""
    files = [folder / DATABASE, *(folder / "parquet" / f"{table}.parquet" for table in TABLES)]
    kept = folder.parent / "kept"
    kept.mkdir(exist_ok=True)
    for file in files:
        link = kept / str(file.stat().st_ino)
        if not link.exists():
            os.link(file, link)
    return {file.name: file.stat().st_ino for file in files}


def values(folder: Path) -> list[tuple[int]]:
    with open_hardened(folder / DATABASE) as reader:
        return reader.execute(" union all ".join(f"select value from published.{t}" for t in TABLES)).fetchall()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "published"


def test_a_publication_in_which_nothing_is_new_writes_no_file_again(con, folder):
    assert publish(con, folder).is_new
    before = inodes(folder)
    again = publish(con, folder)
    assert not again.is_new
    assert again.tables == dict.fromkeys(TABLES, 1)
    assert inodes(folder) == before


def test_a_table_that_was_built_again_is_written_and_the_others_copies_stay(con, folder):
    publish(con, folder)
    before = inodes(folder)
    build(con, "goal_verdict", 2)
    assert publish(con, folder).is_new
    after = inodes(folder)
    assert {name for name in after if after[name] != before[name]} == {DATABASE, "goal_verdict.parquet"}
    assert values(folder) == [(1,), (2,)]
    sums = (folder / "parquet" / "SHA256SUMS").read_text()
    assert [line[66:] for line in sums.splitlines()] == [f"{table}.parquet" for table in TABLES]


@pytest.mark.parametrize("name", [DATABASE, "parquet/goal_verdict.parquet"])
@pytest.mark.parametrize("how", ["removed", "a byte flipped"])
def test_a_copy_that_is_not_as_it_was_written_is_written_again(con, folder, name, how):
    publish(con, folder)
    path = folder / name
    whole = path.read_bytes()
    if how == "removed":
        path.unlink()
    else:
        path.write_bytes(whole[:40] + bytes([whole[40] ^ 1]) + whole[41:])
    publish(con, folder)
    assert path.exists()
    assert values(folder) == [(1,), (1,)]
    assert con.execute(f"from '{folder}/parquet/goal_verdict.parquet'").fetchall() == [("tips", 1)]


def test_tables_of_which_nobody_knows_the_state_are_written_each_time(con, folder):
    con.execute("delete from ops.built")
    publish(con, folder)
    con.execute("update published.goal_verdict set value = 3")
    assert publish(con, folder).is_new
    assert values(folder) == [(1,), (3,)]


def test_a_publisher_that_dies_before_it_wrote_down_what_it_made_writes_it_again(con, folder, monkeypatch):
    publish(con, folder)
    build(con, "goal_verdict", 2)
    with monkeypatch.context() as killed:
        killed.setattr("pipelines.warehouse.copies.Copies.keep", _die)
        with pytest.raises(KeyboardInterrupt):
            publish(con, folder)
    before = inodes(folder)
    assert publish(con, folder).is_new
    assert inodes(folder)[DATABASE] != before[DATABASE]
    assert values(folder) == [(1,), (2,)]


def _die(_self: object) -> None:
    raise KeyboardInterrupt
