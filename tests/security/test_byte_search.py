"""The search that other tests lean on finds a planted text wherever and however it is written."""

from __future__ import annotations

import base64
import bz2
import gzip
import io
import json
import lzma
import sqlite3
import tarfile
import urllib.parse
import zipfile
import zlib
from contextlib import closing

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from tests.byte_search import ByteSearch

CANARY = "kanariefågel/17+sjunger"
ASCII = "canary-bird-17-sings"


def found(path, *needles):
    return ByteSearch(needles or (CANARY,)).tree(path).hits


def around(text):
    return f"något före {text} något efter {'x' * 50}"


@pytest.mark.parametrize(
    "write",
    [
        pytest.param(lambda t: t.encode(), id="plain"),
        pytest.param(lambda t: t.encode("utf-16"), id="utf-16"),
        pytest.param(lambda t: t.encode("utf-16-be"), id="utf-16-be"),
        pytest.param(lambda t: t.encode("latin-1"), id="latin-1"),
        pytest.param(lambda t: json.dumps({"a": t}).encode(), id="json"),
        pytest.param(lambda t: json.dumps({"a": json.dumps(t)}).encode(), id="json in json"),
        pytest.param(lambda t: repr(t.encode()).encode(), id="repr of bytes"),
        pytest.param(lambda t: urllib.parse.quote(t).encode(), id="path"),
        pytest.param(lambda t: urllib.parse.urlencode({"q": t}).encode(), id="query"),
        pytest.param(lambda t: base64.b64encode(t.encode()), id="base64"),
        pytest.param(lambda t: base64.b64encode(b"1" + t.encode()), id="base64, moved by one"),
        pytest.param(lambda t: base64.urlsafe_b64encode(b"12" + t.encode()), id="base64, moved by two"),
        pytest.param(lambda t: t.encode().hex().encode(), id="hex"),
        pytest.param(lambda t: gzip.compress(t.encode()), id="gzip"),
        pytest.param(lambda t: zlib.compress(t.encode()), id="zlib"),
        pytest.param(lambda t: bz2.compress(t.encode()), id="bzip2"),
        pytest.param(lambda t: lzma.compress(t.encode()), id="xz"),
        pytest.param(lambda t: zstandard.compress(t.encode()), id="zstd"),
        pytest.param(
            lambda t: zstandard.compress(b"first frame") + zstandard.compress(t.encode()), id="the second zstd frame"
        ),
        pytest.param(lambda t: gzip.compress(zstandard.compress(base64.b64encode(t.encode()))), id="three layers"),
    ],
)
def test_a_text_is_found_however_it_is_written(tmp_path, write):
    (tmp_path / "a").write_bytes(write(around(CANARY)))
    (tmp_path / "b").write_bytes(write(around("nothing of the kind")))
    hits = found(tmp_path)
    assert hits
    assert all(hit.startswith(str(tmp_path / "a")) for hit in hits)


def test_a_text_is_found_in_archives_and_in_names(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sheet.xml", around(ASCII))
    with tarfile.open(tmp_path / "b.tar.gz", "w:gz") as archive:
        member = tarfile.TarInfo("inner")
        member.size = len(around(ASCII).encode())
        archive.addfile(member, io.BytesIO(around(ASCII).encode()))
    (tmp_path / f"{ASCII}.txt").touch()
    hits = found(tmp_path, ASCII)
    assert {path.name for path in tmp_path.iterdir() if any(str(path) in hit for hit in hits)} == {
        "a.xlsx", "b.tar.gz", f"{ASCII}.txt",
    }  # fmt: skip


@pytest.mark.parametrize("compression", ["none", "snappy", "zstd", "gzip"])
@pytest.mark.parametrize("dictionary", [True, False])
def test_a_text_is_found_in_parquet(tmp_path, compression, dictionary):
    values = [around("nothing")] * 3000 + [around(CANARY)] * 2
    table = pa.table({"n": range(3002), "t": values, "deep": [{"a": [value]} for value in values]})
    for column in ("t", "deep"):
        path = tmp_path / f"{column}.parquet"
        pq.write_table(table.select([column]), path, compression=compression, use_dictionary=dictionary)
        assert found(path)
    pq.write_table(table.select(["n"]), tmp_path / "n.parquet", compression=compression)
    assert not found(tmp_path / "n.parquet")


@pytest.mark.parametrize("method", ["uncompressed", "dictionary", "fsst", "dict_fsst", "auto"])
def test_a_text_is_found_in_duckdb_however_its_column_is_compressed(tmp_path, method):
    with duckdb.connect(tmp_path / "a.duckdb") as con:
        con.execute(f"set force_compression = '{method}'")
        con.execute("create table t as select i, 'ordinary text ' || (i % 50) as v from range(130000) r(i)")
        con.execute("update t set v = ? where i = 5", [around(CANARY)])
        con.execute("create table copied as select i, [{'deep': v}] as v from t order by i")
        con.execute("drop table t")
        con.execute("checkpoint")
    hits = found(tmp_path)
    assert any("main.copied" in hit for hit in hits)


def test_a_text_is_found_in_a_log_that_is_not_yet_in_the_database(tmp_path):
    con = duckdb.connect(tmp_path / "a.duckdb")
    con.execute("set checkpoint_threshold = '1 GB'")
    con.execute("create table t as select ? as v", [around(CANARY)])
    hits = found(tmp_path)
    con.close()
    assert any("a.duckdb.wal" in hit for hit in hits)
    assert any("main.t" in hit for hit in hits)


def test_a_text_is_found_in_comments_views_and_binary_columns_of_duckdb(tmp_path):
    for place, statement in {
        "comment": f"create table t(a int); comment on table t is '{CANARY}'",
        "view": f"create view t as select '{CANARY}' as v",
        "blob": f"create table t as select unhex('{gzip.compress(CANARY.encode()).hex()}') as v",
    }.items():
        with duckdb.connect(tmp_path / f"{place}.duckdb") as con:
            con.execute(statement)
        assert found(tmp_path / f"{place}.duckdb"), place


def test_a_deleted_row_is_found_in_the_file_until_that_is_written_anew(tmp_path):
    with duckdb.connect(tmp_path / "a.duckdb") as con:
        con.execute("set force_compression = 'uncompressed'")
        con.execute("create table t as select 'ordinary text ' || i as v from range(50000) r(i)")
        con.execute("insert into t values (?)", [around(ASCII)])
        con.execute("checkpoint")
        con.execute("create table u as select 'other text ' || i as v from range(50000) r(i)")
        con.execute("checkpoint")
        con.execute("delete from t where v like '%canary%'")
        con.execute("checkpoint")
        con.execute(f"attach '{tmp_path / 'b.duckdb'}' as b")
        con.execute("copy from database a to b")
    assert found(tmp_path / "a.duckdb", ASCII)
    assert not found(tmp_path / "b.duckdb", ASCII)


def test_a_text_is_found_in_sqlite_its_log_and_what_it_keeps_packed(tmp_path):
    with closing(sqlite3.connect(tmp_path / "packed.db")) as con:
        con.execute("create table t (v blob)")
        con.execute("insert into t values (?)", [zlib.compress(around(CANARY).encode())])
        con.commit()
    assert found(tmp_path / "packed.db")
    with closing(sqlite3.connect(tmp_path / "log.db")) as con:
        con.execute("pragma journal_mode = wal")
        con.execute("create table t (v text)")
        con.execute("insert into t values (?)", [around(CANARY)])
        con.commit()
        assert any("log.db-wal" in hit for hit in found(tmp_path))


def test_what_was_looked_through_is_counted(tmp_path):
    (tmp_path / "a").write_bytes(zstandard.compress(b"0" * 100_000))
    search = ByteSearch((ASCII,)).tree(tmp_path).data("printed", "abc")
    assert (search.files, search.unpacked, search.hits) == (1, 100_000, [])
    assert search.read == (tmp_path / "a").stat().st_size + 3


def test_too_short_a_text_is_refused():
    with pytest.raises(ValueError, match="eight"):
        ByteSearch(("short",))
