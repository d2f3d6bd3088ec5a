"""Drafts of the dead go, those of the living stay."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from pipelines.drafts import draft_of, sweep_drafts


@pytest.mark.skipif(os.name != "posix", reason="elsewhere only a draft's age is known")
def test_a_draft_whose_process_is_gone_is_removed_and_that_of_a_live_one_stays(tmp_path):
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    folder = tmp_path / "landing" / "demo"
    folder.mkdir(parents=True)
    dead = folder / f".page.zst.{gone.pid}.part"
    alive = draft_of(folder / "page.zst")
    for draft in (dead, alive):
        draft.write_bytes(b"half")
    assert sweep_drafts(tmp_path) == [dead]
    assert alive.exists()


def test_a_draft_of_another_machine_stays_until_it_is_old_whatever_its_number_is_here(tmp_path):
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    own = draft_of(tmp_path / "page.zst").name.replace(f"-{os.getpid()}.", f"-{gone.pid}.")
    machine = own.split(".")[-2].split("-")[0]
    for name in (own, own.replace(machine, "0" * 8)):
        (tmp_path / name).write_bytes(b"half")
    assert sweep_drafts(tmp_path) == [tmp_path / own]
    other = tmp_path / own.replace(machine, "0" * 8)
    os.utime(other, (1, 1))
    assert sweep_drafts(tmp_path) == [other]


def test_a_draft_that_nobody_has_touched_for_hours_is_removed_whoever_bears_its_number_now(tmp_path):
    old = draft_of(tmp_path / "page.zst")
    old.write_bytes(b"half")
    os.utime(old, (1, 1))
    assert sweep_drafts(tmp_path) == [old]


def test_what_is_no_draft_stays(tmp_path):
    for name in ("page.zst", ".hidden", "notes.part"):
        (tmp_path / name).write_bytes(b"whole")
    assert sweep_drafts(tmp_path) == []
