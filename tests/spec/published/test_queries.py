"""The queries of docs/queries.md, on tables small enough to check by hand."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from pipelines.warehouse.build import load_models
from tests.spec.tables import connected

PAGE = (Path(__file__).parents[3] / "docs" / "queries.md").read_text(encoding="utf-8")
QUERIES = dict(re.findall(r"^## ([^\n]+)\n(?:(?!^## ).)*?```sql\n(.*?)```", PAGE, flags=re.MULTILINE | re.DOTALL))

TABLES = {
    "post": ("post_id varchar, platform varchar", "('a','x'), ('b','x'), ('c','x'), ('d','facebook'), ('e','x')"),
    "post_goal": (
        "post_id varchar, goal_id varchar",
        "('a','tips'), ('b','tips'), ('c','tips'), ('d','tips'), ('e','insight')",
    ),
    "post_at_age": (
        "post_id varchar, metric varchar, native_metric varchar, age_hours integer, value double, state varchar",
        """('a','shares','reposts',168,4,'measured'), ('b','shares','reposts',168,12,'measured'),
        ('c','shares','reposts',168,null,'missing'), ('d','shares','shares',168,3,'measured'),
        ('e','shares','reposts',168,900,'measured'), ('a','views','views',168,70,'measured')""",
    ),
    "kpi_unit_funnel": (
        "kpi_id varchar, unit_id varchar, value double, n bigint, centre double, position varchar",
        """('A2','north',0.5,40,0.8,'below_95'), ('A2','south',0.4,90,0.8,'below_998'), ('A2','west',0.8,9,0.8,'inside'),
        ('A2','east',0.95,90,0.8,'above_95'), ('I1','north',0.1,9,0.8,'below_95')""",
    ),
    "unit": ("unit_id varchar, name varchar", "('north','Norr'), ('west','Väst')"),
    "response_time": (
        """unit_id varchar, platform varchar, grain varchar, hours varchar, period_start date, questions bigint,
        answered bigint, p50 double, p50_low double, p50_high double, p80 double""",
        """(null,null,'month','clock','2026-02-01',4,1,null,60,null,null),
        (null,null,'month','clock','2026-01-01',9,9,120,90,180,600), (null,null,'month','business','2026-01-01',9,9,1,1,1,1),
        ('north',null,'month','clock','2026-01-01',5,5,6,6,6,6), (null,null,'study','clock','2026-01-01',13,10,1,1,1,1)""",
    ),
    "account_reach_bounds": (
        "unit_id varchar, account_id varchar, month date, low double, high double, posts bigint, posts_read bigint, state varchar",
        """('n','x:1','2026-01-01',9,9,1,1,'measured'), ('n','x:1','2026-02-01',100,250,3,3,'measured'),
        ('n','x:2','2026-02-01',null,400,2,0,'missing')""",
    ),
    "tips_touch": (
        """unit_id varchar, platform varchar, documented double, documented_state varchar, touched double,
        touched_low double, touched_high double, touched_state varchar, incremental double, incremental_low double,
        incremental_high double, incremental_state varchar, remark varchar""",
        """(null,'x',null,'suppressed',12.5,9,14,'measured',null,null,null,'not_estimated',null),
        (null,null,20,'measured',32.5,30,35,'measured',25,10,40,'measured',null),
        ('north',null,20,'measured',32.5,30,35,'measured',null,null,null,'not_estimated',null)""",
    ),
    "kpi_period": (
        """kpi_id varchar, unit_id varchar, platform varchar, grain varchar, period_start date, period_end date,
        value double, low double, high double, state varchar, reasons varchar""",
        """('A2','n',null,'month','2026-01-01','2026-01-31',null,null,null,'missing','missing_data'),
        ('A2','n',null,'month','2026-02-01','2026-02-28',0,0,0,'measured',''),
        ('A2','n',null,'week','2026-01-05','2026-01-11',null,null,null,'missing','missing_data'),
        ('T2','n',null,'month','2026-01-01','2026-01-31',null,null,null,'suppressed','suppressed'),
        ('P1',null,null,'month','2026-01-01','2026-01-31',5,4,6,'measured',''),
        ('P1',null,null,'month','2026-02-01','2026-02-28',7,6,8,'measured',''),
        ('P1',null,'x','month','2026-02-01','2026-02-28',7,6,8,'measured','')""",
    ),
    "series_break": (
        "platform varchar, scope varchar, metric varchar, break_date date",
        """('x','post','views','2026-02-28'), ('youtube','post','views','2026-02-01'), ('x','account','views','2026-01-05'),
        ('x','post','reach_post','2026-01-05')""",
    ),
    "kpi_exclusion": (
        "goal_id varchar, kpi_id varchar, what varchar, excluded bigint, state varchar",
        "('a','A2','questions_spam',3,'measured'), ('a','A2','questions_comment',8,'measured'), ('t','T4','tips_not_assessed',null,'suppressed')",
    ),
    "kpi_revision": (
        """kpi_id varchar, unit_id varchar, as_of_new date, value_old double, value_new double, verdict_old varchar,
        verdict_new varchar, why varchar""",
        """('A2',null,'2026-01-02',0.5,0.75,'not_met','met','settled'), ('A2',null,'2026-01-03',null,0.5,null,'met','clock')""",
    ),
    "load_log": (
        "source varchar, fetched_at timestamptz, rows_stored bigint, rows_quarantined bigint",
        """('x','2026-01-02 00:00:00Z',5,1), ('x','2026-01-03 00:00:00Z',2,0), ('files','2026-01-01 00:00:00Z',7,0)""",
    ),
    "build": ("as_of timestamptz", "('2026-01-03 05:00:00Z')"),
}  # fmt: skip

DAY = date(2026, 1, 1)
FEBRUARY = date(2026, 2, 1)
ANSWERS = {
    "Which posts worked for a goal, at one age": [
        ("x", "b", "reposts", 168, 12, 1.5, 2), ("facebook", "d", "shares", 168, 3, 1, 1), ("x", "a", "reposts", 168, 4, 0.5, 2),
    ],
    "Which units lag more than chance explains": [
        ("south", None, 0.4, 90, 0.8, "below_998"), ("north", "Norr", 0.5, 40, 0.8, "below_95"),
    ],
    "How long people wait for an answer, by month": [
        (DAY, 9, 9, 2, 1.5, 3, 10), (FEBRUARY, 4, 1, None, 1, None, None),
    ],
    "How many people an account reached in a month": [
        ("n", "x:1", FEBRUARY, 100, 250, "3 of 3", "measured"), ("n", "x:2", FEBRUARY, None, 400, "0 of 2", "missing"),
    ],
    "What appeals had a part in, by platform": [
        ("all", 20, "measured", 32.5, 30, 35, "measured", 25, 10, 40, "measured", None),
        ("x", None, "suppressed", 12.5, 9, 14, "measured", None, None, None, "not_estimated", None),
    ],
    "What is missing, and where": [("A2", "n", 2, 1, 0, DAY, "missing_data")],
    "What a KPI leaves out": [
        ("a", "A2", "questions_comment", 8, "measured"), ("a", "A2", "questions_spam", 3, "measured"),
        ("t", "T4", "tips_not_assessed", None, "suppressed"),
    ],
    "What was revised, and why": [
        ("A2", None, date(2026, 1, 3), None, 0.5, None, None, "met", "clock"),
        ("A2", None, date(2026, 1, 2), 0.5, 0.75, 0.25, "not_met", "met", "settled"),
    ],
    "A KPI over the months, with its gaps and breaks": [
        (DAY, 5, 4, 6, "measured", None), (FEBRUARY, 7, 6, 8, "measured", "x 2026-02-28"),
    ],
    "How old the newest reading of each source is": [("files", 53, 7, 0), ("x", 5, 7, 1)],
}  # fmt: skip


@pytest.fixture(scope="module")
def con():
    with connected() as made:
        made.execute("set TimeZone = 'UTC'; create schema published")
        for name, (columns, rows) in TABLES.items():
            made.execute(f"create table published.{name} ({columns}); insert into published.{name} values {rows}")
        yield made


def test_every_query_of_the_page_is_tested_and_the_page_has_no_other_block():
    assert QUERIES.keys() == ANSWERS.keys()
    assert PAGE.count("```sql") == len(QUERIES)


@pytest.mark.parametrize("question", ANSWERS)
def test_a_query_answers_its_question(con, question):
    found = con.execute(QUERIES[question])
    names = [column[0] for column in found.description]
    rows = [tuple(v for v, name in zip(row, names, strict=True) if name != "newest") for row in found.fetchall()]
    assert rows == ANSWERS[question]


@pytest.mark.parametrize("table", TABLES)
def test_the_tables_here_have_no_column_that_is_not_published(con, table):
    names = {row[0] for row in con.execute(f"describe published.{table}").fetchall()}
    assert names <= set(load_models()[f"published.{table}"].contract.columns)
