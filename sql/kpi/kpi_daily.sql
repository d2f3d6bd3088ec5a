/*
title: KPIs per day
grain: one row per KPI, goal, unit, platform and finished local date
key: [kpi_id, goal_id, unit_id, platform, local_date]
missing: value is null where state is missing (the day was not read) or suppressed (a small count of tips); days to
    come have no row
columns:
  kpi_id: KPI, or tips and tips_documented
  goal_id: goal
  unit_id: unit; null for the whole organisation
  platform: platform; null for all of them
  local_date: calendar date in the organisation's zone
  value: the KPI of the day, in its unit
  low: lower end of the region of uncertainty
  high: upper end of the region of uncertainty
  n: observations; units, questions, or tips
  state: measured, missing or suppressed
checks:
  - (value is null) = (state <> 'measured')
  - value is null or (low <= value and value <= high)
*/
with

tips_goal as (
    select goal_id
    from config.goals
    where ref_pattern is not null or case_pattern is not null
),

tips as (
    select
        unit_id,
        local_date,
        'tips' as kpi_id,
        tips as value,
        state
    from kpi.kpi_tips_daily
    where level in ('organisation', 'unit')
    union all
    select
        unit_id,
        local_date,
        'tips_documented' as kpi_id,
        documented as value,
        documented_state as state
    from kpi.kpi_tips_daily
    where level in ('organisation', 'unit')
)

select
    registry.kpi_id,
    registry.goal_id,
    cast(null as varchar) as unit_id,
    cast(null as varchar) as platform,
    daily.local_date,
    daily.value,
    daily.low,
    case when daily.value is not null then daily.high end as high,
    daily.n,
    daily.state
from kpi.kpi_population_covered_daily as daily
inner join kpi.kpi_registry as registry on registry.measure = 'population_covered'
union all
select
    results.kpi_id,
    results.goal_id,
    results.unit_id,
    results.platform,
    results.period_start as local_date,
    results.value,
    results.low,
    results.high,
    results.n,
    results.state
from kpi.kpi_scope_results as results
left join kpi.kpi_registry as covered
    on
        results.goal_id = covered.goal_id
        and results.kpi_id = covered.kpi_id
        and covered.measure = 'population_covered'
        and results.unit_id is null
where results.grain = 'day' and covered.kpi_id is null
union all
select
    tips.kpi_id,
    tips_goal.goal_id,
    tips.unit_id,
    cast(null as varchar) as platform,
    tips.local_date,
    cast(tips.value as double) as value,
    cast(tips.value as double) as low,
    cast(tips.value as double) as high,
    tips.value as n,
    tips.state
from tips
cross join tips_goal
