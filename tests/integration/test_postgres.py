"""`syfte publish` against a real PostgreSQL: exact, whole or not at all, silent about secrets; others' tables stay."""

from __future__ import annotations

import random
import subprocess
import threading
import time
from datetime import date, datetime
from decimal import Decimal
from math import inf, isnan
from urllib.parse import quote

import duckdb
import psycopg
import pytest

from pipelines.errors import BusyError, ConfigurationError, CredentialError
from pipelines.postgres.address import Address
from pipelines.postgres.pushing import LEDGER, Target, push
from tests.integration.postgres import OWNER, SECRET, running_postgres
from tests.integration.projects import SYFTE, environment, plain_project, syfte, three_parts

WORDS = 'En "citerad" rad,\nmed \\ och \t, {klamrar} och \U0001f600'


@pytest.fixture(scope="module")
def server():
    with running_postgres() as server:
        yield server


@pytest.fixture
def database(server, request):
    return server.new_database(f"t{abs(hash(request.node.name)) % 10**12}")


@pytest.fixture
def readers():
    with duckdb.connect() as con:
        con.execute("set TimeZone = 'UTC'")
        con.execute("create schema published")
        yield con


def target(server, database, **more):
    url = server.url(database).replace(OWNER, f"{OWNER}:{quote(SECRET, safe='')}")
    return Target(Address(url), **{"schema": "published", **more})


def edition(con, number, *, rows=3, tables=("cards", "days", "posts")):
    """A publication of which every row of every table says which it is."""
    for name in tables:
        con.execute(
            f"create or replace table published.{name} as "
            f"select i as id, {number} as edition, 'x' || i as label from range({rows}) as r (i)"
        )


KEYS = {"cards": ["id"], "days": ["id"], "posts": ["id"]}


def test_every_type_comes_across_exactly_and_null_stays_null(server, database, readers):
    readers.execute("""
        create table published.kinds as
        select
            1 as id, true as yes, 9223372036854775807 as large, cast(-2147483648 as integer) as small,
            cast('170141183460469231731687303715884105727' as hugeint) as huge, 0.1::double + 0.2::double as sum,
            'nan'::double as nan, 'inf'::double as endless, 5e-324::double as least,
            cast(1234567.891 as decimal(12, 3)) as exact,
            '' as empty, $1 as words, date '2024-02-29' as day, timestamptz '2026-03-29 01:59:59.999999+01' as instant,
            timestamp '2026-01-01 00:00:00' as local, [1, null, 3] as numbers,
            ['a"b', null, '', 'c,d\\e', 'NULL'] as texts, cast([] as varchar[]) as nothing
        union all by name select 2 as id
    """, [WORDS])  # fmt: skip
    push(readers, target(server, database), keys={"kinds": ["id"]})
    with server.connect(database) as con:
        cursor = con.execute("select * from published.kinds order by id")
        names = [column.name for column in cursor.description]
        full, empty = (dict(zip(names, row, strict=True)) for row in cursor.fetchall())
        described = "select column_name, data_type from information_schema.columns where table_name = 'kinds'"
        kinds = dict(con.execute(described).fetchall())
    assert isnan(full.pop("nan"))
    assert full.pop("instant") == datetime.fromisoformat("2026-03-29T00:59:59.999999+00:00")
    assert full == {
        "id": 1, "yes": True, "large": 2**63 - 1, "small": -(2**31), "huge": Decimal(2**127 - 1),
        "sum": 0.30000000000000004, "endless": inf, "least": 5e-324, "exact": Decimal("1234567.891"), "empty": "",
        "words": WORDS, "day": date(2024, 2, 29), "local": datetime(2026, 1, 1), "numbers": [1, None, 3],  # noqa: DTZ001
        "texts": ['a"b', None, "", "c,d\\e", "NULL"], "nothing": [],
    }  # fmt: skip
    assert set(empty.values()) == {2, None}
    assert {kinds[name] for name in ("instant", "large", "sum", "exact", "numbers")} == {
        "timestamp with time zone", "bigint", "double precision", "numeric", "ARRAY"}  # fmt: skip


def test_comments_and_keys_come_along_and_a_key_follows_when_null_gets_a_meaning(server, database, readers):
    readers.execute("create table published.cards as select 1 as id, cast(null as varchar) as unit_id, 'a' as goal")
    readers.execute("comment on table published.cards is 'It''s {one} row per %s'")
    readers.execute("comment on column published.cards.unit_id is 'null for the whole organisation'")
    keys = {"cards": ["goal", "unit_id"]}
    push(readers, target(server, database), keys=keys)
    with server.connect(database) as con:
        described = (
            "select obj_description('published.cards'::regclass), col_description('published.cards'::regclass, 2), "
            "col_description('published.cards'::regclass, 1)"
        )
        assert con.execute(described).fetchone() == (
            "It's {one} row per %s",
            "null for the whole organisation",
            None,
        )
        with pytest.raises(psycopg.errors.UniqueViolation):
            con.execute("insert into published.cards values (2, null, 'a')")
        primary = "select count(*) from pg_index where indrelid = 'published.cards'::regclass and indisprimary"
        assert con.execute(primary).fetchone() == (0,)
        readers.execute("update published.cards set unit_id = 'nord'")
        push(readers, target(server, database), keys=keys)
        assert con.execute(primary).fetchone() == (1,)
        readers.execute("insert into published.cards values (2, null, 'a')")
        readers.execute("comment on column published.cards.unit_id is 'another'")
        push(readers, target(server, database), keys=keys)
        assert con.execute(primary).fetchone() == (0,)
        assert con.execute("select count(*) from published.cards").fetchone() == (2,)
        assert con.execute(described).fetchone()[1] == "another"


def test_a_second_push_writes_nothing_and_a_changed_row_is_the_only_one_written(server, database, readers):
    edition(readers, 1, rows=1000)
    assert push(readers, target(server, database), keys=KEYS).inserted == 3000
    with server.connect(database) as con:
        marks = "select id, xmin::text, ctid::text from published.days order by id"
        before = con.execute(marks).fetchall()
        again = push(readers, target(server, database), keys=KEYS)
        compared = push(readers, target(server, database), keys=KEYS, compare_all=True)
        assert (again.changed, again.inserted, compared.changed, compared.inserted) == ([], 0, [], 0)
        assert con.execute(marks).fetchall() == before
        readers.execute("update published.days set label = null where id = 500")
        readers.execute("delete from published.days where id = 7")
        done = push(readers, target(server, database), keys=KEYS)
        assert (done.changed, done.deleted, done.inserted) == (["days"], 2, 1)
        kept = [row for row in before if row[0] not in (7, 500)]
        assert [row for row in con.execute(marks).fetchall() if row[0] != 500] == kept
        assert con.execute("select label from published.days where id = 500").fetchone() == (None,)


def test_what_somebody_changed_there_is_mended_by_a_full_push_or_one_whose_rows_changed(server, database, readers):
    edition(readers, 1)
    push(readers, target(server, database), keys=KEYS)
    with server.connect(database) as con:
        con.execute("update published.days set edition = 9 where id = 1")
        assert push(readers, target(server, database), keys=KEYS, compare_all=True).changed == ["days"]
        assert con.execute("select max(edition) from published.days").fetchone() == (1,)
        con.execute("drop table published.days")
        assert push(readers, target(server, database), keys=KEYS).changed == ["days"]


def test_a_reader_sees_one_publication_whole_whatever_is_pushed_meanwhile(server, database, readers, chaos):
    edition(readers, 0, rows=500)
    push(readers, target(server, database), keys=KEYS)
    seen, wrong, stop = [], [], threading.Event()

    def read():
        with server.connect(database) as con:
            con.execute("set lock_timeout = '5s'")
            while not stop.is_set():
                with con.transaction():
                    con.execute("set transaction isolation level repeatable read")
                    found = [
                        con.execute(f"select min(edition), max(edition), count(*) from published.{name}").fetchone()
                        for name in KEYS
                    ]
                seen.append(found[0][0])
                if set(found) != {(found[0][0], found[0][0], 500)}:
                    wrong.append(found)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for number in range(1, chaos.pick(short=8, full=100)):
            edition(readers, number, rows=500)
            push(readers, target(server, database), keys=KEYS)
    finally:
        stop.set()
        reader.join()
    assert wrong == []
    assert seen == sorted(seen)
    assert len(set(seen)) > 3


def project_of(tmp_path, *, number=1, rows=3):
    """A project of which only the readers' database is there."""
    project = plain_project(tmp_path / "project")
    path = project / "data/published/syfte.duckdb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with duckdb.connect(path) as con:
        con.execute("create schema published")
        edition(con, number, rows=rows)
    return project


def test_a_push_killed_at_any_moment_leaves_the_publication_before_or_the_new_one(server, database, tmp_path, chaos):
    rows = 30_000
    project = project_of(tmp_path, number=0, rows=rows)
    started = time.monotonic()
    assert syfte(project, "publish", "--to", server.url(database), PGPASSWORD=SECRET).returncode == 0
    took = time.monotonic() - started
    drawn = random.Random(chaos.seed)
    halves, stood = 0, 0
    with server.connect(database) as con:
        for number in range(1, chaos.pick(short=3, full=60) + 1):
            project_of(tmp_path, number=number, rows=rows)
            process = subprocess.Popen(
                [*SYFTE, "--project", project, "publish", "--to", server.url(database)],
                env=environment(PGPASSWORD=SECRET), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
            waiting = "select count(*) from pg_stat_activity where application_name = 'syfte'"
            while process.poll() is None and con.execute(waiting).fetchone() == (0,):
                time.sleep(0.01)
            time.sleep(drawn.uniform(0, took / 2))
            process.kill()
            process.wait()
            while con.execute(waiting).fetchone() != (0,):
                time.sleep(0.02)  # the server is rolling back
            found = {
                con.execute(f"select min(edition), max(edition), count(*) from published.{name}").fetchone()
                for name in KEYS
            }
            halves += len(found) != 1 or {row[0] for row in found} != {row[1] for row in found}
            assert {row[2] for row in found} == {rows}
            stood = max(stood, *(row[0] for row in found))
            assert next(iter(found))[0] <= number
        assert halves == 0
        done = syfte(project, "publish", "--to", server.url(database), PGPASSWORD=SECRET)
        assert done.returncode == 0, done.stderr
        assert con.execute("select distinct edition from published.posts").fetchall() == [(number,)]


def test_only_tables_of_ours_are_dropped_and_views_of_others_stay(server, database, readers):
    edition(readers, 1)
    push(readers, target(server, database), keys=KEYS)
    with server.connect(database) as con:
        con.execute("create table published.budget as select 1 as theirs")
        con.execute("create view public.newest as select id, label from published.days")
        readers.execute("drop table published.cards")
        readers.execute("alter table published.days add column added date")
        done = push(readers, target(server, database), keys=KEYS)
        assert done.dropped == ["cards"]
        assert con.execute("select theirs from published.budget").fetchone() == (1,)
        assert con.execute("select count(*) from public.newest").fetchone() == (3,)
        assert con.execute("select count(added) from published.days").fetchone() == (0,)
        readers.execute("alter table published.days alter label type integer using 5")
        with pytest.raises(ConfigurationError, match="something of yours hangs on it"):
            push(readers, target(server, database), keys=KEYS)
        assert con.execute("select label from public.newest where id = 1").fetchone() == ("x1",)
        con.execute("drop view public.newest")
        push(readers, target(server, database), keys=KEYS)
        assert con.execute("select label from published.days where id = 1").fetchone() == (5,)


def test_a_schema_or_a_table_of_others_is_left_alone(server, database, readers):
    edition(readers, 1)
    with server.connect(database) as con:
        con.execute("create schema theirs")
        con.execute("create table theirs.days as select 1 as a")
        with pytest.raises(ConfigurationError, match="that Syfte has not made"):
            push(readers, target(server, database, schema="theirs"), keys=KEYS)
        edition(readers, 1, tables=("cards",))
        readers.execute("drop table published.days")
        push(readers, target(server, database), keys=KEYS)
        con.execute("create table published.days as select 'theirs' as a")
        edition(readers, 1)
        with pytest.raises(ConfigurationError, match="a table days that Syfte has not made"):
            push(readers, target(server, database), keys=KEYS)
        assert con.execute("select a from published.days").fetchall() == [("theirs",)]
        assert con.execute("select a from theirs.days").fetchall() == [(1,)]


def test_the_readers_role_may_read_and_nothing_else_and_others_may_not(server, database, readers):
    edition(readers, 1)
    push(readers, target(server, database, readers="dashboards"), keys=KEYS)
    with server.connect(database, "dashboards", "läsarnas-hemlighet") as con:
        assert con.execute("select count(*) from published.days").fetchone() == (3,)
        for statement in ("delete from published.days", f"select * from published.{LEDGER}"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                con.execute(statement)
    with (
        server.connect(database, "guest", "gästens-hemlighet") as con,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        con.execute("select count(*) from published.days")
    with pytest.raises(ConfigurationError, match="There is no role nobody_such"):
        push(readers, target(server, database, readers="nobody_such"), keys=KEYS)


def test_two_pushes_at_once_are_told_apart(server, database, readers):
    edition(readers, 1)
    with server.connect(database) as con:
        con.execute("select pg_advisory_lock(hashtextextended('syfte:published', 0))")
        with pytest.raises(BusyError, match="Another push"):
            push(readers, target(server, database), keys=KEYS)


def test_a_user_without_the_right_is_refused_and_nothing_was_made(server, database, readers):
    edition(readers, 1)
    url = server.url(database, "guest").replace("guest", f"guest:{quote('gästens-hemlighet')}")
    with pytest.raises(CredentialError, match="permission denied") as caught:
        push(readers, Target(Address(url), "published"), keys=KEYS)
    assert "hemlighet" not in str(caught.value)
    with server.connect(database) as con:
        assert con.execute("select count(*) from pg_namespace where nspname = 'published'").fetchone() == (0,)


@pytest.mark.parametrize(
    ("how", "code", "words"),
    [
        ("wrong password", 5, "lets nobody in"),
        ("no password", 5, "none was given"),
        ("no such database", 5, "does not exist"),
        ("down", 6, "cannot be reached"),
        ("in argv", 2, "everybody on this machine can read"),
        ("in argv's query", 2, "everybody on this machine can read"),
        ("in argv beside a mistake", 2, "No such option"),
        ("in argv and badly quoted", 2, "must look like"),
        ("not an address", 4, "must look like"),
        ("badly quoted", 4, "cannot be read"),
    ],
)
def test_what_goes_wrong_is_told_with_its_code_and_without_the_secret(server, tmp_path, how, code, words):
    database = "postgres"
    secret = "lösen-ord-123456"
    plain, at = server.url(database), f"{OWNER}:{quote(secret)}@"
    settings, arguments = {}, ["--to", plain]
    if how == "wrong password":
        settings = {"PGPASSWORD": secret}
    elif how == "no such database":
        arguments, settings = ["--to", server.url("nothere")], {"PGPASSWORD": SECRET}
    elif how == "down":
        arguments, settings = [], {"SYFTE_POSTGRES_URL": f"postgresql://{at}127.0.0.1:9/x"}
    elif how == "in argv":
        arguments = ["--to", plain.replace(f"{OWNER}@", at)]
    elif how == "in argv's query":
        arguments = ["--to", f"{plain}?password={quote(secret)}"]
    elif how == "in argv beside a mistake":
        arguments = ["--to", plain.replace(f"{OWNER}@", f"{OWNER}:a/{secret}@"), "--nonsense"]
    elif how == "in argv and badly quoted":
        arguments = ["--to", plain.replace(f"{OWNER}@", f"{OWNER}:a/{secret}@")]
    elif how == "not an address":
        arguments, settings = [], {"SYFTE_POSTGRES_URL": f"mysql://{at}127.0.0.1/x"}
    elif how == "badly quoted":
        arguments, settings = [], {"SYFTE_POSTGRES_URL": f"postgresql://{OWNER}:%zz{secret}@127.0.0.1:{server.port}/x"}
    project = project_of(tmp_path)
    done = syfte(project, "publish", *arguments, PGPASSFILE=str(tmp_path / "none"), **settings)
    assert (done.returncode, words in done.stderr) == (code, True), done.stderr
    three_parts(done.stderr)
    told = done.stdout + done.stderr
    assert not [form for form in (secret, quote(secret), "123456") if form in told], told


def test_the_password_is_found_in_the_setting_in_pgpass_and_in_pgpassword(server, database, tmp_path):
    project = project_of(tmp_path)
    whole = server.url(database).replace(OWNER, f"{OWNER}:{quote(SECRET, safe='')}")
    passfile = tmp_path / "pgpass"
    passfile.write_text(f"127.0.0.1:{server.port}:*:{OWNER}:{SECRET.replace(':', chr(92) + ':')}\n", encoding="utf-8")
    passfile.chmod(0o600)
    for arguments, settings in (
        ([], {"SYFTE_POSTGRES_URL": whole}),
        (["--to", server.url(database)], {"PGPASSFILE": str(passfile)}),
        (["--to", server.url(database), "--schema", "other"], {"PGPASSWORD": SECRET}),
    ):
        done = syfte(project, "publish", *arguments, "--verbose", **settings)
        assert done.returncode == 0, done.stderr
        assert SECRET not in done.stdout + done.stderr
    with server.connect(database) as con:
        assert con.execute("select count(*) from other.cards").fetchone() == (3,)
