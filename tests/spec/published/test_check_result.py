"""What readers see of the expectations: every result over time, and what could not be tested as neither yes nor no."""

from __future__ import annotations

from tests.spec.tables import as_text, build, load, rows


def test_a_result_that_could_not_be_had_is_null_and_each_instant_keeps_its_own(con):
    load(
        con,
        "ops.check_result",
        "run_at timestamptz, kind varchar, table_name varchar, expectation varchar, severity varchar, "
        "success boolean, detail varchar",
        """
        run at (UTC)         | kind    | table           | expectation      | severity | success | detail
        ---------------------+---------+-----------------+------------------+----------+---------+-----------------------
        2026-02-02 05:15:00Z | ranges  | marts.fct_tips  | tip_id is unique | error    | true    | -
        2026-02-01 05:15:00Z | ranges  | marts.fct_tips  | tip_id is unique | error    | false   | a tip counts twice
        2026-02-01 05:15:00Z | volumes | raw.pages       | as many as usual | warn     |         | could not run: E
        """,
    )
    build(con, "published.check_result")
    found = con.sql("select kind, table_name, success, detail from published.check_result").fetchall()
    assert as_text(found) == rows("""
        kind    | table          | success | detail
        --------+----------------+---------+-------------------
        ranges  | marts.fct_tips | false   | a tip counts twice
        volumes | raw.pages      |         | could not run: E
        ranges  | marts.fct_tips | true    | -
    """)
