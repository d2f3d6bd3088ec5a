"""Laws of the simulated world: what it says of itself is what it does."""

from __future__ import annotations

import re
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import yaml

from pipelines.sandbox.calendar import DAY, NEVER, day_number, instant, midnight, seconds
from pipelines.sandbox.counters import FAMILIES, GLITCH_LENGTH, OFFERS, RESTATED, level
from pipelines.sandbox.crowd import reached
from pipelines.sandbox.parameters import Parameters
from pipelines.sandbox.templates import TEMPLATES, fill
from pipelines.sandbox.tipping import treated
from pipelines.sandbox.truth import FOREVER
from pipelines.sandbox.world import World

GOALS = yaml.safe_load((Path(__file__).parents[3] / "goals.yaml").read_text(encoding="utf-8"))["goals"]
LATE = datetime(2027, 1, 1, tzinfo=UTC)


def goals_by_the_rules(text):
    found = []
    for goal in GOALS:
        rules = goal["post_match"]
        includes = any(re.search(pattern, text, re.IGNORECASE) for pattern in rules["include"])
        if includes and not any(re.search(pattern, text, re.IGNORECASE) for pattern in rules.get("exclude", [])):
            found.append(goal["id"])
    return found


def some_posts(world, mask, count=200):
    return np.flatnonzero(mask)[:count].tolist()


def test_the_same_seed_gives_the_same_world_and_another_seed_another():
    one, same, other = World(5, 0.1), World(5, 0.1), World(6, 0.1)
    assert one.truth() == same.truth()
    assert one.tips.tip_ids == same.tips.tip_ids
    assert one.post(10) == same.post(10)
    assert one.truth()["posts"] != other.truth()["posts"]


def test_a_world_is_made_in_under_three_seconds_and_has_six_to_nine_thousand_posts(world):
    started = time.process_time()
    World(seed=8)
    assert time.process_time() - started < 3
    assert 6000 <= world.post_count <= 9000


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda t: t.text[:30])
def test_every_template_serves_the_goals_that_the_examples_rules_find(template):
    text = fill(template, place="torget", ref_code="a1b2c3", case_number="2025-K123456-25")
    assert sorted(goals_by_the_rules(text)) == sorted(template.goals)


def test_an_appeals_text_holds_its_own_link_and_its_case_number_and_other_posts_hold_neither(world):
    appeal = next(goal["appeal"] for goal in GOALS if goal["id"] == "tips")
    for number in range(0, world.post_count, 50):
        post = world.post(number)
        link, case = re.search(appeal["link"], post.text), re.search(appeal["case_ref"], post.text)
        assert (link["ref"] if link else None) == post.ref_code
        assert (case is None) == (post.appeal_id is None)


@pytest.mark.parametrize("seed", [7, 11])
def test_the_true_values_are_where_the_examples_targets_expect_them(seed):
    goals = World(seed).truth()["goals"]
    assert goals["A1"]["value"] == pytest.approx(0.755, abs=0.0005)
    assert goals["A1"]["units_active"] == 16
    assert goals["A2"]["value"] == pytest.approx(0.80, abs=0.01)
    assert goals["P1"]["value"] == pytest.approx(198, abs=0.01)
    assert goals["P1"]["without_x"] > 165
    assert goals["I1"]["value"] == pytest.approx(0.022, abs=0.00005)
    assert goals["T1"]["rr_treated"] == pytest.approx(1.15, abs=0.012)
    assert goals["T1"]["rr_national"] == pytest.approx(1.095, abs=0.01)
    assert goals["S1"]["own_channel"] == {"value": 0.96, "yes": 2304, "answers": 2400}
    assert goals["S1"]["probability_sample"] == {"value": 0.75, "yes": 1125, "answers": 1500}


def test_a_unit_that_fell_silent_in_october_is_not_active_at_the_end(world):
    units = world.truth()["units"]
    assert units["blekinge"]["posts"] > 100
    assert not units["blekinge"]["is_active_at_end"]
    assert units["jamtland"]["is_active_at_end"]
    assert units["gotland"]["first_post_at"] is None


def test_before_publication_every_counter_is_zero(world):
    for number in range(0, world.post_count, 400):
        before = world.post(number).published_at - timedelta(seconds=1)
        assert set(world.post_metrics(number, before).values()) == {0}


def test_views_never_fall_but_by_a_glitch_a_restart_or_a_restatement(world):
    counters = world.posts.counters
    calm = (counters.glitch_at >= NEVER) & (counters.reset_at >= NEVER) & (counters.restated_at >= NEVER)
    chosen = np.array(some_posts(world, calm))
    readings = np.stack(
        [level(counters, "views", chosen, counters.published[chosen] + h * 3600) for h in range(0, 900, 7)]
    )
    assert (np.diff(readings, axis=0) >= 0).all()


def test_a_restatement_takes_a_part_of_the_views_and_lets_the_rest_grow_on(world):
    counters = world.posts.counters
    chosen = np.array(some_posts(world, (counters.restated_at < NEVER) & (counters.deleted_at >= NEVER)))
    at = counters.restated_at[chosen]
    before, after, later = (level(counters, "views", chosen, at + shift) for shift in (-1, 0, 20 * 86400))
    assert len(chosen) > 20
    np.testing.assert_allclose(after / before, RESTATED, atol=1e-4)
    assert (later >= after).all()
    assert (counters.glitch_at[chosen] >= NEVER).all()
    assert (counters.reset_at[chosen] >= NEVER).all()


def test_an_account_reaches_fewer_people_in_a_month_than_its_posts_added_up(world):
    posts, reach = world.posts, world.truth()["reach"]
    everyone = np.arange(world.post_count)
    per_post = np.floor(level(posts.counters, "reach", everyone, np.full(world.post_count, NEVER - 1)))
    months = [instant(int(at) + 3600).strftime("%Y-%m") for at in posts.published]
    mine: dict[tuple[str, str], list[float]] = {}
    for number, month in enumerate(months):
        mine.setdefault((world.author(number).account_id, month), []).append(per_post[number])
    checked = 0
    for account, of_month in reach.items():
        for month, people in of_month.items():
            one_by_one = mine[account, month]
            assert max(one_by_one) <= people * (1 + 1e-9)
            assert people <= sum(one_by_one) * (1 + 1e-9)
            checked += 1
    assert checked > 300


def test_two_posts_reach_the_people_that_arithmetic_says():
    # 1,000 people, 100 of them eight times as likely: weights 800 and 900. A post reaching 170 reaches a regular with
    # probability 0.8 and another with 0.1; two such posts miss a regular with 0.04, another with 0.81.
    assert reached(np.array([170.0, 170.0]), 1000.0) == pytest.approx(100 * 0.96 + 900 * 0.19)


def test_other_parameters_make_another_truth_and_leave_the_posts_alone():
    plain, other = World(seed=3, scale=0.3), World(3, 0.3, Parameters(effect_net=0.4, lag_median_hours=20.0))
    assert plain.posts.native_ids == other.posts.native_ids
    assert other.truth()["goals"]["T1"]["rr_treated"] == pytest.approx(1.4, abs=0.05)
    lags = {w: np.median(w.tips.lag_s[w.tips.cause >= 0]) / 3600 for w in (plain, other)}
    assert lags[plain] == pytest.approx(10, rel=0.15)
    assert lags[other] == pytest.approx(20, rel=0.15)


def test_a_glitch_is_a_zero_between_two_good_readings(world):
    counters = world.posts.counters
    number = some_posts(world, (counters.glitch_at < NEVER) & (counters.deleted_at >= NEVER))[0]
    at = int(counters.glitch_at[number])
    name = next(name for name in ("post_impressions", "views", "impression_count", "post_media_view")
                if name in world.post_metrics(number, instant(at)))  # fmt: skip
    before, during, after = (
        world.post_metrics(number, instant(moment))[name] for moment in (at - 1, at, at + GLITCH_LENGTH)
    )
    assert before > 10
    assert during == 0
    assert after >= before


def test_a_restart_loses_exactly_what_was_shown_before_it(world):
    counters = world.posts.counters
    number = some_posts(world, (counters.reset_at < NEVER) & (counters.deleted_at >= NEVER))[0]
    name = {"facebook": "post_media_view", "instagram": "views", "x": "impression_count"}[world.author(number).platform]
    chosen, at = np.array([number]), np.array([counters.reset_at[number]])
    lost = int(np.floor(level(counters, "views", chosen, at))[0])
    true = world.truth()["posts"][world.post(number).post_id]
    assert lost > 10
    assert true[name] + lost == true["views_total"]


def test_likes_that_are_taken_back_make_the_counter_fall(world):
    counters = world.posts.counters
    often = (counters.taken_back_at < NEVER) & (counters.taken_back["likes"] >= 2) & (counters.deleted_at >= NEVER)
    number = some_posts(world, often & (counters.taken_back_at > counters.published + 15 * DAY))[0]
    name = {"facebook": "reactions", "instagram": "likes", "x": "like_count"}[world.author(number).platform]
    at = int(counters.taken_back_at[number])
    assert world.post_metrics(number, instant(at))[name] < world.post_metrics(number, instant(at - 1))[name]


def test_the_final_counters_of_the_truth_are_what_is_shown_long_after(world):
    for number in range(0, world.post_count, 97):
        true = world.truth()["posts"][world.post(number).post_id]
        shown = world.post_metrics(number, LATE)
        assert {name: true[name] for name in shown} == shown


def test_the_sum_of_a_posts_gains_is_its_final_counter(world):
    number = some_posts(world, world.posts.counters.deleted_at >= NEVER)[3]
    start = int(world.posts.published[number])
    moments = np.concatenate([np.arange(start, start + 120 * DAY, DAY // 4), [FOREVER]])
    levels = np.floor(level(world.posts.counters, "views", np.full(len(moments), number), moments))
    assert np.diff(levels).sum() == world.truth()["posts"][world.post(number).post_id]["views_total"]


def test_counters_grow_faster_by_day_than_by_night(world):
    number = some_posts(world, world.posts.counters.deleted_at >= NEVER)[10]
    base = (int(world.posts.published[number]) // DAY + 3) * DAY
    noon, night = (
        np.diff(level(world.posts.counters, "views", np.full(2, number), np.array([base + a, base + a + 14400])))[0]
        for a in (12 * 3600, 24 * 3600)
    )
    assert noon > 2 * night


def test_a_deleted_posts_counters_stand_still(world):
    counters = world.posts.counters
    young = (counters.deleted_at < counters.published + 5 * DAY) & (counters.taken_back_at >= NEVER)
    numbers = some_posts(world, young & (counters.glitch_at >= NEVER) & (counters.reset_at >= NEVER))
    assert len(numbers) > 3
    for number in numbers:
        gone = instant(int(counters.deleted_at[number]))
        later = world.post_metrics(number, gone + timedelta(days=2))
        earlier = world.post_metrics(number, gone)
        assert {name: earlier[name] for name in later if name in earlier} == {
            n: later[n] for n in later if n in earlier
        }
        assert world.post_metrics(number, LATE).items() <= world.truth()["posts"][world.post(number).post_id].items()


@pytest.mark.parametrize(
    ("platform", "names", "factor", "both"),
    [
        ("facebook", ("post_impressions", "post_media_view"), 1.30, date(2025, 11, 1)),
        ("instagram", ("impressions", "views"), 1.15, date(2025, 3, 1)),
    ],
)
def test_a_series_switches_on_its_day_with_an_overlap_of_known_factor(world, platform, names, factor, both):
    old, new = names
    account = next(a for a in world.accounts if a.platform == platform)
    mine = world.posts_by_account[account.number]
    mine = mine[world.posts.published[mine] < midnight(both) - 10 * DAY]
    values = world.metrics(platform, mine, np.full(len(mine), midnight(both)))
    assert values[new].sum() / values[old].sum() == pytest.approx(factor, abs=0.001)
    assert world.metrics(platform, mine, np.full(len(mine), midnight(OFFERS[platform][old].dead)))[old].max() == -1
    first = midnight(OFFERS[platform][new].first)
    assert world.metrics(platform, mine, np.full(len(mine), first - 1))[new].max() == -1


def test_reach_never_exceeds_views(world):
    everyone = np.arange(world.post_count)
    at = np.full(world.post_count, FOREVER)
    assert (
        level(world.posts.counters, "reach", everyone, at) <= level(world.posts.counters, "views", everyone, at)
    ).all()
    assert set(FAMILIES) == set(world.posts.counters.final)


def test_tips_on_rungs_one_to_four_add_up_to_the_touched_ones(world):
    tips = world.truth()["tips"]
    assert sum(rung["caused"] for rung in tips["by_rung"].values()) == tips["touched"]
    assert tips["by_rung"]["1"]["rows"] == tips["by_rung"]["1"]["caused"]
    assert tips["by_rung"]["2"]["rows"] > tips["by_rung"]["2"]["caused"]
    assert tips["by_rung"]["1"]["rows"] + tips["by_rung"]["2"]["rows"] == tips["documented"]


def test_a_displaced_tip_replaces_one_that_would_have_come_anyway(world):
    tips, cells = world.tips, treated(world.posts)
    there = cells[tips.unit, day_number(tips.received)]
    background, displaced = int(((tips.cause < 0) & there).sum()), int(tips.displaced.sum())
    expected = float(tips.expected[cells].sum())
    assert displaced / (tips.cause >= 0).sum() == pytest.approx(0.20, abs=0.02)
    assert background + displaced == pytest.approx(expected, rel=0.02)
    assert background < expected * 0.98


def test_the_lag_from_appeal_to_tip_has_the_true_median(world):
    lag = world.tips.lag_s[world.tips.cause >= 0] / 3600
    assert np.median(lag) == pytest.approx(10, rel=0.06)


def test_no_tip_comes_before_the_post_that_caused_it_nor_names_a_case_before_its_first_post(world):
    tips, published = world.tips, world.posts.published
    caused = tips.cause >= 0
    assert (tips.received[caused] + 3600 > published[tips.cause[caused]]).all()
    first = {int(a): int(published[world.posts.appeal == a][0]) for a in np.unique(tips.appeal[tips.appeal >= 0])}
    for number in np.flatnonzero(tips.appeal >= 0):
        assert tips.received[number] + 3600 > first[int(tips.appeal[number])]


def test_the_tips_are_cut_to_whole_hours(world):
    assert (world.tips.received % 3600 == 0).all()


def test_followers_at_midnight_add_the_days_gains_and_losses(world):
    noon = seconds(datetime(2025, 9, 10, 10, tzinfo=UTC))
    gained, lost = world.audience.follows(0, noon)
    today, tomorrow = world.audience.followers(0, np.array([noon, noon + DAY]))
    next_gained, next_lost = world.audience.follows(0, noon + DAY)
    assert tomorrow - today == next_gained - next_lost
    assert gained > lost > 0


def test_a_week_of_page_views_is_the_sum_of_its_days(world):
    edges = np.arange(midnight(date(2025, 9, 1)), midnight(date(2025, 9, 8)) + 1, DAY)
    days = world.audience.window(0, "page_media_view", edges)
    week = world.audience.window(0, "page_media_view", edges[[0, -1]])
    assert abs(int(days.sum()) - int(week[0])) <= len(days)


def test_an_instant_without_a_time_zone_is_refused(world):
    with pytest.raises(ValueError, match="time zone"):
        world.post_metrics(0, datetime(2025, 9, 1))  # noqa: DTZ001
