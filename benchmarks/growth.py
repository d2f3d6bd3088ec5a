"""Growth: what ten and a hundred times as many accounts, posts or years cost: a first run, and the night after.

A made-up institution: each post is read at seven ages, four counters each. Sizes are multiples of the smallest, whose
history is a month, so that a hundred times as long is eight years and not a century. Every size is built by the product
from files it imports; nothing is put into its tables by hand.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from benchmarks.measure import Measurement, call, launch, on_the_clock, tell
from pipelines.project import Project
from pipelines.run import import_files, init_project
from pipelines.run.demonstration import write_environment, write_goals
from pipelines.run.preparing import present

if TYPE_CHECKING:
    from benchmarks.measure import Spent

ACCOUNTS, POSTS_PER_DAY, DAYS = 5, 2, 30
"""The smallest: 300 posts."""

AGES = (1, 2, 3, 7, 14, 21, 28)
"""Days after it was published on which a post is read."""

COUNTERS = ("post_media_view", "post_total_media_view_unique", "reactions", "comments")
END = datetime(2025, 11, 30, tzinfo=UTC)
"""Not the end of a year: then the calendar grows, and everything that looks at it is built in full."""

FIRST_RUN, NIGHT = "first run", "night after"
GROWS = ("posts", "accounts", "years")
MOST = 100
"""Times that each of them grows; beyond it posts alone."""


def time_growth(folder: Path, *, largest: int, repetitions: int) -> list[Measurement]:
    """The smallest institution, and each of posts, accounts and years ten times as large, and again up to `largest`.

    Each size is measured once: the curve is of interest, and its points tell of each other.

    Args:
        folder: empty.
        largest: how many times the smallest.
        repetitions: not used.
    """
    del repetitions
    times = [10**power for power in range(1, 4) if 10**power <= largest]
    sizes = [
        ("all", 1),
        *((grows, n) for n in times for grows in GROWS if n <= MOST or grows == GROWS[0]),
    ]
    found: list[Measurement] = []
    for grows, n in sizes:
        shape = {
            "accounts": ACCOUNTS * (n if grows == "accounts" else 1),
            "posts_per_day": POSTS_PER_DAY * (n if grows == "posts" else 1),
            "days": DAYS * (n if grows == "years" else 1),
        }
        root = str(folder / f"{grows}-{n}")
        size = "{accounts:,} accounts, {posts_per_day:,} posts a day each, {days:,} days".format(**shape)
        for name, work in ((FIRST_RUN, "first_run"), (NIGHT, "night_after")):
            spent = launch(call(f"benchmarks.growth:{work}", root=root, **shape))
            found.append(_measured(f"{name}, {grows} x{n}", size, spent, shape))
    return found


def _measured(name: str, size: str, spent: Spent, shape: dict[str, int]) -> Measurement:
    told = dict(spent.told)
    wall, cpu = told.pop("wall_s"), told.pop("cpu_s")
    figures = {figure: [float(value)] for figure, value in {**told, **shape}.items()}
    return Measurement(name, size, int(told["readings"]), [wall], [cpu], [spent.peak_mb], figures)


def first_run(root: str, accounts: int, posts_per_day: int, days: int) -> None:
    """Import the history and build everything."""
    project = Project(Path(root))
    init_project(project.root)
    _configure(project, accounts, END)
    history = project.root / "history"
    readings = _write_history(history, accounts, posts_per_day, days, END)
    with on_the_clock():
        _take_in(project, history)
    tell(readings=readings, **_megabytes(project))


def night_after(root: str, accounts: int, posts_per_day: int, days: int) -> None:
    """Import a day more, in which every post of the last four weeks is read again, and build."""
    del posts_per_day, days
    project = Project(Path(root))
    now = END + timedelta(days=1)
    _configure(project, accounts, now)
    history = project.root / "day"
    readings = _write_day(history, project.root / "history", now)
    with on_the_clock():
        _take_in(project, history)
    tell(readings=readings, **_megabytes(project))


def _take_in(project: Project, history: Path) -> None:
    from pipelines.defs.in_process import materialize_build  # noqa: PLC0415

    import_files(project, [history])
    materialize_build(project, as_of=present(project))


def _configure(project: Project, accounts: int, now: datetime) -> None:
    units = [{"id": "all", "name": "All", "population": 10_000_000, "parent": None}]
    made = [
        {
            "platform": "facebook",
            "native_id": str(n),
            "unit": "all",
            "handle": f"a{n}",
            "opened_at": "2010-01-01T00:00:00Z",
        }
        for n in range(accounts)
    ]
    project.goals_path.unlink(missing_ok=True)
    write_goals(project, {"units": units, "accounts": made})
    write_environment(project, {"environment": {}}, now)


def _write_history(folder: Path, accounts: int, posts_per_day: int, days: int, until: datetime) -> int:
    folder.mkdir(parents=True)
    with duckdb.connect() as con:
        con.execute("set TimeZone = 'UTC'")
        con.execute("create table ages as select unnest(?::int[]) as age", [list(AGES)])
        con.execute("create table counters as select unnest(?::varchar[]) as native_metric", [list(COUNTERS)])
        con.execute("create table units as select 'all' as unit_id, 'All' as name, 10000000 as population")
        con.execute(
            "create table accounts as select 'facebook:' || i as account_id, 'facebook' as platform, 'all' as unit_id "
            "from range(?) as r (i)",
            [accounts],
        )
        con.execute(
            """
            create table posts as
            select account_id || '_' || i as post_id, account_id,
                ?::timestamptz - to_seconds(((i + 0.5) * 86400 / ?)::bigint) as published_at,
                'Tipsa oss om det du såg ' || i as text
            from accounts cross join range(?) as r (i)
            """,
            [until, posts_per_day, days * posts_per_day],
        )
        con.execute(
            """
            create table post_snapshots as
            select post_id, published_at + to_days(age) as observed_at, native_metric,
                floor(1000 * (1 - exp(-age / 5.0)) + hash(post_id || native_metric) % 200)::double as value
            from posts cross join ages cross join counters
            where published_at + to_days(age) < ? order by observed_at
            """,
            [until],
        )
        for table in ("units", "accounts", "posts", "post_snapshots"):
            kind = "csv" if table in ("units", "accounts") else "parquet"
            con.execute(f"copy {table} to '{folder / table}.{kind}'")
        return int(con.execute("select count(*) from post_snapshots").fetchall()[0][0])


def _write_day(folder: Path, history: Path, now: datetime) -> int:
    folder.mkdir()
    with duckdb.connect() as con:
        con.execute("set TimeZone = 'UTC'")
        con.execute("create table counters as select unnest(?::varchar[]) as native_metric", [list(COUNTERS)])
        con.execute(
            f"""
            create table post_snapshots as
            select post_id, ?::timestamptz - interval 1 hour as observed_at, native_metric,
                1300.0 + hash(post_id) % 100 as value
            from '{history}/posts.parquet' cross join counters where published_at > ?::timestamptz - interval 28 days
            """,
            [now, now],
        )
        con.execute(f"copy post_snapshots to '{folder}/post_snapshots.parquet'")
        return int(con.execute("select count(*) from post_snapshots").fetchall()[0][0])


def _megabytes(project: Project) -> dict[str, float]:
    def taken(path: Path) -> float:
        files = [path] if path.is_file() else [one for one in path.rglob("*") if one.is_file()]
        return sum(one.stat().st_size for one in files) / 1e6

    return {
        "landing_mb": taken(project.landing_dir),
        "warehouse_mb": taken(project.warehouse_path),
        "published_mb": taken(project.published_dir),
    }
