"""Any readings, in any order: the models agree with METHOD section 3 written row by row, and nothing is lost."""

from __future__ import annotations

import datetime as dt
import math

import duckdb
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from pipelines.errors import CheckError
from pipelines.warehouse.connection import prepare
from tests.spec.marts.delta_oracle import Deltas, Reading, deltas
from tests.spec.marts.post_counters import CHAIN, build_counters, post, read
from tests.spec.tables import build, calendar, create, query, run_config

START = dt.datetime(2025, 3, 20, tzinfo=dt.UTC)  # ten days before the clocks change
# a world of many posts is quick to build and slow to shrink; the assertion prints the one post that differs
LAW = settings(
    deadline=None, phases=[Phase.explicit, Phase.generate], database=None, suppress_health_check=[HealthCheck.too_slow]
)
METRICS = {"counter": "impression_count", "reversible": "like_count"}

instants = st.one_of(
    st.integers(min_value=0, max_value=20 * 24 * 4).map(lambda quarter: START + dt.timedelta(minutes=15 * quarter)),
    st.integers(min_value=0, max_value=40).map(lambda n: START + dt.timedelta(hours=n)),
)
figures = st.one_of(
    st.none(), st.sampled_from([0.0, 0.0, 3.0, 9.0, 10.0, 20.0, 39.0, 40.0, 500.0]), st.integers(0, 2000).map(float)
)
readings = st.builds(
    Reading,
    observed_at=instants,
    value=figures,
    ingested_at=st.integers(0, 50).map(lambda n: START + dt.timedelta(days=30, hours=n)),
    status=st.sampled_from(["ok", "ok", "ok", "ok", "error", "not_found"]),
)
published = st.one_of(st.none(), st.integers(-300, 300).map(lambda n: START + dt.timedelta(hours=n)))
series = st.tuples(st.sampled_from(["counter", "reversible"]), published, st.lists(readings, min_size=1, max_size=14))
worlds = st.lists(series, min_size=1, max_size=25)


def with_clean_status(given_readings: list[Reading]) -> list[Reading]:
    """A reading that failed has no figure."""
    return [r if r.status == "ok" else Reading(r.observed_at, None, r.ingested_at, r.status) for r in given_readings]


def built(con: duckdb.DuckDBPyConnection, world: list[tuple[str, dt.datetime | None, list[Reading]]]) -> list[Deltas]:
    """What the models make of each series, in the oracle's words."""
    prepare(con)
    run_config(con)
    for table in ("marts.dim_post", "staging.stg_x__post_readings"):
        create(con, table)
    posts = [(f"x:{n}", "x:9", "x", at) for n, (_, at, _) in enumerate(world)]
    con.executemany(
        "insert into marts.dim_post (post_id, account_id, platform, published_at) values (?, ?, ?, ?)", posts
    )
    read_rows = [
        (f"x:{n}", METRICS[kind], r.observed_at, r.ingested_at, r.status, r.value)
        for n, (kind, _, given_readings) in enumerate(world)
        for r in given_readings
    ]
    con.executemany("insert into staging.stg_x__post_readings values (?, ?, ?, ?, ?, ?)", read_rows)
    calendar(con, "2025-03-01", "2025-05-31")
    build(con, *CHAIN)
    found = [Deltas() for _ in world]
    for post_id, day, gain, correction, imputed in con.execute(
        "select post_id, local_date, gain, correction, is_imputed from marts.fct_post_daily"
    ).fetchall():
        found[int(post_id[2:])].days[day] = (gain, correction, imputed)
    for post_id, amount, reason in con.execute(
        "select post_id, amount, reason from marts.fct_post_unallocated order by to_at"
    ).fetchall():
        found[int(post_id[2:])].unallocated.append((amount, reason))
    for post_id, last, loss, flags in con.execute(
        "select post_id, last_value, reset_loss, flags from marts.fct_post_counter"
    ).fetchall():
        found[int(post_id[2:])].last = last
        found[int(post_id[2:])].reset_loss = loss or 0.0
        found[int(post_id[2:])].flags = set(flags or []) - {"publication_unknown"}
    return found


def same(one: Deltas, other: Deltas) -> bool:
    """Equal to the sixth decimal; an amount of nothing for no day is nobody's business."""

    def days(result: Deltas) -> dict[dt.date, tuple[float, float, bool]]:
        return {d: (round(g, 6), round(c, 6), i) for d, (g, c, i) in result.days.items()}

    def aside(result: Deltas) -> list[tuple[float, str]]:
        return [(round(amount, 6), why) for amount, why in result.unallocated if amount]

    return (days(one), aside(one), one.last, one.reset_loss, one.flags) == (
        days(other),
        aside(other),
        other.last,
        other.reset_loss,
        other.flags,
    )


@settings(parent=LAW, max_examples=40)
@given(world=worlds)
def test_the_models_agree_with_the_method_row_by_row(world):
    world = [(kind, at, with_clean_status(given_readings)) for kind, at, given_readings in world]
    with duckdb.connect() as con:
        found = built(con, world)
    for (kind, at, given_readings), result in zip(world, found, strict=True):
        expected = deltas(given_readings, kind, at)
        assert same(result, expected), (kind, at, given_readings, result, expected)
        assert math.isclose(result.total, (result.last or 0) + result.reset_loss, abs_tol=1e-6)


@settings(parent=LAW, max_examples=12)
@given(world=worlds, chance=st.randoms(use_true_random=False))
def test_order_and_repeats_of_readings_do_not_matter(world, chance):
    world = [(kind, at, with_clean_status(given_readings)) for kind, at, given_readings in world]
    shuffled = []
    for kind, at, given_readings in world:
        again = given_readings + given_readings[: chance.randint(0, 3)]
        chance.shuffle(again)
        shuffled.append((kind, at, again))
    with duckdb.connect() as con:
        first = built(con, world)
    with duckdb.connect() as con:
        second = built(con, shuffled)
    assert all(same(one, other) for one, other in zip(first, second, strict=True))


def test_an_amount_that_the_calendar_has_no_day_for_breaks_the_law_and_the_build(con):
    post(con, "2025-03-10 08:00")
    read(con, "2025-03-10 20:00 | 120\n2025-03-11 20:00 | 240")
    with pytest.raises(CheckError, match="fct_post_counter broke its promise"):
        build_counters(con, first="2025-03-11")


def test_a_reading_dated_after_the_calendar_is_set_aside_and_flagged(con):
    post(con, "2025-03-10 08:00")
    read(con, "2025-03-10 20:00 | 120\n2031-03-11 20:00 | 240")
    build_counters(con)
    assert query(con, "select last_value, flags from marts.fct_post_counter") == [("120", "[reading_after_calendar]")]


def test_a_post_of_unknown_birth_gives_its_first_figure_to_no_day(con):
    post(con, None)
    read(con, "2025-03-10 20:00 | 120\n2025-03-11 20:00 | 144")
    build_counters(con)
    assert query(con, "select amount, reason, from_at from marts.fct_post_unallocated") == [
        ("120", "before_tracking", "")
    ]
    assert query(con, "select flags from marts.fct_post_counter") == [("[publication_unknown]",)]
    assert query(con, "select sum(gain) from marts.fct_post_daily") == [("24",)]


def test_a_unique_figure_has_no_days(con):
    post(con, "2025-03-10 08:00")
    read(con, "2025-03-10 20:00 | 120\n2025-03-11 20:00 | 240", metric="reach")
    build_counters(con)
    assert query(con, "select metric, kind from marts.fct_post_snapshot limit 1") == [("reach_post", "unique")]
    assert query(con, "from marts.fct_post_daily") == []


def test_two_native_metrics_of_one_meaning_never_count_twice(con):
    post(con, "2025-03-10 08:00")
    read(con, "2025-03-10 20:00 | 10\n2025-03-11 20:00 | 20", metric="like_count")
    read(con, "2025-03-10 21:00 | 11", metric="likes")
    build_counters(con)
    assert query(con, "from marts.dim_post_series") == [("x:1", "reactions", "like_count")]
    assert query(
        con,
        "select native_metric, sum(gain), bool_and(is_counted) from marts.fct_post_daily group by all order by all",
    ) == [("like_count", "20", "true"), ("likes", "11", "false")]


def test_a_day_covered_by_readings_that_added_nothing_is_zero_and_a_day_not_covered_is_absent(con):
    post(con, "2025-03-10 08:00")
    read(con, "2025-03-10 20:00 | 10\n2025-03-11 20:00 | 10")
    build_counters(con)
    assert query(con, "select local_date, gain from marts.fct_post_daily order by 1") == [
        ("2025-03-10", "10"),
        ("2025-03-11", "0"),
    ]
