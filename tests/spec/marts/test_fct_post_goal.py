"""Posts to goals: patterns, hashtags that beat them, and people who beat both (METHOD section 6)."""

from __future__ import annotations

import pytest

from tests.spec.tables import build, load, query, run_config

GOALS = """
    goal     | guardrail | weight
    ---------+-----------+-------
    tips     | false     | 1
    info     | false     | 0.5
    support  | true      | 1
"""
POSTS = """
    post | text
    -----+------------------------------
    1    | VITTNEN sökes av åklagare
    2    | Vittnen: 5 tips
    3    | Glass
    4    |
    5    | tåklagare
    6    | Vittnen: 5 tips #EfterLyst
"""
RULES = r"""
    goal | rule | effect  | pattern
    -----+------+---------+-------------------
    tips | t1   | include | \båklagare\b
    tips | t2   | include | vittne\w*
    tips | t3   | exclude | \d+ tips
    tips | t4   | hashtag | #efterlyst
    info | i1   | include | vittne
"""
NEWEST = "select post_id, goal_id, weight, method, rule_id from marts.fct_post_goal order by all"


@pytest.fixture
def goals(con):
    load(con, "config.goals", "goal_id, is_guardrail, post_weight", GOALS)
    load(con, "config.post_rules", "goal_id, rule_id, effect, pattern", RULES)
    load(con, "marts.dim_post", "post_id, text", POSTS)
    return con


def test_a_post_serves_a_goal_when_a_rule_includes_it_and_none_excludes_it_and_a_hashtag_beats_both(goals):
    run_config(goals, goals_version=7)
    build(goals, "marts.fct_post_rule", "marts.fct_post_goal")
    assert query(goals, NEWEST) == [
        ("1", "info", "0.5", "rule", "i1"),
        ("1", "tips", "1", "rule", "t1"),
        ("2", "info", "0.5", "rule", "i1"),
        ("6", "info", "0.5", "rule", "i1"),
        ("6", "tips", "1", "hashtag", "t4"),
    ]
    assert query(goals, "select distinct goals_version from marts.fct_post_goal") == [("7",)]


def test_a_person_beats_the_rules_both_ways_and_only_for_posts_and_goals_there_are(goals):
    load(goals, "staging.stg_files__post_tags", "post_id, goal_id, decision, weight", """
        post | goal    | decision  | weight
        -----+---------+-----------+-------
        1    | tips    | exclude   |
        1    | info    | include   |
        2    | tips    | include   | 0.25
        2    | info    | withdrawn |
        3    | tips    | exclude   |
        6    | tips    | exclude   |
        9    | tips    | include   |
        3    | nothing | include   |
        3    | support | include   |
    """)  # fmt: skip
    build(goals, "marts.fct_post_rule", "marts.fct_post_goal")
    assert query(goals, NEWEST) == [
        ("1", "info", "0.5", "manual", ""),
        ("2", "info", "0.5", "rule", "i1"),
        ("2", "tips", "0.25", "manual", ""),
        ("6", "info", "0.5", "rule", "i1"),
    ]


def test_the_newest_decision_on_a_post_and_goal_holds_and_one_dated_ahead_is_as_old_as_its_import(con):
    load(con, "raw.files__post_tags", "post_id, goal_id, decision, tagged_at, ingested_at, page_id, row_hash", """
        post | goal | decision  | tagged               | ingested             | page | hash
        -----+------+-----------+----------------------+----------------------+------+-----
        1    | tips | include   | 2026-03-01 10:00:00Z | 2026-03-05 10:00:00Z | p2   | 1
        1    | tips | exclude   | 2026-03-02 10:00:00Z | 2026-03-02 10:00:00Z | p1   | 2
        2    | tips | exclude   | 2099-01-01 00:00:00Z | 2026-03-01 10:00:00Z | p1   | 3
        2    | tips | include   | 2026-03-02 10:00:00Z | 2026-03-02 10:00:00Z | p2   | 4
        2    | info | withdrawn | 2026-03-02 10:00:00Z | 2026-03-02 10:00:00Z | p2   | 5
        3    | tips | include   | 2026-03-02 10:00:00Z | 2026-03-02 10:00:00Z | p2   | 6
        3    | tips | exclude   | 2026-03-02 10:00:00Z | 2026-03-02 10:00:00Z | p3   | 7
    """)  # fmt: skip
    build(con, "staging.stg_files__post_tags")
    found = "select post_id, goal_id, decision, tagged_at from staging.stg_files__post_tags order by all"
    assert query(con, found) == [
        ("1", "tips", "exclude", "2026-03-02 10:00:00Z"),
        ("2", "info", "withdrawn", "2026-03-02 10:00:00Z"),
        ("2", "tips", "include", "2026-03-02 10:00:00Z"),
        ("3", "tips", "exclude", "2026-03-02 10:00:00Z"),
    ]
