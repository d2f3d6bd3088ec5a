/*
title: KPIs per day
grain: one row per KPI, goal, unit, platform and finished local date
key: [kpi_id, goal_id, unit_id, platform, local_date]
missing: value is null where state is missing (the day was not read, or nothing was due) or suppressed (a small count of
    tips); days to come have no row
columns:
  kpi_id: A1, A2 and other KPIs that can be told per day, tips (all of them) and tips_documented (those with a post's
      code or an appeal's id)
  goal_id: goal
  unit_id: unit; null for the whole organisation
  platform: platform; null for all of them
  local_date: calendar date in the organisation's zone
  value: the KPI of the day, in the unit docs/kpis.md gives
  low: lower end of the region of uncertainty
  high: upper end of the region of uncertainty
  n: observations; units, questions, or tips
  state: measured, missing or suppressed
checks:
  - (value is null) = (state <> 'measured')
*/
select
    kpi_id,
    goal_id,
    unit_id,
    platform,
    local_date,
    value,
    low,
    high,
    n,
    state
from kpi.kpi_daily
order by kpi_id, goal_id, unit_id, platform, local_date
