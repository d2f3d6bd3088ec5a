"""Every field that is kept, with its class: `docs/privacy/data-map.md`, made from the declarations.

`sql/seeds/data_map.csv` says what a field of text is; numbers, yes or no, and instants are figures. A field of text
that it does not name has no class, and a test fails until somebody has thought about it.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from pipelines.errors import ConfigurationError
from pipelines.warehouse import raw

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from pipelines.sources.stream import Stream
    from pipelines.warehouse.model import Model

CLASSES = ("none", "official document", "pseudonymous", "personal")

_FIGURES = ("BIGINT", "INTEGER", "DOUBLE", "BOOLEAN", "DATE", "TIMESTAMP WITH TIME ZONE")
"""Types of columns that hold no text."""

_TEXT = re.compile(r'"([^"]+)" (?:VARCHAR|JSON)')
_OPENING = """\
# Data map

<!-- Written by `python -m pipelines.run.mapping`; a test fails when it is not current. -->

For the one who answers for personal data. Every field that may reach the disk, by stream; what is not here is dropped
before the first write. Classes: *none*; *official document* (an own post or account); *pseudonymous* (a person, by a
keyed hash or an id that only the platform or the intake can resolve); *personal* (a person's answer).
Retention names a class of [retention.md](retention.md).
"""

_FILES = """\
## Files of a project

| where | what | class | retention |
|---|---|---|---|
| `data/landing` | every page and table below | as its fields | as its fields |
| `data/landing/erasures.jsonl`, `erasures.key` | what was erased, as keyed hashes | pseudonymous | kept |
| `data/landing/goals`, `publications.jsonl` | editions of goals.yaml, what was published from what | none | kept |
| `data/landing/tip_weeks` | tips per unit and week | none, small counts | kept |
| `data/warehouse.duckdb` | the same, as tables | as its fields | follows the landing |
| `data/published` | the tables below | official document, none | kept |
| `data/tokens`, `.env`, `secrets` | tokens | none; secret | until renewed |
| `data/dagster` | events and output of steps | none | logs |
| `data/set_aside` | old databases | as the warehouse | set_aside |
| `data/set_aside/*/data/landing` | what a restore in place replaced | as its fields | set_aside_landing |
"""


@dataclass(frozen=True)
class Field:
    """A field and what it is."""

    path: str
    kind: str
    privacy: str
    purpose: str
    retention: str


def fields(stream: Stream, table: Path) -> Iterator[Field]:
    """The fields of a stream with their classes.

    Args:
        stream: whose.
        table: `sql/seeds/data_map.csv`.

    Raises:
        ConfigurationError: a field of text has no class.
    """
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for name, kind in raw.record_columns(stream.record).items():
        texts = [name] if kind in ("VARCHAR", "VARCHAR[]", "JSON") else _TEXT.findall(kind)
        if not texts:
            yield Field(name, kind, "none", "a figure, or when it was", "raw_snapshots")
        for text in texts:
            path = name if text == name else f"{name}.{text}"
            row = _row(rows, stream, text)
            yield Field(path, kind if text == name else "VARCHAR", row["class"], row["purpose"], row["retention"])


def _row(rows: Iterable[dict[str, str]], stream: Stream, name: str) -> dict[str, str]:
    place = f"{stream.source}.{stream.name}"
    for row in rows:
        if fnmatchcase(place, row["stream"]) and name in row["fields"].split():
            return row
    raise ConfigurationError(
        f"The field `{name}` of {place} has no class.",
        where="sql/seeds/data_map.csv",
        do="Say whether it is none, an official document, pseudonymous or personal, what for, and how long it is kept.",
    )


def class_of_column(table_name: str, column: str, kind: str, table: Path) -> str | None:
    """The class of a column of the KPI layer or of what readers get; None where nobody has said that it may be there.

    What holds for a field of a source does not count: a column of text has to be named for these tables.

    Args:
        table_name: with its schema, `kpi.` or `published.`.
        column: its name.
        kind: its type in DuckDB.
        table: `sql/seeds/data_map.csv`.
    """
    if kind in _FIGURES:
        return "none"
    with table.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            is_named = row["stream"].startswith(("kpi.", "published."))
            if is_named and fnmatchcase(table_name, row["stream"]) and column in row["fields"].split():
                return row["class"]
    return None


def data_map_markdown(streams: Iterable[Stream], models: Iterable[Model], table: Path) -> str:
    """The page docs/privacy/data-map.md."""
    lines = [_OPENING]
    for stream in streams:
        lines += [
            f"## {stream.source}.{stream.name}",
            "",
            "| field | class | what for | retention |",
            "|---|---|---|---|",
        ]
        lines += [f"| `{f.path}` | {f.privacy} | {f.purpose} | {f.retention} |" for f in fields(stream, table)]
        lines.append("")
    lines += ["## Published tables", "", "| table | columns |", "|---|---|"]
    published = sorted((m for m in models if m.name.startswith("published.")), key=lambda m: m.name)
    lines += [f"| `{m.name}` | {', '.join(f'`{c}`' for c in m.contract.columns)} |" for m in published]
    return "\n".join([*lines, "", _FILES])
