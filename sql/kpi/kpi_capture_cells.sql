/*
title: Cells of the capture rate (T5), documented tips of those touched
goal: tips
grain: one row per KPI, unit and local date with a touched tip
key: [goal_id, kpi_id, unit_id, period_start]
missing: without a lag law there is no row, for touched is then not known; a tip without a unit is of no unit
columns:
  kpi_id: KPI
  goal_id: goal
  variant: always null
  unit_id: unit that received the tips
  platform: null, all of them
  period_start: the day
  period_end: the day
  cluster_id: the unit; whole units are resampled, because what one does goes together
  numerator: documented tips
  numerator_high: the same
  denominator: touched tips, by their weight
checks:
  - numerator >= 0 and numerator <= denominator and denominator > 0
*/
with

kpis as (
    select
        registry.goal_id,
        registry.kpi_id
    from kpi.kpi_registry as registry
    inner join kpi.kpi_tip_lag as law on law.measure = 'median_hours' and law.reason is null
    where registry.measure = 'capture_rate'
),

days as (
    select
        unit_id,
        local_date,
        count(*) filter (where rung <= 2) as documented,
        -- fractions are added as decimals, so that their order cannot show
        cast(sum(cast(weight as decimal(38, 9))) as double) as touched
    from kpi.kpi_tip_touch
    where rung is not null
    group by all
)

select
    kpis.kpi_id,
    kpis.goal_id,
    cast(null as varchar) as variant,
    days.unit_id,
    cast(null as varchar) as platform,
    days.local_date as period_start,
    days.local_date as period_end,
    coalesce(days.unit_id, 'unknown') as cluster_id,
    cast(days.documented as double) as numerator,
    cast(days.documented as double) as numerator_high,
    days.touched as denominator
from days
cross join kpis
