"""Comments: newest state, who answered whom, and which posts are gone."""

from __future__ import annotations

import pytest

from tests.spec.tables import build, load, query

COLUMNS = "comment_id, post_id, parent_id, platform, is_ours, author, commented_at, kind, first_seen_at, seen_at"


@pytest.fixture
def threads(con):
    build(con, "marts.fct_comment")
    return con


def test_the_newest_reading_of_a_comment_holds_and_the_first_is_remembered(con):
    load(con, "staging.stg_landing__comments", "comment_id, post_id, platform, is_ours, commented_at, kind, observed_at, ingested_at", """
        comment | post | platform | ours  | at                   | kind     | observed             | ingested
        --------+------+----------+-------+----------------------+----------+----------------------+---------------------
        x:1     | x:9  | x        | false | 2026-03-29T00:59:59Z | question | 2026-03-30T00:00:00Z | 2026-03-30T00:00:00Z
        x:1     | x:9  | x        | false | 2026-03-29T00:59:59Z | comment  | 2026-03-31T00:00:00Z | 2026-03-31T00:00:00Z
        x:2     | x:9  | x        | false |                      | comment  | 2026-03-31T00:00:00Z | 2026-03-31T00:00:00Z
    """)  # fmt: skip
    build(con, "marts.fct_comment")
    assert query(con, "select comment_id, kind, first_seen_at < seen_at from marts.fct_comment") == [
        ("x:1", "comment", "true"),
    ]


def test_an_answer_below_a_thread_answers_what_stood_there_before_it(threads):
    load(threads, "marts.fct_comment", COLUMNS, """
        comment | post | parent | platform | ours  | author | at                   | kind     | first                | seen
        --------+------+--------+----------+-------+--------+----------------------+----------+----------------------+---------------------
        f:1     | f:9  |        | facebook | false | a      | 2026-01-01T10:00:00Z | question | 2026-01-02T00:00:00Z | 2026-01-02T00:00:00Z
        f:2     | f:9  | f:1    | facebook | false | b      | 2026-01-01T11:00:00Z | question | 2026-01-02T00:00:00Z | 2026-01-02T00:00:00Z
        f:3     | f:9  | f:1    | facebook | true  |        | 2026-01-01T12:00:00Z |          | 2026-01-02T00:00:00Z | 2026-01-02T00:00:00Z
        f:4     | f:9  | f:1    | facebook | false | b      | 2026-01-01T13:00:00Z | question | 2026-01-02T00:00:00Z | 2026-01-02T00:00:00Z
        f:5     | f:8  |        | facebook | false | b      | 2026-01-01T11:00:00Z | question | 2026-01-02T00:00:00Z | 2026-01-02T00:00:00Z
    """)  # fmt: skip
    build(threads, "marts.fct_interaction")
    assert query(threads, "select interaction_id, answered_at is not null from marts.fct_interaction order by 1") == [
        ("f:1", "true"), ("f:2", "true"), ("f:4", "false"), ("f:5", "false"),
    ]  # fmt: skip


def test_an_answer_in_a_tree_answers_only_what_it_was_written_to(threads):
    load(threads, "marts.fct_comment", COLUMNS, """
        comment | post | parent | platform | ours  | author | at                   | kind     | first                | seen
        --------+------+--------+----------+-------+--------+----------------------+----------+----------------------+---------------------
        x:1     | x:9  |        | x        | false | a      | 2026-01-01T10:00:00Z | question | 2026-01-02T00:00:00Z | 2026-01-02T00:00:00Z
        x:2     | x:9  | x:1    | x        | false | b      | 2026-01-01T11:00:00Z | question | 2026-01-02T00:00:00Z | 2026-01-02T00:00:00Z
        x:3     | x:9  | x:1    | x        | true  |        | 2026-01-01T12:00:00Z |          | 2026-01-02T00:00:00Z | 2026-01-02T00:00:00Z
        x:4     | x:9  | x:1    | x        | true  |        | 2026-01-01T12:30:00Z |          | 2026-01-02T00:00:00Z | 2026-01-02T00:00:00Z
        x:5     | x:9  |        | x        | false | c      | 2026-01-03T10:00:00Z | question | 2026-01-02T00:00:00Z | 2026-01-02T00:00:00Z
    """)  # fmt: skip
    build(threads, "marts.fct_interaction")
    asked = "select interaction_id, date_diff('minute', asked_at, answered_at) from marts.fct_interaction order by 1"
    assert query(threads, asked) == [("x:1", "120"), ("x:2", "")]


def test_two_whole_listings_without_a_post_say_that_it_is_gone(con):
    load(con, "marts.dim_post", "post_id, account_id, published_at, deleted_seen_at", """
        post | account | published            | deleted
        -----+---------+----------------------+---------------------
        f:1  | f:a     | 2026-01-10T00:00:00Z |
        f:2  | f:a     | 2026-01-10T00:00:00Z |
        f:3  | f:a     | 2025-12-01T00:00:00Z |
        f:4  | f:a     | 2026-01-10T00:00:00Z | 2026-01-11T00:00:00Z
        f:5  | f:b     | 2026-01-10T00:00:00Z |
        f:6  | f:a     | 2026-01-10T00:00:00Z |
    """)  # fmt: skip
    load(con, "marts.fct_post_snapshot", "post_id, native_metric, observed_at, status", """
        post | metric | observed             | status
        -----+--------+----------------------+-------
        f:1  | likes  | 2026-01-11T00:00:05Z | ok
        f:2  | likes  | 2026-01-12T00:00:05Z | ok
        f:3  | likes  | 2026-01-11T00:00:05Z | ok
        f:5  | likes  | 2026-01-11T00:00:05Z | ok
        f:6  | likes  | 2026-01-11T00:00:05Z | ok
        f:6  | likes  | 2026-01-13T00:00:05Z | not_offered
    """)  # fmt: skip
    load(con, "staging.stg_landing__crawls", "account_id, source, run_id, began_at, read_from", """
        account | source         | run | began                | from
        --------+----------------+-----+----------------------+---------------------
        f:a     | facebook_pages | r1  | 2026-01-11T00:00:00Z | 2025-12-14T00:00:00Z
        f:a     | facebook_pages | r2  | 2026-01-12T00:00:00Z | 2025-12-15T00:00:00Z
        f:a     | facebook_pages | r3  | 2026-01-13T00:00:00Z | 2025-12-16T00:00:00Z
    """)  # fmt: skip
    build(con, "marts.fct_post_gone")
    assert query(con, "select post_id, gone_at::date, how from marts.fct_post_gone order by 1") == [
        ("f:1", "2026-01-12", "unlisted"),
        ("f:4", "2026-01-11", "told"),
    ]


def test_a_question_that_is_imported_too_counts_once_and_as_the_import_tells_it(threads):
    load(threads, "staging.stg_files__interactions", "interaction_id, post_id, asked_at, answered_at, ingested_at", """
        interaction | post | asked                | answered             | ingested
        ------------+------+----------------------+----------------------+---------------------
        f:1         | f:9  | 2026-01-01T10:00:00Z | 2026-01-01T10:30:00Z | 2026-02-01T00:00:00Z
        crm-2       | f:9  | 2026-01-01T11:00:00Z |                      | 2026-02-01T00:00:00Z
    """)  # fmt: skip
    load(threads, "marts.fct_comment", COLUMNS, """
        comment | post | parent | platform | ours  | author | at                   | kind     | first                | seen
        --------+------+--------+----------+-------+--------+----------------------+----------+----------------------+---------------------
        f:1     | f:9  |        | facebook | false | a      | 2026-01-01T10:00:00Z | question | 2026-01-02T00:00:00Z | 2026-01-02T00:00:00Z
        f:2     | f:9  |        | facebook | false | b      | 2026-01-01T11:00:00Z | question | 2026-01-02T00:00:00Z | 2026-01-02T00:00:00Z
        f:3     | f:9  |        | facebook | false | b      | 2026-01-01T12:00:00Z | question | 2026-01-02T00:00:00Z | 2026-01-05T00:00:00Z
    """)  # fmt: skip
    build(threads, "marts.fct_interaction")
    told = "select interaction_id, answered_at is not null, watched_to::date from marts.fct_interaction order by 1"
    assert query(threads, told) == [("crm-2", "false", ""), ("f:1", "true", ""), ("f:3", "false", "2026-01-05")]
