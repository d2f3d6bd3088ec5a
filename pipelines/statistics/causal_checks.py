"""What must hold before T1 may be believed: controls, no trend before adoption, little dispersion; a permutation p.

METHOD section 5.4. Each check that fails has a reason code of its own and forces *insufficient evidence*.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pipelines.statistics.causal import NEVER, effect
from pipelines.statistics.two_way import deviance, fit_two_way, pearson_dispersion

if TYPE_CHECKING:
    from pipelines.statistics.causal import Panel
    from pipelines.statistics.two_way import Array, Mask

MIN_UNTREATED_UNITS = 3
MIN_UNTREATED_SHARE = 0.15
"""Of the population, in every week of the study."""

LEADS = 8
"""Weeks before adoption that are tested together."""

MAX_DISPERSION = 10.0

DRAWS = 1_999
"""Random orders of the adoption dates. At p = 0.05 the Monte Carlo error is 0.005."""

SEED = 20_120_102
"""Any number would do; it must only never change, or published p-values would."""

_AT_ONCE = 4_000_000
"""Cells held at a time (32 MB)."""


class Controls(NamedTuple):
    """The weakest week of the study.

    Args:
        units: fewest untreated units.
        population_share: smallest share of the population in untreated units; None where no population is known.
        is_enough: METHOD's conditions hold.
    """

    units: int
    population_share: float | None
    is_enough: bool


def controls(panel: Panel, population: Array) -> Controls:
    """How many untreated units there are in the weakest week of the study.

    Args:
        panel: the cells.
        population: (units, weeks); NaN where nobody stated it. Such a unit weighs nothing on either side.
    """
    weeks = panel.is_study & panel.is_known.any(0)
    if not weeks.any():
        return Controls(0, None, is_enough=False)
    untreated = panel.untreated()[:, weeks]
    people = np.where(panel.is_known, np.nan_to_num(population), 0.0)[:, weeks]
    units = int(untreated.sum(0).min())
    everyone = people.sum(0)
    if not np.all(everyone > 0):
        return Controls(units, None, is_enough=units >= MIN_UNTREATED_UNITS)
    share = float((np.where(untreated, people, 0.0).sum(0) / everyone).min())
    return Controls(units, share, is_enough=units >= MIN_UNTREATED_UNITS and share >= MIN_UNTREATED_SHARE)


def dispersion(panel: Panel) -> float | None:
    """Pearson's phi of the untreated cells around the two-way fit."""
    used = panel.untreated()
    tips = np.nan_to_num(panel.tips)
    return pearson_dispersion(tips, fit_two_way(tips, used).means(), used)


def pre_trend_p(panel: Panel, leads: int = LEADS) -> float | None:
    """Joint test that the last weeks before adoption were like the others; quasi-likelihood F, by the dispersion.

    Returns:
        None where no unit adopted, or nothing is left to test with.
    """
    used = panel.untreated()
    tips = np.nan_to_num(panel.tips)
    ahead = panel.adopted[:, None] - panel.week[None, :]
    sets = np.array([used & (ahead == lead) for lead in range(1, leads + 1)])
    sets &= panel.adopted[None, :, None] != NEVER
    sets = sets[sets.any((1, 2))]
    if not len(sets):
        return None
    plain = fit_two_way(tips, used)
    free = fit_two_way(tips, used, sets)
    without, least = plain.means(), free.means()
    means = np.where(sets.any(0), np.tensordot(free.factors, sets.astype(np.float64), 1), 1.0) * least
    told = used & (without > 0)
    tested, left = _freedom(told, sets)
    if not (tested > 0 and left > 0):
        return None
    fallen = deviance(tips, without, told) - deviance(tips, means, told)
    safe = told & (means > 0)
    phi = float((np.square(tips - means)[safe] / means[safe]).sum() / left)
    if not phi > 0:
        return None
    # A dispersion below one is luck, not knowledge.
    return _f_tail(max(0.0, fallen) / tested / max(phi, 1.0), tested, left)


def _freedom(told: Mask, sets: Mask) -> tuple[int, int]:
    """Degrees of freedom of the extra sets, and those left: by the rank of the design, which may hold some twice."""
    unit, week = np.nonzero(told)
    columns = [np.eye(told.shape[0])[unit], np.eye(told.shape[1])[week]]
    plain = int(np.linalg.matrix_rank(np.hstack(columns)))
    full = int(np.linalg.matrix_rank(np.hstack([*columns, sets[:, unit, week].T.astype(np.float64)])))
    return full - plain, len(unit) - full


def _f_tail(value: float, above: int, below: int) -> float:
    from scipy.special import fdtrc  # noqa: PLC0415  # scipy only where it is used

    return float(fdtrc(above, below, value))


def permutation_p(panel: Panel, *, draws: int = DRAWS, seed: int = SEED) -> float | None:
    """Two-sided randomisation p of no effect at all: adoption dates are dealt out anew among the units.

    Returns:
        None where the effect cannot be estimated, or all units share one adoption and there is nothing to deal.
    """
    if len(np.unique(panel.adopted)) < 2:
        return None
    own = _log_effects(panel, panel.adopted[None])[0]
    if not math.isfinite(own):
        return None
    rng = np.random.default_rng(seed)
    order = np.array([rng.permutation(len(panel.adopted)) for _ in range(draws)])
    step = max(1, _AT_ONCE // panel.tips.size)
    found = np.concatenate(
        [_log_effects(panel, panel.adopted[order[start : start + step]]) for start in range(0, draws, step)]
    )
    # An order under which nothing could be estimated says nothing against the null.
    extreme = int((~np.isfinite(found) | (np.abs(found) >= abs(own) - 1e-9)).sum())
    return (extreme + 1) / (draws + 1)


def _log_effects(panel: Panel, adopted: np.typing.NDArray[np.int64]) -> Array:
    tips = np.broadcast_to(np.nan_to_num(panel.tips), (len(adopted), *panel.tips.shape))
    fit = fit_two_way(tips, panel.untreated(adopted), tolerance=1e-8)
    with np.errstate(divide="ignore"):
        return np.log(effect(panel, fit, panel.treated(adopted)).rr_att)
