/*
title: Cells of the population covered (A1), on the day it is judged
goal: accessibility
grain: one row per KPI and unit valid on the last counted day of the period
key: [goal_id, kpi_id, unit_id]
missing: no cells when no account was read on that day and no earlier post proves a unit active; numerator_high holds
    the units that may have been active on unread days
columns:
  kpi_id: KPI
  goal_id: goal
  variant: always null
  unit_id: unit
  platform: null, all of them
  period_start: first day of the study period
  period_end: last counted day
  cluster_id: unit
  numerator: inhabitants, if the unit was seen to be active, else 0
  numerator_high: inhabitants, if it was or may have been active, else 0
  denominator: inhabitants
checks:
  - numerator <= numerator_high and numerator_high <= denominator
*/
with

judged as (
    select
        registry.goal_id,
        registry.kpi_id,
        registry.period_start,
        registry.counted_to
    from kpi.kpi_registry as registry
    inner join kpi.kpi_population_covered_daily as daily on registry.counted_to = daily.local_date
    where registry.measure = 'population_covered' and daily.low is not null
)

select
    judged.kpi_id,
    judged.goal_id,
    cast(null as varchar) as variant,
    activity.unit_id,
    cast(null as varchar) as platform,
    judged.period_start,
    judged.counted_to as period_end,
    activity.unit_id as cluster_id,
    case when activity.is_active then cast(activity.population as double) else 0 end as numerator,
    case when activity.is_active or activity.is_uncertain then cast(activity.population as double) else 0 end
        as numerator_high,
    cast(activity.population as double) as denominator
from judged
inner join kpi.kpi_unit_activity_daily as activity on judged.counted_to = activity.local_date
where activity.population is not null
