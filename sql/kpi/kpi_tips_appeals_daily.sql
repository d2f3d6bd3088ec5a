/*
title: Days on which an appeal for tips was out
goal: tips
grain: one row per local date and unit with an appeal out, and one per date on which any is out
key: [local_date, unit_id]
missing: no row means that no appeal was out; days outside the baseline and study periods have no row
columns:
  local_date: calendar date in the organisation's zone
  unit_id: unit that published an appeal within the window of the active rule, this day included; null for the whole
      organisation
*/
with

run as (
    select active_within_days
    from config.run
),

tips_goal as (
    select goal_id
    from config.goals
    where ref_pattern is not null or case_pattern is not null
),

appeal_days as (
    select distinct
        posts.unit_id,
        posts.local_date
    from marts.dim_post as posts
    inner join marts.fct_post_goal as goals on posts.post_id = goals.post_id
    inner join tips_goal on goals.goal_id = tips_goal.goal_id
),

unit_live as (
    select distinct
        appeal_days.unit_id,
        days.local_date
    from marts.fct_tip_day as days
    cross join run
    inner join appeal_days
        on date_diff('day', appeal_days.local_date, days.local_date) between 0 and run.active_within_days - 1
)

-- an appeal without a known unit is one of the organisation's all the same, and its row the same row
select
    local_date,
    unit_id
from unit_live
union distinct
select
    local_date,
    cast(null as varchar) as unit_id
from unit_live
