"""Deltas: what a full build costs, and what the next day's readings cost on top of it."""

from __future__ import annotations

import resource
import sys
import time
from typing import TYPE_CHECKING

from benchmarks.measure import Measurement, measure
from pipelines.project import Project
from pipelines.run import init_project
from pipelines.run.preparing import prepare, present
from pipelines.warehouse.build import build, load_models
from pipelines.warehouse.connection import open_writer

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import duckdb

    from pipelines.warehouse.model import Model

COUNTERS = (
    "impression_count",
    "like_count",
    "reply_count",
    "retweet_count",
    "quote_count",
    "bookmark_count",
    "url_link_clicks",
    "user_profile_clicks",
)
DAYS_READ = 30
"""A post is read once a day for as long as its figures grow."""


def time_increment(folder: Path, *, readings: int, repetitions: int) -> list[Measurement]:
    """Build the posts' tables from scratch once, then take in one day after another of 50,000 new readings."""
    project = Project(folder / "project")
    init_project(project.root)
    new = min(50_000, readings // 10)
    with open_writer(project.warehouse_path) as con:
        prepare(con, project, as_of=present(project), on_event=lambda _: None)
        posts = readings // (DAYS_READ * len(COUNTERS))
        _store(con, posts)
        prepare(
            con, project, as_of=present(project), on_event=lambda _: None
        )  # the calendar begins with the first fact
        con.execute("checkpoint")
        raw_bytes = _bytes(project)
        models = _with_what_they_read()

        started, worked = time.perf_counter(), time.process_time()
        _build(con, models)
        full = Measurement(
            "deltas, full build",
            f"{readings:,} stored readings",
            readings,
            [time.perf_counter() - started],
            [time.process_time() - worked],
        )
        con.execute("checkpoint")
        _say(f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB after the full build")
        _say(f"{raw_bytes / readings:.1f} bytes a reading in raw, {_bytes(project) / readings:.1f} with all tables")

        def work(repetition: int) -> None:
            _read_again(con, posts, new // len(COUNTERS), repetition)
            _build(con, models)

        day = measure(
            "deltas, one day more", f"{new:,} new readings on {readings:,}", new, work, repetitions=repetitions
        )
        _say_what_was_done(con)
    return [full, day]


def _with_what_they_read() -> Mapping[str, Model]:
    models = load_models()
    wanted = {name for name, model in models.items() if model.contract.incremental}
    for name in reversed(models):
        if name in wanted:
            wanted |= {read for read in models[name].depends if read in models}
    return {name: model for name, model in models.items() if name in wanted}


def _build(con: duckdb.DuckDBPyConnection, models: Mapping[str, Model]) -> None:
    for model in models.values():
        build(con, model)


def _store(con: duckdb.DuckDBPyConnection, posts: int) -> None:
    """A history of posts published one after another over two years, each read daily for a month."""
    con.execute(
        f"""
        insert into raw.files__posts by name
        select 'r0' as run_id, 'p0' as page_id, 'x:' || i as post_id, 'x:acc' || (i % 50) as account_id,
            timestamptz '2023-06-01 06:00:00Z' + to_seconds((i * 63072000 / {posts})::bigint) as published_at,
            'Post ' || i as text, timestamptz '2025-06-01 06:00:00Z' as ingested_at
        from range({posts}) as r (i)
        """
    )
    for day in range(DAYS_READ):
        _insert(con, "r0", f"p1{day:02d}", day, f"from raw.files__posts where run_id = 'r0' and {posts} > 0")


def _read_again(con: duckdb.DuckDBPyConnection, posts: int, read: int, repetition: int) -> None:
    """The youngest posts, one day more."""
    run = f"s{repetition}"
    youngest = f"from raw.files__posts where run_id = 'r0' and substring(post_id, 3)::bigint >= {posts - read}"
    _insert(con, run, f"q{repetition:02d}", DAYS_READ + repetition, youngest)


def _insert(con: duckdb.DuckDBPyConnection, run: str, page: str, day: int, of_posts: str) -> None:
    con.execute(
        f"""
        insert into raw.files__post_snapshots by name
        select '{run}' as run_id, '{page}' as page_id, post_id, counter as native_metric, 'ok' as status,
            published_at + to_days({day}) + interval 2 hour as observed_at,
            published_at + to_days({day}) + interval 3 hour as ingested_at,
            floor(1000 * (1 - exp(-{day} / 5.0)) + hash(post_id || counter) % 200)::double as value
        from (select unnest(?::varchar[]) as counter, * {of_posts}) as wide
        order by observed_at
        """,
        [list(COUNTERS)],
    )
    con.execute(
        "insert into raw.pages (page_id, run_id, source, stream, rows_stored) values (?, ?, ?, ?, 1)",
        [page, run, "files", "post_snapshots"],
    )


def _bytes(project: Project) -> int:
    return project.warehouse_path.stat().st_size


def _say_what_was_done(con: duckdb.DuckDBPyConnection) -> None:
    for model, seconds, touched, changed, deleted, inserted in con.execute(
        "select model, seconds, touched, changed, deleted, inserted from ops.built where touched > 0 order by built_at"
    ).fetchall():
        _say(f"{model}: {seconds:.2f} s, {touched:,} posts, {changed:,} differ, -{deleted:,} +{inserted:,} rows")


def _say(text: str) -> None:
    print(text, file=sys.stderr)
