/*
title: Cells of the KPIs, added up for each unit, platform and period that a KPI is told for
grain: one row per KPI, variant, unit or platform or neither, period and cluster, with cells
key: [goal_id, kpi_id, variant, unit_id, platform, grain, period_start, cluster_id]
missing: what has no cells has no row
columns:
  goal_id: goal
  kpi_id: KPI
  variant: as in kpi.kpi_registry
  unit_id: unit; null for the whole organisation
  platform: platform; null for all of them
  grain: day, week, month or study
  period_start: first day, local
  period_end: last day, local
  cluster_id: what is drawn together in a resample; null where cells are not resampled
  cells: number of cells
  numerator: sum above the line
  numerator_high: the most it can be where something was not read
  denominator: sum below the line
  quotients: sum of the cells' own numerator / denominator, for a mean over cells
checks:
  - numerator <= numerator_high
*/
with

spanned as (
    select
        cells.*,
        periods.grain,
        periods.period_start as span_start
    from kpi.kpi_cells as cells
    inner join kpi.kpi_periods as periods
        on
            cells.goal_id = periods.goal_id
            and cells.kpi_id = periods.kpi_id
            and cells.variant is not distinct from periods.variant
            and cells.period_start >= periods.counted_from
            and cells.period_end <= periods.counted_to
),

placed as (
    select
        *,
        cast(null as varchar) as scope_unit,
        cast(null as varchar) as scope_platform
    from spanned
    union all
    select
        *,
        unit_id as scope_unit,
        cast(null as varchar) as scope_platform
    from spanned
    where unit_id is not null
    union all
    select
        *,
        cast(null as varchar) as scope_unit,
        platform as scope_platform
    from spanned
    where platform is not null
)

-- added up as decimals, whose sum does not depend on the order of the rows
select
    scopes.goal_id,
    scopes.kpi_id,
    scopes.variant,
    scopes.unit_id,
    scopes.platform,
    scopes.grain,
    scopes.period_start,
    scopes.period_end,
    placed.cluster_id,
    count(*) as cells,
    cast(sum(cast(placed.numerator as decimal(38, 9))) as double) as numerator,
    cast(sum(cast(placed.numerator_high as decimal(38, 9))) as double) as numerator_high,
    cast(sum(cast(placed.denominator as decimal(38, 9))) as double) as denominator,
    cast(sum(cast(placed.numerator / nullif(placed.denominator, 0) as decimal(38, 9))) as double) as quotients
from placed
inner join kpi.kpi_scopes as scopes
    on
        placed.goal_id = scopes.goal_id
        and placed.kpi_id = scopes.kpi_id
        and placed.variant is not distinct from scopes.variant
        and placed.scope_unit is not distinct from scopes.unit_id
        and placed.scope_platform is not distinct from scopes.platform
        and placed.grain = scopes.grain
        and placed.span_start = scopes.period_start
group by all
