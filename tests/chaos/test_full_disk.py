"""R4: a real file system that is full, in the middle of a run and before it."""

from __future__ import annotations

import os
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from pipelines.project import Project
from pipelines.warehouse.connection import open_hardened, open_writer
from tests.chaos.lives import warm_process
from tests.chaos.test_every_write import assert_sound
from tests.chaos.truth import DATABASE
from tests.chaos.worlds import small_world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.chaos, pytest.mark.slow, pytest.mark.promise("R4")]

SIZE = 400_000_000
LEFT = (1_000_000, 20_000_000, 60_000_000)
"""Bytes left in the middle of a run: too few for what is published, for the models, or for a part of either."""


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    folder.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        pytest.skip(f"a file system may not be mounted here: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path, *, left: int) -> Path:
    ballast = folder / "ballast"
    stat = os.statvfs(folder)
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, stat.f_bavail * stat.f_frsize - left)
    return ballast


def as_of(project: Path) -> object:
    with open_hardened(project / DATABASE) as con:
        return con.execute("select max(as_of) from published.goal_verdict").fetchall()


def test_a_full_disk_refuses_a_run_and_ends_one_without_harm(tmp_path, chaos, figure):
    with small_disk(tmp_path / "disk") as disk, small_world() as served, warm_process() as warm:
        project = disk / "project"
        served.on_day(0, project)
        ballast = fill(disk, left=50_000_000)
        refused = warm.begin("run", project)
        assert refused.end() == 3
        assert refused.error is not None
        assert "too little space to start: 50 MB are free, 100 MB are needed" in refused.error[1]
        assert not list((project / "data").rglob("*.duckdb"))
        ballast.unlink()
        warm.finish("run", project)
        before = as_of(project)
        served.on_day(1, project)
        told = 0
        for left in chaos.pick(short=LEFT[:1], full=LEFT):
            for work in ("build everything", "publish") if left > LEFT[0] else ("publish",):
                with open_writer(Project(project).warehouse_path) as con:
                    con.execute("delete from ops.copies")  # else nothing is written that stands already
                ballast = fill(disk, left=left)
                life = warm.begin(work, project)
                code = life.end()
                told += code == 3
                assert code in (0, 3), life.error
                ballast.unlink()
                assert_sound(project)
                assert as_of(project) == before
        assert told
        warm.finish("run", project)
        assert as_of(project) > before
        figure("runs that a full file system ended or refused", told + 1)
