"""A landing in an object store: killed anywhere, met by others, damaged, erased. fsspec's own store in memory."""

from __future__ import annotations

import hashlib
from uuid import uuid4

import pytest
import zstandard
from fsspec.implementations.memory import MemoryFileSystem

from pipelines.errors import BusyError, StorageError
from pipelines.landing import Landing
from pipelines.landing.publications import Publications
from pipelines.objects.fetching import fetch
from pipelines.objects.heads import Heads
from pipelines.objects.location import Location
from pipelines.objects.shipping import in_batches, is_behind, ship
from pipelines.objects.store import Store
from tests.unit.objects.landings import CANARY, NOW, contents, erase, land

RUNS = [f"20251120T0{number}0000000000Z-aaaaaa" for number in range(5)]


class KilledError(BaseException):
    """What stands for SIGKILL: nothing of ours catches it."""


@pytest.fixture
def url():
    return f"memory://{uuid4().hex}/landing"


@pytest.fixture
def store(url):
    return Store(Location(url))


@pytest.fixture
def landing(tmp_path):
    return Landing(tmp_path / "here" / "landing")


@pytest.fixture
def elsewhere(tmp_path):
    return Landing(tmp_path / "elsewhere" / "landing")


def objects(store):
    """Name -> content of all that lies there, what nothing names included."""
    root = store.url.removeprefix("memory:/")
    return {path.removeprefix(f"{root}/"): MemoryFileSystem.store[path].getvalue() for path in MemoryFileSystem.store
            if path.startswith(root)}  # fmt: skip


def holds(store, words):
    """Objects that hold words, packed or not."""
    plain = {
        name: zstandard.ZstdDecompressor().stream_reader(content).read() if name.endswith(".zst") else content
        for name, content in objects(store).items()
    }
    return [name for name, content in plain.items() if words.encode() in content]


def killed_after_one(monkeypatch):
    """Let the store's process die after the first call that changes something."""
    done = 0
    for name in ("pipe_file", "rm_file"):
        original = getattr(MemoryFileSystem, name)

        def dying(self, path, *rest, _original=original, _removes=name == "rm_file", **more):
            nonlocal done
            done += not _removes or self.exists(path)
            if done > 1:
                raise KilledError
            return _original(self, path, *rest, **more)

        monkeypatch.setattr(MemoryFileSystem, name, dying)


def publish(landing):
    log = Publications(landing.root)
    goals = log.keep_goals(b"organisation: x\n")
    ledger = {path.name: path.stat().st_size for path in landing.manifests()}
    log.add(as_of=NOW, goals_sha256=goals, code_version="0", models_sha256="0", ledger=ledger)


@pytest.mark.promise("R1")
def test_an_empty_disk_gets_the_same_landing_byte_by_byte_and_what_is_new_is_sent_once(store, landing, elsewhere):
    land(landing, RUNS[0], "1_1", "1_2")
    land(landing, RUNS[1], "1_3")
    publish(landing)
    assert ship(landing, store).written == 6  # two segments, their manifests, the log, an edition of goals.yaml
    assert fetch(elsewhere, store).files == 6
    assert contents(elsewhere) == contents(landing)
    assert ship(landing, store).written == 0
    land(landing, RUNS[2], "1_4")
    done = ship(landing, store)
    assert (done.written, done.generation) == (2, 2)
    assert fetch(elsewhere, store).files == 2
    assert contents(elsewhere) == contents(landing)
    assert list(Heads(store).names()) == [2]


@pytest.mark.promise("R1")
def test_killed_between_any_two_uploads_the_next_time_ends_it_and_a_fetch_sees_one_whole_landing(
    store, landing, tmp_path, monkeypatch, figure
):
    land(landing, RUNS[0], "1_1", "1_2")
    ship(landing, store)
    before = contents(landing)
    land(landing, RUNS[1], "1_3")
    erase(landing, "facebook:1_1")
    publish(landing)
    seen = []
    is_over = False
    while not is_over:
        with monkeypatch.context() as patch:
            killed_after_one(patch)
            try:
                ship(landing, store)
                is_over = True
            except KilledError:
                is_over = False
        there = Landing(tmp_path / str(len(seen)) / "landing")
        fetch(there, store)
        found = contents(there)
        assert found in (before, contents(landing)), len(seen)
        seen.append(found == before)
    assert seen == sorted(seen, reverse=True)  # the state before, and from some moment on the one after
    assert seen[0]
    assert seen.count(False) > 2
    assert holds(store, f"{CANARY} 1_1") == []
    figure("kills between uploads", len(seen) - 1)


@pytest.mark.promise("R1")
def test_a_fetch_that_is_killed_anywhere_leaves_a_landing_that_reads_and_goes_on(
    store, landing, elsewhere, monkeypatch, figure
):
    for number, run_id in enumerate(RUNS):
        land(landing, run_id, f"1_{number}")
    publish(landing)
    ship(landing, store)
    land(elsewhere, RUNS[0], "1_0")  # one that is there already
    original = MemoryFileSystem.cat_file
    reads = 0

    def dying(self, *arguments, **more):
        nonlocal reads
        reads += 1
        if reads == limit:
            raise KilledError
        return original(self, *arguments, **more)

    monkeypatch.setattr(MemoryFileSystem, "cat_file", dying)
    limit = 1
    while True:
        reads = 0
        try:
            fetch(elsewhere, store)
        except KilledError:
            limit += 1
        else:
            break
        for manifest in elsewhere.manifests():
            for entry, _ in elsewhere.entries(manifest):
                elsewhere.segment(entry.segment, entry.sha256)
    assert contents(elsewhere) == contents(landing)
    assert limit > 5
    figure("kills of a fetch", limit - 1)


@pytest.mark.promise("P2")
def test_what_is_erased_goes_from_the_store_and_from_a_machine_that_had_fetched_it(store, landing, elsewhere):
    land(landing, RUNS[0], "1_1", "1_2")
    ship(landing, store)
    fetch(elsewhere, store)
    assert holds(store, f"{CANARY} 1_1")
    erase(landing, "facebook:1_1")
    ship(landing, store)
    assert holds(store, f"{CANARY} 1_1") == []
    assert holds(store, f"{CANARY} 1_2")
    fetch(elsewhere, store)
    assert contents(elsewhere) == contents(landing)
    assert (elsewhere.root / "erasures.key").stat().st_mode & 0o077 == 0
    assert [e.rows for m in elsewhere.manifests() for e, _ in elsewhere.entries(m)] == [1]


@pytest.mark.promise("P2")
def test_what_a_killed_run_had_sent_before_it_was_erased_here_goes_too(store, landing, monkeypatch):
    land(landing, RUNS[0], "1_1")
    with monkeypatch.context() as patch:
        killed_after_one(patch)  # the segment is there, nothing names it
        with pytest.raises(KilledError):
            ship(landing, store)
    assert holds(store, f"{CANARY} 1_1")
    erase(landing, "facebook:1_1")
    ship(landing, store)
    assert holds(store, f"{CANARY} 1_1") == []


@pytest.mark.promise("R3")
@pytest.mark.parametrize("damage", [lambda content: content[:-1], lambda content: b"#" + content[1:], None],
                         ids=["cut", "changed", "gone"])  # fmt: skip
def test_a_poison_object_is_never_taken_for_what_was_shipped_and_is_written_anew_from_the_landing(
    store, landing, tmp_path, damage, figure
):
    land(landing, RUNS[0], "1_1")
    publish(landing)
    ship(landing, store)
    root = store.url.removeprefix("memory:/")
    names = [name for name in objects(store) if not name.startswith("heads/")]
    for number, name in enumerate(names):
        elsewhere = Landing(tmp_path / str(number) / "landing")
        content = MemoryFileSystem.store[f"{root}/{name}"].getvalue()
        if damage is None:
            MemoryFileSystem().rm_file(f"{root}/{name}")
        else:
            MemoryFileSystem().pipe_file(f"{root}/{name}", damage(content))
        with pytest.raises(StorageError, match=r"SHA-256 differs|is not there") as raised:
            fetch(elsewhere, store)
        assert raised.value.where == f"{store.url}/{name}"
        assert set(contents(elsewhere).items()) <= set(contents(landing).items())
        assert ship(landing, store, check=True).mended == 1
    fetch(elsewhere, store)
    assert contents(elsewhere) == contents(landing)
    figure("poison objects", len(names))


@pytest.mark.promise("R3")
def test_a_newest_head_that_was_cut_off_is_none_and_without_a_whole_one_nothing_is_taken(store, landing, elsewhere):
    land(landing, RUNS[0], "1_1")
    ship(landing, store)
    assert store.create("heads/000000000002.json", b'{"generation":2')
    fetch(elsewhere, store)
    assert contents(elsewhere) == contents(landing)
    land(landing, RUNS[1], "1_2")
    assert ship(landing, store).generation == 3
    store.swap("heads/000000000003.json", b"{}")
    with pytest.raises(StorageError, match="checksum differs"):
        fetch(elsewhere, store)
    with pytest.raises(StorageError, match="checksum differs"):
        ship(landing, store)


@pytest.mark.parametrize("path", ["../outside.jsonl", "/etc/outside", "manifest/../../x.jsonl", ".hidden", "a/b/c/d.x"])
def test_a_head_that_names_a_file_outside_of_the_landing_writes_nothing(store, landing, elsewhere, path):
    from pipelines.backups import Kept
    from pipelines.objects.heads import Head, object_name

    content = b"x"
    sha256 = hashlib.sha256(content).hexdigest()
    store.write({object_name(path, sha256): content})
    kept = Kept(path=path, sha256=sha256, size=1)
    assert Heads(store).add(Head(generation=1, at=NOW, code_version="0", files=(kept,)))
    with pytest.raises(StorageError, match="that no landing has"):
        fetch(elsewhere, store)
    assert contents(elsewhere) == {}


def test_a_machine_that_lacks_something_ships_nothing_until_it_has_fetched_it(store, landing, elsewhere):
    land(landing, RUNS[0], "1_1")
    ship(landing, store)
    land(elsewhere, RUNS[1], "1_2")
    assert is_behind(elsewhere, Heads(store).newest())
    with pytest.raises(StorageError, match="what this machine lacks") as raised:
        ship(elsewhere, store)
    assert "syfte landing fetch" in raised.value.do
    fetch(elsewhere, store)
    ship(elsewhere, store)
    fetch(landing, store)
    assert contents(landing) == contents(elsewhere)
    assert len(landing.manifests()) == 2


def test_two_landings_that_have_gone_two_ways_are_not_mixed(store, landing, elsewhere):
    for one, post_id in ((landing, "1_1"), (elsewhere, "1_2")):
        land(one, RUNS[0] if one is landing else RUNS[1], post_id)
        publish(one)
    ship(landing, store)
    before = contents(elsewhere)
    with pytest.raises(StorageError, match="two ways"):
        fetch(elsewhere, store)
    assert contents(elsewhere) == before
    with pytest.raises(StorageError, match=r"lacks|two ways"):
        ship(elsewhere, store)
    (elsewhere.root / "publications.jsonl").unlink()
    fetch(elsewhere, store)
    assert len(elsewhere.manifests()) == 2


@pytest.mark.promise("R1")
def test_of_two_machines_that_ship_at_once_one_is_refused_and_takes_nothing_away(
    store, url, landing, elsewhere, monkeypatch
):
    land(landing, RUNS[0], "1_1")
    ship(landing, store)
    fetch(elsewhere, store)
    land(landing, RUNS[1], "1_2")
    land(elsewhere, RUNS[2], "1_3")
    original = MemoryFileSystem.pipe_file

    def meanwhile(self, path, content, mode="overwrite", **more):
        if mode == "create":
            monkeypatch.setattr(MemoryFileSystem, "pipe_file", original)
            ship(elsewhere, Store(Location(url)))
            land(elsewhere, RUNS[3], "1_4")
            ship(elsewhere, Store(Location(url)))  # has tidied up the generation that the other one makes now
        return original(self, path, content, mode=mode, **more)

    monkeypatch.setattr(MemoryFileSystem, "pipe_file", meanwhile)
    with pytest.raises(BusyError, match="Another machine"):
        ship(landing, store)
    fetch(landing, store)
    ship(landing, store)
    assert len(landing.manifests()) == 4
    fetch(elsewhere, store)
    assert contents(landing) == contents(elsewhere)


def test_a_landed_file_that_is_damaged_here_is_not_shipped(store, landing):
    land(landing, RUNS[0], "1_1")
    [segment] = landing.root.glob("*/*/*.zst")
    segment.write_bytes(b"x")
    with pytest.raises(StorageError, match="SHA-256 differs"):
        ship(landing, store)
    assert not objects(store)


def test_an_erasure_that_comes_between_is_shipped_whole(store, landing, monkeypatch):
    land(landing, RUNS[0], "1_1", "1_2")
    original = MemoryFileSystem.pipe_file

    def meanwhile(self, path, content, mode="overwrite", **more):
        monkeypatch.setattr(MemoryFileSystem, "pipe_file", original)
        erase(landing, "facebook:1_1")
        return original(self, path, content, mode=mode, **more)

    monkeypatch.setattr(MemoryFileSystem, "pipe_file", meanwhile)
    ship(landing, store)
    assert holds(store, f"{CANARY} 1_1") == []
    assert holds(store, f"{CANARY} 1_2")


@pytest.mark.parametrize(
    ("sizes", "batches"),
    [([], []), ([1] * 130, [64, 64, 2]), ([10**9, 1, 10**9], [1, 2]), ([20_000_000] * 3, [2, 1]), ([0, 0], [2])],
    ids=["none", "many", "large", "some", "sizes nobody knows"],
)
def test_objects_are_taken_a_few_at_a_time_and_none_is_left_out(sizes, batches):
    items = list(enumerate(sizes))
    found = list(in_batches(iter(items), lambda item: item[1]))
    assert [len(batch) for batch in found] == batches
    assert [item for batch in found for item in batch] == items
