"""Units, accounts and posts: who speaks last, and what a text gives away."""

from __future__ import annotations

import hashlib

import pytest

from tests.spec.tables import build, load, query


def test_a_unit_that_others_belong_to_is_not_measured_itself(con):
    load(con, "config.units", "unit_id, name, parent_unit_id, population", """
        unit  | name   | parent | population
        ------+--------+--------+-----------
        all   | Alla   |        |
        north | Norr   | all    | 100
    """)  # fmt: skip
    load(con, "staging.stg_files__units", "unit_id, name, parent_unit_id, population, valid_from", """
        unit  | name         | parent | population | from
        ------+--------------+--------+------------+-----------
        north | Norr i filen | all    | 999        | 2020-01-01
        south | Söder, förut | all    | 40         | 2010-01-01
        south | Söder        | all    | 50         | 2015-01-01
    """)  # fmt: skip
    build(con, "marts.dim_unit")
    assert query(con, "select unit_id, name, population, is_measured from marts.dim_unit order by 1") == [
        ("all", "Alla", "", "false"),
        ("north", "Norr", "100", "true"),
        ("south", "Söder", "50", "true"),
    ]


PERIODS = "select unit_id, valid_from, valid_to, population, parent_unit_id from marts.dim_unit_period order by unit_id, valid_from nulls first"


def test_a_unit_keeps_its_history_and_each_row_holds_until_the_next_begins(con):
    load(con, "staging.stg_files__units", "unit_id, name, parent_unit_id, population, valid_from, valid_to", """
        unit   | name     | parent | population | from       | to
        -------+----------+--------+------------+------------+-----------
        north  | Norr     |        | 40         |            | 2014-12-31
        south  | Söder    |        | 50         | 2010-01-01 |
        south  | Söder    | all    | 60         | 2015-01-01 |
        south  | Söder    | all    | 70         | 2020-01-01 | 2024-12-31
        closed | Nedlagd  |        | 10         | 2015-01-01 | 2014-01-01
    """)  # fmt: skip
    build(con, "marts.dim_unit_period")
    assert query(con, PERIODS) == [
        ("north", "", "2014-12-31", "40", ""),
        ("south", "2010-01-01", "2014-12-31", "50", ""),
        ("south", "2015-01-01", "2019-12-31", "60", "all"),
        ("south", "2020-01-01", "2024-12-31", "70", "all"),
    ]


def test_goals_yaml_says_before_a_file_when_a_unit_holds_and_who_lives_there(con):
    load(con, "config.units", "unit_id, name, parent_unit_id, population, valid_from, valid_to", """
        unit  | name   | parent | population | from       | to
        ------+--------+--------+------------+------------+-----------
        dated | Daterad |       |            | 2014-07-01 | 2016-06-30
        later | Senare |        | 7          | 2022-01-01 |
        named | Namn   |        |            |            |
        alone | Ensam  |        | 9          |            |
    """)  # fmt: skip
    load(con, "staging.stg_files__units", "unit_id, name, population, valid_from, valid_to", """
        unit  | name | population | from       | to
        ------+------+------------+------------+-----------
        dated | x    | 1          | 2012-01-01 | 2012-12-31
        dated | x    | 2          | 2013-01-01 |
        dated | x    | 3          | 2015-01-01 | 2015-12-31
        later | x    | 5          | 2010-01-01 | 2014-12-31
        named | x    | 8          | 2018-01-01 |
    """)  # fmt: skip
    build(con, "marts.dim_unit_period")
    assert query(con, PERIODS) == [
        ("alone", "", "", "9", ""),
        # The row of 2012 lies outside; the last one is stretched to the end that goals.yaml states.
        ("dated", "2014-07-01", "2014-12-31", "2", ""),
        ("dated", "2015-01-01", "2016-06-30", "3", ""),
        ("later", "2022-01-01", "", "7", ""),
        ("named", "2018-01-01", "", "8", ""),
    ]


def test_goals_yaml_says_whose_an_account_is_and_a_platform_what_it_is_called(con):
    load(con, "config.accounts", "account_id, platform, unit_id", "-\n-\nx:42 | x | north")
    load(con, "staging.stg_files__accounts", "account_id, platform, unit_id, ingested_at", """
        account    | platform  | unit  | ingested
        -----------+-----------+-------+---------------------
        x:42       | x         | south | 2026-03-01 00:00:00Z
        facebook:1 | Facebook  | south | 2026-03-01 00:00:00Z
    """)  # fmt: skip
    load(con, "staging.stg_x__accounts", "account_id, platform, handle, observed_at", """
        account | platform | handle | observed
        --------+----------+--------+---------------------
        x:42    | x        | old    | 2026-03-01 00:00:00Z
        x:42    | x        | new    | 2026-03-02 00:00:00Z
    """)  # fmt: skip
    load(con, "staging.stg_files__posts", "post_id, account_id, platform", "-\n-\nyoutube:v | youtube:c | youtube")
    build(con, "marts.dim_account")
    assert query(con, "select account_id, platform, unit_id, handle from marts.dim_account order by 1") == [
        ("facebook:1", "facebook", "south", ""),
        ("x:42", "x", "north", "new"),
        ("youtube:c", "youtube", "", ""),
    ]


@pytest.fixture
def appeals(con):
    load(con, "config.goals", "goal_id, ref_pattern, case_pattern", r"""
        goal | link                                     | case
        -----+------------------------------------------+-----------------
        tips | https://[^ ]+/t/(?P<ref>[0-9a-z]{5,10})  | \b\d{4}-K\d+-\d{2}\b
        info |                                          |
    """)  # fmt: skip
    load(con, "marts.dim_account", "account_id, platform, unit_id", "-\n-\nx:42 | x | north")
    load(con, "staging.stg_x__posts", "post_id, account_id, platform, published_at, text, observed_at, ingested_at", """
        post | account | platform | published            | text                              | observed             | in
        -----+---------+----------+----------------------+-----------------------------------+----------------------+-----
        x:1  | x:42    | x        | 2026-03-01 23:30:00Z | Se https://polis.se/t/AB12C       | 2026-03-02 05:00:00Z | 2026-03-02 05:00:00Z
        x:1  | x:42    | x        | 2026-03-01 23:30:00Z | Rättat: https://polis.se/t/xy12z  | 2026-03-03 05:00:00Z | 2026-03-03 05:00:00Z
        x:2  | x:42    | x        | 2026-03-01 10:00:00Z | Ärende 5000-k123-26, ring         | 2026-03-02 05:00:00Z | 2026-03-02 05:00:00Z
        x:3  | x:42    | x        | 2026-03-01 10:00:00Z |                                   | 2026-03-02 05:00:00Z | 2026-03-02 05:00:00Z
    """)  # fmt: skip
    load(con, "staging.stg_files__posts", "post_id, account_id, platform, ref_code, appeal_id, observed_at, ingested_at", """
        post | account | platform | ref   | appeal       | observed             | ingested
        -----+---------+----------+-------+--------------+----------------------+---------------------
        x:3  | x:42    | x        | Own99 | 5000-K123-26 | 2026-03-01 05:00:00Z | 2026-03-01 05:00:00Z
        x:4  | x:42    | x        |       | appeal-7     | 2026-03-01 05:00:00Z | 2026-03-01 05:00:00Z
    """)  # fmt: skip
    return con


def test_a_post_has_its_newest_text_and_its_local_date_and_keeps_no_case_number(appeals):
    build(appeals, "marts.dim_post")
    case = "case:" + hashlib.md5(b"polisen5000-K123-26", usedforsecurity=False).hexdigest()
    # 23:30 UTC on the first of March is the second in Stockholm
    assert query(
        appeals, "select post_id, unit_id, local_date, ref_code, appeal_id from marts.dim_post order by 1"
    ) == [
        ("x:1", "north", "2026-03-02", "xy12z", ""),
        ("x:2", "north", "2026-03-01", "", case),
        ("x:3", "north", "2026-03-01", "own99", case),
        ("x:4", "north", "", "", "appeal-7"),
    ]


def test_a_post_is_gone_from_its_first_not_found_unless_it_was_seen_again(con):
    load(con, "staging.stg_files__posts", "post_id, account_id, platform, observed_at, ingested_at", """
        post | account | platform | observed             | ingested
        -----+---------+----------+----------------------+---------------------
        x:1  | x:42    | x        | 2026-03-01 05:00:00Z | 2026-03-01 05:00:00Z
        x:2  | x:42    | x        | 2026-03-01 05:00:00Z | 2026-03-01 05:00:00Z
    """)  # fmt: skip
    load(con, "staging.stg_files__post_readings", "post_id, native_metric, observed_at, status", """
        post | metric | observed             | status
        -----+--------+----------------------+----------
        x:1  | likes  | 2026-03-02 05:00:00Z | ok
        x:1  | likes  | 2026-03-03 05:00:00Z | not_found
        x:1  | likes  | 2026-03-04 05:00:00Z | not_found
        x:2  | likes  | 2026-03-02 05:00:00Z | not_found
        x:2  | likes  | 2026-03-03 05:00:00Z | ok
    """)  # fmt: skip
    build(con, "marts.fct_post_told_gone", "marts.dim_post")
    assert query(con, "select post_id, deleted_seen_at from marts.dim_post order by 1") == [
        ("x:1", "2026-03-03 05:00:00Z"),
        ("x:2", ""),
    ]


def test_interactions_and_answers_come_as_imported(con):
    load(
        con,
        "staging.stg_files__interactions",
        "interaction_id, post_id, asked_at",
        "-\n-\ni | x:1 | 2026-03-01 05:00:00Z",
    )
    load(con, "staging.stg_files__survey_responses", "survey_id, resp_id, answer, weight", "-\n-\ns | r | yes | 1.5")
    build(con, "marts.fct_interaction", "marts.fct_survey_response")
    assert query(con, "from marts.fct_interaction") == [("i", "x:1", "2026-03-01 05:00:00Z", "", "", "")]
    assert query(con, "select survey_id, resp_id, answer, weight from marts.fct_survey_response") == [
        ("s", "r", "yes", "1.5")
    ]
