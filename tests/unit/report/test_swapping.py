"""A folder that is swapped in whole: the old one or the new one, whatever happens in between."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from pipelines.report import swapping
from pipelines.report.swapping import write_folder


def held(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_a_folder_holds_what_was_written_and_nothing_of_before(tmp_path):
    folder = tmp_path / "report"
    write_folder(folder, {"a/b.html": b"1", "gone.html": b"1"})
    write_folder(folder, {"a/b.html": b"2"})
    assert held(folder) == {"a/b.html": b"2"}
    assert [p.name for p in tmp_path.iterdir()] == ["report"]


def test_a_write_that_fails_leaves_the_folder_as_it_was(tmp_path):
    folder = tmp_path / "report"
    write_folder(folder, {"a.html": b"1"})
    with pytest.raises(OSError, match=r"a\.html"):
        write_folder(folder, {"a.html": b"2", "a.html/b": b"2"})
    assert held(folder) == {"a.html": b"1"}
    write_folder(folder, {"a.html": b"3"})
    assert held(folder) == {"a.html": b"3"}
    assert [p.name for p in tmp_path.iterdir()] == ["report"]


def test_where_folders_cannot_be_exchanged_a_kill_between_two_renames_is_healed(tmp_path, monkeypatch):
    monkeypatch.setattr(swapping.sys, "platform", "other")
    folder = tmp_path / "report"
    write_folder(folder, {"a.html": b"1"})
    write_folder(folder, {"a.html": b"2"})
    assert held(folder) == {"a.html": b"2"}
    folder.rename(tmp_path / ".report.old")  # as a kill would leave it
    with pytest.raises(OSError, match="b"):
        write_folder(folder, {"b": b"", "b/c": b""})
    assert held(folder) == {"a.html": b"2"}


@pytest.mark.skipif(not swapping.sys.platform.startswith("linux"), reason="only Linux exchanges folders in one step")
def test_a_reader_never_finds_no_page_and_never_half_of_one(tmp_path):
    folder = tmp_path / "report"
    write_folder(folder, {"page": b"0" * 5000})
    seen: list[bytes] = []
    errors: list[OSError] = []
    done = threading.Event()

    def read():
        while not done.is_set():
            try:
                seen.append((folder / "page").read_bytes())
            except OSError as error:
                errors.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(1, 40):
        write_folder(folder, {"page": str(number % 10).encode() * 5000})
    done.set()
    reader.join()
    assert errors == []
    assert len(seen) > 40
    assert all(len(page) == 5000 and len(set(page)) == 1 for page in seen)
