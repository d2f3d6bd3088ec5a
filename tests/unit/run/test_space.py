"""A run starts only where there is twice the space that the last one took."""

from __future__ import annotations

import shutil
from types import SimpleNamespace

import pytest

from pipelines.errors import StorageError
from pipelines.project import Project
from pipelines.run.space import FLOOR, measure_growth, needed_space, note_import, require_space


@pytest.fixture
def project(tmp_path):
    (tmp_path / "data").mkdir()
    return Project(tmp_path)


def free(monkeypatch, size: int) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: SimpleNamespace(free=size))


def grow(project: Project, size: int) -> None:
    with (project.data / "warehouse.duckdb").open("ab") as file:
        file.truncate(file.tell() + size)


def test_twice_the_growth_between_two_publications_must_be_free(project, monkeypatch):
    grow(project, 10_000_000)
    measure_growth(project)
    assert needed_space(project) == FLOOR, "the first run's growth is not known"
    grow(project, 300_000_000)
    measure_growth(project)
    assert needed_space(project) == pytest.approx(600_000_000, rel=1e-3)
    free(monkeypatch, 700_000_000)
    require_space(project)
    free(monkeypatch, 500_000_000)
    with pytest.raises(StorageError) as raised:
        require_space(project)
    assert raised.value.what == "There is too little space to start: 500 MB are free, 600 MB are needed."
    assert raised.value.where == str(project.data)


def test_before_the_first_run_and_after_one_that_took_little_the_floor_holds(project, monkeypatch):
    free(monkeypatch, FLOOR - 1)
    with pytest.raises(StorageError):
        require_space(project)
    free(monkeypatch, FLOOR)
    require_space(project)
    measure_growth(project)
    measure_growth(project)
    require_space(project)


def test_a_damaged_measurement_is_as_none(project):
    (project.data / "growth.json").write_bytes(b"{")
    assert needed_space(project) == FLOOR


def test_data_that_became_smaller_did_not_grow(project):
    grow(project, 900_000_000)
    measure_growth(project)
    (project.data / "warehouse.duckdb").unlink()
    measure_growth(project)
    assert needed_space(project) == FLOOR


def test_an_import_is_no_run_and_what_follows_it_must_not_be_free_twice(project):
    for size in (10_000_000, 300_000_000):
        grow(project, size)
        measure_growth(project)
    needed = needed_space(project)
    note_import(project)
    grow(project, 5_000_000_000)  # the landed files, and what the next publication makes of them
    measure_growth(project)
    assert needed_space(project) == needed
    grow(project, 200_000_000)
    measure_growth(project)
    assert needed_space(project) == pytest.approx(400_000_000, rel=1e-3), "the run after is measured again"


def test_measuring_removes_the_drafts_of_processes_that_are_gone(project):
    """A run that does not pull sweeps nowhere else."""
    dead = project.data / ".growth.json.4194304.part"
    dead.parent.mkdir(parents=True, exist_ok=True)
    dead.write_bytes(b"{")
    measure_growth(project)
    assert not dead.exists()
