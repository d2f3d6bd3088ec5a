"""`syfte tags suggest`: what a classifier would tag that learnt from people's labels, for a person to confirm."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.errors import UsageError
from pipelines.goals import load_goals
from pipelines.run.healing import with_warehouse
from pipelines.run.tagging import require_built
from pipelines.spreadsheets import sheet_cell

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

    from pipelines.project import Project

_POSTS = (
    "select post_id, permalink, text from marts.dim_post where deleted_seen_at is null and text is not null order by 1"
)
_LABELS = """
    select post_id, goal_id, serves from marts.fct_post_coding where serves is not null
    order by drawn_at, sample_id, post_id, goal_id
"""
_TAGS = """
    select post_id, goal_id, decision = 'include' from staging.stg_files__post_tags where decision <> 'withdrawn'
    order by post_id, goal_id
"""
_SERVED = "select post_id, goal_id from marts.fct_post_goal"
_HEADER = ("post_id", "goal_id", "decision", "probability", "permalink", "text")


@dataclass(frozen=True)
class Suggestions:
    """What was suggested: rows in the sheet, goals that were learnt, and those with too few examples (of each side)."""

    rows: int
    learnt: list[str]
    too_few: dict[str, tuple[int, int]]


def suggest(project: Project, out: Path, *, min_probability: float = 0.5) -> Suggestions:
    """Write a sheet of goals that posts may serve and nobody has said so.

    Learns from manual tags and from coded samples alone, never from what the rules say. Nothing is stored: a row counts
    when a person has written `include` or `exclude` beside it and imported the sheet.

    Raises:
        ConfigurationError: scikit-learn is not installed.
        UsageError: no goal has enough examples, nothing was built yet, or the file exists.
        BusyError: another process writes the warehouse.
    """
    from pipelines.tagging.classifier import MIN_EXAMPLES, examples, require_sklearn, train  # noqa: PLC0415
    from pipelines.tagging.near_duplicates import groups  # noqa: PLC0415

    require_sklearn()
    if out.exists():
        raise UsageError("The file exists.", where=str(out), do="Give another name; a sheet may hold somebody's work.")
    goals = [goal.id for goal in load_goals(project.goals_path).goals]
    posts, said, served = with_warehouse(project, _read)
    labelled = [post for post in posts if any((post[0], goal) in said for goal in goals)]
    texts = [post[2] for post in labelled]
    labels = {goal: [said.get((post[0], goal)) for post in labelled] for goal in goals}
    together = groups(texts)
    counted = examples(labels, together)
    too_few = {goal: sides for goal, sides in counted.items() if min(sides) < MIN_EXAMPLES}
    if len(too_few) == len(goals):
        listed = ", ".join(f"{goal} {serving} and {other}" for goal, (serving, other) in too_few.items())
        raise UsageError(
            f"No goal has {MIN_EXAMPLES} different texts that serve it and {MIN_EXAMPLES} that do not: {listed}.",
            where="manual tags and coded samples",
            do="Code a sample (`syfte tags sample`, `syfte tags score`) or tag posts (`syfte tag`), then `syfte run`.",
        )
    found = train(texts, labels, together=together).probabilities([post[2] for post in posts])
    rows = [
        (post_id, goal, None, f"{probability:.3f}", permalink or "", text or "")
        for goal, probabilities in sorted(found.items())
        for (post_id, permalink, text), probability in zip(posts, probabilities, strict=True)
        if probability >= min_probability and (post_id, goal) not in said and (post_id, goal) not in served
    ]
    rows.sort(key=lambda row: (-float(row[3]), row[0], row[1]))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_HEADER)
    writer.writerows([sheet_cell(cell) if cell else cell for cell in row] for row in rows)
    out.write_text(text.getvalue(), encoding="utf-8-sig")
    return Suggestions(len(rows), sorted(found), too_few)


def _read(
    con: duckdb.DuckDBPyConnection,
) -> tuple[list[tuple[str, str | None, str]], dict[tuple[str, str], bool], set[tuple[str, str]]]:
    """Posts with their texts, what people said of them, and what they serve already."""
    require_built(con)
    return con.execute(_POSTS).fetchall(), _said(con), set(con.execute(_SERVED).fetchall())


def _said(con: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], bool]:
    """What people said of a post and goal: of several samples the newest, and a tag before any of them."""
    rows = [*con.execute(_LABELS).fetchall(), *con.execute(_TAGS).fetchall()]
    return {(post_id, goal_id): serves for post_id, goal_id, serves in rows}
