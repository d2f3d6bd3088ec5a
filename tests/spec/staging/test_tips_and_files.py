"""Tips and imported files, and which periods were read in full."""

from __future__ import annotations

import pytest

from tests.spec.staging.raw_rows import crawl, land
from tests.spec.tables import build, calendar, query


def test_the_newest_state_of_a_tip_wins(con):
    tip = {"tip_id": "t1", "received_hour": "2026-03-01T23:00:00+01:00", "unit": "u1", "disposition": "unassessed"}
    land(con, "raw.tips__tips", tip, account_id="tips")
    land(con, "raw.tips__tips", {**tip, "disposition": "useful"}, account_id="tips", at="2026-03-09 05:00:00Z")
    build(con, "staging.stg_tips__tips")
    assert query(con, "select tip_id, received_at, unit_id, disposition from staging.stg_tips__tips") == [
        ("t1", "2026-03-01 22:00:00Z", "u1", "useful")
    ]


@pytest.mark.parametrize(
    ("source", "name"), [("tips", "staging.stg_tips__tip_days"), ("files", "staging.stg_files__tip_days")]
)
def test_a_day_is_read_when_complete_windows_cover_it_together(con, source, name):
    calendar(con, "2026-03-01", "2026-03-06")
    crawl(
        con,
        f"""
        page | source   | stream | account | from                 | to                   | fetched              | complete
        -----+----------+--------+---------+----------------------+----------------------+----------------------+---------
        a    | {source} | tips   | tips    | 2026-02-28 23:00:00Z | 2026-03-02 12:00:00Z | 2026-03-05 12:00:00Z | true
        b    | {source} | tips   | tips    | 2026-03-02 12:00:00Z | 2026-03-03 23:00:00Z | 2026-03-05 12:00:00Z | true
        c    | {source} | tips   | tips    | 2026-03-03 23:00:00Z | 2026-03-04 23:00:00Z | 2026-03-05 12:00:00Z | false
        d    | {source} | tips   | tips    |                      |                      | 2026-03-05 12:00:00Z | true
        """,
    )
    build(con, name)
    # the second day lies half in a and half in b; the fourth was cut off; the fifth and sixth nobody asked for
    assert query(con, f"select local_date from {name} order by 1") == [
        ("2026-03-01",),
        ("2026-03-02",),
        ("2026-03-03",),
    ]


def test_a_day_that_was_not_over_when_it_was_asked_for_is_not_read(con):
    calendar(con, "2026-03-01", "2026-03-03")
    crawl(
        con,
        """
        page | source | stream | account | from                 | to                   | fetched              | complete
        -----+--------+--------+---------+----------------------+----------------------+----------------------+---------
        a    | tips   | tips   | tips    | 2026-02-28 23:00:00Z | 2026-03-02 23:00:00Z | 2026-03-02 12:00:00Z | true
        """,
    )
    build(con, "staging.stg_tips__tip_days")
    assert query(con, "from staging.stg_tips__tip_days") == [("2026-03-01",)]


def test_a_crawl_counts_for_its_account_when_the_platform_ended_it(con):
    crawl(
        con,
        """
        page | source         | stream   | account      | from                 | to                   | fetched              | complete
        -----+----------------+----------+--------------+----------------------+----------------------+----------------------+---------
        a    | facebook_pages | posts    | facebook:101 |                      |                      | 2026-03-05 12:00:00Z | true
        b    | instagram      | media    | instagram:7  | 2026-03-01 00:00:00Z | 2026-03-09 00:00:00Z | 2026-03-05 12:00:00Z | true
        c    | instagram      | media    | instagram:8  | 2026-03-01 00:00:00Z |                      | 2026-03-05 12:00:00Z | false
        d    | x              | accounts | x:42         |                      |                      | 2026-03-05 12:00:00Z | true
        """,
    )
    build(con, "staging.stg_landing__read_windows")
    assert query(con, "from staging.stg_landing__read_windows order by account_id") == [
        ("facebook:101", "facebook_pages", "", "2026-03-05 12:00:00Z"),
        ("instagram:7", "instagram", "2026-03-01 00:00:00Z", "2026-03-05 12:00:00Z"),
    ]


def test_a_canonical_list_speaks_of_all_its_accounts_until_the_last_reading_and_an_export_until_its_last_post(con):
    crawl(
        con,
        """
        page | source | stream         | account | from                 | to                   | fetched              | complete
        -----+--------+----------------+---------+----------------------+----------------------+----------------------+---------
        a    | files  | posts          |         |                      | 2026-02-05 23:00:00Z | 2026-03-05 12:00:00Z | true
        b    | files  | accounts       |         |                      |                      | 2026-03-05 12:00:00Z | true
        c    | files  | post_snapshots |         | 2026-01-04 23:00:00Z | 2026-02-09 23:00:00Z | 2026-03-05 12:00:00Z | true
        d    | files  | posts          |         | 2026-01-06 23:00:00Z | 2026-01-07 23:00:00Z | 2026-03-06 12:00:00Z | true
        e    | files  | accounts       |         |                      |                      | 2026-03-06 12:00:00Z | true
        """,
    )
    named = {"a": "x:42, x:43", "b": "x:42, x:43, x:44", "d": "x:50", "e": "x:50, x:51"}
    for page, accounts in named.items():
        con.execute("update raw.pages set accounts = string_split(?, ', ') where page_id = ?", [accounts, page])
    con.execute("update raw.pages set run_id = 'r2' where page_id in ('d', 'e')")
    build(con, "staging.stg_landing__read_windows")
    # x:44 came with the whole list and was silent; x:51 came with one month's export, which does not say so
    assert query(con, "from staging.stg_landing__read_windows order by account_id") == [
        ("x:42", "files", "", "2026-02-09 23:00:00Z"),
        ("x:43", "files", "", "2026-02-09 23:00:00Z"),
        ("x:44", "files", "", "2026-02-09 23:00:00Z"),
        ("x:50", "files", "2026-01-06 23:00:00Z", "2026-01-07 23:00:00Z"),
    ]


AT = "2026-03-02T05:00:00Z"
ROWS: dict[str, tuple[str, dict[str, object], str, tuple[str, ...]]] = {
    "staging.stg_files__units": (
        "units", {"unit_id": "u1", "name": "Nord", "population": 1000},
        "unit_id, name, population, valid_from", ("u1", "Nord", "1000", ""),
    ),
    "staging.stg_files__accounts": (
        "accounts", {"account_id": "x:42", "platform": "X", "unit_id": "u1"},
        "account_id, platform, unit_id", ("x:42", "x", "u1"),
    ),
    "staging.stg_files__posts": (
        "posts", {"post_id": "x:1", "account_id": "x:42", "published_at": AT, "media_type": "VIDEO"},
        "post_id, account_id, platform, published_at, media_type", ("x:1", "x:42", "x", "2026-03-02 05:00:00Z", "video"),
    ),
    "staging.stg_files__post_readings": (
        "post_snapshots", {"post_id": "x:1", "observed_at": AT, "native_metric": "likes", "status": "error", "value": 0},
        "post_id, native_metric, observed_at, status, value", ("x:1", "likes", "2026-03-02 05:00:00Z", "error", ""),
    ),
    "staging.stg_files__account_readings": (
        "account_snapshots", {"account_id": "x:42", "observed_at": AT, "native_metric": "followers", "value": 7},
        "account_id, native_metric, observed_at, value", ("x:42", "followers", "2026-03-02 05:00:00Z", "7"),
    ),
    "staging.stg_files__account_windows": (
        "account_windows",
        {"account_id": "x:42", "native_metric": "views", "window_start": AT, "window_end": "2026-03-03T05:00:00Z"},
        "account_id, native_metric, window_start, window_end, status, value",
        ("x:42", "views", "2026-03-02 05:00:00Z", "2026-03-03 05:00:00Z", "ok", ""),
    ),
    "staging.stg_files__interactions": (
        "interactions", {"interaction_id": "i1", "post_id": "x:1", "asked_at": AT},
        "interaction_id, post_id, asked_at, answered_at", ("i1", "x:1", "2026-03-02 05:00:00Z", ""),
    ),
    "staging.stg_files__tips": (
        "tips", {"tip_id": "t1", "received_at": AT, "unit_id": "u1", "channel": "phone"},
        "tip_id, received_at, unit_id, channel, ref_code", ("t1", "2026-03-02 05:00:00Z", "u1", "phone", ""),
    ),
    "staging.stg_files__surveys": (
        "surveys",
        {"survey_id": "s1", "conducted_from": "2026-01-01", "conducted_to": "2026-02-01", "sample_type": "panel",
         "question": "?"},
        "survey_id, conducted_from, conducted_to, sample_type", ("s1", "2026-01-01", "2026-02-01", "panel"),
    ),
    "staging.stg_files__survey_responses": (
        "survey_responses", {"survey_id": "s1", "resp_id": "r1", "answer": "yes", "follower": False},
        "survey_id, resp_id, answer, weight, follower", ("s1", "r1", "yes", "", "false"),
    ),
}  # fmt: skip
"""Staging model -> the canonical table it comes from, a row of it, the columns to look at, and what they must be."""


@pytest.mark.parametrize("name", ROWS)
def test_an_imported_row_arrives_once_with_its_types_and_what_it_lacks_is_null(con, name):
    table, row, columns, expected = ROWS[name]
    land(con, f"raw.files__{table}", row, row)
    build(con, name)
    assert query(con, f"select {columns} from {name}") == [expected]


NEWEST_WINS = {
    "staging.stg_files__accounts": ("handle", "old", "new"),
    "staging.stg_files__tips": ("disposition", "unassessed", "useful"),
    "staging.stg_files__interactions": ("kind", "question", "spam"),
    "staging.stg_files__surveys": ("mode", "web", "mail"),
    "staging.stg_files__survey_responses": ("answer", "no", "yes"),
}


@pytest.mark.parametrize("name", NEWEST_WINS)
def test_a_later_import_of_the_same_key_replaces_the_row(con, name):
    table, row, _, _ = ROWS[name]
    column, old, new = NEWEST_WINS[name]
    land(con, f"raw.files__{table}", {**row, column: new}, at="2026-03-09 05:00:00Z")
    land(con, f"raw.files__{table}", {**row, column: old}, at="2026-03-02 05:00:00Z")
    build(con, name)
    assert query(con, f"select {column} from {name}") == [(new,)]
