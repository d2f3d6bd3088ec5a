"""`syfte tag` and `syfte tags unmatched`: what a person decides about a post, and posts nobody has decided about."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import polars as pl

from pipelines.errors import UsageError
from pipelines.goals import load_goals
from pipelines.goals.rules import suggestion
from pipelines.landing import Landing
from pipelines.run.healing import WarehouseHold, with_warehouse
from pipelines.run.preparing import all_streams, present
from pipelines.sources.files import canonical
from pipelines.sources.stream import Table
from pipelines.warehouse.load import load

if TYPE_CHECKING:
    import duckdb

    from pipelines.project import Project
    from pipelines.sources.files.canonical import TagDecision
    from pipelines.sources.stream import Stream

_BUILT = "select 1 from duckdb_tables() where schema_name = 'marts' and table_name = 'dim_post'"
_KNOWN = "select 1 from {table} where post_id = ? limit 1"
_LAST = "select max(least(tagged_at, ingested_at)) from raw.files__post_tags where post_id = ? and goal_id = ?"
_UNMATCHED = """
    select posts.post_id, posts.published_at, posts.permalink, posts.text
    from marts.dim_post as posts
    anti join marts.fct_post_goal as goals on posts.post_id = goals.post_id
    where posts.deleted_seen_at is null
    order by posts.published_at desc nulls last, posts.post_id
"""


@dataclass(frozen=True)
class Tagged:
    """A decision as it was stored; `weight` is None where the goal's own holds."""

    post_id: str
    goal_id: str
    decision: TagDecision
    weight: float | None
    tagged_at: datetime


def tag_post(
    project: Project, post_id: str, goal_id: str, decision: TagDecision, *, weight: float | None = None
) -> Tagged:
    """Store a person's decision that a post serves a goal, does not, or is the rules' to decide again.

    It lands like an import: it survives a rebuild, and a replay knows when it was made. Numbers follow at the next run.

    Raises:
        UsageError: goals.yaml has no such goal, nobody has read such a post, or the weight is no share.
        BusyError: another process writes the warehouse.
    """
    known = [goal.id for goal in load_goals(project.goals_path).goals]
    if goal_id not in known:
        raise UsageError(f"goals.yaml has no goal `{goal_id}`.", where="GOAL", do=suggestion(goal_id, known))
    if weight is not None and not (0 < weight <= 1 and decision == "include"):
        raise UsageError(
            "A weight is the part of a post that serves the goal: above 0, at most 1, and not for one that does not.",
            where=f"--weight {weight}",
            do="Write, for example, --weight 0.5; or leave it out.",
        )
    landing = Landing(project.landing_dir)

    def last_decision(con: duckdb.DuckDBPyConnection) -> datetime | None:
        load(con, landing, all_streams())
        _require_post(con, post_id)
        [(found,)] = con.execute(_LAST, [post_id, goal_id]).fetchall()
        return found

    with WarehouseHold(project) as hold:
        last = hold.do(last_decision)
        # a clock that stands still (a demo, a replay) must not let two decisions be of one instant
        at = max(present(project), last + timedelta(microseconds=1)) if last else present(project)
        tagged = Tagged(post_id, goal_id, decision, weight, at.astimezone(UTC))
        row = {"post_id": post_id, "goal_id": goal_id, "decision": decision, "weight": weight, "tagged_at": at}
        land(
            landing, canonical.POST_TAGS, pl.DataFrame([row], schema_overrides={"weight": pl.Float64}), at, "syfte tag"
        )
        hold.do(lambda con: load(con, landing, all_streams()))
    return tagged


def unmatched(project: Project) -> pl.DataFrame:
    """Posts that serve no goal, newest first, as of the last run; those seen to be deleted are left out.

    Returns:
        Columns post_id, published_at, permalink, text.

    Raises:
        UsageError: nothing was built yet.
        BusyError: another process writes the warehouse.
    """

    def read(con: duckdb.DuckDBPyConnection) -> pl.DataFrame:
        require_built(con)
        return con.sql(_UNMATCHED).pl()

    return with_warehouse(project, read)


def require_built(con: duckdb.DuckDBPyConnection) -> None:
    """Raise UsageError where no run has built the posts yet."""
    if not con.execute(_BUILT).fetchall():
        raise UsageError("No post is known yet.", where="the warehouse", do="Run `syfte run` first.")


def strangers(con: duckdb.DuckDBPyConnection, page_ids: list[str], goals: list[str]) -> list[str]:
    """What the tags of these pages name that nobody knows, in words; such tags are kept, and change nothing yet."""
    said: list[str] = []
    tags = "from raw.files__post_tags where list_contains($pages, page_id)"
    query = f"select distinct goal_id {tags} and not list_contains($goals, goal_id) order by 1"
    unknown = [row[0] for row in con.execute(query, {"pages": page_ids, "goals": goals}).fetchall()]
    if unknown:
        said.append(f"goals that goals.yaml does not have: {', '.join(unknown)}")
    if con.execute(_BUILT).fetchall():
        known = "select post_id from marts.dim_post union all select post_id from raw.files__posts"
        query = f"select count(distinct post_id) {tags} and post_id not in ({known})"
        [(posts,)] = con.execute(query, {"pages": page_ids}).fetchall()
        if posts:
            said.append(f"{posts} posts that have not been read")
    return said


def land(landing: Landing, stream: Stream, rows: pl.DataFrame, at: datetime, name: str) -> None:
    """Land rows that a command made, in the way of an imported file: durable before anything reads them.

    Args:
        landing: where to.
        stream: whose columns the rows have.
        rows: one or more.
        at: when they became known, UTC.
        name: stands for the file's name.
    """
    instant = pl.lit(at).cast(pl.Datetime("us", "UTC"))
    frame = rows.with_row_index("line", offset=1).with_columns(
        pl.col("line").cast(pl.Int64), instant.alias("ingested_at")
    )
    digest = hashlib.sha256(frame.write_json().encode()).hexdigest()
    table = Table(stream=stream, frame=frame, file=name, sha256=digest, read_at=at, rows_read=frame.height)
    with landing.writer(Landing.new_run_id(datetime.now(UTC))) as writer:
        writer.add_tables([table])


def _require_post(con: duckdb.DuckDBPyConnection, post_id: str) -> None:
    tables = ["raw.files__posts", *(["marts.dim_post"] if con.execute(_BUILT).fetchall() else [])]
    if not any(con.execute(_KNOWN.format(table=table), [post_id]).fetchall() for table in tables):
        raise UsageError(
            f"No post `{post_id}` has been read.",
            where="POST",
            do="Write its id as in published.post, platform:native id; after a pull or an import, `syfte run` first.",
        )
