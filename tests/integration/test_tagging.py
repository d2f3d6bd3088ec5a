"""Tags as a person gives them: they win, they survive, they can be taken back, and mistakes are told."""

from __future__ import annotations

import json

import pytest

from pipelines import run
from pipelines.project import Project
from tests.integration.projects import plain_project, syfte, three_parts

POSTS = """post_id,account_id,published_at,text,permalink
x:1,x:9,2025-03-01T10:00:00Z,Vittnen till olyckan sökes,https://x.com/1
x:2,x:9,2025-03-02T10:00:00Z,Glad påsk,https://x.com/2
x:3,x:9,2025-03-03T10:00:00Z,,https://x.com/3
"""
NOW = "2026-02-01T09:00:00Z"


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.setenv("SYFTE_NOW", NOW)
    folder = plain_project(tmp_path / "p")
    (tmp_path / "posts.csv").write_text(POSTS, encoding="utf-8")
    found = Project(folder)
    run.import_files(found, [tmp_path / "posts.csv"])
    run.run_project(found, pull=False)
    return found


def goals_of(project):
    with run.open_published(project) as con:
        query = "select post_id, goal_id, method, weight from published.post_goal order by all"
        return con.execute(query).fetchall()


def matching(project):
    with run.open_published(project) as con:
        return con.execute("select goal_id, method, posts, platform_posts from published.goal_matching").fetchall()


def test_a_tag_wins_survives_a_rebuild_and_can_be_taken_back_although_the_clock_stands_still(project):
    assert goals_of(project) == [("x:1", "tips", "rule", 1.0)]
    assert matching(project) == [("tips", "rule", 1, 3), (None, "none", 2, 3)]
    run.tag_post(project, "x:2", "insight", "include", weight=0.5)
    run.tag_post(project, "x:1", "tips", "exclude")
    run.rebuild(project)
    assert goals_of(project) == [("x:2", "insight", "manual", 0.5)]
    run.tag_post(project, "x:1", "tips", "withdrawn")
    run.tag_post(project, "x:2", "insight", "exclude")
    run.tag_post(project, "x:2", "insight", "include", weight=0.5)
    run.run_project(project, pull=False)
    assert goals_of(project) == [("x:1", "tips", "rule", 1.0), ("x:2", "insight", "manual", 0.5)]


def test_the_command_tells_of_a_goal_or_a_post_that_is_not_there_and_lists_what_serves_nothing(project):
    unmatched = json.loads(syfte(project.root, "tags", "unmatched", "--format", "json", SYFTE_NOW=NOW).stdout)
    assert [(row["post_id"], row["text"]) for row in unmatched] == [("x:3", None), ("x:2", "Glad påsk")]
    done = syfte(project.root, "tag", "x:2", "tip", SYFTE_NOW=NOW)
    assert done.returncode == 2
    what, _, do = three_parts(done.stderr)
    assert "no goal `tip`" in what
    assert "`tips`" in do
    done = syfte(project.root, "tag", "x:77", "tips", SYFTE_NOW=NOW)
    assert (done.returncode, "No post `x:77`" in done.stderr) == (2, True)
    done = syfte(project.root, "tag", "x:2", "tips", "--weight", "1.5", SYFTE_NOW=NOW)
    assert (done.returncode, "above 0, at most 1" in done.stderr) == (2, True)
    done = syfte(project.root, "tag", "x:2", "tips", SYFTE_NOW=NOW)
    assert (done.returncode, done.stdout) == (0, "x:2 serves tips\n")


def test_an_imported_sheet_of_tags_counts_and_tells_what_it_names_that_nobody_knows(project, tmp_path):
    sheet = tmp_path / "tags.csv"
    sheet.write_text("post_id;goal_id;decision\nx:2;prevention;include\nx:8;tips;include\nx:3;tipps;include\n", "utf-8")
    done = syfte(project.root, "import", sheet, SYFTE_NOW=NOW)
    assert done.returncode == 0, done.stderr
    assert "goals that goals.yaml does not have: tipps" in done.stderr
    assert "1 posts that have not been read" in done.stderr
    run.run_project(project, pull=False)
    assert goals_of(project) == [("x:1", "tips", "rule", 1.0), ("x:2", "prevention", "manual", 1.0)]
