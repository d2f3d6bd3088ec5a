"""Sheets of a blind coding: what two people wrote beside the posts that were drawn.

A sheet has the columns `sample_id, post_id` and one or more of `coder_a`, `coder_b`, `adjudicated`. A cell holds the
goals that the post serves, parted by commas or spaces, or `none`; an empty cell has not been coded.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.errors import InputError
from pipelines.sources.files.delimited import DELIMITERS, first_record, read_delimited
from pipelines.sources.files.sheet import LINE, read_content, text_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

CODERS = {"coder_a": "a", "coder_b": "b", "adjudicated": "adjudicated"}
"""Column of a sheet -> whose word it is."""

NONE = "none"
"""What a coder writes for a post that serves no goal."""

_BETWEEN = re.compile(r"[\s,;]+")


@dataclass(frozen=True)
class Cell:
    """One coder's word on one post, and where it stands."""

    sample_id: str
    post_id: str
    coder: str
    goals: frozenset[str]
    where: str


def read_sheets(paths: Iterable[Path], goals: Sequence[str]) -> list[Cell]:
    """Read the filled cells of sheets; the same cell may stand in several of them.

    Args:
        paths: the sheets, CSV with comma, semicolon or tab.
        goals: ids that a cell may hold.

    Raises:
        InputError: a file is no such sheet, names a goal that is none, or two sheets differ in one coder's cell.
    """
    found: dict[tuple[str, str, str], Cell] = {}
    for path in paths:
        for cell in _cells(path, goals):
            first = found.setdefault((cell.sample_id, cell.post_id, cell.coder), cell)
            if first.goals != cell.goals:
                raise InputError(
                    f"Two sheets differ in what coder {cell.coder} said of {cell.post_id}.",
                    where=f"{first.where} and {cell.where}",
                    do="Correct one of them, or leave the cell empty in the sheet of the other coder.",
                )
    return list(found.values())


def _cells(path: Path, goals: Sequence[str]) -> Iterator[Cell]:
    data = text_bytes(read_content(path, str(path)).raw)
    header, delimiter = next(
        ((h, d) for d in DELIMITERS if {"sample_id", "post_id"} <= set(h := first_record(data, d))),
        (list[str](), ","),
    )
    coders = [name for name in CODERS if name in header]
    if not coders:
        raise InputError(
            "This is no sheet of a blind coding: it lacks sample_id, post_id, or the coders' columns.",
            where=str(path),
            do="Give the file that `syfte tags sample` wrote, filled in and saved as CSV.",
        )
    sheet = read_delimited(data, name=str(path), delimiter=delimiter, header=header)
    for row in sheet.frame.iter_rows(named=True):
        for name in coders:
            words = [word for word in _BETWEEN.split(row[name] or "") if word]
            if words:
                where = f"{path}:{row[LINE]}"
                yield Cell(row["sample_id"], row["post_id"], CODERS[name], _goals(words, goals, where), where)


def _goals(words: Sequence[str], goals: Sequence[str], where: str) -> frozenset[str]:
    known = {goal.casefold(): goal for goal in goals}
    if [word.casefold() for word in words] == [NONE]:
        return frozenset()
    for word in words:
        if word.casefold() not in known:
            raise InputError(
                f"`{word}` is no goal of goals.yaml.", where=where, do=f"Write {', '.join(goals)}, or {NONE} by itself."
            )
    return frozenset(known[word.casefold()] for word in words)
