"""Checksums beside files without their own: what is whole is never called changed, whatever was killed when."""

from __future__ import annotations

import duckdb
import pytest

from pipelines.warehouse import checksums
from pipelines.warehouse.checksums import NAME, announce, append, changed, digest, settle


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "a.parquet"
    path.write_bytes(b"first")
    settle(tmp_path, {path.name: digest(path)})
    return path


def test_a_changed_file_is_named_and_refused(file):
    assert changed([file]) == []
    file.write_bytes(b"firsT")
    assert changed([file]) == [file]
    with pytest.raises(duckdb.Error, match=r"a\.parquet is not what was written"):
        checksums.require_whole([file])


def test_killed_before_or_after_the_swap_either_file_is_whole(file, tmp_path):
    draft = tmp_path / "draft"
    draft.write_bytes(b"second")
    announce(tmp_path, {file.name: digest(draft)})
    assert changed([file]) == [], "killed before the swap"
    draft.replace(file)
    assert changed([file]) == [], "killed after the swap, before the old digest went"
    settle(tmp_path, {file.name: digest(file)})
    assert changed([file]) == []
    file.write_bytes(b"first")
    assert changed([file]) == [file], "the file before is no longer what should stand"


def test_a_line_that_a_kill_cut_off_is_no_part_of_the_next(file, tmp_path):
    (tmp_path / NAME).write_text((tmp_path / NAME).read_text() + "0123abc")
    other = tmp_path / "b.parquet"
    other.write_bytes(b"other")
    append(other, digest(other))
    assert changed([file, other]) == []
    other.write_bytes(b"others")
    assert changed([file, other]) == [other]


def test_a_file_of_an_earlier_version_that_nobody_wrote_down_is_not_called_changed(tmp_path):
    path = tmp_path / "old.parquet"
    path.write_bytes(b"old")
    assert changed([path]) == []
