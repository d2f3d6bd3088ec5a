"""Tips per day: what is shown, what is hidden, and that totals do not give it away."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy.optimize import linprog

from tests.spec.kpi.chain import build_up_to, goals, models
from tests.spec.tables import calendar, create, load, query, run_config

UNITS = ("a", "b", "c")
CHANNELS = ("phone", "web", "desk")
MIN_CELL = 5


def world(con, days, *, appeals=(), unread=()):
    """Tables for days of tips: `{date: {(unit, channel): (tips, documented)}}`."""
    run_config(
        con, study_start="2025-03-01", study_end="2025-03-31", as_of="2025-04-10 06:00:00Z", active_within_days=2
    )
    calendar(con, "2025-02-01", "2025-04-11")
    goals(con)
    for unit in UNITS:
        load(con, "marts.dim_unit", "unit_id, is_measured", f"u|m\n-\n{unit}|true")
    create(con, "marts.fct_tips")
    rows = [
        (f"{date}{unit}{channel}{i}", date, unit, channel, i < documented)
        for date, cells in days.items()
        for (unit, channel), (tips, documented) in cells.items()
        for i in range(tips)
    ]
    con.executemany(
        "insert into marts.fct_tips (tip_id, local_date, unit_id, channel, is_documented) values (?, ?, ?, ?, ?)", rows
    ) if rows else None
    con.execute("update marts.fct_tips set received_at = local_date + interval 12 hour")
    create(con, "marts.fct_tip_day")
    con.executemany("insert into marts.fct_tip_day values (?, ?)", [(date, date not in unread) for date in days])
    for number, (unit, date) in enumerate(appeals):
        load(
            con,
            "marts.dim_post",
            "post_id, platform, unit_id, local_date",
            f"p|f|u|d\n-\np{number}|facebook|{unit}|{date}",
        )
        load(con, "marts.fct_post_goal", "post_id, goal_id", f"p|g\n-\np{number}|tips")
    build_up_to(con, "published.tips_daily", "published.kpi_daily")


TABLE = (
    "select unit_id, channel, tips, state from published.tips_daily order by unit_id nulls first, channel nulls first"
)


def test_the_example_of_the_method_hides_the_small_cell_one_beside_it_and_both_channel_totals(con):
    # METHOD 7: web 12, phone 3 | web 9, phone 8; here the units' totals are published as well.
    world(
        con,
        {"2025-03-03": {("a", "web"): (12, 0), ("a", "phone"): (3, 0), ("b", "web"): (9, 0), ("b", "phone"): (8, 0)}},
    )
    assert query(con, TABLE) == [
        ("", "", "32", "measured"),
        ("", "phone", "", "suppressed"),
        ("", "web", "", "suppressed"),
        ("a", "", "15", "measured"),
        ("a", "phone", "", "suppressed"),
        ("a", "web", "", "suppressed"),
        ("b", "", "17", "measured"),
        ("b", "phone", "8", "measured"),
        ("b", "web", "9", "measured"),
        ("c", "", "0", "measured"),
    ]


def test_where_most_cells_of_unit_and_channel_are_small_the_channels_totals_are_shown_instead(con):
    world(con, {"2025-03-03": {(unit, channel): (4, 0) for unit in UNITS for channel in ("phone", "web")}})
    assert query(
        con, "select unit_id, channel, tips from published.tips_daily where tips is not null order by 1, 2"
    ) == [
        ("a", "", "8"),
        ("b", "", "8"),
        ("c", "", "8"),
        ("", "phone", "12"),
        ("", "web", "12"),
        ("", "", "24"),
    ]


def test_a_quiet_day_is_zero_and_a_day_not_read_is_missing(con):
    world(con, {"2025-03-03": {}, "2025-03-04": {("a", "web"): (9, 0)}}, unread=("2025-03-04",))
    assert query(
        con,
        "select local_date, unit_id, value, state from published.kpi_daily where kpi_id = 'tips' order by 1, 2 nulls first",
    ) == [
        ("2025-03-03", "", "0", "measured"),
        ("2025-03-03", "a", "0", "measured"),
        ("2025-03-03", "b", "0", "measured"),
        ("2025-03-03", "c", "0", "measured"),
        ("2025-03-04", "", "", "missing"),
        ("2025-03-04", "a", "", "missing"),
        ("2025-03-04", "b", "", "missing"),
        ("2025-03-04", "c", "", "missing"),
    ]


def test_a_zero_is_hidden_while_an_appeal_of_the_unit_is_out(con):
    # The window is two days: the appeal of the 3rd hides the 0 of the 3rd and 4th, not of the 5th.
    quiet = {("b", "web"): (20, 0), ("c", "web"): (30, 0)}
    world(con, {f"2025-03-0{d}": quiet for d in (2, 3, 4, 5)}, appeals=[("a", "2025-03-03")])
    assert query(con, "select local_date, tips, state from published.tips_daily where unit_id = 'a' order by 1") == [
        ("2025-03-02", "0", "measured"),
        ("2025-03-03", "", "suppressed"),
        ("2025-03-04", "", "suppressed"),
        ("2025-03-05", "0", "measured"),
    ]


def test_documented_is_shown_per_day_of_the_organisation_and_not_of_units(con):
    world(con, {"2025-03-03": {("a", "web"): (12, 9), ("b", "web"): (20, 0)}})
    found = query(
        con,
        "select unit_id, tips, documented, documented_state from published.tips_daily where channel is null order by 1 nulls first",
    )
    # Units have their documented tips over the period; per day they would be differences of it.
    assert found == [
        ("", "32", "9", "measured"),
        ("a", "12", "", "suppressed"),
        ("b", "20", "", "suppressed"),
        ("c", "0", "", "suppressed"),
    ]


def test_one_hidden_day_of_a_period_hides_another_because_the_period_has_a_total(con):
    world(
        con,
        {
            "2025-03-03": {("a", "web"): (20, 3)},
            "2025-03-04": {("a", "web"): (30, 12)},
            "2025-03-05": {("a", "web"): (40, 15)},
        },
    )
    found = query(
        con,
        "select local_date, value, state from published.kpi_daily where kpi_id = 'tips_documented' and unit_id is null order by 1",
    )
    assert found == [
        ("2025-03-03", "", "suppressed"),
        ("2025-03-04", "", "suppressed"),
        ("2025-03-05", "15", "measured"),
    ]


def test_one_day_with_few_tips_among_days_without_any_hides_one_of_them_too(con):
    # All that came in the period came on one day: hidden alone, it would say that it is the period's total.
    world(con, {"2025-03-03": {("a", "web"): (3, 0)}, "2025-03-04": {}, "2025-03-05": {}})
    found = query(
        con,
        "select local_date, value, state from published.kpi_daily where kpi_id = 'tips' and unit_id is null order by 1",
    )
    assert found == [
        ("2025-03-03", "", "suppressed"),
        ("2025-03-04", "", "suppressed"),
        ("2025-03-05", "0", "measured"),
    ]


def test_a_day_has_a_cell_for_the_whole_each_unit_of_the_day_and_each_channel_with_tips(con):
    world(con, {"2025-03-03": {("a", "web"): (2, 0), ("x", None): (1, 0)}, "2025-03-04": {}}, unread=("2025-03-04",))
    con.execute("update marts.dim_unit set valid_to = '2025-03-03' where unit_id = 'b'")
    con.execute("update marts.dim_unit set valid_from = '2025-03-04' where unit_id = 'c'")
    con.execute("insert into marts.fct_tips (tip_id, local_date, unit_id) values ('outside', '2025-02-01', 'a')")
    build_up_to(con, "kpi.kpi_tips_frame_daily")
    found = query(
        con,
        """
        select local_date, level, unit_id, channel, is_in_study, is_read from kpi.kpi_tips_frame_daily
        order by local_date, level, unit_id, channel
        """,
    )
    assert found == [
        ("2025-03-03", "channel", "", "unknown", "true", "true"),
        ("2025-03-03", "channel", "", "web", "true", "true"),
        ("2025-03-03", "organisation", "", "", "true", "true"),
        ("2025-03-03", "unit", "a", "", "true", "true"),
        ("2025-03-03", "unit", "b", "", "true", "true"),
        ("2025-03-03", "unit", "x", "", "true", "true"),
        ("2025-03-03", "unit_channel", "a", "web", "true", "true"),
        ("2025-03-03", "unit_channel", "x", "unknown", "true", "true"),
        ("2025-03-04", "organisation", "", "", "true", "false"),
        ("2025-03-04", "unit", "a", "", "true", "false"),
        ("2025-03-04", "unit", "c", "", "true", "false"),
    ]


def test_an_appeal_is_out_for_its_window_and_without_a_unit_it_is_the_whole_organisations(con):
    days = {f"2025-03-0{d}": {} for d in (2, 3, 4, 5, 6)}
    world(con, days, appeals=[("a", "2025-03-03"), ("a", "2025-03-03"), ("", "2025-03-05")])
    load(con, "marts.dim_post", "post_id, platform, unit_id, local_date", "p|f|u|d\n-\nno|x|b|2025-03-02")
    load(con, "marts.fct_post_goal", "post_id, goal_id", "p|g\n-\nno|insight")
    build_up_to(con, "kpi.kpi_tips_appeals_daily")
    # The window is two days; b's post serves another goal.
    assert query(con, "select local_date, unit_id from kpi.kpi_tips_appeals_daily order by 1, 2 nulls last") == [
        ("2025-03-03", "a"),
        ("2025-03-03", ""),
        ("2025-03-04", "a"),
        ("2025-03-04", ""),
        ("2025-03-05", ""),
        ("2025-03-06", ""),
    ]


def test_below_a_hidden_total_nothing_is_shown(con):
    # The day's 12 documented tips are hidden beside another day's 3; the one unit that got them would tell.
    days = {"2025-03-03": {("a", "web"): (20, 3)}, "2025-03-04": {("a", "web"): (30, 12)}}
    world(con, days)
    found = query(
        con,
        """
        select unit_id, channel, tips, documented, documented_state from published.tips_daily
        where local_date = '2025-03-04' and tips > 0 order by 1 nulls first, 2 nulls first
        """,
    )
    assert found == [
        ("", "", "30", "", "suppressed"),
        ("", "web", "30", "", "suppressed"),
        ("a", "", "30", "", "suppressed"),
        ("a", "web", "30", "", "suppressed"),
    ]


def test_touched_is_missing_without_a_lag_law(con):
    world(con, {"2025-03-03": {("a", "web"): (20, 3)}})
    assert query(con, "select distinct touched, touched_state from published.tips_daily") == [("", "missing")]


def test_touched_is_shown_per_day_of_the_organisation_where_none_of_its_parts_is_small(con):
    # Per day 40 tips, 10 of them documented. Of the others, as many as said were touched, each by a half.
    world(con, {f"2025-03-0{day}": {("a", "web"): (40, 10)} for day in (3, 4, 5, 6)})
    con.execute("update kpi.kpi_tip_lag set value = 9.6, low = 9, high = 10, reason = null")
    con.execute("update kpi.kpi_tip_touch set rung = null, weight = 0")
    con.execute("update kpi.kpi_tip_touch set rung = 1, weight = 1 where cast(substr(tip_id, 15) as int) < 10")
    for day, halves in ((3, 4), (4, 12), (5, 16), (6, 30)):
        con.execute(
            "update kpi.kpi_tip_touch set rung = 4, weight = 0.5 where local_date = ? "
            "and cast(substr(tip_id, 15) as int) between 10 and ?",
            [f"2025-03-0{day}", 9 + halves],
        )
    for name in ("kpi.kpi_tips_daily_cells", "kpi.kpi_tips_visible", "kpi.kpi_tips_daily", "published.tips_daily"):
        models()[name].build(con)
    found = query(
        con,
        """
        select local_date, documented, touched, touched_state from published.tips_daily
        where unit_id is null and channel is null order by 1
        """,
    )
    # On the 3rd documented and touched differ by 2; the 4th, by 6, is hidden with it, and so is the 5th: 2 + 6 is less
    # than twice five, and 2 + 6 + 8 is not.
    assert found == [
        ("2025-03-03", "10", "", "suppressed"),
        ("2025-03-04", "10", "", "suppressed"),
        ("2025-03-05", "10", "", "suppressed"),
        ("2025-03-06", "10", "25", "measured"),
    ]
    units = query(con, "select distinct touched, touched_state from published.tips_daily where unit_id = 'a'")
    assert units == [("", "suppressed")]


def test_tips_without_unit_or_channel_are_named_unknown_and_counted(con):
    world(con, {"2025-03-03": {(None, None): (7, 0), ("a", "web"): (20, 0)}})
    assert query(
        con,
        "select unit_id, channel, tips from published.tips_daily where tips > 0 order by 1 nulls first, 2 nulls first",
    ) == [
        ("", "", "27"),
        ("", "unknown", "7"),
        ("", "web", "20"),
        ("a", "", "20"),
        ("a", "web", "20"),
        ("unknown", "", "7"),
        ("unknown", "unknown", "7"),
    ]


@pytest.mark.parametrize("seed", range(8))
def test_no_small_cell_can_be_worked_out_from_what_is_published(con, seed):
    """Attack: what values can each small count have, given every published number and what being listed says?"""
    rng = np.random.default_rng(seed)
    mean = (0.5, 2, 6, 12)[seed % 4]
    days = {}
    for day in range(1, 7):
        tips = {key: int(rng.poisson(mean * rng.choice((0.2, 1, 3)))) for key in product(UNITS, CHANNELS)}
        days[f"2025-03-0{day}"] = {key: (n, int(rng.binomial(n, 0.5))) for key, n in tips.items() if n}
    world(con, days, appeals=[("a", "2025-03-02"), ("b", "2025-03-04")])
    for date, cells in days.items():
        published = con.execute(
            "select unit_id, channel, tips, documented from published.tips_daily where local_date = ?", [date]
        ).fetchall()
        known = knowledge(published)
        for unit, channel in product((None, *UNITS), (None, *CHANNELS)):
            inside = [key for key in product(UNITS, CHANNELS) if unit in (None, key[0]) and channel in (None, key[1])]
            true = [sum(cells.get(key, (0, 0))[measure] for key in inside) for measure in (0, 1)]
            for row, value in (
                (sums(inside, 0), true[0]),
                (sums(inside, 1), true[1]),
                (sums(inside, 0) - sums(inside, 1), true[0] - true[1]),
            ):
                if 0 < value < MIN_CELL:
                    low, high = reach(row, known)
                    assert high - low >= MIN_CELL - 1, (
                        f"{date} {unit} {channel}: {value} is known to be in {low} to {high}"
                    )


KEYS = list(product(UNITS, CHANNELS))


def sums(keys, measure):
    """A sum of cells as a row over the unknowns: nine counts of tips, nine of documented ones."""
    row = np.zeros(2 * len(KEYS))
    row[[KEYS.index(key) + measure * len(KEYS) for key in keys]] = 1
    return row


def knowledge(published):
    """Everything a reader knows of a day, as equalities, and lower and upper bounds of the unknowns."""
    equal, to = [], []
    low, high = np.zeros(2 * len(KEYS)), np.full(2 * len(KEYS), 500.0)
    listed = {(unit, channel) for unit, channel, *_ in published}
    for unit, channel, *values in published:
        inside = [key for key in KEYS if unit in (None, key[0]) and channel in (None, key[1])]
        for measure, value in enumerate(values):
            if value is not None:
                equal.append(sums(inside, measure))
                to.append(value)
        if unit is not None and channel is not None:
            low[KEYS.index((unit, channel))] = 1
    for unit in UNITS:
        named = {channel for u, channel in listed if u == unit and channel is not None}
        if named:  # where some channels of a unit are named, those not named had none
            for channel in set(CHANNELS) - named:
                high[KEYS.index((unit, channel))] = 0
    return equal, to, low, high


def reach(row, known):
    """The least and the most that a sum of cells can be."""
    equal, to, low, high = known
    size = len(KEYS)
    below = np.hstack([-np.eye(size), np.eye(size)])  # documented <= tips
    ends = []
    for sign in (1, -1):
        found = linprog(
            sign * row,
            A_ub=below,
            b_ub=np.zeros(size),
            A_eq=np.array(equal) if equal else None,
            b_eq=to or None,
            bounds=list(zip(low, high, strict=True)),
        )
        assert found.success, found.message
        ends.append(sign * found.fun)
    return ends
