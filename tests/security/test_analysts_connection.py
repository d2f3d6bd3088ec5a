"""What an analyst's SQL can reach: the published tables, and nothing else (BAR S3).

Each statement is either refused or on the list of what does no harm. Whichever it is: no byte of a planted file and no
value of a planted variable comes back, and no file on the disk is another one afterwards.
"""

from __future__ import annotations

import hashlib
import re
from types import SimpleNamespace

import duckdb
import polars as pl
import pytest

from pipelines.cli.sql import answer
from pipelines.errors import UsageError
from pipelines.warehouse import connection
from pipelines.warehouse.connection import open_hardened

CANARY = "canary-bird-17-sings"

REFUSED = """
    copy published.posts to '{out}/x.csv'
    copy published.posts to '{out}/x.parquet' (format parquet)
    copy published.posts to '{db}' (use_tmp_file false)
    copy published.posts to '{db}' (format parquet, use_tmp_file false)
    copy published.posts to '{db}.wal'
    copy published.posts to '{db}.wal.recovery'
    copy published.posts to '{db}.wal.checkpoint'
    copy published.posts to '{db}.tmp/spilled.csv'
    copy published.posts to '{out}' (format parquet, partition_by (post_id))
    copy (select 1) to '/dev/stdout'
    copy published.posts from '{file}'
    copy from database syfte to syfte
    select 1; copy published.posts to '{out}/x.csv'
    begin; copy published.posts to '{out}/x.csv'; commit
    select * from read_text('{file}')
    select * from read_blob('{file}')
    select * from read_blob('{db}')
    select * from read_csv('{file}')
    select * from read_csv_auto('{file}')
    select * from read_json('{file}')
    select * from read_json_auto('{file}')
    select * from read_ndjson('{file}')
    select * from read_ndjson_objects('{file}')
    select * from read_json_objects('{file}')
    select * from read_parquet('{parquet}')
    select * from parquet_scan('{parquet}')
    select * from parquet_metadata('{parquet}')
    select * from parquet_schema('{parquet}')
    select * from parquet_file_metadata('{parquet}')
    select * from parquet_kv_metadata('{parquet}')
    select * from read_duckdb('{db}')
    select * from read_text('{out}/../secret.txt')
    select * from read_text('file://{file}')
    select * from read_text(['{file}'])
    select * from '{file}'
    select * from '{parquet}'
    select * from '{out}/*.csv'
    from '{parquet}'
    select * from glob('{out}/*')
    select * from glob('{db}.tmp/*')
    select * from glob('/etc/*')
    select * from sniff_csv('{file}')
    select * from query('select * from read_text(''{file}'')')
    from json_execute_serialized_sql(json_serialize_sql('select * from read_text(''{file}'')'))
    pragma json_execute_serialized_sql(json_serialize_sql('select * from read_text(''{file}'')'))
    prepare p as select * from read_text('{file}')
    explain analyze select * from read_text('{file}')
    create temp view v as select * from read_text('{file}')
    create view v as select * from read_text('{file}')
    create temp macro m() as table select * from read_text('{file}')
    create temp macro m(f) as table select * from read_text(f); select * from m('{file}')
    create temp table t as select * from read_text('{file}')
    select (select content from read_text('{file}'))
    with w as (select * from read_text('{file}')) select * from w
    attach '{out}/other.duckdb' as other
    attach '{db}' as again
    attach '{db}.tmp/other.duckdb' as other
    attach ':memory:' as other
    attach 'https://127.0.0.1:9/x.duckdb' as other
    attach 'host=127.0.0.1' as other (type postgres)
    detach syfte
    install httpfs
    force install spatial from community
    install '{out}/evil.duckdb_extension'
    install httpfs from 'http://127.0.0.1:9/'
    load httpfs
    load '{out}/evil.duckdb_extension'
    update extensions
    select * from duckdb_extensions()
    export database '{out}/export'
    export database '{db}.tmp/export'
    import database '{out}/export'
    pragma import_database('{out}/export')
    pragma copy_database('syfte', 'other')
    select * from 'https://127.0.0.1:9/x.csv'
    select * from read_csv('s3://bucket/x.csv')
    select * from read_text('http://127.0.0.1:9/')
    select * from read_parquet('hf://datasets/x/y.parquet')
    select * from read_text('gcs://bucket/x')
    create persistent secret s (type http)
    create secret s (type s3, key_id 'a', secret 'b')
    set enable_external_access = true
    set global enable_external_access = true
    set session enable_external_access = true
    reset enable_external_access
    pragma enable_external_access = true
    set lock_configuration = false
    reset lock_configuration
    set disabled_filesystems = ''
    reset disabled_filesystems
    set allowed_paths = ['{file}']
    set allowed_directories = ['{out}']
    set temp_directory = '{out}'
    reset temp_directory
    set secret_directory = '{out}'
    set extension_directory = '{out}'
    set home_directory = '{out}'
    set file_search_path = '{out}'
    set custom_extension_repository = 'http://127.0.0.1:9'
    set autoload_known_extensions = true
    set autoinstall_known_extensions = true
    set allow_community_extensions = true
    set allow_unsigned_extensions = true
    set python_enable_replacements = true
    set memory_limit = '1000GB'
    set max_temp_directory_size = '1000GB'
    set threads = 1000
    set TimeZone = 'Europe/Stockholm'
    set log_query_path = '{out}/queries.log'
    set profiling_output = '{out}/profile.json'
    pragma profiling_output = '{out}/profile.json'
    set enable_profiling = 'json'
    pragma enable_profiling = 'json'
    call enable_logging(storage = 'file', storage_config = {{'path': '{out}/log'}})
    call enable_logging()
    set http_proxy = 'http://127.0.0.1:9'
    select getenv('SYFTE_X__TOKEN')
    select * into outfile '{out}/x.csv' from published.posts
    select * from frame
    select * from CANARY
    select * from arrow_scan(1, 2, 3)
    select * from pandas_scan(1)
    insert into published.posts values ('y')
    update published.posts set post_id = 'y'
    delete from published.posts
    truncate published.posts
    merge into published.posts using published.posts o on true when matched then delete
    drop table published.posts
    drop schema published cascade
    alter table published.posts add column b int
    comment on table published.posts is 'x'
    create table published.others as select 1
    create view published.others as select 1
    create schema others
    create type others as enum ('a')
    create sequence others
    create macro others() as 1
    create index i on published.posts (post_id)
    create function f(a) as a + 1
""".strip().splitlines()

HARMLESS = {
    "select * from published.posts": "what it is for",
    "select * from query_table('published.posts')": "the same",
    "from json_execute_serialized_sql(json_serialize_sql('select 1'))": "the same",
    "select * from duckdb_tables()": "the tables' names and comments",
    "select * from duckdb_settings()": "how it is configured: no path is set",
    "select current_setting('temp_directory')": "there is none",
    "select current_setting('allowed_paths')": "there are none",
    "select * from duckdb_secrets()": "there are none",
    "pragma database_list": "the path of the file that the analyst has opened",
    "select * from duckdb_databases()": "the same",
    "select * from duckdb_temporary_files()": "there are none",
    "select * from pragma_storage_info('published.posts')": "how the table is stored",
    "call pragma_version()": "of DuckDB",
    "set search_path = 'published'": "for this connection",
    "use published": "for this connection",
    "set variable x = 1": "for this connection",
    "create temp table t as select 1": "in memory",
    "create temp macro m(a) as a + 1": "in memory",
    "begin; rollback": "nothing to write",
    "checkpoint": "nothing to write",
    "vacuum": "nothing to write",
    "select write_log('x')": "logging is off",
    "explain analyze select 1": "how long it took",
}


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A published database, files that are none of the analyst's business, and what they look like untouched."""
    monkeypatch.setenv("SYFTE_X__TOKEN", CANARY)
    out = tmp_path / "out"
    out.mkdir()
    file = tmp_path / "secret.txt"
    file.write_text(f"a,b\n1,{CANARY}\n", encoding="utf-8")
    pl.DataFrame({"a": [CANARY]}).write_parquet(tmp_path / "secret.parquet")
    database = tmp_path / "syfte.duckdb"
    with duckdb.connect(database) as con:
        con.execute("create schema published")
        con.execute("create table published.posts as select 'x' || range as post_id from range(5000)")
    return SimpleNamespace(
        root=tmp_path, database=database,
        words={"db": database, "file": file, "parquet": tmp_path / "secret.parquet", "out": out},
    )  # fmt: skip


def everything(root):
    """Every file of a folder with a hash of its bytes."""
    return {
        str(path): hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "" for path in root.rglob("*")
    }


def ask(con, statement):
    """What comes back, as text; None if it is refused."""
    frame = pl.DataFrame({"a": [CANARY]})
    assert frame.height == 1
    try:
        return repr(con.execute(statement).fetchall())
    except duckdb.Error:
        return None


@pytest.mark.promise("S3")
def test_every_way_to_files_settings_and_changes_is_refused(place, figure):
    before = everything(place.root)
    refused = 0
    for statement in REFUSED:
        with open_hardened(place.database) as con:
            told = ask(con, statement.strip().format(**place.words))
        assert told is None, f"{statement.strip()} gave {told}"
        refused += 1
    assert everything(place.root) == before
    figure("statements tried", len(REFUSED))
    figure("refused", refused)


@pytest.mark.promise("S3")
def test_what_is_allowed_does_no_harm(place, figure):
    before = everything(place.root)
    for statement, why in HARMLESS.items():
        with open_hardened(place.database) as con:
            told = ask(con, statement)
        assert told is not None, f"{statement} is refused: {why}"
        assert CANARY not in told
    assert everything(place.root) == before
    figure("statements that do no harm", len(HARMLESS))


@pytest.mark.promise("S3")
def test_no_function_there_is_reads_a_file_or_the_environment(place, figure):
    """Also those that a later DuckDB brings: each is called with the name of a file, and of a variable."""
    before = everything(place.root)
    with open_hardened(place.database) as con:
        names = con.execute("""
            select distinct function_name, function_type from duckdb_functions()
            where function_type in ('scalar', 'table', 'pragma') and database_name = 'system' order by all
        """).fetchall()
        calls = 0
        for name, kind in names:
            if not re.fullmatch(r"[a-z_]\w*", name):
                continue
            for given in (str(place.words["file"]), str(place.words["parquet"]), "SYFTE_X__TOKEN"):
                before_it = {"scalar": "select", "table": "from", "pragma": "pragma"}[kind]
                told = ask(con, f"{before_it} {name}('{given}')")
                assert CANARY not in (told or ""), name
                calls += 1
    assert everything(place.root) == before
    assert calls > 500
    figure("calls of functions with a file's or variable's name", calls)


@pytest.mark.promise("S3")
def test_a_question_that_needs_more_memory_than_there_is_fills_no_disk(place, monkeypatch, figure):
    before = everything(place.root)
    monkeypatch.setattr(connection, "_HARDENING", ("set memory_limit = '50MB'", *connection._HARDENING))
    with open_hardened(place.database) as con:
        with pytest.raises(duckdb.OutOfMemoryException):
            con.execute("select md5(range::varchar) || range as v from range(3000000) order by v").fetchone()
        assert everything(place.root) == before
        assert con.execute("select count(*) from published.posts").fetchone() == (5000,)
    figure("files written by a question too large", 0 if everything(place.root) == before else 1)


def test_the_command_says_what_duckdb_refused_without_a_traceback(place):
    with open_hardened(place.database) as con, pytest.raises(UsageError, match="disabled by configuration"):
        answer(con, f"select * from read_text('{place.words['file']}')", "csv")
