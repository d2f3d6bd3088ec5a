"""How long questions waited: in all minutes, and in those in which somebody was there to answer."""

from __future__ import annotations

import pytest

from tests.spec.tables import build, calendar, load, query, run_config


@pytest.fixture
def asked(con):
    run_config(con, as_of="2025-04-02 10:00:00Z")
    calendar(con, "2025-03-24", "2025-04-30")
    # Weekdays 08:00-16:00 local. Summer time began on Sunday 30 March: 08:00 is 07:00Z before and 06:00Z after.
    load(
        con,
        "config.business_hours",
        "local_date, opens_at, closes_at",
        """
        date       | opens                | closes
        -----------+----------------------+---------------------
        2025-03-27 | 2025-03-27 07:00:00Z | 2025-03-27 15:00:00Z
        2025-03-28 | 2025-03-28 07:00:00Z | 2025-03-28 15:00:00Z
        2025-03-31 | 2025-03-31 06:00:00Z | 2025-03-31 14:00:00Z
        2025-04-02 | 2025-04-02 06:00:00Z | 2025-04-02 14:00:00Z
        """,
    )
    load(con, "marts.dim_post", "post_id, unit_id, platform", "p|u|f\n-\nx:1 | north | x")
    return con


def interactions(con, text):
    load(
        con,
        "staging.stg_files__interactions",
        "interaction_id, post_id, asked_at, answered_at, kind, ingested_at",
        text,
    )


def test_awkward_hours(asked):
    # Tuesday 1 April is closed by hand. As of Wednesday 10:00Z four hours of that day have been open.
    interactions(
        asked,
        """
        id       | post | asked                | answered             | kind     | ingested
        ---------+------+----------------------+----------------------+----------+---------------------
        day      | x:1  | 2025-03-27 08:00:00Z | 2025-03-27 09:30:00Z | question | 2025-04-02 09:00:00Z
        night    | x:1  | 2025-03-27 22:30:00Z | 2025-03-28 07:10:00Z | question | 2025-04-02 09:00:00Z
        at night | x:1  | 2025-03-27 20:00:00Z | 2025-03-27 23:30:00Z |          | 2025-04-02 09:00:00Z
        late     | x:1  | 2025-03-27 14:30:00Z | 2025-03-27 17:00:00Z | question | 2025-04-02 09:00:00Z
        clocks   | x:1  | 2025-03-28 14:00:00Z | 2025-03-31 07:00:00Z | question | 2025-04-02 09:00:00Z
        closed   | x:9  | 2025-04-01 08:00:00Z | 2025-04-02 06:00:00Z | question | 2025-04-02 09:00:00Z
        open     | x:1  | 2025-03-31 13:00:00Z |                      | question | 2025-04-02 09:00:00Z
        ahead    | x:1  | 2025-04-02 09:00:00Z | 2025-04-02 12:00:00Z | question | 2025-04-02 12:30:00Z
        """,
    )
    build(asked, "marts.fct_interaction", "marts.dim_business_day", "marts.fct_response_time")
    found = query(
        asked,
        """
        select interaction_id, unit_id, platform, local_date, is_open, response_minutes, business_minutes
        from marts.fct_response_time order by asked_at, interaction_id
        """,
    )
    assert found == [
        ("day", "north", "x", "2025-03-27", "false", "90", "90"),
        ("late", "north", "x", "2025-03-27", "false", "150", "30"),  # answered after closing: counted to closing
        ("at night", "north", "x", "2025-03-27", "false", "210", "0"),
        ("night", "north", "x", "2025-03-27", "false", "520", "10"),  # 23:30 local, still Thursday
        ("clocks", "north", "x", "2025-03-28", "false", "3900", "120"),  # an hour on Friday, one on Monday
        ("open", "north", "x", "2025-03-31", "true", "2700", "300"),  # an hour on Monday, four on Wednesday
        ("closed", "", "", "2025-04-01", "false", "1320", "0"),
        ("ahead", "north", "x", "2025-04-02", "true", "60", "60"),  # its answer lies after as_of
    ]


def test_what_is_no_question_and_what_cannot_be_is_left_out(asked):
    interactions(
        asked,
        """
        id      | post | asked                | answered             | kind     | ingested
        --------+------+----------------------+----------------------+----------+---------------------
        spam    | x:1  | 2025-03-27 08:00:00Z |                      | spam     | 2025-04-02 09:00:00Z
        comment | x:1  | 2025-03-27 08:00:00Z |                      | comment  | 2025-04-02 09:00:00Z
        before  | x:1  | 2025-03-27 08:00:00Z | 2025-03-27 07:59:59Z | question | 2025-04-02 09:00:00Z
        future  | x:1  | 2025-04-02 09:30:00Z |                      | question | 2025-04-02 09:00:00Z
        at once | x:1  | 2025-03-27 08:00:00Z | 2025-03-27 08:00:00Z | question | 2025-04-02 09:00:00Z
        """,
    )
    build(asked, "marts.fct_interaction", "marts.dim_business_day", "marts.fct_response_time")
    assert query(asked, "select interaction_id, response_minutes from marts.fct_response_time") == [("at once", "0")]


def test_without_a_calendar_there_are_no_business_hours(con):
    run_config(con, as_of="2025-04-02 10:00:00Z")
    calendar(con, "2025-03-24", "2025-04-30")
    interactions(con, "-\n-\ni | x:1 | 2025-03-27 08:00:00Z | 2025-03-27 09:00:00Z | | 2025-04-02 09:00:00Z")
    build(con, "marts.fct_interaction", "marts.dim_business_day", "marts.fct_response_time")
    assert query(con, "select response_minutes, business_minutes from marts.fct_response_time") == [("60", "")]
    assert query(con, "from marts.dim_business_day") == []


def test_a_survey_that_ends_before_it_begins_is_none(con):
    load(
        con,
        "staging.stg_files__surveys",
        "survey_id, conducted_from, conducted_to, sample_type, topic",
        """
        id  | from       | to         | sample      | topic
        ----+------------+------------+-------------+------
        a   | 2025-03-01 | 2025-03-01 | own_channel | trust
        b   | 2025-03-02 | 2025-03-01 | own_channel |
        """,
    )
    build(con, "marts.dim_survey")
    assert query(con, "select survey_id, topic from marts.dim_survey") == [("a", "trust")]
