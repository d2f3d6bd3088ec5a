"""How far two people agree, and how far rules agree with them: raw agreement, Cohen's kappa, precision and recall.

A post on which the two differ and nobody has adjudicated counts against the rules, whatever they said of it: the
figures can then be too low, never too high.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.statistics.intervals import Interval, wilson

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Coded:
    """One item: what each coder says, what is so (None: not settled), and what the rules say."""

    coder_a: bool
    coder_b: bool
    serves: bool | None
    is_matched: bool


@dataclass(frozen=True)
class Share:
    """A share with its Wilson interval; all None where there is nothing to divide by."""

    of: int
    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Agreement:
    """What a double-coding came to.

    Args:
        items: coded by both.
        precision: share of the matched that serve.
        recall: share of the serving that are matched.
        agreement: share of items on which the coders say the same.
        kappa: None where chance alone would have them agree on everything.
        unresolved: items on which they differ and nobody has adjudicated.
    """

    items: int
    precision: Share
    recall: Share
    agreement: float
    kappa: float | None
    unresolved: int


def kappa(first: Sequence[bool], second: Sequence[bool]) -> float | None:
    """Cohen's kappa of two coders over yes and no: (observed - expected) / (1 - expected) agreement.

    Raises:
        ValueError: nothing was coded, or not the same items.
    """
    n = len(first)
    if n == 0 or n != len(second):
        raise ValueError("kappa needs the same items, one or more, from both coders")
    observed = sum(a == b for a, b in zip(first, second, strict=True)) / n
    yes_first, yes_second = sum(first), sum(second)
    chance = yes_first * yes_second + (n - yes_first) * (n - yes_second)
    return None if chance == n * n else (observed - chance / n**2) / (1 - chance / n**2)


def assess(items: Sequence[Coded], level: float = 0.95) -> Agreement:
    """Score rules by what two people said.

    Args:
        items: a simple random sample, one or more.
        level: of the Wilson intervals, two-sided.
    """
    both = sum(item.is_matched and item.serves is True for item in items)
    matched = sum(item.is_matched for item in items)
    missed = sum(not item.is_matched and item.serves is not False for item in items)
    first, second = [item.coder_a for item in items], [item.coder_b for item in items]
    return Agreement(
        items=len(items),
        precision=_share(both, matched, level),
        recall=_share(both, both + missed, level),
        agreement=sum(a == b for a, b in zip(first, second, strict=True)) / len(items),
        kappa=kappa(first, second),
        unresolved=sum(item.serves is None for item in items),
    )


def _share(part: int, whole: int, level: float) -> Share:
    if whole == 0:
        return Share(0, None, None, None)
    interval: Interval = wilson(part, whole, level)
    return Share(whole, part / whole, interval.low, interval.high)
