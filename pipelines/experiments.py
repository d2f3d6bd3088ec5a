"""The files `experiments/<id>.yaml`: lots that were drawn, each with a hash that tells whether it was changed since."""

from __future__ import annotations

import hashlib
import json
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, cast

import yaml

from pipelines.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

Record = dict[str, Any]


def hash_of(record: Record) -> str:
    """Hash of what was drawn."""
    return hashlib.sha256(json.dumps(record, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def read_experiment(path: Path) -> Record:
    """What was drawn.

    Raises:
        InputError: the file is not the one that was written.
    """
    try:
        record = cast("Record", yaml.safe_load(path.read_text(encoding="utf-8")))
        is_whole = record.pop("sha256", None) == hash_of(record)
    except (OSError, UnicodeDecodeError, yaml.YAMLError, TypeError, AttributeError):
        record, is_whole = {}, False
    if not is_whole:
        raise InputError(
            "The experiment's file was changed after the lot was drawn.",
            where=str(path),
            do="Bring back the file as it was written; an analysis by another lot would say nothing.",
        )
    return record


def experiment_cells(folder: Path, *, by: datetime) -> list[tuple[Any, ...]]:
    """The lots of a project as rows: experiment, goal, design, unit, Monday, whether it posts.

    Args:
        folder: `experiments/`.
        by: lots drawn later than this are not known yet.
    """
    rows: list[tuple[Any, ...]] = []
    for path in sorted(folder.glob("*.yaml")):
        record = read_experiment(path)
        if datetime.fromisoformat(record["drawn_at"]) > by:
            continue
        weeks = [date.fromisoformat(day) for day in record["weeks"]]
        for unit, digits in sorted(record["posts"].items()):
            own = (record["experiment"], record["goal"], record["design"], unit)
            rows += [(*own, week, digit == "1") for week, digit in zip(weeks, digits, strict=True)]
    return rows
