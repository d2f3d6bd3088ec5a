"""The ladder's rungs on tables small enough to check by hand, and on worlds whose truth is known."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from pipelines.sandbox.world import World
from pipelines.statistics.attribution import Posts, Tips, by_label, in_window
from pipelines.statistics.ladder import climb, totals
from pipelines.statistics.lag import LagLaw
from pipelines.statistics.precision import precisions
from pipelines.statistics.window import Labelless, Watched, part
from tests.unit.statistics.ladder_worlds import HORIZON_S, scene_of_world

H = 3600
LAW = LagLaw(mu=float(np.log(10)), sigma=1.1, covariance=np.eye(2) * 1e-4, n=1000, posts=100)


def whole(*numbers):
    return np.array(numbers, dtype=np.int64)


# Two units; appeal 0 has three posts of unit 0, appeal 1 one post of unit 1.
POSTS = Posts(
    published_s=whole(0, 0, 40 * H, 0),
    unit=whole(0, 0, 0, 1),
    appeal=whole(0, 0, 0, 1),
    platform=whole(0, 1, 0, 0),
    views=np.array([3.0, 1.0, 4.0, 1.0]),
)


def tip(rung, *, hour=5, unit=0, post=-1, appeal=-1, platform=-1):
    return Tips(whole(hour * H), whole(unit), whole(rung), whole(post), whole(appeal), whole(platform))


def shares(tips, law=LAW):
    pairs = by_label(tips, POSTS, law, horizon_s=HORIZON_S)
    return {int(p): float(v) for p, v in zip(pairs.post, pairs.value, strict=True)}


def test_a_link_gives_its_post_the_whole_tip():
    assert shares(tip(1, post=2)) == {2: 1.0}


def test_an_appeal_shares_its_tip_by_views_and_lag_among_the_posts_already_out():
    # After 5 hours the third post is not out; the two others are equally old, so 3 to 1 by views.
    assert shares(tip(2, appeal=0)) == pytest.approx({0: 0.75, 1: 0.25})
    # After 45 hours the third post is 5 hours old and the others 45: views x density.
    young, old = LAW.in_hour(np.array([5.0 * H, 45.0 * H]))
    total = 4 * young + 4 * old
    assert shares(tip(2, hour=45, appeal=0)) == pytest.approx(
        {0: 3 * old / total, 1: old / total, 2: 4 * young / total}
    )
    assert 4 * young / total > 0.9


def test_without_a_law_an_appeal_is_shared_by_views_alone_and_a_platform_not_at_all():
    assert shares(tip(2, hour=45, appeal=0), None) == pytest.approx({0: 3 / 8, 1: 1 / 8, 2: 4 / 8})
    assert shares(tip(3, platform=0), None) == {}


def test_an_appeal_named_years_later_is_still_its_own():
    assert sum(shares(tip(2, hour=24 * 365 * 40, appeal=0)).values()) == pytest.approx(1)


def test_a_platform_shares_its_tip_by_lag_over_that_units_posts_there_within_the_horizon():
    young, old = LAW.in_hour(np.array([5.0 * H, 45.0 * H]))
    assert shares(tip(3, hour=45, platform=0)) == pytest.approx({0: old / (old + young), 2: young / (old + young)})
    assert shares(tip(3, hour=45, platform=1)) == {1: 1.0}
    assert shares(tip(3, hour=45, platform=1, unit=1)) == {}
    assert shares(tip(3, hour=45, platform=1, unit=-1)) == {}
    assert shares(tip(3, hour=337, platform=1)) == {}


def test_the_window_knows_only_the_units_posts_of_the_last_two_weeks():
    [near] = in_window(whole(0), tip(0, hour=45), POSTS, LAW, horizon_s=HORIZON_S)
    assert sorted(near.post.tolist()) == [0, 1, 2]
    [late] = in_window(whole(0), tip(0, hour=340), POSTS, LAW, horizon_s=HORIZON_S)
    assert late.post.tolist() == [2]
    assert list(in_window(whole(0), tip(0, unit=-1), POSTS, LAW, horizon_s=HORIZON_S)) == []


def background(days, per_day, rng, clock):
    """Label-less tips of one unit with a daytime rhythm and no appeal's part in them."""
    count = rng.poisson(per_day * days)
    return whole(*rng.integers(0, days, count)), whole(*rng.choice(24, size=count, p=clock))


def test_posts_and_tips_that_share_the_daytime_rhythm_are_not_taken_for_cause_and_effect():
    # METHOD 5.2: "every tip within 48 h of an appeal" is forbidden. Here nothing is caused, and posts come by day too.
    rng = np.random.default_rng(3)
    clock = np.array([1] * 8 + [8] * 12 + [1] * 4) / 108
    days = 728
    day, hour = background(days, 20.0, rng, clock)
    posts = np.sort(rng.choice(days, 150, replace=False)) * 24 + rng.integers(9, 17, 150)
    lag = (day * 24 + hour)[:, None] - posts[None, :]
    near = np.where((lag >= 0) & (lag < 336), LAW.in_hour(np.maximum(lag, 0) * float(H)), 0.0)
    strength = np.zeros((1, days))
    for post in posts:
        hours = np.arange(336)
        np.add.at(strength[0], np.minimum((post + hours) // 24, days - 1), LAW.in_hour(hours * float(H)))
    found = part(
        Labelless(np.zeros(len(day), dtype=np.int64), day, hour, near.sum(axis=1)),
        Watched(np.ones((1, days), dtype=np.bool_), np.arange(days) % 7, strength),
    )
    within_48 = ((lag >= 0) & (lag < 48)).any(axis=1).sum()
    assert found.converged
    assert within_48 > 0.3 * len(day)
    assert found.posterior.sum() < 0.02 * len(day)
    assert (found.posterior < 1).all()


def test_without_any_appeal_out_nothing_is_touched():
    rng = np.random.default_rng(3)
    day, hour = background(100, 5.0, rng, np.full(24, 1 / 24))
    none = np.zeros(len(day))
    watched = Watched(np.ones((1, 100), dtype=np.bool_), np.arange(100) % 7, np.zeros((1, 100)))
    found = part(Labelless(np.zeros(len(day), dtype=np.int64), day, hour, none), watched)
    assert found.posterior.sum() == 0


@cache
def climbed(seed):
    world = World(seed)
    scene = scene_of_world(world)
    return world.truth(), scene, climb(scene, horizon_s=HORIZON_S)


SEEDS = pytest.mark.parametrize("seed", [7, 8, 9])


@SEEDS
def test_the_lag_law_of_a_world_is_found(seed):
    truth, _, ladder = climbed(seed)
    assert ladder.law.quantile(0.5)[0] == pytest.approx(truth["tips"]["lag_median_hours"], rel=0.10)
    assert ladder.law.sigma == pytest.approx(truth["tips"]["lag_sigma"], rel=0.05)


@SEEDS
def test_the_touched_tips_of_a_world_are_found(seed):
    truth, scene, ladder = climbed(seed)
    touched = ladder.weight[scene.in_study].sum()
    assert touched == pytest.approx(truth["tips"]["touched"], rel=0.15)
    rungs = {rung: int((scene.in_study & (ladder.rung == rung)).sum()) for rung in (1, 2, 3)}
    assert rungs[1] == truth["tips"]["by_rung"]["1"]["rows"]
    assert rungs[2] == truth["tips"]["by_rung"]["2"]["rows"]
    # Of those that name a platform, only those with an appeal out there stand on rung 3.
    assert truth["tips"]["by_rung"]["3"]["caused"] <= rungs[3] <= truth["tips"]["by_rung"]["3"]["rows"]
    assert rungs[1] + rungs[2] == truth["tips"]["documented"] <= touched


@SEEDS
def test_a_tip_stands_on_one_rung_and_its_shares_are_its_weight(seed):
    _, scene, ladder = climbed(seed)
    inside = scene.in_study
    assert ladder.pairs.per_tip(len(inside))[inside] == pytest.approx(ladder.weight[inside], abs=1e-9)
    assert (ladder.weight <= 1).all()
    on_fourth = ladder.weight[ladder.rung == 4]
    assert (on_fourth > 0).all()
    assert (on_fourth < 1).all()
    assert ladder.window.converged


@SEEDS
def test_misreports_are_estimated_from_days_without_an_appeal(seed):
    truth, scene, ladder = climbed(seed)
    second, third = precisions(scene, ladder, horizon_s=HORIZON_S, level=0.95)
    rows = truth["tips"]["by_rung"]["2"]
    assert second.value == pytest.approx(rows["caused"] / rows["rows"], abs=0.03)
    assert second.low <= rows["caused"] / rows["rows"] <= second.high
    true = truth["tips"]["by_rung"]["3"]["caused"] / third.claims
    assert third.value == pytest.approx(true, abs=0.04)


def test_units_and_platforms_add_up_to_the_organisation_and_the_interval_holds_the_value():
    _, scene, ladder = climbed(8)
    found = totals(scene, ladder, level=0.95)
    [whole_row] = found.filter(found["scope"] == "organisation").to_dicts()
    for scope in ("platform", "unit"):
        for column in ("documented", "touched"):
            assert found.filter(found["scope"] == scope)[column].sum() == pytest.approx(whole_row[column], abs=1e-3)
    assert whole_row["documented"] < whole_row["low"] < whole_row["touched"] < whole_row["high"]
    assert found.equals(totals(scene, ladder, level=0.95))


def test_a_world_with_few_links_has_no_law_and_only_the_first_two_rungs():
    scene = scene_of_world(World(7, scale=0.01))
    ladder = climb(scene, horizon_s=HORIZON_S)
    assert ladder.law is None
    assert set(ladder.rung.tolist()) <= {0, 1, 2}
    found = totals(scene, ladder, level=0.95)
    assert found["low"].null_count() == found.height
    assert (found["documented"] == found["touched"]).all()
