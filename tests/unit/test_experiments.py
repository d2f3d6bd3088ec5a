"""Experiments: the lot is written down before the start, never twice, and read as it was drawn."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import duckdb
import numpy as np
import pytest
import yaml

from pipelines.errors import InputError, UsageError
from pipelines.project import Project
from pipelines.run.experimenting import analyse_experiment, plan_experiment

START = dt.date(2025, 6, 2)
UNITS = [f"u{n:02}" for n in range(12)]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Twelve units with fifty tips a week over two years; the clock stands before the start."""
    monkeypatch.setenv("SYFTE_NOW", "2025-05-20T06:00:00+00:00")
    shutil.copy(Path(__file__).parents[2] / "goals.yaml", tmp_path)
    found = Project(tmp_path)
    found.warehouse_path.parent.mkdir()
    with duckdb.connect(found.warehouse_path) as con:
        con.execute("create schema marts; create schema kpi")
        con.execute("create table marts.dim_unit (unit_id varchar, is_measured boolean)")
        con.executemany("insert into marts.dim_unit values (?, true)", [[unit] for unit in UNITS])
        con.execute("create table marts.dim_post (unit_id varchar, local_date date)")
        con.execute(
            """
            create table kpi.kpi_tips_unit_weeks as
            select unit_id, cast(week as date) as week_start, cast(week as date) as first_date,
                cast(week as date) + 6 as last_date, 50 as tips, true as is_activity_known
            from marts.dim_unit, generate_series(date '2024-01-01', date '2025-12-22', interval 7 day) as weeks (week)
            """
        )
    return found


def plan(project: Project, name: str = "spring", **changed: object):
    given = {"goal": "tips", "design": "switchback", "start": START, "weeks": 10, "seed": 7, **changed}
    return plan_experiment(project, name, **given)  # pyright: ignore[reportArgumentType]  # a test changes one of them


def test_a_lot_is_written_with_its_seed_and_what_it_can_tell(project: Project) -> None:
    found = plan(project)
    record = yaml.safe_load(found.path.read_text(encoding="utf-8"))
    assert (found.cells, found.posting, found.tips) == (120, 60, 6000)
    assert found.detectable == pytest.approx(np.exp(2.8016 * np.sqrt(2 / 3000)), rel=1e-4)
    assert record["seed"] == 7
    assert record["drawn_at"] == "2025-05-20T06:00:00+00:00"
    assert record["weeks"][0] == "2025-06-02"
    assert all(digits.count("1") == 5 for digits in record["posts"].values())
    again = plan(project, "again")
    assert yaml.safe_load(again.path.read_text(encoding="utf-8"))["posts"] == record["posts"]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, "drawn already"),
        ({"name": "a b"}, "cannot be an experiment's id"),
        ({"name": "n", "goal": "money"}, "no goal"),
        ({"name": "n", "start": START + dt.timedelta(days=1)}, "no Monday"),
        ({"name": "n", "start": dt.date(2025, 5, 19)}, "no Monday to come"),
        ({"name": "n", "units": ["u01", "nowhere"]}, "cannot be drawn among: nowhere"),
        ({"name": "n", "units": ["u01"]}, "nothing to draw among"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_and_nothing_written(project: Project, changed, said: str) -> None:
    plan(project)
    with pytest.raises(UsageError, match=said):
        plan(project, **changed)
    assert [path.name for path in (project.root / "experiments").iterdir()] == ["spring.yaml"]


def test_the_answer_follows_the_lot_and_says_how_far_it_was_followed(project: Project) -> None:
    path = plan(project).path
    posts = yaml.safe_load(path.read_text(encoding="utf-8"))["posts"]
    with duckdb.connect(project.warehouse_path) as con:
        for unit, digits in posts.items():
            for week, digit in enumerate(digits):
                monday = START + dt.timedelta(weeks=week)
                if digit == "1":
                    con.execute(
                        "update kpi.kpi_tips_unit_weeks set tips = 60 where unit_id = ? and week_start = ?",
                        [unit, monday],
                    )
                    if unit != "u00":  # who did not follow the lot
                        con.execute("insert into marts.dim_post values (?, ?)", [unit, monday + dt.timedelta(days=3)])
        con.execute("update kpi.kpi_tips_unit_weeks set tips = null where week_start = '2025-08-04'")
    told = analyse_experiment(project, "spring")
    assert told.found.ratio.value == pytest.approx(1.2, abs=1e-6)
    assert told.found.ratio.low is not None
    assert told.found.ratio.low <= 1.2
    assert told.found.p == pytest.approx(1 / 2000)
    assert (told.weeks_read, told.weeks) == (9, 10)
    followed = sum(digit == "1" for digit in posts["u00"][:9])
    assert told.found.compliance == pytest.approx(1 - followed / 108)


def test_a_lot_changed_by_hand_is_not_analysed(project: Project) -> None:
    path = plan(project).path
    path.write_text(path.read_text(encoding="utf-8").replace("seed: 7", "seed: 8"), encoding="utf-8")
    with pytest.raises(InputError, match="changed after the lot was drawn"):
        analyse_experiment(project, "spring")
    with pytest.raises(UsageError, match="no such experiment"):
        analyse_experiment(project, "summer")


def test_few_tips_are_not_shown(project: Project) -> None:
    plan(project)
    with duckdb.connect(project.warehouse_path) as con:
        con.execute("update kpi.kpi_tips_unit_weeks set tips = case when unit_id = 'u00' then 1 else 0 end")
        con.execute("update kpi.kpi_tips_unit_weeks set tips = 0 where week_start >= '2025-06-16'")
    told = analyse_experiment(project, "spring")
    assert told.found.ratio.value is None
    assert told.found.p is None
