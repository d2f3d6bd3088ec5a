"""R3: a manifest or a segment that is cut or changed is told, or is an exact prefix; it is never a wrong row."""

from __future__ import annotations

import random
from datetime import UTC, datetime

import duckdb
import pytest

from pipelines.errors import StorageError
from pipelines.landing import Landing
from pipelines.warehouse.connection import prepare
from pipelines.warehouse.load import load
from tests.chaos.crawl import POSTS, answer, truth

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
PAGES = 4


@pytest.fixture
def landing(tmp_path):
    landing = Landing(tmp_path / "landing")
    with landing.writer("r1") as writer:
        for number in range(1, PAGES + 1):
            writer.add(answer(number, NOW))
            writer.flush()
    return landing


def loaded(landing: Landing) -> list[tuple[object, ...]]:
    with prepare(duckdb.connect()) as con:
        load(con, landing, [POSTS])
        return con.execute(
            "select account_id, observed_at, id, likes from raw.demo__posts order by page_id, id"
        ).fetchall()


def expected(pages: int) -> list[tuple[object, ...]]:
    return [("demo:1", NOW, i, n) for number in range(1, pages + 1) for i, n in sorted(truth(number))]


def flipped(whole: bytes, place: int, moments: random.Random) -> bytes:
    return whole[:place] + bytes([whole[place] ^ (1 << moments.randrange(8))]) + whole[place + 1 :]


@pytest.mark.chaos
@pytest.mark.promise("R3")
def test_a_manifest_cut_anywhere_is_an_exact_prefix(landing):
    manifest = landing.manifest_dir / "r1.jsonl"
    whole = manifest.read_bytes()
    ends = [i + 1 for i, byte in enumerate(whole) if byte == ord("\n")]
    for cut in random.Random(1).sample(range(len(whole)), 40):
        manifest.write_bytes(whole[:cut])
        assert loaded(landing) == expected(sum(end <= cut for end in ends)), f"cut after {cut} bytes"


@pytest.mark.chaos
@pytest.mark.promise("R3")
def test_a_segment_cut_or_changed_anywhere_is_told_and_nothing_is_loaded(landing):
    moments = random.Random(2)
    segment = max(landing.root.glob("demo/posts/*.zst"))
    whole = segment.read_bytes()
    damaged = [whole[:cut] for cut in moments.sample(range(len(whole)), 20)]
    damaged += [flipped(whole, place, moments) for place in moments.sample(range(len(whole)), 40)]
    with prepare(duckdb.connect()) as con:
        for content in damaged:
            segment.write_bytes(content)
            with pytest.raises(StorageError, match="SHA-256"):
                load(con, landing, [POSTS])
            assert con.execute("select count(*) from raw.demo__posts").fetchall() == [(0,)]
        segment.write_bytes(whole)
        assert load(con, landing, [POSTS]).rows_stored == len(expected(PAGES))


@pytest.mark.chaos
@pytest.mark.promise("R3")
def test_a_changed_manifest_is_told_and_never_a_wrong_row(landing):
    moments = random.Random(3)
    manifest = landing.manifest_dir / "r1.jsonl"
    whole = manifest.read_bytes()
    silent: list[int] = []
    for place in moments.sample(range(len(whole)), 60):
        manifest.write_bytes(flipped(whole, place, moments))
        try:
            found = loaded(landing)
        except StorageError:
            continue
        if found != expected(PAGES):
            silent.append(place)
    assert silent == []
