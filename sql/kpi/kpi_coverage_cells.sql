/*
title: Cells of the coverage by own presence (T3), by unit-days and by inhabitants
goal: tips
grain: one row per KPI, way of weighing, unit that holds on the day, and finished local date of the study period
key: [goal_id, kpi_id, variant, unit_id, period_start]
missing: by population, a unit without a stated population has no cells; days that were not read widen numerator_high
columns:
  kpi_id: KPI
  goal_id: goal
  variant: unit_days (every unit weighs the same) or population (by its inhabitants of the day)
  unit_id: unit
  platform: null, all of them
  period_start: the day
  period_end: the same
  cluster_id: null; cells are not resampled
  numerator: the day's weight, if the unit was seen to be active, else 0
  numerator_high: the day's weight, if it was or may have been active, else 0
  denominator: the day's weight, 1 or the inhabitants
checks:
  - numerator <= numerator_high and numerator_high <= denominator
*/
with

weighed as (
    select
        registry.goal_id,
        registry.kpi_id,
        registry.variant,
        activity.unit_id,
        activity.local_date,
        activity.is_active,
        activity.is_uncertain,
        case registry.variant when 'population' then cast(activity.population as double) else cast(1 as double) end
            as weight
    from kpi.kpi_registry as registry
    cross join kpi.kpi_unit_activity_daily as activity
    where registry.measure = 'coverage'
)

select
    kpi_id,
    goal_id,
    variant,
    unit_id,
    cast(null as varchar) as platform,
    local_date as period_start,
    local_date as period_end,
    cast(null as varchar) as cluster_id,
    case when is_active then weight else 0 end as numerator,
    case when is_active or is_uncertain then weight else 0 end as numerator_high,
    weight as denominator
from weighed
where weight > 0
