"""R3: a file that is cut or changed is told, or is an exact prefix; it is never a wrong row.

Of everything that a project keeps: the database and its log, segments, manifests, the log of publications, and what is
published. What is read is compared row by row, not by counts.
"""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime, timedelta

import duckdb
import polars as pl
import pytest

from pipelines.errors import StorageError
from pipelines.landing import Landing, Publications
from pipelines.warehouse import checksums
from pipelines.warehouse.connection import open_hardened, open_writer, prepare
from pipelines.warehouse.load import load
from pipelines.warehouse.publish import DATABASE, publish
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
def test_a_manifest_cut_anywhere_is_an_exact_prefix(landing, chaos, figure):
    manifest = landing.manifest_dir / "r1.jsonl"
    whole = manifest.read_bytes()
    ends = [i + 1 for i, byte in enumerate(whole) if byte == ord("\n")]
    cuts = random.Random(chaos.seed).sample(range(len(whole)), chaos.pick(short=10, full=60))
    for cut in cuts:
        manifest.write_bytes(whole[:cut])
        assert loaded(landing) == expected(sum(end <= cut for end in ends)), f"cut after {cut} bytes"
    figure("cuts", len(cuts))
    figure("exact prefixes", len(cuts))


@pytest.mark.chaos
@pytest.mark.promise("R3")
def test_a_segment_cut_or_changed_anywhere_is_told_and_nothing_is_loaded(landing, chaos, figure):
    moments = random.Random(chaos.seed)
    segment = max(landing.root.glob("demo/posts/*.zst"))
    whole = segment.read_bytes()
    each = chaos.pick(short=10, full=50)
    damaged = [whole[:cut] for cut in moments.sample(range(len(whole)), each)]
    damaged += [flipped(whole, place, moments) for place in moments.sample(range(len(whole)), each)]
    with prepare(duckdb.connect()) as con:
        for content in damaged:
            segment.write_bytes(content)
            with pytest.raises(StorageError, match="SHA-256"):
                load(con, landing, [POSTS])
            assert con.execute("select count(*) from raw.demo__posts").fetchall() == [(0,)]
        segment.write_bytes(whole)
        assert load(con, landing, [POSTS]).rows_stored == len(expected(PAGES))
    figure("cuts", each)
    figure("flips", each)
    figure("damages told", 2 * each)


@pytest.mark.chaos
@pytest.mark.promise("R3")
def test_a_changed_manifest_is_told_and_never_a_wrong_row(landing, chaos, figure):
    manifest = landing.manifest_dir / "r1.jsonl"
    # a last line whose end is changed is as one that was cut: its page is pulled again
    trial = Trial(manifest, lambda: loaded(landing), expected(PAGES), [expected(PAGES - 1)])
    trial.flip(random.Random(chaos.seed), chaos.pick(short=10, full=60))
    assert trial.silent == []
    trial.tell(figure)


class Trial:
    """A file that is damaged again and again: what is read of it is the truth, an allowed prefix of it, or an error.

    Args:
        path: the file.
        look: reads everything that depends on it.
        truth: what is read of the whole file.
        prefixes: what may be read too, because it is an exact prefix.
    """

    def __init__(self, path, look, truth, prefixes=()):
        self.path, self._look, self._truth, self._prefixes = path, look, truth, prefixes
        self._whole = path.read_bytes()
        self.silent: list[str] = []
        self.counts: Counter[str] = Counter()

    def cut(self, moments: random.Random, times: int) -> None:
        """Cut it at places drawn by chance."""
        for place in moments.sample(range(len(self._whole)), times):
            self._try("cuts", place, self._whole[:place], (self._truth, *self._prefixes))

    def flip(self, moments: random.Random, times: int) -> None:
        """Turn one bit at places drawn by chance."""
        for place in moments.sample(range(len(self._whole)), times):
            self._try("flips", place, flipped(self._whole, place, moments), (self._truth, *self._prefixes))

    def _try(self, what: str, place: int, content: bytes, right) -> None:
        self.counts[what] += 1
        self.path.write_bytes(content)
        try:
            found = self._look()
        except (StorageError, duckdb.Error, pl.exceptions.PolarsError):
            self.counts["damages told"] += 1
        else:
            self.counts["read as they were, or an exact prefix"] += 1
            if found not in right:
                self.silent.append(f"{what} at {place}")
        self.path.write_bytes(self._whole)

    def tell(self, figure) -> None:
        """What was tried, and what came of it."""
        for name, count in self.counts.items():
            figure(name, count)
        figure("silently wrong", len(self.silent))


def rows_of(path, table="t"):
    """Every row of a table, in the file's order; the database is opened from the disk."""
    with duckdb.connect(path) as con:
        return con.execute(f"from {table} order by all").fetchall() if exists(con, table) else None


def exists(con, table: str) -> bool:
    return con.execute("select 1 from duckdb_tables() where table_name = ?", [table]).fetchall() != []


@pytest.mark.chaos
@pytest.mark.promise("R3")
def test_a_log_that_was_cut_gives_whole_transactions_and_a_changed_one_is_told(tmp_path, chaos, figure):
    """What open_writer finds after a power cut: a database file and a log that is not whole."""
    live, path = tmp_path / "live.duckdb", tmp_path / "seen.duckdb"
    prefixes: list[object] = [None]
    with duckdb.connect(live) as con:
        con.execute("pragma disable_checkpoint_on_shutdown")
        con.execute("checkpoint")
        base = live.read_bytes()
        con.execute("create table t (i integer, text varchar)")
        prefixes.append([])
        for commit in range(12):
            con.execute(
                "insert into t select i, md5(i::varchar) from range(?, ?) as r (i)", [commit * 50, commit * 50 + 50]
            )
            prefixes.append(con.execute("from t order by all").fetchall())
        log = live.with_name(f"{live.name}.wal").read_bytes()
    seen = path.with_name(f"{path.name}.wal")
    seen.write_bytes(log)

    def look():
        content = seen.read_bytes()
        path.write_bytes(base)
        try:
            with open_writer(path) as con:
                return con.execute("from t order by all").fetchall() if exists(con, "t") else None
        finally:
            seen.write_bytes(content)

    trial = Trial(seen, look, prefixes[-1], prefixes)
    trial.cut(random.Random(chaos.seed), chaos.pick(short=10, full=80))
    trial.flip(random.Random(chaos.seed + 1), chaos.pick(short=10, full=60))
    assert trial.silent == []
    trial.tell(figure)


@pytest.mark.chaos
@pytest.mark.promise("R3")
def test_a_database_that_was_cut_or_changed_is_told_or_reads_as_it_was(tmp_path, chaos, figure):
    path = tmp_path / "warehouse.duckdb"
    with duckdb.connect(path) as con:
        con.execute("create table t as select i, md5(i::varchar) as text, i * 1.5 as value from range(30000) as r (i)")

    def look():
        return rows_of(path)

    trial = Trial(path, look, look())
    trial.cut(random.Random(chaos.seed), chaos.pick(short=4, full=40))
    trial.flip(random.Random(chaos.seed + 1), chaos.pick(short=8, full=60))
    assert trial.silent == []
    trial.tell(figure)


@pytest.mark.chaos
@pytest.mark.promise("R3")
def test_a_log_of_publications_that_was_cut_is_a_prefix_and_a_changed_one_is_told(tmp_path, chaos, figure):
    publications = Publications(tmp_path)
    for day in range(6):
        publications.add(
            as_of=NOW + timedelta(days=day), goals_sha256="a" * 64, code_version="1", models_sha256="b" * 64,
            ledger={f"run{day}.jsonl": 100 + day},
        )  # fmt: skip
    whole = publications.all()
    trial = Trial(tmp_path / "publications.jsonl", publications.all, whole, [whole[:made] for made in range(6)])
    trial.cut(random.Random(chaos.seed), chaos.pick(short=5, full=40))
    trial.flip(random.Random(chaos.seed + 1), chaos.pick(short=10, full=60))
    assert trial.silent == []
    trial.tell(figure)


@pytest.mark.chaos
@pytest.mark.promise("R3")
@pytest.mark.parametrize("name", [DATABASE, "parquet/goal_scorecard.parquet"])
def test_a_published_file_that_was_cut_or_changed_is_told_or_reads_as_it_was(name, tmp_path, chaos, figure):
    with open_writer(tmp_path / "warehouse.duckdb") as con:
        con.execute("create table config.run as select now() as as_of")
        for table in ("goal_scorecard", "goal_verdict"):
            con.execute(
                f"create table published.{table} as select i, md5(i::varchar) as text from range(20000) as r (i)"
            )
        publish(con, tmp_path / "published")
    path = tmp_path / "published" / name

    def look():
        if path.suffix == ".parquet":
            # Parquet's pages carry no checksum of their own
            if checksums.changed([path]):
                raise StorageError("it is not what was written")
            return pl.read_parquet(path).sort("i").rows()
        with open_hardened(path) as con:
            return [
                con.execute(f"from published.{t} order by all").fetchall() for t in ("goal_scorecard", "goal_verdict")
            ]

    trial = Trial(path, look, look())
    trial.cut(random.Random(chaos.seed), chaos.pick(short=3, full=25))
    trial.flip(random.Random(chaos.seed + 1), chaos.pick(short=6, full=40))
    assert trial.silent == []
    trial.tell(figure)
