"""What refers to something refers to something that is there; what refers to nothing is another matter."""

from __future__ import annotations

import pytest

from tests.unit.quality.broken import failed

ACCOUNT = "create table marts.dim_account as select 'x:1' as account_id, 'nord' as unit_id"
UNIT = "create table marts.dim_unit as select 'nord' as unit_id, null::varchar as parent_unit_id"
POST = "create table marts.dim_post as select 'p' as post_id, 'x:1' as account_id"
KPIS = "create table config.kpis as select 'g' as goal_id, 'A1' as kpi_id"
GOALS = "create table config.goals as select 'g' as goal_id, false as is_guardrail"


@pytest.mark.parametrize(
    ("table", "there", "orphan", "nobody"),
    [
        ("marts.dim_unit", [UNIT], "insert into marts.dim_unit values ('syd', 'none')", None),
        ("marts.dim_account", [UNIT, ACCOUNT], "insert into marts.dim_account values ('x:2', 'none')",
         "insert into marts.dim_account values ('x:3', null)"),
        ("marts.dim_post", [ACCOUNT, POST], "insert into marts.dim_post values ('q', 'x:9')", None),
        ("marts.fct_post_snapshot", [POST, "create table marts.fct_post_snapshot as select 'p' as post_id"],
         "insert into marts.fct_post_snapshot values ('q')", None),
        ("marts.fct_post_goal", [POST, GOALS, "create table marts.fct_post_goal as select 'p' as post_id, 'g' as goal_id"],
         "insert into marts.fct_post_goal values ('q', 'g')", None),
        ("marts.fct_post_goal", [POST, GOALS, "create table marts.fct_post_goal as select 'p' as post_id, 'g' as goal_id"],
         "insert into marts.fct_post_goal values ('p', 'h')", None),
        ("marts.fct_tips", [UNIT, POST, "create table marts.fct_tips as select 'nord' as unit_id, 'p' as post_id"],
         "insert into marts.fct_tips values ('none', null)", "insert into marts.fct_tips values (null, null)"),
        ("marts.fct_tips", [UNIT, POST, "create table marts.fct_tips as select 'nord' as unit_id, 'p' as post_id"],
         "insert into marts.fct_tips values ('nord', 'q')", None),
        ("marts.fct_interaction", [POST, "create table marts.fct_interaction as select 'p' as post_id"],
         "insert into marts.fct_interaction values ('q')", "insert into marts.fct_interaction values (null)"),
        ("marts.fct_survey_response", ["create table marts.dim_survey as select 's' as survey_id",
                                       "create table marts.fct_survey_response as select 's' as survey_id"],
         "insert into marts.fct_survey_response values ('t')", None),
        ("published.goal_scorecard", [KPIS, "create table published.goal_scorecard as from config.kpis"],
         "insert into published.goal_scorecard values ('g', 'A9')", None),
        ("published.goal_scorecard", [KPIS, "create table published.goal_scorecard as from config.kpis"],
         "insert into config.kpis values ('h', 'A1')", None),
        ("published.kpi_period", [KPIS, "create table published.kpi_period as from config.kpis"],
         "insert into published.kpi_period values ('h', 'A1')", None),
        ("published.goal_verdict", [GOALS, "create table published.goal_verdict as select goal_id from config.goals"],
         "insert into config.goals values ('h', false)", "insert into config.goals values ('S1', true)"),
        ("published.post_goal", ["create table published.post as select 'p' as post_id",
                                 "create table published.post_goal as select 'p' as post_id"],
         "insert into published.post_goal values ('q')", None),
    ],
)  # fmt: skip
def test_one_orphan_is_found_and_what_refers_to_nothing_is_none(con, table, there, orphan, nobody):
    for statement in there:
        con.execute(statement)
    if nobody:
        con.execute(nobody)
    assert failed(con, "integrity", table) == set()
    con.execute(orphan)
    assert len(failed(con, "integrity", table)) == 1
