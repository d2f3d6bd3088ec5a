"""From frames of tips and appeals to the ladder: who stands on which rung, and what each platform and unit touched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from pipelines.statistics.attribution import Pairs, Posts, Tips, by_label, in_window, joined
from pipelines.statistics.lag import LagLaw, fit_lag
from pipelines.statistics.window import Labelless, Watched, Window, part, resampled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Places = NDArray[np.int64]
    Numbers = NDArray[np.float64]

DAY_S = 86_400


@dataclass(frozen=True)
class Scene:
    """The facts as arrays; numbers stand for names.

    Args:
        tip_ids: names of the tips.
        units: names of the units, sorted.
        platforms: names of the platforms, sorted.
        post_ids: names of the posts.
        tips: every tip.
        posts: every post that asks for tips.
        day: per tip, number of its local day; -1 outside the days watched.
        hour: per tip, local hour.
        in_study: per tip, whether it came in the study period.
        starts_s: beginning of each local day, and the end of the last, seconds UTC.
        is_read: per local day, whether its tips were read in full.
        weekday: per local day.
        observed: per unit and local day, whether the unit existed and the day was read.
    """

    tip_ids: list[str]
    units: list[str]
    platforms: list[str]
    post_ids: list[str]
    tips: Tips
    posts: Posts
    day: Places
    hour: Places
    in_study: NDArray[np.bool_]
    starts_s: Places
    is_read: NDArray[np.bool_]
    weekday: Places
    observed: NDArray[np.bool_]


@dataclass(frozen=True)
class Ladder:
    """Where every tip stands.

    Args:
        law: the lag law; None where too few tips stand on rung 1, and rungs 3 and 4 are then empty.
        rung: per tip, 1 to 4, or 0.
        weight: per tip, 0 to 1.
        pairs: tips, posts and weights.
        labelless: what the time window was asked about.
        of: numbers of those tips.
        watched: where tips would have been seen.
        window: what it found; None without a law.
    """

    law: LagLaw | None
    rung: Places
    weight: Numbers
    pairs: Pairs
    labelless: Labelless | None
    of: Places
    watched: Watched | None
    window: Window | None


def climb(scene: Scene, *, horizon_s: float) -> Ladder:
    """Put every tip on its highest rung.

    Args:
        scene: the facts.
        horizon_s: how long after a post a tip may come by rungs 3 and 4, and how long a post must have been followed
            to teach the lag law.
    """
    tips, posts, count = scene.tips, scene.posts, len(scene.tip_ids)
    law = _law(scene, horizon_s)
    said = by_label(tips, posts, law, horizon_s=horizon_s)
    weight = (said.per_tip(count) > 0).astype(np.float64)
    rung = np.where(weight > 0, tips.rung, 0)
    nowhere = np.zeros(0, dtype=np.int64)
    if law is None:
        return Ladder(law, rung, weight, said, None, nowhere, None, None)
    watched = Watched(scene.observed, scene.weekday, _strength(scene, law, horizon_s))
    is_watched = (rung == 0) & (scene.day >= 0) & (tips.unit >= 0)
    is_watched[is_watched] = scene.observed[tips.unit[is_watched], scene.day[is_watched]]
    of = np.flatnonzero(is_watched)
    strength = np.zeros(count)
    for near in in_window(of, tips, posts, law, horizon_s=horizon_s):
        strength += near.per_tip(count)
    labelless = Labelless(tips.unit[of], scene.day[of], scene.hour[of], strength[of])
    window = part(labelless, watched)
    weight[of] = window.posterior
    rung = np.where((rung == 0) & (weight > 0), 4, rung)
    own = np.where(rung == 4, weight, 0.0)
    ours = np.flatnonzero((rung == 4) & scene.in_study)
    found = [near.shared(own) for near in in_window(ours, tips, posts, law, horizon_s=horizon_s)]
    return Ladder(law, rung, weight, joined([said, *found]), labelless, of, watched, window)


def _law(scene: Scene, horizon_s: float) -> LagLaw | None:
    """The law of rung 1 tips of posts whose days were all read until the horizon."""
    tips, posts = scene.tips, scene.posts
    link = np.flatnonzero((tips.rung == 1) & (tips.post >= 0))
    first = np.searchsorted(scene.starts_s, posts.published_s, side="right") - 1
    last = np.searchsorted(scene.starts_s, posts.published_s + int(horizon_s), side="right") - 1
    days = len(scene.is_read)
    unread = np.concatenate([[0], np.cumsum(~scene.is_read)])
    inside = (first >= 0) & (last < days)
    followed = inside & (unread[np.clip(last + 1, 0, days)] == unread[np.clip(first, 0, days)])
    link = link[followed[tips.post[link]]]
    lag = tips.hour_s[link] - posts.published_s[tips.post[link]]
    return fit_lag(lag, tips.post[link], horizon_s=horizon_s)


def _strength(scene: Scene, law: LagLaw, horizon_s: float) -> Numbers:
    """Per unit and local day: views x share of the posts' tips that come on that day, where it was observed."""
    posts, days = scene.posts, len(scene.is_read)
    found = np.zeros((len(scene.units), days))
    known = np.flatnonzero(posts.unit >= 0)
    first = np.searchsorted(scene.starts_s, posts.published_s[known], side="right") - 1
    for later in range(int(horizon_s // DAY_S) + 2):
        day = first + later
        inside = (day >= 0) & (day < days)
        post, at = known[inside], day[inside]
        begins = np.maximum(scene.starts_s[at] - posts.published_s[post], 0).astype(np.float64)
        ends = np.minimum(scene.starts_s[at + 1] - posts.published_s[post], horizon_s).astype(np.float64)
        share = np.maximum(law.share_by(ends) - law.share_by(np.minimum(begins, ends)), 0.0)
        np.add.at(found, (posts.unit[post], at), share * posts.views[post])
    return np.where(scene.observed, found, 0.0)


def totals(scene: Scene, ladder: Ladder, *, level: float) -> pl.DataFrame:
    """Documented and touched tips of the study period: in all, per platform, per unit; touched with its interval.

    The interval is that of rung 4 (`window.resampled`); the tips of rungs 1 to 3 are counted, not estimated. A tip is
    its own unit's; where the intake did not say, its post's.

    Returns:
        `scope` (organisation, platform, unit), `unit_id`, `platform`, `documented`, `touched`, `low`, `high`; low and
        high are null without a lag law.
    """
    names: list[tuple[str, str | None, str | None]] = [("organisation", None, None)]
    names += [("platform", None, platform) for platform in scene.platforms]
    names += [("unit", unit, None) for unit in scene.units]
    parts = _parts(scene, ladder, len(names))
    documented = parts[(ladder.rung == 1) | (ladder.rung == 2)].sum(axis=0)
    touched = parts.sum(axis=0)
    ends: Numbers = np.full((2, len(names)), np.nan)
    if ladder.labelless is not None and ladder.watched is not None and ladder.window is not None:
        own = parts[ladder.of] * (ladder.rung[ladder.of] == 4)[:, None]
        posterior = ladder.window.posterior[:, None]
        groups = np.divide(own, posterior, out=np.zeros_like(own), where=posterior > 0)
        draws = resampled(ladder.labelless, ladder.watched, ladder.window, groups)
        late = own.sum(axis=0)
        drawn: Numbers = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2], axis=0)
        ends = touched - late + np.stack([np.minimum(drawn[0], late), np.maximum(drawn[1], late)])
    frame = pl.DataFrame(names, schema={"scope": pl.String, "unit_id": pl.String, "platform": pl.String}, orient="row")
    values: dict[str, Numbers] = {"documented": documented, "touched": touched, "low": ends[0], "high": ends[1]}
    return frame.with_columns(
        pl.Series(name, np.round(value, 6), dtype=pl.Float64).fill_nan(None) for name, value in values.items()
    )


def _parts(scene: Scene, ladder: Ladder, width: int) -> Numbers:
    """Per tip of the study period, how much of it counts for the organisation, each platform and each unit."""
    pairs, tips, posts = ladder.pairs, scene.tips, scene.posts
    kept = scene.in_study[pairs.tip]
    tip, post, value = pairs.tip[kept], pairs.post[kept], pairs.value[kept]
    parts = np.zeros((len(scene.tip_ids), width))
    np.add.at(parts, (tip, np.zeros_like(tip)), value)
    np.add.at(parts, (tip, 1 + posts.platform[post]), value)
    unit = np.where(tips.unit[tip] >= 0, tips.unit[tip], posts.unit[post])
    known = unit >= 0
    np.add.at(parts, (tip[known], 1 + len(scene.platforms) + unit[known]), value[known])
    return parts
