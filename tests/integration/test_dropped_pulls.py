"""R16: a pull that never happened changes no other day's figure, keeps every sum, and leaves a gap that is no zero.

The simulated world is pulled day by day by the real pipeline; then one run's pages are taken away, the warehouse is
made again from what is left, and every day's row is compared.
"""

from __future__ import annotations

import random
import shutil
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from pipelines.goals import load_goals
from pipelines.project import Project
from pipelines.run import pull_all, run_project
from pipelines.run.demonstration import write_environment
from pipelines.sandbox import SandboxClock, World, project_config, running_sandbox
from pipelines.warehouse.connection import open_hardened
from tests.integration.projects import sandbox_project

pytestmark = [pytest.mark.slow, pytest.mark.promise("R16")]

PULLS = [datetime(2025, 11, 3, 4, 15, tzinfo=UTC) + timedelta(days=day) for day in range(10)]
STOCKHOLM = ZoneInfo("Europe/Stockholm")
DAILY = {
    "post_metric_daily": ("post_id, native_metric, metric", "gain, correction"),
    "account_daily": ("account_id, native_metric, metric", "value, state"),
    "kpi_daily": ("kpi_id, goal_id, unit_id, platform", "value, low, high, n, state"),
    "tips_daily": ("unit_id, channel", "tips, documented, state, documented_state"),
}
"""Tables by the day: what a row is of, and what it says."""

_TOTAL = """
with amounts as (
    select post_id, native_metric, gain + correction as amount from published.post_metric_daily
    union all
    select post_id, native_metric, amount from published.post_metric_unallocated
)
select amounts.post_id, amounts.native_metric, latest.observed_at, sum(amounts.amount)
from amounts
inner join published.post_metric_latest as latest using (post_id, native_metric)
group by all
"""
"""What every post gained, up to its last reading."""


@pytest.fixture(scope="module")
def pulled(tmp_path_factory):
    """A project with a run of the landing per day, and nothing built."""
    world = World(seed=7, scale=0.2)
    with running_sandbox(world, clock=SandboxClock(PULLS[0])) as sandbox:
        config = project_config(world, sandbox.url, ["facebook", "x"])
        project = Project(sandbox_project(tmp_path_factory.mktemp("pulled"), config, PULLS[0]))
        for now in PULLS:
            sandbox.set_clock(now)
            write_environment(project, config, now)
            pull_all(
                project, read_all=True
            ).raise_for_errors()  # not by the schedule, where X's older posts rest for days
    assert len(list((project.landing_dir / "manifest").iterdir())) == len(PULLS)
    return project


def without(pulled, folder, dropped=()):
    """What is published where the pulls of some places never happened."""
    shutil.copytree(pulled.root, folder)
    project = Project(folder)
    manifests = sorted((project.landing_dir / "manifest").iterdir())
    for place in dropped:
        manifests[place].unlink()
    run_project(project, pull=False, report=False)
    with open_hardened(project.published_db) as con:
        daily = {
            name: {
                (row[0], *row[1]): row[2]
                for row in con.execute(
                    f"select local_date, row({key}), row({said}) from published.{name} order by all"
                ).fetchall()
            }
            for name, (key, said) in DAILY.items()
        }
        total = con.execute(_TOTAL).fetchall()
        cards = con.execute(
            "select kpi_id, unit_id, value, state, verdict, completeness from published.goal_scorecard"
        ).fetchall()
    return daily, {row[:3]: row[3] for row in total}, cards


@pytest.fixture(scope="module")
def whole(pulled, tmp_path_factory):
    return without(pulled, tmp_path_factory.mktemp("whole") / "project")


@pytest.fixture(scope="module")
def sparse(pulled, tmp_path_factory):
    """The first day and the last but one: eight days between two readings, more than the method spreads."""
    return without(pulled, tmp_path_factory.mktemp("sparse") / "project", [*range(1, len(PULLS) - 2), len(PULLS) - 1])


def local(instant: datetime) -> date:
    return instant.astimezone(STOCKHOLM).date()


def bracket(first: int, last: int) -> tuple[date, date]:
    """The days between the readings that are left around those that were dropped, both included."""
    before = local(PULLS[first - 1]) if first else date.min
    return before, local(PULLS[last + 1]) if last + 1 < len(PULLS) else date.max


def changed_elsewhere(whole, found, between):
    """Rows that are not the same on days that the dropped pulls do not touch."""
    wrong = []
    for table in DAILY:
        for key in whole[table].keys() | found[table].keys():
            outside = not between[0] <= key[0] <= between[1]
            if outside and not same(whole[table].get(key), found[table].get(key)):
                wrong.append((table, key, whole[table].get(key), found[table].get(key)))
    return wrong


def gained_otherwise(whole, found):
    """Posts whose last reading is the same in both, and what they gained until then is not."""
    both = whole.keys() & found.keys()
    assert len(both) > 20, "there is something to compare"
    return [(key, whole[key], found[key]) for key in both if whole[key] != pytest.approx(found[key])][:5]


def same(one, other):
    """Equal; of numbers, to the rounding of a sum in another order."""
    if isinstance(one, float) and isinstance(other, float):
        return one == pytest.approx(other, rel=1e-9, abs=1e-9)
    if isinstance(one, (tuple, dict)) and type(one) is type(other) and len(one) == len(other):
        pairs = (
            zip(one.values(), other.values(), strict=True) if isinstance(one, dict) else zip(one, other, strict=True)
        )
        return all(same(a, b) for a, b in pairs)
    return one == other


def test_a_dropped_pull_changes_no_other_days_figure_and_keeps_every_sum(pulled, whole, tmp_path, chaos, figure):
    places = random.Random(chaos.seed).sample(range(1, len(PULLS) - 1), chaos.pick(short=1, full=len(PULLS) - 2))
    daily, total, _ = whole
    for place in places:
        found, kept, _ = without(pulled, tmp_path / str(place), [place])
        between = bracket(place, place)
        wrong = changed_elsewhere(daily, found, between)
        assert wrong == [], f"pull {place}: {wrong[:5]}"
        assert gained_otherwise(total, kept) == [], "what a post gained up to its last reading is told in full"
        figure("pulls dropped", 1)
        figure("days' figures changed elsewhere", len(wrong))
    figure("days' figures compared", sum(map(len, daily.values())))


def test_a_stretch_without_pulls_is_a_gap_and_no_zero(whole, sparse, figure):
    daily, total, _ = whole
    found, kept, _ = sparse
    between = bracket(1, len(PULLS) - 3)
    assert changed_elsewhere(daily, found, (between[0], date.max)) == []
    held = {key[1] for key in found["post_metric_daily"] if between[0] < key[0] < between[1]}
    before = {key[1] for key in daily["post_metric_daily"] if key[0] == local(PULLS[0])}
    figure("posts with a zero in the gap", len(held & before))
    assert not held & before, "a post read before and after the gap has no row inside it, and no zero"
    assert gained_otherwise(total, kept) == [], "what it gained stands as belonging to no day"


def test_days_after_the_last_pull_are_null_and_every_share_is_of_what_was_due(pulled, whole, sparse, figure):
    present = {account.unit for account in load_goals(pulled.goals_path).accounts}
    found, _, cards = sparse
    _, _, complete_cards = whole
    last = local(PULLS[-1]) - timedelta(days=1)
    unread = [(key, said) for key, said in found["kpi_daily"].items() if key[0] >= last and key[3] in present]
    zeros = [(key, said) for key, said in unread if _value(said) == 0]
    figure("zeros on days that were not read", len(zeros))
    assert unread
    assert zeros == [], "a unit with an account may have posted; only what has none is known to be silent"
    tips = [said for (day, *_), said in found["tips_daily"].items() if day >= last]
    assert all(_value(said) is None for said in tips), "the day of no export has no tips, not none"
    for card in (*cards, *complete_cards):
        kpi, unit, value, state, verdict, completeness = card
        if unit is None and value is not None:
            assert completeness is not None, f"{kpi} says nothing of what it rests on"
            assert 0 <= completeness <= 1
        assert (value is None) or state != "missing"
        assert verdict != "met" or completeness is not None


def _value(said):
    return said[0] if isinstance(said, tuple) else next(iter(said.values()))
