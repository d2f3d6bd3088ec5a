"""The landing's logs: lines that are whole, and say what this version cannot read."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from pipelines.errors import StorageError
from pipelines.landing.erasures import LOG as ERASURES
from pipelines.landing.erasures import Erasures
from pipelines.landing.manifest import Landing, sealed_line
from pipelines.landing.publications import LOG, Publication, Publications

UNREADABLE = (b"{}", b"", b"null", b'{"as_of": 7}', b'{"loaded": "\xff"}', b"[" * 5_000, b'{"a":' * 5_000)
"""Found by tests/fuzz, all of them with a right checksum."""


@pytest.mark.parametrize("text", UNREADABLE, ids=range(len(UNREADABLE)))
@pytest.mark.parametrize("log", [LOG, ERASURES, "manifest/r.jsonl"])
def test_a_sealed_line_that_says_something_else_is_an_error_that_names_the_file(tmp_path, log, text):
    path: Path = tmp_path / log
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(sealed_line(text))
    read = {LOG: Publications(tmp_path).all, ERASURES: Erasures(tmp_path).all}.get(
        log, lambda: list(Landing(tmp_path).entries(path))
    )
    with pytest.raises(StorageError) as caught:
        read()
    assert caught.value.where.startswith(str(path))
    assert caught.value.do


def test_a_sealed_line_is_read_as_it_was_written(tmp_path):
    made = Publication(
        as_of=datetime(2026, 3, 1, tzinfo=UTC), goals_sha256="a", code_version="1", models_sha256="b", loaded={"m": 7}
    )
    (tmp_path / LOG).write_bytes(sealed_line(msgspec.json.encode(made)))
    assert Publications(tmp_path).all() == [made]
