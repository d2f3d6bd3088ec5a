"""The rules' score by blind double-coding: only the rules are scored, never what people tagged."""

from __future__ import annotations

from tests.spec.kpi.chain import build_up_to
from tests.spec.tables import build, load, query

DRAWS = """
    sample | post | place | version | frame | drawn
    -------+------+-------+---------+-------+---------------------
    s1     | 1    | 1     | 1       | 90    | 2026-01-02 00:00:00Z
    s1     | 2    | 2     | 1       | 90    | 2026-01-02 00:00:00Z
    s1     | 3    | 3     | 1       | 90    | 2026-01-02 00:00:00Z
    s1     | 4    | 4     | 1       | 90    | 2026-01-02 00:00:00Z
    s0     | 1    | 1     | 1       | 90    | 2025-01-02 00:00:00Z
"""
CODINGS = """
    sample | post | goal | coder       | serves
    -------+------+------+-------------+-------
    s1     | 1    | tips | a           | true
    s1     | 1    | tips | b           | true
    s1     | 2    | tips | a           | true
    s1     | 2    | tips | b           | false
    s1     | 2    | tips | adjudicated | false
    s1     | 3    | tips | a           | true
    s1     | 3    | tips | b           | false
    s1     | 4    | tips | a           | true
    s1     | 9    | tips | a           | true
    s1     | 9    | tips | b           | true
    s0     | 1    | tips | a           | true
    s0     | 1    | tips | b           | true
    s0     | 1    | gone | a           | true
    s0     | 1    | gone | b           | true
"""


def test_a_coding_says_how_often_the_rules_are_right_and_how_much_they_find(con):
    load(con, "config.goals", "goal_id, is_guardrail", "g|x\n-\ntips|false")
    load(con, "marts.fct_post_rule", "post_id, goal_id", "p|g\n-\n1|tips\n2|tips")
    load(
        con, "staging.stg_files__coding_draws", "sample_id, post_id, place, goals_version, frame_posts, drawn_at", DRAWS
    )
    load(con, "staging.stg_files__goal_codings", "sample_id, post_id, goal_id, coder, serves", CODINGS)
    build(con, "marts.fct_post_coding")
    found = "select post_id, coder_a, coder_b, serves, is_matched from marts.fct_post_coding where sample_id = 's1'"
    assert query(con, f"{found} order by 1") == [
        ("1", "true", "true", "true", "true"),
        ("2", "true", "false", "false", "true"),
        ("3", "true", "false", "", "false"),
    ]
    build_up_to(con, "published.goal_coding")
    assert query(
        con,
        """
        select sample_id, posts, frame_posts, serving, matched, precision, recall, agreement, kappa, unresolved, is_newest
        from published.goal_coding
        """,
    ) == [
        ("s0", "1", "90", "1", "1", "1", "1", "1", "", "0", "false"),
        ("s1", "3", "90", "2", "2", "0.5", "0.5", "0.333333", "0", "1", "true"),
    ]


def test_a_later_word_of_a_coder_replaces_the_earlier(con):
    load(con, "raw.files__goal_codings", "sample_id, post_id, goal_id, coder, serves, coded_at, ingested_at", """
        sample | post | goal | coder | serves | coded                | ingested
        -------+------+------+-------+--------+----------------------+---------------------
        s      | 1    | tips | a     | true   | 2026-01-02 00:00:00Z | 2026-01-02 00:00:00Z
        s      | 1    | tips | a     | false  | 2026-01-03 00:00:00Z | 2026-01-03 00:00:00Z
    """)  # fmt: skip
    load(con, "raw.files__coding_draws", "sample_id, post_id, place, frame_posts, ingested_at", """
        sample | post | place | frame | ingested
        -------+------+-------+-------+---------------------
        s      | 1    | 1     | 5     | 2026-01-02 00:00:00Z
    """)  # fmt: skip
    build(con, "staging.stg_files__goal_codings", "staging.stg_files__coding_draws")
    assert query(con, "select serves from staging.stg_files__goal_codings") == [("false",)]
    assert query(con, "select post_id, frame_posts from staging.stg_files__coding_draws") == [("1", "5")]
