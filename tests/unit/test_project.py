"""Which directory is the project."""

from __future__ import annotations

from pipelines.project import Project


def test_the_project_is_the_nearest_directory_upwards_with_goals(tmp_path):
    (tmp_path / "goals.yaml").touch()
    inner = tmp_path / "data" / "landing"
    inner.mkdir(parents=True)
    assert Project.find(inner).root == tmp_path
    (inner / "goals.yaml").touch()
    assert Project.find(inner).root == inner


def test_a_named_directory_wins_over_the_current_one_but_not_over_one_that_is_given(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SYFTE_PROJECT_DIR", str(tmp_path / "other"))
    assert Project.find().root == tmp_path / "other"
    assert Project.find(tmp_path).root == tmp_path


def test_without_goals_anywhere_the_directory_itself_is_taken(tmp_path, monkeypatch):
    monkeypatch.delenv("SYFTE_PROJECT_DIR", raising=False)
    monkeypatch.chdir(tmp_path)
    assert Project.find().root == tmp_path
