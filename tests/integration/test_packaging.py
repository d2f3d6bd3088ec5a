"""What is in the wheel and in the sdist: all that works outside the clone, and nothing that must stay."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Both distributions, built by the hatchling of the lock, without an index."""
    target = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-t", "sdist", "-d", str(target)]
    subprocess.run(
        build, cwd=ROOT, check=True, capture_output=True, env={**os.environ, "SOURCE_DATE_EPOCH": "1767225600"}
    )
    return target


@pytest.fixture(scope="module")
def wheel(built):
    [path] = built.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_wheel_carries_every_sql_model_and_seed_as_it_is_in_the_tree(wheel):
    tree = {p.relative_to(ROOT / "sql").as_posix(): p.read_bytes() for p in (ROOT / "sql").rglob("*") if p.is_file()}
    carried = {name.removeprefix("pipelines/_sql/"): content for name, content in wheel.items() if "/_sql/" in name}
    assert carried == tree
    assert sum(name.endswith(".sql") for name in carried) > 20


def test_the_wheel_carries_the_example_project(wheel):
    for name in ("goals.yaml", "dagster.yaml"):
        assert wheel[f"pipelines/_project/{name}"] == (ROOT / name).read_bytes()


def test_the_wheel_carries_every_file_of_the_package(wheel):
    listed = subprocess.run(["git", "ls-files", "pipelines"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    committed = {name for name in listed.stdout.splitlines() if (ROOT / name).is_file()}
    assert committed - set(wheel) == set()


def test_the_wheel_holds_nothing_but_the_package_its_licence_and_its_metadata(wheel):
    assert {name.split("/")[0] for name in wheel} == {"pipelines", "syfte-0.1.0.dist-info"}
    assert any(name.endswith("licenses/LICENSE") for name in wheel)
    assert not [name for name in wheel if name.endswith((".pyc", ".env", ".duckdb"))]


def test_the_command_is_installed(wheel):
    assert b"syfte = pipelines.cli:main" in wheel["syfte-0.1.0.dist-info/entry_points.txt"]


def test_the_sdist_builds_the_same_wheel_and_leaves_data_and_environment_out(built, wheel, tmp_path):
    [path] = built.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        archive.extractall(tmp_path, filter="data")
    [tree] = tmp_path.iterdir()
    assert {"data", ".venv", ".env"}.isdisjoint(p.name for p in tree.iterdir())
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "again")]
    subprocess.run(build, cwd=tree, check=True, capture_output=True)
    [again] = (tmp_path / "again").glob("*.whl")
    with zipfile.ZipFile(again) as archive:
        assert set(archive.namelist()) == set(wheel)
