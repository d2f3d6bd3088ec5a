"""Increments: whatever comes in, in whatever order, the tables are what a full rebuild makes of it, row for row."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from pipelines.errors import CheckError
from pipelines.warehouse.build import build
from tests.spec.marts.nights import EVERY, NEEDED, Batch, build_all, contents, instant, opened, take_in
from tests.spec.tables import query, run_config


def ids(*columns: str):
    """A page lists an object once."""
    return lambda row: tuple(row[column] for column in columns)


hours = st.integers(0, 29 * 24)
maybe_hours = st.one_of(st.none(), hours.map(instant))
values = st.one_of(st.none(), st.sampled_from([0, 0, 3, 20, 39, 40, 500]), st.integers(0, 900))
posts = st.sampled_from(["x:1", "x:2", "x:3", "facebook:4", "youtube:5"])
readings = st.fixed_dictionaries({
    "post_id": posts,
    "native_metric": st.sampled_from([
        "impression_count", "post_media_view", "like_count", "likes", "reach", "of nobody",
    ]),
    "observed_at": hours.map(instant),
    "ingested_at": st.sampled_from([instant(700), instant(701), instant(702)]),
    "status": st.sampled_from(["ok", "ok", "ok", "not_found", "error"]),
    "value": values,
})  # fmt: skip
listed = st.fixed_dictionaries({
    "post_id": posts,
    "account_id": st.just("x:9"),
    "published_at": maybe_hours,
    "deleted_seen_at": maybe_hours,
    "ingested_at": st.sampled_from([instant(700), instant(701), instant(702)]),
    "text": st.sampled_from([None, "Vittnen sökes", "Tack"]),
})  # fmt: skip
tweets = st.fixed_dictionaries({
    "id": st.sampled_from(["1", "2", "7"]),
    "created_at": hours.map(lambda hour: instant(hour).replace(" ", "T")),
    "referenced_tweets": st.sampled_from([None, None, [{"type": "retweeted", "id": "5"}]]),
    "public_metrics": values.map(lambda value: {"like_count": value, "impression_count": value}),
})  # fmt: skip
pages = st.fixed_dictionaries({
    "id": st.sampled_from(["4", "8"]),
    "created_time": hours.map(lambda hour: instant(hour).replace(" ", "T").replace("Z", "+0000")),
    "reactions": values.map(lambda value: {"summary": {"total_count": value}}),
})  # fmt: skip
refusals = st.just({"native_metric": "post_media_view", "scope": "post", "status": "not_offered"})
batches = st.builds(
    Batch,
    rows=st.fixed_dictionaries({
        "raw.files__post_snapshots": st.lists(readings, max_size=6, unique_by=ids("post_id", "native_metric")),
        "raw.files__posts": st.lists(listed, max_size=2, unique_by=ids("post_id")),
        "raw.x__posts": st.lists(tweets, max_size=3, unique_by=ids("id")),
        "raw.facebook_pages__posts": st.lists(pages, max_size=2, unique_by=ids("id")),
        "raw.facebook_pages__metric_status": st.lists(refusals, max_size=1),
    }),
    run_id=st.sampled_from(["r1", "r2", "r3", "r4", "r5"]),
    timezone=st.sampled_from(["Europe/Stockholm"] * 9 + ["UTC"]),
    built=st.one_of(st.just(1000), st.just(1000), st.integers(0, len(NEEDED) - 1)),
)  # fmt: skip


@settings(
    max_examples=10, deadline=None, phases=[Phase.explicit, Phase.generate], database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip
@given(st.lists(batches, min_size=2, max_size=5))
def test_any_increments_kills_between_models_included_come_to_what_a_full_rebuild_gives(given_batches):
    with opened() as con:
        for number, batch in enumerate(given_batches):
            run_config(con, timezone=batch.timezone)
            take_in(con, batch, number)
            build_all(con, stop=batch.built)
        build_all(con)
        stood = contents(con)
        build_all(con, force=True)
        rebuilt = contents(con)
    for name in NEEDED:
        assert stood[name] == rebuilt[name], name


KILLED_AFTER = [
    NEEDED.index(name) + 1
    for name in (
        "staging.stg_files__post_readings", "marts.fct_post_snapshot", "marts.fct_post_reading", "marts.fct_post_daily",
        "published.post_metric_daily",
    )
]  # fmt: skip
night_values = st.one_of(st.none(), st.sampled_from([0, 0, 0, 3, 12, 40, 500, 510]), st.integers(0, 900))
nights = st.lists(
    st.tuples(
        st.dictionaries(
            st.tuples(posts, st.sampled_from(["likes", "like_count", "post_media_view", "impression_count", "reach"])),
            night_values,
        ),
        st.one_of(st.none(), st.none(), st.none(), st.none(), readings, listed),
        st.one_of(st.just(1000), st.just(1000), st.sampled_from(KILLED_AFTER)),
    ),
    min_size=4,
    max_size=9,
)


@settings(
    max_examples=5, deadline=None, phases=[Phase.explicit, Phase.generate], database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip
@given(nights, st.integers(6, 30), st.integers(0, 2), st.sampled_from(["Europe/Stockholm", "America/New_York"]))
def test_any_nights_of_readings_with_a_late_one_among_them_come_to_what_a_full_rebuild_gives(told, step, unread, zone):
    with opened(zone) as con:
        every = [("x:1", "likes"), ("x:2", "impression_count"), ("facebook:4", "likes")]
        for number, (found, late, stop) in enumerate(told):
            known = dict.fromkeys(every[unread:], 20 + 7 * number) | found
            rows = [
                reading(post_id, 24 + step * number, value, metric=metric) for (post_id, metric), value in known.items()
            ]
            batch = Batch({"raw.files__post_snapshots": rows}, run_id=f"r{number:03d}")
            if late is not None:
                table = "raw.files__posts" if "text" in late else "raw.files__post_snapshots"
                take_in(con, Batch({table: [late]}, run_id=f"r{number:03d}"), number)
            take_in(con, batch, number)
            build_all(con, stop=stop)
        build_all(con)
        stood = contents(con)
        build_all(con, force=True)
        rebuilt = contents(con)
    for name in NEEDED:
        assert stood[name] == rebuilt[name], name


def reading(post: str, hour: int, value: int | None, *, known: int = 700, metric: str = "likes") -> dict[str, object]:
    return {
        "post_id": post, "native_metric": metric, "observed_at": instant(hour), "ingested_at": instant(known),
        "status": "ok", "value": value,
    }  # fmt: skip


def post(post_id: str, published: int | None) -> dict[str, object]:
    at = None if published is None else instant(published)
    return {"post_id": post_id, "account_id": "x:9", "published_at": at, "ingested_at": instant(700)}


def readings_of(number: int, *rows: dict[str, object], run: str | None = None) -> tuple[Batch, int]:
    return Batch({"raw.files__post_snapshots": list(rows)}, run_id=run or f"r{number}"), number


def done(con: duckdb.DuckDBPyConnection, model: str) -> list[tuple[str, ...]]:
    """What the last increment of a model did; empty cells after a full build."""
    return query(con, f"select touched, changed, deleted, inserted from ops.built where model = '{model}'")


@pytest.fixture
def warehouse():
    """Three posts with two readings each, built."""
    with opened() as con:
        first = [reading(post, hour, hour) for post in ("x:1", "x:2", "x:3") for hour in (24, 48)]
        take_in(con, *readings_of(0, *first))
        take_in(con, Batch({"raw.files__posts": [post("x:1", None)]}, run_id="r0"), 0)
        build_all(con)
        yield con


def test_only_the_posts_with_new_readings_are_computed_again(warehouse):
    take_in(warehouse, *readings_of(1, reading("x:2", 60, 50)))
    build_all(warehouse)
    assert done(warehouse, "staging.stg_files__post_readings") == [("1", "1", "0", "1")]
    assert done(warehouse, "marts.fct_post_reading") == [("1", "1", "0", "1")]
    assert done(warehouse, "marts.fct_post_counter") == [("1", "1", "1", "1")]


def test_what_a_night_adds_for_readers_stands_in_the_order_of_its_key(warehouse):
    named = [(f"x:{number:04d}", metric) for number in range(3000, 0, -1) for metric in ("likes", "impression_count")]
    for night, hour in enumerate((60, 90), start=1):
        rows = [reading(post_id, hour, hour, metric=metric) for post_id, metric in named]
        take_in(warehouse, *readings_of(night, *rows))
        build_all(warehouse)
    [(touched, _, deleted, inserted)] = done(warehouse, "published.post_metric_daily")
    assert (touched, deleted) == ("3000", "0")
    days = query(warehouse, "select post_id, metric, local_date from published.post_metric_daily")[-int(inserted) :]
    assert len(days) == 2 * len(named)
    assert days == sorted(days)


def test_a_late_reading_and_a_restated_one_move_the_days_of_their_post_alone(warehouse):
    others = "select * from marts.fct_post_daily where post_id <> 'x:2' order by all"
    before = query(warehouse, others)
    take_in(warehouse, *readings_of(1, reading("x:2", 36, 30, known=710)))
    take_in(warehouse, *readings_of(2, reading("x:2", 48, 40, known=711)))
    build_all(warehouse)
    gains = "select round(sum(gain + correction), 6)::double from marts.fct_post_daily where post_id = 'x:2'"
    assert query(warehouse, gains) == [("16",)]
    assert query(warehouse, others) == before


@pytest.fixture
def nightly(warehouse):
    """Four nights of readings of three posts, and in two tables a first row that somebody has tampered with."""
    for night in range(1, 5):
        rows = [reading(post, 48 + 24 * night, 100 * night) for post in ("x:1", "x:2", "x:3")]
        take_in(warehouse, *readings_of(night, *rows))
        build_all(warehouse)
    warehouse.execute("update marts.fct_post_reading set metric = 'wrong' where observed_at = '2025-03-02 00:00:00Z'")
    warehouse.execute("update marts.fct_post_daily set unit_id = 'wrong' where local_date = '2025-03-02'")
    return warehouse


TAMPERED = """
select post_id, count(*) from (
    select post_id from marts.fct_post_reading where metric = 'wrong'
    union all select post_id from marts.fct_post_daily where unit_id = 'wrong'
)
group by 1 order by 1
"""


def test_a_night_computes_nothing_again_that_it_cannot_have_changed(nightly):
    take_in(nightly, *readings_of(5, *[reading(post, 168, 500) for post in ("x:1", "x:2", "x:3")]))
    build_all(nightly)
    assert done(nightly, "marts.fct_post_reading") == [("3", "3", "0", "3")]
    assert done(nightly, "marts.fct_post_metric_interval") == [("3", "3", "0", "3")]
    assert query(nightly, TAMPERED) == [("x:1", "2"), ("x:2", "2"), ("x:3", "2")]


def test_where_the_rows_of_a_post_begin_is_written_down_once_however_many_nights_follow(nightly):
    assert query(nightly, "select model, key, count(*) from ops.first_rows group by all having count(*) > 1") == []
    known = "select count(distinct model) > 4, count(distinct key) from ops.first_rows"
    assert query(nightly, known) == [("true", "3")]


@pytest.mark.parametrize(
    "told",
    [
        {"raw.files__post_snapshots": [reading("x:2", 30, 30, known=711)]},
        {"raw.files__posts": [post("x:2", 20)]},
        {"raw.files__posts": [post("x:2", None) | {"deleted_seen_at": instant(200)}]},
    ],
    ids=["a late reading", "a publication", "a deletion"],
)
def test_a_night_computes_the_whole_history_of_a_post_of_which_more_is_learned(nightly, told):
    take_in(nightly, *readings_of(5, *[reading(post, 168, 500) for post in ("x:1", "x:3")]))
    take_in(nightly, Batch(told, run_id="r6"), 6)
    build_all(nightly)
    assert query(nightly, TAMPERED) == [("x:1", "2"), ("x:3", "2")]


def test_a_collapse_that_a_later_night_takes_back_is_judged_anew(warehouse):
    for night, value in enumerate((400, 500, 0, 0, 450), start=1):
        take_in(warehouse, *readings_of(night, reading("x:2", 24 * night, value, metric="impression_count")))
        build_all(warehouse)
    verdicts = """
        select value, verdict from marts.fct_post_reading
        where native_metric = 'impression_count' order by observed_at
    """
    assert query(warehouse, verdicts)[2:] == [("0", "glitch"), ("0", "glitch"), ("450", "kept")]
    assert done(warehouse, "marts.fct_post_reading") == [("1", "1", "2", "3")]


def test_a_series_that_comes_to_have_more_figures_than_the_one_that_counted_takes_its_place(warehouse):
    chosen = "select native_metric from marts.dim_post_series where post_id = 'x:2'"
    found: list[str] = []
    for night in range(1, 4):
        take_in(warehouse, *readings_of(night, reading("x:2", 48 + 24 * night, 50, metric="like_count")))
        build_all(warehouse)
        found += [row[0] for row in query(warehouse, chosen)]
    assert found == ["likes", "like_count", "like_count"]
    counted = "select distinct is_counted from marts.fct_post_daily where native_metric = 'likes' and post_id = 'x:2'"
    assert query(warehouse, counted) == [("false",)]


def test_a_post_whose_rows_come_out_the_same_sets_nothing_further_in_motion(warehouse):
    take_in(warehouse, *readings_of(1, reading("x:2", 48, 48, known=710)))  # the same figure, said again
    build_all(warehouse)
    assert done(warehouse, "marts.fct_post_snapshot") == [("1", "1", "1", "1")]  # known since is a column of it
    assert done(warehouse, "marts.fct_post_reading") == [("1", "0", "0", "0")]
    assert done(warehouse, "marts.fct_post_daily") == [("", "", "", "")]  # up to date, as it was first built


def test_what_was_learned_about_a_post_computes_it_again(warehouse):
    take_in(warehouse, Batch({"raw.files__posts": [post("x:2", 20)]}, run_id="r1"), 1)
    build_all(warehouse)
    gains = "select post_id, gain from marts.fct_post_counter order by 1"
    assert query(warehouse, gains) == [("x:1", "24"), ("x:2", "48"), ("x:3", "24")]
    assert done(warehouse, "marts.fct_post_metric_interval") == [("1", "1", "1", "1")]


@pytest.mark.parametrize(
    "change",
    [
        "update seeds.method set imputed_gap_hours = 12",
        """
        insert into seeds.calendar
        select local_date + 1, ends_at, ends_at + interval 1 day, month_start, iso_week
        from seeds.calendar order by local_date desc limit 1
        """,
    ],
    ids=["a threshold", "the calendar grew"],
)
def test_what_people_decide_builds_in_full(warehouse, change):
    take_in(warehouse, *readings_of(1, reading("x:2", 60, 50)))
    warehouse.execute(change)
    build_all(warehouse)
    assert done(warehouse, "marts.fct_post_snapshot") == [("1", "1", "0", "1")]
    assert done(warehouse, "marts.fct_post_daily") == [("", "", "", "")]


@pytest.mark.parametrize(
    ("rows", "run"),
    [
        ([reading("x:2", 60, 50)], "r0"),
        ([reading("x:2", 48, 49)], "r1"),
    ],
    ids=["a run that came in two parts", "a row that stands already"],
)
def test_what_cannot_be_followed_row_by_row_builds_in_full(warehouse, rows, run):
    take_in(warehouse, *readings_of(1, *rows, run=run))
    build_all(warehouse)
    assert done(warehouse, "staging.stg_files__post_readings") == [("", "", "", "")]
    stood = contents(warehouse)
    build_all(warehouse, force=True)
    assert contents(warehouse) == stood


def test_an_increment_that_breaks_a_promise_leaves_the_last_good_table_and_is_tried_again(warehouse):
    before = query(warehouse, "from marts.fct_post_reading order by all")
    take_in(warehouse, *readings_of(1, reading("x:2", 60, 50)))
    model = EVERY["marts.fct_post_reading"]
    build_all(warehouse, stop=NEEDED.index("marts.fct_post_reading"))
    strict = model.contract.model_copy(update={"checks": ["value < 50"]})
    broken = type(model)(model.name, model.sql, strict)
    warehouse.execute("update ops.built set version = ? where model = ?", [broken.version, model.name])
    with pytest.raises(CheckError, match="value < 50"):
        build(warehouse, broken)
    assert query(warehouse, "from marts.fct_post_reading order by all") == before
    with pytest.raises(CheckError, match="value < 50"):
        build(warehouse, broken)
