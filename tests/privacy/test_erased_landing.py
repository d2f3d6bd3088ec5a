"""Erasures in the landing alone: what is recognised, in which order, and what comes while one is under way."""

from __future__ import annotations

import errno
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

import msgspec
import polars as pl
import pytest

from pipelines.errors import StorageError
from pipelines.landing import Landing
from pipelines.landing.erasures import Erasure, Erasures
from pipelines.landing.rewriting import rewrite, swap_in
from pipelines.run.erasing import edit_of
from pipelines.run.tagging import land as land_table
from pipelines.sources.facebook_pages.streams import ACCOUNTS, POSTS
from pipelines.sources.files.canonical import POSTS as FILE_POSTS
from pipelines.sources.stream import Page

NOW = datetime(2025, 11, 20, 5, 15, tzinfo=UTC)
ACCOUNT = "facebook:1"


@pytest.fixture
def landing(tmp_path):
    return Landing(tmp_path / "landing")


def page(stream, *rows, account=ACCOUNT):
    return Page(
        stream=stream, account_id=account, rows=[msgspec.json.encode(row) for row in rows], fetched_at=NOW,
        complete=True,
    )  # fmt: skip


def land(landing, run_id, *pages):
    with landing.writer(run_id) as writer:
        for one in pages:
            writer.add(one)


def intend(landing, kind, name) -> Erasure:
    erasure = Erasure(
        erasure_id=Erasures.new_id(), state="intended", at=NOW, kind=kind, scope="all", reason="request",
        decision="D 1", targets=(landing.erasures.marker()(kind, name),),
    )  # fmt: skip
    landing.erasures.write(erasure)
    return erasure


def carry_out(landing, erasure):
    swaps, streams = rewrite(landing, edit_of(erasure, landing))
    for state in ("rewritten", "done"):
        landing.erasures.write(
            msgspec.structs.replace(erasure, state=state, swaps=tuple(swaps), streams=tuple(streams))
        )
    swap_in(landing, swaps)


def counts(landing):
    """Rows by account and stream; every segment is read against its SHA-256."""
    found = {}
    for manifest in landing.manifests():
        for entry, _ in landing.entries(manifest):
            landing.segment(entry.segment, entry.sha256)
            key = (entry.account_id, entry.stream)
            found[key] = found.get(key, 0) + entry.rows
    return found


@pytest.mark.promise("P2")
def test_an_account_s_own_figures_go_with_it_and_do_not_come_back_and_no_other_account_s_go(landing):
    figures = [page(ACCOUNTS, {"id": "1", "followers_count": 7}), page(ACCOUNTS, {"id": "12"}, account="facebook:12")]
    land(landing, "20251120T000000000000Z-aaaaaa", *figures)
    carry_out(landing, intend(landing, "account", ACCOUNT))
    assert counts(landing) == {(ACCOUNT, ACCOUNTS.name): 0, ("facebook:12", ACCOUNTS.name): 1}
    land(landing, "20251120T000000000000Z-bbbbbb", *figures)
    assert counts(landing) == {(ACCOUNT, ACCOUNTS.name): 0, ("facebook:12", ACCOUNTS.name): 2}


@pytest.mark.promise("P2")
def test_an_erasure_that_was_cut_off_and_ended_after_a_later_one_leaves_a_landing_that_can_be_read(landing):
    land(landing, "20251120T000000000000Z-aaaaaa", page(POSTS, {"id": "1_1"}, {"id": "1_2"}, {"id": "1_3"}))
    cut_off = intend(landing, "post", "facebook:1_1")
    carry_out(landing, intend(landing, "post", "facebook:1_2"))
    carry_out(landing, cut_off)
    assert counts(landing) == {(ACCOUNT, POSTS.name): 1}


@pytest.mark.promise("P2")
def test_what_was_read_before_an_erasure_and_is_written_after_it_does_not_come_back(landing):
    with landing.writer("20251120T000000000000Z-aaaaaa") as writer:
        writer.add(page(POSTS, {"id": "1_1"}, {"id": "1_2"}))
        carry_out(landing, intend(landing, "post", "facebook:1_1"))
    assert counts(landing) == {(ACCOUNT, POSTS.name): 1}


@pytest.mark.promise("P2")
@pytest.mark.parametrize("form", ["pages", "tables"])
def test_what_is_being_written_when_an_erasure_begins_is_erased_too(landing, monkeypatch, form):
    is_written, may_go_on = Event(), Event()
    open_ = Path.open

    def hesitate(path, mode="r", *rest, **more):
        if mode == "ab":  # the segments are durable, no manifest names them yet
            is_written.set()
            assert may_go_on.wait(30)
        return open_(path, mode, *rest, **more)

    def write():
        if form == "pages":
            land(landing, "20251120T000000000000Z-aaaaaa", page(POSTS, {"id": "1_1"}, {"id": "1_2"}))
        else:
            ids = ["facebook:1_1", "facebook:1_2"]
            rows = pl.DataFrame({"post_id": ids, "account_id": [ACCOUNT] * 2})
            land_table(landing, FILE_POSTS, rows, NOW, "posts.csv")

    def erase():
        own = Landing(landing.root)
        carry_out(own, intend(own, "post", "facebook:1_1"))

    monkeypatch.setattr(Path, "open", hesitate)
    with ThreadPoolExecutor(2) as threads:
        writing = threads.submit(write)
        assert is_written.wait(30)
        erasing = threads.submit(erase)
        wait([erasing], timeout=1)
        may_go_on.set()
        writing.result(30)
        erasing.result(30)
    assert sum(counts(landing).values()) == 1


@pytest.mark.promise("R1")
def test_a_manifest_that_cannot_be_opened_keeps_what_it_acknowledged(landing, monkeypatch):
    run_id = "20251120T000000000000Z-aaaaaa"
    open_ = Path.open

    def refuse(path, mode="r", *rest, **more):
        if mode == "ab":
            raise OSError(errno.EMFILE, "Too many open files")
        return open_(path, mode, *rest, **more)

    with landing.writer(run_id) as writer:
        writer.add(page(POSTS, {"id": "1_1"}))
        writer.flush()
        writer.add(page(POSTS, {"id": "1_2"}))
        with monkeypatch.context() as system:
            system.setattr(Path, "open", refuse)
            with pytest.raises(StorageError, match="Too many"):
                writer.flush()
        assert counts(landing) == {(ACCOUNT, POSTS.name): 1}
        writer.flush()
    assert counts(landing) == {(ACCOUNT, POSTS.name): 2}
