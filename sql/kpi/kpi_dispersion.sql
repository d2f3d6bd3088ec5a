/*
title: How much more the counts of a rate vary than chance alone would have them
grain: one row per KPI that is a rate of counts, and variant
key: [goal_id, kpi_id, variant]
missing: phi is null with fewer than two unit-months with an exposure
columns:
  goal_id: goal
  kpi_id: KPI
  variant: as in kpi.kpi_registry
  unit_months: unit-months of the study period with an exposure (for T2, an appeal)
  phi: Pearson's sum of (count - expected)^2 / expected over the unit-months, divided by their number less one; expected
      is the rate of all of them times the unit-month's exposure
checks:
  - phi is null or phi >= 0
*/
with

unit_months as (
    select
        cells.goal_id,
        cells.kpi_id,
        cells.variant,
        cells.unit_id,
        calendar.month_start,
        sum(cast(cells.numerator as decimal(38, 9))) as events,
        sum(cast(cells.denominator as decimal(38, 9))) as exposure
    from kpi.kpi_cells as cells
    inner join kpi.kpi_registry as registry
        on
            cells.goal_id = registry.goal_id
            and cells.kpi_id = registry.kpi_id
            and cells.variant is not distinct from registry.variant
    inner join seeds.calendar on cells.period_start = calendar.local_date
    where registry.kind = 'count_rate'
    group by all
    having sum(cast(cells.denominator as decimal(38, 9))) > 0
),

expected as (
    select
        *,
        cast(events as double) as seen,
        cast(exposure as double)
        * cast(sum(events) over (partition by goal_id, kpi_id, variant) as double)
        / cast(sum(exposure) over (partition by goal_id, kpi_id, variant) as double) as awaited
    from unit_months
)

select
    goal_id,
    kpi_id,
    variant,
    count(*) as unit_months,
    cast(sum(cast((seen - awaited) * (seen - awaited) / nullif(awaited, 0) as decimal(38, 9))) as double)
    / nullif(count(*) - 1, 0) as phi
from expected
group by all
