"""A revision says old, new and why, from what changed between two publications."""

from __future__ import annotations

import pytest

from tests.spec.kpi.chain import STUDY_DAYS, build_up_to, goals, kpi
from tests.spec.tables import calendar, create, exists, load, query, run_config

OLD = "2025-04-05 06:00:00Z"


@pytest.fixture
def revised(con):
    """A2 was 0.5 on 5 April and is 2 of 2 on 10 April; a file of questions of March came on 8 April."""
    run_config(con, **STUDY_DAYS)
    calendar(con, "2024-12-01", "2025-05-01")
    goals(con)
    kpi(
        con, goal_id="accessibility", kpi_id="A2", kind="proportion", interval="wilson", numerator="['answered_24h']",
        denominator="['questions_due_24h']",
    )  # fmt: skip
    load(
        con,
        "marts.fct_interaction",
        "interaction_id, asked_at, answered_at, kind",
        "id|a|b|k\n-\na|2025-03-03 08:00:00Z|2025-03-03 09:00:00Z|question\n"
        "b|2025-03-04 08:00:00Z|2025-03-04 09:00:00Z|question",
    )
    load(
        con,
        "raw.pages",
        "page_id, source, stream, ingested_at, window_start, rows_stored",
        """
        page | source | stream       | known from           | from                 | stored
        -----+--------+--------------+----------------------+----------------------+-------
        old  | files  | interactions | 2025-04-01 06:00:00Z | 2025-03-01 00:00:00Z | 9
        new  | files  | interactions | 2025-04-08 06:00:00Z | 2025-03-04 00:00:00Z | 1
        none | files  | interactions | 2025-04-08 06:00:00Z | 2025-03-04 00:00:00Z | 0
        else | files  | posts        | 2025-04-08 06:00:00Z | 2025-03-04 00:00:00Z | 5
        """,
    )
    for table in ("ops.lineage", "ops.previous_card", "ops.change", "ops.erasure"):
        create(con, table)
    con.execute("insert into ops.lineage values ('answered_in_time', 1, 'raw.files__interactions', null, '')")
    assert exists(con, "ops.previous_card")
    return con


def before(con, value: str) -> None:
    con.execute(
        "insert into ops.previous_card values ('accessibility', 'A2', null, null, '2025-03-01', '2025-03-31', "
        f"'{OLD}', {value}, 0.1, 0.9, null, 'no_target')"
    )


def test_a_changed_figure_has_the_rows_that_came_between(revised):
    before(revised, "0.5")
    build_up_to(revised, "published.kpi_revision")
    assert query(revised, "select value_old, value_new, why from published.kpi_revision") == [
        ("0.5", "1", "late_rows:files.interactions=1,new_rows:files.interactions=1")
    ]


def test_changed_goals_and_models_are_told(revised):
    before(revised, "0.5")
    revised.execute("insert into ops.change values ('goals_changed:verdict.level'), ('model_changed')")
    revised.execute("delete from raw.pages where page_id = 'new'")
    build_up_to(revised, "published.kpi_revision")
    assert query(revised, "select why from published.kpi_revision") == [("goals_changed:verdict.level,model_changed",)]


@pytest.mark.parametrize(
    ("kind", "at", "table", "why"),
    [
        ("comment", "2025-04-08 06:00:00Z", "raw.files__interactions", "erased"),
        ("comment", "2025-04-08 06:00:00Z", "raw.files__posts", "clock"),
        ("comment", OLD, "raw.files__interactions", "clock"),
        ("retention", "2025-04-08 06:00:00Z", "raw.files__interactions", "clock"),
    ],
)
def test_an_erasure_since_of_rows_the_kpi_rests_on_is_told_once(revised, kind, at, table, why):
    before(revised, "0.5")
    revised.execute("delete from raw.pages where page_id = 'new'")
    for _ in range(2):
        revised.execute(
            "insert into ops.erasure by name select ? as kind, ?::timestamptz as erased_at, [?] as tables",
            [kind, at, table],
        )
    build_up_to(revised, "published.kpi_revision")
    assert query(revised, "select why from published.kpi_revision") == [(why,)]


def test_without_any_other_ground_it_was_the_clock(revised):
    before(revised, "0.5")
    revised.execute("delete from raw.pages where page_id = 'new'")
    build_up_to(revised, "published.kpi_revision")
    assert query(revised, "select why from published.kpi_revision") == [("clock",)]


def test_a_figure_that_did_not_change_is_no_revision(revised):
    build_up_to(revised, "published.goal_scorecard")
    revised.execute(
        "insert into ops.previous_card select goal_id, kpi_id, variant, unit_id, period_start, period_end, "
        f"timestamptz '{OLD}', value, low, high, verdict, reasons from published.goal_scorecard"
    )
    build_up_to(revised, "published.kpi_revision")
    assert query(revised, "from published.kpi_revision") == []
