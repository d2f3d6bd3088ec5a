"""Experiments with posting: who posts in which weeks is drawn by lot and written down before the start."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import yaml

from pipelines.errors import UsageError
from pipelines.experiments import hash_of, read_experiment
from pipelines.goals import load_goals
from pipelines.run.preparing import present
from pipelines.statistics.randomised import Design, Randomised, analyse, detectable, draw
from pipelines.warehouse.connection import open_hardened

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pipelines.project import Project

MIN_CELL = 3
"""The lowest that any disclosure rule in use goes."""


@dataclass(frozen=True)
class Plan:
    """A lot that was drawn.

    Args:
        path: where it is written.
        cells: units x weeks.
        posting: of those, cells in which the lot says post.
        tips: expected tips of all cells, from the weeks that were read; None where nothing was read.
        detectable: smallest rate ratio the experiment can tell from chance; None without `tips`.
    """

    path: Path
    cells: int
    posting: int
    tips: float | None
    detectable: float | None


@dataclass(frozen=True)
class Analysis:
    """What an experiment came to so far.

    Args:
        experiment_id: its id.
        design: as drawn.
        found: the ratio as the lot assigned it.
        weeks_read: weeks of the plan that were read in full.
        weeks: weeks of the plan.
    """

    experiment_id: str
    design: str
    found: Randomised
    weeks_read: int
    weeks: int


def plan_experiment(
    project: Project,
    experiment_id: str,
    *,
    goal: str,
    design: Design,
    start: date,
    weeks: int,
    seed: int,
    units: Sequence[str] = (),
) -> Plan:
    """Draw the lot and write it to `experiments/<id>.yaml`; it is never drawn twice.

    Args:
        project: whose.
        experiment_id: name of the file.
        goal: goal of goals.yaml it serves.
        design: see `draw`.
        start: first day, a Monday that has not begun.
        weeks: how many.
        seed: of the lot.
        units: ids; none for all measured units.

    Raises:
        UsageError: the id is taken or no name, the goal is none, or the start is past or no Monday.
        StorageError: there is no warehouse to take the units from.
    """
    goals, now = load_goals(project.goals_path), present(project)
    path = _path(project, experiment_id)
    if path.exists():
        raise UsageError(
            "This experiment is drawn already.", where=str(path), do="Give another id; a lot is never drawn again."
        )
    if goal not in {g.id for g in goals.goals}:
        raise UsageError(f"There is no goal `{goal}`.", where="--goal", do=f"Use one of {[g.id for g in goals.goals]}.")
    if start.weekday() or start <= now.date():
        raise UsageError(
            f"{start} is no Monday to come.",
            where="--start",
            do="A lot is drawn before the weeks begin: give a Monday.",
        )
    known, before = _weekly(project, start)
    chosen = sorted(units or known)
    unknown = [unit for unit in chosen if unit not in known]
    if unknown or len(chosen) < 2 or (design == "switchback" and weeks < 2) or weeks < 1:
        raise UsageError(
            f"These units cannot be drawn among: {', '.join(unknown)}."
            if unknown
            else "There is nothing to draw among.",
            where="--units",
            do=f"Give two or more of: {', '.join(sorted(known))}; a switchback needs two weeks.",
        )
    lot = draw(design, len(chosen), weeks, np.random.default_rng(seed))
    record: dict[str, Any] = {
        "experiment": experiment_id,
        "goal": goal,
        "goals_version": goals.version,
        "design": design,
        "seed": seed,
        "drawn_at": now.isoformat(timespec="seconds"),
        "weeks": [(start + timedelta(weeks=n)).isoformat() for n in range(weeks)],
        "posts": {unit: "".join("1" if cell else "0" for cell in row) for unit, row in zip(chosen, lot, strict=True)},
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    head = "# Who posts (1) and who does not (0), a digit a week. Drawn by lot: never change it by hand.\n"
    text = yaml.safe_dump({**record, "sha256": hash_of(record)}, allow_unicode=True, sort_keys=False)
    with path.open("x", encoding="utf-8") as file:
        file.write(head + text)
    tips = sum(before[unit] for unit in chosen) * weeks
    able = detectable(tips, float(lot.mean())) if tips > 0 else None
    return Plan(path, lot.size, int(lot.sum()), tips if tips > 0 else None, able)


def analyse_experiment(project: Project, experiment_id: str) -> Analysis:
    """Analyse an experiment by the lot that was drawn, whether or not it was followed.

    Raises:
        UsageError: there is no such experiment.
        InputError: its file was changed after the lot was drawn.
        StorageError: nothing has been built yet.
    """
    goals, path = load_goals(project.goals_path), _path(project, experiment_id)
    if not path.exists():
        raise UsageError("There is no such experiment.", where=str(path), do="Draw it first: `syfte experiment plan`.")
    record = read_experiment(path)
    units, weeks = sorted(record["posts"]), [date.fromisoformat(day) for day in record["weeks"]]
    assigned = np.array([[digit == "1" for digit in record["posts"][unit]] for unit in units])
    tips, did = _outcome(project, units, weeks)
    _, before = _weekly(project, weeks[0], length=len(weeks))
    size = np.array([before.get(unit, 0.0) for unit in units])
    found = analyse(tips, size, assigned, did, design=record["design"], level=goals.verdict.level)
    fewest = min(float(np.nansum(tips[assigned])), float(np.nansum(tips[~assigned])))
    if fewest < max(goals.disclosure.min_cell, MIN_CELL):
        found = found._replace(ratio=found.ratio._replace(value=None, low=None, high=None), p=None)
    return Analysis(experiment_id, record["design"], found, int((~np.isnan(tips)).any(0).sum()), len(weeks))


def _path(project: Project, experiment_id: str) -> Path:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]{0,63}", experiment_id):
        raise UsageError(
            f"`{experiment_id}` cannot be an experiment's id.", do="Use a letter, then letters, digits, - and _."
        )
    return project.root / "experiments" / f"{experiment_id}.yaml"


def _weekly(project: Project, before: date, length: int = 52) -> tuple[set[str], dict[str, float]]:
    """The measured units, and each one's mean tips in a week over the weeks read before a day."""
    with open_hardened(project.warehouse_path) as con:
        units = {row[0] for row in con.execute("select unit_id from marts.dim_unit where is_measured").fetchall()}
        means = con.execute(
            """
            select unit_id, avg(tips) from kpi.kpi_tips_unit_weeks
            where last_date < $before and first_date >= $first and last_date = first_date + 6 and tips is not null
            group by unit_id
            """,
            {"before": before, "first": before - timedelta(weeks=length)},
        ).fetchall()
    return units, {**dict.fromkeys(units, 0.0), **dict(means)}


def _outcome(project: Project, units: list[str], weeks: list[date]) -> tuple[Any, Any]:
    """Tips and whether there were posts, per unit and week; NaN where nobody knows."""
    tips, did = (np.full((len(units), len(weeks)), math.nan) for _ in range(2))
    with open_hardened(project.warehouse_path) as con:
        cells = con.execute(
            """
            select weeks.unit_id, weeks.week_start, sum(weeks.tips), count(*) filter (where weeks.tips is null),
                bool_and(weeks.is_activity_known), max(posts.posts)
            from kpi.kpi_tips_unit_weeks as weeks
            left join (
                select unit_id, cast(date_trunc('week', local_date) as date) as week_start, count(*) as posts
                from marts.dim_post group by all
            ) as posts on weeks.unit_id = posts.unit_id and weeks.week_start = posts.week_start
            group by all having sum(weeks.last_date - weeks.first_date + 1) = 7
            """
        ).fetchall()
    at = {unit: place for place, unit in enumerate(units)}
    when = {week: place for place, week in enumerate(weeks)}
    for unit, week, count, unread, is_known, posts in cells:
        if unit in at and week in when:
            tips[at[unit], when[week]] = math.nan if unread else float(count)
            did[at[unit], when[week]] = 1.0 if posts else 0.0 if is_known else math.nan
    return tips, did
