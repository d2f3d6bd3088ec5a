"""What a chart is: its picture as Vega-Lite, its words, and the table of exactly what is drawn."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import polars as pl

Spec: TypeAlias = dict[str, Any]
"""A Vega-Lite specification, as Altair wrote it."""

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,79}")


@dataclass(frozen=True)
class Target:
    """What is aimed at, as in `published.goal_scorecard`.

    Args:
        op: `>=`, more is better, or `<=`, less is better.
        value: in the KPI's unit.
    """

    op: str
    value: float


@dataclass(frozen=True)
class Panel:
    """One small picture of several that share their scales.

    Args:
        title: what stands above it.
        summary: what is to be seen, for those who do not see it.
        figure: its newest figure, beside the title; empty where there is none.
        spec: the picture.
    """

    title: str
    summary: str
    figure: str
    spec: Spec


@dataclass(frozen=True)
class Chart:
    """A chart as the pages need it. `drawing.svg` makes its picture; it stands in a `<figure>` above its table.

    Args:
        name: unique in the site, and good as a file's name: lower case ASCII letters, digits, `-` and `_`.
        title: a sentence that says what is to be learnt; printed above the picture, and its `<title>`.
        summary: what is to be seen, in a sentence or two, for those who do not see it; its `<desc>`.
        kind: the function that made it, such as `trend`; the class `chart-trend` of the picture.
        table: what is drawn, a row per mark, with headings in the language; numbers are numbers, missing ones null.
            A state or a reason stands beside them in words. Rows are what marks point at (`data-row`, from 0).
        shown: the same with every cell a text in the language's manner (`79,8 %`), for the page; never empty.
        reading: how the picture is to be read, printed below it; empty where there is nothing to say.
        spec: the picture for a column of 680 pixels; empty where there are only panels.
        narrow: the same for 340 pixels, shown instead on a phone; None where `spec` does for both.
        panels: small pictures side by side, in order.
    """

    name: str
    title: str
    summary: str
    kind: str
    table: pl.DataFrame
    shown: pl.DataFrame
    reading: str = ""
    spec: Spec = field(default_factory=dict[str, Any])
    narrow: Spec | None = None
    panels: tuple[Panel, ...] = ()

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            message = f"a chart's name is lower case letters, digits, - and _, not {self.name!r}"
            raise ValueError(message)
