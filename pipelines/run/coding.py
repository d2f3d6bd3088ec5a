"""`syfte tags sample` and `syfte tags score`: how good the rules are, found out by two people who do not see them."""

from __future__ import annotations

import csv
import hashlib
import io
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl

from pipelines.errors import InputError, UsageError
from pipelines.goals import load_goals
from pipelines.landing import Landing
from pipelines.run.healing import WarehouseHold
from pipelines.run.preparing import all_streams, present
from pipelines.run.tagging import land, require_built
from pipelines.sources.files import canonical
from pipelines.sources.files.coding_sheets import Cell, read_sheets
from pipelines.spreadsheets import sheet_cell
from pipelines.warehouse.load import load

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime
    from pathlib import Path

    import duckdb

    from pipelines.project import Project

_FRAME = """
    select post_id, permalink, published_at, text
    from marts.dim_post
    where local_date between ? and ? and deleted_seen_at is null
    order by post_id
"""
_DRAWN = "select distinct sample_id, post_id from raw.files__coding_draws"
SHEET = ("sample_id", "post_id", "permalink", "published_at", "text", "coder_a", "coder_b", "adjudicated")
"""The columns of a coding sheet."""


@dataclass(frozen=True)
class Sample:
    """A draw: its name, what was drawn, and from how many posts of which local dates."""

    sample_id: str
    posts: int
    frame_posts: int
    period: tuple[date, date]
    goals: list[str]


@dataclass(frozen=True)
class Scoring:
    """What was read from the sheets: posts that both coders coded, and posts that only one did."""

    samples: list[str]
    coded: int
    half_coded: int


def draw_sample(project: Project, out: Path, *, n: int = 200, seed: int = 1) -> Sample:
    """Draw a simple random sample of the study period's posts, and write the sheet for the coders.

    A post's place in the draw depends on the seed and its id alone, so the same seed draws the same posts again, and
    neither what the rules say nor a goal has any part in it. The draw is remembered among the facts.

    Raises:
        UsageError: nothing was built yet, the period has no posts, or the file exists.
        BusyError: another process writes the warehouse.
    """
    if out.exists():
        raise UsageError("The file exists.", where=str(out), do="Give another name; a sheet may hold somebody's work.")
    goals = load_goals(project.goals_path)
    first, last = goals.period.study
    now = present(project)

    def posts(con: duckdb.DuckDBPyConnection) -> list[tuple[str, str | None, datetime | None, str | None]]:
        require_built(con)
        return con.execute(_FRAME, [first, last]).fetchall()

    with WarehouseHold(project) as hold:
        frame = hold.do(posts)
        if not frame:
            raise UsageError(
                "The study period has no posts to draw from.", where=f"{first} to {last}", do="Look at `syfte status`."
            )
        drawn = sorted(frame, key=lambda post: _place(seed, post[0]))[:n]
        sample_id = f"{now:%Y%m%d}-{seed}-{len(drawn)}"
        facts = {"sample_id": sample_id, "seed": seed, "goals_version": goals.version, "frame_from": first}
        facts |= {"frame_to": last, "frame_posts": len(frame), "drawn_at": now}
        rows = pl.DataFrame([{**facts, "post_id": post[0], "place": place} for place, post in enumerate(drawn, 1)])
        columns = list(canonical.CODING_DRAWS.record.__struct_fields__)
        landing = Landing(project.landing_dir)
        land(landing, canonical.CODING_DRAWS, rows.select(columns), now, "syfte tags sample")
        hold.do(lambda con: load(con, landing, all_streams()))
    _write_sheet(out, sample_id, drawn)
    return Sample(sample_id, len(drawn), len(frame), (first, last), [goal.id for goal in goals.goals])


def _place(seed: int, post_id: str) -> str:
    return hashlib.sha256(f"{seed}:{post_id}".encode()).hexdigest()


def _write_sheet(
    out: Path, sample_id: str, drawn: Sequence[tuple[str, str | None, datetime | None, str | None]]
) -> None:
    """CSV that a spreadsheet opens with å, ä and ö; a text that would begin a formula gets an apostrophe."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(SHEET)
    for post_id, permalink, published_at, said in drawn:
        at = published_at.isoformat() if published_at else None
        writer.writerow([sample_id, sheet_cell(post_id), _text(permalink), at, _text(said), None, None, None])
    out.write_text(text.getvalue(), encoding="utf-8-sig")


def _text(said: str | None) -> str | None:
    return sheet_cell(said) if said else said


def score_sheets(project: Project, paths: Sequence[Path]) -> Scoring:
    """Read what the coders wrote and keep it among the facts; the next run scores the rules by it.

    Raises:
        InputError: a sheet is none, contradicts another, or names a post that was not drawn here.
        BusyError: another process writes the warehouse.
    """
    goals = [goal.id for goal in load_goals(project.goals_path).goals]
    cells = read_sheets(paths, goals)
    landing = Landing(project.landing_dir)

    def drawn(con: duckdb.DuckDBPyConnection) -> None:
        load(con, landing, all_streams())
        cells[:] = _drawn(con, cells)

    with WarehouseHold(project) as hold:
        hold.do(drawn)
        now = present(project)
        rows = [
            {
                "sample_id": c.sample_id,
                "post_id": c.post_id,
                "goal_id": goal,
                "coder": c.coder,
                "serves": goal in c.goals,
            }
            for c in cells
            for goal in goals
        ]
        if rows:
            said = pl.DataFrame(rows).with_columns(pl.lit(now).cast(pl.Datetime("us", "UTC")).alias("coded_at"))
            land(landing, canonical.GOAL_CODINGS, said, now, "syfte tags score")
            hold.do(lambda con: load(con, landing, all_streams()))
    by = {coder: {(c.sample_id, c.post_id) for c in cells if c.coder == coder} for coder in ("a", "b")}
    return Scoring(sorted({c.sample_id for c in cells}), len(by["a"] & by["b"]), len(by["a"] ^ by["b"]))


def _drawn(con: duckdb.DuckDBPyConnection, cells: Sequence[Cell]) -> list[Cell]:
    """The cells with the ids of their posts as they were drawn, not as the sheet had to write them."""
    drawn = {(sample, sheet_cell(post)): post for sample, post in con.execute(_DRAWN).fetchall()}
    for cell in cells:
        if (cell.sample_id, sheet_cell(cell.post_id)) not in drawn:
            raise InputError(
                f"The post {cell.post_id!r} was not drawn in the sample {cell.sample_id}.",
                where=cell.where,
                do="Leave sample_id and post_id as `syfte tags sample` wrote them, in this project.",
            )
    return [replace(cell, post_id=drawn[cell.sample_id, sheet_cell(cell.post_id)]) for cell in cells]
