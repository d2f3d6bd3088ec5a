"""What people write in YAML: goals.yaml, a mapping file, expectations of their own. The first byte says which."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.errors import ConfigurationError
from pipelines.goals import find_problems, load_goals
from pipelines.quality.own import find_own_problems, own_suites
from pipelines.sources.files.mapping import read_mapping

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(tempfile.mkdtemp())
FILE = FOLDER / "it.yaml"
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)
GOALS = b"""version: 1
organisation: {id: a, label: {en: A}}
timezone: Europe/Stockholm
period: {study: [2025-01-01, 2025-12-31], baseline: [2024-01-01, 2024-12-31]}
goals:
  - id: tips
    label: {en: Tips}
    purpose: {en: Solve}
    post_match: {include: ['tips']}
    kpis:
      - {id: T2, stage: outcome, kind: count_rate, num: documented_tips, den: appeals, interval: garwood}
"""
MAPPING = b"""version: 1
title: Ledger
match: {header: [when, followers]}
stream: account_snapshots
time: {zone: Europe/Stockholm, format: "%d.%m.%Y"}
fields: {observed_at: when}
constants: {account_id: "x:1"}
metrics: {followers: followers}
"""
OWN = b"""table: published.tips_daily
expectations:
  - says: No day has fewer than no tips.
    severity: error
    why: A count is not negative.
    condition: tips >= 0
"""
IMPOSSIBLE = (b"!!int x", b"0x_", b"!!float x", b"!!bool x", b"!!timestamp x", b"2025-02-30")
WORDS = (
    b"!!int ", b"!!float ", b"!!timestamp ", b"!!bool ", b"!!binary ", b"!!set ", b"? ", b"0x_", b"0b_", b"2025-02-30",
    b"&a ", b"*a", b"<<: ", b"{}", b"[]", b"null", b"---\n", b"...", rb'"\ud83d"', rb'"\0"', b"1:99", b".inf", b".nan",
    b"\xef\xbb\xbf", b"1e999", b"~", b"|\n", b"%Q", b"- ",
)  # fmt: skip


def corpus() -> Iterator[bytes]:
    """One of each, and one with values that YAML takes for something else."""
    for place, text in enumerate((GOALS, MAPPING, OWN)):
        yield bytes([place]) + text
        yield bytes([place]) + text.replace(b"1", b"1_0")
        yield bytes([place]) + b"version: 1\n"
        for value in IMPOSSIBLE:
            yield bytes([place]) + b"version: " + value + b"\n"


def check(data: bytes) -> None:
    """A file is read, or every mistake of it is told with its place; nothing else comes out."""
    FILE.write_bytes(data[1:])
    try:
        (_goals, _mapping, _own)[(data[:1] or b"\0")[0] % 3]()
    except ConfigurationError as error:
        assert str(FILE) in str(error), "an error that does not say where"
        assert error.do
        str(error).encode()


def _goals() -> None:
    problems = find_problems(FILE)
    try:
        load_goals(FILE)
    except ConfigurationError:
        assert problems, "refused, and nobody says why"
        raise
    assert not problems, "accepted in spite of a problem"


def _mapping() -> None:
    read_mapping(FILE)


def _own() -> None:
    problems = find_own_problems(FOLDER)
    try:
        own_suites(FOLDER)
    except ConfigurationError:
        assert problems, "refused, and nobody says why"
        raise
    assert not problems, "accepted in spite of a problem"
