"""A source against its own past: silent while that is short, deaf to weekends, loud when it gives nothing."""

from __future__ import annotations

import pytest

from tests.unit.quality.broken import failed

LESS, MORE = "no stream gives a fifth of what it gave", "no stream gives five times what it gave"
SILENT = "no stream falls silent that gave something every day"


def land(con, past_days: int, past: str, today: int, *, hour: int = 8) -> None:
    """Pages of one stream, one a day; `past` says how many objects in terms of `day`, days ago."""
    con.execute(
        "create or replace table raw.pages (page_id varchar, source varchar, stream varchar, file varchar, "
        "fetched_at timestamptz, rows_read bigint, rows_stored bigint, rows_quarantined bigint)"
    )
    con.execute(
        f"""
        insert into raw.pages
        select day::varchar, 'x', 'posts', null, timestamptz '2026-03-01 0{hour}:00Z' - day * interval 1 day,
            case when day = 0 then {today} else {past} end, 0, 0
        from range({past_days + 1}) as days(day)
        """
    )


@pytest.mark.parametrize(
    ("past_days", "past", "today", "broken"),
    [
        (28, "100", 100, set()),
        (28, "100", 19, {LESS}),
        (28, "100", 20, set()),
        (28, "100", 0, {LESS, SILENT}),
        (28, "100", 501, {MORE}),
        (13, "100", 10, set()),  # too little history to say
        (7, "100", 0, {SILENT}),
        (6, "100", 0, set()),
        (28, "case when day = 3 then 0 else 100 end", 10, {LESS}),  # one bad day does not hide the next
        (28, "case when day % 7 = 0 then 1000 else 10 end", 1000, set()),  # one day of the week reads the old posts too
        (28, "case when day % 7 = 0 then 1 else 100 end", 2, set()),  # Sundays are quiet
        (28, "case when day % 2 = 0 then 0 else 5 end", 0, set()),  # a stream that is often empty
        (28, "1", 40, set()),  # five times next to nothing is next to nothing
    ],
)
def test_a_stream_is_held_against_its_own_past(con, past_days, past, today, broken):
    land(con, past_days, past, today)
    assert failed(con, "volumes", "raw.pages") == broken


def test_a_day_ends_with_the_run_so_that_a_morning_is_not_held_against_whole_days(con):
    land(con, 28, "100", 100)
    # every day had a second reading in the evening, and this one has not come to that yet
    con.execute(
        "insert into raw.pages select 'e' || page_id, source, stream, file, fetched_at + interval 11 hour, 900, 0, 0 "
        "from raw.pages where page_id <> '0'"
    )
    assert failed(con, "volumes", "raw.pages") == set()


def test_one_object_in_twenty_refused_is_told(con):
    land(con, 1, "100", 100)
    con.execute("update raw.pages set rows_quarantined = 10 where page_id = '0'")
    assert failed(con, "volumes", "raw.pages") == set()
    con.execute("update raw.pages set rows_quarantined = 11 where page_id = '0'")
    assert failed(con, "volumes", "raw.pages") == {"at most one object in twenty of a source is refused"}


@pytest.mark.parametrize(("each", "today", "broken"), [(5, 0, True), (5, 1, False), (4, 0, False)])
def test_a_day_without_tips_after_days_that_had_many_is_told(con, each, today, broken):
    con.execute(
        "create table marts.fct_tip_day as select date '2026-03-01' - day::integer as local_date, day <> 29 as is_read "
        "from range(30) as days(day)"
    )
    con.execute(
        f"create table marts.fct_tips as select 't' || local_date || '-' || n as tip_id, local_date "
        f"from marts.fct_tip_day, range(if(local_date = date '2026-03-01', {today}, {each})) as numbers(n)"
    )
    assert bool(failed(con, "volumes", "marts.fct_tips")) is broken
    con.execute("delete from marts.fct_tip_day where local_date < date '2026-02-10'")
    assert failed(con, "volumes", "marts.fct_tips") == set(), "too little history to say"
