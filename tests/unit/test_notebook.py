"""The notebook runs without a browser, leaves gaps, draws over no break, and can change and read nothing else."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

pytest.importorskip("marimo", reason="the extra `notebook` is not installed")

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "explore.py"

SCHEMA = """
    create schema published;
    create table published.build as select timestamptz '2026-07-01 05:00:00Z' as as_of, '0.1.0' as code_version;
    create table published.goal_verdict as select 'tips' as goal_id, 'Tips' as label_en, false as is_guardrail;
    create table published.kpi_period as
        select 'T2' as kpi_id, null::varchar as variant, 'tips' as goal_id, unit_id, null::varchar as platform,
            'month' as grain, make_date(2026, month, 1) as period_start,
            last_day(make_date(2026, month, 1)) as period_end, value, value as low, value as high,
            'census' as interval_kind, 9 as n, case when value is null then 'missing' else 'measured' end as state,
            case when value is null then 'missing_data' else '' end as reasons
        from (values (1, 0::double), (2, 5), (3, null), (4, 6), (5, 7), (6, 8)) as months(month, value),
            (values (null), ('north')) as units(unit_id);
    create table published.series_break as
        select 'x' as platform, 'post' as scope, 'views' as metric, date '2026-06-01' as break_date,
            null::double as bridge_factor;
    create table published.post as
        select 'a' as post_id, 'x' as platform, 'north' as unit_id, timestamptz '2026-01-02 00:00Z' as published_at,
            'https://x.example/a' as permalink;
    create table published.post_goal as select 'a' as post_id, 'tips' as goal_id, 'rule' as method;
    create table published.post_at_age as
        select 'a' as post_id, 'views' as metric, 168 as age_hours, 7::double as value, 'measured' as state;
"""


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "data" / "published"
    folder.mkdir(parents=True)
    (tmp_path / "goals.yaml").touch()
    with duckdb.connect(folder / "syfte.duckdb") as con:
        con.execute(SCHEMA)
    return tmp_path


@pytest.fixture
def defined(project, monkeypatch):
    """What the notebook's cells define."""
    monkeypatch.setattr(sys, "argv", ["explore.py", "--project", str(project)])
    spec = importlib.util.spec_from_file_location("explore", NOTEBOOK)
    notebook = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(notebook)
    _, names = notebook.app.run()
    yield names
    names["con"].close()


def test_a_line_is_not_drawn_over_a_missing_month_nor_over_a_break(defined):
    series = defined["series"]
    assert series["value"].to_list() == [0, 5, None, 6, 7, 8]
    segments = series["segment"].to_list()
    assert segments[0] == segments[1]
    assert segments[3] == segments[4]
    assert len({segments[1], segments[3], segments[5]}) == 3, "March is missing, and a break begins June"


def test_the_table_and_the_chart_say_why_a_value_is_missing_and_the_posts_are_the_goals(defined):
    assert defined["kpis"].filter(state="missing")["reasons"].to_list() == ["missing_data"]
    [chart] = defined["charts"]
    layers = chart.to_dict()["layer"]
    assert [layer["mark"]["type"] for layer in layers] == ["rule", "line", "text", "rule"]
    assert defined["posts"]["value"].to_list() == [7]


def test_what_is_asked_in_sql_is_answered_and_neither_changes_nor_reads_anything_else(defined, project):
    assert defined["answer"]("select count(*) as n from published.post")["n"].to_list() == [1]
    for query in (
        "delete from published.post",
        f"copy (select 1) to '{project}/x.csv'",
        f"from read_text('{project}/goals.yaml')",
    ):
        assert type(defined["answer"](query)).__name__ == "_md", query
    assert not (project / "x.csv").exists()


def test_it_runs_as_a_script_from_anywhere(project, tmp_path):
    done = subprocess.run(
        [sys.executable, str(NOTEBOOK), "--project", str(project)],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(NOTEBOOK.parents[1])}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


def test_a_new_project_gets_it(tmp_path):
    from pipelines.run.initialise import init_project

    assert tmp_path / "p" / "notebooks" / "explore.py" in init_project(tmp_path / "p")
    assert (tmp_path / "p" / "notebooks" / "explore.py").read_bytes() == NOTEBOOK.read_bytes()
