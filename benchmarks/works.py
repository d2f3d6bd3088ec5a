"""The works that are timed. Each prepares its input once; only the work itself is on the clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import polars as pl

from benchmarks.measure import Measurement, measure
from pipelines.landing import Landing
from pipelines.project import Project
from pipelines.run import import_files, init_project
from pipelines.sources.stream import Count, Page, Record, Stream
from pipelines.warehouse.connection import open_writer
from pipelines.warehouse.load import load

if TYPE_CHECKING:
    from pathlib import Path

START = datetime(2025, 1, 1, tzinfo=UTC)
PAGE_ROWS = 100
COUNTERS = ("impressions", "views", "likes", "comments", "shares", "saves", "quotes", "clicks")


class Post(Record):
    """A post as wide as the platforms' widest: an id, a time, a text, eight counters."""

    id: str
    created_time: datetime
    message: str
    impressions: Count | None = None
    views: Count | None = None
    likes: Count | None = None
    comments: Count | None = None
    shares: Count | None = None
    saves: Count | None = None
    quotes: Count | None = None
    clicks: Count | None = None


POSTS = Stream(source="bench", name="posts", record=Post)


def time_load(folder: Path, *, pages: int, repetitions: int) -> list[Measurement]:
    """Load landed pages into an empty warehouse, each repetition into one of its own."""
    landing = Landing(folder / "landing")
    with landing.writer(Landing.new_run_id(START)) as writer:
        for number in range(1, pages + 1):
            writer.add(_page(number, complete=number == pages))

    def work(repetition: int) -> None:
        with open_writer(folder / f"warehouse{repetition}.duckdb") as con:
            stored = load(con, landing, [POSTS]).rows_stored
        if stored != pages * PAGE_ROWS:
            raise RuntimeError(f"{stored} rows stored of {pages * PAGE_ROWS}")

    size = f"{pages:,} landed pages of {PAGE_ROWS} posts"
    return [measure("load", size, pages * PAGE_ROWS, work, repetitions=repetitions)]


def _page(number: int, *, complete: bool) -> Page:
    first = (number - 1) * PAGE_ROWS
    objects = [_post(row) for row in range(first, first + PAGE_ROWS)]
    rows, rejected = POSTS.read(objects)
    return Page(
        stream=POSTS,
        account_id="bench:1",
        rows=rows,
        rejected=rejected,
        fetched_at=START,
        number=number,
        complete=complete,
    )


def _post(row: int) -> bytes:
    counters = ",".join(f'"{name}":{(row + 1) * (place + 7) % 10_007}' for place, name in enumerate(COUNTERS))
    at = (START + timedelta(minutes=row)).isoformat()
    return f'{{"id":"1_{row}","created_time":"{at}","message":"Post number {row} of the day",{counters}}}'.encode()


def time_import(folder: Path, *, snapshots: int, repetitions: int) -> list[Measurement]:
    """Import a canonical folder, each repetition into an empty project: read, check, land, load."""
    history = folder / "history"
    _write_history(history, snapshots)

    def work(repetition: int) -> None:
        project = Project(folder / f"project{repetition}")
        init_project(project.root)
        import_files(project, [history])

    size = f"a canonical folder, {snapshots:,} snapshots as CSV"
    return [measure("import", size, snapshots, work, repetitions=repetitions)]


def _write_history(folder: Path, snapshots: int) -> None:
    folder.mkdir(parents=True)
    days = 100
    posts = [f"facebook:1_{number}" for number in range(snapshots // days)]
    pl.DataFrame({"unit_id": ["a"], "name": ["A"], "population": [1_000_000]}).write_csv(folder / "units.csv")
    accounts = {"account_id": ["facebook:1"], "platform": ["facebook"], "unit_id": ["a"]}
    pl.DataFrame(accounts).write_csv(folder / "accounts.csv")
    published = [(START + timedelta(hours=number)).isoformat() for number in range(len(posts))]
    pl.DataFrame({"post_id": posts, "account_id": "facebook:1", "published_at": published}).write_csv(
        folder / "posts.csv"
    )
    pl.DataFrame(
        {
            "post_id": [post for post in posts for _ in range(days)],
            "observed_at": [(START + timedelta(days=90 + day)).isoformat() for _ in posts for day in range(days)],
            "native_metric": "post_media_view",
            "value": [number % 97 * day for number in range(len(posts)) for day in range(days)],
        }
    ).write_csv(folder / "post_snapshots.csv")
