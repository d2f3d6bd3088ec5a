"""Tags as a person gives them: they win, they survive, they can be taken back, and mistakes are told."""

from __future__ import annotations

import csv
import json
import random
import shutil

import pytest

from pipelines import run
from pipelines.errors import ConfigurationError
from pipelines.project import Project
from tests.integration.projects import ROOT, plain_project, syfte, three_parts

POSTS = """post_id,account_id,published_at,text,permalink
x:1,x:9,2025-03-01T10:00:00Z,Vittnen till olyckan sökes,https://x.com/1
x:2,x:9,2025-03-02T10:00:00Z,Glad påsk,https://x.com/2
x:3,x:9,2025-03-03T10:00:00Z,,https://x.com/3
"""
NOW = "2026-02-01T09:00:00Z"


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """A project with three posts, run once; each test has a copy."""
    folder = tmp_path_factory.mktemp("ran")
    (folder / "posts.csv").write_text(POSTS, encoding="utf-8")
    found = Project(plain_project(folder / "p"))
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("SYFTE_NOW", NOW)
        run.import_files(found, [folder / "posts.csv"])
        run.run_project(found, pull=False, report=False)
    return found


@pytest.fixture
def project(ran, tmp_path, monkeypatch):
    monkeypatch.setenv("SYFTE_NOW", NOW)
    return Project(shutil.copytree(ran.root, tmp_path / "p"))


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
    run.run_project(project, pull=False, report=False)
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
    run.run_project(project, pull=False, report=False)
    assert goals_of(project) == [("x:1", "tips", "rule", 1.0), ("x:2", "prevention", "manual", 1.0)]


def filled(path, name, column, words):
    """A coder's copy of the sheet, saved with semicolons as a Swedish spreadsheet does."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    copy = path.with_name(name)
    with copy.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter=";")
        writer.writeheader()
        writer.writerows({**row, column: words.get(row["post_id"], "")} for row in rows)
    return copy


def test_a_blind_sheet_comes_back_from_two_coders_and_the_rules_get_their_score(project, tmp_path):
    sheet = tmp_path / "sheet.csv"
    done = syfte(project.root, "tags", "sample", "--n", "3", "--seed", "7", "--out", sheet, SYFTE_NOW=NOW)
    assert done.returncode == 0, done.stderr
    assert "3 of 3 posts" in done.stderr
    text = sheet.read_text(encoding="utf-8-sig")
    assert text.startswith("sample_id,post_id,permalink,published_at,text,coder_a,coder_b,adjudicated\n")
    assert "rule" not in text
    again = tmp_path / "again.csv"
    run.draw_sample(project, again, n=2, seed=7)
    assert [line.split(",")[1] for line in again.read_text("utf-8-sig").splitlines()] == [
        line.split(",")[1] for line in text.splitlines()[:3]
    ]
    one = filled(sheet, "a.csv", "coder_a", {"x:1": "tips", "x:2": "None", "x:3": "insight, tips"})
    two = filled(sheet, "b.csv", "coder_b", {"x:1": "Tips", "x:2": "none", "x:3": "none"})
    done = syfte(project.root, "tags", "score", one, two, SYFTE_NOW=NOW)
    assert (done.returncode, done.stdout) == (0, "3 posts coded by both, 0 by one only\n"), done.stderr
    run.rebuild(project)
    with run.open_published(project) as con:
        query = "select goal_id, posts, precision, recall, agreement, unresolved from published.goal_coding order by 1"
        found = {row[0]: row[1:] for row in con.execute(query).fetchall()}
    shown = syfte(project.root, "scorecard", "--format", "markdown", "--lang", "en", SYFTE_NOW=NOW).stdout
    assert "rules: precision / recall | 1.000 / 0.500 |" in shown
    assert found["tips"] == (3, 1.0, 0.5, pytest.approx(2 / 3), 1)
    assert found["insight"] == (3, None, 0.0, pytest.approx(2 / 3), 1)
    assert found["prevention"] == (3, None, None, 1.0, 0)


def test_a_sheet_with_a_word_that_is_no_goal_or_a_post_that_was_not_drawn_is_refused_by_its_line(project, tmp_path):
    sheet = tmp_path / "sheet.csv"
    run.draw_sample(project, sheet, n=3, seed=7)
    done = syfte(project.root, "tags", "score", filled(sheet, "a.csv", "coder_a", {"x:2": "tipps"}), SYFTE_NOW=NOW)
    assert done.returncode == 8
    assert "`tipps` is no goal" in three_parts(done.stderr)[0]
    strange = tmp_path / "strange.csv"
    strange.write_text("sample_id,post_id,coder_a\nother,x:1,tips\n", encoding="utf-8")
    assert "was not drawn" in syfte(project.root, "tags", "score", strange, SYFTE_NOW=NOW).stderr
    strange.write_text("post_id,coder_a\nx:1,tips\n", encoding="utf-8")
    assert "no sheet of a blind coding" in syfte(project.root, "tags", "score", strange, SYFTE_NOW=NOW).stderr
    other = filled(sheet, "b.csv", "coder_a", {"x:2": "none"})
    done = syfte(
        project.root, "tags", "score", filled(sheet, "a.csv", "coder_a", {"x:2": "tips"}), other, SYFTE_NOW=NOW
    )
    assert "Two sheets differ" in done.stderr
    done = syfte(project.root, "tags", "sample", "--out", sheet, SYFTE_NOW=NOW)
    assert (done.returncode, "The file exists" in done.stderr) == (2, True)


def many_posts(tmp_path, project):
    """Posts of two kinds in words that no rule knows; half of each are tagged."""
    words = [
        "olycka",
        "brand",
        "centrum",
        "hamnen",
        "natten",
        "tåget",
        "parken",
        "skolan",
        "cykeln",
        "torget",
        "söndag",
        "bron",
        "stigen",
        "huset",
        "porten",
    ]
    posts, tags = ["post_id,account_id,published_at,text"], ["post_id,goal_id,decision"]
    for n in range(100):
        kind = "Hör av er som såg" if n % 2 else "Hälsning till alla i"
        posts.append(f"x:1{n:02},x:9,2025-05-01T10:00:00Z,{kind} {' '.join(random.Random(n).choices(words, k=6))}")
        if n < 60:
            tags.append(f"x:1{n:02},tips,{'include' if n % 2 else 'exclude'}")
    (tmp_path / "many.csv").write_text("\n".join(posts), encoding="utf-8")
    (tmp_path / "tags.csv").write_text("\n".join(tags), encoding="utf-8")
    run.import_files(project, [tmp_path / "many.csv", tmp_path / "tags.csv"])
    run.run_project(project, pull=False, report=False)


def test_suggestions_go_to_a_sheet_and_count_only_when_a_person_has_confirmed_them(project, tmp_path):
    done = syfte(project.root, "tags", "suggest", "--out", tmp_path / "none.csv", SYFTE_NOW=NOW)
    assert done.returncode == 2
    assert "No goal has 20 different texts" in three_parts(done.stderr)[0]
    many_posts(tmp_path, project)
    before = goals_of(project)
    sheet = tmp_path / "suggested.csv"
    done = syfte(project.root, "tags", "suggest", "--out", sheet, SYFTE_NOW=NOW)
    assert done.returncode == 0, done.stderr
    assert "not learnt  insight" in done.stderr
    with sheet.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["post_id"] for row in rows} >= {f"x:1{n}" for n in range(61, 100, 2)}
    assert {(row["goal_id"], row["decision"]) for row in rows} == {("tips", "")}
    run.run_project(project, pull=False, full=True, report=False)
    assert goals_of(project) == before
    assert syfte(project.root, "import", sheet, SYFTE_NOW=NOW).returncode == 9  # nothing was confirmed
    confirmed = filled(sheet, "confirmed.csv", "decision", {"x:161": "include"})
    assert syfte(project.root, "import", confirmed, SYFTE_NOW=NOW).returncode == 0
    run.run_project(project, pull=False, report=False)
    assert set(goals_of(project)) - set(before) == {("x:161", "tips", "manual", 1.0)}


def test_no_model_and_no_kpi_knows_of_suggestions():
    for path in [*(ROOT / "sql").rglob("*.sql"), *(ROOT / "pipelines" / "warehouse").glob("*.py")]:
        text = path.read_text(encoding="utf-8")
        assert "suggest" not in text.replace("Try using", ""), path
        assert "pipelines.tagging" not in text, path


def test_without_the_extra_it_says_what_to_install(project, tmp_path, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda *_: None)
    with pytest.raises(ConfigurationError, match="scikit-learn") as told:
        run.suggest(project, tmp_path / "s.csv")
    assert "syfte[suggest]" in str(told.value)
