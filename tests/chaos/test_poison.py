"""R12: poison in any field, on a page or in a file, costs its own row and nothing else; nothing is coerced."""

from __future__ import annotations

import codecs
import json
from datetime import UTC, datetime

import duckdb
import polars as pl
import pytest
from msgspec import inspect

from pipelines.errors import InputError
from pipelines.landing import Landing
from pipelines.project import Project
from pipelines.run.importing import import_files
from pipelines.sources.bodies import decode
from pipelines.sources.graph import Feed
from pipelines.sources.registry import api_streams
from pipelines.sources.stream import Page
from pipelines.warehouse.connection import prepare
from pipelines.warehouse.load import load
from tests.chaos.poison import HARMLESS, fields, poisoned, poisons, root, sound
from tests.integration.projects import plain_project

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)

pytestmark = pytest.mark.promise("R12")


def feed(*objects):
    """The objects of an answer, as a client gets them."""
    found, why, is_malformed = decode(b'{"data": [%s], "paging": {}}' % b",".join(objects), Feed)
    assert not is_malformed, why
    return found.data


def at(row, place):
    for step in place:
        row = row[step]
    return row


def test_poison_in_any_field_of_any_allow_list_costs_its_own_row(chaos, figure):
    tried = lost = kept_poison = 0
    for stream in api_streams():
        good = sound(root(stream.record))
        plain = json.dumps(good).encode()
        [whole], [] = stream.read([plain])
        for place, kinds in fields(stream):
            for name, poison in poisons(kinds).items():
                if name in ("five megabytes", "deep nesting") and not chaos.full and tried % 40:
                    continue
                kept, rejected = stream.read(feed(plain, poisoned(good, place, poison), plain))
                tried += 1
                lost += kept.count(whole) != 2
                kept_poison += [r.line for r in rejected] != [2]
                assert (kept, [r.line for r in rejected]) == ([whole, whole], [2]), (stream.table, place, name)
                assert "SENTINEL" not in rejected[0].reason
                assert len(rejected[0].content or "") <= 1_000_000
                assert stream.sensitive == (rejected[0].content is None) or not stream.sensitive
    figure("poisoned fields", tried)
    figure("sound rows lost", lost)
    figure("poison taken", kept_poison)


def test_a_text_that_only_looks_dangerous_comes_through_as_it_is(figure):
    tried = 0
    for stream in api_streams():
        good = sound(root(stream.record))
        for place, kinds in fields(stream):
            if not any(isinstance(kind, inspect.StrType) and not kind.pattern for kind in kinds):
                continue
            for text in HARMLESS.values():
                [row], [] = stream.read(feed(poisoned(good, place, text.encode())))
                assert at(json.loads(row), place) == json.loads(text), (stream.table, place)
                tried += 1
    figure("harmless texts", tried)


def test_a_field_named_twice_in_any_allow_list_costs_its_own_row():
    for stream in api_streams():
        good = json.dumps(sound(root(stream.record))).encode()
        name = json.loads(good).popitem()[0]
        double = b'{"%s": null, %s' % (name.encode(), good[1:])
        kept, rejected = stream.read(feed(good, double, good))
        assert (len(kept), [r.line for r in rejected]) == (2, [2]), stream.table


def test_a_mark_at_the_beginning_and_an_empty_page_are_no_poison():
    found, _, _ = decode(codecs.BOM_UTF8 + b'{"data": [{"id": "1"}]}', Feed)
    assert [bytes(one) for one in found.data] == [b'{"id": "1"}']
    assert feed() == []


def test_a_page_full_of_poison_loads_every_sound_row(tmp_path, figure):
    """All streams at once, into the database: every column holds what was sent, every poison its reason."""
    landing = Landing(tmp_path)
    bad = 0
    streams = api_streams()
    with landing.writer("r1") as writer:
        for stream in streams:
            good = sound(root(stream.record))
            plain = json.dumps(good).encode()
            objects = [plain]
            for place, kinds in fields(stream):
                objects += [poisoned(good, place, poison) for poison in list(poisons(kinds).values())[:4]]
            rows, rejected = stream.read(feed(*objects))
            bad += len(rejected)
            writer.add(Page(stream=stream, account_id="a", rows=rows, rejected=rejected, fetched_at=NOW, complete=True))
    with prepare(duckdb.connect()) as con:
        load(con, landing, streams)
        for stream in streams:
            assert con.sql(f"select count(*) from {stream.table}").fetchall() == [(1,)], stream.table
        counts = "select sum(rows_stored), sum(rows_quarantined), sum(rows_read - rows_stored) from raw.pages"
        assert con.sql(counts).fetchall() == [(len(streams), bad, bad)]
        assert con.sql("select count(*) from raw.quarantine where reason is not null").fetchall() == [(bad,)]
    figure("poisoned rows kept aside in the database", bad)


POSTS = b"post_id,account_id,published_at,text\n"
FIGURES = b"post_id,observed_at,views\n"
POST_LINES = {
    "NUL": b"x:9,x:1,2026-02-01T09:00:00Z,a\0b",
    "no utf-8": b"x:9,x:1,2026-02-01T09:00:00Z,\xff\xfe",
    "cut utf-8": "x:9,x:1,2026-02-01T09:00:00Z,å".encode()[:-1],
    "five megabytes": b"x:9,x:1,2026-02-01T09:00:00Z," + b"y" * 5_000_000,
    "no time": b"x:9,x:1,yesterday,t",
    "the year 9999": b"x:9,x:1,9999-02-01T09:00:00Z,t",
    "too many columns": b"x:9,x:1,2026-02-01T09:00:00Z,t,more",
    "too few columns": b"x:9,x:1",
    "an empty row": b",,,",
    "an id of 600 characters": b"x:" + b"9" * 600 + b",x:1,2026-02-01T09:00:00Z,t",
}
FIGURE_LINES = {
    value: b"x:9,2026-02-01T09:00:00Z," + value.encode()
    for value in ("12abc", "NaN", "inf", "1e400", "18446744073709551616", "true", "-1", "1 234", "0x10", "\u0661\u0662")
}
OBJECT = '"post_id": "x:9", "account_id": "x:1", "published_at": "2026-02-01T09:00:00Z"'
JSON_POSTS = {
    "twice": f'{{{OBJECT}, "text": "a", "text" : "b"}}'.encode(),
    "half a character": rb'{"post_id": "x:9 \ud83d", "account_id": "x:1", "published_at": "2026-02-01T09:00:00Z"}',
    "NUL": f'{{{OBJECT}, "text": "a\\u0000b"}}'.encode(),
    "deep": f'{{{OBJECT}, "text": '.encode() + b"[" * 50_000 + b"]" * 50_000 + b"}",
    "cut": f'{{{OBJECT}, "text": "1'.encode(),
    "no object": b"[1]",
    "a name of ours": f'{{{OBJECT}, "\\u001fline": 1}}'.encode(),
    "a number for a text": f'{{{OBJECT}, "text": 5}}'.encode(),
    "true for a text": f'{{{OBJECT}, "text": true}}'.encode(),
}
READING = '"post_id": "x:9", "observed_at": "2026-02-01T09:00:00Z", "native_metric": "views"'
JSON_FIGURES = {
    value: f'{{{READING}, "value": {value}}}'.encode()
    for value in ('"12"', "true", "NaN", "1e400", "18446744073709551616", "[1]", '{"a": 1}', "-1", "9" * 5_000)
}


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    return Project(plain_project(tmp_path_factory.mktemp("poison")))


def stored(project):
    with duckdb.connect(str(project.warehouse_path), read_only=True) as con:
        return con.sql("select post_id, text from raw.files__posts order by post_id").fetchall()


def test_poison_in_a_table_costs_its_own_row(project, tmp_path, figure):
    tables = (
        (POSTS, POST_LINES, "x:%d,x:1,2026-02-01T09:00:00Z,ljud på ö\n".encode()),
        (FIGURES, FIGURE_LINES, b"x:%d,2026-02-01T09:00:00Z,12\n"),
    )
    for number, (header, poisons_, good) in enumerate(tables):
        rows = [good % place + poison + b"\n" for place, poison in enumerate(poisons_.values())]
        path = tmp_path / f"{number}.csv"
        path.write_bytes(header + b"".join(rows))
        report = import_files(project, [path])
        count = len(poisons_)
        assert [line for _, line, _ in report.quarantined] == [3 + 2 * place for place in range(count)]
        [file] = report.files
        assert (file.rows_read, file.rows_stored, file.rows_quarantined) == (2 * count, count, count)
        figure("poisoned lines", count)
    assert {text for _, text in stored(project)} == {"ljud på ö"}
    with duckdb.connect(str(project.warehouse_path), read_only=True) as con:
        assert con.sql("select distinct value from raw.files__post_snapshots").fetchall() == [(12.0,)]


def test_poison_in_json_lines_costs_its_own_line(project, tmp_path, figure):
    post = b'{"post_id": "x:%d", "account_id": "x:1", "published_at": "2026-02-01T09:00:00Z", "text": "sound"}\n'
    reading = b'{"post_id": "x:%d", "observed_at": "2026-02-02T09:00:00Z", "native_metric": "views", "value": 12}\n'
    for name, poisons_, good in (("posts", JSON_POSTS, post), ("readings", JSON_FIGURES, reading)):
        path = tmp_path / f"{name}.ndjson"
        lines = [good % number + poison + b"\n" for number, poison in enumerate(poisons_.values(), start=100)]
        path.write_bytes(b"".join(lines))
        report = import_files(project, [path])
        count = len(poisons_)
        assert [line for _, line, _ in report.quarantined] == [2 + 2 * number for number in range(count)]
        [file] = report.files
        assert (file.rows_read, file.rows_stored) == (2 * count, count)
        figure("poisoned lines", count)


def test_a_table_with_a_column_that_bears_a_name_of_ours_is_refused_as_a_file(project, tmp_path):
    path = tmp_path / "a.parquet"
    pl.DataFrame({"post_id": ["x:1"], "account_id": ["x:1"], "published_at": ["2026"], "\x1fline": [1]}).write_parquet(
        path
    )
    with pytest.raises(InputError, match="control character"):
        import_files(project, [path])
