"""What a person is told when Spark is not there, is another's, or goes away; and that no word of it leaves a secret."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading

import pytest

from pipelines.errors import ConfigurationError, SourceError, StorageError
from pipelines.project import Project
from pipelines.run.carrying import engine_of
from pipelines.spark.connecting import open_session
from pipelines.spark.exchange import Exchange
from pipelines.spark.models import Engine
from pipelines.warehouse.connection import open_writer
from tests.integration.projects import ROOT, environment, plain_project, syfte, three_parts
from tests.spark.server import need, running_sail

TOKEN = "hemligt-token-0123456789"
TEXT = "a post that nobody may read here"


@pytest.fixture(scope="module")
def sail():
    with running_sail() as (remote, _):
        yield remote


@pytest.fixture
def con(tmp_path):
    with open_writer(tmp_path / "w.duckdb") as con:
        con.execute(f"create table config.run as select '{TEXT}' as a")
        yield con


@pytest.fixture
def nobody():
    """A port of this machine on which nothing listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        yield free.getsockname()[1]


def test_an_engine_without_an_address_is_a_setting_that_is_missing(tmp_path):
    project = plain_project(tmp_path / "project")
    (project / ".env").write_text("SYFTE_ENGINE=spark\n")
    with pytest.raises(ConfigurationError) as told:
        engine_of(Project(project))
    assert "address is not set" in told.value.what
    assert told.value.where == f"{project / '.env'}:1"
    assert "SYFTE_SPARK__REMOTE=sc://" in (told.value.do or "")


def test_the_command_ends_with_code_6_where_no_server_is_and_shows_no_token(tmp_path, nobody):
    need()
    remote = f"sc://127.0.0.1:{nobody}/;use_ssl=true;token={TOKEN}"
    project = plain_project(tmp_path / "project")
    done = syfte(project, "run", "--no-pull", "--no-report", SYFTE_ENGINE="spark", SYFTE_SPARK__REMOTE=remote)
    what, where, do = three_parts(done.stderr)
    assert done.returncode == 6
    assert "does not answer" in what
    assert f"127.0.0.1:{nobody}" in where
    assert "SYFTE_ENGINE=duckdb" in do
    assert TOKEN not in done.stdout + done.stderr


def test_a_server_that_is_no_connect_server_is_told(monkeypatch):
    need()
    monkeypatch.setattr("pipelines.spark.connecting._PATIENCE_S", 1.0)
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_hang_up_on_all, args=(server,), daemon=True).start()
        with pytest.raises(SourceError, match="no Spark-Connect server") as told:
            open_session(f"sc://127.0.0.1:{server.getsockname()[1]}")
    assert "15002" in (told.value.do or "")


def _hang_up_on_all(server):
    while True:
        try:
            other, _ = server.accept()
        except OSError:
            return
        other.sendall(b"HTTP/1.0 400 Bad Request\r\n\r\n")
        other.close()


@pytest.mark.parametrize("missing", ["sqlglot", "pyspark.sql.connect.session"])
def test_a_client_that_is_not_installed_is_told_with_what_to_install(monkeypatch, missing):
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(ConfigurationError, match="client is not installed") as told:
        open_session("sc://127.0.0.1:1")
    assert told.value.where == "SYFTE_ENGINE"
    assert "'syfte[spark]'" in (told.value.do or "")


def test_a_server_of_another_version_is_told(sail, monkeypatch):
    monkeypatch.setattr("pipelines.spark.connecting.OLDEST", (4, 99))
    with pytest.raises(ConfigurationError, match="need Spark 4") as told:
        open_session(sail)
    assert "SYFTE_SPARK__REMOTE" in (told.value.where or "")


class Unmounted(Exchange):
    """As a server sees the folder that has not mounted it."""

    def hand_over(self, con, table):
        path = super().hand_over(con, table)
        path.rename(path.with_suffix(".kept"))
        return path


def test_a_server_that_sees_another_folder_is_told(sail, con, tmp_path):
    engine = Engine(sail, tmp_path / "handed")
    engine._handed = Unmounted(tmp_path / "handed")
    with pytest.raises(StorageError, match="do not see the same folder") as told:
        engine.answered(con, "kpi.kpi_x", "select a from config.run")
    engine.close()
    assert "SYFTE_SPARK__FOLDER" in (told.value.do or "")


def test_a_server_that_dies_is_told_and_what_is_asked_of_its_successor_is_answered(con, tmp_path, sail, monkeypatch):
    monkeypatch.setattr("pipelines.spark.connecting._TRIES", 1)
    with running_sail() as (remote, server):
        engine = Engine(remote, tmp_path / "handed")
        engine.answered(con, "kpi.kpi_x", "select a from config.run")
        server.kill()
        server.wait()
        with pytest.raises(SourceError, match="could not build kpi"):
            engine.answered(con, "kpi.kpi_y", "select a from config.run")
    engine = Engine(sail, tmp_path / "handed")  # without the first one's having been closed, as after a kill
    rows = con.execute(engine.answered(con, "kpi.kpi_y", "select a from config.run")[0]).fetchall()
    engine.close()
    assert rows == [(TEXT,)]
    assert list((tmp_path / "handed").iterdir()) == []


def test_an_error_of_the_data_quotes_none_of_it(sail, con, tmp_path):
    engine = Engine(sail, tmp_path / "handed")
    with pytest.raises(SourceError, match=r"kpi\.kpi_x") as told:
        engine.answered(con, "kpi.kpi_x", "select cast(a as integer) as n from config.run")
    engine.close()
    assert "nobody" not in str(told.value)


def test_with_duckdb_nothing_of_spark_is_imported():
    code = (
        "import sys, pipelines.components.warehouse_run, pipelines.run.carrying, pipelines.defs.in_process\n"
        "from pathlib import Path; from pipelines.project import Project\n"
        "assert pipelines.run.carrying.engine_of(Project(Path(sys.argv[1]))) is None\n"
        "print([m for m in sys.modules if m.split('.')[0] in ('pyspark', 'sqlglot', 'pysail', 'grpc')"
        " or m.startswith('pipelines.spark.')])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(ROOT)], capture_output=True, text=True, env=environment(), check=False
    )
    assert done.stdout.strip() == "[]", done.stdout + done.stderr[-300:]


def test_a_program_without_a_file_is_not_ended_by_the_client_nor_by_the_library_that_tests_tables():
    """Pyspark takes it for its doctests, and ends it where no Spark is installed."""
    need()
    program = """
import duckdb
from pipelines.quality.expectations import Suite, unique
from pipelines.quality.run import run_suites
from pipelines.spark.connecting import _import_client
from pipelines.warehouse.connection import prepare
with prepare(duckdb.connect()) as con:
    con.execute("create table marts.dim_post as select 'a' as post_id")
    [result] = run_suites(con, suites=[Suite(kind="own", table="marts.dim_post", expectations=(unique("post_id"),))])
_import_client()
print(result.success)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environment(), capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "True\n"), done.stderr[-2000:]
