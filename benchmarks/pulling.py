"""Pulling, landing and loading: `syfte pull` and the load of what it landed, beside what one would pick instead.

Ours is the whole product: a project with its goals.yaml, the source `bluesky`, ledger, landing and warehouse. Everybody
asks the same page server for the same pages, and is counted from the start of the process to its end.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

import msgspec

from benchmarks.floors import write_pages
from benchmarks.measure import Measurement, call, measure_processes, tell
from benchmarks.pageserver import ACCOUNTS, NEWEST, PER_PAGE, did_of, feeds
from pipelines.landing import Landing
from pipelines.project import Project
from pipelines.run import pull_all
from pipelines.run.preparing import all_streams
from pipelines.sources.bluesky.dialect import Feed
from pipelines.sources.bluesky.streams import POSTS
from pipelines.sources.bluesky.timeline import own_posts
from pipelines.sources.stream import Page
from pipelines.warehouse import raw
from pipelines.warehouse.connection import open_writer
from pipelines.warehouse.load import load

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

ROOT = Path(__file__).parents[1]
PEERS = Path(__file__).parent / "peers"
PEERS_PYTHON = ROOT / ".venv-bench" / "bin" / "python"
LATENCY_MS = 50
LIMIT, WINDOW_S = 200, 20
"""Requests in a window, for the runs with a rate limit: the pace of a Bluesky server, which counts 300 seconds."""
_DLT = {"RUNTIME__DLTHUB_TELEMETRY": "false", "EXTRACT__WORKERS": str(ACCOUNTS)}
"""An account each at the same time, and nothing told to anybody."""
NOW = NEWEST + timedelta(hours=12)


@dataclass
class Server:
    """A page server under way; `said` is there once it has ended."""

    address: str
    said: dict[str, int]


@contextmanager
def page_server(pages: int, *, latency_ms: float = 0, limit: int = 0) -> Generator[Server]:
    """A page server of its own process."""
    command = [sys.executable, "-m", "benchmarks.pageserver", "--pages", str(pages), "--latency-ms", str(latency_ms)]
    command += ["--limit", str(limit), "--window", str(WINDOW_S)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        asked, said = cast("IO[str]", process.stdin), cast("IO[str]", process.stdout)
        server = Server(said.readline().strip(), {})
        try:
            yield server
        finally:
            asked.close()
            server.said = json.loads(said.readline())


def time_pull(folder: Path, *, pages: int, repetitions: int) -> list[Measurement]:
    """Pull, land and load without waiting for anybody: what it takes of the processor and of memory."""
    size = f"{pages:,} pages of {PER_PAGE} posts"
    rows = pages * PER_PAGE
    write_pages(folder / "pages", pages)
    with page_server(pages) as server:

        def ours(repetition: int) -> list[str]:
            project = make_project(folder / f"project{repetition}", server.address)
            return call("benchmarks.pulling:pull_and_load", folder=str(project), rows=rows)

        def peer(script: str) -> Callable[[int], list[str]]:
            def command(repetition: int) -> list[str]:
                place = folder / f"{script}{repetition}"
                shutil.rmtree(place, ignore_errors=True)
                place.mkdir()
                accounts = [did_of(account) for account in range(ACCOUNTS)]
                return [*_peer(script), str(place), server.address, str(rows), *accounts]

            return command

        def downloading(_repetition: int) -> list[str]:
            return call("benchmarks.floors:download", address=server.address)

        def scanning(_repetition: int) -> list[str]:
            (folder / "pages" / "scan.duckdb").unlink(missing_ok=True)
            return _scan(str(folder / "pages" / "*.jsonl"), rows, is_landed=False)

        found = [
            measure_processes("pull", size, rows, ours, repetitions=repetitions),
            measure_processes("download", size, rows, downloading, repetitions=repetitions),
            measure_processes("DuckDB scan of the pages", size, rows, scanning, repetitions=repetitions),
        ]
        if PEERS_PYTHON.exists():
            found += _peers(size, rows, peer, repetitions)
    return found


def _peers(
    size: str, rows: int, command: Callable[[str], Callable[[int], list[str]]], repetitions: int
) -> list[Measurement]:
    """dlt three ways; the slow ones once and without a warm-up, since they take half a minute and one and a half."""
    found = [
        measure_processes("dlt Arrow", size, rows, command("dlt_arrow"), repetitions=repetitions, env=_DLT),
        measure_processes(
            "dlt rest_api, jsonl", size, rows, command("dlt_rest_api"), repetitions=1, warm_up=False,
            env=_DLT | {"BENCH_FORMAT": "jsonl"}, note="once, no warm-up; its quickest file format",
        ),
    ]  # fmt: skip
    wanted, free = rows * 0.15, available_mb()
    if free < wanted:
        print(f"dlt rest_api is left out: it wants {wanted:,.0f} MiB, and {free:,.0f} are free.", file=sys.stderr)
    else:
        note = "once, no warm-up; as documented: the file format is dlt's own choice, SQL inserts"
        found.append(
            measure_processes(
                "dlt rest_api", size, rows, command("dlt_rest_api"), repetitions=1, warm_up=False, env=_DLT, note=note
            )
        )
    return found


def _peer(script: str) -> list[str]:
    return [str(PEERS_PYTHON), str(PEERS / f"{script}.py")]


def available_mb() -> float:
    """Memory that there is to have, MiB, that with copies of files included: dlt's SQL inserts want 120 kB a post."""
    said = Path("/proc/meminfo").read_text(encoding="ascii")
    return int(said.partition("MemAvailable:")[2].split(maxsplit=1)[0]) / 1024


def time_waiting(folder: Path, *, pages: int, limited_pages: int, repetitions: int) -> list[Measurement]:
    """Pull where the server takes its time, and where it counts: how close we come to what it allows."""
    found: list[Measurement] = []
    rounds = -(-pages // ACCOUNTS) + 1  # an account's pages come one after another, after its profile
    with page_server(pages, latency_ms=LATENCY_MS) as server:
        found.append(_waiting("pull, 50 ms", folder / "slow", server, (pages, rounds * LATENCY_MS / 1000), repetitions))
    asked = limited_pages + ACCOUNTS
    with page_server(limited_pages, limit=LIMIT) as server:
        own_time = max(-(-asked // LIMIT) - 1, 1) * WINDOW_S  # of the last window only its beginning is needed
        found.append(_waiting("pull, rate limit", folder / "limited", server, (limited_pages, own_time), 1))
    return found


def _waiting(name: str, folder: Path, server: Server, size: tuple[int, float], repetitions: int) -> Measurement:
    """The wall seconds are those of the pull itself, and `over_ideal` their ratio to the shortest that is possible.

    Args:
        size: pages, and that shortest time in seconds.
    """
    pages, ideal_s = size

    def command(repetition: int) -> list[str]:
        project = make_project(folder / str(repetition), server.address)
        return call("benchmarks.pulling:pull_only", folder=str(project), ideal_s=ideal_s)

    words = f"{pages:,} pages, ideal {ideal_s:.2f} s"
    note = "once, no warm-up: it takes most of a minute, nearly all of it waiting" if repetitions == 1 else "no warm-up"
    rows = pages * PER_PAGE
    return measure_processes(name, words, rows, command, repetitions=repetitions, warm_up=False, note=note)


def pull_only(folder: str, ideal_s: float) -> None:
    """What `syfte pull` does; the process that is measured. At a rate limit it begins with a window of the server."""
    project = Project(Path(folder))
    if ideal_s >= WINDOW_S:
        time.sleep(WINDOW_S - time.time() % WINDOW_S + 0.01)
    started = time.perf_counter()
    report = pull_all(project, read_all=True)
    took = time.perf_counter() - started
    report.raise_for_errors()
    tell(wall_s=took, over_ideal=took / ideal_s)


def pull_and_load(folder: str, rows: int) -> None:
    """What `syfte pull` and the load do, in a project that is new; the process that is measured.

    Raises:
        RuntimeError: something is missing in the warehouse.
    """
    project = Project(Path(folder))
    pull_all(project, read_all=True).raise_for_errors()
    with open_writer(project.warehouse_path) as con:
        load(con, Landing(project.landing_dir), all_streams())
        [(stored,)] = con.execute("select count(distinct uri) from raw.bluesky__posts").fetchall()
    if stored != rows:
        raise RuntimeError(f"{stored} posts stored of {rows}")


def time_normalise(folder: Path, *, posts: int, repetitions: int) -> list[Measurement]:
    """Load landed pages of posts, beside DuckDB's own scan of the same files."""
    landing = Landing(folder / "landing")
    _land(landing, posts)
    size = f"{posts:,} landed posts"

    def loading(repetition: int) -> list[str]:
        path = str(folder / f"warehouse{repetition}.duckdb")
        return call("benchmarks.pulling:load_only", landing=str(landing.root), path=path, rows=posts)

    def scanning(_repetition: int) -> list[str]:
        (landing.root / "bluesky" / "posts" / "scan.duckdb").unlink(missing_ok=True)
        pattern = str(landing.root / "bluesky" / "posts" / "*.jsonl.zst")
        return _scan(pattern, posts, is_landed=True)

    return [
        measure_processes("normalise and load", size, posts, loading, repetitions=repetitions),
        measure_processes("DuckDB scan of the landing", size, posts, scanning, repetitions=repetitions),
    ]


def _scan(pattern: str, rows: int, *, is_landed: bool) -> list[str]:
    record = ", ".join(f'"{name}" {kind}' for name, kind in raw.record_columns(POSTS.record).items())
    return call("benchmarks.floors:scan", pattern=pattern, record=f"STRUCT({record})", rows=rows, is_landed=is_landed)


def load_only(landing: str, path: str, rows: int) -> None:
    """The load alone; the process that is measured.

    Raises:
        RuntimeError: something is missing in the warehouse.
    """
    with open_writer(Path(path)) as con:
        stored = load(con, Landing(Path(landing)), all_streams()).rows_stored
    if stored != rows:
        raise RuntimeError(f"{stored} posts stored of {rows}")


def _land(landing: Landing, posts: int) -> None:
    """The page server's posts again and again under other names, through the allow-list into the landing."""
    wanted = posts // PER_PAGE
    known = [(did, body) for did, bodies in feeds(min(wanted, 1000)) for body in bodies]
    with landing.writer(Landing.new_run_id(NOW)) as writer:
        for number in range(wanted):
            did, body = known[number % len(known)]
            again = did.replace("bench0", f"bench{number // len(known) + 1:03d}")
            feed = msgspec.json.decode(body.replace(did.encode(), again.encode()), type=Feed).feed or []
            rows = own_posts(POSTS, feed, again, since=datetime.min.replace(tzinfo=UTC)).rows
            writer.add(Page(stream=POSTS, account_id=f"bluesky:{again}", rows=rows, fetched_at=NOW, number=number + 1))


def make_project(folder: Path, address: str) -> Path:
    """A project that reads the page server's accounts."""
    from pipelines.run import demonstration, init_project  # noqa: PLC0415  # what is measured needs neither

    init_project(folder)
    project = Project(folder)
    accounts = [
        {
            "platform": "bluesky",
            "native_id": did_of(n),
            "unit": "u",
            "handle": f"h{n}",
            "opened_at": "2023-01-01T00:00Z",
        }
        for n in range(ACCOUNTS)
    ]
    units = [{"id": "u", "name": "Region", "population": 1_000_000, "parent": None}]
    demonstration.write_goals(project, {"units": units, "accounts": accounts})
    said = {
        "SYFTE_POST_WINDOW_DAYS": "3000",
        "SYFTE_BLUESKY__BASE_URL": address,
        "SYFTE_BLUESKY__COUNTER_CHECKS": "0",
    }
    demonstration.write_environment(project, {"environment": said}, NOW)
    return folder
