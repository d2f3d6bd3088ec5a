"""Whether an object store has all that it names: cut, changed or gone objects are told, and none that is whole."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from fsspec.implementations.memory import MemoryFileSystem

from pipelines.landing import Landing
from pipelines.objects import verifying
from pipelines.objects.fetching import fetch
from pipelines.objects.location import Location
from pipelines.objects.shipping import ship
from pipelines.objects.store import Store
from pipelines.objects.tables import write_tables
from pipelines.objects.verifying import verify_landing, verify_tables
from tests.unit.objects.landings import erase, land

RUNS = [f"20251120T0{number}0000000000Z-aaaaaa" for number in range(3)]
AS_OF = datetime(2026, 1, 5, 5, 15, tzinfo=UTC)

DAMAGE = {"cut": lambda content: content[:-1], "changed": lambda content: b"#" + content[1:], "gone": None}


@pytest.fixture
def store():
    return Store(Location(f"memory://{uuid4().hex}"))


@pytest.fixture
def landing(tmp_path, store):
    """One that was shipped, something of it erased and shipped again."""
    landing = Landing(tmp_path / "here" / "landing")
    land(landing, RUNS[0], "1_1", "1_2")
    land(landing, RUNS[1], "1_3")
    ship(landing, store)
    erase(landing, "facebook:1_1")
    ship(landing, store)
    return landing


@pytest.fixture
def published(tmp_path, store):
    files = {f"{name}.parquet": tmp_path / f"{name}.parquet" for name in ("post", "build")}
    for path in files.values():
        path.write_text(f"rows of {path.stem}", encoding="utf-8")
    return write_tables(store, files, as_of=AS_OF, rows={"post": 3, "build": 1}).present


def damaged(store, name, how):
    """Damage an object; gives back what mends it."""
    path = f"{store.url.removeprefix('memory:/')}/{name}"
    content = MemoryFileSystem.store[path].getvalue()
    if DAMAGE[how] is None:
        MemoryFileSystem().rm_file(path)
    else:
        MemoryFileSystem().pipe_file(path, DAMAGE[how](content))
    return lambda: MemoryFileSystem().pipe_file(path, content)


def names(store):
    root = f"{store.url.removeprefix('memory:/')}/"
    return [path.removeprefix(root) for path in MemoryFileSystem.store if path.startswith(root)]


@pytest.mark.promise("R3")
@pytest.mark.parametrize("how", DAMAGE)
def test_every_object_of_a_landing_that_is_cut_changed_or_gone_is_named_and_no_other(store, landing, how):
    named = [name for name in names(store) if not name.startswith("heads/")]
    assert len(named) == 6  # two segments, their manifests, the log of erasures and its key
    for check in (False, True):
        assert verify_landing(landing, store, check=check).problems == ()
        assert verify_landing(landing, store, check=check).objects == len(named)
    for name in named:
        mend = damaged(store, name, how)
        [problem] = verify_landing(landing, store, check=True).problems
        assert f"{store.url}/{name}" in problem
        by_size = verify_landing(landing, store).problems
        is_unseen = how == "changed" and name.endswith(".zst")
        assert bool(by_size) != is_unseen, "a size does not tell a page that was changed; everything else is told"
        mend()
    assert verify_landing(landing, store, check=True).problems == ()


def test_where_a_file_here_is_the_damaged_one_or_is_not_here_the_content_there_tells(store, landing, tmp_path):
    for segment in landing.root.glob("*/*/*.zst"):
        segment.write_bytes(b"x")
    assert verify_landing(landing, store).problems == ()
    elsewhere = Landing(tmp_path / "elsewhere" / "landing")
    assert verify_landing(elsewhere, store).problems == ()
    [name, _] = [name for name in names(store) if name.endswith(".zst")]
    damaged(store, name, "changed")
    assert verify_landing(elsewhere, store).problems == (
        f"An object is not what was written: its SHA-256 differs. ({store.url}/{name})",
    )


def test_what_another_machine_ships_meanwhile_is_no_damage(store, landing, tmp_path, monkeypatch):
    elsewhere = Landing(tmp_path / "elsewhere" / "landing")
    fetch(elsewhere, store)
    land(elsewhere, RUNS[2], "1_4")
    erase(elsewhere, "facebook:1_3")
    original = verifying.read_log

    def meanwhile(*arguments):
        monkeypatch.setattr(verifying, "read_log", original)
        ship(elsewhere, Store(store._location))
        return original(*arguments)

    monkeypatch.setattr(verifying, "read_log", meanwhile)
    assert verify_landing(landing, store).problems == ()


def test_a_place_where_nothing_was_shipped_or_published_is_told(store, tmp_path):
    assert verify_landing(Landing(tmp_path), store).problems == (f"Nothing was shipped. ({store.url})",)
    assert verify_tables(store).problems == (f"Nothing was published. ({store.url})",)


@pytest.mark.promise("R3")
@pytest.mark.parametrize("how", DAMAGE)
def test_every_table_that_is_cut_changed_or_gone_is_named(store, published, how):
    for table in published.tables.values():
        for check in (False, True):
            assert verify_tables(store, check=check).problems == ()
            mend = damaged(store, table.file, how)
            found = verify_tables(store, check=check)
            assert found.objects == 2
            is_told = check or how != "changed"
            assert [table.file in problem for problem in found.problems] == ([True] if is_told else [])
            mend()
