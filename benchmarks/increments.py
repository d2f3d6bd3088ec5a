"""Deltas: what a full build costs, and what one night more costs on top of ten million and a hundred million readings.

Every night the posts of the last thirty days are read, 50,000 figures, and the day's new posts are listed. A block of
forty nights is built by the product. A longer history is the same block again, each time forty days earlier and of
other posts, put straight into every table. Posts do not touch each other, and the organisation's zone is UTC, so that
it is what a build gives (tests/unit/test_benchmark_histories.py holds the two together).
"""

from __future__ import annotations

import re
import shutil
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.measure import Measurement, call, launch, measure_processes, on_the_clock, tell
from pipelines.project import Project
from pipelines.run import init_project
from pipelines.run.preparing import prepare
from pipelines.warehouse.build import build, load_models
from pipelines.warehouse.connection import open_writer
from pipelines.warehouse.model import SqlModel
from pipelines.warehouse.regular_expressions import register

if TYPE_CHECKING:
    from collections.abc import Mapping

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
"""A post is read every night for so long."""

NIGHTS = 40
"""Of a block."""

_AS_OF = datetime(2025, 12, 31, tzinfo=UTC)
_END = "timestamptz '2025-06-01 00:00:00Z'"
_RAW = ("raw.files__posts", "raw.files__post_snapshots")

NAIVE = """
create or replace temp table naive as
select post_id, native_metric, cast(observed_at as date) as local_date, sum(greatest(gain, 0)) as gain
from (
    select *, value - lag(value) over (partition by post_id, native_metric order by observed_at) as gain
    from raw.files__post_snapshots
)
group by all
"""
"""What one writes first: no resets, no gaps, no time zone, everything on the night it was read."""

FLOOR = "select max(post_id), max(native_metric), max(observed_at), sum(value) from raw.files__post_snapshots"


def time_increment(folder: Path, *, readings: int, stored: int, many: int, repetitions: int) -> list[Measurement]:
    """A full build of a block, then nights on top of two histories, beside a window over everything and a scan.

    Args:
        folder: empty.
        readings: of the block.
        stored: readings of the shorter history.
        many: readings of the longer one.
        repetitions: that count.
    """
    where = {"folder": str(folder)}
    launch(call("benchmarks.increments:begin", **where, readings=readings))
    size = f"{readings:,} stored readings"
    anew = call("benchmarks.increments:make_every_table", **where)
    found = [
        measure_processes(
            "deltas, full build", size, readings, lambda _: call("benchmarks.increments:build_all_of_it", **where),
            repetitions=1, warm_up=False, note="once: the rest of the work stands on it",
        ),
        measure_processes(
            "deltas, every table anew", size, readings, lambda _: anew,
            repetitions=1, warm_up=False, note="once; the same queries, as dbt builds tables, no tests",
        ),
        _peer("deltas, naive window over all", NAIVE, (size, readings), where, repetitions),
        _peer("deltas, scan of the same columns", FLOOR, (size, readings), where, repetitions),
    ]  # fmt: skip
    for held, wanted in ((readings, stored), (stored, many)):
        launch(call("benchmarks.increments:lengthen", **where, readings=readings, held=held, wanted=wanted))
        label = f"{wanted / 1e6:g} M"  # what was measured, also where a size was chosen by hand
        place = folder
        if wanted == stored:
            # nights add to the block, and what is put in again is to be the block as it was
            place = shutil.copytree(folder / "project", folder / "short" / "project").parent
        found.append(_nights(label, wanted, {"folder": str(place), "readings": readings}, repetitions))
        if wanted == stored:
            size = f"{wanted:,} stored readings"
            found.append(_peer(f"deltas, naive window over {label}", NAIVE, (size, wanted), where, 1))
            found.append(_peer(f"deltas, scan of {label}", FLOOR, (size, wanted), where, repetitions))
    return found


def _nights(label: str, stored: int, arguments: dict[str, object], repetitions: int) -> Measurement:
    new = int(str(arguments["readings"])) // NIGHTS
    return measure_processes(
        f"deltas, one night more on {label}",
        f"{new:,} new readings on {stored:,}",
        new,
        lambda repetition: call("benchmarks.increments:take_night", **arguments, night=repetition, stored=stored),
        repetitions=repetitions,
    )


def _peer(name: str, sql: str, of: tuple[str, int], where: dict[str, str], repetitions: int) -> Measurement:
    asked = call("benchmarks.increments:ask", **where, sql=sql)
    once = repetitions == 1
    note = "once, no warm-up" if once else ""
    return measure_processes(name, *of, lambda _: asked, repetitions=repetitions, warm_up=not once, note=note)


def ask(*, folder: str, sql: str) -> None:
    """Ask one query of the stored readings."""
    with open_writer(_project(folder).warehouse_path) as con, on_the_clock():
        con.execute(sql).fetchall()


def begin(*, folder: str, readings: int) -> None:
    """Make a project, store the block's readings, and let the calendar reach back to whatever history is wanted."""
    project = _project(folder)
    init_project(project.root)
    goals = project.goals_path
    goals.write_text(re.sub(r"(?m)^(\s*timezone:).*$", r"\1 UTC", goals.read_text("utf-8")), encoding="utf-8")
    with open_writer(project.warehouse_path) as con:
        _prepare(con, project)
        con.execute(
            """
            insert into raw.files__posts by name
            select 'r0' as run_id, 'p0' as page_id, 'x:1' as post_id, 'x:acc0' as account_id,
                timestamptz '2016-01-01 06:00:00Z' as published_at, 'First' as text,
                timestamptz '2016-01-01 23:00:00Z' as ingested_at
            """
        )
        store(con, readings, nights=(-NIGHTS, 0), run="r0")
        _prepare(con, project)
        con.execute("checkpoint")


def build_all_of_it(*, folder: str) -> None:
    """Build the posts' tables from scratch."""
    models = with_what_they_read()
    with open_writer(_project(folder).warehouse_path) as con:
        with on_the_clock():
            for model in models.values():
                build(con, model)
        con.execute("checkpoint")


def make_every_table(*, folder: str) -> None:
    """Make every table again from its query, as dbt does with models that are tables; into a file of their own."""
    scratch = Path(folder) / "anew.duckdb"
    with open_writer(_project(folder).warehouse_path) as con:
        con.execute(f"attach '{scratch}' as anew")
        register(con)
        with on_the_clock():
            for name, model in with_what_they_read().items():
                if not isinstance(model, SqlModel):
                    message = f"{name} is not written in SQL"
                    raise TypeError(message)
                con.execute(f"create table anew.{name.replace('.', '__')} as\n{model.sql}")
            con.execute("checkpoint anew")
        con.execute("detach anew")
    scratch.unlink()


def take_night(*, folder: str, readings: int, night: int, stored: int) -> None:
    """Take in one night more, from raw tables to a file that needs no log; loading it is off the clock."""
    models = with_what_they_read()
    project = _project(folder)
    with open_writer(project.warehouse_path) as con:
        store(con, readings, nights=(night, night + 1), run=f"s{night:03d}")
        con.execute("checkpoint")
        register(con)
        con.execute("select regex_first('a', 'a')").fetchall()  # DuckDB imports pandas for it, once a process
        tell(**{"bytes a reading": project.warehouse_path.stat().st_size / stored})
        with on_the_clock():
            for model in models.values():
                build(con, model)
            built = time.process_time()
            con.execute("checkpoint")
            tell(**{"writing the file, CPU s": time.process_time() - built})


def lengthen(*, folder: str, readings: int, held: int, wanted: int) -> None:
    """Put the block into every table again, earlier and of other posts, until so many readings are stored.

    Raises:
        RuntimeError: there are more or fewer, such as after a night that the block did not have.
    """
    with open_writer(_project(folder).warehouse_path) as con:
        before = {name: _count(con, name) for name in _RAW}
        tables = [name for name, model in with_what_they_read().items() if model.contract.incremental]
        for name in (*_RAW, *(name for name in tables if _count(con, name))):
            # looked for once, and not in a table that has become longer each time
            con.execute(
                f"""
                create or replace temp table block as
                select *, {_number("post_id")} as post_number from {name} where {_is_of_block("post_id")}
                """
            )
            for block in range(held // readings, wanted // readings):
                con.execute(f"insert into {name} select {_earlier(con, name, block)} from block")
        con.execute(
            f"""
            insert into ops.first_rows
            select model, {_earlier_id(_number("key"), "block")}, first_at - to_days(({NIGHTS} * block)::integer)
            from ops.first_rows, range({held // readings}, {wanted // readings}) as blocks (block)
            where {_is_of_block("key")}
            """
        )
        # how many raw rows the staging models have seen
        for name, rows in before.items():
            seen, sees = f"{rows} rows of", f"{_count(con, name)} rows of"
            con.execute(
                "update ops.built set inputs = replace(inputs, ?, ?)", [f'"{name}": "{seen}', f'"{name}": "{sees}']
            )
        con.execute("checkpoint")
        found = _count(con, _RAW[1])
        due = wanted // readings * NIGHTS * DAYS_READ * _posts_a_day(readings) * len(COUNTERS)
        if found != due:
            raise RuntimeError(f"{found} readings stored of {due}")


def store(con: duckdb.DuckDBPyConnection, readings: int, *, nights: tuple[int, int], run: str) -> None:
    """The nights' listings of new posts and readings of the last thirty days' posts, as the loader leaves them."""
    first, last = nights
    posts = _posts_a_day(readings)
    con.execute(
        f"""
        insert into raw.files__posts by name
        select '{run}' as run_id, '{run}' as page_id, {_id("night", "i")} as post_id, 'x:acc' || (i % 50) as account_id,
            {_END} + to_days(night::integer) + to_seconds((i * 40000 // {posts})::bigint) as published_at,
            'Post ' || i as text, {_END} + to_days(night::integer) + interval 23 hour as ingested_at
        from range({first}, {last}) as nights (night), range({posts}) as posts (i)
        order by night, i
        """
    )
    con.execute(
        f"""
        insert into raw.files__post_snapshots by name
        select '{run}' as run_id, '{run}' as page_id, {_id("night - age", "i")} as post_id, counter as native_metric,
            'ok' as status, {_END} + to_days(night::integer) + interval 22 hour as observed_at,
            {_END} + to_days(night::integer) + interval 23 hour as ingested_at,
            floor(1000 * (1 - exp(-(age + 1) / 5.0)) + hash(night - age, i, counter) % 200)::double as value
        from range({first}, {last}) as nights (night), range({DAYS_READ}) as ages (age), range({posts}) as posts (i),
            (select unnest(?::varchar[]) as counter)
        order by night, age, i
        """,
        [list(COUNTERS)],
    )
    for stream in ("posts", "post_snapshots"):
        con.execute(
            "insert into raw.pages (page_id, run_id, source, stream, rows_stored) values (?, ?, 'files', ?, 1)",
            [run, run, stream],
        )


def with_what_they_read() -> Mapping[str, Model]:
    """The incremental models up to the marts, and all they read, in the order of building."""
    models = load_models()
    wanted = {
        name for name, model in models.items() if model.contract.incremental and name.startswith(("staging.", "marts."))
    }
    for name in reversed(models):
        if name in wanted:
            wanted |= {read for read in models[name].depends if read in models}
    return {name: model for name, model in models.items() if name in wanted}


def _posts_a_day(readings: int) -> int:
    return readings // NIGHTS // DAYS_READ // len(COUNTERS)


def _id(night: str, post: str) -> str:
    """Ids grow with time, as the platforms' do."""
    return f"'x:' || (1800000000000000000 + (({night}) * 1000 + {post}) * 1000000000)"


def _number(column: str) -> str:
    return f"substring({column}, 3)::bigint"


def _is_of_block(column: str) -> str:
    number = f"{_number(column)} - 1800000000000000000"
    return f"{number} >= -{NIGHTS + DAYS_READ} * 1000000000000 and {number} < 0"


def _earlier_id(number: str, block: str) -> str:
    return f"'x:' || ({number} - {block} * {NIGHTS + DAYS_READ} * 1000000000000)"


def _earlier(con: duckdb.DuckDBPyConnection, name: str, block: int) -> str:
    """Every column, of other posts and so many blocks earlier."""
    columns: list[str] = []
    for row in con.execute(f"describe {name}").fetchall():
        column, kind = str(row[0]), str(row[1])
        if column == "post_id":
            columns.append(_earlier_id("post_number", str(block)))
        elif kind == "DATE":
            columns.append(f'"{column}" - {NIGHTS * block}')
        elif kind.startswith("TIMESTAMP"):
            columns.append(f'"{column}" - to_days({NIGHTS * block})')
        else:
            columns.append(f'"{column}"')
    return ", ".join(columns)


def _prepare(con: duckdb.DuckDBPyConnection, project: Project) -> None:
    prepare(con, project, as_of=_AS_OF, on_event=lambda _: None)


def _project(folder: str) -> Project:
    return Project(Path(folder) / "project")


def _count(con: duckdb.DuckDBPyConnection, name: str) -> int:
    return int(con.execute(f"select count(*) from {name}").fetchall()[0][0])
