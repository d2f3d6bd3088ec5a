"""What readers see of an erasure: when, why and how much, never what."""

from __future__ import annotations

from tests.spec.tables import as_text, build, load, rows


def test_an_erasure_is_one_row_without_its_end_until_it_has_one(con):
    load(
        con,
        "ops.erasure",
        "erasure_id varchar, erased_at timestamptz, done_at timestamptz, kind varchar, scope varchar, reason varchar, "
        "decision varchar, target_hash varchar, targets bigint, files_rewritten bigint, rows_erased bigint, "
        "rows_blanked bigint",
        """
        id | at                   | done                 | kind      | scope   | reason    | decision | hash | targets | files | rows | blanked
        ---+----------------------+----------------------+-----------+---------+-----------+----------+------+---------+-------+------+--------
        b  | 2026-02-02 08:00:00Z |                      | post      | content | request   | Dnr 2    | 9f   | 1       | 1     | 0    | 2
        a  | 2026-02-01 08:00:00Z | 2026-02-01 08:01:00Z | retention | all     | retention | Dnr 1    |      | 2       | 3     | 40   | 0
        """,
    )
    build(con, "published.erasure")
    found = con.sql(
        "select erasure_id, kind, scope, rows_erased, rows_blanked, done_at is null as is_open from published.erasure"
    ).fetchall()
    assert as_text(found) == rows("""
        id | kind      | scope   | rows | blanked | open
        ---+-----------+---------+------+---------+------
        a  | retention | all     | 40   | 0       | false
        b  | post      | content | 0    | 2       | true
    """)
