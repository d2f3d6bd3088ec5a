"""R2 and R4: a kill, a full disk and a broken disk at every call that writes, in pull, load, build and publishing.

Each piece begins from the same files. strace counts the calls of each name and thread; in a child on one CPU nearly all
are the first thread's and come in the same order, so the K-th of a name is the same place each time.
"""

from __future__ import annotations

import random
import re
import shutil
import signal
import time
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pytest
import zstandard

from pipelines.landing import Landing
from pipelines.sandbox import project_config
from pipelines.warehouse.connection import open_hardened, open_writer
from tests.chaos.lives import Warm, warm_process
from tests.chaos.truth import DATABASE, SAMPLED, WAREHOUSE, drafts, set_aside
from tests.chaos.worlds import FIRST_DAY, MODELS, SmallWorld, small_world
from tests.integration.projects import sandbox_project

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.chaos, pytest.mark.slow]

CALLS = (
    "write", "pwrite64", "writev", "pwritev", "fsync", "fdatasync", "rename", "renameat", "renameat2", "unlink",
    "unlinkat", "ftruncate", "truncate", "fallocate", "mkdir", "mkdirat",
)  # fmt: skip
PIECES = ("pull", "load", "build", "swap in")
ACCOUNTS = 2
PUBLISHED = (
    "goal_scorecard", "goal_verdict", "kpi_revision", "tips_effect", "kpi_daily", "build", "metric_definition"
)  # fmt: skip
"""What is left in schema `published` where publishing is killed: a file more is no other kind of write."""


@dataclass(frozen=True)
class Piece:
    """A piece of a run: what it begins from, what it makes, and its calls that write, name by name."""

    work: str
    base: Path
    truth: object
    calls: Counter[str]


@dataclass(frozen=True)
class Bench:
    """All that is needed to do a piece again and again."""

    served: SmallWorld
    warm: Warm
    strace: str
    pieces: dict[str, Piece]
    scratch: Path

    def begin(self, piece: Piece) -> Path:
        """A fresh copy of what a piece begins from."""
        day = FIRST_DAY if piece.work == "pull" else FIRST_DAY + timedelta(days=1)
        self.served.sandbox.set_clock(day)
        project = self.scratch / "project"
        shutil.rmtree(project, ignore_errors=True)
        return shutil.copytree(piece.base, project)

    def harm(self, piece: Piece, call: str, harm: str, when: str) -> tuple[Path, int, tuple[str, ...]]:
        """Do a piece with an injection; gives the project, the exit code and the error it ended with."""
        project = self.begin(piece)
        life = self.warm.begin(piece.work, project, waits=True, one_cpu=True)
        options = ("-e", f"trace={call}", "-e", f"inject={call}:{harm}:when={when}")
        code = life.go_under(self.strace, *options, log=self.scratch / "log")
        return project, code, tuple(str(part) for part in life.error or ())


def digest(con: duckdb.DuckDBPyConnection, tables: list[str]) -> dict[str, tuple[object, ...]]:
    """Each table as a multiset of rows."""
    query = "select count(*), sum(hash(t)::hugeint), bit_xor(hash(t)) from {} as t"
    return {table: con.execute(query.format(table)).fetchall()[0] for table in tables}


def landed(project: Path) -> frozenset[tuple[str, str, str | None, bytes]]:
    """Every object that has landed, whichever run brought it and however often."""
    landing = Landing(project / "data/landing")
    found: set[tuple[str, str, str | None, bytes]] = set()
    for manifest in landing.manifests():
        for entry, _ in landing.entries(manifest):
            if SAMPLED in entry.stream:
                continue
            content = zstandard.ZstdDecompressor().stream_reader(
                landing.segment(entry.segment, entry.sha256).read_bytes()
            )
            for line in content.read().splitlines():
                if f'"{entry.page_id}"'.encode() in line:
                    rows = line.partition(b'"rows":')[2].rpartition(b',"rejected"')[0]
                    found.add((entry.source, entry.stream, entry.account_id, rows))
    return frozenset(found)


def made(piece: str, project: Path) -> object:
    """What a piece of a run has made, in a form that can be compared."""
    if piece == "pull":
        return landed(project)
    if piece == "swap in":
        with open_hardened(project / DATABASE) as con:
            files = digest(con, [f"published.{table}" for table in PUBLISHED])
        with duckdb.connect() as con:
            copies = [f"'{path}'" for path in sorted((project / "data/published").rglob("*.parquet"))]
            found = digest(con, copies)
        return files, [found[copy] for copy in copies]
    with duckdb.connect(project / WAREHOUSE, read_only=True) as con:
        raw = con.execute("select 'raw.' || table_name from duckdb_tables() where schema_name = 'raw' order by 1")
        tables = [row[0] for row in raw.fetchall()] if piece == "load" else list(MODELS)
        ledger = con.execute("select * from ops.ledger order by all").fetchall()
        return digest(con, tables), ledger


def assert_sound(project: Path) -> float:
    """What a kill or an error left can be opened and holds together; gives how long opening took, seconds."""
    landed(project)  # raises if a manifest or a segment it names is not whole
    took = 0.0
    if (project / WAREHOUSE).exists():
        started = time.monotonic()
        with open_writer(project / WAREHOUSE) as con:
            took = time.monotonic() - started
            tables = con.execute(
                "select table_name from duckdb_tables() where schema_name = 'raw' and contains(table_name, '__')"
            ).fetchall()
            if tables:
                rows = sum(con.execute(f"select count(*) from raw.{table}").fetchall()[0][0] for (table,) in tables)
                [(stored,)] = con.execute("select coalesce(sum(rows_stored), 0) from raw.pages").fetchall()
                assert rows == stored, "rows and ledger are of one transaction"
    if (project / DATABASE).exists():
        with open_hardened(project / DATABASE) as con:
            digest(con, ["published.goal_scorecard", "published.goal_verdict"])
    return took


@pytest.fixture(scope="module")
def bench(tmp_path_factory, chaos) -> Iterator[Bench]:
    strace = chaos.needs("strace")
    root = tmp_path_factory.mktemp("bench")
    with small_world() as served, warm_process() as warm:
        config = project_config(served.world, served.sandbox.url, ("mastodon",))
        config["accounts"] = config["accounts"][:ACCOUNTS]
        at = sandbox_project(root / "at", config, FIRST_DAY)
        bench = Bench(served, warm, strace, {}, root)
        for name in PIECES:
            if name == "build":  # a day later, so that some of it is increments
                warm.finish("build everything", at)
                served.sandbox.set_clock(FIRST_DAY + timedelta(days=1))
                sandbox_project(at, config, FIRST_DAY + timedelta(days=1))
                for work in ("pull", "load"):
                    warm.finish(work, at)
            base = shutil.copytree(at, root / name)
            if name == "swap in":
                _publish_once(warm, base)
            traced = shutil.copytree(base, root / "traced")
            life = warm.begin(name, traced, waits=True, one_cpu=True)
            assert life.go_under(strace, "-e", f"trace={','.join(CALLS)}", log=root / "log") == 0, life.error
            bench.pieces[name] = Piece(name, base, made(name, traced), calls_in(root / "log"))
            shutil.rmtree(traced)
            warm.finish(name, at)
        yield bench


def _publish_once(warm: Warm, base: Path) -> None:
    """Readers have something already; what is published next differs from it."""
    with open_writer(base / WAREHOUSE) as con:
        for (table,) in con.execute(
            "select table_name from duckdb_tables() where schema_name = 'published'"
        ).fetchall():
            if table not in PUBLISHED:
                con.execute(f"drop table published.{table}")
    warm.finish("swap in", base)
    with open_writer(base / WAREHOUSE) as con:
        con.execute("update published.goal_verdict set as_of = as_of + interval 1 second")
        con.execute("update ops.built set token = 'a second later' where model = 'published.goal_verdict'")


def calls_in(log: Path) -> Counter[str]:
    """Calls by name: of each, the most that one thread made. Only our files are written."""
    calls: Counter[tuple[str, str]] = Counter()
    for line in log.read_text(errors="replace").splitlines():
        found = re.match(r"(\d+) +(\w+)\(", line)
        if found:
            calls[found[1], found[2]] += 1
    most: Counter[str] = Counter()
    for (_, name), count in calls.items():
        most[name] = max(most[name], count)
    return most


def points(piece: Piece, names: tuple[str, ...], chaos, *, short: int) -> list[tuple[str, int]]:
    """All the places of a piece, or some drawn by chance: a life in which threads share calls may not reach each."""
    every = [(name, number) for name in names for number in range(1, piece.calls[name] + 1)]
    return every if chaos.full else random.Random(f"{chaos.seed} {piece.work}").sample(every, short)


@pytest.mark.promise("R2")
@pytest.mark.parametrize("name", PIECES)
def test_a_kill_at_any_call_that_writes_leaves_what_the_next_run_makes_whole(name, bench, chaos, figure):
    piece = bench.pieces[name]
    slowest, killed = 0.0, 0
    chosen = points(piece, CALLS, chaos, short=12)
    wanted = chaos.pick(short=3, full=len(chosen))
    for call, number in chosen:
        if killed == wanted:
            break
        for _ in range(3):  # threads share the calls, so that a life may make one fewer of them than the one before
            project, code, error = bench.harm(piece, call, "signal=SIGKILL", str(number))
            assert code in (0, -signal.SIGKILL), (call, number, error)
            if code:
                break
        killed += code == -signal.SIGKILL
        slowest = max(slowest, assert_sound(project))
        bench.warm.finish(name, project, one_cpu=True)
        assert made(name, project) == piece.truth, (call, number)
        assert (drafts(project), set_aside(project)) == ([], []), (call, number)
    assert killed >= 0.9 * wanted
    assert slowest < 2.0
    figure(f"calls that write in {name}", sum(piece.calls.values()))
    figure(f"kills in {name}", killed)
    figure("slowest open, s", round(slowest, 2))


FAILING = {"ENOSPC": ("write", "pwrite64", "ftruncate", "mkdir"), "EIO": ("write", "pwrite64", "fsync", "fdatasync")}


@pytest.mark.promise("R4")
@pytest.mark.parametrize("errno", FAILING)
@pytest.mark.parametrize("name", PIECES)
def test_a_disk_that_fails_at_any_write_is_told_and_costs_nothing(name, errno, bench, chaos, figure):
    piece = bench.pieces[name]
    told, harmless = 0, 0
    before = readers_file(piece.base)
    for call, number in points(piece, FAILING[errno], chaos, short=8):
        if not chaos.full and told and told + harmless >= 2:
            break
        when = f"{number}+" if errno == "ENOSPC" else str(number)  # a full disk stays full
        project, code, error = bench.harm(piece, call, f"error={errno}", when)
        where = (errno, call, number, code, error)
        if code:
            assert (code, error[0]) in ((3, "StorageError"), (3, "TokenDiskError")), where
            assert str(project) in f"{error[1]} {error[2]}", where
        told += code != 0
        harmless += code == 0
        assert_sound(project)
        if name != "swap in":
            assert readers_file(project) == before, where
        bench.warm.finish(name, project, one_cpu=True)
        assert made(name, project) == piece.truth, where
    assert told
    figure(f"{errno} told in {name}", told)
    figure(f"{errno} without harm", harmless)


def readers_file(project: Path) -> bytes | None:
    """What readers have."""
    path = project / DATABASE
    return path.read_bytes() if path.exists() else None
