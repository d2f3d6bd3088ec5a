/*
title: Cells of the population covered (A1), day by day
goal: accessibility
grain: one row per KPI, unit that holds on the day, and local date of the study period
key: [goal_id, kpi_id, unit_id, period_start]
missing: no cells on a day on which no account was read and no earlier post proves a unit active; numerator_high holds
    the units that may have been active on unread days
columns:
  kpi_id: KPI
  goal_id: goal
  variant: always null
  unit_id: unit
  platform: null, all of them
  period_start: the day
  period_end: the same day
  cluster_id: unit
  numerator: inhabitants, if the unit was seen to be active, else 0
  numerator_high: inhabitants, if it was or may have been active, else 0
  denominator: inhabitants
checks:
  - numerator <= numerator_high and numerator_high <= denominator
*/
with

days as (
    select
        registry.goal_id,
        registry.kpi_id,
        daily.local_date
    from kpi.kpi_registry as registry
    cross join kpi.kpi_population_covered_daily as daily
    where registry.measure = 'population_covered' and daily.low is not null
)

select
    days.kpi_id,
    days.goal_id,
    cast(null as varchar) as variant,
    activity.unit_id,
    cast(null as varchar) as platform,
    days.local_date as period_start,
    days.local_date as period_end,
    activity.unit_id as cluster_id,
    case when activity.is_active then cast(activity.population as double) else 0 end as numerator,
    case when activity.is_active or activity.is_uncertain then cast(activity.population as double) else 0 end
        as numerator_high,
    cast(activity.population as double) as denominator
from days
inner join kpi.kpi_unit_activity_daily as activity on days.local_date = activity.local_date
where activity.population is not null
