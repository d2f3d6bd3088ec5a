"""What a reader of every published table can write down about tips, as a linear programme; and what follows from it.

Variables are counts that nobody is shown. Each number that is shown is a sum of them. Asked how small and how large a
hidden count can be, given all of it, the solver is a reader who overlooks nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

SHOWN_TO = 0.05
"""Weighted counts are shown to a tenth: the truth lies within half of one."""


class Relations:
    """Sums that are known to lie between two ends, over counts that are not below 0."""

    def __init__(self) -> None:
        self.places: dict[Hashable, int] = {}
        self._rows: list[tuple[dict[int, float], float, float]] = []
        self._system: tuple[csr_array, np.ndarray] | None = None

    def know(self, parts: Iterable[Hashable], low: float, high: float, *, less: Iterable[Hashable] = ()) -> None:
        """Add `low <= sum(parts) - sum(less) <= high`."""
        row: dict[int, float] = {}
        for sign, keys in ((1.0, parts), (-1.0, less)):
            for key in keys:
                place = self.places.setdefault(key, len(self.places))
                row[place] = row.get(place, 0.0) + sign
        self._rows.append((row, low, high))
        self._system = None

    def ends(self, parts: Iterable[Hashable]) -> tuple[float, float]:
        """The smallest and the largest that a sum can be, as whole numbers where it counts whole ones."""
        above, limits = self._built()
        goal = np.zeros(len(self.places))
        for key in parts:
            goal[self.places[key]] += 1.0
        found = [linprog(sign * goal, A_ub=above, b_ub=limits, bounds=(0, None), method="highs") for sign in (1, -1)]
        if found[0].status != 0 or found[1].status not in (0, 3):
            raise ValueError(f"the relations contradict each other: {found[0].message}")
        return found[0].fun, -found[1].fun if found[1].status == 0 else float("inf")

    def _built(self) -> tuple[csr_array, np.ndarray]:
        if self._system is None:
            entries: list[tuple[int, int, float]] = []
            limits: list[float] = []
            for row, low, high in self._rows:
                for sign, limit in ((1.0, high), (-1.0, -low)):
                    if np.isfinite(limit):
                        entries += [(len(limits), place, sign * value) for place, value in row.items()]
                        limits.append(limit)
            lines, places, values = zip(*entries, strict=True)
            shape = (len(limits), len(self.places))
            self._system = csr_array((values, (lines, places)), shape=shape), np.array(limits)
        return self._system
