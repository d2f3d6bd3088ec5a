"""What an explanation rests on: cells, exclusions, lineage and one hash over the data."""

from __future__ import annotations

import hashlib

import pytest

from tests.spec.kpi.chain import STUDY_DAYS, build_up_to, goals, kpi
from tests.spec.tables import calendar, load, query, run_config


@pytest.fixture
def asked(con):
    """Two questions answered in time of four due; one is spam, one asked too late, one before the period."""
    run_config(con, **{**STUDY_DAYS, "as_of": "2025-03-20 12:00:00Z"})
    calendar(con, "2024-12-01", "2025-05-01")
    goals(con)
    kpi(
        con, goal_id="accessibility", kpi_id="A2", kind="proportion", interval="wilson", numerator="['answered_24h']",
        denominator="['questions_due_24h']", target_op=">=", target_value=0.75, target_set_at="2025-02-01", min_n=50,
    )  # fmt: skip
    load(
        con,
        "marts.fct_interaction",
        "interaction_id, asked_at, answered_at, kind",
        """
        id | asked                | answered             | kind
        ---+----------------------+----------------------+---------
        a  | 2025-03-03 08:00:00Z | 2025-03-03 09:00:00Z | question
        b  | 2025-03-03 09:00:00Z | 2025-03-05 09:00:00Z | question
        c  | 2025-03-04 09:00:00Z | 2025-03-04 10:00:00Z | question
        d  | 2025-03-04 09:00:00Z |                      | question
        e  | 2025-03-04 09:00:00Z |                      | spam
        f  | 2025-03-19 13:00:00Z |                      | question
        g  | 2025-02-20 09:00:00Z |                      | question
        """,
    )
    con.execute(
        "create table ops.lineage (measure varchar, step integer, table_name varchar, version varchar, reads varchar)"
    )
    con.execute(
        "insert into ops.lineage values "
        "('answered_in_time', 1, 'raw.files__interactions', null, ''), "
        "('answered_in_time', 2, 'marts.fct_interaction', 'v1', 'raw.files__interactions')"
    )
    con.execute("create table ops.built (model varchar, state varchar, rows bigint)")
    con.execute("insert into ops.built values ('marts.fct_interaction', 's1', 7)")
    con.execute(
        "create table ops.build (as_of timestamptz, goals_sha256 varchar, code_version varchar, models_sha256 varchar)"
    )
    return con


def test_the_cells_give_the_value_and_the_hash_is_over_their_sorted_text(asked):
    build_up_to(asked, "published.kpi_cell", "published.kpi_basis", "published.goal_scorecard")
    assert query(asked, "select period_start, numerator, denominator, state from published.kpi_cell") == [
        ("2025-03-03", "1", "2", "measured"),
        ("2025-03-04", "1", "2", "measured"),
    ]
    [(above, below, rows, found)] = asked.execute(
        "select numerator, denominator, data_rows, data_sha256 from published.kpi_basis"
    ).fetchall()
    assert (above, below, rows) == (2, 4, 2)
    said = "||2025-03-03|2025-03-03||1.0|1.0|2.0\n||2025-03-04|2025-03-04||1.0|1.0|2.0"
    assert found == hashlib.sha256(said.encode()).hexdigest()


def test_what_was_left_out_is_counted_by_its_reason(asked):
    build_up_to(asked, "published.kpi_exclusion")
    assert query(asked, "select what, excluded from published.kpi_exclusion where what like 'questions%'") == [
        ("questions_not_due", "1"),
        ("questions_outside_period", "1"),
        ("questions_spam", "1"),
    ]


def test_the_lineage_has_the_rows_and_the_state_of_each_table(asked):
    load(
        asked,
        "raw.pages",
        "page_id, source, stream, rows_stored",
        "page | source | stream | stored\n-\np1 | files | interactions | 7\np2 | files | posts | 3",
    )
    build_up_to(asked, "published.kpi_lineage")
    assert query(asked, "select step, table_name, rows, version, state from published.kpi_lineage") == [
        ("1", "raw.files__interactions", "7", "", ""),
        ("2", "marts.fct_interaction", "7", "v1", "s1"),
    ]


def test_a_build_says_what_it_was_made_with(asked):
    digest = "0" * 64
    asked.execute("insert into ops.build values ('2025-03-20 12:00:00+00', ?, '0.1.0', ?)", [digest, digest])
    build_up_to(asked, "published.build")
    assert query(asked, "from published.build") == [("2025-03-20 12:00:00Z", digest, "0.1.0", digest)]


def test_posts_left_out_are_told_by_what_they_lack(con):
    run_config(con, **STUDY_DAYS)
    calendar(con, "2024-12-01", "2025-05-01")
    goals(con)
    kpi(con, goal_id="insight", kpi_id="I2", kind="share_census", metric="active_unit_weeks_with_post")
    load(
        con,
        "marts.dim_post",
        "post_id, account_id, platform, unit_id, local_date",
        """
        post | account | platform | unit | date
        -----+---------+----------+------+-----------
        in   | f:1     | facebook | nord | 2025-03-10
        out  | f:1     | facebook | nord | 2025-02-10
        else | f:1     | facebook | nord | 2025-03-11
        none | f:1     | facebook | nord | 2025-03-12
        old  | f:1     | facebook | nord | 2025-02-12
        """,
    )
    load(con, "marts.fct_post_goal", "post_id, goal_id", "p|g\n-\nin|insight\nin|tips\nout|insight\nelse|tips")
    build_up_to(con, "published.kpi_exclusion")
    assert query(con, "select what, excluded, state from published.kpi_exclusion where what like 'posts%'") == [
        ("posts_of_other_goals", "1", "measured"),
        ("posts_outside_period", "1", "measured"),
        ("posts_without_goal", "1", "measured"),
    ]


def test_a_small_count_of_tips_left_out_is_not_shown_nor_are_cells_of_tips_by_unit(con):
    run_config(con, **STUDY_DAYS)
    calendar(con, "2024-12-01", "2025-05-01")
    goals(con)
    kpi(
        con, goal_id="tips", kpi_id="T4", kind="proportion", interval="wilson", numerator="['tips_useful']",
        denominator="['tips_assessed']",
    )  # fmt: skip
    tips = [(f"t{n}", "useful" if n < 6 else "not_useful" if n < 20 else "unassessed") for n in range(23)]
    load(
        con,
        "marts.fct_tips",
        "tip_id, received_at, local_date, unit_id, disposition, is_documented",
        "t|at|d|u|disposition|doc\n-\n"
        + "\n".join(f"{tip} | 2025-03-05 09:00:00Z | 2025-03-05 | nord | {said} | false" for tip, said in tips),
    )
    load(con, "marts.fct_tip_day", "local_date, is_read", "d|r\n-\n2025-03-05|true")
    build_up_to(con, "published.kpi_exclusion", "published.kpi_cell", "published.kpi_basis")
    assert query(con, "select excluded, state from published.kpi_exclusion where what = 'tips_not_assessed'") == [
        ("", "suppressed")
    ]
    assert query(
        con, "select distinct state from published.kpi_cell where unit_id is not null or period_start > '2025-03-01'"
    ) in ([], [("suppressed",)])
    [(above, below, digest)] = con.execute(
        "select numerator, denominator, length(data_sha256) from published.kpi_basis"
    ).fetchall()
    assert (above, below, digest) == (6, 20, 64)
