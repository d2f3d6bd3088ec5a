"""Simulated tips of units over weeks, with an effect that is known."""

from __future__ import annotations

import numpy as np

from pipelines.statistics.causal import NEVER, Panel


def simulated(
    seed: int, *, effect: float = 1.15, units: int = 21, never: int = 6, scale: float = 30.0, surge: float = 1.0
) -> Panel:
    """Two years of weeks: season and trend common to all, sizes that differ, adoption spread over the second year.

    Args:
        seed: of the generator.
        effect: rate ratio from the week of adoption on.
        units: how many.
        never: of those, how many never adopt.
        scale: mean tips of a middling unit in a week.
        surge: what the eight weeks before adoption are multiplied by: adoption chosen because of it.
    """
    rng = np.random.default_rng(seed)
    weeks = np.arange(104)
    size = scale * np.exp(rng.normal(0, 0.6, units))
    common = 1 + 0.1 * np.sin(weeks / 52 * 2 * np.pi) + 0.0005 * weeks
    adopted = np.full(units, NEVER)
    adopted[never:] = rng.integers(55, 96, units - never)
    since = weeks - adopted[:, None]
    rate = (
        size[:, None] * common * np.where(since >= 0, effect, 1.0) * np.where((since >= -8) & (since < 0), surge, 1.0)
    )
    return Panel(rng.poisson(rate).astype(float), adopted, weeks, weeks >= 52)
