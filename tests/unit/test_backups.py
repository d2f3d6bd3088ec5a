"""Where backups lie: each content once, nothing that is named removed, damage told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from pipelines.backups import BackupPlace, Index, Kept, last_made
from pipelines.errors import BusyError, StorageError

NOW = datetime(2026, 3, 1, 3, 30, tzinfo=UTC)


def made(place: BackupPlace, at: datetime, files: dict[str, bytes]) -> Index:
    kept = tuple(Kept(path=path, sha256=place.keep(text)[0], size=len(text)) for path, text in sorted(files.items()))
    index = Index(made_at=at, code_version="0", files=kept)
    place.add(index)
    return index


def objects(place: BackupPlace) -> int:
    return sum(path.is_file() for path in place.root.glob("objects/*/*"))


def test_content_is_kept_once_however_many_backups_and_paths_have_it(tmp_path):
    place = BackupPlace(tmp_path)
    made(place, NOW, {"a": b"1", "b": b"1"})
    made(place, NOW + timedelta(days=1), {"a": b"1", "c": b"2"})
    assert objects(place) == 2
    assert [k.path for k in place.newest().files] == ["a", "c"]
    assert last_made(tmp_path) == NOW + timedelta(days=1)


def test_old_backups_go_with_what_only_they_had_and_the_newest_stays_however_old(tmp_path):
    place = BackupPlace(tmp_path)
    made(place, NOW - timedelta(days=40), {"a": b"old", "b": b"both"})
    made(place, NOW - timedelta(days=36), {"b": b"both"})
    made(place, NOW - timedelta(days=1), {"b": b"both", "c": b"new"})
    made(place, NOW, {"b": b"both", "c": b"new"})
    assert place.prune(keep_days=35, now=NOW) == 2
    assert objects(place) == 2
    assert place.prune(keep_days=35, now=NOW + timedelta(days=400)) == 0  # a clock's word against two backups'
    made(place, NOW + timedelta(days=100), {"b": b"both", "c": b"new"})
    made(place, NOW + timedelta(days=101), {"b": b"both", "c": b"new"})
    assert place.prune(keep_days=35, now=NOW + timedelta(days=101)) == 2
    assert [place.content(kept) for kept in place.newest().files] == [b"both", b"new"]


def test_a_clock_that_was_ahead_for_a_night_makes_no_backup_old_and_its_own_is_not_the_newest(tmp_path):
    place = BackupPlace(tmp_path)
    now = datetime.now(UTC)
    for days in (30, 20, 1):
        made(place, now - timedelta(days=days), {"a": f"{days}".encode()})
    ahead = made(place, now + timedelta(days=300), {"a": b"ahead"})
    with time_machine.travel(ahead.made_at, tick=False):
        assert place.prune(keep_days=35, now=ahead.made_at) == 0
    last = made(place, now, {"a": b"last"})
    assert place.prune(keep_days=35, now=now) == 0
    assert (place.newest().name, len(place.names()), objects(place)) == (last.name, 5, 5)
    assert last_made(tmp_path) == last.made_at


def test_nothing_is_removed_while_an_index_cannot_be_read(tmp_path):
    place = BackupPlace(tmp_path)
    made(place, NOW - timedelta(days=40), {"a": b"old"})
    index = made(place, NOW, {"b": b"new"})
    path = tmp_path / "indexes" / f"{index.name}.json"
    content = path.read_bytes()
    path.write_bytes(content.replace(b"new", b"old") if b"new" in content else content[:-20] + b"x" + content[-19:])
    with pytest.raises(StorageError):
        place.prune(keep_days=35, now=NOW)
    assert objects(place) == 2
    assert place.newest().files[0].path == "a"  # the newest whole one


def test_a_damaged_object_is_told_with_its_path_and_never_given_out(tmp_path):
    place = BackupPlace(tmp_path)
    [kept] = made(place, NOW, {"data/landing/x": b"pages"}).files
    place.object_path(kept.sha256).write_bytes(b"pagez")
    assert place.fetch(kept.sha256) is None
    with pytest.raises(StorageError, match="data/landing/x"):
        place.content(kept)


def test_two_backups_are_not_made_at_once(tmp_path):
    with BackupPlace(tmp_path / "b").held(), pytest.raises(BusyError), BackupPlace(tmp_path / "b").held():
        pass


def test_a_backup_that_is_not_there_is_told_with_those_that_are(tmp_path):
    index = made(BackupPlace(tmp_path), NOW, {})
    with pytest.raises(StorageError, match="no such backup") as caught:
        BackupPlace(tmp_path).index("20200101")
    assert index.name in str(caught.value)
