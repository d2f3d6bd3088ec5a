"""Published tables in an object store: whole for every reader, whatever is killed when."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from fsspec.implementations.memory import MemoryFileSystem

from pipelines.errors import ConfigurationError, CredentialError, SourceError, UsageError
from pipelines.objects.location import Location
from pipelines.objects.store import Store
from pipelines.objects.tables import write_tables

FIRST, SECOND, THIRD = (datetime(2026, 1, day, 5, 15, tzinfo=UTC) for day in (5, 6, 7))


class KilledError(BaseException):
    """What stands for SIGKILL."""


@pytest.fixture(params=["memory", "file"])
def store(request, tmp_path):
    place = uuid4().hex if request.param == "memory" else f"{tmp_path}/store"
    return Store(Location(f"{request.param}://{place}"))


@pytest.fixture
def publish(store, tmp_path):
    def publish(as_of, text="one", **more):
        files = {f"{name}.parquet": tmp_path / f"{name}.parquet" for name in ("post", "build")}
        for path in files.values():
            path.write_text(f"{text} {path.stem}", encoding="utf-8")
        return write_tables(store, files, as_of=as_of, rows={"post": 3, "build": 1}, **more)

    return publish


def seen(store):
    """What a reader gets: the text of each table that the pointer names."""
    now = json.loads(store.read(["publication.json"])["publication.json"])
    files = {name: said["file"] for name, said in now["tables"].items()}
    contents = store.read(list(files.values()))
    return {name: contents[file].decode() for name, file in files.items()}


def folders(store):
    return {name.split("/")[1] for name in store.sizes("publications")}


def test_readers_see_the_new_publication_and_who_had_opened_the_one_before_still_can(store, publish):
    first = publish(FIRST)
    assert seen(store) == {"post": "one post", "build": "one build"}
    assert (first.written, first.removed, first.present.before) == (2, 0, None)
    assert publish(FIRST).written == 0
    second = publish(SECOND, "two")
    assert seen(store) == {"post": "two post", "build": "two build"}
    assert second.present.before == first.present.folder
    third = publish(THIRD, "three")
    assert third.removed == 2
    assert folders(store) == {one.present.folder.split("/")[1] for one in (second, third)}


@pytest.mark.promise("P2")
def test_after_an_erasure_nothing_of_an_earlier_publication_is_left_nor_of_one_that_was_cut_off(store, publish):
    publish(FIRST)
    publish(SECOND, "two")
    store.write({"publications/20260106T000000000000Z-cafe0000/post.parquet": b"cut off"})
    publish(SECOND, "two without", keep_before=False)
    assert len(folders(store)) == 1
    assert seen(store)["post"] == "two without post"


@pytest.mark.promise("R5")
def test_killed_at_any_write_readers_see_one_whole_publication_and_the_next_time_ends_it(tmp_path, monkeypatch, figure):
    store = Store(Location(f"memory://{uuid4().hex}"))
    one, other = tmp_path / "a.parquet", tmp_path / "b.parquet"

    def publish(text, as_of):
        for path in (one, other):
            path.write_text(f"{text} {path.stem}", encoding="utf-8")
        files = {path.name: path for path in (one, other)}
        return write_tables(store, files, as_of=as_of, rows={"a": 1, "b": 1})

    publish("one", FIRST)
    publish("two", SECOND)
    original, kills = MemoryFileSystem.pipe_file, 0
    for limit in (0, 1, 1, 1):
        writes = 0

        def dying(self, *arguments, _limit=limit, **more):
            nonlocal writes
            writes += 1
            if writes > _limit:
                raise KilledError
            return original(self, *arguments, **more)

        with monkeypatch.context() as patch:
            patch.setattr(MemoryFileSystem, "pipe_file", dying)
            try:
                publish("three", THIRD)
            except KilledError:
                kills += 1
        assert seen(store) in ({"a": f"{text} a", "b": f"{text} b"} for text in ("two", "three"))
    publish("three", THIRD)
    assert seen(store) == {"a": "three a", "b": "three b"}
    assert kills == 3
    figure("kills in a publication to an object store", kills)


@pytest.mark.parametrize("content", [b"", b'{"as_of":', b'{"other": 1}'], ids=["empty", "half", "another"])
def test_a_pointer_that_is_not_ours_is_refused_and_left_as_it_is(store, publish, content):
    store.swap("publication.json", content)
    with pytest.raises(UsageError, match="Something else lies") as raised:
        publish(FIRST)
    assert "remove that object" in raised.value.do
    assert store.read(["publication.json"]) == {"publication.json": content}
    assert folders(store) == set()


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (PermissionError("AKIA signed=hemlig"), CredentialError),
        (FileNotFoundError("AKIA signed=hemlig"), ConfigurationError),
        (TimeoutError("AKIA signed=hemlig"), SourceError),
        (RuntimeError("AKIA signed=hemlig"), SourceError),
        (type("NoCredentialsError", (Exception,), {})("AKIA signed=hemlig"), CredentialError),
    ],
    ids=lambda one: type(one).__name__ if isinstance(one, Exception) else "",
)
def test_what_the_store_s_library_says_is_told_in_our_words_alone(tmp_path, monkeypatch, error, kind):
    store = Store(Location("memory://place"))

    def refuse(*_args, **_more):
        raise error

    monkeypatch.setattr(MemoryFileSystem, "pipe_file", refuse)
    with pytest.raises(kind) as raised:
        store.write({"a": b"x"})
    assert "hemlig" not in str(raised.value)
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__
    assert raised.value.do


def test_a_file_that_a_kill_cut_off_where_writes_are_no_swaps_is_written_again(tmp_path):
    store = Store(Location(f"file://{tmp_path}/store"))
    assert store.write({"a/b.bin": b"whole"}) == 1
    (tmp_path / "store/a/b.bin").write_bytes(b"who")
    assert store.write({"a/b.bin": b"whole"}) == 1
    assert store.write({"a/b.bin": b"whole"}) == 0
    assert store.read(["a/b.bin", "a/c.bin"]) == {"a/b.bin": b"whole"}


def test_an_object_is_made_once_and_asked_again_says_that_it_is_ours(store):
    assert store.create("heads/1", b"ours")
    assert store.create("heads/1", b"ours")
    assert not store.create("heads/1", b"theirs")
    assert store.read(["heads/1"]) == {"heads/1": b"ours"}
